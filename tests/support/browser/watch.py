"""What a page says and sends: its console, its errors, its websockets; and waiting for it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.pace import patient

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import ConsoleMessage, Page, WebSocket

POLL_S = 0.05
# Far more than anything takes: a wait ends when its condition holds. On a slow machine `patient`
# makes it longer still.
WAIT_S = 60.0

# Errors of the hosts themselves, seen with no widget on the page. Each names where it was seen.
HOST_NOISE = (
    # JupyterLab 4.6.6, now and then while the theme changes; every line of the stack is its own
    r"(?s)^(?!.*blob:).*Failed to execute 'removeChild' on 'Node'.*jlab_core",
    # JupyterLab 4.6.6, when a notebook is closed or loaded anew while it still asks its kernel
    r"Canceled future for \w+ message before replies were done",
    # Notebook 7.6.5, on opening any notebook
    r"Cannot read properties of undefined \(reading 'schema'\)",
    r"Command 'filebrowser:open-path' not registered",
    # Voila 0.5.13, which loads JupyterLab's extensions and has not all that they need
    r"(?si)shared module .*/voila/labextensions/@(?!jupyter-widgets/)",
    # ipywidgets' html-manager 1.0.15, which looks beside the page before it asks a CDN
    r"ERR_FILE_NOT_FOUND \(file://.*/anywidget\.js\)",
    # What a test keeps from a page (`go_offline`): hosts go on without their fonts and icons
    r"^Failed to load resource: net::ERR_FAILED \(https://",
)


def wait_until(
    page: Page, condition: Callable[[], bool], what: str, timeout_s: float = WAIT_S
) -> None:
    """Asks until a condition holds; between the questions the page's events come through."""
    deadline = time.monotonic() + patient(timeout_s)
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} ({patient(timeout_s):.0f} s)")
        page.wait_for_timeout(POLL_S * 1000)


class Console:
    """Collects a page's errors, from the console and from exceptions nobody caught."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []
        page.on("console", self._on_message)
        page.on("pageerror", lambda error: self._add_error(f"{error}\n{error.stack or ''}"))

    def clear(self) -> None:
        """Forgets what was said so far."""
        self.errors.clear()
        self.warnings.clear()

    def _on_message(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error":
            self._add_error(text)
        elif message.type == "warning":
            self.warnings.append(text)

    def _add_error(self, text: str) -> None:
        if not any(re.search(pattern, text) for pattern in HOST_NOISE):
            self.errors.append(text)


@dataclass(frozen=True)
class Frame:
    """One websocket frame: when the test heard of it, its size, and its bytes."""

    heard_s: float
    size: int
    payload: bytes = field(repr=False)


class Traffic:
    """Every frame of every websocket of a page, in both directions."""

    def __init__(self, page: Page) -> None:
        self.received: list[Frame] = []
        self.sent: list[Frame] = []
        page.on("websocket", self._on_websocket)

    @property
    def received_bytes(self) -> int:
        """Bytes from the kernel to the page so far."""
        return sum(frame.size for frame in self.received)

    @property
    def sent_bytes(self) -> int:
        """Bytes from the page to the kernel so far."""
        return sum(frame.size for frame in self.sent)

    def clear(self) -> None:
        """Starts counting anew."""
        self.received.clear()
        self.sent.clear()

    def _on_websocket(self, websocket: WebSocket) -> None:
        websocket.on("framereceived", lambda payload: self.received.append(_frame(payload)))
        websocket.on("framesent", lambda payload: self.sent.append(_frame(payload)))


def _frame(payload: bytes | str) -> Frame:
    content = payload.encode() if isinstance(payload, str) else payload
    return Frame(time.monotonic(), len(content), content)
