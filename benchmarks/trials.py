"""Trials take at most 1.02 times as long as the same training by hand, plus one restore each.

Two candidates, one epoch each, with steps of 3 ms and of 30 ms; the rates are small, so nothing
diverges. Each line is a whole call. By hand means, for each candidate: load the weights and the
optimizer's state of the start, then in fastai `learn.fit_one_cycle(1, slice)`, in plain PyTorch a
loop with `OneCycleLR` and a validation at its end. No progress bars.

    python benchmarks/trials.py [--quick] [--device cpu|cuda] [--rounds N]
"""

from __future__ import annotations

import copy
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from timing import HEADER, arguments, interleave, ratio_row, table
from torch.optim.lr_scheduler import OneCycleLR
from work import LR, Work

from lr_widget import lr_find

BOUND = 1.02
OURS = "lr_widget"
BY_HAND = "by hand"
PICKS = [(LR, LR), (2 * LR, 2 * LR)]
FIND = {"start_lr": LR, "end_lr": 10 * LR, "num_it": 10, "stop_div": False, "show": False}


def main() -> None:
    """Measure and print."""
    args = arguments(__doc__)
    warnings.filterwarnings("ignore")  # fastai's own
    times = (3,) if args.quick else (3, 30)
    with tempfile.TemporaryDirectory() as folder:
        for ms in times:
            rounds = args.rounds or (1 if args.quick else 15 if ms < 10 else 5)
            steps = 20 if args.quick else 200 if ms < 10 else 60
            work = Work(args.device, ms)
            for loop, make in (("fastai", in_fastai), ("plain PyTorch", in_pytorch)):
                taken = interleave(make(work, steps, Path(folder)), rounds, args.device)
                base = taken[BY_HAND]
                rows = [
                    ratio_row(name, own, base, BOUND if name == OURS else None)
                    for name, own in taken.items()
                ]
                table(f"{loop}, 2 x {steps} steps of about {ms} ms, {rounds} rounds", HEADER, rows)


def in_fastai(work: Work, steps: int, folder: Path) -> dict[str, Callable[[], Any]]:
    """Return the contenders that train a Learner."""
    learn = work.learner(steps, folder)
    learn.create_opt()
    start = copy.deepcopy((learn.model.state_dict(), learn.opt.state_dict()))
    picker = lr_find(learn, **FIND)

    def by_hand() -> None:
        with learn.no_bar(), learn.no_logging():
            for lo, hi in PICKS:
                learn.model.load_state_dict(start[0])
                learn.opt.load_state_dict(copy.deepcopy(start[1]))
                learn.fit_one_cycle(1, slice(lo, hi))

    return {BY_HAND: by_hand, OURS: lambda: picker.try_picks(PICKS)}


def in_pytorch(work: Work, steps: int, _folder: Path) -> dict[str, Callable[[], Any]]:
    """Return the contenders that train in plain PyTorch."""
    loader, valid = work.loader(steps), work.loader(1)
    start = copy.deepcopy((work.model.state_dict(), work.optimizer.state_dict()))
    picker = lr_find(work.model, work.optimizer, work.loss_fn, loader, **FIND)

    def by_hand() -> None:
        for _, hi in PICKS:
            work.model.load_state_dict(start[0])
            work.optimizer.load_state_dict(copy.deepcopy(start[1]))
            _one_epoch(work, hi, loader, valid)

    return {BY_HAND: by_hand, OURS: lambda: picker.try_picks(PICKS, valid=valid)}


def _one_epoch(work: Work, lr: float, loader: Any, valid: Any) -> float:
    schedule = OneCycleLR(work.optimizer, lr, total_steps=len(loader))
    work.model.train()
    for x, y in loader:
        work.optimizer.zero_grad()
        loss = work.loss_fn(work.model(x), y)
        loss.backward()
        work.optimizer.step()
        schedule.step()
    work.model.eval()
    with torch.no_grad():
        return sum(float(work.loss_fn(work.model(x), y)) for x, y in valid)


if __name__ == "__main__":
    main()
