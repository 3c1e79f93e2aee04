"""Random states: the global ones, and those of single generators."""

from __future__ import annotations

import random
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch

GENERATORS = (
    torch.Generator,
    random.Random,
    np.random.Generator,
    np.random.RandomState,
    np.random.BitGenerator,
    np.random.SeedSequence,
)


class RandomState:
    """Global random states: Python, NumPy, torch on the CPU and on every device in use."""

    def __init__(self) -> None:
        self._python = random.getstate()
        self._numpy = np.random.get_state(legacy=False)  # for whatever generator is set there
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
    """One generator, of a kind named in `GENERATORS`."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        if isinstance(generator, torch.Generator):
            self._state: Any = generator.get_state()
        elif isinstance(generator, np.random.RandomState):
            self._state = generator.get_state(legacy=False)
        elif isinstance(generator, random.Random):
            self._state = generator.getstate()
        elif not isinstance(generator, np.random.SeedSequence):
            self._state = deepcopy(_bits_of(generator).state)
        source = _source_of(generator)
        self._source = None if source is None else (source, source.__reduce__()[2])

    def restore(self) -> None:
        """Set it back."""
        if isinstance(self._generator, (torch.Generator, np.random.RandomState)):
            self._generator.set_state(self._state)
        elif isinstance(self._generator, random.Random):
            self._generator.setstate(self._state)
        elif not isinstance(self._generator, np.random.SeedSequence):
            _bits_of(self._generator).state = self._state
        if self._source is not None:
            source, state = self._source
            source.__setstate__(state)  # type: ignore[attr-defined]  # as pickle does


def seed_everything(seed: int, generators: Sequence[Any]) -> None:
    """Seed Python, NumPy, torch and the given generators for the sweep."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    for generator in generators:
        if isinstance(generator, torch.Generator):
            generator.manual_seed(seed)
        elif isinstance(generator, (random.Random, np.random.RandomState)):
            generator.seed(seed)
        elif not isinstance(generator, np.random.SeedSequence):  # which is always where it was
            bits = _bits_of(generator)
            bits.state = type(bits)(seed).state


def _source_of(generator: Any) -> np.random.SeedSequence | None:
    """Return what NumPy's generators are seeded by, which counts those that `spawn` has made."""
    source = getattr(_bits_of(generator), "seed_seq", generator)
    return source if isinstance(source, np.random.SeedSequence) else None


def _bits_of(generator: Any) -> Any:
    """Return what NumPy's generator draws its bits from, which may also be used without it."""
    return getattr(generator, "bit_generator", generator)
