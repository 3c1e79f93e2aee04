"""Pages opened from the disk, in a browser that is offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.browser.lab import WAIT_S
from tests.support.browser.watch import Console
from tests.support.pace import patient

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page


class Disk:
    """Opens files, each in a context of its own, and remembers what their pages asked for.

    Attributes:
        contexts: of the pages, in their order.
        wanted: addresses that were asked for.
        consoles: what the pages have said.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.contexts: list[BrowserContext] = []
        self.wanted: list[str] = []
        self.consoles: list[Console] = []

    def open(self, file: Path, **options: Any) -> Page:
        """Opens a file; `options` are those of a context."""
        own = self._browser.new_context(**options)
        self.contexts.append(own)
        own.grant_permissions(["clipboard-read", "clipboard-write"])
        own.set_offline(True)
        page = own.new_page()
        page.set_default_timeout(patient(WAIT_S) * 1000)
        self.consoles.append(Console(page))
        page.on("request", lambda request: self.wanted.append(request.url))
        page.goto(file.as_uri())
        return page

    @property
    def files(self) -> list[str]:
        """Names of the files that were asked for."""
        return [url.rpartition("/")[2] for url in self.wanted if url.startswith("file:")]

    def close(self) -> None:
        """Closes them all; nothing came from outside, and nothing went wrong."""
        for own in self.contexts:
            own.close()
        outside = [url for url in self.wanted if not url.startswith(("file:", "blob:", "data:"))]
        assert outside == []
        assert [error for console in self.consoles for error in console.errors] == []
