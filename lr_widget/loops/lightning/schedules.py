"""How the rates move in a fit of Lightning's, by the schedules that the user has."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import torch

from lr_widget.loops.ahead import MOST_STEPS, copied, rates_of, stand_in_for
from lr_widget.loops.lightning.fit import Fit
from lr_widget.loops.shown import Schedule

DRAWN_POINTS = 100
AHEAD = 100  # steps beyond twice the way to the peak so far, where no length is known
KINDS = (torch.optim.lr_scheduler.LRScheduler,)
PLATEAU = torch.optim.lr_scheduler.ReduceLROnPlateau


def rates_ahead(fit: Fit, optimizer: Any, epochs: int, batches: int) -> Iterator[list[float]]:
    """Yield the rates of the groups for every optimizer step of a training to come.

    Schedules that look at metrics, and those that are none of PyTorch's, are taken to stand still.

    Args:
        fit: the call; within it, before its first step.
        optimizer: its optimizer.
        epochs: how many.
        batches: in each.

    Raises:
        ValueError: a schedule cannot be copied.
    """
    trainer = fit.trainer
    stand_in, configs = _copied(fit, optimizer)
    epoch = trainer.current_epoch
    for each in range(epoch, epoch + epochs):
        accumulate = _accumulated(trainer, each)
        for batch in range(1, batches + 1):
            is_last = batch == batches
            if batch % accumulate and not is_last:
                continue
            yield rates_of(stand_in)
            _step(configs, "step", batch)
            if is_last:
                _step(configs, "epoch", each + 1)


def _accumulated(trainer: Any, epoch: int) -> int:
    """Return how many batches make a step in an epoch: a callback may change it."""
    scheduled = [
        each.get_accumulate_grad_batches(epoch)
        for each in trainer.callbacks
        if hasattr(each, "get_accumulate_grad_batches")
    ]
    return int([trainer.accumulate_grad_batches, *scheduled][-1])


def _step(configs: list[tuple[Any, Any]], interval: str, count: int) -> None:
    for scheduler, config in configs:
        if config.interval == interval and count % config.frequency == 0:
            try:
                scheduler.step()
            except ValueError:  # planned for fewer steps, as OneCycleLR: the fit itself says so
                config.frequency = 2**62


def _copied(fit: Fit, optimizer: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """Return a stand-in for the optimizer, and copies of the schedules over it."""
    stand_in = stand_in_for(optimizer)
    known = {id(optimizer): stand_in, id(fit.module): fit.module, id(fit.trainer): fit.trainer}
    configs = []
    for config in fit.trainer.lr_scheduler_configs:
        if isinstance(config.scheduler, PLATEAU) or not isinstance(config.scheduler, KINDS):
            continue
        try:
            scheduler = copied(config.scheduler, known)
        except TypeError as error:
            raise ValueError(
                "configure_optimizers must return a schedule that can be copied, since its peak is "
                f"looked for, got {config.scheduler!r:.200}; use fit=fn"
            ) from error
        configs.append((scheduler, copy.copy(config)))
    return stand_in, configs


def drawn(fit: Fit, optimizer: Any) -> Schedule | None:
    """Return the rates over the training for a plot, or None if they are not known yet.

    Without schedules they are constant. With them, it has to be known how long the training is.
    """
    configs = fit.trainer.lr_scheduler_configs
    if fit.overrides(fit.module, "optimizer_step"):  # a warm-up by hand
        return None
    if not configs:
        return [(0.0, 1.0), (1.0, 1.0)]
    known = all(isinstance(config.scheduler, KINDS) for config in configs)
    if not known or any(isinstance(config.scheduler, PLATEAU) for config in configs):
        return None
    length = _length(fit)
    if length is None:
        return None
    try:
        rows = list(rates_ahead(fit, optimizer, *length))
    except ValueError:  # it cannot be copied: then there is no plot
        return None
    group = max(range(len(rows[0])), key=lambda i: max(row[i] for row in rows))
    return _points([row[group] for row in rows])


def base_lrs(optimizer: Any) -> list[float]:
    """Return the rate of each group that a schedule is made of: a warm-up may begin at 0."""
    keys = ("max_lr", "initial_lr", "lr")
    return [
        float(next(group[key] for key in keys if key in group)) for group in optimizer.param_groups
    ]


def peak_share(fit: Fit, optimizer: Any) -> float:
    """Return the highest rate of the training to come, as a share of that in `base_lrs`.

    Noam's is far below 1. It is 1 where that is not known, or nearly so: a schedule in few steps
    passes by its peak.
    """
    configs = fit.trainer.lr_scheduler_configs
    intervals = {config.interval for config in configs}
    own = base_lrs(optimizer)
    if fit.overrides(fit.module, "optimizer_step") or not configs or not all(own):
        return 1.0
    length = _length(fit)
    if length is None and len(intervals) > 1:
        return 1.0
    unknown = (MOST_STEPS, 1) if intervals == {"epoch"} else (1, MOST_STEPS)
    place, peak, step = 0, 0.0, 0
    try:
        for step, rates in enumerate(rates_ahead(fit, optimizer, *(length or unknown))):
            share = max(rate / base for rate, base in zip(rates, own, strict=True))
            if share > peak:
                place, peak = step, share
            elif length is None and step > 2 * place + AHEAD:
                break
    except ValueError:  # it cannot be copied
        return 1.0
    is_rising = length is None and place == step  # its peak is farther away than is looked
    is_declared = "max_lr" in optimizer.param_groups[0]
    close = 0.1 if is_declared else 0.01
    return 1.0 if not peak or is_rising or math.isclose(peak, 1, rel_tol=close) else peak


def _length(fit: Fit) -> tuple[int, int] | None:
    """Return how many epochs of how many batches are planned, if that is known without the data."""
    trainer = fit.trainer
    epochs, batches = trainer.max_epochs, 1
    if trainer.max_steps != -1 or not epochs or epochs < 1:
        return None
    if any(config.interval != "epoch" for config in trainer.lr_scheduler_configs):
        batches = trainer.num_training_batches  # inf before the data are loaded
    return (epochs, int(batches)) if epochs * batches <= MOST_STEPS else None


def _points(lrs: list[float]) -> Schedule | None:
    peak, last = max(lrs), len(lrs) - 1
    if peak <= 0 or last < 1:
        return None
    places = {round(i * last / (DRAWN_POINTS - 1)) for i in range(DRAWN_POINTS)}
    kept = sorted(places | {lrs.index(peak)})
    return [(place / last, lrs[place] / peak) for place in kept]
