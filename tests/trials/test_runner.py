"""Trials are the training that one would type by hand, each from the same start."""

import gc
import math
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR

from lr_widget import lr_find
from lr_widget.records.pick import Pick
from lr_widget.testing.bits import bits, random_bits
from lr_widget.testing.rig import Plant
from tests.support import models
from tests.support.rigs import RIGS
from tests.support.tried import PICKS, attempt, rig_of

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=RIGS)
def rig(request):
    return rig_of(request.param)


def one_cycle_by_hand(rig, pick, epochs):
    """What one types in plain PyTorch; returns losses, and the validation loss."""
    valid = rig.trial_arguments()["valid"]
    max_lr = pick.group_lrs(len(rig.optimizer.param_groups))
    total = epochs * len(rig.loader)
    cycle = rig.setting.optimizer != "plain SGD"
    schedule = OneCycleLR(rig.optimizer, max_lr, total_steps=total, cycle_momentum=cycle)
    losses = []
    for _ in range(epochs):
        for x, y in rig.loader:
            losses.append(rig.train_step(x, y))
            schedule.step()
        rig.model.eval()
        with torch.no_grad():
            sums = [float(functional.cross_entropy(rig.model(x), y)) * len(y) for x, y in valid]
        rig.model.train()
    return losses, sum(sums) / 40


@pytest.mark.parametrize("optimizer", ["AdamW", "SGD", "plain SGD", "RMSprop"])
def test_in_pytorch_a_trial_is_the_one_cycle_training_typed_by_hand(optimizer):
    trials = attempt(rig_of("pytorch", optimizer=optimizer), epochs=2)
    for trial in trials:
        rig = rig_of("pytorch", optimizer=optimizer)
        rig.find()
        losses, valid_loss = one_cycle_by_hand(rig, trial.pick, 2)
        assert trial.train_losses.tolist() == losses
        assert trial.valid_loss == pytest.approx(valid_loss, rel=1e-6)
        assert trial.epochs[0].train_loss == pytest.approx(np.mean(losses[:5]))
        assert trial.ended == "finished"
        assert list(trial.group_lrs) == trial.pick.group_lrs(2)


@pytest.mark.parametrize("kind", ["fastai", "fastai with a torch optimizer"])
def test_in_fastai_a_trial_is_fit_one_cycle_typed_by_hand(kind):
    trials = attempt(rig_of(kind), epochs=2)
    for trial in trials:
        rig = rig_of(kind)
        rig.find()
        with rig.learn.no_bar(), rig.learn.no_logging():
            rig.learn.fit_one_cycle(2, trial.pick.slice)
        recorder = rig.learn.recorder
        assert [[e.train_loss, e.valid_loss] for e in trial.epochs] == recorder.values
        assert trial.train_losses.size == 10


def test_the_same_trials_twice_are_bit_equal(rig):
    first, second = attempt(rig, epochs=2, seeds=2), attempt(rig, epochs=2, seeds=2)
    assert [t.seed for t in first] == [0, 1, 0, 1]
    for one, other in zip(first, second, strict=True):
        assert (one.pick, one.seed) == (other.pick, other.seed)
        assert one.train_losses.tobytes() == other.train_losses.tobytes()
        assert one.valid_loss == other.valid_loss


def test_seeds_are_other_shuffles_the_same_for_every_candidate(rig):
    trials = attempt(rig, seeds=3)
    assert [(t.name, t.seed) for t in trials] == [(n, s) for n in "AB" for s in range(3)]
    assert len({t.valid_loss for t in trials}) == 6
    if rig.kind != "step":  # before the first step of either, the first loss is the same
        for one, other in zip(trials[:3], trials[3:], strict=True):
            assert one.train_losses[0] == other.train_losses[0]


@pytest.mark.parametrize("kind", RIGS)
@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("picks", [PICKS, PICKS[::-1]], ids=["best last", "best first"])
def test_leave_best_is_the_best_run_bit_for_bit(kind, seeds, picks):
    rig = rig_of(kind)
    trials = attempt(rig, picks, epochs=2, seeds=seeds, leave="best")
    left = rig.values(), random_bits()
    other = rig_of(kind)
    picker = other.find()
    best = trials.best.pick
    # training with it from the start: of two candidates it is the one that is left
    again = picker.try_picks(
        [best, (best.lo / 1e3, best.hi / 1e3)],
        epochs=2,
        leave="best",
        **other.trial_arguments(),
    )
    assert again.best.pick == best
    assert (other.values(), random_bits()) == left
    assert rig.find().status == "finished"


