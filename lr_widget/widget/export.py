"""What of a picker leaves its notebook: a page in which the handles work without a kernel."""

from __future__ import annotations

import json
import math
import os
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from lr_widget.common.sentences import say
from lr_widget.loops.shown import fill_code, without_kernel
from lr_widget.widget import page_code

# What has no meaning without a kernel, or is in the file in another way.
LEFT_OUT = re.compile(
    r"_esm|_css|_bundle.*|_model_.*|_view_.*|_dom_classes|_anywidget_id|_kernel_id|_renewals|"
    r"layout|tabbable|tooltip"
)
BINARY, NUMBER = "$bytes", "$number"  # js/src/source/recorded.ts reads them
SEALED = "_sealed"  # and this: JSON of what is shown after a guess


def save_page(
    path: str | os.PathLike[str],
    state: Mapping[str, Any],
    name: str,
    started: str | None,
    summary: str,
    *,
    withheld: Mapping[str, Any] | None,
    shared: str | None,
) -> None:
    """Write such a page, and beside it the script that has its code, if there is to be one.

    Args:
        path: the file; one that is there already is written over.
        state: as for `page_of`, and so on.
        name: of the sweep.
        started: when it began.
        summary: its outcome and reading.
        withheld: what a guess shows.
        shared: name of the script, or None.

    Raises:
        TypeError, ValueError: `shared` is refused.
        OSError: a file cannot be written.
    """
    place = None if shared is None else page_code.checked_shared(shared, path)
    page = page_of(state, name, started, summary, withheld=withheld, shared=shared)
    Path(path).write_bytes(page.encode("utf-8", "xmlcharrefreplace"))
    if place is not None:
        page_code.put_shared(place)


def page_of(
    state: Mapping[str, Any],
    name: str,
    started: str | None,
    summary: str,
    *,
    withheld: Mapping[str, Any] | None = None,
    shared: str | None = None,
) -> str:
    """Return an HTML file with a picker in it: state and code, and nothing from outside.

    Args:
        state: all synced traits of a picker, as `get_state` returns them.
        name: what the sweep is called.
        started: when it began, ISO 8601, or None.
        summary: its outcome and reading, one sentence or more a line.
        withheld: what of the state is another one after a guess, if the page has to ask for one.
        shared: name of a script beside the page that has the code, or None: it goes into the page.
    """
    practice = bool(state.get("_practice"))
    return filled(
        "page.html",
        head=head(say("page.title", name=name)),
        name=escape(name),
        when=_paragraph(_when(started)),
        summary="".join(map(_paragraph, summary.splitlines())),
        no_script=escape(say("page.no_script")),
        failed=in_script(say("page.failed", error="{error}")),  # the page fills it
        state=state_of(state, withheld),
        code=page_code.inline(practice=practice) if shared is None else page_code.beside(shared),
        unpacked=page_code.unpacking(shared),
    )


def state_of(state: Mapping[str, Any], withheld: Mapping[str, Any] | None = None) -> str:
    """Return the state of a picker as JSON that may stand in a script.

    Args:
        state: as for `page_of`.
        withheld: as for `page_of`.
    """
    kept = {key: value for key, value in state.items() if not LEFT_OUT.fullmatch(key)}
    # no kernel: nothing more comes, and there are no `picker` and `trials` for a line of code
    kept |= {"_coming": [], **_code_alone(state)}
    if withheld is not None:
        # as bytes: no text that a page shows or searches has it
        kept[SEALED] = json.dumps(_plain(withheld), allow_nan=False).encode("ascii")
    return in_script(_plain(kept))


def _code_alone(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lines of code for a page that has no kernel."""
    count, one_rate = len(state["_groups"]), state["_one_rate"]
    alone = {"_code": without_kernel(state["_code"], count, one_rate=one_rate)}
    trials = state["_trials"]
    if not trials:
        return alone
    code = ""
    if trials["best"] is not None:
        best = trials["candidates"][trials["best"]]
        line = without_kernel(trials["code"], count, one_rate=one_rate)
        code = fill_code(line, (best["lo"], best["hi"]), count)
    return {**alone, "_trials": {**trials, "code": code}}


def head(title: str) -> str:
    """Return the beginning of a page's head.

    Args:
        title: of the page, as text.
    """
    return filled("head.html", title=escape(title))


def filled(template: str, **blanks: str) -> str:
    """Return a page with its blanks filled.

    Args:
        template: name of the file, which has `{{title}}` and others.
        blanks: HTML or JavaScript for each.
    """
    text = resources.files("lr_widget.widget").joinpath(template).read_text(encoding="utf-8")
    # in one pass: what fills one blank is not searched for others
    return re.sub(r"\{\{(\w+)\}\}", lambda blank: blanks[blank[1]], text)


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _when(started: str | None) -> str:
    """Return the minute at which a sweep began, as its own clock showed it; "" if unknown."""
    try:
        began = datetime.fromisoformat(started or "")
    except ValueError:
        return ""
    return say("page.swept", when=f"{began:%Y-%m-%d %H:%M}")


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: bytes and numbers that are not finite in a wrapping."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {BINARY: b64encode(value).decode("ascii")}
    if isinstance(value, float) and not math.isfinite(value):
        return {NUMBER: str(value)}
    return value


def in_script(value: Any) -> str:
    """Return JSON that no parser of HTML can take for the end of its script."""
    text = json.dumps(value, allow_nan=False)  # ASCII only, U+2028 as an escape
    return re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
