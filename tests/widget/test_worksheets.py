"""The worksheet as a file: what is in it, what is not to be seen in it, and what is refused."""

import json
import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest
from ipywidgets.widgets import widget

from lr_widget import Case, gallery, worksheet
from lr_widget.common.sentences import say
from tests.support.curves import losses, sweep

HOSTILE = "</script><img src=x onerror=alert(1)> \u2028 \"'& {{cases}} {name}"


class Text(HTMLParser):
    """The elements of a page, and the text outside of its scripts and styles."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text, self._open = [], "", ""
        self.source = path.read_text("utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._open = tag

    def handle_endtag(self, tag):
        self._open = ""

    def handle_data(self, data):
        if self._open not in ("script", "style"):
            self.text += data


@pytest.fixture
def written(tmp_path):
    def write(cases, **options):
        worksheet(cases, tmp_path / "sheet.html", **options)
        return Text(tmp_path / "sheet.html")

    return write


def test_twelve_cases_take_less_than_1_mb(written, tmp_path):
    for answers in (False, True):
        page = written(list(gallery()), answers=answers)
        assert page.tags.count("section") == 13 - answers
        assert (tmp_path / "sheet.html").stat().st_size < 1_000_000
        assert page.source.count('id="bundle"') == 1


def test_it_has_instructions_each_case_and_the_lines_to_hand_in(written):
    page = written(["collab", "digits"], title="Which rate?")
    assert page.source.count("<title>Which rate?</title>") == 1
    assert re.findall(r'data-case="(\w+)"', page.source) == ["collab", "digits"]
    for step in ("look", "drag", "press", "read", "hand_in"):
        assert say(f"practice.worksheet.steps.{step}") in page.text
    assert "1. collab" in page.text
    assert page.text.count(gallery("collab").about) == 1
    states = re.findall(r'"application/json">(\{.*?\})</script>', page.source)
    assert [json.loads(state)["_practice"]["about"] for state in states] == ["", ""]  # not twice
    sealed = json.loads(b64decode(json.loads(states[0])["_sealed"]["$bytes"]))
    assert sealed["_practice"]["about"] == ""
    assert "Your lines" in page.text
    assert page.tags.count("textarea") == 1


def test_nothing_comes_from_outside(written):
    page = written(["collab"])
    assert not re.search(
        r"(?:src|href)\s*=", re.sub(r"<script.*?</script>", "", page.source, flags=re.DOTALL)
    )
    assert "link" not in page.tags


TOLD = re.compile(r"gives up|best rate|suggest|3\.3e-2|1\.4e-1", re.IGNORECASE)


def test_the_truth_is_not_to_be_seen_before_the_guess_but_in_the_key(written):
    assert not TOLD.search(written(["collab"]).text.replace("what your guess gives up", ""))
    key = written(["collab"], answers=True, title="Rates")
    assert "<title>Rates: the key</title>" in key.source
    assert "textarea" not in key.tags
    assert (
        "The best rate is 3.3e-2; anything from 1.3e-2 to 8.2e-2 gives up 5\u00a0% at most. The "
        "lowest point of the curve (1.4e-1) would have been worse than no training. Always taking "
        "1e-3 would have given up 85\u00a0%. The suggestion (1.2e-2) would have given up 10\u00a0%."
    ) in key.text


def test_a_worksheet_knows_its_own_guesses(written):
    def named(page):
        return re.search(r'data-worksheet="(\w+)"', page.source)[1]

    ids = [
        named(written(["collab"])),
        named(written(["digits"])),
        named(written(["collab"], title="b")),
    ]
    assert len(set(ids)) == 3
    assert named(written(["collab"])) == ids[0]


def test_hostile_words_stay_text(written):
    case = Case(
        "mine",
        sweep(losses("usual"), label=HOSTILE, groups=[HOSTILE]),
        "x" + HOSTILE.replace("\u2028", ""),
        gallery("collab").truth,
    )
    page = written([case], title=HOSTILE)
    assert "img" not in page.tags
    assert page.text.count("<img src=x onerror=alert(1)>") == 3  # title, heading, what it teaches


def test_its_pickers_are_closed_again(written):
    before = set(widget._instances)
    written(["collab", "digits"])
    left = {type(widget._instances[each]).__name__ for each in set(widget._instances) - before}
    assert "LRPicker" not in left


BAD = [
    (("collab",), {}, TypeError, "cases must be a list of names or cases, got 'collab'"),
    ((gallery(),), {}, TypeError, "cases must be a list of names or cases, got"),
    (([],), {}, ValueError, "cases must hold at least one, got none"),
    (([5],), {}, TypeError, "cases[0] must be a name or a Case, got 5"),
    ((["colab"],), {}, ValueError, "name must be one of 'digits',"),
    (
        (["digits", "digits"],),
        {},
        ValueError,
        "cases must have different names, got 'digits' twice",
    ),
    ((["digits"],), {"title": " "}, ValueError, "title must have a character that can be seen"),
    ((["digits"],), {"title": 5}, TypeError, "title must be a string or None, got 5"),
    ((["digits"],), {"answers": "yes"}, TypeError, "answers must be True or False, got 'yes'"),
]


@pytest.mark.parametrize(("cases", "options", "kind", "words"), BAD)
def test_what_is_no_worksheet_is_refused_and_nothing_is_written(
    tmp_path, cases, options, kind, words
):
    with pytest.raises(kind) as caught:
        worksheet(*cases, tmp_path / "a.html", **options)
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_an_error_of_the_system(tmp_path):
    with pytest.raises(IsADirectoryError):
        worksheet(["digits"], tmp_path)
