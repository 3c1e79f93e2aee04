"""Keep twice, run one cell: both runs draw themselves, the table fills, the answer is in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.browser.axe import violations
from tests.support.browser.cells import TRAINED, slow
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

FIND = "picker = lr_find(model, optimizer, loss_fn, loader)"
TRY = "trials = picker.try_picks(epochs=2, valid=valid)"
GIVEN = "picker.try_picks([(1e-3, 1e-2), (1e-2, 1e-1)], epochs=2, valid=valid)"


def found(lab: Lab, name: str, *cells: str) -> PickerPage:
    """A notebook with a finished sweep in its second cell."""
    lab.open(name, [TRAINED, FIND, *cells])
    lab.run(0)
    lab.run(1)
    return PickerPage(lab, lab.output(1)).wait()


def test_keep_twice_run_one_cell_read_the_answer(lab: Lab):
    gates = (8, 16, 24, 32, 40)
    picker = found(lab, "trials", slow(*gates, 50), TRY)
    lab.run(2)
    for count, lr in enumerate((2e-3, 3e-2), 1):
        picker.drag(picker.hi, lr)
        picker.keep.click()
        lab.wait_for_value("len(picker.kept)", count)
        picker.drop.wait_for()  # what has been kept can be dropped
    letters = [picker.scope.get_by_role("button", name=f"{name}: ") for name in "AB"]
    assert [letter.count() for letter in letters] == [1, 1]
    lab.start(3)
    section = picker.trials
    picker.wait_for_trials("candidate A of 2")
    assert [row[-4:-3] for row in picker.trial_rows()] == [["0"], ["1"]] * 2  # reserved, blank
    seen = 0
    for gate in gates:
        lab.wait_until(lambda n=seen: picker.trial_points()[0] > n, "no paint before a gate")
        seen = picker.trial_points()[0]
        lab.release(gate)
    assert section.get_by_role("progressbar").get_attribute("aria-valuenow") is not None
    picker.wait_for_trials("candidate B of 2")
    filled = [row[-1] for row in picker.trial_rows()]
    assert all(re.fullmatch(r"\d\d:\d\d", time) for time in filled[:2]), filled
    assert filled[2:] == ["", ""]
    lab.release(50)
    lab.wait(3)
    picker.wait_for_trials("Your model is as it was.")
    assert section.get_by_role("progressbar").is_hidden()
    assert picker.trial_points() == [40, 40]
    answer, losses = lab.value("(trials.answer, [t.valid_loss for t in trials])")
    assert answer.startswith("B is lower by ")
    section.get_by_text(answer.split(" after ")[0], exact=True).wait_for()
    assert [row[-2] for row in picker.trial_rows()][1::2] == [f"{loss:.3g}" for loss in losses]
    section.get_by_text("max_lr=trials.best.group_lrs").wait_for()
    assert lab.value("untouched()")


def test_a_letter_sets_the_handles_to_its_candidate(lab: Lab):
    picker = found(lab, "letters", "picker.keep((1e-5, 1e-4)), picker.keep((1e-3, 1e-2))")
    lab.run(2)
    picker.scope.get_by_role("button", name="A: 1e-5 to 1e-4").click()
    lab.wait_for_value("picker.value", (1e-5, 1e-4))
    picker.drop.click()
    lab.wait_for_value("picker.kept", ((1e-3, 1e-2),))
    picker.keep.wait_for()
    assert picker.scope.get_by_role("button", name="B: ").count() == 0


def test_who_keeps_and_drops_by_keys_keeps_the_focus(lab: Lab):
    picker = found(lab, "keep-keys")
    picker.keep.focus()
    lab.page.keyboard.press("Enter")
    lab.wait_for_value("len(picker.kept)", 1)
    picker.drop.wait_for()
    lab.page.keyboard.press("Enter")
    lab.wait_for_value("len(picker.kept)", 0)
    picker.keep.wait_for()
    assert picker.keep.evaluate("(button) => document.activeElement === button")


def test_a_double_click_keeps_once(lab: Lab):
    picker = found(lab, "double")
    picker.keep.dblclick()
    picker.drop.wait_for()
    assert lab.value("len(picker.kept)") == 1


def test_the_second_click_of_a_double_click_drops_nothing_that_is_kept_by_then(lab: Lab):
    picker = found(lab, "double-slow")
    picker.keep.click()
    picker.drop.hover()
    lab.page.mouse.down(click_count=2)
    lab.page.mouse.up(click_count=2)
    assert lab.value("len(picker.kept)") == 1
    picker.drop.press("Enter")
    picker.keep.wait_for()


def test_stop_keeps_what_has_finished_and_queued_cells_run(lab: Lab):
    picker = found(lab, "stop-trials", slow(50), TRY, "print('next')")
    for lr in (2e-3, 3e-2):
        picker.drag(picker.hi, lr)
        picker.keep.click()
        picker.drop.wait_for()
    lab.run(2)
    lab.start(3)
    lab.start(4)
    picker.wait_for_trials("candidate B of 2")
    picker.trials.get_by_role("button", name="Stop").click()
    assert lab.wait(4) == "next\n", "the batch that hangs was not broken"
    assert not lab.error(3)
    picker.wait_for_trials("Stopped in candidate B. Your model is as it was.")
    ended = lab.value("([t.ended for t in trials], untouched(), trials.best.name)")
    assert ended == (["finished", "stopped"], True, "A")


def test_a_reloaded_page_shows_the_trials_again(lab: Lab):
    picker = found(lab, "reload-trials", GIVEN)
    lab.run(2)
    picker.wait_for_trials("Your model is as it was.")
    lab.save()
    lab.reload()
    again = PickerPage(lab, lab.output(1)).wait()
    again.trials.wait_for()
    lab.wait_until(lambda: again.trial_points() == [40, 40], "the curves are not whole")
    assert len(again.trial_rows()) == 4


def test_a_picker_that_is_shown_nowhere_shows_itself(lab: Lab):
    hidden = FIND.replace("loader)", "loader, show=False)")
    lab.open("nowhere", [TRAINED, hidden, GIVEN])
    lab.run(0)
    lab.run(1)
    lab.run(2)
    picker = PickerPage(lab, lab.output(2)).wait()
    picker.wait_for_trials("Your model is as it was.")


def test_nothing_jumps_from_the_first_batch_to_the_answer(lab: Lab):
    picker = found(lab, "heights", slow(50), GIVEN)
    height = "(el) => el.getBoundingClientRect().height"
    alone = picker.scope.locator(".lrw-root").evaluate(height)
    lab.run(2)
    lab.start(3)
    picker.wait_for_trials("candidate A of 2")
    lab.wait_until(lambda: picker.trial_points()[0] > 0, "no points")
    heights = {picker.trials.evaluate(height)}
    lab.release(50)
    lab.wait(3)
    picker.wait_for_trials("Your model is as it was.")
    heights.add(picker.trials.evaluate(height))
    assert max(heights) - min(heights) <= 20, heights  # an answer of two lines
    whole = picker.scope.locator(".lrw-root").evaluate(height)
    assert whole - picker.trials.evaluate(height) == pytest.approx(alone + 16, abs=1)  # a gap


def test_axe_finds_nothing_in_trials(lab: Lab):
    picker = found(lab, "axe-trials", slow(30), GIVEN)
    lab.run(2)
    lab.start(3)
    lab.wait_until(lambda: picker.trials.count() == 1, "no trials")
    lab.wait_until(lambda: picker.trial_points()[0] > 0, "no points")
    assert violations(lab) == []
    lab.release(30)
    lab.wait(3)
    picker.wait_for_trials("Your model is as it was.")
    assert violations(lab) == []
