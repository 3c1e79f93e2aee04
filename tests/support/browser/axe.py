"""axe-core in a page: what it finds wrong there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

RUN = """
async (theme) => {
    const { violations } = await axe.run(".lrw-root", { resultTypes: ["violations"] });
    return violations.map((v) => `${theme}: ${v.id}: ${v.help}: ${v.nodes[0].html}`);
}
"""
AXE = Path(__file__).parents[3] / "js" / "node_modules" / "axe-core" / "axe.min.js"


def violations(lab: Lab) -> list[str]:
    """What axe finds wrong in the widgets of a page, light and dark, in words."""
    lab.page.add_script_tag(path=AXE)
    roots = lab.page.locator(".lrw-root")
    found: list[str] = []
    for theme, dark in (("light", 0), ("dark", roots.count())):
        lab.theme(theme)
        lab.wait_until(
            lambda n=dark: lab.page.locator(".lrw-root.lrw-dark").count() == n,
            f"the widget is not {theme}",
        )
        found += lab.page.evaluate(RUN, theme)
    return found
