"""The one codec of records in files: numbers that are not finite, arrays, kinds and formats."""

import json
import math

import numpy as np
import pytest

from lr_widget.records.files import (
    FileFormat,
    read_number,
    read_numbers,
    write_number,
    write_numbers,
)

FILES = FileFormat("lr_widget thing", 1, "is no saved thing")
NUMBERS = [0.1 + 0.2, 1e-310, -0.0, math.nan, math.inf, -math.inf, 1.7976931348623157e308, 3.0]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_comes_back_to_the_last_bit(number):
    written = json.loads(json.dumps(write_number(number), allow_nan=False))
    assert np.float64(read_number("loss", written)).tobytes() == np.float64(number).tobytes()


def test_a_number_that_json_does_not_know_is_a_word():
    numbers = [0.25, 3, np.float32(0.5), np.float64(3), np.inf, -np.inf, np.float32("nan")]
    written = json.dumps([write_number(each) for each in numbers], allow_nan=False)
    assert json.loads(written) == [0.25, 3.0, 0.5, 3.0, "inf", "-inf", "nan"]


def test_so_does_an_array():
    values = np.array(NUMBERS)
    assert read_numbers("losses", write_numbers(values)).tobytes() == values.tobytes()
    assert read_numbers("losses", []).dtype == np.float64
    assert write_number(None) is None


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("NaN", ValueError, "loss must hold numbers, 'nan', 'inf', '-inf', got 'NaN'"),
        (None, TypeError, "loss must hold numbers only, got None"),
        (True, TypeError, "loss must hold numbers only, got True"),
        ([1.0], TypeError, "loss must hold numbers only, got [1.0]"),
        (10**400, ValueError, "loss must hold numbers only, each within a float's range, got 1000"),
    ],
)
def test_what_is_no_number_is_refused(value, kind, message):
    with pytest.raises(kind) as caught:
        read_number("loss", value)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("values", ["12", 5, None, {"a": 1.0}])
def test_what_is_no_list_is_no_array(values):
    with pytest.raises(TypeError, match="losses must be a list, got "):
        read_numbers("losses", values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "lr_widget sweep", "format": 2}, "kind must be 'lr_widget thing', got 'lr_"),
        ({"format": 2}, "format must be 1, got 2"),
        ({"format": True}, "format must be 1, got True"),
    ],
)
def test_another_kind_or_format_is_refused(tmp_path, change, message):
    path = tmp_path / "odd.json"
    FILES.write(path, {**FILES.head(), **change})
    with pytest.raises(ValueError, match=f"odd.json' is no saved thing: {message}"):
        FILES.read(path, FILES.checked)


def test_what_more_there_is_is_left_to_later_versions(tmp_path):
    FILES.write(tmp_path / "a.json", {**FILES.head(), "more": 1})
    assert FILES.read(tmp_path / "a.json", FILES.checked)["more"] == 1
