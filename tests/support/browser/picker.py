"""A picker in a page, found by the roles and names that its user meets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lr_widget import gallery
from lr_widget.common.sentences import say

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.support.browser.lab import Lab


def scored(case: str, hi: float) -> str:
    """What a page says of a guess on a case: Python says it of a pick."""
    return gallery(case).score((hi, hi)).text.replace("This pick", say("practice.score.guess"))


class PickerPage:
    """One view of a picker.

    Args:
        lab: the page.
        scope: what the view stands in, such as a cell's output.
    """

    def __init__(self, lab: Lab, scope: Locator) -> None:
        self.lab = lab
        self.scope = scope
        self.lo = scope.get_by_role("slider", name="first layers")
        self.hi = scope.get_by_role("slider", name="last layers (head)")
        self.lo_field = scope.get_by_role("textbox", name="first layers")
        self.hi_field = scope.get_by_role("textbox", name="last layers (head)")
        self.stop = scope.get_by_role("button", name="Stop")
        self.copy = scope.get_by_role("button", name="Copy").first  # trials have one of their own
        self.keep = scope.get_by_role("button", name="Keep", exact=True)
        self.drop = scope.get_by_role("button", name="Drop", exact=True)
        self.trials = scope.get_by_role("group", name="Trials", exact=True)

    def wait(self) -> PickerPage:
        """Waits until the chart is drawn."""
        self.scope.locator(".js-plotly-plot .main-svg").first.wait_for()
        return self

    def trace(self, index: int = 0) -> dict[str, list[float | None]]:
        """x and y of a Plotly trace, as the page holds them.

        Plotly draws the newest points of a sweep some time after the canvas: it is waited for.
        """
        self.lab.page.wait_for_function(
            "(el) => el.querySelector('.js-plotly-plot').data[0].x.length >= "
            "Number(el.querySelector('.lrw-trail')?.dataset.points ?? 0)",
            arg=self.scope.element_handle(),
        )
        found: dict[str, list[float | None]] = self.scope.locator(".js-plotly-plot").first.evaluate(
            "(plot, i) => ({x: Array.from(plot.data[i].x), y: Array.from(plot.data[i].y)})", index
        )
        return found

    def points(self) -> int:
        """How many raw points are drawn: by Plotly, and the newest of a running sweep over it."""
        count: int = self.scope.evaluate(
            "(el) => Math.max(el.querySelector('.js-plotly-plot')?.data?.[0].x.length ?? 0, "
            "Number(el.querySelector('.lrw-trail')?.dataset.points ?? 0))"
        )
        return count

    def tick_labels(self) -> list[str]:
        """The words under the axis, as Plotly has drawn them."""
        chart = self.scope.locator(".js-plotly-plot").first
        return chart.locator(".xtick text").all_text_contents()

    def wait_for_trials(self, text: str) -> None:
        """Waits until the first row of the trials says something."""
        self.trials.get_by_role("paragraph").filter(has_text=text).wait_for()

    def trial_points(self) -> list[int]:
        """How many batches the trials' chart shows of each candidate."""
        counts: list[int] = self.trials.locator(".js-plotly-plot").evaluate(
            "(plot) => plot.data.filter((trace) => trace.mode === 'markers')"
            ".slice(0, plot.data.length / 3)"
            ".map((trace) => trace.y.filter((loss) => loss !== null).length)"
        )
        return counts

    def trial_rows(self) -> list[list[str]]:
        """The words of the table's rows, but for the one of what there was before."""
        rows = self.trials.locator("tbody tr")
        first, *rest = [row.locator("th, td").all_inner_texts() for row in rows.all()]
        assert first[0] == "before"
        return rest

    def y_range(self) -> tuple[float, float]:
        """Lowest and highest loss shown."""
        low, high = self.scope.locator(".js-plotly-plot").first.evaluate(
            "(plot) => plot._fullLayout.yaxis.range"
        )
        return low, high

    def px_of(self, lr: float) -> float:
        """Where a learning rate stands in the page, in px from its left edge."""
        px: float = self.scope.locator(".js-plotly-plot").first.evaluate(
            "(plot, lr) => { const axis = plot._fullLayout.xaxis;"
            "return plot.getBoundingClientRect().left + axis._offset + axis.l2p(Math.log10(lr)); }",
            lr,
        )
        return px

    def edge_px(self, thumb: Locator) -> float:
        """The straight side of a thumb, which stands at its value."""
        box = thumb.evaluate(
            "(el) => { const b = el.getBoundingClientRect(); return [b.left, b.right]; }"
        )
        return float(box[1] if thumb.get_attribute("aria-label") == "first layers" else box[0])

    def grab(self, thumb: Locator) -> tuple[float, float]:
        """Presses the mouse on a thumb; returns where."""
        thumb.scroll_into_view_if_needed()
        box = thumb.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.lab.page.mouse.move(x, y)
        self.lab.page.mouse.down()
        return x, y

    def drag(self, thumb: Locator, to_lr: float) -> None:
        """Drags a thumb so that its straight side stands at a learning rate."""
        x, y = self.grab(thumb)
        distance = self.px_of(to_lr) - self.edge_px(thumb)
        for share in (0.3, 0.7, 1.0):
            self.lab.page.mouse.move(x + share * distance, y)
        self.lab.page.mouse.up()

    def type(self, field: Locator, text: str) -> None:
        """Types a text into a field and presses Enter."""
        field.fill(text)
        field.press("Enter")

    def spoken(self) -> tuple[Any, Any]:
        """What a screen reader says of both thumbs."""
        return self.lo.get_attribute("aria-valuetext"), self.hi.get_attribute("aria-valuetext")
