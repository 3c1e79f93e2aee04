"""Everything a sweep may disturb, captured before it and put back after it, in place.

A loop names the objects that hold state (`Loop.holders`): model, optimizer, loader, callbacks. From
there this file goes on by itself, through attributes, lists, dicts, sets and tuples, into every
module, optimizer, scheduler and gradient scaler it finds, and captures tensors, arrays and random
generators with their content. What a loader holds is told by `LoaderGraph`. Other objects stay the
same objects, and what is inside them is theirs: a dataset, a logger, a lock.
"""

from __future__ import annotations

import random
import types
import weakref
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from lr_widget.common.errors import RestoreError
from lr_widget.snapshot.attributes import dict_of, has_attributes, named_values, slots_of
from lr_widget.snapshot.frameworks import is_walked, walked
from lr_widget.snapshot.guard import Guard, can_be_guarded, names_of_parameters, parameters_of
from lr_widget.snapshot.loader_graph import DATA, LoaderGraph
from lr_widget.snapshot.memory import copy_all
from lr_widget.snapshot.random_states import GENERATORS, GeneratorState, RandomState
from lr_widget.snapshot.states import (
    ArrayState,
    AttributesState,
    CellState,
    ItemsState,
    MappingState,
    ModeState,
    SlotsState,
    State,
    StateDictState,
    TensorState,
)
from lr_widget.snapshot.torch_modes import TorchModes

ENTERED = (
    nn.Module,
    torch.optim.Optimizer,
    torch.optim.lr_scheduler.LRScheduler,
    torch.amp.GradScaler,
    types.SimpleNamespace,
)
# by name, so that nobody without them pays for an import: the lists of fastai's optimizers; and
# what tells how bitsandbytes' weights are to be read, which it changes together with their layout
ENTERED_BY_NAME = frozenset(
    {("fastcore.foundation", "L"), ("bitsandbytes.functional", "QuantState")}
)
# what is not looked into
LEAVES = frozenset(
    {
        bool,
        bytes,
        complex,
        float,
        int,
        str,
        type,
        types.BuiltinFunctionType,
        types.FunctionType,
        types.NoneType,
        torch.Size,
        torch.device,
        torch.dtype,
        weakref.CallableProxyType,
        weakref.ProxyType,
    }
)
MAY_BE_EMPTY = frozenset({dict, OrderedDict, list, set})
LOADERS = (torch.utils.data.DataLoader, torch.utils.data.Sampler)


