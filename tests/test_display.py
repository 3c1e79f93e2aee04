"""In a real kernel: what a cell shows, and when."""

import queue

import pytest
from jupyter_client.manager import start_new_kernel

from tests.support.pace import patient

SETUP = """
import torch
from lr_widget import LRPicker, lr_find
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
def step():
    losses.append(1.0)
    return torch.tensor(1.0)
def find(**more):
    return lr_find(step=step, optimizer=optimizer, model=model, num_it=12, **more)
"""
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(startup_timeout=patient(120))
    try:
        shown(client, SETUP)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def shown(client, code):
    """Run a cell; return the views it shows, as (message type, model id), and its text."""
    views, texts = [], []

    def output(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            texts.append(content["text"])
        elif message["msg_type"] == "error":
            texts.append("\n".join(content["traceback"]))
        elif "data" in content and "metadata" in content:
            data = content["data"]
            name = data[VIEW]["model_id"] if VIEW in data else data["text/plain"]
            views.append((message["msg_type"], name))

    try:
        reply = client.execute_interactive(code, output_hook=output, timeout=patient(120))
    except (TimeoutError, queue.Empty):
        pytest.fail(f"the kernel did not answer: {code}")
    assert reply["content"]["status"] == "ok", texts
    return views, "".join(texts)


def data_of(client, code):
    """Run a cell and return the data of its outputs, by message type."""
    found = []

    def output(message):
        if {"data", "metadata"} <= set(message["content"]):
            found.append((message["msg_type"], message["content"]["data"]))

    client.execute_interactive(code, output_hook=output, timeout=patient(120))
    return found


def test_the_renewed_output_has_a_picture_and_says_how_it_ended(kernel):
    (_, first), (kind, last) = data_of(kernel, "picker = find()")
    assert kind == "update_display_data"
    assert "image/png" not in first
    assert "front end that shows widgets" in first["text/plain"]
    assert last["image/png"].startswith("iVBOR")
    assert last["text/plain"].startswith("Finished after 12 steps. Your model is as it was.")
    assert last[VIEW] == first[VIEW]


def test_without_a_still_the_output_is_not_renewed(kernel):
    ((kind, shown_data),) = data_of(kernel, "bare = find(still=False)")
    assert kind == "display_data"
    assert VIEW in shown_data
    assert shown(kernel, "print(bare._renewals, bare.status)") == ([], "0 finished\n")


def test_an_output_is_renewed_after_an_error_too(kernel):
    failing = "lr_find(step=lambda: 1 / 0, optimizer=optimizer, model=model)"
    found = data_of(kernel, failing)
    assert [kind for kind, _ in found] == ["display_data", "update_display_data"]
    assert "Failed at step 0 of 100: ZeroDivisionError" in found[1][1]["text/plain"]


def test_a_cell_that_is_run_again_closes_the_picker_it_has_replaced(kernel):
    count = "from ipywidgets.widgets import widget\nprint(len(widget._instances))"

    def run(code):
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": True}
        message = kernel.session.msg("execute_request", content, metadata={"cellId": "one"})
        kernel.shell_channel.send(message)
        while True:
            reply = kernel.get_shell_msg(timeout=patient(120))
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]["status"]

    assert run("picker = find()\nfirst = picker") == "ok"
    _, before = shown(kernel, count)
    for _ in range(5):
        assert run("picker = find()") == "ok"
    _, after = shown(kernel, count)
    assert after == before
    assert "0.1" in shown(kernel, "first.value = (1e-3, 0.1)\nprint(first.max_lr, first.comm)")[1]
    assert shown(kernel, "print(first.comm, picker.comm is None)")[1] == "None False\n"


def order(client, code):
    """Run a cell and return the kinds of its outputs in order."""
    kinds = []
    client.execute_interactive(
        code, output_hook=lambda message: kinds.append(message["msg_type"]), timeout=patient(120)
    )
    return [kind for kind in kinds if kind in ("display_data", "stream", "execute_result")]


@pytest.mark.parametrize("code", ["picker = find()", "find()", "picker = find()\npicker"])
def test_a_sweep_shows_its_picker_once_and_prints_nothing(kernel, code):
    views, text = shown(kernel, code)
    # renewed once, when the cell has ended
    assert [kind for kind, _ in views] == ["display_data", "update_display_data"]
    assert len({name for _, name in views}) == 1
    assert text == ""


