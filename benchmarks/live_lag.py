"""A point is on the screen 60 ms after its loss (p95 150 ms), and drawing holds up no training.

A real JupyterLab in a real Chromium; a new page and kernel for each round. The kernel stamps each
loss with `time.time()`; the page stamps with `Date.now()`, after each frame, how many points the
plot holds. A point's lag runs from its loss to the first frame with as many points.

- 50 points a second for 6 s: paints a second (frames with new points), and lags: of the first plot
  of a page, which fetches its script meanwhile, and of a further one.
- The same with no watching in the page: processor time of the page's process, as a share of a core.
- 1,000 points as fast as Python sends them: lag beside FigureWidget's, at most 1/20.
- 1,000 steps of 3 ms of work: time with the plot on the screen over time with none.

FigureWidget gets all points so far, as NumPy arrays, with every point. What Jupyter's server drops
at its default limit of 1 MB/s is never painted; such points have no lag and stand in a line.

    python benchmarks/live_lag.py [--quick] [--rounds N]
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median, quantiles
from time import monotonic
from typing import Any

from live import HEADER, begin, notebooks, plot, row
from live_cells import CALL, FIGURE, PICKER, WATCH
from timing import arguments, table

PER_S = 50
QUIET_S, LONGEST_S = 4, 90  # a plot that has not changed for so long is done
WATCHED, FURTHER, UNWATCHED, FAST, SHOWN = 1, 2, 3, 4, 5  # cells
Found = dict[str, dict[str, list[float]]]


def main() -> None:
    """Start JupyterLab and Chromium, measure, and print."""
    args = arguments(__doc__)
    lasts_s, points, rounds = (3, 200, 1) if args.quick else (6, 1000, args.rounds or 3)
    found: Found = {name: defaultdict(list) for name in (PICKER, FIGURE)}
    with notebooks() as open_notebook:
        if open_notebook is None:
            return
        for number in range(rounds):
            for name in (PICKER, FIGURE) if number % 2 == 0 else (FIGURE, PICKER):
                call = CALL[name]
                paced = f"{call}({PER_S * lasts_s}, rest({1 / PER_S}))"
                fast = f"{call}({points}, lambda: None)"
                alone = f"{call}({points}, work, False)\n"
                both = f"work = labour(0.003)\n{alone}{alone}time.sleep(1)\n{call}({points}, work)"
                cells = [paced, paced, paced, fast, both]
                lab = open_notebook(f"{name}-{number}", cells)
                for key, value in measured(lab, lasts_s).items():
                    found[name][key].append(value)
    table(f"Lag and load, {points} points, {rounds} round(s)", HEADER, rows(found))


def measured(lab: Any, lasts_s: float) -> dict[str, float]:
    """Run the cells of a notebook."""
    paints, lags, missing = watched(lab, WATCHED)
    found = {
        "paints": paints,
        "lag": median(lags),
        "lag p95": quantiles(lags, n=20)[-1],
        "later p95": quantiles(lags[PER_S:], n=20)[-1],
        "lost": missing,
    }
    _, lags, _ = watched(lab, FURTHER)
    found["further p95"] = quantiles(lags, n=20)[-1]
    found["idle"], _ = load(lab, 2.0)
    begin(lab, UNWATCHED)
    lab.page.locator(plot(UNWATCHED, ".xtick")).first.wait_for(state="attached")
    lab.page.wait_for_timeout(1000)
    found["page"], found["browser"] = load(lab, lasts_s - 2.0)
    lab.wait(UNWATCHED, LONGEST_S)
    _, lags, found["fast lost"] = watched(lab, FAST)
    found["fast lag"] = median(lags)
    begin(lab, SHOWN)
    lab.wait(SHOWN, LONGEST_S)
    took = lab.value("took")
    found["slower"] = took[True] / took[False]
    found["alone"] = took[False]
    return found


def watched(lab: Any, cell: int) -> tuple[float, list[float], int]:
    """Run a cell: paints a second, the lags in ms, and how many points were never painted."""
    lab.page.evaluate(WATCH, plot(cell))
    begin(lab, cell)
    lab.wait(cell, LONGEST_S)
    count, since, start = -1, monotonic(), monotonic()
    while monotonic() - since < QUIET_S and monotonic() - start < LONGEST_S:
        lab.page.wait_for_timeout(500)
        now = lab.page.evaluate("live.seen.length")
        if now != count:
            count, since = now, monotonic()
    seen = lab.page.evaluate("() => { live.on = false; return live.seen; }")
    stamps = lab.value("stamps")
    paints = [at_ms for _, at_ms in seen if at_ms / 1e3 <= stamps[-1]]
    per_s = len(paints) / (stamps[-1] - stamps[0])
    lags = []
    for needed, at_s in enumerate(stamps, 1):
        painted_ms = next((ms for n, ms in seen if n >= needed), None)
        if painted_ms is not None:
            lags.append(painted_ms - 1e3 * at_s)
    return per_s, lags, len(stamps) - len(lags)


def load(lab: Any, lasts_s: float) -> tuple[float, float]:
    """Return the share of a core, in percent, of the busiest page and of the whole browser."""
    session = lab.page.context.browser.new_browser_cdp_session()

    def cpu() -> dict[tuple[str, int], float]:
        found = session.send("SystemInfo.getProcessInfo")["processInfo"]
        return {(process["type"], process["id"]): process["cpuTime"] for process in found}

    before, start = cpu(), monotonic()
    lab.page.wait_for_timeout(1000 * lasts_s)
    after, lasted = cpu(), monotonic() - start
    session.detach()
    spent = {key: 100 * (value - before.get(key, 0.0)) / lasted for key, value in after.items()}
    return max(share for (kind, _), share in spent.items() if kind == "renderer"), sum(
        spent.values()
    )


def rows(found: Found) -> list[list[str]]:
    """Return the table."""
    ours, theirs = found[PICKER], found[FIGURE]

    def line(measure: str, key: str, unit: str, bound: float | None = None) -> list[str]:
        return row(measure, ours[key], theirs[key], unit, bound, at_least=key == "paints")

    return [
        line(f"{PER_S} points a second: paints a second", "paints", "", 10),
        line("lag, median", "lag", "ms", 60),
        line("lag, p95: of a page's first plot, which fetches its script", "lag p95", "ms"),
        line("... of that plot after its first second", "later p95", "ms", 150),
        line("... of a further plot, all of its points", "further p95", "ms", 150),
        line("points never painted", "lost", ""),
        line("processor time of the page, of a core", "page", "%", 25),
        line("... of all the browser's processes", "browser", "%"),
        line("... of the page before, at rest", "idle", "%"),
        line("as fast as Python: lag, median", "fast lag", "ms", median(theirs["fast lag"]) / 20),
        line("... points never painted", "fast lost", ""),
        line("sweep shown / not shown, 3 ms steps", "slower", "x", 1.1),
        line("... not shown", "alone", "s"),
    ]


if __name__ == "__main__":
    main()
