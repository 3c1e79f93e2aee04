"""A Jupyter server with a life of its own: own folders, own settings, a free port, a token."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.browser.kernel import KernelProbe
from tests.support.pace import patient

START_TIMEOUT_S = 120.0
WIPE_TIMEOUT_S = 10.0
POLL_S = 0.05
BASE_URL = "/deep/base/"

# Makes a kernel that ran a notebook ready for another one: torch is in it already, which to import
# takes longer than most tests. Nothing stays that a test could meet: no names, no widgets, no
# output, no exception with its frames; and the next prompt is [1].
WIPE = """
import sys
from ipywidgets import Widget
Widget.close_all()
for name in ("last_exc", "last_type", "last_value", "last_traceback"):
    sys.__dict__.pop(name, None)
get_ipython().reset(new_session=True)
__import__("gc").collect()
"""

# Settings that a test may change, and what each page starts with.
SETTINGS = {
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Light", "adaptive-theme": False},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
# Widgets' state goes into the notebook when it is saved: off by default.
SAVES_STATE = {"@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True}}


class JupyterServer:
    """One ``jupyter lab`` process: it serves JupyterLab and Notebook 7 from a temporary folder."""

    def __init__(self, home: Path) -> None:
        self.root = home / "root"
        self.runtime_dir = home / "runtime"
        self.settings_dir = home / "settings"
        for folder in (self.root, self.runtime_dir, self.settings_dir):
            folder.mkdir(parents=True)
        self.token = secrets.token_hex(16)
        self.log_file = home / "server.log"
        self._home = home
        self._kept: str | None = None  # a session with a wiped kernel
        self.held: set[str] = set()  # paths of notebooks that several tests work in
        self.reset_settings()
        self._process = self._start()
        self.url = self._wait_until_it_answers()

    def write_notebook(self, name: str, cells: list[str | tuple[str, str]]) -> Path:
        """Writes ``name``.ipynb; a cell is its source, or a pair ("markdown" or "code", source)."""
        import nbformat  # takes seconds: not for whoever only collects the tests

        make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
        pairs = [("code", cell) if isinstance(cell, str) else cell for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=[make[kind](source) for kind, source in pairs])
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        path = self.root / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    def reset_settings(self, extra: dict[str, dict[str, Any]] | None = None) -> None:
        """Puts back the settings a test may have changed; ``extra`` adds to them, by plugin."""
        for stale in self.settings_dir.rglob("*.jupyterlab-settings"):
            stale.unlink()
        for plugin, values in {**SETTINGS, **(extra or {})}.items():
            path = self.settings_dir / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values), encoding="utf-8")

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Asks the server's REST API; the decoded answer, or None where it has none."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=patient(60)) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def kernel_id(self, name: str) -> str:
        """The id of the kernel that runs ``name``.ipynb."""
        for session in self.request("GET", "api/sessions"):
            if session["path"] == f"{name}.ipynb":
                return str(session["kernel"]["id"])
        raise LookupError(f"no kernel runs {name}.ipynb")

    def connection_file(self, kernel_id: str) -> Path:
        """Where a kernel's ports stand."""
        return self.runtime_dir / f"kernel-{kernel_id}.json"

    def give_kernel(self, name: str, *, new: bool = False) -> None:
        """Lets ``name``.ipynb have a kernel, the one kept or a new one; its page connects to it."""
        body: dict[str, Any] = {"path": f"{name}.ipynb", "name": f"{name}.ipynb"}
        body |= {"type": "notebook"}
        for gate in self.root.glob("go-*"):
            gate.unlink()
        kept = None if new else self._kept
        if new:
            self.close_sessions()
        self._kept = None
        running = {session["id"] for session in self.request("GET", "api/sessions")}
        if kept not in running:
            self.request("POST", "api/sessions", {**body, "kernel": {"name": "python3"}})
        else:
            self.request("PATCH", f"api/sessions/{kept}", body)

    def keep_kernel(self, name: str) -> None:
        """Wipes the kernel of ``name``.ipynb, and keeps it for the next notebook.

        Any others end, but those of notebooks that are `held`.
        """
        for session in self.request("GET", "api/sessions"):
            if session["id"] == self._kept:
                continue
            own = session["path"] == f"{name}.ipynb"
            if own and self._kept is None and self._is_wiped(session["kernel"]["id"]):
                self._kept = session["id"]
            elif session["path"] not in self.held:
                self.request("DELETE", f"api/sessions/{session['id']}")

    def _is_wiped(self, kernel_id: str) -> bool:
        probe = KernelProbe(self.connection_file(kernel_id))
        try:
            probe.execute(WIPE, WIPE_TIMEOUT_S)
        except (RuntimeError, TimeoutError):
            return False  # busy, or with no ipywidgets: the next notebook has a new one
        finally:
            probe.close()
        return True

    def close_sessions(self) -> None:
        """Ends every kernel."""
        self._kept = None
        for session in self.request("GET", "api/sessions"):
            self.request("DELETE", f"api/sessions/{session['id']}")

    def stop(self) -> None:
        """Ends the kernels, then the server."""
        self.close_sessions()
        self._process.terminate()
        try:
            self._process.wait(timeout=patient(20))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        folders = {
            "IPYTHONDIR": "ipython",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        environment = {**os.environ, **{key: str(self._home / at) for key, at in folders.items()}}
        environment["JUPYTER_TOKEN"] = self.token
        # Anyone's own front-end settings must not decide how our tests come out.
        environment.pop("ANYWIDGET_HMR", None)
        with self.log_file.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *self._arguments()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _arguments(self) -> list[str]:
        """What follows `python -m`."""
        return [
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            f"--ServerApp.root_dir={self.root}",
            # as behind a proxy: whatever the page asks for has to go there
            f"--ServerApp.base_url={BASE_URL}",
            # of its own: two servers that look for a free one at the same time may find the same
            f"--ServerApp.port={free_port()}",
            "--ServerApp.port_retries=200",
            "--LabApp.news_url=",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]

    def _wait_until_it_answers(self) -> str:
        info_file = self.runtime_dir / f"jpserver-{self._process.pid}.json"
        deadline = time.monotonic() + patient(START_TIMEOUT_S)
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.url = str(json.loads(info_file.read_text(encoding="utf-8"))["url"])
                self.request("GET", "api/status")
            except (OSError, ValueError):
                time.sleep(POLL_S)  # not yet: no file, half a file, or nobody at the port
            else:
                return self.url
        self._process.kill()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log_file.read_text()[-3000:]}")


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
