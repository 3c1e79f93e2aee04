"""Pages without a network: what their hosts would load from a CDN comes from this machine.

Fonts and icons are left out. The code of ipywidgets' html-manager and of anywidget, without which
such a host shows no widget at all, is what the packages installed here bring.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

OUTSIDE = re.compile(r"https?://(?!(127\.0\.0\.1|localhost)[:/])")
ANYWIDGET = Path(sys.prefix) / "share/jupyter/nbextensions/anywidget/index.js"
NODE_MODULES = Path(sys.prefix) / "node_modules"  # in .venv-hosts
A_PACKAGE = re.compile(r"/(?P<name>(@[\w.-]+/)?[\w.-]+)@[^/]+/(?P<file>[^?]+)")


def go_offline(page: Page) -> None:
    """Keeps a page, from now on, from everything but this machine."""
    page.route(OUTSIDE, _answer)


def _answer(route: Route) -> None:
    file = _here(route.request.url)
    if file is None:
        route.abort()
    else:
        route.fulfill(path=file, headers={"access-control-allow-origin": "*"})


def _here(url: str) -> Path | None:
    """The file of this machine that stands for one of a CDN, or None."""
    if url.endswith("/require.min.js"):
        return NODE_MODULES / "requirejs/require.js"
    found = A_PACKAGE.search(url)
    if not found:
        return None
    if found["name"] == "anywidget":
        return ANYWIDGET
    file = NODE_MODULES / found["name"] / found["file"]
    return file if file.is_file() else None
