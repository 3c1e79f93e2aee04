"""Every sentence the widget says, from the files that the page reads too.

Those of `practice.json` are a file of their own, under `practice`: most pages never need them.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any


def _read(name: str) -> dict[str, Any]:
    path = resources.files("lr_widget.common").joinpath(name)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


_SENTENCES = {**_read("sentences.json"), "practice": _read("practice.json")}
_BLANK = re.compile(r"\{(\w+)\}")


def say(key: str, **words: object) -> str:
    """Return the sentence at `key` with its blanks filled.

    Args:
        key: dotted path into `sentences.json`, such as `"outcome.diverged"`; `"practice.…"` for
            one of `practice.json`.
        words: what goes into the blanks.

    Raises:
        KeyError: there is no such sentence, or a blank is not filled.
    """
    found: Any = _SENTENCES
    for part in key.split("."):
        found = found[part]
    if not isinstance(found, str):
        raise KeyError(f"{key} is a group of sentences, not one")
    # not str.format: it would read indices and attributes out of the blanks
    return _BLANK.sub(lambda blank: str(words[blank[1]]), found)


def unbroken(sentence: str) -> str:
    """Return a sentence for a page, in which no line ends between a number and its %."""
    return re.sub(r"(\d) %", "\\1\u00a0%", sentence)


def plain(sentence: str) -> str:
    """Return a sentence without the marks for what stands out (`**`) and for code (backticks)."""
    return sentence.replace("**", "").replace("`", "")
