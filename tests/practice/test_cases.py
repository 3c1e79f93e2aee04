"""The dozen cases: as they were recorded, small, and each shows what it is there for."""

import gzip
import json
import pickle
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from importlib import resources

import numpy as np
import pytest

from benchmarks import recorded
from lr_widget import Case, Sweep, gallery, suggest
from lr_widget.curves.features import reading_of
from lr_widget.practice.score import lowest_lr
from lr_widget.practice.truth import Truth
from tools import make_cases

NAMES = [each.name for each in make_cases.CHOSEN]
FILE = resources.files("lr_widget.practice").joinpath("cases.json.gz")
RECORDED = {f"{each.task}__s{each.seed}__n{each.num_it}": each for each in recorded.load()}


def test_there_are_a_dozen_below_15_kb():
    assert list(gallery()) == NAMES
    assert len(gallery()) == 12
    assert len(FILE.read_bytes()) < 15_000


@pytest.mark.parametrize("chosen", make_cases.CHOSEN, ids=NAMES)
def test_a_case_is_exactly_what_was_recorded(chosen):
    case, record = gallery(chosen.name), RECORDED[chosen.record]
    assert isinstance(case, Case)
    assert (case.name, case.about, case.lesson) == (chosen.name, chosen.about, chosen.lesson)
    assert re.fullmatch("[a-z0-9_]+", case.name)
    np.testing.assert_array_equal(case.sweep.lrs, record.sweep.lrs)
    np.testing.assert_array_equal(case.sweep.losses, record.sweep.losses)
    assert case.sweep.optimizer == record.sweep.optimizer
    assert case.sweep.groups == record.sweep.groups
    assert case.sweep.settings == record.sweep.settings
    truth = case.truth
    np.testing.assert_array_equal(truth.lrs, record.grid_lrs)
    np.testing.assert_array_equal(truth.valid_losses, record.grid_val_loss)
    assert truth.lrs.dtype == truth.valid_losses.dtype == np.float64
    assert truth.init_valid_loss == record.init_val_loss
    assert [truth.regret(lr) for lr in (1e-9, 1e-3, 0.02, 9)] == [
        record.regret(lr) for lr in (1e-9, 1e-3, 0.02, 9)
    ]
    assert suggest(case.sweep).lr == suggest(record.sweep).lr


def test_a_folder_of_records_is_packed_the_same_way_twice(tmp_path):
    packed = json.loads(gzip.decompress(FILE.read_bytes()))
    for name, record, *_ in make_cases.CHOSEN:
        found = {**packed[name], "optimizer": "sgdm", "note": "left out"}
        (tmp_path / f"{record}.json").write_text(json.dumps(found))
    again = make_cases.packed(tmp_path)
    assert again == make_cases.packed(tmp_path)
    found = json.loads(gzip.decompress(again))
    assert found == {name: {**each, "optimizer": "SGD"} for name, each in packed.items()}


def by_rule(case, rule):
    return case.score((1e-9, suggest(case.sweep, rule).lr)).regret


def at(case, lr):
    return case.score((1e-9, lr)).regret


def good_decades(case):
    lo, hi = case.truth.good
    return np.log10(hi / lo)


