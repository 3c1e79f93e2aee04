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

    def __init__(self, micro_batches=1, make_scheduler=None):
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
        self.scheduler = None
        self.losses = []  # of every call
        if make_scheduler is not None:
            self.scheduler = self.accelerator.prepare(make_scheduler(self.optimizer))

    def step(self):
        batch = next(self.batches, None)
        if batch is None:
            self.batches = iter(self.loader)
            batch = next(self.batches)
        with self.accelerator.accumulate(self.model):
            loss = functional.cross_entropy(self.model(batch[0]), batch[1])
            self.accelerator.backward(loss)
            self.optimizer.step()
            if self.scheduler is not None:
                self.scheduler.step()
            self.optimizer.zero_grad()
        self.losses.append(float(loss.detach()))
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
    # an epoch of five batches ends within a step, which Accelerate then makes at once
    sizes = [2, 2, 1] * 4
    assert len(training.losses) == sum(sizes)
    losses = iter(training.losses)
    means = [sum(next(losses) for _ in range(size)) / size for size in sizes]
    assert sweep.losses.tolist() == pytest.approx(means, rel=1e-6)
    assert len(set(means)) == len(means)


def test_the_line_of_code_sets_the_rates():
    training = Training()
    picker = training.find()
    picker.value = (1e-4, 1e-3)
    assert "scheduler" not in picker._code
    exec(picker._code, {"optimizer": training.optimizer, "picker": picker})
    assert [group["lr"] for group in training.optimizer.param_groups] == picker.group_lrs


def rates_of(training, n):
    """The rates of the next steps."""
    seen, inner = [], training.optimizer.optimizer
    hook = inner.register_step_pre_hook(lambda *_: seen.append(inner.param_groups[0]["lr"]))
    for _ in range(n):
        training.step()
    hook.remove()
    return seen


def warmed_up(optimizer):
    """As `get_scheduler("linear", optimizer, num_warmup_steps=2, num_training_steps=6)`."""
    factor = [0, 0.5, 1, 0.75, 0.5, 0.25, 0, 0]
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor[min(step, 7)])


def exponential(optimizer):
    return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)


SCHEDULES = {
    warmed_up: [0, 0.5, 1, 0.75, 0.5, 0.25],
    exponential: [1, 0.5, 0.25, 0.125, 0.0625, 0.03125],
}


@pytest.mark.parametrize("n_before", [0, 1])
@pytest.mark.parametrize("make", SCHEDULES, ids=lambda make: make.__name__)
def test_the_line_of_code_gives_the_rates_to_a_scheduler_too(make, n_before):
    training = Training(make_scheduler=make)
    rates_of(training, n_before)
    picker = training.find()
    assert picker._schedule is None
    known = {"optimizer": training.optimizer, "scheduler": training.scheduler, "picker": picker}
    for hi in (1e-4, 3e-3):  # the second one, as somebody who has changed their mind
        picker.value = (hi, hi)
        exec(picker._code, known)
    expected = [3e-3 * share for share in SCHEDULES[make]][n_before:]
    assert rates_of(training, 6 - n_before) == pytest.approx(expected)


def in_sequence(optimizer):
    kinds = torch.optim.lr_scheduler
    parts = [kinds.LinearLR(optimizer, 0.5, total_iters=2), kinds.ExponentialLR(optimizer, 0.5)]
    return kinds.SequentialLR(optimizer, parts, [2])


@pytest.mark.parametrize("also", ["accelerator", "none"])
def test_other_schedulers_are_to_be_made_anew_after_the_line(also):
    training = Training(make_scheduler=in_sequence)
    picker = training.find(also=[training.accelerator] if also == "accelerator" else [])
    assert picker._code.endswith("  # then make the scheduler anew")
    picker.value = (3e-3, 3e-3)
    exec(picker._code, {"optimizer": training.optimizer, "picker": picker})
    training.scheduler = training.accelerator.prepare(in_sequence(training.optimizer))
    assert rates_of(training, 4) == pytest.approx([1.5e-3, 2.25e-3, 3e-3, 1.5e-3])


def test_a_one_cycle_schedule_is_made_anew_by_the_line():
    def one_cycle(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=20)

    picker = Training(make_scheduler=one_cycle).find()
    assert picker._code == "OneCycleLR(optimizer, max_lr=picker.group_lrs, ...)"
    assert picker._schedule is None


def test_a_scheduler_that_watches_the_loss_goes_on_from_the_rate_in_the_groups():
    training = Training(make_scheduler=torch.optim.lr_scheduler.ReduceLROnPlateau)
    training.scheduler = None  # it steps after an epoch
    assert "scheduler" not in training.find()._code


def test_the_accelerator_is_needed_for_that():
    runs = []
    for swept in (False, True):
        training = Training()
        if swept:
            training.find(also=[])
        runs.append(training.epoch())
    assert runs[0] != runs[1]  # the order of batches has gone on
