"""What a LightningModule's optimizer will be: it exists only within a fit.

So a fit is begun and left as soon as `configure_optimizers` has run, and all is put back. By this
also the name of the setting is found that the module takes its learning rate from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any, NamedTuple

from lr_widget.loops.groups import name_groups
from lr_widget.loops.lightning_callbacks import runs_in_sweep
from lr_widget.loops.lightning_checks import check_idle
from lr_widget.loops.lightning_fit import Fit, Guest, run_fit
from lr_widget.loops.lightning_schedules import drawn
from lr_widget.loops.lightning_state import state_holders
from lr_widget.loops.optimizers import check_closure, check_parameters
from lr_widget.loops.own_rates import check_rates
from lr_widget.loops.protocol import Group
from lr_widget.loops.shown import Schedule
from lr_widget.loops.step_hooks import has_hooks
from lr_widget.snapshot.snapshot import Snapshot

NAME = "configure_optimizers' optimizer"


class Look(NamedTuple):
    """What has been seen.

    Attributes:
        groups: of the optimizer, first layers first.
        optimizer: its class name.
        setting: of the module, by which it sets the rate: "lr", "hparams.learning_rate"; or "".
        schedule: see `BaseLoop.schedule`.
        has_hooks: the optimizer is one of PyTorch's.
    """

    groups: list[Group]
    optimizer: str
    setting: str
    schedule: Schedule | None
    has_hooks: bool


def look(fit: Fit) -> Look:
    """Return what the optimizer of a fit will be; changes nothing.

    Raises:
        TypeError, ValueError: it cannot be swept.
    """
    check_idle(fit.trainer)
    with Snapshot(state_holders(fit), guards_frozen=True):
        looking = _Looking(fit)
        configure = fit.module.configure_optimizers

        def configure_optimizers() -> Any:
            made = configure()
            with looking.leaving_at_errors():
                _check_one(optimizers_in(fit, made))
            return made

        configure_optimizers.__wrapped__ = configure  # type: ignore[attr-defined]
        fit.module.configure_optimizers = configure_optimizers
        looking.configure = configure
        run_fit(looking, runs_in_sweep, first=True)
        if looking.found is None:
            raise RuntimeError("trainer.fit has ended before it began to train")
        return looking.found


def optimizers_in(fit: Fit, made: Any) -> list[Any]:
    """Return the optimizers in what `configure_optimizers` has returned."""
    if made is None:
        return []
    found: list[Any] = fit.load("core.optimizer")._configure_optimizers(made)[0]  # noqa: SLF001
    return found


def _check_one(optimizers: Sequence[Any]) -> None:
    if len(optimizers) != 1:
        raise ValueError(
            f"configure_optimizers must return one optimizer, got {len(optimizers)!r}: sweep the "
            "step itself, as lr_find(step=fn, ...)"
        )
    check_closure(optimizers[0])


class _Looking(Guest):
    """Sees the optimizer as soon as it is there, and leaves."""

    def __init__(self, fit: Fit) -> None:
        super().__init__(fit)
        self.found: Look | None = None
        self.configure: Any = None

    def on_fit_start(self, trainer: Any, module: Any) -> None:
        optimizer = trainer.optimizers[0]
        with self.leaving_at_errors():
            groups = optimizer.param_groups
            check_parameters((p for group in groups for p in group["params"]), module)
            check_rates(optimizer, NAME)
            lists, names = [g["params"] for g in groups], [g.get("name") for g in groups]
            self.found = Look(
                name_groups(module, lists, names),
                type(optimizer).__name__,
                self._setting(optimizer),
                drawn(self.fit, optimizer),
                has_hooks(optimizer),
            )
        self.leave()

    def _setting(self, optimizer: Any) -> str:
        """Return the setting that doubles the rate of every group when it is doubled itself."""
        before = _base_lrs(optimizer)
        for prefix, settings in _settings(self.fit.module):
            for name, value in list(settings.items()):
                is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
                if not is_number or value not in before:
                    continue
                settings[name] = 2 * value
                found = optimizers_in(self.fit, self.configure())
                settings[name] = value
                after = _base_lrs(found[0]) if len(found) == 1 else []
                doubled = len(after) == len(before) and all(
                    math.isclose(new, 2 * old) for new, old in zip(after, before, strict=True)
                )
                if doubled:
                    return f"{prefix}{name}"
        return ""


def _settings(module: Any) -> Iterator[tuple[str, MutableMapping[str, Any]]]:
    """Yield the places where a module may have its learning rate."""
    yield "", vars(module)
    hparams = getattr(module, "hparams", None)
    if isinstance(hparams, MutableMapping):
        yield "hparams.", hparams


def _base_lrs(optimizer: Any) -> list[float]:
    """Return the rate of each group that a schedule is made of: a warm-up may begin at 0."""
    keys = ("max_lr", "initial_lr", "lr")
    return [
        float(next(group[key] for key in keys if key in group)) for group in optimizer.param_groups
    ]
