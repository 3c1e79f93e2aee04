"""Sentences are filled as text: nothing in a name or an error is read as a blank."""

import re
from pathlib import Path

import pytest

from lr_widget.common import sentences
from lr_widget.common.sentences import say, unbroken
from tests.support.sentences import leaves

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "{steps} {0.__class__} {error!r}",
    r"\g<0> \1 \\",
    "a\nb",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_fills_a_blank_stays_as_it_is(text):
    said = say("outcome.error", steps=3, num_it=100, error=text, restored="")
    assert text in said
    assert "step 3 of 100" in said


def test_a_number_and_its_percent_sign_stay_on_one_line():
    assert unbroken("gives up 5 % at most") == "gives up 5\u00a0% at most"


@pytest.mark.parametrize("key", ["outcome.nothing", "nothing", "outcome.finished.deeper"])
def test_an_unknown_key_is_an_error(key):
    with pytest.raises((KeyError, TypeError)):
        say(key)


def test_a_group_of_sentences_is_none():
    with pytest.raises(KeyError, match="outcome is a group of sentences, not one"):
        say("outcome")


def test_a_blank_that_is_not_filled_is_an_error():
    with pytest.raises(KeyError, match="steps"):
        say("outcome.finished", restored="")


@pytest.mark.parametrize(("key", "sentence"), list(leaves(sentences._SENTENCES)))
def test_every_leaf_is_one_line_of_text(key, sentence):
    assert isinstance(sentence, str)
    assert sentence
    assert sentence == sentence.strip()
    assert "\n" not in sentence
    assert "<" not in sentence


ROOT = Path(__file__).parents[2]
MADE_OF_TWO = re.compile(r"reading\.(suggested|short)_(several|one_group)")  # explanation/curve.py


@pytest.fixture(scope="module")
def code():
    files = [
        *(ROOT / "lr_widget").rglob("*.py"),
        *(ROOT / "lr_widget").rglob("*.html"),
        *(ROOT / "js" / "src").rglob("*.ts"),
    ]
    return "\n".join(file.read_text("utf-8") for file in files)


@pytest.mark.parametrize("key", [key for key, _ in leaves(sentences._SENTENCES)])
def test_somebody_says_every_sentence(key, code):
    name = re.escape(key.rpartition(".")[2])
    assert re.search(rf"\b{name}\b", code) or MADE_OF_TWO.fullmatch(key)
