"""A picker that is copied or pickled comes back as one over its sweeps."""

import copy
import gc
import io
import pickle
import weakref

import pytest

torch = pytest.importorskip("torch")

from lr_widget import LRPicker, lr_find  # noqa: E402  needs torch
from lr_widget.widget.sweep_feed import SweepFeed  # noqa: E402
from tests.support import models  # noqa: E402
from tests.support.curves import losses, sweep  # noqa: E402


def saved(thing):
    buffer = io.BytesIO()
    torch.save(thing, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=False)


WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "torch.save": saved,
}


def find(model, optimizer, loss_fn, loader, **more):
    return lr_find(model, optimizer, loss_fn, loader, num_it=40, start_lr=1e-5, show=False, **more)


@pytest.mark.thorough
@pytest.mark.parametrize("way", WAYS)
def test_a_picker_of_a_model_comes_back_over_its_sweeps(way):
    setup = models.setup()
    find(*setup)
    picker = find(*setup, label="second", explain=False)
    picker.value = (1e-4, 2e-3)
    picker.keep()
    picker.keep((1e-4, 1e-3))
    trials = picker.try_picks(valid=setup[3])
    again = WAYS[way](picker)
    assert isinstance(again, LRPicker)
    assert again is not picker
    assert again.model_id != picker.model_id
    assert again.sweeps == picker.sweeps
    assert (again.value, again.kept) == (picker.value, picker.kept)
    assert (again.group_lrs, again.status) == (picker.group_lrs, "finished")
    assert str(again) == str(LRPicker(picker.sweeps, explain=False))
    assert again.trials == trials
    with pytest.raises(ValueError, match="must be called on a picker that lr_find returned"):
        again.try_picks()
    again.value = (1e-5, 1e-4)
    assert picker.value == (1e-4, 2e-3)


@pytest.mark.thorough
@pytest.mark.parametrize("way", ["deepcopy", "pickle", "torch.save"])
def test_a_model_that_holds_its_picker_can_be_copied_and_saved(way):
    model, *rest = models.setup()
    model.picker = find(model, *rest)
    again = WAYS[way](model)
    assert again.picker.sweep == model.picker.sweep
    assert models.bits(again.state_dict()) == models.bits(model.state_dict())
    kept, model_ref = again.picker, weakref.ref(model)
    del model, rest, again
    gc.collect()
    assert model_ref() is None
    assert kept.value is not None


def test_a_model_that_holds_its_picker_can_be_swept_again():
    model, *rest = models.setup()
    first = model.picker = find(model, *rest)
    assert find(model, *rest).sweeps[0] == first.sweep
    assert model.picker is first


def test_of_a_sweep_that_still_runs_nothing_is_known_yet():
    picker = LRPicker()
    SweepFeed(picker).follow_on(None, (sweep(losses("usual"), "SGD"),))  # of an earlier call
    again = copy.copy(picker)
    assert (again.sweep, again.value, again.status) == (None, None, "idle")


def test_a_pick_that_was_taken_away_stays_away():
    picker = LRPicker(sweep(losses("usual"), "SGD"))
    picker.value = None
    assert copy.deepcopy(picker).value is None


def test_trials_cannot_be_changed_after_a_copy_either():
    setup = models.setup()
    trials = find(*setup).try_picks(valid=setup[3])
    again = pickle.loads(pickle.dumps(trials))
    assert again == trials
    assert not again[0].train_losses.flags.writeable
