"""lr_find as it is called: its arguments, its picker, what it shows and what it raises."""

import gc
import inspect
import io
import math
import sys
import threading
import typing
import weakref

import numpy as np
import pytest
import torch
from ipywidgets import Widget

from lr_widget import LRPicker, Sweep, lr_find
from lr_widget.widget.sweep_feed import SweepFeed
from lr_widget.widget.wire import encode_points
from tests.support import models

HOSTILE = ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "{steps} \\1"]


@pytest.fixture
def setup():
    return models.setup()


def find(setup, **options):
    return lr_find(*setup, **{"num_it": 20, "end_lr": 1e-2, "show": False, **options})


def failing(error, after=7):
    """A loss function that raises at a step."""
    calls = []

    def loss_fn(output, target):
        calls.append(1)
        if len(calls) > after:
            raise error
        return torch.nn.functional.cross_entropy(output, target)

    return loss_fn


BAD = [
    ("start_lr", 0, ValueError, "start_lr must be above 0, got 0"),
    ("start_lr", -1.0, ValueError, "start_lr must be above 0, got -1.0"),
    ("start_lr", math.nan, ValueError, "start_lr must be finite, got nan"),
    ("start_lr", "1e-7", TypeError, "start_lr must be a real number, got '1e-7'"),
    ("start_lr", 1.0, ValueError, "end_lr must be above start_lr = 1.0, got 0.01"),
    ("end_lr", 1e-7, ValueError, "end_lr must be above start_lr = 1e-07, got 1e-07"),
    ("end_lr", math.inf, ValueError, "end_lr must be finite, got inf"),
    ("end_lr", None, TypeError, "end_lr must be a real number, got None"),
    ("num_it", 9, ValueError, "num_it must be at least 10, got 9"),
    ("num_it", 20.0, TypeError, "num_it must be an integer, got 20.0"),
    ("num_it", "20", TypeError, "num_it must be an integer, got '20'"),
    ("guess", 1, TypeError, "guess must be True or False, got 1"),
    ("schedule", "cos", ValueError, "schedule must be 'exp' or 'linear', got 'cos'"),
    ("stop_div", 1, TypeError, "stop_div must be True or False, got 1"),
    ("show", "no", TypeError, "show must be True or False, got 'no'"),
    ("still", None, TypeError, "still must be True or False, got None"),
    ("seed", -1, ValueError, "seed must be at least 0, got -1"),
    ("seed", 2**32, ValueError, "seed must be below 2**32, got 4294967296"),
    ("seed", 1.5, TypeError, "seed must be an integer, got 1.5"),
    ("seed", True, TypeError, "seed must be an integer, got True"),
    ("lr_max", 3, TypeError, "lr_find has the keywords start_lr, end_lr, num_it, schedule,"),
    ("learn", HOSTILE[0], TypeError, f"loader; got learn={HOSTILE[0]!r}"),
]


@pytest.mark.parametrize(("name", "value", "kind", "message"), BAD)
def test_a_bad_argument_is_named_before_anything_is_touched(setup, name, value, kind, message):
    model, optimizer, _, loader = setup
    before = models.model_bits(model), models.bits(optimizer.state_dict()), models.random_bits()
    with pytest.raises(kind) as caught:
        find((model, optimizer, lambda *_: pytest.fail("a step was made"), loader), **{name: value})
    assert message in str(caught.value)
    assert not hasattr(caught.value, "picker")
    after = models.model_bits(model), models.bits(optimizer.state_dict()), models.random_bits()
    assert after == before


def test_it_returns_a_picker_with_a_pick(setup):
    picker = find(setup, end_lr=10.0, stop_div=False)
    assert isinstance(picker, LRPicker)
    assert picker.status == "finished"
    assert picker.sweeps == (picker.sweep,)
    assert picker.max_lr == slice(*picker.value)
    assert picker.value == picker.suggestions["ours"].pick
    assert len(picker.group_lrs) == 2
    assert picker._outcome == "Finished after 20 steps. Your model is as it was."


