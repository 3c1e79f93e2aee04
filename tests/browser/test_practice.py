"""Practice in a notebook: a guess by the button, the truth after it, a replay, a class's strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lr_widget import gallery
from tests.support.browser.axe import violations
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

SHOW = """
from lr_widget import LRPicker, gallery
picker = LRPicker(gallery("collab"), guess=True)
picker
"""
REPLAY = "picker.replay(speed=20, until=1e-3)"
BUSY = """
import pathlib, time
while not pathlib.Path("go-1").exists():
    time.sleep(0.01)
"""
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
    assert violations(lab) == []
    picker.type(picker.hi_field, "1.4e-2")
    lab.wait_for_value("picker._handles[1]", 0.014)
    assert lab.value("picker.value") is None
    picker.scope.get_by_role("textbox", name="Why?").fill("before the cliff")
    button.click()
    lab.wait_for_value("picker.guess and picker.guess.why", "before the cliff")
    assert lab.value("picker.answer") == "lr1 collab 1.4e-3 1.4e-2"
    picker.scope.get_by_text(gallery("collab").score((1.4e-3, 1.4e-2)).text).wait_for()
    picker.scope.get_by_role("img", name="Validation loss after training").wait_for()
    picker.scope.get_by_role("button", name="ours").wait_for()
    assert button.count() == 0
    assert "Your guess" in lab.page.evaluate("document.activeElement.textContent")
    assert violations(lab) == []


def test_a_guess_by_keys_while_a_cell_runs_keeps_the_focus(lab: Lab):
    picker = shown(lab, "practice-busy", BUSY)
    button = picker.scope.get_by_role("button", name="This is my pick")
    button.focus()
    lab.page.keyboard.press("Enter")  # no handle has been moved
    picker.type(picker.hi_field, "1.4e-2")
    lab.wait_for_value("picker._handles[1]", 0.014)
    lab.start(1)
    button.focus()
    lab.page.keyboard.press("Enter")
    picker.scope.get_by_text("Handed in: waiting for the kernel").wait_for()
    assert button.is_disabled()
    assert button.evaluate("(button) => document.activeElement === button")
    lab.release(1)
    picker.scope.get_by_text("Your guess: 1.4e-3").wait_for()
    assert "Your guess" in lab.page.evaluate("document.activeElement.textContent")


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
    picker = shown(lab, "practice-class", CLASS)
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
    picker.scope.get_by_role("button", name="Hide", exact=True).click()
    assert strips.count() == 0
