"""Random states come back, and can be seeded."""

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lr_widget.snapshot.random_states import (  # noqa: E402
    GENERATORS,
    GeneratorState,
    RandomState,
    seed_everything,
)
from tests.support import models  # noqa: E402  needs torch


def test_global_random_states_come_back():
    before = models.random_bits()
    state = RandomState()
    random.random(), np.random.normal(), torch.rand(3)
    assert models.random_bits() != before
    state.restore()
    assert models.random_bits() == before


def test_so_do_those_of_another_kind_that_numpy_was_given():
    kept = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(3))
        state, own = RandomState(), GeneratorState(np.random.RandomState(np.random.PCG64(3)))
        drawn = np.random.random_sample(3).tolist()
        state.restore()
        own.restore()
        assert np.random.random_sample(3).tolist() == drawn
    finally:
        np.random.set_bit_generator(kept)


MADE = {
    "torch": (lambda: torch.Generator().manual_seed(5), lambda g: torch.rand(3, generator=g)),
    "python": (lambda: random.Random(5), lambda g: g.random()),
    "numpy": (lambda: np.random.default_rng(5), lambda g: g.random(3)),
    "numpy, old": (lambda: np.random.RandomState(5), lambda g: g.random_sample(3)),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_generator_comes_back_and_can_be_seeded(kind):
    make, draw = MADE[kind]
    generator = make()
    assert isinstance(generator, GENERATORS)
    state = GeneratorState(generator)
    first = models.bits(draw(generator))
    assert models.bits(draw(generator)) != first
    state.restore()
    assert models.bits(draw(generator)) == first
    seed_everything(3, [generator])
    seeded = models.bits(draw(generator))
    seed_everything(3, [generator])
    assert models.bits(draw(generator)) == seeded


def test_a_numpy_generators_next_child_is_the_one_it_would_have_been():
    generator, other = np.random.default_rng(5), np.random.default_rng(5)
    generator.spawn(2), other.spawn(2)
    state = GeneratorState(generator)
    for _ in range(2):
        generator.random(), generator.spawn(3)
        state.restore()
    assert generator.random() == other.random()
    assert [each.random() for each in generator.spawn(2)] == [
        each.random() for each in other.spawn(2)
    ]