def test_the_record_knows_how_it_was_made(setup, tmp_path):
    sweep = find(setup, seed=np.int64(3), num_it=np.int64(20), start_lr=np.float64(1e-6)).sweep
    assert sweep.settings == {
        "start_lr": 1e-6,
        "end_lr": 1e-2,
        "num_it": 20,
        "schedule": "exp",
        "stop_div": True,
        "seed": 3,
        "frozen": [False, False],
    }
    assert sweep.optimizer == "AdamW"
    assert sweep.groups == ("body", "head")
    assert sweep.started[10:11] == "T"
    assert sweep.started[-6] in "+-"
    sweep.save(tmp_path / "a.json")
    assert Sweep.load(tmp_path / "a.json") == sweep


def note_picker(begin, pickers):
    """What `begin` of a feed is, and notes whose it is."""
    return lambda feed, *args, **named: pickers.append(feed.picker) or begin(feed, *args, **named)


def test_a_value_chosen_while_it_runs_is_not_overwritten(setup):
    pickers = []
    begin = SweepFeed.begin

    def choose(output, target):
        pickers[0].value = (1e-5, 1e-4)
        return torch.nn.functional.cross_entropy(output, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SweepFeed, "begin", note_picker(begin, pickers))
        picker = find((*setup[:2], choose, setup[3]))
    assert picker is pickers[0]
    assert picker.value == (1e-5, 1e-4)
    assert picker.suggestions["ours"].pick != picker.value


@pytest.mark.parametrize("text", [*HOSTILE, "", "several\nlines"])
@pytest.mark.parametrize("kind", [ValueError, RuntimeError])
def test_an_error_carries_the_picker_and_keeps_the_curve(setup, kind, text):
    error = kind(text)
    with pytest.raises(kind) as caught:
        find((*setup[:2], failing(error), setup[3]))
    assert caught.value is error
    picker = error.picker
    assert picker.status == "failed"
    assert len(picker.sweep) == 7
    assert picker.sweep.stop_reason == f"error: {kind.__name__}" + (f": {text}" if text else "")
    assert text.rstrip(".") in picker._outcome
    assert "Your model is as it was." in picker._outcome
    with pytest.raises(ValueError, match="the sweep failed"):
        _ = picker.max_lr


def test_an_error_that_cannot_be_put_in_words_is_raised_all_the_same(setup):
    class Wordless(Exception):  # noqa: N818
        def __str__(self):
            raise RuntimeError("no words")

    error = Wordless()
    with pytest.raises(Wordless) as caught:
        find((*setup[:2], failing(error), setup[3]))
    assert caught.value.picker.sweep.stop_reason == "error: Wordless"


def test_an_interrupt_is_raised_after_the_restore(setup):
    before = models.model_bits(setup[0])
    with pytest.raises(KeyboardInterrupt) as caught:
        find((*setup[:2], failing(KeyboardInterrupt()), setup[3]))
    assert caught.value.picker.status == "stopped"
    assert caught.value.picker.sweep.stop_reason == "interrupted"
    assert models.model_bits(setup[0]) == before


def test_the_page_may_stop_it(setup):
    def stop(output, target):
        picker = pickers[0]
        if len(picker._points[0]) == 8:
            picker._handle_custom_msg({"type": "stop", "run": "an earlier run"}, [])
        if len(picker._points[0]) == 12:
            picker._handle_custom_msg({"type": "stop", "run": picker._curve}, [])
        return torch.nn.functional.cross_entropy(output, target)

    pickers, begin = [], SweepFeed.begin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SweepFeed, "begin", note_picker(begin, pickers))
        picker = find((*setup[:2], stop, setup[3]))
    assert (picker.status, picker.sweep.stop_reason) == ("stopped", "stopped")
    assert len(picker.sweep) == 13


def test_points_are_streamed_and_the_trait_has_all_of_them(setup):
    sent, states = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SweepFeed, "shown", True)
        patch.setattr("lr_widget.widget.wire.FLUSH_SECONDS", 0.0)
        patch.setattr("lr_widget.widget.wire.PointStream.__init__.__defaults__", (0.0,))
        patch.setattr(LRPicker, "send", lambda p, m, buffers=None: sent.append((m, buffers[0])))
        patch.setattr(LRPicker, "send_state", lambda p, key=None: states.append(key))
        picker = find(setup)
    whole = encode_points(picker.sweep.lrs, picker.sweep.losses)
    assert b"".join(buffer for _, buffer in sent) == whole
    assert [message["start"] for message, _ in sent] == list(range(20))
    assert {message["run"] for message, _ in sent} == {picker._curve}
    assert picker.get_state("_curve")["_curve"] == {"run": picker._curve, "points": whole}
    assert states.count("_curve") == 1


