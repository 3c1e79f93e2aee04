"""A worksheet: one page with cases to guess at, and the lines to hand in; or the key to it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from lr_widget.common import checks
from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say, unbroken
from lr_widget.practice.case import Case
from lr_widget.practice.cases import gallery
from lr_widget.practice.score import misreadings, would
from lr_widget.suggestions.choose import suggest
from lr_widget.widget import page_code
from lr_widget.widget.export import filled, head, in_script, state_of
from lr_widget.widget.picker import LRPicker

UNBROKEN = r'<span class="rate">\g<0></span>'  # a line may end behind the minus otherwise
_RATE = re.compile(r"\d[\d.]*e-\d+")
STEPS = ("look", "drag", "press", "read", "hand_in")


def worksheet(
    cases: Sequence[str | Case],
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    answers: bool = False,
) -> None:
    """Write a page on which people practise: it needs no installation, no server and no network.

    It has instructions, and for each case the curve to guess at, what training came to, a score, a
    replay, and the line to hand in. Guesses stay in the browser until "begin again" is pressed. Who
    reads the page's source finds the truth in it. About 0.7 MB for a dozen cases.

    Args:
        cases: names of cases in `gallery()`, or `Case` objects of your own, in their order.
        path: the file; one that is there already is written over.
        title: what stands at its top; None for "Choose a learning rate".
        answers: write the key instead: every case with its truth, and what it shows in words.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: there is no case, one is named twice or unknown, or the title is blank.
        OSError: the file cannot be written.
    """
    chosen = _checked(cases)
    key = checks.flag("answers", answers)
    heading = _checked_title(title, key=key)
    sections = "".join(_section(case, i, key=key) for i, case in enumerate(chosen, start=1))
    page = filled(
        "worksheet.html",
        id=_id(heading, chosen),
        head=head(heading),
        title=escape(heading),
        how=_how(len(chosen), key=key),
        no_script=escape(_say("no_script")),
        cases=sections,
        lines="" if key else _lines(),
        failed=in_script(say("page.failed", error="{error}")),
        code=page_code.inline(practice=True),
        unpacked=page_code.unpacking(None),
    )
    Path(path).write_bytes(page.encode("utf-8", "xmlcharrefreplace"))


def _checked(cases: Any) -> list[Case]:
    if not isinstance(cases, (list, tuple)):
        raise TypeError(f"cases must be a list of names or cases, got {cases!r:.200}")
    if not cases:
        raise ValueError("cases must hold at least one, got none")
    chosen = []
    for i, each in enumerate(cases):
        if not isinstance(each, (str, Case)):
            raise TypeError(f"cases[{i}] must be a name or a Case, got {each!r:.200}")
        chosen.append(gallery(each) if isinstance(each, str) else each)
    names = [case.name for case in chosen]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"cases must have different names, got {name!r} twice")
    return chosen


def _checked_title(title: Any, *, key: bool) -> str:
    if title is None:
        title = _say("title")
    if not isinstance(title, str):
        raise TypeError(f"title must be a string or None, got {title!r}")
    if not title.strip():
        raise ValueError(f"title must have a character that can be seen, got {title!r}")
    return _say("key_title", title=title) if key else title


def _id(title: str, cases: Sequence[Case]) -> str:
    """Return the key of guesses in the browser; changes with the title or any case's data."""
    digest = sha256(title.encode("utf-8", "surrogatepass"))
    for case in cases:
        digest.update(case.name.encode())
        for column in (case.sweep.lrs, case.sweep.losses, case.truth.lrs, case.truth.valid_losses):
            digest.update(column.tobytes())
    return digest.hexdigest()[:16]


def _how(count: int, *, key: bool) -> str:
    """Return the instructions as HTML."""
    if key:
        return f"<p>{escape(_say('key_intro'))}</p>"
    steps = "".join(f"<li>{escape(_say(f'steps.{step}'))}</li>" for step in STEPS)
    intro = _say("intro_one" if count == 1 else "intro", count=count)
    words = "".join(f"<p>{escape(_say(f'words.{word}'))}</p>" for word in ("loss", "handles"))
    return f"<p>{escape(intro)}</p><ol>{steps}</ol>{words}"


def _section(case: Case, number: int, *, key: bool) -> str:
    name, heading = escape(case.name), escape(_say("case", number=number, name=case.name))
    said = f"<p>{_RATE.sub(UNBROKEN, escape(_shows(case)))}</p>" if key else ""
    return (
        f'<section data-case="{name}" aria-labelledby="case-{name}">'
        f'<h2 id="case-{name}">{heading}</h2><p>{escape(case.about)}</p>{said}'
        f'<div class="picker"></div><script type="application/json">{_state(case, key=key)}'
        "</script></section>\n"
    )


def _state(case: Case, *, key: bool) -> str:
    picker = LRPicker(case, guess=not key)
    try:
        opened = picker._state_when_open()
        return state_of(_unasked(picker.get_state()), opened and _unasked(opened))
    finally:
        picker.close()


def _unasked(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state without the case's question, which the page itself asks."""
    return {**state, "_practice": {**state["_practice"], "about": ""}}


def _shows(case: Case) -> str:
    """Return what a case shows, in words."""
    truth, ours = case.truth, suggest(case.sweep).lr
    lo, hi = map(format_lr, truth.good)
    sentences = [
        _say("key_best", best=format_lr(truth.best_lr), lo=lo, hi=hi),
        *misreadings(truth, case.sweep),
    ]
    if ours is not None:
        who = _say("key_ours", lr=format_lr(ours))
        sentences.append(would(truth, ours, who))
    return unbroken(" ".join(sentences))


def _lines() -> str:
    """Return where the lines to hand in are gathered; the page fills it."""
    return (
        f'<section aria-labelledby="lines"><h2 id="lines">{escape(_say("lines"))}</h2>'
        f"<p>{escape(_say('lines_how'))}</p>"
        f'<textarea readonly rows="6" aria-labelledby="lines"></textarea>'
        '<p class="done" role="status"></p><p class="buttons"></p></section>'
    )


def _say(key: str, **words: object) -> str:
    return say(f"practice.worksheet.{key}", **words)
