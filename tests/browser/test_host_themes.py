"""Hosts that name their themes in their own ways: the words can be read on what is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.bare import BarePage, recorded_picker
from tests.support.pace import patient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

# What pages without JupyterLab get from ipywidgets: its light colours, whatever the site's theme
WIDGETS_CSS = """
:root { --jp-ui-font-color1: rgba(0, 0, 0, 0.87); --jp-ui-font-color2: rgba(0, 0, 0, 0.54);
        --jp-layout-color0: white; --jp-border-color1: #bdbdbd; --jp-brand-color1: #1976d2; }
"""
HOSTS = {  # what says "dark", what says "light", the dark theme's style sheet
    "Material for MkDocs": (
        "document.body.dataset.mdColorScheme = 'slate'",
        "document.body.dataset.mdColorScheme = 'default'",
        "[data-md-color-scheme=slate] { background: #1e2129; color: #e2e4e9 }",
    ),
    "PyData": (
        "document.documentElement.dataset.theme = 'dark'",
        "document.documentElement.dataset.theme = 'light'",
        "html[data-theme=dark] body { background: #14181e; color: #ced6dd }",
    ),
    "Bootstrap, which fades": (
        "document.documentElement.dataset.bsTheme = 'dark'",
        "document.documentElement.dataset.bsTheme = 'light'",
        """body { transition: background-color 0.3s }
           html[data-bs-theme=dark] body { background: #212529 }""",
    ),
    "Primer, in oklch": (
        "document.documentElement.dataset.colorMode = 'dark'",
        "document.documentElement.dataset.colorMode = 'light'",
        """body { background: oklch(0.98 0.01 250) }
           html[data-color-mode=dark] body { background: oklch(0.2 0.02 250) }""",
    ),
    "a class": (
        "document.documentElement.classList.add('dark')",
        "document.documentElement.classList.remove('dark')",
        "body { background: none } html.dark { background: #1b1b1f }",
    ),
    "a style": (
        "document.documentElement.style.cssText = 'background: #111; color-scheme: dark'",
        "document.documentElement.style.cssText = ''",
        "body { background: none }",
    ),
}
# WCAG 2: the least contrast of a widget's texts with what lies behind the widget
LEAST_CONTRAST = """
(root) => {
    const pen = document.createElement("canvas").getContext("2d");
    const paint = (...colors) => {
        pen.clearRect(0, 0, 1, 1);
        for (const color of colors) { pen.fillStyle = color; pen.fillRect(0, 0, 1, 1); }
        const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((channel) => {
            const share = channel / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = [document.documentElement, document.body].map(
        (el) => getComputedStyle(el).backgroundColor);
    const inks = [
        ...[".lrw-outcome", ".lrw-row-label", ".lrw-zone-name", ".lrw-rule-ours", ".lrw-input"].map(
            (name) => getComputedStyle(root.querySelector(name)).color),
        (({fill, fillOpacity}) => fill.replace("rgb(", "rgba(").replace(")", `, ${fillOpacity})`))(
            getComputedStyle(root.querySelector(".xtick text"))),
    ];
    return Math.min(...inks.map((ink) => {
        const lights = [paint("white", ...behind), paint("white", ...behind, ink)];
        return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    }));
}
"""


@pytest.fixture
def page(context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    """A page whose style a test changes, with a picker in it and another one in a shadow root."""
    assert context.browser is not None
    own = context.browser.new_context(color_scheme="light")
    bare = BarePage(own, tmp_path, recorded_picker())
    for name, in_shadow in (("flat", False), ("deep", True)):
        bare.place(name, in_shadow=in_shadow)
        bare.show(f"in-{name}", name)
    yield bare.page
    own.close()
    assert bare.console.errors == []


def wait_until_readable(page: Page, *, dark: bool) -> None:
    """Waits until both widgets have the theme and all their words can be read (WCAG 2.2, 1.4.3)."""
    page.wait_for_function(
        f"(dark) => [bare.root('flat'), bare.root('deep')].every((root) => "
        f"root.querySelector('.lrw-root').classList.contains('lrw-dark') === dark && "
        f"({LEAST_CONTRAST})(root) >= 4.5)",
        arg=dark,
        timeout=patient(10) * 1000,
    )


@pytest.mark.parametrize("widgets_css", ["", WIDGETS_CSS], ids=["bare", "with ipywidgets"])
@pytest.mark.parametrize("host", HOSTS)
def test_a_theme_is_followed_while_the_page_is_open(page: Page, host: str, widgets_css: str):
    dark, light, sheet = HOSTS[host]
    page.add_style_tag(content=widgets_css + sheet)
    page.evaluate(light)
    wait_until_readable(page, dark=False)
    page.evaluate(dark)
    wait_until_readable(page, dark=True)
    page.evaluate(light)
    wait_until_readable(page, dark=False)


def test_a_theme_that_follows_the_system_does_so_while_it_is_open(page: Page):
    page.add_style_tag(
        content=WIDGETS_CSS + "@media (prefers-color-scheme: dark) "
        "{ body[data-theme=auto] { background: #131416 } }"
    )
    page.evaluate("document.body.dataset.theme = 'auto'")
    wait_until_readable(page, dark=False)
    page.emulate_media(color_scheme="dark")
    wait_until_readable(page, dark=True)


def test_a_light_box_in_a_dark_page_is_light(page: Page):
    page.add_style_tag(content="body { background: #111 } #flat, #deep { background: white }")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        "['flat', 'deep'].every((name) => "
        "!bare.root(name).querySelector('.lrw-root').classList.contains('lrw-dark'))"
    )


def test_the_font_is_followed_while_the_page_is_open(page: Page):
    ticks = "parseFloat(getComputedStyle(document.querySelector('.xtick text')).fontSize)"
    small = page.evaluate(ticks)
    page.add_style_tag(content=":root { --jp-ui-font-size1: 26px }")
    page.wait_for_function(f"{ticks} === {2 * small}")
