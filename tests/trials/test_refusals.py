"""Trials that cannot be made are refused, before anything has been touched."""

import pytest
import torch

from lr_widget import LRPicker
from lr_widget.testing.rig import Plant
from tests.support.rigs import PyTorchRig, StepRig
from tests.support.tried import PICKS, attempt, rig_of

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"picks": []}, ValueError, r"picks must hold 2 to 26 candidates.*got 0: \[\]"),
        ({"picks": [(1e-4, 1e-3)]}, ValueError, "picks must hold 2 to 26 candidates.*got 1"),
        ({"picks": [(1e-4, 1e-3)] * 2}, ValueError, "must differ.*twice"),
        ({"picks": [(1e-3, 1e-4), (1e-3, 1e-2)]}, ValueError, r"picks\[0\] must have lo <= hi"),
        ({"picks": [(1e-4, 1e-3), (1, 2, 3)]}, ValueError, r"picks\[1\] must hold two learning"),
        ({"picks": [1e-4, 1e-3]}, TypeError, r"picks\[0\] must be a pair"),
        ({"picks": [(0, 1e-3), (1e-3, 1e-2)]}, ValueError, r"picks\[0\]\[0\] must be above 0"),
        ({"picks": {1: 2}}, TypeError, "picks must be a list"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1, got 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be an integer, got 1.5"),
        ({"planned": 0}, ValueError, "planned must be at least 1, got 0"),
        ({"seeds": 0}, ValueError, "seeds must be at least 1, got 0"),
        ({"leave": "end"}, ValueError, "leave must be 'start' or 'best', got 'end'"),
        ({"fit": 3}, TypeError, "fit must be a function of a pick, got 3"),
        ({"valid": None}, ValueError, "valid must be a loader of validation batches"),
        ({"valid": []}, ValueError, "valid must yield at least one batch"),
        ({"valid": 3}, TypeError, "valid must be an iterable of batches, got 3"),
        ({"valid": "abc"}, TypeError, "valid must be an iterable of batches, got 'abc'"),
        ({"valid": [torch.ones(3)]}, TypeError, r"valid must yield batches \(x..., y\)"),
        ({"valid": iter([1])}, ValueError, "valid must be one that can be iterated again"),
        ({"fit": lambda _: 1.0}, ValueError, "valid must be left out with fit"),
    ],
)
def test_bad_input_is_refused_before_anything_is_touched(options, error, match):
    rig = rig_of("pytorch")
    picker = rig.find()
    before, steps = rig.bits(), len(rig.seen)
    with pytest.raises(error, match=match):
        picker.try_picks(**{"picks": PICKS, **rig.trial_arguments(), **options})
    assert rig.bits() == before
    assert len(rig.seen) == steps
    assert picker._trials == {}


def test_rates_of_frozen_layers_make_no_candidate():
    rig = rig_of("pytorch", frozen=True)
    with pytest.raises(ValueError, match=r"must differ.*beside \(0.0001, 0.001\).*'body', 'head'"):
        attempt(rig, [(1e-4, 1e-3), (1e-6, 1e-3)])
    one_group = rig_of("pytorch", groups=1)
    with pytest.raises(ValueError, match="must differ in the rates that train"):
        attempt(one_group, [(1e-4, 1e-3), (1e-6, 1e-3)])


def test_a_loader_without_a_length_has_no_epochs():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(PyTorchRig().loader.dataset.items)

    rig = rig_of("pytorch")
    rig.loader = torch.utils.data.DataLoader(Stream(), batch_size=8)
    with pytest.raises(ValueError, match=r"loader must have a length.*use fit=fn"):
        attempt(rig)


def test_a_loop_that_does_not_train_asks_for_fit():
    with pytest.raises(ValueError, match="fit must be given for this loop"):
        StepRig().find().try_picks(PICKS)


def test_a_learner_has_its_own_validation_data():
    rig = rig_of("fastai")
    with pytest.raises(ValueError, match="valid must be left out for a Learner"):
        attempt(rig, valid=[1])
    rig.learn.dls.loaders[1] = type(rig.learn.dls.train)([], bs=8)
    with pytest.raises(ValueError, match=r"learn.dls.valid must have data"):
        attempt(rig)
    few = rig.learn.dls.train.dataset.items[:5]
    rig.learn.dls.loaders[1] = type(rig.learn.dls.train)([few], bs=8, drop_last=True)
    with pytest.raises(ValueError, match=r"learn.dls.valid must have data"):
        attempt(rig)


def test_a_recorded_sweep_has_no_model_to_train():
    sweep = rig_of("pytorch").find().sweep
    with pytest.raises(ValueError, match="must be called on a picker that lr_find returned"):
        LRPicker(sweep).try_picks(PICKS)


def test_trials_within_a_sweep_are_refused():
    rig = rig_of("pytorch")
    picker = rig.find()
    act = Plant("loss", 5, lambda _: picker.try_picks(PICKS, **rig.trial_arguments()))
    with pytest.raises(ValueError, match="must not be called while another"), rig.planted(act):
        rig.find()