class Snapshot:
    """The state of some objects, and of torch and the random generators around them.

    As a context manager it puts everything back at the end of the block, however that ends, and
    lets go of the copies. Interrupts have to wait outside the block (see `hosts/interrupts.py`), so
    that none leaves half a restore.

    Args:
        holders: objects whose attributes are state; of a loader its `LoaderGraph`.
        also: objects with `state_dict` and `load_state_dict`, random generators, or what is put
            back by walking from it (`frameworks.py`).
        guards_frozen: do not copy large frozen parameters that no optimizer holds, but see at the
            end that they are the same (`guard.py`); those in `also` are copied all the same.

    Raises:
        MemoryError: there is no room for a copy of the tensors; nothing has been touched.
    """

    def __init__(
        self, holders: Iterable[Any], also: Iterable[Any] = (), *, guards_frozen: bool = False
    ) -> None:
        self._seen: dict[int, Any] = {}  # by id; held, so that no id is used twice
        self._tensors: dict[int, TensorState] = {}
        self._arrays: list[ArrayState] = []
        self._dicts: list[StateDictState] = []  # loaded first: the rest puts right what they loosen
        self._states: list[State] = []
        self._empty: list[Any] = []  # containers of which there is nothing else to know
        self._around: list[State] = [RandomState(), TorchModes()]
        self._always_copied: set[int] = set()  # ids of tensors
        self._guards: list[Guard] = []
        try:
            self._find(holders, also)
            guarded = self._large_and_frozen() if guards_frozen else {}
            copied = [state for key, state in self._tensors.items() if key not in guarded]
            copy_all(copied, self._arrays)
            if guarded:
                names = names_of_parameters(self._seen.values())
                self._guards.append(Guard(guarded.values(), names))
            self._seen.clear()
        except BaseException:
            self.free()
            raise

    def __enter__(self) -> Snapshot:  # noqa: PYI034  Self needs Python 3.11
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.restore()
        finally:
            self.free()

    def restore(self) -> None:
        """Put everything back. One failure does not keep the rest from coming back.

        Raises:
            RestoreError: something could not be put back.
            BaseException: what a signal's handler raised meanwhile; everything is back.
        """
        failures: list[BaseException] = []
        _restore_each((*self._dicts, *self._states, *self._arrays), failures)
        _clear_all(self._empty)
        _restore_tensors(self._tensors.values(), failures)
        _restore_each(self._guards, failures)
        _restore_each(self._around, failures)
        for failure in failures:
            if isinstance(failure, RestoreError):
                raise failure
            if not isinstance(failure, Interruption):
                raise RestoreError(f"not everything could be put back: {failure!r}") from failure
        if failures:
            raise failures[0].__cause__ or failures[0]

    def free(self) -> None:
        """Let go of all copies: the traceback of an error may hold this object for long."""
        for state in self._tensors.values():
            state.bits = None
        for array_state in self._arrays:
            array_state.content = None
        for dict_state in self._dicts:
            dict_state.free()
        for guard in self._guards:
            guard.free()
        for found in (self._tensors, self._seen, self._always_copied, self._guards):
            found.clear()
        for states in (self._arrays, self._dicts, self._states, self._around, self._empty):
            states.clear()

    def _find(self, holders: Iterable[Any], also: Iterable[Any]) -> None:
        reached = [each for thing in also if is_walked(thing) for each in walked(thing)]
        for holder in also:  # first: what can be reached from there is copied in any case
            if is_walked(holder):
                continue
            self._walk([holder], root=True)
            if not isinstance(holder, (*ENTERED, *GENERATORS)):
                self._dicts.append(StateDictState(holder, self._capture_tensor))
        self._always_copied.update(self._tensors)
        for holder in (*holders, *reached):
            self._walk([holder], root=True)

    def _large_and_frozen(self) -> dict[int, TensorState]:
        return {
            key: state
            for key, state in self._tensors.items()
            if key not in self._always_copied and can_be_guarded(state)
        }

    def _walk(self, stack: list[Any], *, root: bool = False) -> None:
        while stack:
            thing = stack.pop()
            if isinstance(thing, torch.Tensor):
                self._capture_tensor(thing)
            elif id(thing) not in self._seen:
                inside = self._capture(thing, root=root)
                if inside is not None:
                    self._seen[id(thing)] = thing
                    self._push(inside, stack)
            root = False

    def _push(self, values: Iterable[Any], stack: list[Any]) -> None:
        """Put on the stack what has to be looked into; most attributes of a module have not."""
        for value in values:
            kind = type(value)
            if kind in MAY_BE_EMPTY and not value:
                self._empty.append(value)
            elif kind not in LEAVES:
                stack.append(value)

    def _capture(self, thing: Any, *, root: bool) -> Iterable[Any] | None:
        """Capture something that is no tensor; return what is inside, None if it is left alone."""
        if isinstance(thing, dict):
            self._states.append(MappingState(thing))
            return thing.values()
        if isinstance(thing, (list, deque, set, tuple, frozenset)):
            if not isinstance(thing, (tuple, frozenset)):
                self._states.append(ItemsState(thing))
            return thing
        if isinstance(thing, (np.ndarray, *GENERATORS)):
            return self._capture_end(thing)
        if isinstance(thing, (LoaderGraph, *LOADERS)):
            return self._capture_loader(thing)
        if (root or _is_entered(thing)) and has_attributes(thing):
            return self._attributes(thing)
        return None

    def _capture_loader(self, loader: Any) -> Iterable[Any]:
        graph = loader if isinstance(loader, LoaderGraph) else LoaderGraph(loader)
        for thing in graph.objects:
            self._capture_attributes(thing)
        for container in graph.containers:
            is_dict = isinstance(container, dict)
            self._states.append(MappingState(container) if is_dict else ItemsState(container))
        self._states += map(CellState, graph.cells)
        # what is state here may not be looked into once more, by the rules for models
        found = (*graph.objects, *graph.containers)
        self._seen |= {id(thing): thing for thing in found}
        return (*graph.contents, *graph.generators, *graph.trained)

    def _capture_end(self, thing: Any) -> tuple[()]:
        """Capture an array or a generator, in which there is nothing more to find."""
        if isinstance(thing, np.ndarray):
            # a file in memory is data
            if thing.flags.writeable and not isinstance(thing, np.memmap):
                self._arrays.append(ArrayState(thing))
        elif not isinstance(thing, random.SystemRandom):  # the system's, which has no state
            self._states.append(GeneratorState(thing))
        return ()

    def _attributes(self, thing: Any) -> Iterable[Any]:
        self._capture_attributes(thing)
        self._always_copied.update(map(id, parameters_of(thing)))
        held = named_values(thing)
        if not isinstance(thing, nn.Module):
            return [value for name, value in held if name not in DATA]
        values = [value for _, value in held]
        if isinstance(thing, torch.jit.ScriptModule):  # keeps all of it elsewhere
            self._states.append(ModeState(thing))
            values += [*thing.parameters(), *thing.buffers(), *thing.children()]
        return values

    def _capture_attributes(self, thing: Any) -> None:
        attributes = dict_of(thing)
        if attributes is not None:
            self._states.append(AttributesState(thing, attributes))
        if any(slots_of(type(thing))):
            self._states.append(SlotsState(thing))

    def _capture_tensor(self, tensor: torch.Tensor) -> TensorState:
        known = self._tensors.get(id(tensor))
        if known is None:
            known = self._tensors[id(tensor)] = TensorState(tensor)
            if known.grad is not None:
                self._capture_tensor(known.grad)
            if vars(tensor):
                self._walk(list(vars(tensor).values()))
        return known


