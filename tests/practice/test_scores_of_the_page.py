"""`scores.json` is what Python says; `js/test/practice/score.test.ts` holds the page to it."""

import json

import pytest

from tests.support.make_scores import FILE, scores


def test_the_stored_scores_are_those_that_python_computes():
    stored, computed = json.loads(FILE.read_text("utf-8")), scores()
    assert [each["name"] for each in stored] == [each["name"] for each in computed]
    for old, new in zip(stored, computed, strict=True):
        assert old["truth"].keys() == new["truth"].keys()
        assert old["truth"]["misreadings"] == new["truth"]["misreadings"]
        for before, after in zip(old["said"], new["said"], strict=True):
            assert (before["text"], before["line"]) == (after["text"], after["line"])
            assert before["regret"] == pytest.approx(after["regret"], rel=1e-12, abs=1e-12)
