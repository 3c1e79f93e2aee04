"""Everything a sweep disturbs, captured before it and put back after it, in place.

Each class here captures one kind of thing when it is made and puts it back by `restore`. The
tensors that come back are the same objects with the same bits, so that whoever holds a reference
(an EMA, a compiled graph, the user) sees the old values again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn


class RestoreError(RuntimeError):
    """Something a sweep disturbed could not be put back."""


class State(Protocol):
    """Something captured, which can be put back."""

    def restore(self) -> None:
        """Put it back; may be called more than once."""


class TensorState:
    """The bits of one tensor, and of its gradient if it has one."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        self._bits = _own_elements(tensor).clone()
        self._requires_grad = tensor.requires_grad
        # a part of a graph has no gradient of its own, and PyTorch warns if it is asked for one
        self._grad = tensor.grad if tensor.is_leaf else None
        self._grad_bits = None if self._grad is None else self._grad.detach().clone()

    def restore(self) -> None:
        """Copy the bits back into the same tensor; a gradient that was None is None again."""
        with torch.no_grad():
            _own_elements(self.tensor).copy_(self._bits)
            if self._grad is not None and self._grad_bits is not None:
                self._grad.detach().copy_(self._grad_bits)
        if self.tensor.requires_grad != self._requires_grad:
            self.tensor.requires_grad_(self._requires_grad)
        if self.tensor.is_leaf:
            self.tensor.grad = self._grad


class ModelState:
    """Parameters, buffers, gradients and the mode of every submodule."""

    def __init__(self, model: nn.Module) -> None:
        self._modules = [
            (module, *map(dict, _tensor_dicts(module)), module.training)
            for module in model.modules()
        ]
        tensors = {id(t): t for t in (*model.parameters(), *model.buffers())}  # tied ones once
        self._tensors = [TensorState(tensor) for tensor in tensors.values()]

    def restore(self) -> None:
        """Put the same tensors back into the same modules, with their old bits."""
        for module, parameters, buffers, training in self._modules:
            for mapping, entries in zip(_tensor_dicts(module), (parameters, buffers), strict=True):
                _restore_mapping(mapping, entries)
            module.training = training
        for tensor in self._tensors:
            tensor.restore()


class OptimizerState:
    """State and hyperparameters of an optimizer of PyTorch's shape (`state`, `param_groups`)."""

    def __init__(self, optimizer: Any) -> None:
        self._attributes = AttributeState(optimizer)
        self._state = MappingState(optimizer.state, depth=2)
        self._groups = [MappingState(group, skip=("params",)) for group in optimizer.param_groups]

    def restore(self) -> None:
        """Put state and hyperparameters back; state that was empty is empty again."""
        self._attributes.restore()
        self._state.restore()
        for group in self._groups:
            group.restore()


class MappingState:
    """Entries of a dict: the same objects come back, tensors with their bits.

    Args:
        mapping: what to capture.
        depth: how many levels of dicts are captured the same way.
        skip: keys whose values are left alone.
    """

    def __init__(self, mapping: Any, depth: int = 1, skip: Sequence[str] = ()) -> None:
        self._mapping = mapping
        self._entries = dict(mapping)
        self._inner: list[State] = []
        self._copies: dict[Any, Any] = {}
        for key, value in self._entries.items():
            if key in skip:
                continue
            if isinstance(value, torch.Tensor):
                self._inner.append(TensorState(value))
            elif depth > 1 and isinstance(value, dict):
                self._inner.append(MappingState(value, depth - 1))
            else:
                self._copies[key] = deepcopy(value)

    def restore(self) -> None:
        """Make the mapping hold exactly the captured entries again."""
        _restore_mapping(self._mapping, {**self._entries, **deepcopy(self._copies)})
        for state in self._inner:
            state.restore()


