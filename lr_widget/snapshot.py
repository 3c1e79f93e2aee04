"""Everything a sweep may disturb, captured before it and put back after it, in place.

A loop names the objects that hold state (`Loop.holders`): model, optimizer, loader, callbacks. From
there this file goes on by itself, through attributes, lists, dicts, sets and tuples, into every
module, optimizer, scheduler and gradient scaler it finds, and captures tensors, arrays and random
generators with their content. Other objects stay the same objects, and what is inside them is
theirs: a dataset, a logger, a lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from lr_widget.memory import copy_all
from lr_widget.modes import TorchModes
from lr_widget.randomness import GENERATORS, GeneratorState, RandomState
from lr_widget.states import (
    ArrayState,
    ItemsState,
    MappingState,
    ModeState,
    State,
    StateDictState,
    TensorState,
)

ENTERED = (
    nn.Module,
    torch.optim.Optimizer,
    torch.optim.lr_scheduler.LRScheduler,
    torch.amp.GradScaler,
)
LEAVES = frozenset({
    *(int, float, complex, bool, str, bytes, type, type(None)),
    *(torch.dtype, torch.device, torch.Size, type(len), type(lambda: 0)),
})  # fmt: skip
DATA = frozenset({"dataset", "data_source"})  # of a loader or sampler: not state, and large


class RestoreError(RuntimeError):
    """Something a sweep disturbed could not be put back."""


class Snapshot:
    """The state of some objects, and of torch and the random generators around them.

    Args:
        holders: objects whose attributes are state.
        also: objects with `state_dict` and `load_state_dict`, or random generators.

    Raises:
        MemoryError: there is no room for a copy of the tensors; nothing has been touched.
    """

    def __init__(self, holders: Iterable[Any], also: Iterable[Any] = ()) -> None:
        self._seen: dict[int, Any] = {}  # by id; held, so that no id is used twice
        self._tensors: dict[int, TensorState] = {}
        self._dicts: list[State] = []  # loaded first: what they loosen is put right after them
        self._states: list[State] = []
        self._around: list[State] = [RandomState(), TorchModes()]
        for holder in holders:
            self._walk([holder], root=True)
        for holder in also:
            self._walk([holder], root=True)
            if not isinstance(holder, (*ENTERED, *GENERATORS)):
                self._dicts.append(StateDictState(holder, self._capture_tensor))
        self._seen.clear()
        copy_all(list(self._tensors.values()))

    def restore(self) -> None:
        """Put everything back. One failure does not keep the rest from coming back.

        Raises:
            RestoreError: something could not be put back.
        """
        failures: list[BaseException] = []
        for state in (*self._dicts, *self._states, *self._tensors.values(), *self._around):
            try:
                state.restore()
            except BaseException as error:  # noqa: BLE001  raised below
                failures.append(error)
        if failures:
            raise RestoreError(f"not everything could be put back: {failures[0]!r}") from failures[
                0
            ]

    def free(self) -> None:
        """Let go of all copies: the traceback of an error may hold this object for long."""
        self._tensors.clear()
        self._dicts.clear()
        self._states.clear()
        self._around.clear()

    def _walk(self, stack: list[Any], *, root: bool = False) -> None:
        while stack:
            thing = stack.pop()
            if type(thing) in LEAVES or id(thing) in self._seen:
                continue
            if isinstance(thing, torch.Tensor):
                inside: Iterable[Any] | None = [self._capture_tensor(thing).grad]
            else:
                inside = self._capture(thing, root=root)
            if inside is not None:
                self._seen[id(thing)] = thing
                stack.extend(inside)
            root = False

    def _capture(self, thing: Any, *, root: bool) -> Iterable[Any] | None:
        """Capture something that is no tensor; return what is inside, None if it is left alone."""
        if isinstance(thing, dict):
            self._states.append(MappingState(thing))
            return list(thing.values())
        if isinstance(thing, (list, deque, set)):
            self._states.append(ItemsState(thing))
            return list(thing)
        if isinstance(thing, (tuple, frozenset)):
            return thing
        if isinstance(thing, (np.ndarray, *GENERATORS)):
            kind = ArrayState if isinstance(thing, np.ndarray) else GeneratorState
            self._states.append(kind(thing))
            return ()
        if (root or isinstance(thing, ENTERED)) and hasattr(thing, "__dict__"):
            return self._attributes(thing)
        return None

    def _attributes(self, thing: Any) -> Iterable[Any]:
        attributes = vars(thing)
        self._states.append(MappingState(attributes))
        if isinstance(thing, nn.Module):
            self._states.append(ModeState(thing))
            hidden: list[Any] = []
            if isinstance(thing, torch.jit.ScriptModule):  # keeps them elsewhere
                hidden = [*thing.parameters(), *thing.buffers(), *thing.children()]
            return [*attributes.values(), *hidden]
        return [value for name, value in attributes.items() if name not in DATA]

    def _capture_tensor(self, tensor: torch.Tensor) -> TensorState:
        if id(tensor) not in self._tensors:
            self._tensors[id(tensor)] = TensorState(tensor)
        return self._tensors[id(tensor)]


@contextmanager
def put_back(capture: Callable[[], Snapshot]) -> Iterator[None]:
    """Capture before the block and put everything back after it, however it ends.

    Interrupts have to wait outside the block (see `interrupts.py`), so that none leaves half a
    restore.

    Args:
        capture: makes the snapshot; if it raises, nothing has been touched.
    """
    snapshot = capture()
    try:
        yield
    finally:
        try:
            snapshot.restore()
        finally:
            snapshot.free()
