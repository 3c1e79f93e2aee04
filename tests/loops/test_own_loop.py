"""A loop of one's own: what it takes, and that it passes the tests that any loop has to pass."""

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from lr_widget.loops.protocol import Group, Loop  # noqa: E402
from lr_widget.loops.rates import RateWatch  # noqa: E402
from lr_widget.testing import LoopRig, LoopTests  # noqa: E402
from lr_widget.testing.model import groups  # noqa: E402
from lr_widget.testing.rig import Data  # noqa: E402


class Trainer:
    """Somebody's trainer: it owns its loop and calls back."""

    def __init__(self, model, optimizer, loss_fn, loader):
        self.model, self.optimizer = model, optimizer
        self.loss_fn, self.loader = loss_fn, loader
        self.epochs_done = 0

    def fit(self, epochs, before_batch=lambda: True, after_batch=lambda loss: None):
        self.model.train()
        for _ in range(epochs):
            for x, y in self.loader:
                if not before_batch():
                    return
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                after_batch(loss)
            self.epochs_done += 1


class TrainerLoop:
    """All that lr_widget needs to know about it."""

    def __init__(self, trainer):
        self.trainer = trainer
        if not any(p.requires_grad for p in trainer.model.parameters()):
            name = type(trainer.model).__name__
            raise ValueError(f"model must have something to train, got {name!r}")

    def groups(self):
        return [
            Group(group["name"], not any(p.requires_grad for p in group["params"]))
            for group in self.trainer.optimizer.param_groups
        ]

    def optimizer_name(self):
        return type(self.trainer.optimizer).__name__

    def holders(self):
        trainer = self.trainer
        return [trainer, trainer.loader, trainer.loader.sampler]

    def generators(self):
        return []

    def run(self, test):
        def before_batch():
            lr = test.begin_step()
            if lr is not None:
                rates.set(lr)
            return lr is not None

        def after_batch(loss):
            rates.check()
            test.end_step(loss)

        with RateWatch(self.trainer.optimizer, test) as rates:
            self.trainer.fit(10**9, before_batch, after_batch)


class TrainerRig(LoopRig):
    keeps_modes = False

    def build(self):
        self.optimizer = torch.optim.AdamW(groups(self.model))
        self.optimizer.register_step_pre_hook(lambda *_: self.watch("optimizer", None))
        loader = torch.utils.data.DataLoader(Data(self), batch_size=8, shuffle=True)
        self.trainer = Trainer(self.model, self.optimizer, self.loss, loader)

    def arguments(self):
        return (TrainerLoop(self.trainer),), {}

    def train_epoch(self):
        losses = []
        loss_fn, self.trainer.loss_fn = self.trainer.loss_fn, functional.cross_entropy
        self.trainer.fit(1, after_batch=lambda loss: losses.append(float(loss.detach())))
        self.trainer.loss_fn = loss_fn
        return losses


class TestTrainer(LoopTests):
    rig_class = TrainerRig


def test_it_is_a_loop():
    assert isinstance(TrainerLoop(TrainerRig().trainer), Loop)


def test_its_own_counter_is_as_it_was():
    rig = TrainerRig()
    rig.trainer.fit(2)
    assert rig.find().status == "finished"
    assert rig.trainer.epochs_done == 2


def test_what_is_no_loop_is_refused():
    with pytest.raises(TypeError, match=r"lr_find must be called as .*; got Trainer"):
        lr_find(TrainerRig().trainer)
