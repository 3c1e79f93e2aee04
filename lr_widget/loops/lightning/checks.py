"""What of Lightning is refused, in words, before anything is touched."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from torch.utils._pytree import tree_flatten

from lr_widget.loops.lightning.fit import Fit
from lr_widget.loops.loaders import check_loader
from lr_widget.loops.optimizers import check_gradients, check_model


def made_fit(
    trainer: Any,
    module: Any = None,
    train_dataloaders: Any = None,
    datamodule: Any = None,
    *more: Any,
) -> Fit:
    """Return the call of `fit` that is meant by the arguments of `lr_find`.

    Raises:
        TypeError: an argument is missing, or of the wrong kind.
        ValueError: the trainer or the module cannot be swept, or the data are given twice.
    """
    if module is None:
        raise TypeError(
            "module must be given in lr_find(trainer, module), got only a "
            f"{type(trainer).__name__!r}: the LightningModule is what trains"
        )
    if more:
        raise TypeError(
            "lr_find must be called as lr_find(trainer, module, train_dataloaders, datamodule), "
            f"got {more[0]!r:.200}, too"
        )
    fit = Fit(trainer, module)
    core = fit.load("core")
    _check_module(fit, core.LightningModule)
    if isinstance(train_dataloaders, core.LightningDataModule):  # as `fit` takes it
        if datamodule is not None:
            raise TypeError(f"datamodule must be given once, got {datamodule!r:.100} too")
        train_dataloaders, datamodule = None, train_dataloaders
    if datamodule is not None and not isinstance(datamodule, core.LightningDataModule):
        raise TypeError(
            "datamodule must be a LightningDataModule (data to validate with go to "
            f"try_picks(valid=...)), got {datamodule!r:.200}"
        )
    fit = fit._replace(train_dataloaders=train_dataloaders, datamodule=datamodule)
    _check_trainer(fit)
    _check_data(fit)
    check_gradients()
    check_model(fit.module, "module")
    return fit


def loaders_in(given: Any) -> list[Any]:
    """Return the loaders of one, a list or dict of them, or Lightning's CombinedLoader."""
    if given is None:
        return []
    own = getattr(given, "flattened", None)  # of a CombinedLoader
    return list(own if isinstance(own, list) else tree_flatten(given)[0])


def _check_module(fit: Fit, kind: Any) -> None:
    module = fit.module
    if not isinstance(module, kind):
        raise TypeError(
            f"module must be a LightningModule of {kind.__module__.partition('.')[0]!r}, as the "
            f"trainer is of it, got {fit.model!r:.200}"
        )
    if not module.automatic_optimization:
        raise ValueError(
            "module must leave its steps to the trainer, got automatic_optimization=False in "
            f"{type(module).__name__!r}: sweep the step itself, as lr_find(step=fn, ...)"
        )
    if "dataloader_iter" in inspect.signature(module.training_step).parameters:
        raise ValueError(
            "module must take batches in training_step, got one that takes the iterator itself "
            f"(dataloader_iter): {type(module).__name__!r}"
        )


def _check_trainer(fit: Fit) -> None:
    trainer = fit.trainer
    for name in ("fast_dev_run", "barebones"):
        if getattr(trainer, name):
            raise ValueError(
                f"trainer must be one that trains as usual, got {name}={getattr(trainer, name)!r}"
            )
    strategy = type(trainer.strategy).__name__
    if trainer.world_size > 1:
        raise ValueError(
            f"trainer must train on one device, got {trainer.world_size!r} of them with "
            f"{strategy!r}: make it with devices=1 for the sweep"
        )
    if trainer.strategy.launcher is not None or "DeepSpeed" in strategy:
        raise ValueError(
            "trainer must train in this process by the usual strategy, got one that starts "
            f"processes, {strategy!r}: make it with devices=1 and without strategy for the sweep"
        )
    if trainer.limit_train_batches == 0:
        raise ValueError("trainer must train on some batches, got limit_train_batches=0")


def check_idle(trainer: Any) -> None:
    """Check that a trainer is not in the middle of a run.

    Raises:
        ValueError: it is.
    """
    status = trainer.state.status
    if getattr(status, "value", status) == "running":
        raise ValueError(
            "trainer must not be running when lr_find is called, got one in the middle of "
            f"{getattr(trainer.state.fn, 'value', trainer.state.fn)!r}"
        )


def _check_data(fit: Fit) -> None:
    given, datamodule = fit.train_dataloaders, fit.datamodule
    if given is not None and datamodule is not None:
        raise ValueError(
            "train_dataloaders must be left out with a datamodule, which brings its own, got "
            f"{given!r:.200} and {datamodule!r:.200}"
        )
    holder = fit.module if datamodule is None else datamodule
    if given is None and not fit.overrides(holder, "train_dataloader"):
        name = "datamodule" if datamodule is not None else "module"
        raise ValueError(
            "train_dataloaders must be given, as for trainer.fit, or a datamodule, got neither and "
            f"no train_dataloader in the {name} {type(holder).__name__!r}"
        )
    check_loaders(loaders_in(given), "train_dataloaders")


def check_loaders(loaders: Iterable[Any], name: str) -> None:
    """Check that each can be iterated again and again: see `check_loader`."""
    for loader in loaders:
        check_loader(loader, name)
