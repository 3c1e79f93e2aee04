"""At every width, font and spacing, in every box of widgets, nothing of a picker is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, TRAINED, sweep
from tests.support.browser.geometry import misplaced
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.support.browser.lab import Lab

WIDTHS_PX = (280, 320, 360, 480, 725, 1280)
# WCAG 2.2, 1.4.12: what a reader may set, without loss of words
TEXT_SPACING = """
.lrw-root * { line-height: 1.5 !important; letter-spacing: 0.12em !important;
              word-spacing: 0.16em !important; }
.lrw-root p { margin-bottom: 2em !important; }
"""
LARGE_FONT = ":root { --jp-ui-font-size1: 26px !important; }"
MANY_GROUPS = """
layers = torch.nn.ModuleList(torch.nn.Linear(3, 3) for _ in range(9))
many = torch.optim.SGD([{"params": layer.parameters(), "name": f"encoder.layer.{i}.query"}
                        for i, layer in enumerate(layers)], lr=0.1)
lr_find(step=stepper(0, layers, many), optimizer=many, model=layers)
"""
STATES = {
    "finished": sweep(),
    "many groups": MANY_GROUPS,
    "not a number": "lr_find(step=lambda: float('nan'), optimizer=optimizer, model=model)",
    "no pick": "LRPicker(Sweep([1e-4, 1e-3], [1.0, 1.0]))",
}
BOXES = {
    "HBox": ("ipywidgets.HBox([picker, other])", 2),
    "HBox of three": ("ipywidgets.HBox([picker, other, LRPicker(other.sweep)])", 3),
    "HBox beside a button": ("ipywidgets.HBox([picker, ipywidgets.Button()])", 1),
    "VBox": ("ipywidgets.VBox([picker, other])", 2),
    "GridBox": (
        "ipywidgets.GridBox([picker, other], layout={'grid_template_columns': '1fr 1fr'})",
        2,
    ),
    "Tab": ("ipywidgets.Tab([picker, other])", 1),
    "Accordion": ("ipywidgets.Accordion([picker, other], selected_index=0)", 1),
    "HBox in a VBox": ("ipywidgets.VBox([ipywidgets.HBox([picker, other])])", 2),
}


def shown(lab: Lab, cell: int) -> Locator:
    """The roots of the views in a cell's output, drawn."""
    PickerPage(lab, lab.output(cell)).wait()
    return lab.output(cell).locator(".lrw-root")


def be_wide(lab: Lab, root: Locator, width_px: int) -> None:
    """Gives a view a width, and waits until it is drawn for it."""
    root.evaluate("(el, px) => el.closest('.lrw-host').style.width = `${px}px`", width_px)
    lab.wait_until(
        lambda: bool(
            root.evaluate(
                "(el, px) => el.clientWidth === px && "
                "[...el.querySelectorAll('.main-svg')].every((each) => each.clientWidth === px)",
                width_px,
            )
        ),
        f"not drawn at {width_px} px",
    )


@pytest.mark.own_page
@pytest.mark.parametrize(
    ("style", "theme"),  # a theme changes no length: once is enough
    [("", "light"), ("", "dark"), (LARGE_FONT, "light"), (TEXT_SPACING, "light")],
    ids=["plain", "dark", "large", "spaced"],
)
def test_nothing_is_cut_or_covered_at_any_width(lab: Lab, style: str, theme: str):
    lab.page.set_viewport_size({"width": 1600, "height": 1000})
    lab.open("widths", [SYNTHETIC, *STATES.values()])
    lab.theme(theme)
    if style:
        lab.page.add_style_tag(content=style)
    lab.run(0)
    found = {}
    for cell, state in enumerate(STATES, start=1):
        lab.run(cell)
        root = shown(lab, cell)
        for width_px in WIDTHS_PX:
            be_wide(lab, root, width_px)
            found[f"{state} at {width_px} px"] = misplaced(root)
    assert {where: what for where, what in found.items() if what} == {}


def test_nothing_is_cut_while_it_runs(lab: Lab):
    lab.page.set_viewport_size({"width": 1600, "height": 1000})
    lab.open("widths-running", [SYNTHETIC, sweep(0.06, gates=(40,))])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 35, "no points")
    root = shown(lab, 1)
    found = {}
    for width_px in WIDTHS_PX:
        be_wide(lab, root, width_px)
        found[width_px] = misplaced(root)
    lab.release(40)
    lab.wait(1)
    assert {where: what for where, what in found.items() if what} == {}


