"""Which loop fits what the user passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lr_widget.loops.protocol import Loop

FORMS = (
    "lr_find(learn) for a fastai Learner, lr_find(model, optimizer, loss_fn, loader) for plain "
    "PyTorch, lr_find(step=fn, optimizer=optimizer, model=model) for any other loop"
)
_PYTORCH = ("model", "optimizer", "loss_fn", "loader")


def adapt(args: tuple[Any, ...], named: dict[str, Any], also: Sequence[Any] = ()) -> Loop:
    """Return the loop for the positional and named arguments of `lr_find`.

    Args:
        args: positional arguments.
        named: those of `step`, `optimizer`, `model`, `loss_fn`, `loader` that were given.
        also: other objects that training changes.

    Raises:
        TypeError: no known form fits, or an argument is missing or of the wrong kind.
        ValueError: an argument breaks a rule of its loop.
    """
    if "step" in named:
        return _step_loop(args, named, also)
    if len(args) == 1 and _is_learner(args[0]) and not named:
        from lr_widget.loops.fastai import FastaiLoop

        return FastaiLoop(args[0])
    if len(args) == 1 and isinstance(args[0], Loop) and not named:
        return args[0]
    given = _bind(args, named)
    if not _is_module(given.get("model")):
        kinds = ", ".join(type(arg).__name__ for arg in (*args, *named.values())) or "nothing"
        raise TypeError(f"lr_find must be called as {FORMS}; got {kinds}: {args!r:.200}")
    for name in _PYTORCH:
        if name not in given:
            raise TypeError(
                f"{name} must be given in lr_find(model, optimizer, loss_fn, loader), got only "
                f"{', '.join(given)}"
            )
    from lr_widget.loops.pytorch import PyTorchLoop

    return PyTorchLoop(**given)


def _step_loop(args: tuple[Any, ...], named: dict[str, Any], also: Sequence[Any]) -> Loop:
    extra = [*args, *(v for k, v in named.items() if k not in ("step", "optimizer", "model"))]
    if extra:
        raise TypeError(
            "step must be given with optimizer and model only, as "
            f"lr_find(step=fn, optimizer=optimizer, model=model), got {extra[0]!r} too"
        )
    for name in ("optimizer", "model"):
        if name not in named:
            raise TypeError(
                f"{name} must be given in lr_find(step=fn, optimizer=..., model=...), got only "
                f"{', '.join(named)}"
            )
    from lr_widget.loops.step import StepLoop

    scalers = [thing for thing in also if _has_base(thing, "torch.amp.grad_scaler", "GradScaler")]
    return StepLoop(**named, scalers=scalers)


def _bind(args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of the PyTorch form by name."""
    if len(args) > len(_PYTORCH):
        raise TypeError(f"lr_find must be called as {FORMS}; got {len(args)!r} arguments")
    given = dict(zip(_PYTORCH, args, strict=False))
    for name, value in named.items():
        if name in given:
            raise TypeError(
                f"{name} must be given once, got {given[name]!r:.100} and {value!r:.100}"
            )
        given[name] = value
    return given


def _is_learner(thing: Any) -> bool:
    # by name, so that nobody without fastai pays for its import
    return _has_base(thing, "fastai.learner", "Learner")


def _is_module(thing: Any) -> bool:
    return _has_base(thing, "torch.nn.modules.module", "Module")


def _has_base(thing: Any, module: str, name: str) -> bool:
    return any(b.__module__ == module and b.__name__ == name for b in type(thing).__mro__)
