"""`vectors.json` is what Python computes; the page's tests hold TypeScript to the same file."""

import json
import math

import pytest

from tests.support.make_vectors import VECTORS, vectors

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
STORED = json.loads(VECTORS.read_text(encoding="utf-8"))
COMPUTED = vectors()


def numbers(value):
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return NOT_FINITE.get(value, value) if isinstance(value, str) else value


def test_every_formula_has_its_vectors():
    assert list(STORED) == [
        "spread",
        "running_median",
        "y_range",
        "extended",
        "smooth",
        "line_points",
        "line_places",
        "lowest",
        "format_lr",
    ]


@pytest.mark.parametrize("formula", STORED)
def test_the_stored_vectors_are_those_that_python_computes(formula):
    assert len(STORED[formula]) == len(COMPUTED[formula])
    for stored, computed in zip(STORED[formula], COMPUTED[formula], strict=True):
        assert stored.keys() == computed.keys()
        for key in stored:
            if formula in ("line_points", "line_places", "format_lr") or key in ("name", "others"):
                assert stored[key] == computed[key]
            else:  # NumPy's own functions differ in the last bit from release to release
                expected = numbers(stored[key])
                assert numbers(computed[key]) == pytest.approx(expected, rel=1e-12, nan_ok=True)
