"""Fixtures of the browser tests: ``lab`` and ``notebook7``.

``lab`` is the page of the test before, with its notebook closed; ``notebook7`` is a page of its
own. Both fail a test whose page had an error in its console or an exception that nobody caught, at
the end of the test; one that provokes an error says so with ``lab.console.errors.clear()``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.support.browser.disk import Disk
from tests.support.browser.lab import VIEWPORT, Lab, Notebook7
from tests.support.browser.server import JupyterServer
from tests.support.browser.session import CHROMIUM_FLAGS
from tests.support.browser.watch import WAIT_S
from tests.support.pace import patient
from tools.chromium import find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

HERE = Path(__file__).parent
LONG = ("test_lesson.py", "test_reruns.py", "test_stop.py")  # each has a test of a minute or so
NO_BROWSER = "no Chromium or Chrome"
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test in this folder, and puts them last: the quick ones speak first.

    Of these the longest come first, so that no process is left alone with one at the end.
    """
    items.sort(key=lambda item: (HERE in item.path.parents, item.path.name not in LONG))
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says in one line which tests a missing browser has cost."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"NOT RUN: {count} tests in tests/browser/, because there is {NO_BROWSER}. "
            "Install one, or name its program in CHROMIUM.",
            yellow=True,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Remembers a failure, so that the fixture can take a picture of the page."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A Jupyter server for all tests."""
    server = JupyterServer(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def context() -> Iterator[BrowserContext]:
    """A Chromium for all tests, whose cache makes every page but the first one quick."""
    executable = find_chromium()
    if executable is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        context = browser.new_context(viewport=VIEWPORT)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(patient(WAIT_S) * 1000)
        expect.set_options(timeout=patient(WAIT_S) * 1000)
        yield context
        browser.close()


@pytest.fixture
def disk(context: BrowserContext) -> Iterator[Disk]:
    """Opens files of the disk offline, and at the end looks at what their pages have asked for."""
    assert context.browser is not None
    disk = Disk(context.browser)
    yield disk
    disk.close()


@pytest.fixture(scope="session")
def standing(context: BrowserContext) -> list[Lab]:
    """The page of JupyterLab that stands, if there is one."""
    return []


@pytest.fixture
def lab(
    context: BrowserContext,
    server: JupyterServer,
    standing: list[Lab],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Lab]:
    """A notebook in the JupyterLab that stands: loading one takes longer than most tests.

    A test marked `own_page` changes more of the page than its notebook, size and theme, and has one
    of its own.
    """
    own_page = request.node.get_closest_marker("own_page") is not None
    lab = standing.pop() if standing and not own_page else Lab(context.new_page(), server)
    yield from _worked_page(lab, request.node, tmp_path, None if own_page else standing)


@pytest.fixture
def notebook7(
    context: BrowserContext, server: JupyterServer, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Notebook7]:
    """A page for Notebook 7."""
    yield from _worked_page(Notebook7(context.new_page(), server), request.node, tmp_path)


def _worked_page(
    lab: Lab, item: pytest.Item, tmp_path: Path, standing: list[Lab] | None = None
) -> Iterator[Lab]:
    """Hands out a page, and cleans up behind the test: page, kernels, settings.

    A page that no test has failed in, nor loaded anew, goes to `standing`, where there is one.
    """
    has_left = False
    try:
        lab.forget()
        lab.page.bring_to_front()
        yield lab
        has_failed = item.stash.get(FAILED, False)
        if has_failed:
            picture = tmp_path / "page.png"
            lab.page.screenshot(path=picture)
            item.add_report_section("teardown", "page", f"picture: {picture}")
        elif standing is not None and not lab.is_reloaded:
            lab.leave()
            has_left = True
            standing.append(lab)
        errors = list(lab.console.errors)
    finally:
        if not has_left:
            lab.close()
        if item.stash.get(FAILED, False):
            lab.server.close_sessions()
        else:
            lab.server.keep_kernel(lab.name)
        lab.server.reset_settings()
    assert not errors, "errors in the page:\n" + "\n".join(errors)
