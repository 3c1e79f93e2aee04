"""Lines that are handed in: written, read, counted; what is wrong is named, and nothing is run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lr_widget.practice.answers import Guess, read_line, write_line
from lr_widget.practice.picks import read_picks
from lr_widget.records.pick import Pick

RATES = st.floats(1e-300, 1e300)


def test_a_line_is_as_the_contract_has_it():
    assert write_line("collab", Pick(1.4e-3, 1.4e-2)) == "lr1 collab 1.4e-3 1.4e-2"
    assert write_line(None, Guess(0.1, 12, "why\nnot")) == "lr1 sweep 1e-1 12"


@given(RATES, RATES, st.sampled_from(["collab", "a_1", None]))
def test_a_line_comes_back_in_two_digits(one, other, case):
    pick = Pick(min(one, other), max(one, other))
    line = write_line(case, pick)
    assert line.isascii()
    assert len(line.split(" ")) == 4
    assert read_line(line, case) == pytest.approx(pick, rel=0.05)


LINES = [
    "lr1 collab 1.4e-3 1.4e-2",
    "lr1 collab 0.0014 0.014",
    "lr1 collab 1.4E-3 1.4E-02",
    "\tlr1   collab\t.0014 14.e-3  ",
    "lr1 collab 1.4e−3 1.4e–2",
    "lr1 collab +1.4e-3 1.4e-2\r",
    "lr1 collab\u00a01.4e-3 1.4e-2",
    "'lr1 collab 1.4e-3 1.4e-2'",
    ' "lr1 collab 1.4e-3 1.4e-2"\n',
]


@pytest.mark.parametrize("line", LINES, ids=ascii)
def test_a_line_is_read_as_people_write_it(line):
    assert read_line(line, "collab") == Pick(1.4e-3, 1.4e-2)


NONSENSE = [
    ("hello", "it does not begin with lr1"),
    ("lr2 collab 1e-3 1e-2", "it does not begin with lr1"),
    ("1e-3 1e-2", "it does not begin with lr1"),
    ("lr1", "it is not “lr1”, a name and two rates"),
    ("lr1 collab 1e-3", "it is not “lr1”, a name and two rates"),
    ("lr1 collab 1e-3 1e-2 1e-1", "it is not “lr1”, a name and two rates"),
    ("lr1 Collab! 1e-3 1e-2", "it is not “lr1”, a name and two rates"),
    ("lr1 collab 1,4e-3 1,4e-2", "decimal comma: write 1.4e-3 1.4e-2"),
    ("lr1 collab 0,0035 0.035", "decimal comma: write 0.0035 0.035"),
    ("lr1 collab 1,4e-3", "decimal comma: write 1.4e-3"),
    ("lr1 collab 1,2,3 1", "“1,2,3” is no rate: write it like 1.4e-3"),
    ("lr1 collab " + "1,4e-3 " * 50, "decimal comma: write 1.4e-3 1.4e-3"),
    ("lr1 collab nan 1e-2", "“nan” is no rate"),
    ("lr1 collab inf inf", "“inf” is no rate"),
    ("lr1 collab 1_0 2_0", "“1_0” is no rate"),
    ("lr1 collab \u0661 \u0662", "“\u0661” is no rate"),
    ("lr1 collab 1e-3 __import__('os')", "is no rate"),
    ("lr1 collab -1e-3 1e-2", "a rate must be above 0 and not infinite"),
    ("lr1 collab 0 1e-2", "a rate must be above 0 and not infinite"),
    ("lr1 collab 1e-3 1e999", "a rate must be above 0 and not infinite"),
    ("lr1 collab 1e-999 1e-3", "a rate must be above 0 and not infinite"),
    ("lr1 collab 1e-2 1e-3", "the first rate is above the second"),
    ("lr1 digits 1e-3 1e-2", "it is for digits, not for collab"),
    ("lr1 sweep 1e-3 1e-2", "it is for sweep, not for collab"),
    ("lr1 collab " + "9" * 100_000 + "x 1", "is no rate"),
]


@pytest.mark.parametrize(("line", "why"), NONSENSE, ids=lambda text: ascii(text)[:40])
def test_nonsense_is_left_out_with_its_number_and_the_reason(line, why):
    picks = read_picks(f"\n{line}\nlr1 collab 1e-3 1e-2\n", "collab")
    assert picks.n == 1
    ((number, shown, said),) = picks.rejected
    assert number == 2
    assert why in said
    assert len(shown) <= 60
    assert len(said) < 100
    assert f"One line is left out: line 2 ({said})." in picks.text


@given(st.one_of(st.text(), st.lists(st.text(), max_size=9)))
def test_no_text_is_too_strange(text):
    picks = read_picks(text, "collab")
    for _, shown, why in picks.rejected:
        assert shown.isprintable()
        assert len(shown) <= 60
        assert why.isprintable()
    assert picks.text.isprintable()


@given(st.lists(st.tuples(RATES, st.floats(0, 1)), min_size=1, max_size=50))
def test_median_and_quartiles_are_taken_in_decades(drawn):
    picks = [Pick(hi * (1e-4 + share * (1 - 1e-4)), hi) for hi, share in drawn]
    found = read_picks([write_line("a", pick) for pick in picks], "a")
    assert (found.n, found.rejected) == (len(picks), ())
    log10_his = np.log10([pick.hi for pick in found.picks])
    wanted = [10**each for each in np.quantile(log10_his, [0.25, 0.5, 0.75])]
    assert [found.quartiles[0], found.median, found.quartiles[1]] == pytest.approx(wanted)


def test_the_words_of_a_class():
    lines = [f"lr1 collab {lr}e-4 {lr}e-3" for lr in (1, 3, 9, 27)]
    picks = read_picks([*lines, "lr1 digits 1e-3 1e-2", "?", ""], "collab")
    assert picks.n == 4
    assert picks.median == pytest.approx(27**0.5 * 1e-3)
    assert picks.text == (
        "4 picks for collab. Last layers: the median is 5.2e-3, the middle half lies between "
        "2.3e-3 and 1.2e-2, all between 1e-3 and 2.7e-2. First layers: the median is 5.2e-4. "
        "2 lines are left out: line 5 (it is for digits, not for collab), line 6 (it does not "
        "begin with lr1)."
    )
    assert read_picks(["<b>"] * 8, None).text.endswith(
        "line 5 (it does not begin with lr1), and 3 more."
    )
    assert "<" not in read_picks(["lr1 <script> 1 2", "lr1 a <img> 2"], "a").text.replace(
        "“<img>”", ""
    )
    one = read_picks("lr1 sweep 1e-4 1e-3", None)
    assert one.text == "One pick for sweep: 1e-3 for the last layers, 1e-4 for the first."
    none = read_picks("", "collab")
    assert (none.n, none.median, none.quartiles) == (0, None, None)
    assert none.text == "No picks for collab."


def test_two_who_agree_are_two():
    assert read_picks(["lr1 a 1 2"] * 3, "a").n == 3


GOOD = "lr1 a 1e-3 1e-2"
ENCODED = [
    f"{GOOD}\r\n{GOOD}\r\n".encode(),
    f"\ufeff{GOOD}\n{GOOD}".encode(),
    f"{GOOD}\r{GOOD}\r".encode(),
    f"{GOOD}\n{GOOD}\n".encode("utf-16"),
    b"\xff\xfe" + f"{GOOD}\n{GOOD}\n".encode("utf-16-le"),
    b"\xfe\xff" + f"{GOOD}\n{GOOD}\n".encode("utf-16-be"),
]


@pytest.mark.parametrize("raw", ENCODED, ids=lambda raw: repr(raw[:12]))
def test_a_file_of_any_system(tmp_path, raw):
    (tmp_path / "lines.txt").write_bytes(raw)
    picks = read_picks(tmp_path / "lines.txt", "a")
    assert (picks.n, picks.rejected) == (2, ())


def test_bytes_that_are_no_text_are_left_out(tmp_path):
    (tmp_path / "a").write_bytes(f"{GOOD}\n\xe9 M\u00fcller\n".encode("latin-1") + b"\x00\xff\n")
    picks = read_picks(tmp_path / "a", "a")
    assert picks.n == 1
    assert [each.number for each in picks.rejected] == [2, 3]
    assert all(each.line.isprintable() for each in picks.rejected)


def test_a_folder_of_files_is_read_in_the_order_of_their_names(tmp_path):
    (tmp_path / "b.txt").write_text("lr1 a 1e-3 1e-1\n")
    (tmp_path / "a.txt").write_text("lr1 a 1e-3 1e-2\n\n\n")
    (tmp_path / "c.txt").write_text("nothing\n")
    (tmp_path / ".DS_Store").write_bytes(b"\x00\x01")
    (tmp_path / "more").mkdir()
    picks = read_picks(tmp_path, "a")
    assert [pick.hi for pick in picks.picks] == [1e-2, 1e-1]
    ((number, line, _),) = picks.rejected
    assert (number, line) == (3, "c.txt: nothing")
    assert "c.txt" not in picks.text  # it may be somebody's name


NOTEBOOK = "\n".join(["{", *(f'  "line {i}",' for i in range(600)), "}"])
PRINTED = NOTEBOOK.replace('  "line 300",', f"  \"'{GOOD}'\"")
STRAY = {
    "big.txt": (b"lr1 a 1e-3 1e-2\n" * 100_000, 0, "big.txt", "the file has more than 1 MB"),
    "plot.png": (b"\x89PNG\r\n\x1a\n\x00" + b"\n" * 900, 0, "plot.png", "the file is no text"),
    "nb.ipynb": (NOTEBOOK.encode(), 0, "nb.ipynb: {", "no line of the file begins with lr1"),
    "run.ipynb": (
        PRINTED.encode(),
        1,
        "run.ipynb: {",
        "601 lines of the file do not begin with lr1",
    ),
}


@pytest.mark.parametrize("name", STRAY)
def test_a_file_of_another_kind_costs_a_class_one_line_and_not_all(tmp_path, name):
    raw, picked, line, why = STRAY[name]
    (tmp_path / name).write_bytes(raw)
    (tmp_path / "a.txt").write_text(f"{GOOD}\n")
    (tmp_path / "z.txt").write_text(f"{GOOD}\n?\n")
    picks = read_picks(tmp_path, "a")
    assert picks.n == 2 + picked
    stray, question = picks.rejected
    assert (stray.number, stray.line, stray.why) == (2, line, why)
    assert question.line == "z.txt: ?"
    assert question.why == "it does not begin with lr1"


def test_more_than_500_are_refused(tmp_path):
    assert read_picks([GOOD] * 500 + [""], "a").n == 500
    for lines in ([GOOD] * 501, ["?"] * 501, "\n".join([GOOD] * 501)):
        with pytest.raises(ValueError, match="lines must hold at most 500 picks, got more"):
            read_picks(lines, "a")
    (tmp_path / "huge").write_bytes(b" " * 2_000_000)
    with pytest.raises(ValueError, match="huge must have at most 1,000,000 bytes, got more"):
        read_picks(tmp_path / "huge", "a")


def test_an_iterator_is_not_read_to_its_end():
    with pytest.raises(TypeError, match="lines must be text, a list of texts or a Path"):
        read_picks(iter([GOOD]), "a")


BAD = [None, 5, GOOD.encode(), {GOOD: 1}]


@pytest.mark.parametrize("lines", BAD, ids=repr)
def test_what_holds_no_lines_is_refused(lines):
    with pytest.raises(TypeError, match="lines must be text, a list of texts or a Path, got"):
        read_picks(lines, "a")


def test_a_list_of_something_else_is_refused():
    with pytest.raises(TypeError, match=r"lines\[1\] must be a string, got 0.01"):
        read_picks([GOOD, 1e-2], "a")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_picks(tmp_path / "nothing.txt", "a")
