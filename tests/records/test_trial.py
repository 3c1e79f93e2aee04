"""Trials and epochs: they cannot be changed, and compare by what they hold."""

import copy
import math
import pickle
from dataclasses import FrozenInstanceError, asdict, replace

import numpy as np
import pytest

from lr_widget.records.pick import Pick
from lr_widget.records.trial import Epoch, Trial

EPOCH = Epoch(math.nan, 0.5, {"accuracy": 0.75, "f1": math.nan}, 1.0)


def trial(**changes):
    losses = np.array([1.0, math.nan, -0.0])
    return replace(Trial("A", Pick(1e-6, 1e-4), 3, losses, (EPOCH,)), **changes)


@pytest.mark.parametrize("record", [trial(), EPOCH])
@pytest.mark.parametrize("name", ["seconds", "valid_loss", "new"])
def test_no_attribute_can_be_set(record, name):
    with pytest.raises(AttributeError):
        setattr(record, name, 5.0)
    with pytest.raises(FrozenInstanceError):
        del EPOCH.seconds


def test_what_it_holds_cannot_be_changed_either():
    losses, metrics, epochs = np.array([1.0]), {"accuracy": 0.5}, [EPOCH]
    record = trial(train_losses=losses, epochs=epochs)
    epoch = replace(EPOCH, metrics=metrics)
    losses[0] = metrics["accuracy"] = 9.0
    epochs.clear()
    assert record.train_losses.tolist() == [1.0]
    assert record.epochs == (EPOCH,)
    assert epoch.metrics == {"accuracy": 0.5}
    with pytest.raises(ValueError, match="read-only"):
        record.train_losses[0] = 5.0
    with pytest.raises(TypeError):
        epoch.metrics["accuracy"] = 5.0
    assert record.metrics["accuracy"] == 0.75
    record.metrics["accuracy"] = 0.0  # a copy
    assert record.metrics["accuracy"] == 0.75


def test_they_are_equal_if_everything_in_them_is():
    nan = float("nan")  # another one than that of `math`
    same = Epoch(nan, 0.5, {"f1": nan, "accuracy": 0.75}, 1.0)
    assert same == EPOCH
    assert hash(same) == hash(EPOCH)
    again = trial(train_losses=np.array([1.0, -nan, 0.0]), epochs=(same,))
    assert again == trial()
    assert (again != trial()) is False
    assert len({again, trial()}) == 1
    assert replace(EPOCH, metrics={"accuracy": 0.75}) != EPOCH
    assert replace(EPOCH, seconds=nan) != EPOCH
    for changes in ({"seed": 4}, {"epochs": ()}, {"train_losses": [1.0]}, {"ended": "diverged"}):
        assert trial(**changes) != trial()
    assert trial() != "trial"
    assert EPOCH != "epoch"


def test_they_have_no_order():
    with pytest.raises(TypeError, match="not supported between instances of 'Trial'"):
        sorted([trial(), trial()])


@pytest.mark.parametrize(
    "copy_of", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
def test_a_trial_can_be_copied_and_sent_to_another_process(copy_of):
    assert copy_of(trial()) == trial()
    assert not copy_of(trial()).train_losses.flags.writeable
    assert copy_of(EPOCH) == EPOCH


def test_a_trial_as_a_dict_has_its_parts():
    held = asdict(trial(epochs=(replace(EPOCH, metrics={"f1": 0.5}),)))
    assert held["pick"] == (1e-6, 1e-4)
    assert held["epochs"][0]["metrics"] == {"f1": 0.5}
