"""`vectors.json` is what Python computes; the page's tests hold TypeScript to the same file."""

import json
import math

import pytest

from tests.support.make_vectors import VECTORS, vectors

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
STORED = json.loads(VECTORS.read_text(encoding="utf-8"))
COMPUTED = vectors()


def flat(value):
    """All numbers of a value, whatever lists they stand in."""
    if isinstance(value, list):
        return [number for item in value for number in flat(item)]
    return [NOT_FINITE.get(value, value) if isinstance(value, str) else value]


def test_every_formula_has_its_vectors():
    assert list(STORED) == [
        "spread",
        "planned_lr",
        "running_median",
        "y_range",
        "extended",
        "smooth",
        "line_points",
        "line_places",
        "lowest",
        "format_lr",
        "fill_code",
        "one_cycle",
    ]


@pytest.mark.parametrize("formula", STORED)
def test_the_stored_vectors_are_those_that_python_computes(formula):
    assert len(STORED[formula]) == len(COMPUTED[formula])
    for stored, computed in zip(STORED[formula], COMPUTED[formula], strict=True):
        assert stored.keys() == computed.keys()
        for key in stored:
            exact = ("line_points", "line_places", "format_lr", "fill_code")
            if formula in exact or key in ("name", "others", "schedule"):
                assert stored[key] == computed[key]
            else:  # NumPy's own functions differ in the last bit from release to release
                expected = pytest.approx(flat(stored[key]), rel=1e-12, nan_ok=True)
                assert flat(computed[key]) == expected
