"""Everything a sweep may disturb, captured before it and put back after it, in place.

A loop names the objects that hold state (`Loop.holders`): model, optimizer, loader, callbacks. From
there this file goes on by itself, through attributes, lists, dicts, sets and tuples, into every
module, optimizer, scheduler and gradient scaler it finds, and captures tensors, arrays and random
generators with their content. What a loader holds is told by `LoaderGraph`, what objects of the
user's own hold by `OwnGraph`. Others stay the same objects, and what is inside them is theirs: a
logger, a figure, a lock.
"""

from __future__ import annotations

import random
from array import array
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import nn

from lr_widget.common.errors import RestoreError
from lr_widget.snapshot import object_graph
from lr_widget.snapshot.attributes import (
    LEAVES,
    container_base,
    dict_of,
    has_attributes,
    named_values,
    slots_of,
)
from lr_widget.snapshot.frameworks import is_walked, walked
from lr_widget.snapshot.garbage import no_collecting
from lr_widget.snapshot.guard import Guard, can_be_guarded, names_of_parameters, parameters_of
from lr_widget.snapshot.loader_graph import LoaderGraph
from lr_widget.snapshot.memory import copy_all, size_of
from lr_widget.snapshot.object_graph import (
    DATA,
    TRAINED,
    ObjectGraph,
    drawing_methods,
    objects_in,
)
from lr_widget.snapshot.own_classes import (
    FUNCTIONS,
    ClassState,
    class_contents,
    class_generators,
    is_own,
    is_users,
    own_bases,
)
from lr_widget.snapshot.own_graph import (
    LOADERS,
    OwnGraph,
    is_entered,
    is_known,
    is_own_function,
)
from lr_widget.snapshot.random_states import GENERATORS, GeneratorState, RandomState
from lr_widget.snapshot.restoring import (
    Interruption,
    clear_all,
    restore_each,
    restore_tensors,
)
from lr_widget.snapshot.shared_memory import SharedState, shared_numbers
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

