"""What `lr_find` refuses, in words, before anything is touched."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any

from lr_widget.common import checks
from lr_widget.records.plan import EVEN, Shares

if TYPE_CHECKING:
    from lr_widget.loops.protocol import BaseLoop

LOOP_ARGUMENTS = (
    *("module", "train_dataloaders", "datamodule"),
    *("step", "optimizer", "model", "loss_fn", "loader"),
)
MAX_SEED = 2**32 - 1  # NumPy takes no larger one


def check_seed(seed: Any, repeats: int) -> int | None:
    """Return the seed; `repeats` sweeps take it and those that follow it."""
    if seed is None:
        return None
    seed = checks.whole("seed", seed, 0)
    if seed + repeats - 1 > MAX_SEED:
        raise ValueError(f"seed must be below 2**32, got {seed!r}")
    return int(seed)


def check_label(label: Any) -> str | None:
    """Return the label of a sweep, or None for the usual one."""
    if label is not None and not isinstance(label, str):
        raise TypeError(f"label must be a string or None, got {label!r}")
    if label is not None and not label.strip():
        raise ValueError(f"label must have a character that can be seen, got {label!r}")
    return label


def check_also(also: Any) -> None:
    """Refuse what cannot be put back."""
    from lr_widget.snapshot.frameworks import is_walked  # imports torch
    from lr_widget.snapshot.random_states import GENERATORS

    if not isinstance(also, (list, tuple)):
        raise TypeError(f"also must be a list of objects, got {also!r}")
    for thing in also:
        # by the class: fastai's objects pass on to others what they do not have
        able = all(hasattr(type(thing), name) for name in ("state_dict", "load_state_dict"))
        if not able and not isinstance(thing, GENERATORS) and not is_walked(thing):
            raise TypeError(
                "also must hold objects with state_dict and load_state_dict, random generators, "
                f"loaders, or an Accelerator, got {thing!r}"
            )


def check_shares(shares: Shares, loop: BaseLoop) -> None:
    """Refuse `spread` and `group` where the loop or its groups do not allow them."""
    if shares == EVEN:
        return
    name = "group" if shares.spread is None else "spread"
    if not loop.sets_group_lrs:
        raise ValueError(
            f"{name} must be left out for a loop that does not set RangeTest.group_lrs (and says "
            f"so by sets_group_lrs = True), got {getattr(shares, name)!r} for {loop!r:.200}"
        )
    groups = loop.groups()
    if not loop.groups_are_layers:
        names = " and ".join(repr(group.name) for group in groups)
        raise ValueError(
            f"{name} must be left out where the parameter groups are no layers, since one rate "
            f"trains all of them, got {getattr(shares, name)!r} for the groups {names}; give the "
            "optimizer groups of your own, first layers first"
        )
    shares.check_groups(groups)


def refuse_unknown(named: dict[str, Any], function: Callable[..., Any]) -> None:
    """Refuse keywords that are neither the function's own nor those of a loop."""
    for name, value in named.items():
        if name not in LOOP_ARGUMENTS:
            parameters = signature(function).parameters.values()
            options = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
            known = ", ".join((*options, *LOOP_ARGUMENTS))
            raise TypeError(f"lr_find has the keywords {known}; got {name}={value!r}")