def test_leave_best_in_fastai_is_fit_one_cycle_typed_by_hand():
    rig = rig_of("fastai")
    trials = attempt(rig, epochs=2, leave="best")
    by_hand = rig_of("fastai")
    by_hand.find()
    with by_hand.learn.no_bar(), by_hand.learn.no_logging():
        by_hand.learn.fit_one_cycle(2, trials.best.pick.slice)
    assert rig.values() == by_hand.values()
    assert rig.learn.recorder.values == by_hand.learn.recorder.values
    assert rig.train_epoch() != []


def test_leave_best_without_a_finished_run_leaves_the_start():
    rig = rig_of("pytorch")
    before = rig.bits()
    picker = rig.find()
    nan = Plant("model", 1, lambda output: output * math.nan)
    with rig.planted(nan):
        trials = picker.try_picks(PICKS, leave="best", **rig.trial_arguments())
    assert [t.ended for t in trials] == ["non-finite loss"] * 2
    assert rig.bits() == before
    assert trials.answer.startswith("No answer")
    assert picker._trials["outcome"].endswith("Your model is as it was.")


def test_a_run_that_diverges_ends_early_and_is_never_the_best():
    rig = rig_of("pytorch", optimizer="plain SGD")
    trials = attempt(rig, [(1e-3, 1e-2), (1e6, 1e8)], epochs=50)
    lost = trials[1]
    assert lost.ended in ("diverged", "non-finite loss")
    assert len(lost.train_losses) < 100  # of 250
    assert trials.best is trials[0]
    assert "B" in trials.answer


def test_a_run_that_blows_up_in_its_first_steps_is_seen_beside_a_calm_one():
    rig = rig_of("pytorch", optimizer="plain SGD")
    trials = attempt(rig, [(1e-3, 1e-2), (1e4, 1e5)], epochs=4)
    assert trials[1].ended in ("diverged", "non-finite loss")
    assert len(trials[1].train_losses) <= 10


def test_nan_ends_a_run_at_once():
    rig = rig_of("pytorch")
    picker = rig.find()
    with rig.planted(Plant("loss", 5, lambda loss: loss * math.nan)):
        trials = picker.try_picks(PICKS, epochs=10, **rig.trial_arguments())
    assert [len(t.train_losses) for t in trials] == [5, 3]
    assert [t.ended for t in trials] == ["non-finite loss"] * 2
    assert picker._trials["runs"][0]["ended"] == "not a number (NaN) at batch 5"


def test_a_fit_function_trains_in_its_own_way():
    rig = rig_of("step")
    seen = []

    def fit(pick):
        seen.append(pick)
        return torch.tensor(1.0 if pick.hi > 5e-3 else 2.0)

    trials = rig.find().try_picks(PICKS, fit=fit)
    assert seen == [Pick(*pick) for pick in PICKS]
    assert all(type(pick) is Pick for pick in seen)
    assert trials.best.pick == PICKS[1]
    assert trials[0].train_losses.size == 0
    assert trials[0].valid_loss == 2.0


@pytest.mark.parametrize("value", [None, "0.5", True, [1.0], object(), np.array([1.0, 2.0])])
def test_a_fit_function_has_to_return_a_number(value):
    rig = rig_of("step")
    before = rig.bits()
    picker = rig.find()
    match = "fit must return the validation loss, a number, got"
    with pytest.raises(TypeError, match=match) as caught:
        picker.try_picks(PICKS, fit=lambda _pick: value)
    assert rig.bits() == before
    assert len(caught.value.trials) == 1
    assert picker._trials["status"] == "failed"


def test_a_fit_that_comes_to_nan_is_no_best():
    rig = rig_of("step")
    picker = rig.find()
    trials = picker.try_picks(PICKS, fit=lambda pick: math.nan if pick.hi < 5e-3 else 1.0)
    assert trials.best.pick == PICKS[1]
    assert picker._trials["runs"][0]["ended"] == "its validation loss is not a number (NaN)"
    assert picker._trials["runs"][0]["epochs"][0]["valid_loss"] == "nan"


