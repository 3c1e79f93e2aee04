"""What a fit of Lightning's changes: the trainer and all that it holds, the data, the module."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from torch.utils.data import DataLoader, Dataset

from lr_widget.loops.lightning.checks import loaders_in
from lr_widget.loops.lightning.fit import ROOTS, Fit
from lr_widget.snapshot.attributes import dict_of
from lr_widget.snapshot.frameworks import CONTAINERS, framework_objects
from lr_widget.snapshot.loader_graph import LoaderGraph


def state_holders(fit: Fit) -> list[Any]:
    """Return all that a fit may change, the module first; see `Loop.holders`."""
    own = _lightnings_own(fit)
    # the attributes of a dict or list that is more than that
    more = [dict_of(each) for each in own if isinstance(each, CONTAINERS) and dict_of(each)]
    graphs = data_graphs(fit, known_loaders(fit))
    return [fit.module, *own, *more, *_said_already(len(sys.modules)), *graphs]


def known_loaders(fit: Fit) -> list[Any]:
    """Return the loaders that can be known before a fit; hooks may make others in it."""
    held = [value for holder in _data_holders(fit) for value in vars(holder).values()]
    loops = [fit.trainer.fit_loop, fit.trainer.fit_loop.epoch_loop.val_loop]
    found = [*loaders_in(fit.train_dataloaders), *filter(_is_loader, held)]
    for loop in loops:  # of a fit before
        found += loaders_in(getattr(loop, "_combined_loader", None))
    return list({id(each): each for each in found}.values())


def data_graphs(fit: Fit, loaders: Sequence[Any]) -> list[LoaderGraph]:
    """Return the state in loaders, in a datamodule, and in the data that the module holds."""
    beyond = [fit.trainer, fit.module]
    graphs = [LoaderGraph(loader) for loader in loaders]
    if fit.datamodule is not None:
        graphs.append(LoaderGraph(fit.datamodule, beyond))
    data = [each for each in vars(fit.module).values() if isinstance(each, Dataset)]
    if data:
        graphs.append(LoaderGraph(SimpleNamespace(dataset=data), beyond))
    return graphs


def _data_holders(fit: Fit) -> list[Any]:
    return [fit.module, *([] if fit.datamodule is None else [fit.datamodule])]


def _is_loader(value: Any) -> bool:
    return isinstance(value, DataLoader)


def _lightnings_own(fit: Fit) -> list[Any]:
    """Return the trainer and all objects of Lightning's classes that it holds, callbacks too.

    But no modules, which the snapshot knows, and no datamodule, in which data begin.
    """
    return framework_objects(fit.trainer, tuple(f"{root}." for root in ROOTS), _is_data)


def _is_data(thing: Any) -> bool:
    return any(base.__name__ == "LightningDataModule" for base in type(thing).__mro__)


@lru_cache(maxsize=1)
def _said_already(_n_modules: int) -> tuple[Any, ...]:
    """Return the sets in which Lightning notes what it has warned of, which it does once.

    They are there as soon as its modules are, and for good.
    """
    modules = [
        module for name, module in list(sys.modules.items()) if name.partition(".")[0] in ROOTS
    ]
    found = []
    for module in modules:
        for thing in list(vars(module).values()):
            places = vars(thing).values() if isinstance(thing, type) else (thing,)
            found += [each for each in places if type(each).__name__ == "WarningCache"]
    return tuple({id(each): each for each in found}.values())
