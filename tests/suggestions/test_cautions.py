"""Every caution comes where it holds, the gravest first, and says what to do."""

import pytest

from lr_widget import Sweep, suggest
from lr_widget.common.sentences import plain
from lr_widget.curves.features import read
from lr_widget.suggestions.cautions import cautions, cautions_by_name
from tests.support.cautions import CASES
from tests.support.curves import LRS, losses, sweep


def found(record):
    return cautions_by_name(record, read(record.lrs, record.losses))


@pytest.mark.parametrize("case", CASES)
def test_a_caution_comes_where_it_holds_and_nowhere_else(case):
    record, names = CASES[case]
    assert list(found(record)) == names


def test_each_caution_says_what_there_is_and_what_to_do():
    for record, _ in CASES.values():
        for what, do in found(record).values():
            assert what.startswith("**")
            assert what.count("**") == 2
            assert (do[-1], do.count("`") % 2) == (".", 0)
            assert "{" not in what + do


NUMBERS = [
    ("flat", "flat", "up to 10.**", False),
    ("flat", "flat", "`num_it=300`", True),
    ("NaN at the end", "nan", "NaN at 1.9", True),
    ("few points", "few_points", "17 points", True),
    ("never worse", "never_worse", "up to 10.", True),
    ("never worse", "never_worse", "`end_lr=1e2`", True),
    ("cut in the middle", "never_worse", "up to 3.8e-2.", True),
    ("noisy", "noisy", "`num_it=3000`", True),
]


@pytest.mark.parametrize(("case", "name", "words", "there"), NUMBERS)
def test_the_numbers_are_those_of_the_sweep(case, name, words, there):
    said = " ".join(found(CASES[case][0])[name])
    assert (words in said) is there, said


@pytest.mark.parametrize("constant", [-3e4, -1e3, -100.0, 100.0, 1e3, 1e6])
def test_a_constant_that_moves_the_suggestion_is_warned_of_first(constant):
    plain_loss, moved = (sweep(losses("usual") + c) for c in (0.0, constant))
    assert suggest(moved).lr > 1.3 * suggest(plain_loss).lr
    assert next(iter(found(moved))) == "high"
    assert "subtract it" in suggest(moved).warnings[0]
    times = sweep(losses("usual") * abs(constant))  # a factor is no constant
    assert found(times) == {}
    assert suggest(times).lr == pytest.approx(suggest(plain_loss).lr)


def test_of_a_sweep_without_settings_the_points_themselves_count():
    record = Sweep(LRS[:70], losses("usual")[:70])
    assert "`end_lr=3.8e-1`" in found(record)["never_worse"][1]


def test_an_attention_has_to_be_said_in_so_many_words():
    for value in (None, 1, "yes", False):
        record = sweep(losses("usual"), settings={"attention": value})
        assert found(record) == {}


def test_warnings_are_plain_text():
    assert plain("**Only 4 points.** Try `num_it=100`.") == "Only 4 points. Try num_it=100."
    for record, names in CASES.values():
        said = cautions(record, read(record.lrs, record.losses))
        assert said == suggest(record).warnings
        assert len(said) == len(names) + ("flat" not in names)
        assert not any(mark in text for mark in ("**", "`") for text in said)
