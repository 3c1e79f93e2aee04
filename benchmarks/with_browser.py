"""With a widget that draws on the same cores, a sweep of 30 ms steps takes at most 1.05 times.

A real JupyterLab in a real Chromium. One cell runs, in the kernel and in turn, a bare loop
(`learn.fit` in fastai) and `lr_find` of as many steps with its picker on the screen. The clocks are
the kernel's. "Streaming" is the processor time that sending points costs the kernel, at most 2.5 %
of the steps' time: that of `PointStream.flush` in the training thread, and that by which the other
threads, which send the messages on, are busier in a sweep than in the bare loop. "Reading" is that
of reading the curve on its way, at most 1 %.

    python benchmarks/with_browser.py [--quick] [--device cpu|cuda] [--rounds N]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from timing import HEADER, arguments, holds, prepare, ratio_row, seconds, table
from work import END_LR, LR, Work, fit

HERE = Path(__file__).parent
MS = 30
BOUND, STREAMING, READING = 1.05, 0.025, 0.01
LOOPS = ("plain PyTorch", "fastai")


def main() -> None:
    """Start JupyterLab and Chromium, have the kernel measure, and print."""
    args = arguments(__doc__)
    steps, rounds = (20, 1) if args.quick else (100, args.rounds or 5)
    sys.path.insert(0, str(HERE.parent))
    from tests.support.browser.lab import Lab
    from tests.support.browser.server import JupyterServer
    from tools.chromium import find_chromium

    executable = find_chromium()
    if executable is None:
        print("not run: there is no Chromium or Chrome")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        server = JupyterServer(Path(home))
        try:
            rows, times, readings = [], [], []
            for loop in LOOPS:
                lab = Lab(browser.new_page(viewport={"width": 1280, "height": 1000}), server)
                found = run_notebook(lab, loop, args.device, steps, rounds)
                lab.close()
                server.close_sessions()
                rows.append(ratio_row(f"{loop}: bare", found["bare"], found["bare"]))
                rows.append(ratio_row(f"{loop}: lr_find", found["sweep"], found["bare"], BOUND))
                times.append(streaming_row(loop, found))
                readings.append(reading_row(loop, found))
        finally:
            browser.close()
            server.stop()
    title = f"{steps} steps of about {MS} ms with a picker on the screen, {rounds} rounds"
    table(title, HEADER, rows)
    header = ("loop", "flush", "other threads", "share of the steps' time", "bound", "holds")
    table("The kernel's processor time for streaming, per sweep", (*header, "all threads"), times)
    header = ("loop", "reading", "share of the steps' time", "bound", "holds")
    table("The training thread's processor time for reading, per sweep", header, readings)


def run_notebook(lab: Any, loop: str, device: str, steps: int, rounds: int) -> dict[str, Any]:
    """Measure in a notebook's kernel, and print how often the page has drawn."""
    from tests.support.browser.picker import PickerPage

    first = f"import sys\nsys.path.insert(0, {str(HERE)!r})\nimport with_browser"
    second = f"found = with_browser.measure({loop!r}, {device!r}, {steps}, {rounds})"
    lab.open(loop.replace(" ", "-"), [first, second])
    lab.run(0)
    lab.start(1)
    picker = PickerPage(lab, lab.output(1))
    seen = []
    while lab.prompt(1) == "[*]:":
        lab.page.wait_for_timeout(500)  # seldom: to ask the page costs it time
        seen.append(picker.points())
    lab.wait(1)
    grown = sum(0 < before < after for before, after in pairwise(seen))
    print(f"{loop}: looked at the page {len(seen)} times; the curve had grown in {grown}\n")
    return dict(lab.value("found"))


def streaming_row(loop: str, found: dict[str, Any]) -> list[str]:
    """Return a line on what streaming cost."""
    flush, others = median(found["flush"]), median(found["others"])
    share = (flush + others) / median(found["bare"])
    return [
        *(loop, f"{1e3 * flush:.1f} ms", f"{1e3 * others:.1f} ms", f"{share:.2%}"),
        *(f"{STREAMING:.1%}", holds(share, STREAMING)),
        f"{1e3 * median(found['all']):+.1f} ms",
    ]


def reading_row(loop: str, found: dict[str, Any]) -> list[str]:
    """Return a line on what reading the curve on its way cost."""
    reading = median(found["reading"])
    share = reading / median(found["bare"])
    held = holds(share, READING)
    return [loop, f"{1e3 * reading:.2f} ms", f"{share:.2%}", f"{READING:.1%}", held]


def measure(loop: str, device: str, steps: int, rounds: int) -> dict[str, list[float]]:
    """Run bare loop and sweep in turn, in the kernel; the first round does not count."""
    from IPython.display import clear_output

    from lr_widget import lr_find
    from lr_widget.widget.explanation import Explainer
    from lr_widget.widget.wire import PointStream

    prepare()
    work = Work(device, MS)
    learn = work.learner(steps, Path(tempfile.gettempdir())) if loop == "fastai" else None
    form = (learn,) if learn else (work.model, work.optimizer, work.loss_fn, work.loader(steps))
    spent = {"flush": 0.0, "reading": 0.0}

    def timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed_call(*given: Any) -> Any:
            start = time.thread_time()
            try:
                return call(*given)
            finally:
                spent[name] += time.thread_time() - start

        return timed_call

    def bare() -> None:
        if learn is None:
            work.bare(steps)
        else:
            with learn.no_bar(), learn.no_logging():
                fit(learn)

    def sweep() -> None:
        lr_find(*form, start_lr=LR, end_lr=END_LR, num_it=steps, stop_div=False)

    flush, follow = PointStream.flush, Explainer.follow
    PointStream.flush = timed("flush", flush)  # type: ignore[method-assign]
    Explainer.follow = timed("reading", follow)  # type: ignore[method-assign]
    kinds = ("bare", "sweep", "flush", "reading", "others", "all")
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds + 1):
        clear_output()
        cpu = []
        for name, run in (("bare", bare), ("sweep", sweep)):
            time.sleep(1)  # until the page is at rest
            spent.update(flush=0.0, reading=0.0)
            process, thread = time.process_time(), time.thread_time()
            found[name].append(seconds(run, device))
            process = time.process_time() - process
            cpu.append((process, process - (time.thread_time() - thread)))
        (bare_all, bare_others), (all_threads, others) = cpu
        for name, own in spent.items():
            found[name].append(own)
        found["others"].append(others - bare_others)
        found["all"].append(all_threads - bare_all)
    PointStream.flush, Explainer.follow = flush, follow  # type: ignore[method-assign]
    return {name: values[1:] for name, values in found.items()}


if __name__ == "__main__":
    main()
