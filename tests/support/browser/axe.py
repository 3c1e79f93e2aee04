"""axe-core in a page: what it finds wrong there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

AXE = Path(__file__).parents[3] / "js" / "node_modules" / "axe-core" / "axe.min.js"


def violations(lab: Lab) -> list[str]:
    """What axe finds wrong in the widget, in words."""
    found: dict[str, Any] = lab.page.evaluate(
        "async () => { const r = await axe.run('.lrw-root', {resultTypes: ['violations']});"
        "return r.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html}`); }"
    )
    return list(found)
