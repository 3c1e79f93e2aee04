"""Practice in a notebook: a guess by the button, the truth after it, a replay, a class's strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lr_widget import gallery
from tests.support.browser.axe import violations
from tests.support.browser.cells import PACE
from tests.support.browser.picker import PickerPage, scored

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

SHOW = """
from lr_widget import LRPicker, gallery
picker = LRPicker(gallery("collab"), guess=True)
picker
"""
REPLAY = "picker.replay(speed=20, until=1e-3)"
REFUSE = """
def refuse(*_):
    raise ValueError("<b>not today</b>")
picker.submit = refuse
"""
BUSY = f"{PACE}\npace(1, gates=(1,), seconds=0.0)"
CLASS = """
lines = ["lr1 collab 1e-3 1e-2", "lr1 collab 2e-3 2e-2", "<img src=x onerror=window.hacked=1>"]
picks = picker.show_picks(lines, second=lines[:1])
"""


def shown(lab: Lab, name: str, *more: str) -> PickerPage:
    lab.open(name, [SHOW, *more])
    lab.run(0)
    return PickerPage(lab, lab.output(0)).wait()


def test_the_button_hands_in_and_everything_appears(lab: Lab):
    picker = shown(lab, "practice-guess")
    button = picker.scope.get_by_role("button", name="This is my pick")
    button.wait_for()
    assert button.is_disabled()  # no handle has been moved
    assert picker.scope.get_by_role("button", name="ours").count() == 0
    assert "gives up" not in picker.scope.inner_text()
    picker.scope.get_by_text(gallery("collab").about).wait_for()
    vote = picker.scope.get_by_text("For a vote in class")
    assert not vote.is_visible()
    assert violations(lab) == []
    picker.type(picker.hi_field, "1.4e-2")
    lab.wait_for_value("(picker._handles or [None])[-1]", 0.014)
    assert lab.value("picker.value") is None
    vote.wait_for()
    picker.copy.click()
    assert lab.page.evaluate("navigator.clipboard.readText()") == "lr1 collab 1.4e-3 1.4e-2"
    assert violations(lab) == []
    picker.scope.get_by_role("textbox", name="Why?").fill("before the cliff")
    button.click()
    lab.wait_for_value("picker.guess and picker.guess.why", "before the cliff")
    assert lab.value("picker.answer") == "lr1 collab 1.4e-3 1.4e-2"
    picker.scope.get_by_text(scored("collab", 1.4e-2)).wait_for()
    picker.scope.get_by_role("img", name="Validation loss after training").wait_for()
    picker.scope.get_by_role("button", name="ours").wait_for()
    picker.scope.get_by_text("The curve alone says").wait_for()
    picker.scope.get_by_text("lowest point", exact=True).wait_for()
    for contradicts in ("This pick", "Reading", "already too high"):
        assert picker.scope.get_by_text(contradicts, exact=True).filter(visible=True).count() == 0
    assert button.count() == 0
    assert not vote.is_visible()
    plot = picker.scope.locator(".nsewdrag").first.bounding_box()
    line = picker.scope.locator(".lrw-guess-line").bounding_box()
    assert plot is not None
    assert line is not None
    assert (line["y"], line["height"]) == pytest.approx((plot["y"], plot["height"]), abs=1)
    assert line["x"] + line["width"] / 2 == pytest.approx(picker.px_of(1.4e-2), abs=1)
    assert "Your guess" in lab.page.evaluate("document.activeElement.textContent")
    assert violations(lab) == []


def test_a_guess_by_keys_while_a_cell_runs_keeps_the_focus(lab: Lab):
    picker = shown(lab, "practice-busy", BUSY)
    button = picker.scope.get_by_role("button", name="This is my pick")
    button.focus()
    lab.page.keyboard.press("Enter")  # no handle has been moved
    picker.type(picker.hi_field, "1.4e-2")
    lab.wait_for_value("(picker._handles or [None])[-1]", 0.014)
    lab.start(1)
    button.focus()
    lab.page.keyboard.press("Enter")
    picker.scope.get_by_text("Submitted: waiting for the kernel").wait_for()
    assert button.is_disabled()
    assert button.evaluate("(button) => document.activeElement === button")
    lab.release(1)
    picker.scope.get_by_text("Your guess: 1.4e-2.").wait_for()
    assert "Your guess" in lab.page.evaluate("document.activeElement.textContent")


def test_a_guess_that_the_kernel_refuses_can_be_made_again(lab: Lab):
    picker = shown(lab, "practice-refused", REFUSE, "del picker.submit")
    lab.run(1)
    picker.type(picker.hi_field, "1.4e-2")
    button = picker.scope.get_by_role("button", name="This is my pick")
    button.click()
    picker.scope.get_by_text("The guess was not taken: <b>not today</b>").wait_for()
    lab.run(2)
    button.click()
    lab.wait_for_value("picker.guess and picker.guess.hi", 0.014)


def test_what_is_revealed_during_a_replay_is_whole(lab: Lab):
    picker = shown(lab, "practice-reveal", REPLAY, "picker.reveal()")
    whole = len(gallery("collab").sweep)
    lab.run(1)
    picker.scope.get_by_text("Held at 9.1e-4: what comes next?").wait_for()
    lab.run(2)
    picker.scope.get_by_role("img", name="Validation loss after training").wait_for()
    picker.scope.get_by_role("button", name="ours").wait_for()
    lab.wait_until(lambda: picker.points() == whole, "the curve is not whole")
    assert picker.scope.get_by_text("what comes next?").count() == 0


def test_a_page_that_is_loaded_anew_holds_a_replay_until_it_has_been_seen(lab: Lab):
    picker = shown(lab, "practice-reload", REPLAY)
    lab.run(1)
    held = int((gallery("collab").sweep.lrs <= 1e-3).sum())
    picker.scope.get_by_text("what comes next?").wait_for()
    lab.reload()
    picker = PickerPage(lab, lab.output(0)).wait()
    picker.scope.get_by_text("what comes next?").wait_for()
    lab.wait_until(lambda: picker.points() == held, "other points are drawn than up to there")
    picker.scope.get_by_role("button", name="Go on").click()
    picker.scope.get_by_text("The whole curve is shown.").wait_for()
    lab.wait_for_value("picker._practice['replay']", None)
    lab.reload()
    picker = PickerPage(lab, lab.output(0)).wait()
    whole = len(gallery("collab").sweep)
    lab.wait_until(lambda: picker.points() == whole, "the curve is not whole")
    picker.scope.get_by_role("button", name="Replay").wait_for()


def test_a_replay_holds_goes_on_and_steps(lab: Lab):
    picker = shown(lab, "practice-replay", REPLAY)
    whole = len(gallery("collab").sweep)
    lab.wait_until(lambda: picker.points() == whole, "the curve is not drawn")
    lab.run(1)
    picker.scope.get_by_text("Held at 9.1e-4: what comes next?").wait_for()
    held = int((gallery("collab").sweep.lrs <= 1e-3).sum())
    lab.wait_until(lambda: picker.points() == held, "other points are drawn than up to there")
    picker.scope.get_by_role("button", name="Step").click()
    lab.wait_until(lambda: picker.points() == held + 1, "it has made no step")
    picker.scope.get_by_role("button", name="Go on").click()
    picker.scope.get_by_text("The whole curve is shown.").wait_for()
    lab.wait_until(lambda: picker.points() == whole, "the curve is not whole again")
    assert lab.value("picker.guess") is None


def test_a_class_s_strip_is_hidden_until_it_is_shown(lab: Lab):
    picker = shown(lab, "practice-class", CLASS, REPLAY)
    lab.run(1)
    picker.scope.get_by_text("picks, not shown yet").wait_for()
    assert picker.scope.get_by_role("img", name="A dot for each pick").count() == 0
    picker.scope.get_by_role("button", name="Show", exact=True).click()
    strips = picker.scope.get_by_role("img", name="A dot for each pick")
    assert [strip.locator("circle").count() for strip in strips.all()] == [2, 1]
    picker.scope.get_by_text("2 picks for collab.").wait_for()
    picker.scope.get_by_text("line 3 (it does not begin with lr1)").wait_for()
    assert lab.page.evaluate("window.hacked") is None
    assert violations(lab) == []
    lab.run(2)  # the picks are told anew with whatever else is told
    picker.scope.get_by_text("what comes next?").wait_for()
    assert strips.count() == 2
    picker.scope.get_by_role("button", name="Hide", exact=True).click()
    assert strips.count() == 0