def test_a_stop_keeps_what_has_finished():
    rig = rig_of("pytorch")
    picker = rig.find()
    before = rig.bits()
    stop = Plant("loss", 18, lambda loss: (picker._on_page_message(None, wish, None), loss)[1])
    wish = {"type": "stop"}

    def note_run(*_):
        wish["run"] = picker._trials["run"]

    picker.observe(note_run, "_trials")
    with rig.planted(stop):
        trials = picker.try_picks(PICKS, epochs=2, **rig.trial_arguments())
    assert [t.ended for t in trials] == ["finished", "stopped"]
    assert trials.best is trials[0]
    assert picker._trials["status"] == "stopped"
    assert picker._trials["outcome"] == "Stopped in candidate B. Your model is as it was."
    assert rig.bits() == before


def test_validation_leaves_the_modes_that_the_user_set():
    rig = rig_of("pytorch")
    rig.model.body[1].eval()
    picker = rig.find()
    rig.seen.clear()
    picker.try_picks(PICKS, **rig.trial_arguments())
    trained = [seen["modes"] for seen in rig.seen if seen["modes"][""]]
    validated = [seen["modes"] for seen in rig.seen if not seen["modes"][""]]
    assert {modes["body.1"] for modes in trained} == {False}
    assert validated
    assert not any(any(modes.values()) for modes in validated)
    assert not rig.model.body[1].training


def test_batches_of_different_sizes_count_by_their_items():
    rig = rig_of("pytorch")
    picker = rig.find()
    x, y = rig.loader.dataset.items.tensors
    whole = picker.try_picks(PICKS, valid=[(x, y)])
    parts = picker.try_picks(PICKS, valid=[(x[:33], y[:33]), (x[33:], y[33:])])
    assert parts[0].valid_loss == pytest.approx(whole[0].valid_loss, rel=1e-6)


def test_a_callback_that_ends_a_run_at_nan_hides_it_from_nobody():
    rig = rig_of("fastai")
    from fastai.callback.tracker import TerminateOnNaNCallback

    rig.learn.add_cb(TerminateOnNaNCallback())
    picker = rig.find()
    before = rig.bits()
    with rig.planted(Plant("loss", 18, lambda loss: loss * math.nan)):  # in the second epoch
        trials = picker.try_picks([PICKS[0], (1e-3, 1e-1)], epochs=3, leave="best")
    assert [trial.ended for trial in trials] == ["non-finite loss"] * 2
    assert rig.bits() == before


def test_a_run_that_is_cut_within_an_epoch_has_no_validation_loss():
    rig = rig_of("fastai")
    from fastai.callback.core import Callback, CancelFitException

    class Cut(Callback):
        def after_batch(self):
            if self.training and self.train_iter == 8 and not hasattr(self, "lr_finder"):
                raise CancelFitException("enough")

    rig.learn.add_cb(Cut())
    picker = rig.find()
    trials = picker.try_picks(PICKS, epochs=3)
    assert [(t.ended, len(t.epochs)) for t in trials] == [("not validated", 1)] * 2
    assert picker._trials["runs"][0]["ended"] == "ended without a validation loss at batch 8"
    assert "A has no validation loss at its end" in trials.answer


def test_a_metric_that_is_no_number_is_nan():
    rig = rig_of("fastai")
    from fastai.learner import Metric

    class PerClass(Metric):
        name = "per_class"

        def reset(self):
            pass

        def accumulate(self, learn):
            pass

        @property
        def value(self):
            return np.array([0.5, 0.25])

    rig.learn.metrics = [PerClass()]
    trials = attempt(rig)
    assert math.isnan(trials.best.metrics["per_class"])


def test_a_loss_of_one_element_is_validated_too():
    rig = rig_of("pytorch")
    args, _ = rig.arguments()
    options = {"num_it": 10, "end_lr": 1e-2, "show": False}
    picker = lr_find(
        *args[:2], lambda o, y: functional.cross_entropy(o, y)[None], args[3], **options
    )
    assert picker.try_picks(PICKS, **rig.trial_arguments()).best


def test_a_loss_that_is_a_method_of_the_model_keeps_it_alive_no_longer():
    class WithLoss(models.Net):
        def loss(self, output, target):
            return functional.cross_entropy(output, target)

    model = WithLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"num_it": 10, "end_lr": 1e-2, "show": False}
    picker = lr_find(model, optimizer, model.loss, models.loader(), **options)
    assert all(trial.finished for trial in picker.try_picks(PICKS, valid=models.loader()))
    gone = weakref.ref(model)
    del model, optimizer
    gc.collect()
    assert gone() is None
    assert picker.trials


