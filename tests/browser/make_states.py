"""Makes a picture of the picker in every state, in a real JupyterLab, light and dark.

    python -m tests.browser.make_states FOLDER [--aim PICTURES]

With `--aim` the pictures of a folder stand beside ours where they show the same state: a file
belongs to a state whose name begins with the same digit and whose words its name has.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.support.browser.cells import SYNTHETIC, TRAINED, slow, sweep
from tests.support.browser.picker import PickerPage
from tests.support.browser.session import lab_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.browser.lab import Lab

THEMES = ("light", "dark")
SETTLED_MS = 800  # a theme's last redraw comes 400 ms after it, a glide lasts 300 ms
HEIGHT_PX = 1800  # the picker in a doubled font has room
DECK_PX = 280  # what JupyterLab needs beside a widget: its margins and the prompts

NOISE = """
import random
noise = random.Random(3)
smooth_curve = curve
def curve(lr):
    return smooth_curve(lr) + noise.gauss(0, 0.09)
"""
RUNS = sweep(0.1, gates=(38,))  # slow: points of one moment are sent together
NAN = """
base, count = stepper(0), iter(range(1000))
lr_find(step=lambda: base() if next(count) < 78 else float("nan"), optimizer=optimizer, model=model)
"""
STOPPED = """
LRPicker(Sweep(picker.sweep.lrs[:37], picker.sweep.losses[:37], stop_reason="stopped",
               settings=picker.sweep.settings, groups=names))
"""
ONE_GROUP = """
one = torch.optim.SGD(model.parameters(), lr=0.1)
lr_find(step=stepper(0, model, one), optimizer=one, model=model)
"""
FAILED = """
base, count = stepper(0), iter(range(1000))
def failing():
    if next(count) == 30:
        raise RuntimeError("the loader's file is gone")
    return base()
lr_find(step=failing, optimizer=optimizer, model=model)
"""
FOUND = """
lr_find(model, optimizer, loss_fn, loader, seed=1)
tried = lr_find(model, optimizer, loss_fn, loader, label="again")
tried.keep((1e-4, 1e-3)), tried.keep((1e-3, 1e-2))
"""
TRIED = f"{slow(70)}\ntrials = tried.try_picks(epochs=2, valid=valid)"
CELLS = [SYNTHETIC + NOISE, RUNS, sweep(), NAN, ONE_GROUP, FAILED, STOPPED, TRAINED, FOUND, TRIED]
SETUP, RUNNING, FINISHED, NOT_A_NUMBER, ONE, FAILING, STOPPED_BY_HAND = range(7)
TRIAL_SETUP, FINDING, TRYING = range(7, 10)


class Studio:
    """A notebook whose cells bring the picker into its states, and a camera."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.pictures: list[Path] = []

    def picker(self, cell: int) -> PickerPage:
        """The picker of a cell, drawn."""
        picker = PickerPage(self.lab, self.lab.output(cell)).wait()
        self.lab.wait_until(lambda: picker.points() > 1, f"cell {cell} has no points")
        return picker

    def size(self, widget_px: int) -> None:
        """Makes the page so wide that a widget has this width."""
        page = self.lab.page
        page.set_viewport_size({"width": widget_px + DECK_PX, "height": HEIGHT_PX})
        page.wait_for_timeout(SETTLED_MS)
        real = page.locator(".lrw-root").first.evaluate("(el) => el.clientWidth")
        page.set_viewport_size({"width": 2 * widget_px + DECK_PX - real, "height": HEIGHT_PX})

    def shoot(self, name: str, cell: int, part: str = ".lrw-root") -> None:
        """Takes a picture in each theme."""
        for theme in THEMES:
            self.lab.theme(theme)
            self.lab.page.wait_for_timeout(SETTLED_MS)
            path = self.folder / f"{name}-{theme}.png"
            self.lab.output(cell).locator(part).first.screenshot(path=path)
            self.pictures.append(path)


