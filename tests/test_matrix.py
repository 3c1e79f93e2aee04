"""However a sweep ends, the next epoch is bit for bit the one without it, in every combination.

`make test` runs a selection in which each two values meet; `make matrix` runs all of them.
"""

from __future__ import annotations

import signal
from itertools import combinations

import pytest

pytest.importorskip("fastai")

from lr_widget.testing.loop_tests import check_no_trace, check_no_trace_of_trials
from tests.support.matrix import all_cases, pairwise_cases
from tests.support.rigs import RIGS


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


def test_the_selection_has_every_pair():
    def pairs(cases):
        return {pair for case in cases for pair in combinations(enumerate(case), 2)}

    assert pairs(pairwise_cases()) == pairs(all_cases())
    assert len(pairwise_cases()) < len(all_cases()) / 10
