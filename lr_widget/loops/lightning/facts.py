"""What a LightningModule's optimizer will be: it exists only within a fit.

So a fit is begun and left as soon as `configure_optimizers` has run, and all is put back. By this
also the name of the setting is found that the module takes its learning rate from.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any, NamedTuple

from lr_widget.loops.groups import are_layers, name_groups
from lr_widget.loops.lightning.callbacks import runs_in_sweep
from lr_widget.loops.lightning.checks import check_idle
from lr_widget.loops.lightning.fit import Fit, Guest, run_fit
from lr_widget.loops.lightning.schedules import base_lrs, drawn, peak_share
from lr_widget.loops.lightning.state import state_holders
from lr_widget.loops.meanwhile import Meanwhile
from lr_widget.loops.optimizers import check_closure, check_parameters
from lr_widget.loops.own_rates import check_rates
from lr_widget.loops.protocol import Group
from lr_widget.loops.shown import Schedule
from lr_widget.loops.step_hooks import has_hooks
from lr_widget.snapshot.snapshot import Snapshot

logger = logging.getLogger(__name__)

NAME = "configure_optimizers' optimizer"


class OptimizerFacts(NamedTuple):
    """Facts about the optimizer, from a fit that is begun and left before its first step.

    Everything is put back.

    Attributes:
        groups: of the optimizer, first layers first.
        are_layers: whether they stand for layers.
        optimizer: its class name.
        setting: of the module, by which it sets the rate: "lr", "hparams.learning_rate"; or "".
        peak_share: the highest rate of the schedule, as a share of the one that the optimizer is
            made with.
        schedule: see `BaseLoop.schedule`.
        has_hooks: the optimizer is one of PyTorch's.
    """

    groups: list[Group]
    are_layers: bool
    optimizer: str
    setting: str
    peak_share: float
    schedule: Schedule | None
    has_hooks: bool


def inspect_optimizer(fit: Fit) -> OptimizerFacts:
    """Return what the optimizer of a fit will be; changes nothing.

    Raises:
        TypeError, ValueError: it cannot be swept.
    """
    check_idle(fit.trainer)
    with Snapshot(state_holders(fit), guards_frozen=True), Meanwhile() as meanwhile:
        inspects = _Inspects(fit, fit.module.configure_optimizers)
        meanwhile.wrap(fit.module, "configure_optimizers", inspects.checked)
        run_fit(inspects, runs_in_sweep, first=True)
    if inspects.found is None:
        raise RuntimeError("trainer.fit has ended before it began to train")
    return inspects.found


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


class _Inspects(Guest):
    """Sees the optimizer as soon as it is there, and leaves."""

    def __init__(self, fit: Fit, configure: Callable[[], Any]) -> None:
        super().__init__(fit)
        self.configure = configure
        self.found: OptimizerFacts | None = None

    def checked(self, configure: Callable[[], Any]) -> Callable[[], Any]:
        """Return a `configure_optimizers` that refuses what cannot be swept."""

        def configure_optimizers() -> Any:
            made = configure()
            with self.leaving_at_errors():
                _check_one(optimizers_in(self.fit, made))
            return made

        return configure_optimizers

    def on_fit_start(self, trainer: Any, module: Any) -> None:
        optimizer = trainer.optimizers[0]
        with self.leaving_at_errors():
            groups = optimizer.param_groups
            check_parameters((p for group in groups for p in group["params"]), module)
            check_rates(optimizer, NAME)
            lists, names = [g["params"] for g in groups], [g.get("name") for g in groups]
            self.found = OptimizerFacts(
                groups=name_groups(module, lists, names),
                are_layers=are_layers(module, groups),
                optimizer=type(optimizer).__name__,
                setting=self._setting(optimizer),
                peak_share=peak_share(self.fit, optimizer),
                schedule=drawn(self.fit, optimizer),
                has_hooks=has_hooks(optimizer),
            )
        self.leave()

    def _setting(self, optimizer: Any) -> str:
        """Return the setting that doubles the rate of every group when it is doubled itself."""
        before = base_lrs(optimizer)
        for prefix, settings in _settings(self.fit.module):
            for name, value in list(settings.items()):
                is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
                if is_number and value in before and self._doubles(settings, name, before):
                    return f"{prefix}{name}"
        return ""

    def _doubles(self, settings: MutableMapping[str, Any], name: str, before: list[float]) -> bool:
        value = settings[name]
        settings[name] = 2 * value
        try:
            found = optimizers_in(self.fit, self.configure())
            after = base_lrs(found[0]) if len(found) == 1 else []
        except Exception:  # code of the user's, with a number that they never gave it
            logger.debug("configure_optimizers raises where %s is doubled", name, exc_info=True)
            return False
        finally:
            settings[name] = value
        return len(after) == len(before) and all(
            math.isclose(new, 2 * old) for new, old in zip(after, before, strict=True)
        )


def _settings(module: Any) -> Iterator[tuple[str, MutableMapping[str, Any]]]:
    """Yield the places where a module may have its learning rate."""
    yield "", vars(module)
    hparams = getattr(module, "hparams", None)
    if isinstance(hparams, MutableMapping):
        yield "hparams.", hparams