class Interruption(Exception):  # noqa: N818  no error of ours
    """A handler of a signal has raised during the restore; its cause is what it raised."""


def _is_entered(thing: Any) -> bool:
    kind = type(thing)
    return (
        isinstance(thing, ENTERED)
        or is_dataclass(kind)
        or (kind.__module__, kind.__name__) in ENTERED_BY_NAME
    )


def _restore_each(states: Iterable[State], failures: list[BaseException]) -> None:
    for state in states:
        try:
            state.restore()
        except BaseException as error:  # noqa: BLE001  raised at the end
            failures.append(_try_again(state, error))


def _try_again(state: State, error: BaseException) -> BaseException:
    """Restore once more what failed, and return what has come of it.

    It may have been the handler of a signal (SIGTERM, an alarm) that raised, in the middle.
    """
    try:
        state.restore()
    except BaseException as second:  # noqa: BLE001  raised at the end
        return second
    interruption = Interruption()
    interruption.__cause__ = error
    return interruption


def _clear_all(containers: list[Any]) -> None:
    for container in containers:
        if container:
            container.clear()


def _restore_tensors(states: Iterable[TensorState], failures: list[BaseException]) -> None:
    to_write = []
    for state in states:
        try:
            if state.restore_form():
                to_write.append(state)
        except BaseException as error:  # noqa: BLE001  raised at the end
            failures.append(_try_again(state, error))
    try:  # all at once, which is faster where there are many
        with torch.no_grad():
            torch._foreach_copy_([s.elements for s in to_write], [s.bits for s in to_write])
    except BaseException as error:  # noqa: BLE001  one of a kind that this does not take, or a signal
        _restore_each(to_write, failures)
        if not isinstance(error, Exception):
            interruption = Interruption()
            interruption.__cause__ = error
            failures.append(interruption)
