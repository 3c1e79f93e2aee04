"""The pages: their links lead somewhere, their snippets run, and the README is short.

A snippet that says ```python runnable is run: those of a page one after the other, as a reader
would, in a folder of their own. A ```text behind one is what it printed, but for the numbers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import models
from tests.support.rigs import FastaiRig

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
OTHERS = ("CONTRIBUTING.md", "CHANGELOG.md", "js/README.md", "benchmarks/README.md")
PAGES = sorted([README, *(ROOT / name for name in OTHERS), *DOCS.glob("*.md")])
MOST_LINES, MOST_WORDS = 150, 900
RUN = "python runnable"

FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(?P<title>.+?) *#*$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
NUMBER = re.compile(r"\d[\d.]*\d(e-?\d+)?|\d(e-?\d+)?")
SOMEBODYS = re.compile(r"file://|localhost|127\.0\.0\.1|/(home|Users|tmp|work|root)/|[A-Z]:\\")
# A path in the text may begin at one of these folders, and a name alone may be anywhere in them.
FOLDERS = (ROOT, ROOT / "lr_widget", ROOT / "js" / "src")
A_FILE = re.compile(r"[\w.-][\w./-]*(\.(py|ts|md|json|ipynb|svg|png|webp|gz|html|txt)|/)")


class Snippet(NamedTuple):
    """A block of a page: what it says it is, its text, and the line that the text begins in."""

    kind: str
    body: str
    line: int


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def snippets(text: str) -> list[Snippet]:
    return [
        Snippet(found["kind"].strip(), found["body"], text.count("\n", 0, found.start("body")) + 1)
        for found in FENCE.finditer(text)
    ]


def prose(text: str) -> str:
    """The text without its blocks of code."""
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """What a link to a heading may name, as GitHub makes it."""
    made: dict[str, int] = {}
    names = set()
    for heading in HEADING.finditer(prose(text)):
        title = LINK.sub(lambda link: link[0].partition("]")[0].lstrip("!["), heading["title"])
        name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        before = made.get(name, 0)
        made[name] = before + 1
        names.add(f"{name}-{before}" if before else name)
    return names


def links(text: str) -> list[str]:
    return [found["target"] for found in LINK.finditer(CODE.sub("", prose(text)))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def is_broken(page: Path, target: str) -> bool:
    """Whether an internal link leads nowhere, or to what only one machine has."""
    path, _, anchor = target.partition("#")
    if path.startswith("/") or ":" in path:
        return True
    place = (page.parent / path).resolve() if path else page
    if not place.is_relative_to(ROOT) or not place.exists():
        return True
    return bool(anchor) and anchor not in anchors(read(place))


def is_there(page: Path, name: str) -> bool:
    if any((start / name).exists() for start in (page.parent, *FOLDERS)):
        return True
    return "/" not in name and any(any(start.rglob(name)) for start in FOLDERS[1:])


def test_anchors_are_those_of_github():
    text = "# What `lr_find` does\n## Stop, and go\n```\n# no heading\n```\n## Stop, and go\n"
    assert anchors(text) == {"what-lr_find-does", "stop-and-go", "stop-and-go-1"}


def test_a_broken_link_is_found(tmp_path):
    for target in ("docs/nothing.md", "docs/cost.md#nothing", "/README.md", "../x.md", "file:x"):
        assert is_broken(README, target), target
    assert not is_broken(README, "docs/cost.md#time")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    inside = [target for target in links(read(page)) if not target.startswith("https://")]
    assert [target for target in inside if is_broken(page, target)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_no_place_that_only_one_machine_has(page):
    assert SOMEBODYS.findall(read(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_files_that_a_page_names_are_there(page):
    named = [code for code in CODE.findall(prose(read(page))) if A_FILE.fullmatch(code)]
    assert [name for name in named if not is_there(page, name)] == []


def test_the_index_lists_every_page():
    index = DOCS / "index.md"
    listed = {(DOCS / target.partition("#")[0]).resolve() for target in links(read(index))}
    assert set(DOCS.glob("*.md")) - {index} <= listed


def test_the_readme_is_one_that_is_read():
    text = read(README)
    assert text.count("\n") <= MOST_LINES
    assert len(text.split()) <= MOST_WORDS


def names_for(page: Path) -> dict[str, Any]:
    """What the snippets of a page may take for granted."""
    if page != README:
        return {}
    from fastai.callback.progress import ProgressCallback

    learn = FastaiRig().learn
    learn.remove_cb(ProgressCallback)
    model, optimizer, loss_fn, loader = models.setup()

    def fn():
        x, y = next(iter(loader))
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    names = {"model": model, "optimizer": optimizer, "loss_fn": loss_fn, "loader": loader}
    return {**names, "learn": learn, "fn": fn}


RUNNABLE = [page for page in PAGES if any(s.kind == RUN for s in snippets(read(page)))]


def test_the_pages_that_show_how_have_snippets_that_run():
    needed = {"get-started.md", "picker.md", "loops.md", "trials.md", "suggestions.md"}
    assert needed <= {page.name for page in RUNNABLE}
    kinds = {found.kind for page in PAGES for found in snippets(read(page))}
    assert kinds <= {"", "python", RUN, "text"}


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_the_snippets_of_a_page_run(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__", **names_for(page)}
    printed = ""
    for snippet in snippets(read(page)):
        if snippet.kind == RUN:
            # as many lines down as in the page, so that an error names the page's line
            source = "\n" * (snippet.line - 1) + snippet.body
            exec(compile(source, str(page), "exec"), names)
            printed = capsys.readouterr().out
        elif snippet.kind == "text":
            # what is trained differs from machine to machine; on this page nothing is
            exact = page.name == "teaching.md"
            both = (snippet.body, printed)
            shown, real = ((text if exact else NUMBER.sub("0", text)).split() for text in both)
            assert shown == real, printed
