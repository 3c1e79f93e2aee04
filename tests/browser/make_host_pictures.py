"""Makes a picture of the picker in every host that `make hosts` drives, light and dark.

    .venv-hosts/bin/python -m tests.browser.make_host_pictures [FOLDER] [--only HOST]

Each shows the same recorded sweep; JupyterLab is what the others are compared with.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from lr_widget import LRPicker
from tests.support.browser.app import AppPage
from tests.support.browser.html_manager import save_as_html
from tests.support.browser.hub import HubServer
from tests.support.browser.lab import VIEWPORT, Lab
from tests.support.browser.marimo import marimo_app, marimo_editor, run_all
from tests.support.browser.offline import go_offline
from tests.support.browser.recorded_apps import RECORDED, Recorded
from tests.support.browser.records import planned_sweep
from tests.support.browser.server import JupyterServer
from tests.support.browser.session import CHROMIUM_FLAGS
from tests.support.browser.voila import voila_app
from tools.chromium import find_chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Page

    from tests.support.browser.app import App

    ServeCells = Callable[[Path, Sequence[str], str], App]
    Save = Callable[[LRPicker, Path, str], None]

THEMES = ("light", "dark")
SETTLED_MS = 1500  # a theme's last redraw comes 400 ms after it; hosts fade theirs in
CELL = """
from lr_widget import LRPicker, Sweep
LRPicker(Sweep.load("sweep.json"), value=(1e-4, 1e-3))
"""


@contextmanager
def served(app: App, page: Page) -> Iterator[None]:
    """The page of an app."""
    try:
        AppPage(page, app).open()
        yield
    finally:
        app.stop()


@contextmanager
def in_lab(server: JupyterServer, page: Page, theme: str) -> Iterator[None]:
    """A notebook in JupyterLab, perhaps in a hub's."""
    try:
        planned_sweep().save(server.root / "sweep.json")
        lab = Lab(page, server)
        if isinstance(server, HubServer):
            server.log_in(page)
        lab.open("pictured", [CELL])
        lab.theme(theme)
        lab.run(0)
        yield
        lab.close()
    finally:
        server.stop()


@contextmanager
def in_notebook(serve: ServeCells, home: Path, page: Page, theme: str) -> Iterator[None]:
    """A notebook that marimo or Voila serves; in an editor somebody has to start the cells."""
    planned_sweep().save(home / "sweep.json")
    with served(serve(home, [CELL], theme), page):
        if serve is marimo_editor:
            run_all(page)
        yield


@contextmanager
def from_disk(save: Save, home: Path, page: Page, theme: str) -> Iterator[None]:
    """A page that needs no server."""
    file = home / "page.html"
    save(LRPicker(planned_sweep(), value=(1e-4, 1e-3)), file, theme)
    page.emulate_media(color_scheme=theme)
    page.goto(file.as_uri())
    yield


def in_app(host: Recorded, home: Path, page: Page, theme: str) -> AbstractContextManager[None]:
    """An app of a host that has no cells."""
    return served(host.serve(home, theme), page)


HOSTS = {
    "JupyterLab": lambda home, *how: in_lab(JupyterServer(home), *how),
    "JupyterHub": lambda home, *how: in_lab(HubServer(home), *how),
    "marimo-edit": partial(in_notebook, marimo_editor),
    "marimo-run": partial(in_notebook, marimo_app),
    "Voila": partial(in_notebook, voila_app),
    **{name: partial(in_app, host) for name, host in RECORDED.items()},
    "html-manager": partial(from_disk, save_as_html),
    "save_html": partial(from_disk, lambda picker, file, _theme: picker.save_html(file)),
}


def main() -> int:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("host-pictures"))
    parser.add_argument("--only", choices=HOSTS, help="one host instead of all")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_FLAGS)
        )
        for host in [args.only] if args.only else HOSTS:
            for theme in THEMES:
                page = browser.new_context(viewport=VIEWPORT).new_page()
                go_offline(page)
                with tempfile.TemporaryDirectory() as home, HOSTS[host](Path(home), page, theme):
                    page.locator(".lrw-root .js-plotly-plot .main-svg").first.wait_for()
                    page.wait_for_timeout(SETTLED_MS)
                    page.screenshot(path=args.folder / f"{host}-{theme}.png")
                page.context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
