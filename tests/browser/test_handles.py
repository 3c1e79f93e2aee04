"""Two handles: by mouse, by keys, by typed numbers; every pick arrives to the last bit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.lab import Lab
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

    from tests.support.browser.server import JupyterServer

PICK = (1e-4, 1e-2)
RECORDED = """
import math
from lr_widget import LRPicker, Sweep
lrs = [10 ** (-7 + 0.08 * i) for i in range(90)]
losses = [2.5 - 1.6 / (1 + math.exp(-3 * (math.log10(lr) + 3))) for lr in lrs]
sweep = Sweep(lrs, losses, settings={"start_lr": 1e-7, "end_lr": 10.0}, groups=["body", "head"])
seen = []
picker = LRPicker(sweep, value=(1e-4, 1e-2))
picker.observe(lambda change: seen.append(change.new), "value")
picker
"""


@pytest.fixture(scope="module")
def notebook(context: BrowserContext, server: JupyterServer) -> Iterator[Lab]:
    """One page for all of these tests: loading JupyterLab takes longer than any of them."""
    lab = Lab(context.new_page(), server)
    lab.open("handles", [RECORDED])
    server.held.add("handles.ipynb")
    yield lab
    lab.close()
    server.held.clear()
    server.keep_kernel("handles")


@pytest.fixture
def picker(notebook: Lab) -> Iterator[PickerPage]:
    """A picker over a recorded sweep of two groups, at 1e-4 and 1e-2: the cell, run again."""
    notebook.page.mouse.up()
    notebook.page.bring_to_front()
    notebook.page.evaluate(
        "document.querySelectorAll('.lrw-root').forEach((root) => (root.dataset.old = 'yes'))"
    )
    notebook.run(0)
    stale = notebook.page.locator(".lrw-root[data-old]")
    notebook.wait_until(lambda: stale.count() == 0, "the replaced picker is still there")
    yield PickerPage(notebook, notebook.output(0)).wait()
    errors = list(notebook.console.errors)
    notebook.console.errors.clear()
    assert not errors, "errors in the page:\n" + "\n".join(errors)


def test_both_sliders_say_where_they_stand_and_how_far_they_may_go(picker: PickerPage):
    assert picker.scope.get_by_role("slider").count() == 2
    assert picker.spoken() == ("1e-4", "1e-2")
    decades = [
        [float(thumb.get_attribute(f"aria-value{end}")) for end in ("min", "max")]
        for thumb in (picker.lo, picker.hi)
    ]
    assert decades == [[-7, -2], [-4, 1]]
    assert picker.edge_px(picker.hi) == pytest.approx(picker.px_of(1e-2), abs=1)


def test_a_drag_moves_one_rate_and_commits_once_at_its_end(picker: PickerPage):
    lab = picker.lab
    x, y = picker.grab(picker.hi)
    lab.page.mouse.move(x + 20, y)
    lab.page.mouse.move(x + 40, y)
    during = picker.spoken()[1]
    assert lab.value("seen") == []
    lab.page.mouse.up()
    lab.wait_until(lambda: lab.value("len(seen)") == 1, "no commit")
    lo, hi = lab.value("picker.value")
    assert lo == PICK[0]
    assert hi > PICK[1]
    assert picker.spoken()[1] == during
    assert picker.edge_px(picker.hi) == pytest.approx(picker.px_of(hi), abs=1)


def test_continuous_update_commits_every_move(picker: PickerPage):
    lab = picker.lab
    lab.kernel.execute("picker.continuous_update = True")
    lab.wait_until(lambda: lab.value("picker.continuous_update"), "not set")
    x, y = picker.grab(picker.hi)
    for px in (15, 30, 45):
        lab.page.mouse.move(x + px, y)
        lab.wait_until(lambda px=px: lab.value("len(seen)") >= px // 15, "the move did not arrive")
    lab.page.mouse.up()


def test_escape_during_a_drag_puts_it_back(picker: PickerPage):
    lab = picker.lab
    x, y = picker.grab(picker.lo)
    lab.page.mouse.move(x - 60, y)
    assert picker.spoken()[0] != "1e-4"
    lab.page.keyboard.press("Escape")
    lab.page.mouse.up()
    assert picker.spoken() == ("1e-4", "1e-2")
    assert lab.value("(picker.value, seen)") == (PICK, [])


def test_escape_goes_back_to_no_pick_with_continuous_update(picker: PickerPage):
    lab = picker.lab
    lab.kernel.execute("picker.value = None; picker.continuous_update = True; seen.clear()")
    lab.wait_until(lambda: picker.spoken() == ("not set", "not set"), "still set")
    x, y = picker.grab(picker.hi)
    lab.page.mouse.move(x - 60, y)
    lab.wait_until(lambda: lab.value("len(seen)") == 1, "the move did not arrive")
    lab.page.keyboard.press("Escape")
    lab.page.mouse.up()
    lab.wait_for_value("picker.value", None)
    lab.wait_until(lambda: picker.spoken() == ("not set", "not set"), "not put back")


def test_the_thumbs_never_cross_but_may_meet(picker: PickerPage):
    lab = picker.lab
    picker.drag(picker.lo, to_lr=1.0)
    lab.wait_for_value("picker.value", (1e-2, 1e-2))
    assert picker.spoken() == ("1e-2", "1e-2")


def test_the_bar_between_them_moves_both_and_keeps_their_ratio(picker: PickerPage):
    lab = picker.lab
    left, right = picker.edge_px(picker.lo), picker.edge_px(picker.hi)
    box = picker.hi.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    middle = (left + right) / 2 + 8  # beside the dot of a group in the middle
    lab.page.mouse.move(middle, y)
    lab.page.mouse.down()
    lab.page.mouse.move(middle + 30, y)
    lab.page.mouse.move(middle + 60, y)
    lab.page.mouse.up()
    lab.wait_until(lambda: lab.value("len(seen)") == 1, "no commit")
    lo, hi = lab.value("picker.value")
    assert lo > PICK[0]
    assert hi / lo == pytest.approx(100, rel=1e-9)


@pytest.mark.parametrize(
    ("key", "decades"),
    [
        ("ArrowRight", 0.05),
        ("ArrowUp", 0.05),
        ("ArrowLeft", -0.05),
        ("ArrowDown", -0.05),
        ("Shift+ArrowRight", 0.2),
        ("PageUp", 1.0),
        ("PageDown", -1.0),
    ],
)
def test_keys_move_by_parts_of_a_decade(picker: PickerPage, key: str, decades: float):
    picker.hi.focus()
    picker.hi.press(key)
    picker.lab.wait_until(lambda: picker.lab.value("len(seen)") == 1, "no commit")
    lo, hi = picker.lab.value("picker.value")
    assert lo == PICK[0]
    assert math.log10(hi) == pytest.approx(-2 + decades, abs=1e-9)


def test_home_and_end_go_to_the_limits(picker: PickerPage):
    lab = picker.lab
    picker.lo.focus()
    picker.lo.press("Home")
    lab.wait_for_value("picker.value", (1e-7, 1e-2))
    picker.lo.press("End")
    lab.wait_for_value("picker.value", (1e-2, 1e-2))
    picker.hi.focus()
    picker.hi.press("End")
    lab.wait_for_value("picker.value", (1e-2, 10.0))
    picker.hi.press("Home")
    lab.wait_for_value("picker.value", (1e-2, 1e-2))


@pytest.mark.parametrize(
    ("text", "lr"),
    [("3e-4", 3e-4), ("0.0003", 0.0003), ("3×10⁻⁴", 3e-4), ("1.2345678901234567e-3", None)],
)
def test_a_typed_rate_arrives_exactly(picker: PickerPage, text: str, lr: float | None):
    picker.type(picker.lo_field, text)
    picker.lab.wait_for_value("picker.value", (float(text) if lr is None else lr, 1e-2))


def test_the_rounded_text_of_a_field_is_committed_only_when_it_was_typed(picker: PickerPage):
    lab = picker.lab
    lab.kernel.execute("picker.value = (1e-4, 1.26e-2); seen.clear()")
    lab.wait_until(lambda: picker.hi_field.input_value() == "1.3e-2", "the field did not follow")
    picker.hi_field.click()
    picker.hi_field.press("Enter")
    picker.lo_field.click()
    picker.hi.focus()
    assert lab.value("(picker.value, seen)") == ((1e-4, 1.26e-2), [])
    picker.type(picker.hi_field, "1.3e-2")
    lab.wait_for_value("picker.value", (1e-4, 0.013))
    assert lab.value("len(seen)") == 1


@pytest.mark.parametrize("text", ["fast", "-1e-3", "0", "nan", "5e-2"])
def test_nonsense_is_refused_in_words_and_the_old_value_stays(picker: PickerPage, text: str):
    picker.type(picker.lo_field, text)
    alert = picker.scope.get_by_role("alert")
    picker.lab.wait_until(lambda: alert.inner_text() != "", "no words beside the field")
    assert picker.lo_field.input_value() == "1e-4"
    assert picker.lab.value("(picker.value, seen)") == (PICK, [])


def test_a_value_outside_the_sweep_is_kept_and_its_thumb_parked(picker: PickerPage):
    lab = picker.lab
    lab.kernel.execute("picker.value = (1e-9, 1e-2)")
    lab.wait_until(lambda: picker.lo_field.input_value() == "1e-9", "the field did not follow")
    assert picker.edge_px(picker.lo) == pytest.approx(picker.px_of(1e-7), abs=1)
    assert lab.value("picker.value") == (1e-9, 1e-2)


def test_keys_on_a_parked_thumb_never_bring_it_the_other_way(picker: PickerPage):
    lab = picker.lab
    lab.kernel.execute("picker.value = (1e-4, 100.0); seen.clear()")
    lab.wait_until(lambda: picker.hi_field.input_value() == "1e2", "the field did not follow")
    picker.hi.focus()
    for key in ("ArrowRight", "PageUp", "End"):
        picker.hi.press(key)
    assert picker.hi.get_attribute("aria-valuemax") == "2"
    picker.hi.press("ArrowLeft")
    lab.wait_until(lambda: lab.value("len(seen)") == 1, "no commit")
    lo, hi = lab.value("picker.value")
    assert lo == PICK[0]
    assert math.log10(hi) == pytest.approx(1 - 0.05, abs=1e-9)


def test_a_drag_while_the_kernel_is_busy_arrives_and_outlives_the_suggestion(lab: Lab):
    lab.open("busy", [SYNTHETIC, sweep(0.06, gates=(20,))])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 3, "no points")
    assert picker.spoken() == ("not set", "not set")
    picker.drag(picker.hi, to_lr=1e-3)
    chosen = picker.spoken()
    lab.release(20)
    lab.wait(1)
    lab.wait_until(lambda: lab.value("picker.status") == "finished", "not finished")
    lo, hi = lab.value("picker.value")
    assert hi == pytest.approx(1e-3, rel=0.05)
    assert hi / lo == pytest.approx(10, rel=1e-9)
    assert hi != lab.value("picker.suggestions['minimum'].lr")
    assert picker.spoken() == chosen


def test_zooming_moves_the_thumbs_with_the_axis(picker: PickerPage):
    lab = picker.lab
    plot = picker.scope.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert plot is not None
    y = plot["y"] + plot["height"] / 2
    lab.page.mouse.move(picker.px_of(1e-5), y)
    lab.page.mouse.down()
    lab.page.mouse.move(picker.px_of(1e-3), y + 60, steps=3)
    lab.page.mouse.move(picker.px_of(1e-1), y + 90, steps=3)
    lab.page.mouse.up()

    def follows() -> bool:
        return abs(picker.edge_px(picker.hi) - picker.px_of(1e-2)) < 1.5

    wide = plot["width"]
    lab.wait_until(
        lambda: picker.px_of(1e-2) - picker.px_of(1e-4) > 0.45 * wide and follows(), "no zoom"
    )


def test_thumbs_and_band_follow_the_axis_while_it_is_panned(picker: PickerPage):
    lab = picker.lab
    plot = picker.scope.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert plot is not None
    y = plot["y"] + plot["height"] / 2
    band = picker.scope.locator(".lrw-band")

    def follows() -> bool:
        edges = band.evaluate(
            "(el) => { const b = el.getBoundingClientRect(); return [b.left, b.right]; }"
        )
        pairs = [(picker.edge_px(picker.lo), edges[0]), (picker.edge_px(picker.hi), edges[1])]
        return all(
            abs(px - picker.px_of(lr)) < 1.5
            for lr, found in zip(PICK, pairs, strict=True)
            for px in found
        )

    before = picker.px_of(1e-4)
    lab.page.mouse.move(picker.px_of(1e-5), y)
    lab.page.mouse.down()
    lab.page.mouse.move(picker.px_of(1e-3), y + 60, steps=3)
    lab.page.mouse.move(picker.px_of(1e-1), y + 90, steps=3)
    lab.page.mouse.up()
    lab.wait_until(lambda: abs(picker.px_of(1e-4) - before) > 20 and follows(), "no zoom")
    picker.scope.locator('.modebar-btn[data-val="pan"]').first.click()
    start = picker.px_of(1e-4)
    x = picker.px_of(1e-3)
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    for px in (20, 40, 60):
        lab.page.mouse.move(x + px, y, steps=3)
        lab.wait_until(lambda px=px: picker.px_of(1e-4) - start > px - 5, "the axis stayed")
        lab.wait_until(follows, "the thumbs did not follow the pan")
    lab.page.mouse.up()
    lab.wait_until(follows, "the thumbs did not stay after the pan")
    assert picker.px_of(1e-4) - start > 50


def test_one_group_shows_the_left_handle_as_without_effect(lab: Lab):
    lab.open("one-group", [RECORDED.replace('["body", "head"]', '["all of it"]')])
    lab.run(0)
    picker = PickerPage(lab, lab.output(0)).wait()
    assert picker.lo.get_attribute("aria-disabled") == "true"
    assert not picker.lo_field.is_enabled()
    assert picker.scope.get_by_text("first layers: no effect, one group").is_visible()
    picker.drag(picker.hi, to_lr=1e-3)
    lab.wait_until(lambda: lab.value("len(seen)") == 1, "no commit")
    assert lab.value("picker.group_lrs") == [lab.value("picker.value[1]")]


def test_copy_puts_the_line_of_code_on_the_clipboard(picker: PickerPage):
    picker.copy.click()
    picker.scope.get_by_role("button", name="Copied").wait_for()
    copied = picker.lab.page.evaluate("navigator.clipboard.readText()")
    assert copied == "learn.fit_one_cycle(2, slice(1e-4, 1e-2))"
