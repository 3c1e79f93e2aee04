"""However a sweep ends, the next epoch is bit for bit the one without it, in every combination.

`make test` runs a selection in which each two values meet; `make matrix` runs all of them.
"""

from __future__ import annotations

import signal
from itertools import combinations

import pytest

pytest.importorskip("fastai")
pytest.importorskip("transformers")

import torch

from lr_widget.errors import RestoreError
from lr_widget.snapshot import guard
from lr_widget.testing import ENDINGS, Plant, Setting
from lr_widget.testing.bits import bits, random_bits, seed_all
from lr_widget.testing.loop_tests import check_no_trace, check_no_trace_of_trials
from tests.support.matrix import all_cases, pairwise_cases
from tests.support.rigs import RIGS

pytestmark = pytest.mark.thorough


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        whole = metafunc.config.getoption("matrix")
        cases = all_cases() if whole else pairwise_cases()
        metafunc.parametrize("case", cases, ids=lambda case: case.name)


@pytest.fixture(autouse=True)
def pythons_own_handler():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


def test_no_trace(case):
    check_no_trace(RIGS[case.loop], case.setting, case.ending, case.trained)


def test_no_trace_of_trials(case):
    if case.loop == "step" and "bookkeeping" in case.ending:
        pytest.skip("a function of the user's does not pass there")
    check_no_trace_of_trials(RIGS[case.loop], case.setting, case.ending, case.trained)


def on_a_frozen_base(name):
    """A rig whose model has a frozen parameter that no optimizer holds."""

    class Based(RIGS[name]):
        def build(self):
            self.model.base = torch.nn.Parameter(torch.ones(64), requires_grad=False)
            super().build()

    return Based


@pytest.fixture
def guards_all_that_is_frozen(monkeypatch):
    monkeypatch.setattr(guard, "MIN_BYTES", 1)


@pytest.mark.parametrize("loop", RIGS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_no_trace_on_a_frozen_base_that_is_not_copied(loop, ending, guards_all_that_is_frozen):
    check_no_trace(on_a_frozen_base(loop), Setting(), ending, trained=False)


@pytest.mark.parametrize("loop", RIGS)
def test_a_frozen_base_that_a_step_changes_fails_the_sweep_and_costs_nothing_else(
    loop, guards_all_that_is_frozen
):
    seed_all(3)
    rig = on_a_frozen_base(loop)(Setting())
    base = rig.model.base
    before, held = rig.bits(), base.clone()

    def change(output):
        base.data[3] += 1
        return output

    with rig.planted(Plant("loss", 5, change)), pytest.raises(RestoreError, match="base") as caught:
        rig.find()
    assert caught.value.picker.status == "failed"
    assert "also=[model]" in caught.value.picker.sweep.error
    assert bits(base) != bits(held)
    base.data.copy_(held)
    assert rig.bits() == before
    drawn = random_bits()
    with rig.planted(Plant("loss", 5, change)):
        assert rig.find(also=[rig.model]).status == "finished"
    assert rig.bits() == before
    assert random_bits() == drawn


def test_the_selection_has_every_pair():
    def pairs(cases):
        return {pair for case in cases for pair in combinations(enumerate(case), 2)}

    assert pairs(pairwise_cases()) == pairs(all_cases())
    assert len(pairwise_cases()) < len(all_cases()) / 10
