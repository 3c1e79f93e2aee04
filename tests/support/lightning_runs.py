"""Fits of Lightning's with and without something before them, and all that comes of them."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lr_widget.testing.bits import bits, random_bits, seed_all
from tests.support.lightning_rig import unwarned
from tests.support.lits import Module, make_trainer


def made_set_up(set_up: tuple[Any, Any, Any], folder: Path) -> tuple[Any, Any, Any]:
    """Make trainer, module and data of a set-up: see `SET_UPS` in `lits.py`."""
    seed_all(3)
    make_module, options, make_data = set_up
    chosen = options()
    with unwarned():
        return make_trainer(folder, **chosen), make_module(), make_data()


def data_argument(data: Any) -> dict[str, Any]:
    return {"datamodule" if isinstance(data, Module) else "train_dataloaders": data}


def fit(trainer: Any, module: Any, data: Any, epochs: int) -> None:
    if trainer.max_steps == -1:
        trainer.fit_loop.max_epochs = epochs
    else:
        trainer.fit_loop.epoch_loop.max_steps = 4 * epochs
    with unwarned():
        trainer.fit(module, **data_argument(data))


def everything(trainer: Any, module: Any, folder: Path) -> dict[str, Any]:
    """What has come of it all."""
    module = trainer.lightning_module or getattr(module, "_orig_mod", module)
    return {
        "weights": bits(module.state_dict()),
        "optimizers": [bits(each.state_dict()) for each in trainer.optimizers],
        "random": random_bits(),
        "counts": (trainer.global_step, trainer.current_epoch, trainer.max_epochs),
        "metrics": bits(dict(trainer.callback_metrics)),
        "files": files(folder),
        "SIGTERM": signal.getsignal(signal.SIGTERM),
    }


def files(folder: Path) -> dict[str, str | None]:
    """Names of all files, and what is written in those of text."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        text = path.is_file() and path.suffix in (".csv", ".yaml", ".txt")
        found[str(path.relative_to(folder))] = path.read_text("utf-8") if text else None
    return found


def runs_of(
    set_up: tuple[Any, Any, Any],
    tmp_path: Path,
    act: Callable[[Any, Any, Any], Any],
    *,
    before: bool,
) -> list[dict[str, Any]]:
    """Train with and without something in between."""
    found = []
    for acting in (False, True):
        folder = tmp_path / str(acting)
        folder.mkdir()
        trainer, module, data = made_set_up(set_up, folder)
        if before:
            fit(trainer, module, data, 1)
        if acting:
            held = dict(vars(trainer)), list(trainer.callbacks), files(folder)
            drawn = random_bits()
            act(trainer, module, data)
            assert (dict(vars(trainer)), list(trainer.callbacks), files(folder)) == held
            assert random_bits() == drawn
        fit(trainer, module, data, 2)
        found.append(everything(trainer, module, folder))
        assert trainer.global_step
    return found
