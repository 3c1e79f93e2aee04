"""A JupyterHub behind its proxy, and in it the server of one user, as in a class."""

from __future__ import annotations

import json
import secrets
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.browser.server import POLL_S, START_TIMEOUT_S, JupyterServer, free_port
from tests.support.pace import patient

if TYPE_CHECKING:
    from playwright.sync_api import Page

USER = "ada"
CONFIG = """
import os
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/classroom/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.db_url = "sqlite:///{home}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{home}/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.command = "{proxy}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = "{home}/proxy.pid"
c.DummyAuthenticator.password = "{password}"
c.Authenticator.allowed_users = {{"{user}"}}
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/home"
c.Spawner.notebook_dir = "{root}"
c.Spawner.args = ["--allow-root", "--LabApp.news_url=", "--LabApp.expose_app_in_browser=True"]
c.Spawner.env_keep = [name for name in os.environ if not name.startswith("JUPYTERHUB")]
c.JupyterHub.services = [{{"name": "tests", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "tests", "services": ["tests"], "scopes": ["admin:servers", "access:servers"]}}
]
"""


class HubServer(JupyterServer):
    """A JupyterHub in which one user's server runs; `url` and `request` are that server's."""

    def __init__(self, home: Path) -> None:
        self._password = secrets.token_hex(16)
        self._port = free_port()
        super().__init__(home)

    def log_in(self, page: Page) -> None:
        """Logs the user in by the hub's form; the page then has the hub's cookies."""
        page.goto(f"{self._hub_url}hub/login")
        page.get_by_label("Username").fill(USER)
        page.get_by_label("Password").fill(self._password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.url}**")

    @property
    def _hub_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/classroom/"

    def _arguments(self) -> list[str]:
        config = self._home / "jupyterhub_config.py"
        text = CONFIG.format(
            port=self._port,
            hub_port=free_port(),
            proxy_port=free_port(),
            # the real one, a program of Node
            proxy=Path(sys.prefix) / "node_modules/.bin/configurable-http-proxy",
            home=self._home,
            root=self.root,
            user=USER,
            password=self._password,
            token=self.token,
        )
        config.write_text(text, encoding="utf-8")
        return ["jupyterhub", "--config", str(config)]

    def _wait_until_it_answers(self) -> str:
        deadline = time.monotonic() + patient(START_TIMEOUT_S)
        asked = False
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if not asked:
                    self._ask_hub("POST", f"users/{USER}/server")
                    asked = True
                if self._ask_hub("GET", f"users/{USER}")["servers"][""]["ready"]:
                    return f"{self._hub_url}user/{USER}/"
            except (OSError, KeyError):
                pass  # the hub, or the user's server, is not there yet
            time.sleep(POLL_S)
        self._process.kill()
        raise RuntimeError(f"JupyterHub did not start:\n{self.log_file.read_text()[-3000:]}")

    def _ask_hub(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self._hub_url}hub/api/{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=patient(60)) as answer:
            content = answer.read()
        return json.loads(content) if content else None
