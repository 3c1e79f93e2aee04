"""What a loop's objects tell about the model's situation, for the suggestion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from torch import nn

from lr_widget.loops.protocol import Loop

# The last picker of every model that had frozen groups then, as long as both are in use.
_staged: WeakKeyDictionary[nn.Module, ReferenceType[Any]] = WeakKeyDictionary()


def hints(loop: Loop) -> dict[str, Any]:
    """Return the settings `attention` and `earlier_lr` of a sweep, each only where it is known.

    `attention`: a layer of the model is an attention, by the name of its class. `earlier_lr`: the
    highest rate of the last training run, where the loop knows it (a method `trained_at`), else the
    right end of the pick that was made while groups of this model were frozen.
    """
    found: dict[str, Any] = {}
    models = _models(loop)
    if any(_attends(model) for model in models):
        found["attention"] = True
    trained_at = getattr(loop, "trained_at", None)
    if callable(trained_at):
        earlier = trained_at()
    else:
        earlier = next((lr for lr in map(_picked_before, models) if lr), None)
    if isinstance(earlier, (int, float)) and 0 < earlier < math.inf:
        found["earlier_lr"] = float(earlier)
    return found


def remember(loop: Loop, picker: Any) -> None:
    """Keep a picker that was made while groups of its model were frozen, and no older one."""
    if any(group.frozen for group in loop.groups()):
        for model in _models(loop):
            _staged[model] = ref(picker)


def owner(loop: Loop) -> Any:
    """Return what a sweep belongs to: the Learner of fastai, else the model; None if there is none.

    Later sweeps of the same owner are shown over its earlier ones.
    """
    if loop.kind == "fastai":
        return next((held for held in loop.holders() if hasattr(held, "dls")), None)
    return next(iter(_models(loop)), None)


def _models(loop: Loop) -> Sequence[nn.Module]:
    held = loop.holders()
    return [
        thing if isinstance(thing, nn.Module) else thing.model
        for thing in held
        if isinstance(thing, nn.Module) or isinstance(getattr(thing, "model", None), nn.Module)
    ]


def _attends(model: nn.Module) -> bool:
    return any("attention" in type(layer).__name__.lower() for layer in model.modules())


def _picked_before(model: nn.Module) -> float | None:
    picker = _staged.get(model, lambda: None)()
    return None if picker is None or picker.value is None else float(picker.value[1])