# What each is there for; `about` says it in words.
SHOWS = {
    "digits": lambda case: good_decades(case) > 2 and by_rule(case, "ours") < 0.01,
    "mnist": lambda case: at(case, 1e-3) > 0.9,
    "cnn": lambda case: at(case, case.truth.best_lr * 10**0.5) > 1,
    "friedman": lambda case: reading_of(case.sweep).noise > 0.5 * reading_of(case.sweep).fall,
    "collab": lambda case: at(case, lowest_lr(case.sweep)) > 1,
    "movies": lambda case: at(case, lowest_lr(case.sweep)) > 1 and by_rule(case, "minimum") > 0.2,
    "text": lambda case: len(case.sweep.groups) == 3 and not reading_of(case.sweep).falls,
    "spirals": lambda case: by_rule(case, "valley") > 0.7,
    "counting": lambda case: good_decades(case) < 0.3 and by_rule(case, "minimum") > 0.6,
    "vit": lambda case: not reading_of(case.sweep).falls and by_rule(case, "minimum") > 0.9,
    "photos": lambda case: lowest_lr(case.sweep) > 10 * case.truth.best_lr,
    "diabetes": lambda case: all(by_rule(case, rule) > 0.3 for rule in ("ours", "valley")),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_case_shows_what_it_is_there_for(name):
    assert SHOWS[name](gallery(name))


def below(case, lr):
    """How many times the best rate lies below another one."""
    return lr / case.truth.best_lr


def gains(case):
    """Which share of its loss a training loses at the best rate."""
    return 1 - np.nanmin(case.truth.valid_losses) / case.truth.init_valid_loss


def reaches(case, lr):
    """Whether a rate lies within the good range."""
    lo, hi = case.truth.good
    return lo <= lr <= hi


# What the sentence behind the truth claims, held against the case's numbers.
CLAIMS = {
    "digits": lambda case, seen: (
        case.truth.good[0] == pytest.approx(seen.falls_from, rel=0.3)
        and 0.5 * seen.worse_from < case.truth.good[1] < seen.worse_from
    ),
    "mnist": lambda case, seen: at(case, 1e-3) > 0.9 and reaches(case, seen.lowest),
    "cnn": lambda case, seen: (
        at(case, seen.lowest) > 0.99
        and case.truth.best_lr < seen.lowest
        and at(case, 2.5 * case.truth.best_lr) > 0.99
    ),
    "friedman": lambda case, seen: good_decades(case) > 1 and reaches(case, seen.lowest),
    "collab": lambda case, seen: (
        at(case, seen.lowest) > 1 and below(case, seen.lowest) == pytest.approx(4, abs=0.5)
    ),
    "movies": lambda case, seen: (
        1 < case.truth.best_lr / seen.falls_from < 3
        and below(case, seen.lowest) == pytest.approx(20, abs=2)
    ),
    "text": lambda case, seen: (
        seen.fall < 0.02 * seen.start
        and gains(case) == pytest.approx(1 / 3, abs=0.02)
        and below(case, seen.worse_from) == pytest.approx(7, abs=0.5)
    ),
    "spirals": lambda case, seen: (
        at(case, seen.falls_from) == pytest.approx(0.75, abs=0.05)
        and seen.falls_from < case.truth.good[0] < seen.fastest
        and seen.fastest == pytest.approx(case.truth.good[0], rel=0.6)
        and case.truth.good[1] > seen.lowest
    ),
    "counting": lambda case, seen: (
        reaches(case, seen.lowest)
        and good_decades(case) < 0.3
        and at(case, 2.5 * case.truth.best_lr) == pytest.approx(0.5, abs=0.05)
        and below(case, seen.worse_from) > 100
    ),
    "vit": lambda case, seen: (
        not seen.falls
        and below(case, seen.worse_from) == pytest.approx(30, abs=3)
        and case.truth.fails_at(seen.worse_from / 5)
        and not case.truth.fails_at(seen.worse_from / 10)
    ),
    "photos": lambda case, seen: (
        seen.half_way == pytest.approx(case.truth.best_lr, rel=0.3)
        and below(case, seen.lowest) == pytest.approx(10, abs=1.5)
    ),
    "diabetes": lambda case, seen: (
        # batches of 32 out of 331 rows, as the record has it from which this one was packed
        RECORDED["diabetes_mlp_adam__s0__n100"].n_steps * 32 / 331 == pytest.approx(60, abs=3)
        and case.truth.good[1] == pytest.approx(seen.fastest, rel=0.3)
        and 0.9 < at(case, seen.lowest) < 1
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_truth_is_what_the_numbers_say(name):
    case = gallery(name)
    assert CLAIMS[name](case, reading_of(case.sweep))
    assert case.lesson.endswith(".")
    assert case.lesson not in repr(gallery()) + gallery()._repr_html_() + repr(case)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_case_has_no_number_in_it(name):
    # it is shown before the guess
    assert not re.search(r"\d", gallery(name).about)
    assert gallery(name).about.endswith("?")
    assert "truth" not in repr(gallery(name)).lower()


def test_the_benchmark_has_the_same_words_for_a_bad_training():
    from lr_widget.practice import truth

    assert truth.WORST == recorded.WORST


class Table(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def test_a_notebook_shows_the_gallery_as_a_table_with_pictures():
    html = gallery()._repr_html_()
    table = Table(html)
    assert table.tags.count("tr") == 13
    assert table.tags.count("svg") == 12
    for name in NAMES:
        assert name in table.text
        assert gallery(name).about in table.text
    assert len(html) < 40_000
    pictures = re.findall(r"<svg.*?</svg>", html)
    drawn = [ET.fromstring(each) for each in pictures]
    assert [each.get("aria-label") for each in drawn] == [f"Loss curve of {n}" for n in NAMES]
    assert {each.get("stroke") for each in drawn} == {"currentColor"}  # on light as on dark
    for each in drawn:
        for path in each.findall("path"):
            numbers = [int(number) for number in re.findall(r"-?\d+", path.get("d"))]
            assert len(numbers) > 100
            assert all(0 <= number <= 120 for number in numbers)


def test_a_console_shows_it_as_lines():
    lines = repr(gallery()).splitlines()
    assert len(lines) == 12
    assert lines[4].startswith("collab    Collaborative filtering")


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ValueError, match=r"name must be one of 'digits', .*, got 'colab'"):
        gallery("colab")
    with pytest.raises(TypeError, match="name must be a string or None, got 3"):
        gallery(3)
    with pytest.raises(KeyError):
        gallery()["colab"]
    with pytest.raises(TypeError):
        gallery()["collab"] = gallery("digits")


def test_a_case_is_one_and_copies_are_equal():
    case = gallery("collab")
    assert gallery()["collab"] is case
    assert pickle.loads(pickle.dumps(case)) == case
    with pytest.raises(AttributeError):
        case.name = "other"


SWEEP = Sweep([1e-3, 1e-2, 1e-1], [3.0, 2.0, 1.0])
TRUTH = Truth([1e-3, 1e-2], [1.0, 0.5], 2.0)


def test_a_case_of_one_s_own():
    case = Case("mine_2", SWEEP, "My own model: what is different?", TRUTH)
    score = case.score((1e-3, 1e-3))
    assert score.regret == pytest.approx(1 / 3)
    assert score.decades == pytest.approx(-1)
    assert "33 %" in score.text
    assert case.lesson == ""  # there need be none


BAD = [
    (("My", SWEEP, "x", TRUTH), ValueError, "name must be of lower-case letters, digits and"),
    (("sweep", SWEEP, "x", TRUTH), ValueError, "and not 'sweep', got 'sweep'"),
    (("", SWEEP, "x", TRUTH), ValueError, "name must be of lower-case letters"),
    (("a", SWEEP, "x\ny", TRUTH), ValueError, r"about must be one line of text, got 'x\ny'"),
    (("a", SWEEP, " ", TRUTH), ValueError, "about must be one line of text, got ' '"),
    ((1, SWEEP, "x", TRUTH), TypeError, "name must be a str, got 1"),
    (("a", SWEEP, "x", TRUTH, "x\ny"), ValueError, r"lesson must be one line of text, got 'x\ny'"),
    (("a", SWEEP, "x", TRUTH, None), TypeError, "lesson must be a str, got None"),
    (("a", [1], "x", TRUTH), TypeError, "sweep must be a Sweep, got [1]"),
    (("a", SWEEP, "x", None), TypeError, "truth must be a Truth, got None"),
]


@pytest.mark.parametrize(("arguments", "kind", "words"), BAD)
def test_what_is_no_case_is_refused(arguments, kind, words):
    with pytest.raises(kind) as caught:
        Case(*arguments)
    assert words in str(caught.value)
