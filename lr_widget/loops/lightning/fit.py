"""A call of Lightning's `trainer.fit` that shows, logs and writes nothing, and can be left early.

`lightning` and `pytorch_lightning` are the same twice. Which of the two a trainer is of, its class
tells; the other one is never imported.
"""

from __future__ import annotations

import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

from lr_widget.loops.meanwhile import Meanwhile, only_warnings

PACKAGES = {
    "lightning.pytorch.trainer.trainer": "lightning.pytorch",
    "pytorch_lightning.trainer.trainer": "pytorch_lightning",
}
ROOTS = frozenset({"lightning", "lightning_fabric", "lightning_utilities", "pytorch_lightning"})


class Fit(NamedTuple):
    """What `trainer.fit` is called with.

    Attributes:
        trainer: the trainer.
        model: the LightningModule, or what `torch.compile` has made of it.
        train_dataloaders: as for `fit`, or None.
        datamodule: as for `fit`, or None.
    """

    trainer: Any
    model: Any
    train_dataloaders: Any = None
    datamodule: Any = None

    @property
    def module(self) -> Any:
        """The LightningModule itself."""
        return getattr(self.model, "_orig_mod", self.model)

    def load(self, name: str) -> Any:
        """Return a module of the package that the trainer is of: `load("callbacks")`."""
        return import_module(f"{package_of(self.trainer)}.{name}")

    def overrides(self, thing: Any, name: str) -> bool:
        """Tell whether a LightningModule or LightningDataModule defines a method of its own."""
        return bool(self.load("utilities.model_helpers").is_overridden(name, thing))


def package_of(trainer: Any) -> str:
    """Return the package of a trainer's class; "" if it is no trainer of Lightning's."""
    modules = [base.__module__ for base in type(trainer).__mro__ if base.__name__ == "Trainer"]
    return next((PACKAGES[each] for each in modules if each in PACKAGES), "")


@cache
def _with_base(kind: Any, base: Any) -> Any:
    return type(kind.__name__, (kind, base), {})


class Guest:
    """A callback that rides on a fit, and may leave it.

    It is a callback of the package that the trainer is of.

    Args:
        fit: the call.

    Attributes:
        error: what it has found wrong, raised after the fit: raised within, the user's callbacks
            would hear of it as of one in their training.
        interrupt: a KeyboardInterrupt of the fit, of which Lightning makes something else.
        has_left: it has left the fit.
    """

    def __new__(cls, fit: Fit, *_args: Any) -> Any:
        """Return one that is a callback of the trainer's package as well."""
        kind: Any = cls
        return object.__new__(_with_base(kind, fit.load("callbacks").Callback))

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.error: Exception | None = None
        self.interrupt: KeyboardInterrupt | None = None
        self.has_left = False

    def leave(self, error: Exception | None = None) -> NoReturn:
        """End the fit, without the end of an epoch or of the training for anybody."""
        self.error, self.has_left = error, True
        # Lightning's own way out of a fit, which it uses for its tuner
        raise self.fit.load("utilities.exceptions")._TunerExitException  # noqa: SLF001

    @contextmanager
    def leaving_at_errors(self) -> Iterator[None]:
        """A block whose ValueError or TypeError ends the fit, and is raised after it."""
        error: Exception | None = None
        try:
            yield
        except (TypeError, ValueError) as raised:
            error = raised
        if error is not None:
            self.leave(error)

    def on_exception(self, _trainer: Any, _module: Any, exception: BaseException) -> None:
        """Take note of an interrupt."""
        if isinstance(exception, KeyboardInterrupt):
            self.interrupt = exception


def run_fit(
    guest: Guest,
    runs: Callable[[Any], bool],
    *,
    first: bool = False,
    valid: Any = None,
) -> None:
    """Call `trainer.fit` with one more callback, without all that shows or writes.

    Afterwards the trainer has its own callbacks and loggers again.

    Args:
        guest: the callback.
        runs: tells which of the other callbacks take part.
        first: the guest comes before them, not after.
        valid: what `fit` is to validate with, or None.

    Raises:
        KeyboardInterrupt: also where Lightning exits instead.
        Exception: what was raised in it, or what the guest has found.
    """
    fit = guest.fit
    with Meanwhile() as meanwhile, _quiet(), _handlers_put_back():
        _leave_out(meanwhile, fit, guest, runs, first=first)
        _write_nothing(meanwhile, fit)
        try:
            fit.trainer.fit(fit.model, fit.train_dataloaders, valid, fit.datamodule)
        except SystemExit as error:  # what Lightning makes of an interrupt
            if not isinstance(error.__context__, KeyboardInterrupt):
                raise
            guest.interrupt = error.__context__
    if guest.interrupt is not None:
        raise guest.interrupt
    if guest.error is not None:
        raise guest.error


def _leave_out(
    meanwhile: Meanwhile, fit: Fit, guest: Guest, runs: Callable[[Any], bool], *, first: bool
) -> None:
    """Leave callbacks out: those of the trainer, and those that the module adds in every fit."""
    trainer, module = fit.trainer, fit.module

    def filtered(own: Callable[[], Any]) -> Callable[[], list[Any]]:
        def configure_callbacks() -> list[Any]:
            added = own() or []
            added = list(added) if isinstance(added, (list, tuple)) else [added]
            return [*filter(runs, added), *([] if first else [guest])]

        return configure_callbacks

    kept = list(filter(runs, trainer.callbacks))
    meanwhile.put(trainer, "callbacks", [guest, *kept] if first else kept)
    meanwhile.wrap(module, "configure_callbacks", filtered)


def _write_nothing(meanwhile: Meanwhile, fit: Fit) -> None:
    trainer = fit.trainer
    folder = meanwhile.enter_context(tempfile.TemporaryDirectory(prefix="lr_widget_"))
    loggers = [_logger(fit, folder) for _ in trainer.loggers]
    for name, value in (
        ("loggers", loggers),
        ("log_every_n_steps", 0),
        ("profiler", fit.load("profilers").PassThroughProfiler()),
        ("_detect_anomaly", False),  # of its own; a loss that is no number is seen anyway
    ):
        meanwhile.put(trainer, name, value)


def _logger(fit: Fit, folder: str) -> Any:
    """Return a logger that takes everything, with a folder for those who ask it for one."""
    base = fit.load("loggers.logger").DummyLogger
    places = dict.fromkeys(("save_dir", "log_dir", "root_dir"), folder)
    return type("NoLogger", (base,), places)()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what Lightning says: the user's own fit says it."""
    log = import_module("lightning_utilities.core.rank_zero").log
    with only_warnings(log), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=rf"({'|'.join(sorted(ROOTS))})(\.|$)")
        yield


@contextmanager
def _handlers_put_back() -> Iterator[None]:
    """Put signal handlers back, which Lightning does not do after every ending."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    fixed = {getattr(signal, name, None) for name in ("SIGKILL", "SIGSTOP")}
    signals = signal.valid_signals() - fixed if in_main_thread else set()
    # SIGINT, of which Lightning ignores any further one, comes last
    ordered = sorted(signals, key=lambda each: each == signal.SIGINT)
    handlers = {each: signal.getsignal(each) for each in ordered}
    try:
        yield
    finally:
        for each, handler in handlers.items():
            if handler is not None and signal.getsignal(each) != handler:
                signal.signal(each, handler)
