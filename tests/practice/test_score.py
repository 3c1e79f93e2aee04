"""What a pick is worth, in a number and in words."""

import math

import numpy as np
import pytest

from lr_widget import Case, Score, Sweep, gallery
from lr_widget.practice.answers import Guess
from lr_widget.practice.truth import Truth
from lr_widget.records.pick import Pick

COLLAB = gallery("collab")


@pytest.mark.parametrize("name", list(gallery()))
@pytest.mark.parametrize("hi", [1e-9, 1e-4, 1e-3, 1e-2, 0.3, 5.0])
def test_the_numbers_are_those_of_the_last_layers_rate(name, hi):
    case = gallery(name)
    score = case.score((1e-10, hi))
    assert isinstance(score, Score)
    assert score.regret == case.truth.regret(hi)
    assert score.decades == pytest.approx(math.log10(hi / case.truth.best_lr))
    assert str(score) == score.text
    assert "\n" not in score.text
    assert score == case.score((hi, hi))


def test_the_words_say_what_is_given_up_and_what_the_misreadings_would_have():
    text = COLLAB.score((1.4e-3, 1e-2)).text
    assert text == (
        "This pick gives up 15 % of what training gains. The lowest point of the curve (1.4e-1) "
        "would have been worse than no training. Always taking 1e-3 would have given up 85 %. "
        "Read at the rate of the last layers, 1e-2: 0.5 decades below the best one, 3.3e-2. "
        "Anything from 1.3e-2 to 8.2e-2 gives up 5 % at most."
    )


LRS = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
CURVE = Sweep(np.geomspace(1e-7, 1, 50), np.concatenate([np.full(25, 2.0), np.linspace(2, 1, 25)]))
MADE = Case("made", CURVE, "Made up: what is said?", Truth(LRS, [1.2, 1, 1.0004, 2.02, None], 2))
WORDS = [
    (1e-4, "This pick gives up 20 % of what training gains. "),
    (1e-3, "This pick gives up next to nothing of what training gains. "),
    (1e-2, "This pick gives up next to nothing of what training gains. "),
    (1e-1, "This pick gives up all that training gains: at 1e-1 it ends no better than it began. "),
    (2e-1, "This pick gives up more than training gains: at 2e-1 it ends worse than it began. "),
    (1.0, "all that training gains: at about 1 training failed, its loss became NaN. "),
    (1e-1, "Read at the rate of the last layers, 1e-1: 2.0 decades above the best one, 1e-3."),
    (1e-4, "Read at the rate of the last layers, 1e-4: 1.0 decades below the best one, 1e-3."),
    (1.1e-3, "Read at the rate of the last layers, 1.1e-3, which is about the best one, 1e-3."),
    (10.0, "No training was made at 10: the nearest one, at 1, counts."),
    (1e-6, "No training was made at 1e-6: the nearest one, at 1e-4, counts."),
    (1e-3, "Always taking 1e-3 would have given up next to nothing."),
    (1e-3, "The lowest point of the curve (1) would have made training fail. "),
    (1e-3, "Anything from 5.6e-4 to 1.1e-2 gives up 5 % at most."),
]


@pytest.mark.parametrize(("hi", "words"), WORDS)
def test_what_is_said(hi, words):
    assert words in MADE.score((1e-9, hi)).text


def test_without_a_line_nothing_is_said_of_its_lowest_point():
    short = Case("short", Sweep([1e-3, 1e-2], [2.0, 1.0]), "Two points: enough?", MADE.truth)
    text = short.score((1e-4, 1e-4)).text
    assert "lowest" not in text
    assert "gains. Always taking 1e-3 would have given up next to nothing. Read" in text


@pytest.mark.parametrize("hi", [5e-324, 1e-300, 1e300, 1.7e308])
def test_the_distance_of_the_most_extreme_rates_is_a_number(hi):
    for best in (1e-3, 1e3):
        case = Case("far", CURVE, "Far away: how far?", Truth([best], [1.0], 2))
        score = case.score((hi, hi))
        assert score.decades == pytest.approx(math.log10(hi) - math.log10(best))
        assert f"{abs(score.decades):.1f} decades" in score.text


PICK = Pick(1.4e-3, 1.4e-2)
FORMS = [
    tuple(PICK),
    list(PICK),
    PICK,
    slice(*PICK),
    np.array(PICK),
    Guess(*PICK, "the fall begins there"),
    "lr1 collab 1.4e-3 1.4e-2",
    "  lr1  collab 0.0014 .014\n",
]


@pytest.mark.parametrize("pick", FORMS, ids=repr)
def test_a_pick_in_any_form(pick):
    assert COLLAB.score(pick) == COLLAB.score(PICK)


BAD = [
    (1e-3, TypeError, "pick must be a pair of learning rates (lo, hi), got 0.001"),
    (None, TypeError, "pick must be a pair of learning rates (lo, hi), got None"),
    ((1e-2, 1e-3), ValueError, "pick must have lo <= hi, got (0.01, 0.001)"),
    ((0, 1e-3), ValueError, "pick[0] must be above 0, got 0"),
    ((1e-3, math.inf), ValueError, "pick[1] must be finite, got inf"),
    ((1e-3, 1e-3, 1e-3), ValueError, "pick must hold two learning rates (lo, hi)"),
    ("1e-3", ValueError, "pick must be a line for collab, got '1e-3': it does not begin with lr1"),
    ("lr1 digits 1e-3 1e-2", ValueError, "it is for digits, not for collab"),
    ("lr1 collab 1e-2 1e-3", ValueError, "the first rate is above the second"),
]


@pytest.mark.parametrize(("pick", "kind", "words"), BAD, ids=lambda each: repr(each)[:30])
def test_what_is_no_pick_is_refused(pick, kind, words):
    with pytest.raises(kind) as caught:
        COLLAB.score(pick)
    assert words in str(caught.value)