MAY_BE_EMPTY = frozenset({dict, OrderedDict, list, set})
BUFFERS = (array, bytearray)


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
        self._own: list[Any] = []  # the user's own, met on the way, and not looked into yet
        # what has been found out about classes
        self._bases: dict[type, Any] = {}
        self._classes: set[type] = set()
        self._entered: dict[type, bool] = {}
        self._around: list[State] = [RandomState(), TorchModes()]
        self._always_copied: set[int] = set()  # ids of tensors
        self._guards: list[Guard] = []
        try:
            with no_collecting():
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
        restore_each((*self._dicts, *self._states, *self._arrays), failures)
        clear_all(self._empty)
        restore_tensors(self._tensors.values(), failures)
        restore_each(self._guards, failures)
        restore_each(self._around, failures)
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
        for found in (self._tensors, self._seen, self._bases, self._entered):
            found.clear()
        for names in (self._always_copied, self._classes):
            names.clear()
        for states in (self._arrays, self._dicts, self._states, self._around):
            states.clear()
        for things in (self._empty, self._own, self._guards):
            things.clear()

    def _find(self, holders: Iterable[Any], also: Iterable[Any]) -> None:
        reached = [each for thing in also if is_walked(thing) for each in walked(thing)]
        for holder in also:  # first: what can be reached from there is copied in any case
            if is_walked(holder):
                continue
            self._walk([holder], root=True)
            if not isinstance(holder, (*TRAINED, *GENERATORS)):
                self._dicts.append(StateDictState(holder, self._capture_tensor))
        self._capture_own()
        self._always_copied.update(self._tensors)
        for holder in (*holders, *reached):
            self._walk([holder], root=True)
        self._capture_own()

    def _capture_own(self) -> None:
        """Capture what objects of the user's own hold; a module in one may hold others."""
        room = max(object_graph.MAX_BYTES, self._copied_bytes()) if self._own else 0
        while self._own:
            things, self._own = self._own, []
            # of a function only the attributes are known
            known = [each for each in self._seen.values() if type(each) not in FUNCTIONS]
            known += (state.tensor for state in self._tensors.values())
            self._walk([OwnGraph(things, known, room)])

    def _copied_bytes(self) -> int:
        """Return how much is copied of what has been found: an average of it is as large."""
        states = self._tensors.values()
        return sum(size_of(state.elements) for state in states if not can_be_guarded(state))

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
            elif kind not in LEAVES and (kind not in FUNCTIONS or is_own_function(value)):
                stack.append(value)

    def _capture(self, thing: Any, *, root: bool) -> Iterable[Any] | None:
        """Capture something that is no tensor; return what is inside, None if it is left alone."""
        kind = type(thing)
        if kind not in self._bases:
            self._bases[kind] = container_base(kind)
        if self._bases[kind] is not None:
            return self._capture_items(thing, self._bases[kind])
        if isinstance(thing, TRAINED):  # nearly always, of what is left
            return self._attributes(thing)
        if isinstance(thing, (np.ndarray, *GENERATORS)):
            return self._capture_end(thing)
        if isinstance(thing, (ObjectGraph, *LOADERS)):
            return self._capture_graph(thing)
        if (numbers := shared_numbers(thing)) is not None:
            self._states.append(SharedState(numbers))
            return ()
        return self._capture_object(thing, kind, root=root)

    def _capture_object(self, thing: Any, kind: type, *, root: bool) -> Iterable[Any] | None:
        """Capture what is only an object: its attributes, or later on if it is the user's own."""
        is_function = is_own_function(thing)
        if is_function:
            self._own.append(thing)
        if (root or is_known(kind)) and has_attributes(thing):
            return self._attributes(thing)
        if not is_function and self._is_own(kind):
            self._own.append(thing)
        return None

    def _is_own(self, kind: type) -> bool:
        if kind not in self._entered:
            self._entered[kind] = is_entered(kind)
        return self._entered[kind]

    def _capture_items(self, thing: Any, base: Any) -> Iterable[Any]:
        """Capture which items a container has, and the attributes of one that is more than that."""
        if issubclass(base, dict):
            self._states.append(MappingState(thing))
            inside: Iterable[Any] = base.values(thing)
        else:
            inside = () if base in BUFFERS else base.__iter__(thing)
            if base not in (tuple, frozenset):
                self._states.append(ItemsState(thing))
        if type(thing) is not base and has_attributes(thing) and is_own(type(thing)):
            return [*inside, *self._attributes(thing)]
        return inside

    def _capture_graph(self, thing: Any) -> Iterable[Any]:
        graph = thing if isinstance(thing, ObjectGraph) else LoaderGraph(thing)
        for each in graph.objects:
            self._capture_attributes(each)
        for container in graph.containers:
            is_dict = isinstance(container, dict)
            self._states.append(MappingState(container) if is_dict else ItemsState(container))
        self._states += map(CellState, graph.cells)
        # what is state here may not be looked into once more, by the rules for models
        found = (*graph.objects, *graph.containers)
        self._seen |= {id(each): each for each in found}
        return (*graph.contents, *graph.generators, *graph.apart)

    def _capture_end(self, thing: Any) -> Iterable[Any]:
        """Capture an array or a generator, in which there is little more to find."""
        if isinstance(thing, np.ndarray):
            # a file in memory is data
            if thing.flags.writeable and not isinstance(thing, np.memmap):
                self._arrays.append(ArrayState(thing))
            return objects_in(thing)
        if not isinstance(thing, random.SystemRandom):  # the system's, which has no state
            self._states.append(GeneratorState(thing))
            if is_users(type(thing).__module__) and has_attributes(thing):
                return self._attributes(thing)
        return ()

    def _attributes(self, thing: Any) -> Iterable[Any]:
        self._capture_attributes(thing)
        held = named_values(thing)
        if not isinstance(thing, nn.Module):
            self._always_copied.update(map(id, parameters_of(thing)))
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
        if type(thing) not in self._classes:
            self._capture_classes(type(thing))

    def _capture_classes(self, kind: type) -> None:
        self._classes.add(kind)
        self._states += map(ClassState, own_bases(kind))
        self._walk([*class_generators(kind), *class_contents(kind, object_graph.MAX_BYTES)])
        self._own += drawing_methods(kind)

    def _capture_tensor(self, tensor: torch.Tensor) -> TensorState:
        known = self._tensors.get(id(tensor))
        if known is None:
            known = self._tensors[id(tensor)] = TensorState(tensor)
            if known.grad is not None:
                self._capture_tensor(known.grad)
            if vars(tensor):
                self._walk(list(vars(tensor).values()))
        return known
