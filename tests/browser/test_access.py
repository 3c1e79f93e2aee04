"""axe-core in the real page: no violation in any state, light and dark; and contrast themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser.axe import violations
from tests.support.browser.cells import SYNTHETIC, sweep
from tests.support.browser.picker import PickerPage

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

NAN = "nan = lr_find(step=lambda: float('nan'), optimizer=optimizer, model=model)"
STATES = {
    "running": sweep(0.06, gates=(20,)),
    "finished": sweep(),
    "not a number": NAN,
    "no pick": "LRPicker(Sweep([1e-4, 1e-3], [1.0, 1.0]))",
    "one group": (
        "one = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "lr_find(step=stepper(0, model, one), optimizer=one, model=model)"
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(lab: Lab, state: str):
    lab.open(f"axe-{state.replace(' ', '-')}", [SYNTHETIC, STATES[state]])
    lab.run(0)
    if state == "running":
        lab.start(1)
    else:
        lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 0, "no points")
    assert violations(lab) == []
    if state == "running":
        lab.release(20)
        lab.wait(1)


def test_a_contrast_theme_gives_its_colours(lab: Lab):
    lab.open("contrast", [SYNTHETIC, sweep()])
    lab.run(0)
    lab.run(1)
    picker = PickerPage(lab, lab.output(1)).wait()
    lab.wait_until(lambda: picker.points() > 0, "no points")

    def colours() -> list[str]:
        found: list[str] = picker.scope.evaluate(
            "(el) => [el.querySelector('.lrw-thumb-hi'), el.querySelector('.lrw-band')]"
            ".map((part) => getComputedStyle(part).backgroundColor)"
        )
        return found

    plain = colours()
    lab.page.emulate_media(forced_colors="active")
    highlight = lab.page.evaluate(
        "() => { const probe = document.createElement('i');"
        "probe.style.cssText = 'color: Highlight; forced-color-adjust: none';"
        "document.body.append(probe); return getComputedStyle(probe).color; }"
    )
    lab.wait_until(lambda: colours() == [highlight, highlight], "not the system's colours")
    assert plain != [highlight, highlight]