class AttributeState:
    """Attributes of an object, and what its lists and dicts hold (one level deep)."""

    def __init__(self, holder: Any) -> None:
        self._holder = holder
        self._attributes = dict(vars(holder))
        self._lists = [(x, list(x)) for x in self._attributes.values() if isinstance(x, list)]
        self._dicts = [(x, dict(x)) for x in self._attributes.values() if type(x) is dict]

    def restore(self) -> None:
        """Give the object exactly the captured attributes again."""
        _restore_mapping(vars(self._holder), self._attributes)
        for items, content in self._lists:
            items[:] = content
        for mapping, content_of_mapping in self._dicts:
            _restore_mapping(mapping, content_of_mapping)


class RandomState:
    """Global random states: Python, NumPy, torch on the CPU and on every device in use."""

    def __init__(self) -> None:
        self._python = random.getstate()
        self._numpy = np.random.get_state()
        self._torch = torch.get_rng_state()
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
        self._mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None

    def restore(self) -> None:
        """Set all of them back."""
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        torch.set_rng_state(self._torch)
        if self._cuda is not None:
            torch.cuda.set_rng_state_all(self._cuda)
        if self._mps is not None:
            torch.mps.set_rng_state(self._mps)


class GeneratorState:
    """One random generator: `torch.Generator`, `random.Random` or `numpy.random.Generator`."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        if isinstance(generator, torch.Generator):
            self._state: Any = generator.get_state()
        elif isinstance(generator, random.Random):
            self._state = generator.getstate()
        else:
            self._state = deepcopy(generator.bit_generator.state)

    def restore(self) -> None:
        """Set it back."""
        if isinstance(self._generator, torch.Generator):
            self._generator.set_state(self._state)
        elif isinstance(self._generator, random.Random):
            self._generator.setstate(self._state)
        else:
            self._generator.bit_generator.state = self._state


def seed_everything(seed: int, generators: Sequence[Any]) -> None:
    """Seed Python, NumPy, torch and the given generators for the sweep."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    for generator in generators:
        if isinstance(generator, torch.Generator):
            generator.manual_seed(seed)
        elif isinstance(generator, random.Random):
            generator.seed(seed)
        else:
            fresh = type(generator.bit_generator)(seed)
            generator.bit_generator.state = fresh.state


@contextmanager
def put_back(capture: Callable[[], Sequence[State]]) -> Iterator[None]:
    """Capture before the block and put everything back after it, however it ends.

    Interrupts have to wait outside the block (see `interrupts.py`), so that none leaves half a
    restore.

    Args:
        capture: makes the states; if it raises, nothing has been touched.
    """
    states = capture()
    try:
        yield
    finally:
        _restore_all(states)


def _restore_all(states: Sequence[State]) -> None:
    """Restore the last captured first; one failure does not keep the others from coming back."""
    failures: list[BaseException] = []
    for state in reversed(states):
        try:
            state.restore()
        except BaseException as error:  # noqa: BLE001  raised below
            failures.append(error)
    if failures:
        raise RestoreError(f"not everything could be put back: {failures[0]!r}") from failures[0]


def _own_elements(tensor: torch.Tensor) -> torch.Tensor:
    """Return a view of the elements that a tensor has in memory: an expanded one repeats some."""
    whole = tensor.detach()
    if whole.layout is not torch.strided:
        return whole
    return whole[tuple(slice(None, None if step else 1) for step in whole.stride())]


def _tensor_dicts(module: nn.Module) -> tuple[dict[str, Any], dict[str, Any]]:
    # PyTorch has no public way to see which slots of a module hold None
    return module._parameters, module._buffers  # noqa: SLF001


def _restore_mapping(mapping: Any, entries: dict[Any, Any]) -> None:
    """Make `mapping` hold exactly `entries`, in their order, without replacing the mapping."""
    # by identity: tensors, which can be keys, do not compare as one
    if [id(key) for key in mapping] != [id(key) for key in entries]:
        mapping.clear()
    for key, value in entries.items():
        mapping[key] = value