def test_the_picker_is_shown_before_the_first_step(kernel):
    printing = "talk = lambda: print('step', flush=True) or 1.0\n"
    call = "lr_find(step=talk, optimizer=optimizer, model=model, num_it=12)"
    assert order(kernel, printing + call)[:2] == ["display_data", "stream"]


def test_a_picker_in_a_later_cell_is_shown_again_by_each_way(kernel):
    (_, model_id), *_ = shown(kernel, "picker = find()")[0]
    assert shown(kernel, "picker")[0] == [("execute_result", model_id)]
    assert shown(kernel, "display(picker)")[0] == [("display_data", model_id)]


def test_a_second_view_in_the_same_cell_can_be_asked_for(kernel):
    views, _ = shown(kernel, "picker = find()\ndisplay(picker)")
    assert [kind for kind, _ in views] == ["display_data", "display_data", "update_display_data"]
    assert views[0][1] == views[1][1]


def test_a_loop_of_sweeps_shows_each(kernel):
    views, _ = shown(kernel, "pickers = [find() for _ in range(3)]\npickers[-1]")
    assert [kind for kind, _ in views][:3] == ["display_data"] * 3
    assert len({name for _, name in views}) == 3


def test_show_false_shows_nothing_until_the_picker_is_asked_for(kernel):
    assert shown(kernel, "quiet = find(show=False)") == ([], "")
    assert [kind for kind, _ in shown(kernel, "quiet")[0]] == ["execute_result"]
    assert [kind for kind, _ in shown(kernel, "find(show=False)")[0]] == ["execute_result"]


def test_a_recorded_sweep_is_shown_as_the_last_line(kernel):
    assert [kind for kind, _ in shown(kernel, "LRPicker(picker.sweep)")[0]] == ["execute_result"]


def sent(client, code):
    """Run a cell and return what pages get of it: comm messages' data, and types of outputs."""
    found = []

    def output(message):
        if message["msg_type"] == "comm_msg":
            found.append(message["content"]["data"])
        elif message["msg_type"] in ("display_data", "execute_result"):
            found.append(message["msg_type"])

    client.execute_interactive(code, output_hook=output, timeout=patient(120))
    return found


def explained_at(messages):
    """Places of the messages that tell what is suggested, which is part of the explanation."""
    states = [each.get("state", {}) if isinstance(each, dict) else {} for each in messages]
    return [place for place, state in enumerate(states) if state.get("_suggested")]


FALLING = """
import numpy as np
def falling():
    x = np.linspace(-7, 1, 40)
    left = iter(2.3 - 1.5 / (1 + np.exp(-4 * (x + 3))) + np.expm1(6 * np.maximum(x + 0.5, 0)))
    return lambda: torch.tensor(next(left))
def fall(**more):
    return lr_find(step=falling(), optimizer=optimizer, model=model, num_it=40, **more)
"""


def test_the_page_of_a_sweep_that_is_not_shown_gets_no_point_and_no_mark_until_it_shows_it(kernel):
    hidden = sent(kernel, FALLING + "picker = fall(show=False)")
    assert explained_at(hidden) == []
    assert not any(isinstance(each, dict) and each.get("method") == "custom" for each in hidden)
    shown = sent(kernel, "picker")
    assert shown.index("execute_result") > explained_at(shown)[0]
    again = sent(kernel, "picker")
    assert explained_at(again) == []


def test_a_box_that_holds_it_is_shown_after_its_marks(kernel):
    shown = sent(kernel, FALLING + "from ipywidgets import VBox\nVBox([fall(show=False)])")
    (place,) = explained_at(shown)
    assert place < shown.index("execute_result")


def test_the_page_of_a_sweep_that_is_shown_gets_points_and_marks_before_the_call_is_over(kernel):
    code = FALLING + "picker = fall()\nfrom IPython.display import display\ndisplay('over')"
    shown = sent(kernel, code)
    (place,) = explained_at(shown)
    (first, over) = (place for place, each in enumerate(shown) if each == "display_data")
    points = [
        place
        for place, each in enumerate(shown)
        if isinstance(each, dict) and each.get("content", {}).get("type") == "points"
    ]
    assert first < points[0] < place < over
