"""A sweep takes at most 1.02 times as long as training as many steps, without a widget.

Steps of 3 ms, 100 and 300 of them, so that the share of what a sweep costs once can be seen, and
100 steps of 30 ms. Each line is a whole call: in fastai `learn.fit` of one epoch without validation
(the base), `lr_find(learn, show=False)` and fastai's `learn.lr_find(show_plot=False)`; in plain
PyTorch a bare loop (the base), `lr_find(model, optimizer, loss_fn, loader, show=False)` and
torch-lr-finder's `LRFinder(...)`, `range_test`, `reset`. Early stopping is off everywhere and the
rates are small, so that all make the same number of steps. No progress bars.

    python benchmarks/loops.py [--quick] [--device cpu|cuda] [--rounds N]
"""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from timing import HEADER, arguments, interleave, lacking, ratio_row, table
from work import END_LR, LR, Work, fit

from lr_widget import lr_find

BOUND = 1.02
OURS = "lr_widget"
FASTAI, TORCH_LR_FINDER = "fastai.learner", "torch_lr_finder"  # by what has to be imported


def main() -> None:
    """Measure and print."""
    args = arguments(__doc__)
    warnings.filterwarnings("ignore")  # the peers' own
    times = (3,) if args.quick else (3, 30)
    with tempfile.TemporaryDirectory() as folder:
        for ms in times:
            rounds = args.rounds or (1 if args.quick else 15 if ms < 10 else 6)
            counts = (20,) if args.quick else (100, 300) if ms < 10 else (100,)
            work = Work(args.device, ms)
            for loop, make in (("fastai", in_fastai), ("plain PyTorch", in_pytorch)):
                rows = []
                for steps in counts:
                    taken = interleave(make(work, steps, Path(folder)), rounds, args.device)
                    base = next(iter(taken.values()))
                    rows += [
                        ratio_row(f"{name}, {steps} steps", own, base, bound_of(name))
                        for name, own in taken.items()
                    ]
                title = f"{loop}, steps of about {ms} ms, {rounds} rounds"
                table(title, HEADER, rows)


def bound_of(name: str) -> float | None:
    """Return the bound of a contender."""
    return BOUND if name == OURS else None


def in_fastai(work: Work, steps: int, folder: Path) -> dict[str, Callable[[], Any]]:
    """Return the contenders that train a Learner."""
    learn = work.learner(steps, folder)

    def train() -> None:
        with learn.no_bar(), learn.no_logging():
            fit(learn)

    def ours() -> None:
        lr_find(learn, start_lr=LR, end_lr=END_LR, num_it=steps, stop_div=False, show=False)

    def theirs() -> None:
        with learn.no_bar():
            learn.lr_find(LR, END_LR, num_it=steps, stop_div=False, show_plot=False)

    return {"learn.fit": train, OURS: ours, "learn.lr_find": theirs}


def in_pytorch(work: Work, steps: int, _folder: Path) -> dict[str, Callable[[], Any]]:
    """Return the contenders that train in plain PyTorch; torch-lr-finder may be missing."""
    loader = work.loader(steps)

    def ours() -> None:
        lr_find(
            *(work.model, work.optimizer, work.loss_fn, loader),
            start_lr=LR,
            end_lr=END_LR,
            num_it=steps,
            stop_div=False,
            show=False,
        )

    contenders = {"bare loop": lambda: work.bare(steps), OURS: ours}
    if not lacking(TORCH_LR_FINDER):
        contenders["torch-lr-finder"] = in_torch_lr_finder(work, steps)
    return contenders


def in_torch_lr_finder(work: Work, steps: int) -> Callable[[], Any]:
    """Return the range test of torch-lr-finder."""
    from torch_lr_finder import LRFinder, lr_finder

    lr_finder.tqdm = iter  # no progress bar
    loader = work.loader(steps)

    def theirs() -> None:
        finder = LRFinder(work.model, work.optimizer, work.loss_fn)
        with redirect_stdout(io.StringIO()):
            finder.range_test(
                loader, start_lr=LR, end_lr=END_LR, num_iter=steps, diverge_th=float("inf")
            )
        finder.reset()

    return theirs


if __name__ == "__main__":
    main()
