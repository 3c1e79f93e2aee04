"""A host that serves one page, as marimo, Voila or Shiny do, and a browser's page of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.support.browser.lab import LOAD_S
from tests.support.browser.server import POLL_S, free_port
from tests.support.browser.watch import WAIT_S, Console, wait_until
from tests.support.pace import patient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from playwright.sync_api import Page

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 20.0


class App:
    """One program that serves pages from a folder.

    Args:
        home: the folder it runs in; a sweep's gates are files in it.
        arguments: what follows `python -m`; `{port}` is where it has to listen.
        path: of the page, after the port.
        environment: settings of the host.
    """

    def __init__(
        self,
        home: Path,
        arguments: Sequence[str],
        path: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/{path}"
        self._log = home / "server.log"
        filled = [part.format(port=port) for part in arguments]
        self._process = self._start([sys.executable, "-m", *filled], environment or {})
        try:
            self._wait_until_it_listens(port)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the program, and waits for its end."""
        self._process.terminate()
        try:
            self._process.wait(timeout=patient(STOP_TIMEOUT_S))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log(self) -> str:
        """The end of what it has printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-4000:]

    def _start(self, command: list[str], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        # Nobody's own settings decide how our tests come out.
        own = self.home / ".own"
        folders = {
            "HOME": own,
            "IPYTHONDIR": own / "ipython",
            "JUPYTER_CONFIG_DIR": own / "config",
            "JUPYTER_DATA_DIR": own / "data",
            "JUPYTER_RUNTIME_DIR": own / "runtime",
            "XDG_CACHE_HOME": own / "cache",
            "XDG_CONFIG_HOME": own / "config",
            "XDG_DATA_HOME": own / "data",
            "XDG_STATE_HOME": own / "state",
        }
        own.mkdir(exist_ok=True)
        environment = {**os.environ, **{name: str(at) for name, at in folders.items()}, **more}
        environment.pop("ANYWIDGET_HMR", None)
        for name in list(environment):
            if name.startswith("PYTEST_"):  # marimo takes it for a test of the notebook itself
                del environment[name]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=self.home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _wait_until_it_listens(self, port: int) -> None:
        # It is asked for nothing: the first page that a host serves may start a kernel.
        deadline = time.monotonic() + patient(START_TIMEOUT_S)
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=patient(5)).close()
            except OSError:
                time.sleep(POLL_S)  # nobody at the port yet
            else:
                return
        raise RuntimeError(f"the host did not start:\n{self.log()}")


class AppPage:
    """A browser's page of an app, as its user has it."""

    def __init__(self, page: Page, app: App) -> None:
        page.set_default_timeout(patient(WAIT_S) * 1000)
        page.set_default_navigation_timeout(patient(LOAD_S) * 1000)
        self.page = page
        self.app = app
        self.console = Console(page)

    def open(self, more: str = "") -> AppPage:
        """Loads the app's address, with `more` behind it."""
        self.page.goto(self.app.url + more)
        return self

    def release(self, gate: int) -> None:
        """Lets a sweep go on that stands still before a step (`gates` of `stepper`)."""
        (self.app.home / f"go-{gate}").touch()

    def wait_until(
        self, condition: Callable[[], bool], what: str, timeout_s: float = WAIT_S
    ) -> None:
        """Asks until a condition holds; between the questions the page's events come through."""
        wait_until(self.page, condition, what, timeout_s)
