"""A server and a Chromium for scripts that take pictures; the tests keep theirs for longer."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from tests.support.browser.lab import Lab
from tests.support.browser.server import JupyterServer
from tools.chromium import find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)


@contextmanager
def lab_session(**context: Any) -> Iterator[Lab]:
    """A page for JupyterLab on a server of its own; `context` goes to Playwright's new_context."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = JupyterServer(Path(home))
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_FLAGS)
        )
        try:
            yield Lab(browser.new_context(**context).new_page(), server)
        finally:
            browser.close()
            server.stop()