def test_an_exception_that_cannot_be_put_in_words_arrives():
    class WordlessError(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    error = WordlessError()

    def fit(_pick):
        raise error

    picker = rig_of("step").find()
    with pytest.raises(WordlessError) as caught:
        picker.try_picks(PICKS, fit=fit)
    assert caught.value is error
    assert picker._trials["status"] == "failed"
    assert "WordlessError" in picker._trials["outcome"]


def test_stop_between_the_seeds_leaves_the_model_as_the_best_says():
    rig = rig_of("step")
    picker = rig.find()
    calls = []

    def fit(pick):
        calls.append(pick)
        if len(calls) == 5:  # B's second of three
            picker._on_page_message(None, {"type": "stop", "run": picker._trials["run"]}, None)
        return 1.0 if pick.hi < 5e-3 else 0.5

    trials = picker.try_picks(PICKS, seeds=3, leave="best", fit=fit)
    assert len(calls) == 5
    assert trials.best.name == "A"
    assert picker._trials["status"] == "stopped"
    assert picker._trials["outcome"].endswith("Your model is as A's run left it.")


def test_long_runs_cost_what_short_ones_do():
    rig = rig_of("pytorch")
    picker = rig.find()
    sizes = []
    picker.send = lambda _content, buffers: sizes.append(len(buffers[0]))
    picker.try_picks(PICKS, epochs=20, **rig.trial_arguments())
    assert sum(sizes) == 8 * 200  # every loss once


def test_callbacks_that_write_stay_out_and_those_that_shape_a_run_stay(tmp_path):
    rig = rig_of("fastai")
    from fastai.callback.core import Callback
    from fastai.callback.progress import CSVLogger
    from fastai.callback.tracker import EarlyStoppingCallback, SaveModelCallback

    seen = []

    class Own(Callback):
        def after_epoch(self):
            seen.append(self.epoch)

    rig.learn.path = tmp_path
    stop_early = EarlyStoppingCallback(monitor="valid_loss", min_delta=1e9, patience=1)
    rig.learn.add_cbs([Own(), CSVLogger(), SaveModelCallback(), stop_early])
    callbacks = list(rig.learn.cbs)
    trials = attempt(rig, epochs=5)
    assert list(tmp_path.iterdir()) == []
    assert list(rig.learn.cbs) == callbacks
    assert seen[-4:] == [0, 1, 0, 1]  # after those of the sweep
    assert [len(t.epochs) for t in trials] == [2, 2]
    assert trials.best


def test_metrics_have_their_names():
    rig = rig_of("fastai")
    from fastai.metrics import accuracy, error_rate

    rig.learn.metrics = [accuracy, error_rate]
    picker = rig.find()
    trials = picker.try_picks(PICKS)
    assert set(trials.best.metrics) == {"accuracy", "error_rate"}
    assert sum(trials.best.metrics.values()) == pytest.approx(1)
    assert picker._trials["metrics"] == ["accuracy", "error_rate"]


def test_trials_do_not_keep_a_model_alive_that_nobody_uses():
    model, *rest = models.setup()
    options = {"num_it": 10, "end_lr": 1e-2, "show": False}
    picker = lr_find(model, *rest, **options)
    picker.try_picks(PICKS, valid=models.loader())
    gone = weakref.ref(model)
    del model, rest
    gc.collect()
    assert gone() is None
    with pytest.raises(ValueError, match="the model that was swept must still be there"):
        picker.try_picks(PICKS)


def test_what_else_was_named_is_put_back_too():
    rig = rig_of("pytorch")
    ema = torch.optim.swa_utils.AveragedModel(rig.model)
    args, named = rig.arguments()

    def loss(output, target):
        ema.update_parameters(rig.model)
        return rig.loss(output, target)

    options = {"num_it": 10, "end_lr": 1e-2, "show": False, "also": [ema]}
    picker = lr_find(*args[:2], loss, args[3], **named, **options)
    before = bits(ema.state_dict())
    picker.try_picks(PICKS, **rig.trial_arguments())
    assert bits(ema.state_dict()) == before
