"""A worksheet opened from the disk: guessed at, scored, replayed, handed in, as people do it."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from lr_widget import gallery, worksheet
from tests.support.browser.axe import AXE
from tests.support.browser.picker import PickerPage, scored

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.support.browser.disk import Disk

CASES = ["digits", "collab", "mnist"]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def opened(disk: Disk, folder: Path, cases=CASES, *, answers=False, **options) -> Page:
    worksheet(cases, folder / "sheet.html", title="Which rate?", answers=answers)
    return disk.open(folder / "sheet.html", **options)


def case(page: Page, name: str) -> Locator:
    section = page.get_by_role("region", name=name)
    section.scroll_into_view_if_needed()
    return section


def picker(page: Page, name: str) -> PickerPage:
    return PickerPage(SimpleNamespace(page=page), case(page, name)).wait()


def pick(page: Page, name: str, hi: str) -> None:
    """Picks a rate for the last layers; the first ones get a tenth, since there is one group."""
    shown = picker(page, name)
    shown.type(shown.hi_field, hi)
    shown.scope.get_by_role("button", name="This is my pick").click()


def lines(page: Page) -> list[str]:
    area = page.get_by_role("textbox", name="Your lines")
    return [line for line in area.input_value().split("\n") if line]


def test_a_pick_is_scored_and_its_line_gathered(disk, tmp_path):
    page = opened(disk, tmp_path)
    assert page.title() == "Which rate?"
    pick(page, "collab", "1.4e-2")
    case(page, "collab").get_by_text(scored("collab", 1.4e-2)).first.wait_for()
    page.get_by_text("1 of 3 guesses made.").wait_for()
    pick(page, "digits", "1e-2")
    page.get_by_text("2 of 3 guesses made.").wait_for()
    # in the order of the page
    assert lines(page) == ["lr1 digits 1e-3 1e-2", "lr1 collab 1.4e-3 1.4e-2"]
    page.get_by_role("button", name="Copy all lines").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(lines(page))


def test_the_truth_is_in_no_element_before_the_guess(disk, tmp_path):
    page = opened(disk, tmp_path, ["collab"])
    picker(page, "collab")
    before = page.locator("main").inner_text()
    spoken = page.locator("main").aria_snapshot()
    truth = gallery("collab").truth
    for told in (
        "Your guess gives up",
        "untrained",
        "nearly nothing",
        "one full training",
        "valley",
        "3.3e-2",
        f"{truth.best_lr}",
        gallery("collab").lesson,
    ):
        assert told not in before
        assert told not in spoken
        assert page.evaluate(
            "(told) => ![...document.querySelectorAll('body :not(script)')]"
            ".some((el) => el.outerHTML.replace(/<script[^]*?<.script>/g, '').includes(told))",
            told,
        )
    pick(page, "collab", "1.4e-2")
    case(page, "collab").get_by_text("one full training").first.wait_for()
    case(page, "collab").get_by_text(gallery("collab").lesson).wait_for()


def test_picks_stand_when_the_page_is_opened_anew_until_one_begins_again(disk, tmp_path):
    page = opened(disk, tmp_path)
    pick(page, "mnist", "1e-2")
    page.get_by_text("1 of 3 guesses made.").wait_for()
    page.reload()
    page.get_by_text("1 of 3 guesses made.").wait_for()
    assert lines(page) == ["lr1 mnist 1e-3 1e-2"]
    picker(page, "mnist").scope.get_by_text(scored("mnist", 1e-2)).first.wait_for()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Begin again").click()
    assert lines(page) == ["lr1 mnist 1e-3 1e-2"]
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Begin again").click()
    page.get_by_text("0 of 3 guesses made.").wait_for()
    assert lines(page) == []
    assert page.get_by_role("button", name="Copy all lines").is_disabled()
    picker(page, "mnist").scope.get_by_role("button", name="This is my pick").wait_for()


def test_two_tabs_of_one_worksheet_share_their_picks(disk, tmp_path):
    page = opened(disk, tmp_path)
    other = page.context.new_page()
    other.goto(page.url)
    pick(page, "collab", "1.4e-2")
    page.get_by_text("1 of 3 guesses made.").wait_for()
    other.get_by_text("1 of 3 guesses made.").wait_for()
    case(other, "collab").get_by_text(scored("collab", 1.4e-2)).first.wait_for()
    pick(other, "digits", "1e-2")
    for tab in (page, other):
        tab.get_by_text("2 of 3 guesses made.").wait_for()
        assert lines(tab) == ["lr1 digits 1e-3 1e-2", "lr1 collab 1.4e-3 1.4e-2"]
    other.once("dialog", lambda dialog: dialog.accept())
    other.get_by_role("button", name="Begin again").click()
    for tab in (page, other):
        tab.get_by_text("0 of 3 guesses made.").wait_for()


def test_a_guess_during_a_replay_shows_the_whole_curve(disk, tmp_path):
    page = opened(disk, tmp_path, ["collab"])
    shown = picker(page, "collab")
    shown.scope.get_by_role("button", name="Step").click()
    page.get_by_text("Paused at 1e-7.").wait_for()
    pick(page, "collab", "1.4e-2")
    shown.scope.get_by_role("button", name="ours").wait_for()
    shown.scope.get_by_role("img", name="Validation loss after training").wait_for()
    assert page.get_by_text("Paused at").count() == 0
    page.wait_for_function(
        "(whole) => document.querySelector('.js-plotly-plot').data[0].x.length === whole",
        arg=len(gallery("collab").sweep),
    )


def zoom(page: Page, shown: PickerPage, lo: float, hi: float) -> None:
    """Pulls a box with the mouse over the plot."""
    plot = shown.scope.locator(".nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(shown.px_of(lo), box["y"] + 40)
    page.mouse.down()
    page.mouse.move(shown.px_of(hi), box["y"] + box["height"] - 30, steps=5)
    page.mouse.up()


@pytest.mark.parametrize(
    ("lo", "hi", "inside"),
    [(2e-7, 2e-6, 0), (1e-3, 1e-2, 2), (1.6e-2, 3e-2, 0)],
    ids=["far below", "some", "between two"],
)
def test_a_zoom_leaves_out_of_the_truth_what_is_out_of_sight(disk, tmp_path, lo, hi, inside):
    page = opened(disk, tmp_path, ["collab"], answers=True)
    shown = picker(page, "collab")
    truth = shown.scope.get_by_role("img", name="Validation loss after training")
    count = len(gallery("collab").truth.lrs)
    assert truth.locator("circle").count() == count
    zoom(page, shown, lo, hi)
    gone = count - inside
    shown.scope.get_by_text(f"out of sight: {gone} trainings").wait_for()
    assert truth.locator("circle").count() == inside
    line = truth.locator(".lrw-truth-line")
    assert line.get_attribute("d").count("L") == count - 1  # it leads on, but is cut at the edges
    x_px, width_px, overflow = truth.locator(".lrw-truth-clip").evaluate(
        "(el) => [el.x.baseVal.value + el.ownerSVGElement.getBoundingClientRect().x,"
        " el.width.baseVal.value, getComputedStyle(el).overflow]"
    )
    plot = shown.scope.locator(".nsewdrag").first.bounding_box()
    assert (x_px, width_px) == pytest.approx((plot["x"], plot["width"]), abs=1)
    assert overflow == "hidden"
    band = truth.locator(".lrw-truth-good")
    assert band.count() == (lo > 1.1e-2)
    words = "the shaded range"
    assert shown.scope.get_by_text(words).count() == (lo < 1.1e-2)


@pytest.mark.parametrize(
    "left", ["null", "{", '[["mnist",{"lo":1,"hi":0.1,"why":""}]]', '[["mnist"]]']
)
def test_what_something_else_has_left_in_the_browser_is_no_pick(disk, tmp_path, left):
    page = opened(disk, tmp_path, ["mnist"])
    page.evaluate(
        "(left) => localStorage.setItem("
        "`lr_widget ${document.documentElement.dataset.worksheet}`, left)",
        left,
    )
    page.reload()
    page.get_by_text("0 of 1 guesses made.").wait_for()
    picker(page, "mnist").scope.get_by_role("button", name="This is my pick").wait_for()


def test_the_key_shows_everything_at_once(disk, tmp_path):
    page = opened(disk, tmp_path, answers=True)
    page.get_by_role("heading", name="Which rate?: the key").wait_for()
    for name in CASES:
        shown = case(page, name)
        picker(page, name)
        shown.get_by_text("The best rate is").wait_for()
        shown.get_by_text("one full training").first.wait_for()
        assert shown.get_by_role("button", name="This is my pick").count() == 0
    assert page.get_by_role("textbox", name="Your lines").count() == 0


def test_a_chart_is_made_when_its_case_comes_near(disk, tmp_path):
    page = opened(disk, tmp_path, list(gallery()), viewport=PHONE)
    picker(page, "digits")
    assert page.locator(".js-plotly-plot").count() < 6
    picker(page, "diabetes")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("answers", [False, True], ids=["sheet", "key"])
def test_axe_finds_nothing_and_nothing_is_cut_off(disk, tmp_path, scheme, size, answers):
    touch = size is PHONE
    page = opened(
        disk,
        tmp_path,
        ["digits", "collab"],
        answers=answers,
        color_scheme=scheme,
        viewport=size,
        has_touch=touch,
        is_mobile=touch,
    )
    picker(page, "digits")
    if not answers:
        pick(page, "digits", "1e-2")
        case(page, "digits").get_by_text("Your guess gives up").first.wait_for()
    picker(page, "collab")
    assert page.locator(".lrw-root.lrw-dark").count() == (2 if scheme == "dark" else 0)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        ".map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html}`)"
    )
    assert found == []


def test_a_rate_outside_of_the_test_is_no_guess_and_can_be_mended(disk, tmp_path):
    page = opened(disk, tmp_path, ["collab"])
    shown = picker(page, "collab")
    button = shown.scope.get_by_role("button", name="This is my pick")
    shown.type(shown.hi_field, "1e-2")
    for typed in ("100", "1,4e-2"):
        shown.hi_field.fill(typed)
        button.click()
        assert shown.hi_field.input_value() == typed
        assert shown.hi_field.evaluate("(field) => document.activeElement === field")
        said = shown.scope.get_by_role("alert").inner_text()
        assert typed in said
        assert said.endswith({"100": "from 1e-7 to 10.", "1,4e-2": "with a point: 1.4e-2."}[typed])
    page.get_by_text("0 of 1 ").wait_for()
    shown.drag(shown.hi, 3e-2)  # the handle is another way to mend it
    assert shown.hi_field.input_value() == "3e-2"
    assert shown.scope.get_by_role("alert").count() == 0
    pick(page, "collab", "1.4e-2")
    page.get_by_text("1 of 1 ").wait_for()
    shown.type(shown.hi_field, "100")  # to look around
    assert shown.hi.get_attribute("aria-valuetext") == "1e2"


@pytest.mark.parametrize("name", ["spirals", "text"])
def test_each_rule_is_explained_in_view_after_the_guess(disk, tmp_path, name):
    # one of text's rules has no place on the axis
    shown = picker(opened(disk, tmp_path, [name], viewport=PHONE), name)
    said = shown.scope.get_by_role("list", name="What the rules take")
    assert said.count() == 0
    pick(shown.lab.page, name, "1.4e-2")
    said.wait_for()
    rules = shown.scope.get_by_role("button", name=re.compile("^(ours|valley|slide|minimum|steep)"))
    told = said.get_by_role("listitem").all_inner_texts()
    named = [rule.inner_text() for rule in rules.all()]
    assert [each.partition(":")[0] for each in told] == named
    assert "valley: half-way down the longest series of falling losses" in told


@pytest.mark.parametrize("name", ["collab", "text"])
def test_what_has_no_effect_with_one_group_of_layers_does_not_stand_there(disk, tmp_path, name):
    shown = picker(opened(disk, tmp_path, [name]), name)
    several = len(gallery(name).sweep.groups) > 1
    shown.type(shown.hi_field, "1.4e-2")
    line = shown.scope.get_by_text(f"lr1 {name} 1.4e-3 1.4e-2").filter(visible=True)
    line.wait_for()  # it holds both
    for left in (shown.lo, shown.lo_field, shown.scope.get_by_text("ratio 10")):
        assert left.filter(visible=True).count() == several
    assert shown.scope.get_by_text("Groups", exact=True).is_visible() == several
    shown.drag(shown.hi, 3e-2)
    shown.scope.get_by_text(f"lr1 {name}").filter(visible=True).wait_for()
    shown.scope.get_by_role("button", name="This is my pick").click()
    first = "1.4e-3 for the first layers, 3e-2 for the last" if several else "3e-2"
    shown.scope.get_by_text(f"Your guess: {first}.").wait_for()
    for word in ("first layers", "no effect"):
        assert (word in shown.scope.inner_text()) == (several and word == "first layers")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_is_copied_is_the_line_to_hand_in_and_no_code(disk, tmp_path, size):
    page = opened(disk, tmp_path, ["collab"], viewport=size)
    pick(page, "collab", "1.4e-2")
    shown = case(page, "collab")
    copy = shown.get_by_role("button", name="Copy")
    copy.wait_for()
    assert copy.text_content() == "Copy my line"
    copy.click()
    shown.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "lr1 collab 1.4e-3 1.4e-2"
    assert "fit_one_cycle" not in shown.inner_text()
    shown.locator(".nsewdrag").first.hover()
    # on a phone Plotly's buttons would cover the end of the curve
    assert shown.locator(".modebar").is_visible() == (size is DESK)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
@pytest.mark.parametrize("button", ["Replay", "Step"])
def test_a_replay_on_a_phone_brings_the_curve_into_view(disk, tmp_path, motion, button):
    low = {"width": 390, "height": 480}
    page = opened(disk, tmp_path, ["collab"], viewport=low, reduced_motion=motion)
    shown = picker(page, "collab")
    pick(page, "collab", "1.4e-2")
    button = shown.scope.get_by_role("button", name=button)
    button.scroll_into_view_if_needed()
    curve = shown.scope.get_by_role("figure", name="Loss against learning rate")
    top = "(el) => el.getBoundingClientRect().top"
    assert curve.evaluate(top) < 0
    button.click()
    page.wait_for_function(f"(el) => Math.abs(({top})(el)) < 1", arg=curve.element_handle())


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_saved_page_replays_with_less_motion_in_pieces(disk, tmp_path, motion):
    page = opened(disk, tmp_path, ["mnist"], reduced_motion=motion)
    shown = picker(page, "mnist")
    whole = len(gallery("mnist").sweep)
    shown.scope.get_by_role("button", name="Step").click()
    page.get_by_text("Paused at 1e-7.").wait_for()
    shown.scope.get_by_role("button", name="Go on").click()
    page.get_by_text("The whole curve is shown.").wait_for()
    page.wait_for_function(
        "(whole) => document.querySelector('.js-plotly-plot').data[0].x.length === whole", arg=whole
    )
