"""Every sentence the widget says, from the one file that the page reads too."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

_SENTENCES: dict[str, Any] = json.loads(
    resources.files("lr_widget.common").joinpath("sentences.json").read_text(encoding="utf-8")
)
_BLANK = re.compile(r"\{(\w+)\}")


def say(key: str, **words: object) -> str:
    """Return the sentence at `key` with its blanks filled.

    Args:
        key: dotted path into `sentences.json`, such as `"outcome.diverged"`.
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


def plain(sentence: str) -> str:
    """Return a sentence without the marks for what stands out (`**`) and for code (backticks)."""
    return sentence.replace("**", "").replace("`", "")
