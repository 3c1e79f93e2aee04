"""Lines that were handed in, one by one: from a text, a list, a file, or a folder of files."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lr_widget.common.sentences import say
from lr_widget.practice.answers import begins

MOST_BYTES = 1_000_000  # of a file: 500 lines are 20 kB
MOST_OTHERS = 20  # lines of a file in a folder that are no picks, before they count as one

_LINE_END = re.compile(r"\r\n|\r|\n")  # not str.splitlines, whose numbers no editor shows
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",  # PowerShell's ">"
    codecs.BOM_UTF16_BE: "utf-16",
}
Lines = str | list[str] | tuple[str, ...] | Path


class Line(NamedTuple):
    """One line.

    Attributes:
        number: from 1; in a folder through all files (one that is no text counts as a line).
        text: as it stands there.
        source: name of its file, in a folder; else "".
        why: the file's lines, or those that are no picks, are left out as one, for this reason; "".
    """

    number: int
    text: str
    source: str = ""
    why: str = ""


def numbered(lines: Lines) -> Iterator[Line]:
    """Give every line; of a folder's files those that may be picks, and what is left out as one.

    Args:
        lines: text, a list of texts, or the path of a file or a folder.

    Raises:
        TypeError: `lines` is none of these.
        ValueError: it is a file larger than 1 MB.
        OSError: a file or folder cannot be read.
    """
    if isinstance(lines, Path) and lines.is_dir():
        yield from _in_folder(lines)
        return
    texts = (line for text in _texts(lines) for line in _split(text))
    for number, line in enumerate(texts, start=1):
        yield Line(number, line)


def _texts(lines: Lines) -> Iterator[str]:
    if isinstance(lines, str):
        yield lines
    elif isinstance(lines, Path):
        raw = _content(lines)
        if raw is None:
            raise ValueError(f"{lines.name} must have at most {MOST_BYTES:,} bytes, got more")
        yield _decoded(raw)
    elif isinstance(lines, (list, tuple)):
        for i, line in enumerate(lines):
            if not isinstance(line, str):
                raise TypeError(f"lines[{i}] must be a string, got {line!r:.80}")
            yield line.rstrip()
    else:
        raise TypeError(f"lines must be text, a list of texts or a Path, got {lines!r:.80}")


def _in_folder(folder: Path) -> Iterator[Line]:
    """Give the lines of a folder's files: one that is wrong must not cost the others theirs."""
    before = 0
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        raw = _content(path)
        why = _why_no_text(raw)
        if raw is None or why:
            before += 1
            yield Line(before, "", path.name, why)
            continue
        texts = _split(_decoded(raw).rstrip())
        lines = [Line(before + i, text, path.name) for i, text in enumerate(texts, start=1)]
        before += len(lines)
        yield from _chosen([line for line in lines if line.text.strip()])


def _chosen(lines: list[Line]) -> list[Line]:
    """Return the lines of one file; where it is of another kind, what is no pick as one line."""
    others = [line for line in lines if not begins(line.text)]
    if not others:
        return lines
    if len(others) == len(lines):
        return [others[0]._replace(why=say("practice.line.file"))]
    if len(others) <= MOST_OTHERS:
        return lines
    why = say("practice.line.others", count=len(others))
    return [line for line in lines if begins(line.text)] + [others[0]._replace(why=why)]


def _content(path: Path) -> bytes | None:
    """Return a file's bytes, or None for more than are read."""
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    return raw if len(raw) <= MOST_BYTES else None


def _why_no_text(raw: bytes | None) -> str:
    if raw is None:
        return say("practice.line.large", most=f"{MOST_BYTES // 1_000_000} MB")
    return say("practice.line.binary") if b"\0" in raw and not _encoding(raw) else ""


def _encoding(raw: bytes) -> str:
    return next((name for bom, name in _BOMS.items() if raw.startswith(bom)), "")


def _decoded(raw: bytes) -> str:
    """Return the text of a file of somebody else's, whatever its encoding is."""
    return raw.decode(_encoding(raw) or "utf-8", errors="replace")


def _split(text: str) -> list[str]:
    return _LINE_END.split(text.removeprefix("\ufeff"))
