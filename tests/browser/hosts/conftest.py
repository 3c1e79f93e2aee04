"""Fixtures of the tests that drive other hosts: ``new_page`` and ``serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.app import AppPage
from tests.support.browser.lab import VIEWPORT
from tests.support.browser.offline import go_offline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.support.browser.app import App


@pytest.fixture
def new_page(context: BrowserContext) -> Iterator[Callable[[], Page]]:
    """Opens pages with cookies of their own and no network but this machine."""
    assert context.browser is not None
    own = context.browser.new_context(viewport=VIEWPORT)

    def opened() -> Page:
        page = own.new_page()
        go_offline(page)
        return page

    yield opened
    own.close()


@pytest.fixture
def serve(
    new_page: Callable[[], Page], request: pytest.FixtureRequest
) -> Iterator[Callable[[App], AppPage]]:
    """Opens the page of an app, and ends both; errors in a page's console fail the test."""
    pages: list[AppPage] = []

    def opened(app: App) -> AppPage:
        pages.append(AppPage(new_page(), app))
        return pages[-1].open()

    yield opened
    for each in pages:
        each.page.close()
        each.app.stop()
        request.node.add_report_section("teardown", "host", each.app.log())
    assert [error for each in pages for error in each.console.errors] == []
