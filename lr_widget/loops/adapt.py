"""Which loop fits what the user passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from lr_widget.loops.lightning.fit import package_of
from lr_widget.loops.protocol import BaseLoop, Loop, completed

Args = tuple[Any, ...]
Named = dict[str, Any]


def adapt(args: Args, named: Named, also: Sequence[Any] = ()) -> BaseLoop:
    """Return the loop for the positional and named arguments of `lr_find`.

    Args:
        args: positional arguments.
        named: those of `step`, `optimizer`, `model`, `loss_fn`, `loader` that were given.
        also: other objects that training changes.

    Raises:
        TypeError: no known form fits, or an argument is missing or of the wrong kind.
        ValueError: an argument breaks a rule of its loop.
    """
    for form in FORMS:
        if form.fits(args, named):
            return form.make(args, named, also)
    kinds = ", ".join(type(arg).__name__ for arg in (*args, *named.values())) or "nothing"
    raise TypeError(f"{_must_be_called()}; got {kinds}: {args!r:.200}")


class Form(NamedTuple):
    """One way to call `lr_find`.

    Attributes:
        call: how it is called, and what for; "" if the list of forms leaves it out.
        fits: tells of the positional and the named arguments whether they are meant in this way.
        make: returns the loop of them and `also`; imports the loop's file, and says what is wrong.
    """

    call: str
    fits: Callable[[Args, Named], bool]
    make: Callable[[Args, Named, Sequence[Any]], BaseLoop]


def one(module: str, name: str) -> Callable[[Args, Named], bool]:
    """Return a `fits` for one object of the class `module.name`, or of a subclass, and no more."""
    return lambda args, named: len(args) == 1 and not named and has_base(args[0], module, name)


def made_by(module: str, name: str) -> Callable[[Args, Named, Sequence[Any]], BaseLoop]:
    """Return a `make` that passes the positional arguments to the class `module.name`."""

    def make(args: Args, _named: Named, _also: Sequence[Any]) -> BaseLoop:
        loop: BaseLoop = getattr(import_module(module), name)(*args)
        return loop

    return make


def has_base(thing: Any, module: str, name: str) -> bool:
    """Tell whether a thing is of the class `module.name` or a subclass.

    By name, so that nobody pays for the import of a framework that is not in use.
    """
    return any(b.__module__ == module and b.__name__ == name for b in type(thing).__mro__)


def _is_loop(args: Args, named: Named) -> bool:
    return len(args) == 1 and not named and isinstance(args[0], Loop)


def _as_it_is(args: Args, _named: Named, _also: Sequence[Any]) -> BaseLoop:
    return completed(args[0])


def _begins_with_trainer(args: Args, _named: Named) -> bool:
    return bool(args) and bool(package_of(args[0]))


def _lightning(args: Args, named: Named, _also: Sequence[Any]) -> BaseLoop:
    from lr_widget.loops.lightning.loop import LightningLoop

    for i, name in enumerate(("trainer", "module", "train_dataloaders", "datamodule")):
        if name in named and i < len(args):
            raise TypeError(
                f"{name} must be given once, got {args[i]!r:.100} and {named[name]!r:.100}"
            )
    for name, value in named.items():
        if name not in ("module", "train_dataloaders", "datamodule"):
            raise TypeError(
                "lr_find must be called as lr_find(trainer, module, train_dataloaders=..., "
                f"datamodule=...) with a Lightning Trainer, got {name}={value!r:.100}"
            )
    return LightningLoop(*args, **named)


_PYTORCH = ("model", "optimizer", "loss_fn", "loader")


def _begins_with_model(args: Args, named: Named) -> bool:
    first = [*args[:1], *([named["model"]] if "model" in named else [])]
    is_model = any(has_base(each, "torch.nn.modules.module", "Module") for each in first)
    return is_model and "step" not in named


def _pytorch(args: Args, named: Named, _also: Sequence[Any]) -> BaseLoop:
    from lr_widget.loops.pytorch import PyTorchLoop

    if len(args) > len(_PYTORCH):
        raise TypeError(f"{_must_be_called()}; got {len(args)!r} arguments")
    given = dict(zip(_PYTORCH, args, strict=False))
    for name, value in named.items():
        if name not in _PYTORCH:
            raise TypeError(f"{name} must be given with a Trainer only, got {name}={value!r:.100}")
        if name in given:
            raise TypeError(
                f"{name} must be given once, got {given[name]!r:.100} and {value!r:.100}"
            )
        given[name] = value
    for name in _PYTORCH:
        if name not in given:
            raise TypeError(
                f"{name} must be given in lr_find(model, optimizer, loss_fn, loader), got only "
                f"{', '.join(given)}"
            )
    return PyTorchLoop(**given)


def _has_step(_args: Args, named: Named) -> bool:
    return "step" in named


def _step(args: Args, named: Named, also: Sequence[Any]) -> BaseLoop:
    from lr_widget.loops.step import StepLoop

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
    return StepLoop(**named, also=also)


# The choice, a line for each kind of training: the first form that fits.
FORMS: tuple[Form, ...] = (
    Form(
        "lr_find(learn) for a fastai Learner",
        one("fastai.learner", "Learner"),
        made_by("lr_widget.loops.fastai.loop", "FastaiLoop"),
    ),
    Form("lr_find(trainer, module) for a Lightning Trainer", _begins_with_trainer, _lightning),
    Form(
        "lr_find(trainer) for Transformers' Trainer",
        one("transformers.trainer", "Trainer"),
        made_by("lr_widget.loops.transformers.loop", "TransformersLoop"),
    ),
    Form("", _is_loop, _as_it_is),
    Form(
        "lr_find(model, optimizer, loss_fn, loader) for plain PyTorch", _begins_with_model, _pytorch
    ),
    Form("lr_find(step=fn, optimizer=optimizer, model=model) for any other loop", _has_step, _step),
)


def _must_be_called() -> str:
    return f"lr_find must be called as {', '.join(form.call for form in FORMS if form.call)}"