def test_pickers_share_the_room_of_a_box(lab: Lab):
    other = "import ipywidgets\nother = LRPicker(picker.sweep)"
    made = [code for code, _ in BOXES.values()]
    lab.open("boxes", [SYNTHETIC, sweep(more=", show=False"), other, *made])
    for cell in range(3):
        lab.run(cell)
    for cell, (box, (_, count)) in enumerate(BOXES.items(), start=3):
        lab.run(cell)
        check_box(lab, cell, box, count)


def check_box(lab: Lab, cell: int, box: str, count: int) -> None:
    """As many pickers as are in view stand in their box, whole and of one width."""
    roots = shown(lab, cell)
    lab.wait_until(lambda: roots.locator("visible=true").count() >= count, f"{box}: not all shown")
    room = lab.output(cell).locator(".jp-OutputArea-output").first.bounding_box()
    assert room
    for index in range(count):
        root = roots.nth(index)
        root.locator(".js-plotly-plot .main-svg").first.wait_for()
        boxed = root.bounding_box()
        assert boxed
        assert boxed["width"] >= 260, f"{box}: too narrow to be used"
        assert boxed["x"] + boxed["width"] <= room["x"] + room["width"] + 1, f"{box}: cut"
        lab.wait_until(lambda root=root: misplaced(root) == [], f"{box}: {misplaced(root)}")
    if count > 1:
        widths = [roots.nth(index).evaluate("(el) => el.clientWidth") for index in range(count)]
        assert max(widths) - min(widths) <= 1, f"{box}: one has more than the other"


def test_a_width_of_ones_own_stands(lab: Lab):
    made = "import ipywidgets\nipywidgets.HBox([LRPicker(picker.sweep, layout={'width': '400px'})])"
    lab.open("own-width", [SYNTHETIC, sweep(more=", show=False"), made])
    for cell in range(3):
        lab.run(cell)
    assert shown(lab, 2).evaluate("(el) => el.clientWidth") == 400


@pytest.mark.own_page
@pytest.mark.parametrize(
    ("width_px", "style"), [(320, ""), (725, ""), (1000, LARGE_FONT), (1280, "")]
)
def test_the_place_is_as_high_as_the_widget_before_it_comes(lab: Lab, width_px: int, style: str):
    lab.page.set_viewport_size({"width": 1600, "height": 1000})
    lab.open("height", [SYNTHETIC, sweep(more=", show=False"), "LRPicker(picker.sweep)"])
    wide = f".jp-OutputArea-output {{ width: {width_px}px !important; flex: none !important; }}"
    lab.page.add_style_tag(content=style + wide)
    # the bundle comes late, as over a slow line: the page has to ask for it
    lab.page.evaluate(
        """() => {
            const real = DecompressionStream;
            window.late = new Promise((resolve) => { window.come = resolve; });
            window.DecompressionStream = class {
                constructor(kind) {
                    const { readable, writable } = new TransformStream();
                    window.late.then(() => readable.pipeThrough(new real(kind)).pipeTo(out));
                    const { readable: end, writable: out } = new TransformStream();
                    this.writable = writable;
                    this.readable = end;
                }
            };
        }"""
    )
    for cell in range(3):
        lab.run(cell)
    place = lab.output(2).locator(".lrw-host > div")
    height = "(el) => el.getBoundingClientRect().height"
    lab.wait_until(lambda: bool(place.evaluate(height) > 100), "no room is kept")
    kept_px = place.evaluate(height)
    lab.page.evaluate("window.come()")
    root = shown(lab, 2)
    lab.wait_until(lambda: bool(root.evaluate(height) > 100), "nothing is shown")
    assert root.evaluate("(el) => el.clientWidth") == pytest.approx(width_px, abs=20)
    assert root.evaluate(height) == pytest.approx(kept_px, abs=2)


def test_trials_are_not_cut(lab: Lab):
    tried = "picker = lr_find(model, optimizer, loss_fn, loader, seed=1)"
    kept = "picker.keep((1e-4, 1e-3)), picker.keep((1e-3, 1e-2))"
    trials = f"{kept}\npicker.try_picks(epochs=2, valid=valid)"
    lab.page.set_viewport_size({"width": 1600, "height": 1000})
    lab.open("widths-trials", [TRAINED, tried, trials])
    for cell in range(3):
        lab.run(cell)
    root = shown(lab, 1)
    found = {}
    for width_px in WIDTHS_PX:
        be_wide(lab, root, width_px)
        found[width_px] = misplaced(root)
    assert {where: what for where, what in found.items() if what} == {}