@pytest.mark.parametrize("close", [LRPicker.close, lambda _: Widget.close_all()])
def test_closing_the_picker_does_not_break_the_sweep(setup, close):
    pickers, begin = [], SweepFeed.begin

    def closing(output, target):
        if len(pickers[0]._points[0]) == 5:
            close(pickers[0])
        return torch.nn.functional.cross_entropy(output, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SweepFeed, "begin", note_picker(begin, pickers))
        picker = find((*setup[:2], closing, setup[3]))
    assert len(picker.sweep) == 20
    assert picker.status == "finished"
    assert find(setup).status == "finished"


def test_it_may_run_in_another_thread(setup):
    found = []
    thread = threading.Thread(target=lambda: found.append(find(setup)))
    thread.start()
    thread.join()
    assert found[0].status == "finished"


def test_a_sweep_in_another_thread_refuses_a_second_one(setup):
    inside, outside = threading.Event(), threading.Event()

    def wait(output, target):
        inside.set()
        assert outside.wait(30)
        return torch.nn.functional.cross_entropy(output, target)

    thread = threading.Thread(target=find, args=((*setup[:2], wait, setup[3]),))
    thread.start()
    try:
        assert inside.wait(30)
        with pytest.raises(ValueError, match="lr_find must not be called while another sweep"):
            find(models.setup())
    finally:
        outside.set()
        thread.join()
    assert find(models.setup()).status == "finished"


@pytest.mark.parametrize("error", [None, ValueError("on purpose")])
def test_the_picker_keeps_no_model_alive(error):
    model, optimizer, loss_fn, loader = models.setup()
    ref = weakref.ref(model)
    if error is None:
        picker = find((model, optimizer, loss_fn, loader))
    else:
        try:
            find((model, optimizer, failing(error), loader))
        except ValueError as caught:
            picker = caught.picker
        error.__traceback__ = None
    assert picker.sweep is not None
    del model, optimizer, loss_fn, loader
    gc.collect()
    assert ref() is None


def test_one_line_of_text_where_there_is_no_notebook(setup, capsys):
    find(setup, show=True, end_lr=10.0, stop_div=False)
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("Finished after 20 steps. Your model is as it was. Suggested: ")
    assert out.count("\n") == 1
    assert out.endswith(" for the last.\n")


@pytest.mark.parametrize("raised", [None, ValueError("on purpose")])
def test_show_false_prints_nothing(setup, capsys, raised):
    if raised is None:
        find(setup)
    else:
        with pytest.raises(ValueError, match="on purpose"):
            find((*setup[:2], failing(raised), setup[3]))
    assert capsys.readouterr() == ("", "")


def test_names_with_braces_and_tags_are_printed_as_they_are(setup, capsys):
    model, optimizer, loss_fn, loader = setup
    for group, name in zip(optimizer.param_groups, HOSTILE, strict=False):
        group["name"] = name
    picker = find((model, optimizer, loss_fn, loader), show=True)
    assert [group["name"] for group in picker._groups] == HOSTILE[:2]
    assert picker.sweep.groups == tuple(HOSTILE[:2])
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize("closed", [False, True])
def test_without_somewhere_to_print_the_sweep_is_there_all_the_same(
    setup, closed, monkeypatch, caplog
):
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stdout", stream if closed else None)  # pythonw, a service
    picker = find(setup, show=True)
    monkeypatch.undo()
    assert picker.status == "finished"
    assert ("cannot print" in caplog.text) == closed


@pytest.mark.skipif(sys.version_info < (3, 11), reason="typing.get_overloads came with Python 3.11")
def test_an_editor_shows_the_arguments_of_every_form():
    forms = [inspect.signature(form).parameters for form in typing.get_overloads(lr_find)]
    options = [
        each
        for each in inspect.signature(lr_find).parameters.values()
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    assert len(options) == 15
    for parameters in forms:
        assert list(parameters.values())[-len(options) :] == options
    assert [list(parameters)[: -len(options)] for parameters in forms] == [
        ["loop"],
        ["trainer"],
        ["learn"],
        ["model", "optimizer", "loss_fn", "loader"],
        ["trainer", "module", "train_dataloaders", "datamodule"],
        ["step", "optimizer", "model"],
    ]
