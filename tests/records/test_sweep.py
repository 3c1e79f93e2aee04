"""The record: checked, read-only, and back from its file to the last bit."""

import copy
import json
import math
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lr_widget import Sweep

FORMAT_1 = Path(__file__).parents[1] / "data" / "sweep-format-1.json"

HOSTILE = ["<img src=x onerror=alert(1)>", "</script>", "{name} \\ \" ' \n \0", "\ud800", "é 漢 🙂"]
LOSSES = [0.1 + 0.2, 1e-310, -0.0, math.nan, math.inf, -math.inf, 1.7976931348623157e308]
LRS = [5e-324, 1e-7, 1e-7, 0.1, 0.30000000000000004, 1.0, 1e308]


def sweep(**changes):
    given = {
        "optimizer": "AdamW",
        "stop_reason": "diverged",
        "settings": {"start_lr": 1e-7, "end_lr": 10.0, "num_it": 100, "schedule": "exp"},
        "groups": ["body", "head"],
        "started": "2026-11-24T08:00:00+00:00",
        "label": "first",
    }
    return Sweep(LRS, LOSSES, **{**given, **changes})


def written(path, **changes):
    """A file like that of `sweep()`, with some entries changed; None drops one."""
    sweep().save(path)
    data = {**json.loads(path.read_text("utf-8")), **changes}
    data = {key: value for key, value in data.items() if value is not None}
    path.write_text(json.dumps(data), "utf-8")
    return path


def test_other_tools_numbers_need_nothing_else():
    record = Sweep(lrs=[1e-4, 1e-3], losses=[2.0, 1.0])
    assert record.optimizer is None
    assert record.stop_reason == "finished"
    assert record.groups == ()
    assert len(record) == 2


@pytest.mark.parametrize("kind", [list, tuple, np.array, np.float32, "torch", "pandas"])
def test_columns_of_any_kind_become_float64(kind):
    values = [1.0, 2.0, 3.0]
    if isinstance(kind, str):
        module = pytest.importorskip(kind)
        kind = module.tensor if kind == "torch" else module.Series
    record = Sweep(kind(values), kind(values))
    assert record.lrs.dtype == record.losses.dtype == np.float64
    assert record.losses.tolist() == values


def test_the_record_is_a_copy_that_cannot_be_written_to():
    losses = np.array([1.0, 2.0])
    record = Sweep([0.1, 0.2], losses, settings={"num_it": 10})
    losses[0] = 9.0
    assert record.losses[0] == 1.0
    for column in (record.lrs, record.losses):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 5.0
    with pytest.raises(TypeError):
        record.settings["num_it"] = 20


def test_no_attribute_can_be_set():
    record = sweep()
    for name in ("lrs", "stop_reason", "settings", "new"):
        with pytest.raises(AttributeError, match=f"cannot assign to field '{name}'"):
            setattr(record, name, "other")
    with pytest.raises(AttributeError, match="cannot delete field 'label'"):
        del record.label
    assert record == sweep()


def test_a_changed_copy_is_checked_as_any_other():
    other = replace(sweep(), label="second")
    assert (other.label, other.settings, sweep().label) == ("second", sweep().settings, "first")
    assert other.losses.tobytes() == sweep().losses.tobytes()
    with pytest.raises(ValueError, match="lrs and losses must have the same length"):
        replace(sweep(), losses=[1.0])


def test_everything_comes_back_to_the_last_bit(tmp_path):
    path = tmp_path / "a.json"
    sweep().save(path)
    back = Sweep.load(path)
    assert back == sweep()
    assert back.lrs.tobytes() == np.array(LRS).tobytes()
    assert back.losses.tobytes() == np.array(LOSSES).tobytes()
    assert (back.optimizer, back.stop_reason, back.label) == ("AdamW", "diverged", "first")
    assert back.settings == sweep().settings
    assert back.groups == ("body", "head")
    assert back.started == "2026-11-24T08:00:00+00:00"


def test_the_file_is_plain_json_of_format_1(tmp_path):
    path = tmp_path / "a.json"
    sweep().save(str(path))

    def refuse(name):
        pytest.fail(f"{name} is not JSON")

    data = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    assert data["format"] == 1
    assert data["losses"][3:6] == ["nan", "inf", "-inf"]


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("finished", None),
        ("what another tool says", None),
        ("errors were few", None),
        ("error: RuntimeError: out of memory.", "RuntimeError: out of memory."),
        ("error: ", ""),
        ("error", "error"),
    ],
)
def test_an_error_is_told_apart_from_other_endings(reason, error):
    assert (sweep(stop_reason=reason).stop_reason, sweep(stop_reason=reason).error) == (
        reason,
        error,
    )


def test_an_empty_sweep_has_a_file_too(tmp_path):
    path = tmp_path / "a.json"
    Sweep([], [], stop_reason="error: ValueError").save(path)
    assert len(Sweep.load(path)) == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_names_come_back_as_they_were(tmp_path, text):
    record = sweep(groups=[text], label=text, optimizer=text, stop_reason=f"error: {text}")
    record.save(tmp_path / "a.json")
    back = Sweep.load(tmp_path / "a.json")
    assert back == record
    assert back.groups == (text,)


