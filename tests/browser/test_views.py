"""Several views, a reloaded page, both themes, hostile names: the same picture everywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute

    from tests.support.browser.lab import Lab

POINTS = re.compile(rb'"type": ?"points"')  # in a message of points
HOSTILE = ["<img src=x onerror=window.hacked=1>", "</script><script>window.hacked=1</script>"]


def test_a_reloaded_page_shows_the_same_curve_and_pick(lab: Lab):
    lab.open("reload", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() == lab.value("len(picker.sweep)"), "not whole")
    before = (picker.trace(), picker.spoken())
    lab.reload()
    again = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: again.points() > 0, "no points after the reload")
    assert (again.trace(), again.spoken()) == before
    picker = again
    picker.hi.press("PageDown")
    lab.wait_until(lambda: lab.value("picker.value")[1] < 1e-2, "the page no longer speaks")


def test_two_views_show_the_same_while_it_runs_and_follow_each_others_handles(lab: Lab):
    lab.open("views", [SYNTHETIC, sweep(0.06, gates=(20, 40))])
    lab.run(0)
    lab.start(1)
    first = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: first.points() > 3, "no points")
    second = PickerPage(lab, lab.new_view(1)).wait()
    lab.release(20)
    lab.wait_until(lambda: second.points() > 5, "no points in the second view")
    lab.release(40)
    lab.wait_for_value("picker.status", "finished")
    steps = lab.value("len(picker.sweep)")
    for view in (first, second):
        lab.wait_until(lambda view=view: view.points() == steps, "a view is not whole")
    second.hi.focus()
    second.hi.press("PageDown")
    spoken = second.spoken()
    lab.wait_until(lambda: first.spoken() == spoken, "the first view does not follow")
    assert first.trace() == second.trace()


def test_the_theme_is_followed_while_it_is_open(lab: Lab):
    lab.open("theme", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()

    def tick_colour() -> str:
        return str(
            picker.scope.locator(".xtick text").first.evaluate("(el) => getComputedStyle(el).fill")
        )

    light = tick_colour()
    lab.theme("dark")
    lab.wait_until(lambda: tick_colour() != light, "the ticks kept their light colour")
    dark = tick_colour()
    lab.theme("light")
    # not the first colour to the letter: a host's style sheet may have come after the chart
    lab.wait_until(lambda: tick_colour() != dark, "the ticks kept their dark colour")


@pytest.mark.own_page
def test_a_view_that_missed_the_first_messages_shows_all_points_while_the_sweep_runs(lab: Lab):
    dropped: list[bytes] = []
    drops = True

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if drops and isinstance(message, bytes) and POINTS.search(message):
                dropped.append(message)
            else:
                socket.send(message)

        server.on_message(pass_on)

    lab.page.route_web_socket(re.compile("/channels"), route)
    lab.open("gap", [SYNTHETIC, sweep(0.06, gates=(20, 45))], new_kernel=True)
    lab.run(0)
    lab.start(1)
    first = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: len(dropped) > 5, "no points were sent")
    assert first.points() == 0
    drops = False
    second = PickerPage(lab, lab.new_view(1)).wait()
    lab.release(20)
    for view in (first, second):
        lab.wait_until(lambda view=view: view.points() > 30, "the points have not come back")
    # the sweep stands at step 45: no curve has come that makes all whole at its end
    # (Plotly may have a few less than the canvas over it, while nothing new comes)
    x, y = second.scope.locator(".js-plotly-plot").first.evaluate(
        "(plot) => [Array.from(plot.data[0].x), Array.from(plot.data[0].y)]"
    )
    lab.release(45)
    lab.wait_for_value("picker.status", "finished")
    lrs, losses = lab.value("(picker.sweep.lrs.tolist(), picker.sweep.losses.tolist())")
    assert x == pytest.approx(lrs[: len(x)], rel=1e-12)
    assert y == pytest.approx(losses[: len(y)], rel=1e-6)
    lab.wait_until(lambda: second.points() == len(lrs), "not whole at the end")
    assert second.trace()["y"] == losses


@pytest.mark.own_page
def test_every_text_grows_with_the_host_s_font(lab: Lab):
    lab.open("font", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()

    def sizes_px() -> list[float]:
        found: list[float] = picker.scope.locator(".lrw-root").evaluate(
            "(root) => [...root.querySelectorAll('*')].filter((el) => el.checkVisibility() && "
            "[...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))"
            ".map((el) => parseFloat(getComputedStyle(el).fontSize))"
        )
        return found

    small = min(sizes_px())
    lab.page.add_style_tag(content=":root { --jp-ui-font-size1: 26px !important; }")
    lab.theme("dark")  # a host's font changes with its theme, or with a reload
    lab.wait_until(
        lambda: min(sizes_px()) == 2 * small, f"a text kept its size: {sorted(sizes_px())[:3]}"
    )


def test_plotlys_buttons_hide_nothing_while_the_mouse_is_elsewhere(lab: Lab):
    lab.open("buttons", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()

    def covering() -> list[str]:
        """The parts of the button bar that have a background and can be seen."""
        found: list[str] = picker.scope.locator(".modebar-container").evaluate(
            "(bar) => [bar, ...bar.querySelectorAll('*')].filter((el) => "
            "el.checkVisibility({opacityProperty: true}) && "
            "!/, 0\\)$|transparent/.test(getComputedStyle(el).backgroundColor))"
            ".map((el) => el.className)"
        )
        return found

    lab.page.mouse.move(0, 0)
    lab.wait_until(lambda: covering() == [], f"hidden behind {covering()}")
    picker.scope.locator(".nsewdrag").first.hover()
    lab.wait_until(lambda: covering() != [], "the buttons do not show over the curve")


def test_names_of_groups_and_errors_are_text_never_html(lab: Lab):
    cell = SYNTHETIC + (
        f"\nhostile = {HOSTILE!r}\n"
        "for group, name in zip(optimizer.param_groups, hostile):\n"
        "    group['name'] = name\n"
    )
    failing = (
        "def failing():\n"
        "    raise RuntimeError(hostile[0] + hostile[1])\n"
        "failed = lr_find(step=failing, optimizer=optimizer, model=model)"
    )
    recorded = "LRPicker(Sweep([1e-4, 1e-3], [2.0, 1.0], groups=hostile, label=hostile[0]))"
    lab.open("hostile", [cell, sweep(), failing, recorded])
    lab.run(0)
    lab.run(1)
    lab.start(2)
    lab.wait(2, check=False)
    lab.run(3)
    for index in (1, 2, 3):
        picker = PickerPage(lab, lab.output(index)).wait()
        assert picker.scope.locator("img").count() == 0
        assert HOSTILE[0] in (picker.scope.text_content() or "")
    assert lab.page.evaluate("window.hacked") is None


def test_close_all_does_not_break_the_next_picker(lab: Lab):
    lab.open("close-all", [SYNTHETIC, sweep(), "picker.close_all()", sweep(name="second")])
    for index in range(4):
        lab.run(index)
    picker = PickerPage(lab, lab.output(3)).wait()
    lab.wait_until(lambda: picker.points() == lab.value("len(second.sweep)"), "not whole")


def test_value_links_to_a_slider_in_the_kernel_and_in_the_page(lab: Lab):
    cell = (
        "import ipywidgets\n"
        "linked = ipywidgets.FloatRangeSlider(min=0, max=1, step=0.0001, description='linked')\n"
        "js = ipywidgets.FloatRangeSlider(min=0, max=1, step=0.0001, description='js')\n"
        "ipywidgets.link((picker, 'value'), (linked, 'value'))\n"
        "ipywidgets.jslink((picker, 'value'), (js, 'value'))\n"
        "ipywidgets.VBox([picker, linked, js])"
    )
    lab.open("links", [SYNTHETIC, sweep(), cell])
    for index in range(3):
        lab.run(index)
    picker = PickerPage(lab, lab.output(2)).wait()
    picker.type(picker.lo_field, "0.002")
    picker.type(picker.hi_field, "0.25")
    for name in ("linked", "js"):
        lab.wait_for_value(f"{name}.value", (0.002, 0.25))
    lab.kernel.execute("linked.value = (0.125, 0.5)")
    lab.wait_until(lambda: picker.spoken() == ("1.3e-1", "5e-1"), "the handles do not follow")
