"""What records hold cannot be changed, however it is reached."""

import copy
import pickle

import numpy as np
import pytest

from lr_widget.records.read_only import ReadOnly, content, read_only


def test_a_mapping_is_a_copy_in_all_depth():
    given = {"seed": 5, "frozen": [True, False], "more": {"of": [1]}}
    held = ReadOnly(given)
    given["frozen"].append(True)
    given["more"]["of"].append(2)
    held["frozen"].clear()
    held.get("more")["of"].clear()
    dict(held)["frozen"].clear()
    assert held == {"seed": 5, "frozen": [True, False], "more": {"of": [1]}}


def test_a_mapping_takes_nothing():
    held = ReadOnly({"seed": 5})
    with pytest.raises(TypeError):
        held["seed"] = 6
    with pytest.raises(TypeError):
        del held["seed"]
    with pytest.raises(AttributeError):
        held.seed = 6
    assert held["seed"] == 5


def test_a_mapping_reads_as_a_dict_does():
    held = ReadOnly({"seed": 5, "num_it": None})
    assert (held["seed"], held.get("num_it", 3), held.get("other", 3)) == (5, None, 3)
    assert "num_it" in held
    assert "other" not in held
    assert list(held) == ["seed", "num_it"]
    assert held | {"seed": 6} == {"seed": 6, "num_it": None}
    assert {"seed": 6} | held == dict(held)
    assert held == dict(held)
    assert dict(held) == held
    assert held != {"seed": 5}
    assert repr(held) == "ReadOnly({'seed': 5, 'num_it': None})"
    with pytest.raises(KeyError, match="other"):
        held["other"]


@pytest.mark.parametrize(
    "copy_of", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_mapping_can_be_copied(copy_of):
    assert copy_of(ReadOnly({"frozen": [True]})) == {"frozen": [True]}


def test_an_array_is_a_copy_that_cannot_be_written_to():
    values = np.array([1.0, 2.0])
    held = read_only(values)
    values[0] = 9.0
    assert held.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        held[0] = 5.0


def test_arrays_with_the_same_numbers_have_the_same_content():
    assert content(np.array([np.nan, -0.0])) == content(np.array([-np.nan, 0.0]))
    assert content(np.array([1.0])) != content(np.array([1.0, 1.0]))
    assert content(np.array([np.inf])) != content(np.array([-np.inf]))
