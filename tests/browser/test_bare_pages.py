"""Pages without Jupyter: the picker in a shadow root, and in a frame of an origin of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lr_widget import gallery
from lr_widget.practice.answers import Guess
from lr_widget.widget.practice_state import practice_state
from tests.support.browser.bare import BarePage, recorded_picker
from tests.support.browser.watch import Console, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator

# Where everything in a view stands, and how it is painted; Plotly numbers some of its names.
LOOK = """
(view) => {
    const origin = view.getBoundingClientRect();
    const seen = [...view.querySelectorAll("*")].filter(
        (el) => el.checkVisibility() && !el.closest("defs"));
    return seen.map((el) => {
        const { x, y, width, height } = el.getBoundingClientRect();
        const { color, fill, stroke, font, backgroundColor, display, opacity, position } =
            getComputedStyle(el);
        const box = [x - origin.x, y - origin.y, width, height].map(
            (px) => Math.round(4 * px) / 4);
        const name = el.getAttribute("class") ?? el.tagName;
        return [name.replace(/trace\\w+/g, "trace"), ...box, color, /^url/.test(fill) || fill,
                stroke, font, backgroundColor, display, opacity, position].join(" ");
    });
}
"""


@pytest.fixture
def bare(context: BrowserContext, tmp_path: Path) -> Iterator[BarePage]:
    """A page in which pickers are shown without a host."""
    bare = BarePage(context, tmp_path, recorded_picker())
    yield bare
    bare.page.close()
    assert bare.console.errors == []


def wait_for_the_same_look(one: Locator, other: Locator) -> None:
    def different() -> list[Any]:
        looks = [view.evaluate(LOOK) for view in (one, other)]
        assert len(looks[0]) > 200
        return [pair for pair in zip(*looks, strict=False) if pair[0] != pair[1]] + [
            look for look in looks if len(look) != len(looks[0])
        ]

    try:  # a theme settles 400 ms after it was read
        wait_until(one.page, lambda: not different(), "")
    except TimeoutError:
        last = different()
        raise AssertionError(f"{len(last)} parts differ: {last[:4]}") from None


def test_a_picker_in_a_shadow_root_looks_as_one_in_the_page(bare: BarePage):
    bare.place("deep", in_shadow=True)
    deep = bare.show("a", "deep")  # alone: no style of another view helps it
    bare.place("flat", in_shadow=False)
    flat = bare.show("b", "flat")
    wait_for_the_same_look(deep, flat)
    for view in (deep, flat):
        view.locator(".nsewdrag").first.hover()
        view.locator(".modebar").wait_for()
    bare.page.mouse.move(0, 0)
    wait_for_the_same_look(deep, flat)


BEFORE = practice_state(gallery("collab"), None, None, None, withheld=True)
AFTER = practice_state(gallery("collab"), Guess(1e-4, 1e-3), None, None, withheld=False)


@pytest.mark.parametrize("practice", [BEFORE, AFTER], ids=["guess", "open"])
def test_practice_in_a_shadow_root_looks_as_in_the_page(bare: BarePage, practice: Any):
    traits = {"_practice": practice, "_handles": [1e-4, 1e-3]}
    bare.place("deep", in_shadow=True)
    deep = bare.show("a", "deep", **traits)  # alone: no style of another view helps it
    bare.place("flat", in_shadow=False)
    flat = bare.show("b", "flat", **traits)
    for view in (deep, flat):
        view.get_by_role("button", name="Replay").wait_for()
    wait_for_the_same_look(deep, flat)
    assert len(bare.sheets("flat")) == 3  # registered for the other's root, ours, practice's
    bare.end("b")
    assert len(bare.sheets("flat")) == 1
    bare.end("a")
    assert (bare.sheets("deep"), bare.sheets("flat")) == ([], [])
    assert bare.page.locator("head style").filter(has_text="lrw").count() == 0


def test_plotlys_own_rules_reach_a_shadow_root(bare: BarePage):
    bare.place("deep", in_shadow=True)
    deep = bare.show("a", "deep")
    button = deep.locator(".modebar-btn").first
    assert button.evaluate("(el) => getComputedStyle(el).position") == "relative"
    assert (
        deep.locator(".modebar--hover, .modebar").first.evaluate(
            "(el) => getComputedStyle(el).position"
        )
        == "absolute"
    )


def test_handles_keys_fields_and_focus_work_in_a_shadow_root(bare: BarePage):
    bare.place("deep", in_shadow=True)
    deep = bare.show("a", "deep")
    thumb = deep.get_by_role("slider", name="last layers (head)")
    thumb.focus()
    thumb.press("PageDown")
    assert thumb.get_attribute("aria-valuetext") == "1e-4"
    box = thumb.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    bare.page.mouse.move(x, y)
    bare.page.mouse.down()
    bare.page.mouse.move(x + 60, y)
    bare.page.mouse.move(x + 120, y)
    bare.page.keyboard.press("Escape")
    bare.page.mouse.up()
    assert thumb.get_attribute("aria-valuetext") == "1e-4", "Esc did not put it back"
    field = deep.get_by_role("textbox", name="last layers (head)")
    field.fill("0.01")
    field.press("Enter")
    assert thumb.get_attribute("aria-valuetext") == "1e-2"
    # the loss under the pointer
    plot = deep.locator(".nsewdrag").first
    point = deep.locator(".scatterlayer .point").nth(20)
    at = point.bounding_box()
    assert at is not None
    assert plot.bounding_box() is not None
    bare.page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    deep.locator(".hoverlayer .hovertext").get_by_text("batch 21").wait_for()


def test_sheets_are_shared_by_the_views_of_a_root_and_go_with_the_last(bare: BarePage):
    for name in ("one", "other"):
        bare.place(name, in_shadow=True)
    bare.place("flat", in_shadow=False)
    assert (bare.sheets("one"), bare.sheets("flat")) == ([], [])
    bare.show("a", "one")
    plotly, ours = bare.sheets("one")
    assert plotly > 10
    assert ours > 100
    (registered,) = bare.sheets("flat")
    assert 0 < registered < 30, "the page has more than the registered properties"
    bare.show("b", "one")
    bare.show("c", "other")
    bare.show("d", "flat")
    assert bare.sheets("one") == bare.sheets("other") == [plotly, ours]
    assert sorted(bare.sheets("flat")) == sorted([registered, ours])
    bare.end("a")
    assert bare.sheets("one") == [plotly, ours]
    bare.end("b")
    assert bare.sheets("one") == []
    bare.end("d")
    assert bare.sheets("flat") == [registered]
    bare.end("c")
    assert (bare.sheets("other"), bare.sheets("flat")) == ([], [])


def test_a_host_that_sets_its_own_sheets_leaves_the_picker_its_style(bare: BarePage):
    bare.place("deep", in_shadow=True)
    deep = bare.show("a", "deep")
    bare.page.evaluate("bare.root('deep').adoptedStyleSheets = [new CSSStyleSheet()]")
    deep.evaluate("(el) => (el.style.width = '700px')")  # whatever makes the view look again
    bare.page.wait_for_function("bare.root('deep').adoptedStyleSheets.length === 3")


MARIMO = "Object.defineProperty(window, '__MARIMO_MOUNT_CONFIG__', {value: {mode: '%s'}})"


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("0", "To stop: the notebook's stop button"),
        (MARIMO % "edit", "To stop: marimo's interrupt button"),
        (MARIMO % "read", "Cannot be stopped in an app"),
        ("document.body.dataset.vscodeThemeKind = 'x'", "To stop: the cell's stop button"),
    ],
)
@pytest.mark.parametrize("width_px", [840, 360])
def test_where_the_page_cannot_stop_a_sweep_it_says_what_can(
    bare: BarePage, host: str, words: str, width_px: int
):
    bare.page.evaluate(host)
    bare.place("flat", in_shadow=False)
    view = bare.show("a", "flat", width_px, status="running")
    hint = view.get_by_text(words)
    hint.wait_for()
    assert view.get_by_role("button", name="Stop").count() == 0
    row, words_box = view.locator(".lrw-row-status").first.bounding_box(), hint.bounding_box()
    assert row is not None
    assert words_box is not None
    assert words_box["x"] >= row["x"]
    assert words_box["x"] + words_box["width"] <= row["x"] + row["width"]
    assert words_box["y"] + words_box["height"] <= row["y"] + row["height"]


def test_nothing_stands_between_code_and_the_sign_after_it(bare: BarePage):
    bare.place("flat", in_shadow=False)
    view = bare.show("a", "flat")
    gaps_px = view.evaluate(
        """(view) => ["reading", "answer"].map((name) => {
            const sentence = document.createElement("p");
            sentence.className = `lrw-${name}`;
            const code = document.createElement("code");
            code.textContent = "seeds=3";
            sentence.append("Try ", code, ".");
            view.querySelector(".lrw-root").append(sentence);
            const stop = document.createRange();
            stop.selectNodeContents(sentence.lastChild);
            const gap = stop.getBoundingClientRect().left - code.getBoundingClientRect().right;
            sentence.remove();
            return gap;
        })"""
    )
    assert gaps_px == pytest.approx([0, 0], abs=0.1)


def test_a_saved_page_works_in_a_frame_of_an_origin_of_its_own(
    context: BrowserContext, tmp_path: Path
):
    recorded_picker().save_html(tmp_path / "saved.html")
    page = context.new_page()
    console = Console(page)
    page.set_content('<iframe sandbox="allow-scripts" style="width:860px;height:700px"></iframe>')
    html = (tmp_path / "saved.html").read_text("utf-8")
    page.locator("iframe").evaluate("(frame, html) => (frame.srcdoc = html)", html)
    frame = page.frame_locator("iframe")
    frame.locator(".xtick text").first.wait_for()
    thumb = frame.get_by_role("slider", name="last layers (head)")
    thumb.press("PageDown")
    frame.locator('[aria-label="last layers (head)"][aria-valuetext="1e-4"]').wait_for()
    assert console.errors == []
    page.close()
