"""Fixtures of the tests that drive other hosts than Jupyter's own: ``serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.app import AppPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext

    from tests.support.browser.app import App


@pytest.fixture
def serve(
    context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[Callable[[App], AppPage]]:
    """Opens the page of an app, and ends both; errors in a page's console fail the test."""
    pages: list[AppPage] = []

    def opened(app: App) -> AppPage:
        pages.append(AppPage(context.new_page(), app))
        return pages[-1].open()

    yield opened
    for each in pages:
        each.page.close()
        each.app.stop()
        request.node.add_report_section("teardown", "host", each.app.log())
    assert [error for each in pages for error in each.console.errors] == []
