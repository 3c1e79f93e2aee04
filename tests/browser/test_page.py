"""A picker saved as a page and opened from the disk, with no kernel, no server and no network."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lr_widget import LRPicker, Sweep, gallery
from lr_widget.common.numbers import format_lr
from tests.support.browser.axe import AXE
from tests.support.browser.picker import PickerPage, scored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.support.browser.disk import Disk

HOSTILE = "</script><img src=x onerror=window.hacked=1> \" ' ` \u2028 &lt; {{state}}"


def recorded(label: str, higher: float = 0.0, groups: tuple[str, ...] = ("body", "head")) -> Sweep:
    x = np.linspace(-7, 1, 100)[:92]
    losses = 2.5 + higher - 1.6 / (1 + np.exp(-3 * (x + 3))) + np.exp(4 * (x + 0.6))
    settings = {"start_lr": 1e-7, "end_lr": 10.0, "num_it": 100}
    more = {"settings": settings, "groups": groups, "started": "2026-11-24T14:05:00+01:00"}
    return Sweep(10**x, losses, label=label, stop_reason="diverged", **more)


@pytest.fixture
def opened(disk: Disk, tmp_path: Path) -> Iterator[Callable[..., PickerPage]]:
    """Saves a picker and opens the file, which asks for nothing else."""

    def open_saved(picker: LRPicker, **options: Any) -> PickerPage:
        file = tmp_path / "page.html"
        picker.save_html(file)
        assert file.stat().st_size < 1_600_000
        page = disk.open(file, **options)
        return PickerPage(SimpleNamespace(page=page), page.locator("body")).wait()

    yield open_saved
    assert set(disk.files) == {"page.html"}


def code(page: Page) -> str:
    return page.locator(".lrw-code").first.text_content() or ""


def test_it_shows_the_curve_and_the_words_of_the_picker(opened):
    picker = LRPicker([recorded("frozen", 0.3), recorded("unfrozen")])
    shown = opened(picker)
    page = shown.lab.page
    assert page.title() == "Range test: unfrozen"
    page.get_by_role("heading", name="unfrozen").wait_for()
    page.get_by_text("Swept on 2026-11-24 14:05").wait_for()
    page.get_by_text("Finished at step 92 of 100, where the loss diverged.").last.wait_for()
    assert not page.locator("#summary").is_visible()
    page.wait_for_function("document.querySelector('.js-plotly-plot').data[0].x.length === 92")
    assert shown.trace()["y"] == pytest.approx(picker.sweep.losses.tolist(), abs=0)
    page.wait_for_function("document.querySelector('.js-plotly-plot').data.length === 4")
    page.get_by_role("button", name="frozen").wait_for()
    page.get_by_role("button", name="valley").wait_for()
    assert page.get_by_role("button", name="Stop").count() == 0


def test_a_handle_is_dragged_and_the_line_of_code_says_so_in_numbers(opened):
    shown = opened(LRPicker(recorded("a"), value=(1e-4, 1e-3)))
    page = shown.lab.page
    assert code(page) == "learn.fit_one_cycle(2, slice(1e-4, 1e-3))"
    shown.drag(shown.hi, 1e-2)
    said = shown.hi.get_attribute("aria-valuetext")
    assert abs(np.log10(float(said)) + 2) < 0.02
    assert code(page) == f"learn.fit_one_cycle(2, slice(1e-4, {said}))"
    shown.copy.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == code(page)


def test_keys_fields_and_rules_work(opened):
    shown = opened(LRPicker(recorded("a"), value=(1e-4, 1e-3)))
    page = shown.lab.page
    shown.lo.focus()
    shown.lo.press("PageDown")
    assert shown.spoken() == ("1e-5", "1e-3")
    shown.type(shown.hi_field, "3e-2")
    assert code(page) == "learn.fit_one_cycle(2, slice(1e-5, 3e-2))"
    page.get_by_role("button", name="ours").click()
    assert code(page) != "learn.fit_one_cycle(2, slice(1e-5, 3e-2))"
    x, y = shown.grab(shown.hi)
    page.mouse.move(x + 50, y)
    page.keyboard.press("Escape")
    page.mouse.up()


def test_hostile_names_stay_text(opened):
    first, second = recorded(HOSTILE, 0.2), recorded(HOSTILE, groups=(HOSTILE, "head"))
    shown = opened(LRPicker([first, second]))
    page = shown.lab.page
    page.get_by_role("button", name="</script><img").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert HOSTILE in (page.locator(".lrw-group-name").first.text_content() or "")
    assert page.title().startswith("Range test: </script><img")


def test_what_is_no_number_is_shown_as_in_the_notebook(opened):
    sweep = recorded("nan")
    losses = np.append(sweep.losses[:60], np.nan)
    bad = Sweep(sweep.lrs[:61], losses, stop_reason="non-finite loss", settings=sweep.settings)
    shown = opened(LRPicker(bad))
    shown.scope.get_by_text(f"NaN at {format_lr(bad.lrs[-1])}", exact=True).wait_for()


def test_without_a_script_it_says_in_words_what_it_would_show(context, tmp_path):
    picker = LRPicker(recorded("a"))
    picker.save_html(tmp_path / "page.html")
    plain = context.browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.get_by_text("Finished at step 92 of 100").wait_for()
    # Playwright looks for no text in a noscript
    noscript = page.locator("noscript p")
    assert noscript.is_visible()
    assert noscript.text_content() == "The chart needs JavaScript; this is what it shows."
    plain.close()


@pytest.mark.parametrize("width_px", [900, 480])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, scheme, width_px):
    picker = LRPicker([recorded("frozen", 0.3), recorded("unfrozen")])
    viewport = {"width": width_px, "height": 900}
    shown = opened(picker, color_scheme=scheme, viewport=viewport)
    page = shown.lab.page
    page.wait_for_function("document.querySelector('.js-plotly-plot').data.length === 4")
    page.get_by_role("button", name="frozen").click()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(17, 17, 17)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert page.locator(".lrw-root.lrw-dark").count() == (scheme == "dark")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        ".map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html}`)"
    )
    assert found == []


NAME = "lr_widget.js"


def test_two_pages_share_one_script_beside_them(disk, tmp_path):
    first, second = LRPicker(recorded("first")), LRPicker(recorded("second"), value=(1e-5, 1e-4))
    first.save_html(tmp_path / "first.html", shared=NAME)
    second.save_html(tmp_path / "second.html", shared=NAME)
    for name, picker in (("first", first), ("second", second)):
        page = disk.open(tmp_path / f"{name}.html")
        shown = PickerPage(SimpleNamespace(page=page), page.locator("body")).wait()
        page.get_by_role("heading", name=name).wait_for()
        assert shown.trace()["y"] == pytest.approx(picker.sweep.losses.tolist(), abs=0)
        before = shown.spoken()
        shown.drag(shown.hi, 2e-2)
        assert shown.spoken() != before
    assert disk.files == ["first.html", NAME, "second.html", NAME]


def test_a_page_that_shares_its_script_can_be_guessed_at(disk, tmp_path):
    LRPicker(gallery("mnist"), guess=True).save_html(tmp_path / "a.html", shared=NAME)
    page = disk.open(tmp_path / "a.html")
    shown = PickerPage(SimpleNamespace(page=page), page.locator("body")).wait()
    shown.type(shown.hi_field, "1e-2")
    page.get_by_role("button", name="This is my pick").click()
    page.get_by_text(scored("mnist", 1e-2)).wait_for()
    page.get_by_text("lr1 mnist 1e-3 1e-2", exact=True).filter(visible=True).wait_for()


def test_without_the_script_the_page_says_which_file_is_missing(disk, tmp_path):
    LRPicker(recorded("a")).save_html(tmp_path / "a.html", shared="my code.js")
    (tmp_path / "my code.js").unlink()
    page = disk.open(tmp_path / "a.html")
    page.get_by_text("the file my code.js is missing.").wait_for()
    page.get_by_text("Finished at step 92 of 100").wait_for()  # in words, as without a script
    (error,) = disk.consoles[-1].errors
    assert "ERR_FILE_NOT_FOUND" in error
    disk.consoles[-1].clear()


def test_another_theme_is_followed_while_it_is_open(opened):
    shown = opened(LRPicker(recorded("a")), color_scheme="light")
    page = shown.lab.page
    assert page.locator(".lrw-root.lrw-dark").count() == 0
    page.emulate_media(color_scheme="dark")
    page.locator(".lrw-root.lrw-dark").wait_for()