def test_sweeps_are_equal_if_everything_in_them_is():
    assert sweep() == sweep()
    assert hash(sweep()) == hash(sweep())
    assert sweep() != sweep(label="second")
    assert sweep() != sweep(settings={})
    assert sweep() != "sweep"
    assert (sweep() != sweep()) is False
    zeros, other_nan = [Sweep([1.0], [loss]) for loss in (0.0, -0.0)], float("nan")
    assert len(set(zeros)) == 1
    assert len({Sweep([1.0], [loss]) for loss in (math.nan, other_nan, -other_nan)}) == 1


@pytest.mark.parametrize(
    "copy_of", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_a_sweep_can_be_copied_and_sent_to_another_process(copy_of):
    assert copy_of(sweep()) == sweep()
    assert not copy_of(sweep()).losses.flags.writeable


@pytest.mark.parametrize("record", [sweep(), Sweep([], []), Sweep([0.1], [1.0])])
def test_the_repr_is_short(record):
    assert repr(record).startswith(f"Sweep({len(record)} steps")
    assert len(repr(record)) <= 110


BAD = [
    ({"lrs": [1.0]}, ValueError, "lrs and losses must have the same length, got 1 and 2"),
    ({"lrs": [2.0, 1.0]}, ValueError, "lrs must not fall, got 2.0 then 1.0"),
    ({"lrs": [0.0, 1.0]}, ValueError, "lrs must be finite and above 0, got 0.0"),
    ({"lrs": [-1.0, 1.0]}, ValueError, "lrs must be finite and above 0, got -1.0"),
    ({"lrs": [1.0, math.nan]}, ValueError, "lrs must be finite and above 0, got nan"),
    ({"lrs": [1.0, math.inf]}, ValueError, "lrs must be finite and above 0, got inf"),
    ({"lrs": "12"}, TypeError, "lrs must be a sequence of numbers, got '12'"),
    ({"lrs": 1.0}, TypeError, "lrs must be a sequence of numbers, got 1.0"),
    ({"lrs": None}, TypeError, "lrs must be a sequence of numbers, got None"),
    ({"lrs": ["1", "2"]}, TypeError, "lrs must hold numbers only, got ['1', '2']"),
    ({"losses": [1.0, None]}, TypeError, "losses must hold numbers only, got [1.0, None]"),
    ({"losses": [True, 1.0]}, TypeError, "losses must hold numbers only, got [True, 1.0]"),
    ({"losses": [1j, 1.0]}, TypeError, "losses must hold numbers only, got [1j, 1.0]"),
    ({"losses": [10**400, 1.0]}, TypeError, "losses must hold numbers only, got [1000"),
    ({"losses": {1.0, 2.0}}, TypeError, "losses must hold numbers only, got {1.0, 2.0}"),
    ({"losses": [[1.0], [2.0]]}, ValueError, "losses must have one dimension, got shape (2, 1)"),
    ({"optimizer": 3}, TypeError, "optimizer must be a string, got 3"),
    ({"stop_reason": None}, TypeError, "stop_reason must be a string, got None"),
    ({"label": b"x"}, TypeError, "label must be a string, got b'x'"),
    ({"groups": [3]}, TypeError, "groups must be a string, got 3"),
    ({"groups": "head"}, TypeError, "groups must be a list of strings, got 'head'"),
    ({"settings": [1]}, TypeError, "settings must be a mapping, got [1]"),
    ({"settings": {"num_it": "many"}}, TypeError, "settings['num_it'] must be an integer, got 'm"),
    ({"settings": {"start_lr": None}}, TypeError, "settings['start_lr'] must be a real number"),
    ({"settings": {"end_lr": -1.0}}, ValueError, "settings['end_lr'] must be above 0, got -1.0"),
]


@pytest.mark.parametrize(("changes", "kind", "message"), BAD)
def test_a_broken_rule_is_named_with_argument_and_value(changes, kind, message):
    with pytest.raises(kind) as caught:
        Sweep(**{"lrs": [1.0, 2.0], "losses": [1.0, 2.0], **changes})
    assert str(caught.value).startswith(message)


DAMAGED = {
    "empty": b"",
    "cut": b'{"format": 1, "lrs": [0.1',
    "not text": b"\xff\xfe\x00\x01",
    "a picture": b"\x89PNG\r\n\x1a\n",
    "a list": b"[1, 2]",
    "null": b"null",
    "another object": b'{"cells": [], "nbformat": 4}',
    "nested without end": b"[" * 200_000,
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_or_foreign_file_is_named(tmp_path, name):
    path = tmp_path / "some file.json"
    path.write_bytes(DAMAGED[name])
    with pytest.raises(ValueError, match=r"some file\.json' is no saved sweep: "):
        Sweep.load(path)


CHANGED = [
    ({"format": 2}, "format must be 1, got 2"),
    ({"format": "1"}, "format must be 1, got '1'"),
    ({"format": None}, 'it has no "format"'),
    ({"kind": "lr_widget trials"}, "kind must be 'lr_widget sweep', got 'lr_widget trials'"),
    ({"lrs": None, "losses": None}, "it has no losses and no lrs"),
    ({"losses": [1.0]}, "lrs and losses must have the same length, got 7 and 1"),
    ({"format": True}, "format must be 1, got True"),
    ({"losses": ["NaN"] * 7}, "losses must hold numbers, 'nan', 'inf', '-inf', got 'NaN'"),
    ({"losses": [10**400] * 7}, "losses must hold numbers only"),
    ({"losses": {"a": 1}}, "losses must be a list, got {'a': 1}"),
    ({"lrs": [0.0] * 7}, "lrs must be finite and above 0, got 0.0"),
    ({"lrs": 5}, "lrs must be a list, got 5"),
    ({"stop_reason": 5}, "stop_reason must be a string, got 5"),
    ({"settings": 5}, "settings must be a mapping, got 5"),
    ({"settings": {"num_it": []}}, r"settings\['num_it'\] must be an integer, got \[\]"),
    ({"groups": 5}, "groups must be a list of strings, got 5"),
]


@pytest.mark.parametrize(("changes", "message"), CHANGED)
def test_a_changed_file_is_named_with_what_is_wrong(tmp_path, changes, message):
    path = written(tmp_path / "some file.json", **changes)
    with pytest.raises(ValueError, match=rf"some file\.json' is no saved sweep: .*{message}"):
        Sweep.load(path)


def test_what_a_later_version_adds_is_left_aside(tmp_path):
    path = written(tmp_path / "a.json", more={"of": "it"})
    assert Sweep.load(path) == sweep()


def test_a_missing_file_stays_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.json"):
        Sweep.load(tmp_path / "nothing.json")


def test_a_file_of_format_1_is_read_for_ever():
    record = Sweep.load(FORMAT_1)
    assert record.lrs.tolist() == [1e-5, 1e-4, 0.10000000002000001, 1 / 3, 1.0]
    assert record.losses[:4].tolist() == [2.5, 1 / 3, math.inf, -math.inf]
    assert math.isnan(record.losses[4])
    assert (record.optimizer, record.stop_reason) == ("AdamW", "non-finite loss")
    assert record.settings["frozen"] == [True, False]
    assert record.settings["earlier_lr"] == 0.002
    assert record.groups == ("body", "head «Ω»")
    assert (record.started, record.label) == ("2026-11-24T19:40:00+00:00", "frozen")


def test_what_was_read_is_written_byte_for_byte(tmp_path):
    Sweep.load(FORMAT_1).save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == FORMAT_1.read_bytes()


def test_a_frame_has_a_row_for_each_step():
    frame = sweep().to_frame()
    assert list(frame.columns) == ["lr", "loss"]
    assert frame.index.name == "step"
    assert frame.index.tolist() == list(range(len(LRS)))
    assert frame["lr"].tolist() == LRS
    np.testing.assert_array_equal(frame["loss"], LOSSES)
    assert frame.dtypes.tolist() == [np.float64, np.float64]
    frame.loc[0, "loss"] = 7.0
    assert sweep().losses[0] == LOSSES[0]
    assert len(Sweep([], []).to_frame()) == 0


def test_without_pandas_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas, which is not installed"):
        sweep().to_frame()


TENSORS = [
    lambda torch, values: [torch.tensor(v, requires_grad=True) for v in values],
    lambda torch, values: [torch.tensor([v], requires_grad=True) * 1 for v in values],
    lambda torch, values: [values[0], *map(torch.tensor, values[1:])],
    lambda torch, values: torch.tensor(values, requires_grad=True),
    lambda torch, values: torch.tensor(values, dtype=torch.bfloat16),
]


@pytest.mark.parametrize("make", TENSORS)
def test_tensors_are_taken_whatever_graph_hangs_on_them(make):
    torch = pytest.importorskip("torch")
    values = [2.0, 1.5, 0.25]
    sweep = Sweep(make(torch, [1.0, 2.0, 4.0]), make(torch, values))
    assert sweep.losses.tolist() == values


@pytest.mark.parametrize("values", [np.array([1j, 2]), [1.0, 1j], [np.complex64(1), 2.0]])
def test_complex_losses_are_refused(values):
    with pytest.raises(TypeError, match="losses must hold numbers only"):
        Sweep([0.1, 1.0], values)


@pytest.mark.parametrize("shape", [(), (2, 1), (2, 3)])
def test_a_tensor_of_another_shape_is_refused(shape):
    torch = pytest.importorskip("torch")
    with pytest.raises((TypeError, ValueError), match="losses must"):
        Sweep([0.1, 1.0], torch.zeros(shape))
    with pytest.raises((TypeError, ValueError), match="losses must"):
        Sweep([0.1, 1.0], [torch.zeros(2), torch.zeros(3)])
