"""Accelerate: an accelerator and its prepared loaders come back, in an accumulation, too."""

import pytest

torch = pytest.importorskip("torch")
accelerate = pytest.importorskip("accelerate")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from lr_widget.testing.bits import bits, random_bits  # noqa: E402


class Training:
    """The loop of Accelerate's own documentation, one batch a call."""

    def __init__(self, micro_batches=1):
        torch.manual_seed(0)
        config = accelerate.DataLoaderConfiguration(use_seedable_sampler=True)
        self.accelerator = accelerate.Accelerator(
            cpu=True, gradient_accumulation_steps=micro_batches, dataloader_config=config
        )
        x = torch.randn(40, 5)
        data = torch.utils.data.TensorDataset(x, (x.sum(1) > 0).long())
        model = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.2), nn.Linear(8, 2))
        self.model, self.optimizer, self.loader = self.accelerator.prepare(
            model,
            torch.optim.AdamW(model.parameters(), lr=1e-3),
            torch.utils.data.DataLoader(data, batch_size=8, shuffle=True),
        )
        self.batches = iter(())

    def step(self):
        batch = next(self.batches, None)
        if batch is None:
            self.batches = iter(self.loader)
            batch = next(self.batches)
        with self.accelerator.accumulate(self.model):
            loss = functional.cross_entropy(self.model(batch[0]), batch[1])
            self.accelerator.backward(loss)
            self.optimizer.step()
            self.optimizer.zero_grad()
        return loss

    def find(self, **options):
        given = {"num_it": 12, "end_lr": 0.1, "show": False, "also": [self.accelerator]}
        picker = lr_find(
            step=self.step, optimizer=self.optimizer, model=self.model, **{**given, **options}
        )
        self.batches = iter(())
        return picker

    def epoch(self):
        losses = []
        for x, y in self.loader:
            with self.accelerator.accumulate(self.model):
                loss = functional.cross_entropy(self.model(x), y)
                self.accelerator.backward(loss)
                self.optimizer.step()
                self.optimizer.zero_grad()
            losses.append(float(loss.detach()))
        return losses


@pytest.mark.parametrize("micro_batches", [1, 2])
@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("ending", ["finished", "broken"])
def test_the_next_epoch_is_the_one_without_a_sweep(micro_batches, trained, ending):
    runs = []
    for swept in (False, True):
        training = Training(micro_batches)
        losses = training.epoch() if trained else []
        if swept and ending == "finished":
            assert training.find().sweep.stop_reason == "finished"
        elif swept:
            break_after(training, 5)  # for two micro-batches in the middle of a step
        losses += training.epoch() + training.epoch()
        runs.append((losses, bits(training.model.state_dict()), random_bits()))
    assert runs[0] == runs[1]


def break_after(training, n_batches):
    step, calls = training.step, []

    def breaking():
        calls.append(1)
        if len(calls) > n_batches:
            raise RuntimeError("the disk is full")
        return step()

    training.step = breaking
    with pytest.raises(RuntimeError, match="disk is full"):
        training.find()
    training.step, training.batches = step, iter(())


def test_a_point_is_the_mean_of_its_micro_batches_at_the_rate_on_the_axis():
    training, lrs = Training(micro_batches=2), []
    inner = training.optimizer.optimizer
    inner.register_step_pre_hook(lambda *_: lrs.append(inner.param_groups[0]["lr"]))
    sweep = training.find().sweep
    assert lrs == sweep.lrs.tolist()
    assert sweep.optimizer == "AdamW"


def test_the_line_of_code_sets_the_rates():
    training = Training()
    picker = training.find()
    picker.value = (1e-4, 1e-3)
    exec(picker._code, {"optimizer": training.optimizer, "picker": picker})
    assert [group["lr"] for group in training.optimizer.param_groups] == picker.group_lrs


def test_the_accelerator_is_needed_for_that():
    runs = []
    for swept in (False, True):
        training = Training()
        if swept:
            training.find(also=[])
        runs.append(training.epoch())
    assert runs[0] != runs[1]  # the order of batches has gone on