def states(studio: Studio) -> Iterator[None]:
    """Goes through the states and takes the pictures of each."""
    lab = studio.lab
    mouse = lab.page.mouse
    lab.run(SETUP)
    lab.start(RUNNING)
    running = studio.picker(RUNNING)
    lab.wait_until(lambda: running.points() == 37, f"37 points, not {running.points()}")
    studio.size(840)
    yield studio.shoot("1-running", RUNNING)
    lab.release(38)
    lab.wait(RUNNING)
    for cell in (FINISHED, NOT_A_NUMBER, ONE, STOPPED_BY_HAND):
        lab.run(cell)
    lab.start(FAILING)
    lab.wait(FAILING, check=False)
    picker = studio.picker(FINISHED)
    yield studio.shoot("2-finished", FINISHED)
    yield from _handles(studio, picker)
    picker.grab(picker.hi)
    mouse.move(picker.px_of(1.5e-2) + 10, picker.hi.bounding_box()["y"] + 10)  # type: ignore[index]
    yield studio.shoot("3-drag", FINISHED)
    lab.page.keyboard.press("Escape")
    mouse.up()
    mouse.move(0, 0)
    ends = {"7-nan-diverged": NOT_A_NUMBER, "7-failed": FAILING, "7-stopped": STOPPED_BY_HAND}
    for name, cell in ends.items():
        studio.picker(cell)
        yield studio.shoot(name, cell)
    for name, width_px in (("5-narrow", 480), ("5-tiny", 280), ("5-wide", 1900)):
        studio.size(width_px)
        yield studio.shoot(name, FINISHED)
    studio.size(840)
    yield from _trials(studio)
    yield from _adapted(studio)


def _trials(studio: Studio) -> Iterator[None]:
    lab = studio.lab
    lab.run(TRIAL_SETUP)
    lab.run(FINDING)
    # of the cell's two pickers the second one
    picker = PickerPage(lab, lab.output(FINDING).locator(".lrw-root").last)
    lab.start(TRYING)
    picker.wait_for_trials("candidate B of 2, epoch 2 of 2")
    yield studio.shoot("4-trials-running", FINDING, ".lrw-root >> nth=1")
    lab.release(70)
    lab.wait(TRYING)
    picker.wait_for_trials("Your model is as it was.")
    yield studio.shoot("4-trials", FINDING, ".lrw-root >> nth=1")
    studio.size(480)
    yield studio.shoot("4-trials-narrow", FINDING, ".lrw-root >> nth=1")
    studio.size(840)


def _handles(studio: Studio, picker: PickerPage) -> Iterator[None]:
    page = studio.lab.page
    track = ".lrw-stage"
    picker.hi.hover()
    yield studio.shoot("8-handles-hover", FINISHED, track)
    page.mouse.move(0, 0)
    picker.lo.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    yield studio.shoot("8-handles-focus", FINISHED, track)
    studio.picker(ONE)
    yield studio.shoot("8-handles-one-group", ONE)


def _adapted(studio: Studio) -> Iterator[None]:
    page = studio.lab.page
    page.emulate_media(forced_colors="active")
    yield studio.shoot("9-contrast-theme", FINISHED)
    page.emulate_media(forced_colors="none")
    page.add_style_tag(content=":root { --jp-ui-font-size1: 26px !important; }")
    for theme in THEMES:
        studio.lab.theme(theme)
    yield studio.shoot("6-projector", FINISHED)
    yield studio.shoot("6-projector-nan", NOT_A_NUMBER)


def beside(ours: Path, aim: Path, into: Path) -> None:
    """Puts two pictures side by side, ours first, at one height."""
    pictures = [Image.open(path).convert("RGB") for path in (ours, aim)]
    height_px = max(picture.height for picture in pictures)
    scaled = [p.resize((p.width * height_px // p.height, height_px)) for p in pictures]
    sheet = Image.new("RGB", (sum(p.width for p in scaled) + 40, height_px), "#888888")
    sheet.paste(scaled[0], (0, 0))
    sheet.paste(scaled[1], (scaled[0].width + 40, 0))
    sheet.save(into)


def pair(ours: Path, aims: Path) -> Path | None:
    """The picture in a folder that shows the same state, if there is one."""
    number, *words = ours.stem.split("-")
    found = [aim for aim in aims.glob(f"{number}-*.png") if aim.stem.split("-")[1] in words]
    # one of our theme, else the one there is
    found.sort(key=lambda aim: aim.stem.endswith(words[-1]), reverse=True)
    return found[0] if found else None


def main() -> None:
    """Makes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--aim", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with lab_session(device_scale_factor=2) as lab:
        lab.open("states", CELLS)
        studio = Studio(lab, options.folder)
        for _ in states(studio):
            sys.stdout.write(f"{studio.pictures[-1].stem}\n")
    for ours in studio.pictures:
        aim = pair(ours, options.aim) if options.aim else None
        if aim:
            beside(ours, aim, options.folder / f"pair-{ours.name}")


if __name__ == "__main__":
    main()
