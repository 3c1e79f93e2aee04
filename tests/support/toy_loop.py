"""The one file that a new kind of trainer needs, as it would stand in `lr_widget/loops/`."""

from __future__ import annotations

from time import perf_counter
from weakref import ref

import torch

from lr_widget.loops.groups import name_groups
from lr_widget.loops.optimizers import check_model, check_optimizer
from lr_widget.loops.protocol import BaseLoop
from lr_widget.loops.rates import RateWatch
from lr_widget.snapshot.loader_graph import LoaderGraph

WARM_UP = [(0.0, 0.0), (0.1, 1.0), (1.0, 0.0)]


class ToyLoop(BaseLoop):
    """A `ToyTrainer`, which warms up in a tenth of the training and then cools down to 0."""

    sets_group_lrs = True

    def __init__(self, trainer):
        check_model(trainer.model)
        check_optimizer(trainer.optimizer, trainer.model)
        self.trainer = trainer

    def groups(self):
        groups = self.trainer.optimizer.param_groups
        names = [group["name"] for group in groups]
        return name_groups(self.trainer.model, [group["params"] for group in groups], names)

    def optimizer_name(self):
        return type(self.trainer.optimizer).__name__

    def holders(self):
        return [self.trainer, LoaderGraph(self.trainer.loader)]

    def generators(self):
        return LoaderGraph(self.trainer.loader).generators

    def run(self, test):
        def before_batch():
            lr = test.begin_step()
            if lr is not None:
                rates.set(lr)
            return lr is not None

        def after_batch(loss):
            rates.check()
            test.end_step(loss)
            return True

        with RateWatch(self.trainer.optimizer, test) as rates:
            self.trainer.fit(10**9, before_batch, after_batch)

    def code_line(self):
        return "trainer.fit(2, lrs=dict(zip({'first', 'last'}, ({lo}, {hi}))), each={group_lrs})"

    def trials_code_line(self, epochs):
        return f"trainer.fit({epochs}, lrs=trials.best.group_lrs)"

    def schedule(self):
        return WARM_UP

    def owner(self):
        return self.trainer

    def recall(self):
        held = ref(self.trainer)
        return lambda: None if held() is None else ToyLoop(held())

    def check_training(self, valid):
        if valid is None:
            raise ValueError("valid must be a loader of validation batches, got None")

    def train(self, pick, epochs, valid, training):
        trainer, total = self.trainer, epochs * len(self.trainer.loader)
        rates = pick.group_lrs(len(trainer.optimizer.param_groups))
        done = 0

        def before_batch():
            share = min(10 * done, total - done) / total
            for group, lr in zip(trainer.optimizer.param_groups, rates, strict=True):
                group["lr"] = lr * min(share, 1.0)
            return True

        def after_batch(loss):
            nonlocal done
            done += 1
            return training.batch(loss)

        training.begin(len(trainer.loader))
        for _ in range(epochs):
            began, before = perf_counter(), trainer.epochs_done
            trainer.fit(1, before_batch, after_batch)
            if trainer.epochs_done == before:
                return
            training.end_epoch(self.validate(valid), seconds=perf_counter() - began)

    def validate(self, loader):
        trainer = self.trainer
        trainer.model.eval()
        with torch.no_grad():
            losses = [trainer.loss_fn(trainer.model(x), y) for x, y in loader]
        return float(torch.stack(losses).mean())
