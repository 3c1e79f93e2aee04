"""Makes docs/sweep.webp, the moving picture of the README: a real sweep, and a drag after it.

python -m tests.browser.make_moving_picture

WebP, not GIF: 0.24 MB instead of 1.3, all colours, and browsers show both.
The sweep is shown in nine seconds, however long it took on the machine that made it.
"""

from __future__ import annotations

import io
import itertools
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from tests.support.browser.picker import PickerPage
from tests.support.browser.session import lab_session

if TYPE_CHECKING:
    from tests.support.browser.lab import Lab

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs" / "sweep.webp"
MOST_BYTES = 1_000_000
SIZE = {"width": 1230, "height": 1400}  # the picker in it is 800 px wide, and nothing scrolls
SCALE = 1.5
PAUSE_MS = 330
SETTLED_MS = 1500
SWEEP_MS = 9000
BEFORE_DRAG_MS, DRAG_STEP_MS, END_MS = 1500, 110, 3000
DRAG_STEPS = 12
DRAG_BY = 0.3  # the first layers' rate, times this

# Real handwritten digits, a network with three parameter groups, and batches small enough that the
# losses are noisy.
SETUP = """
from digits import digits
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from lr_widget import lr_find

torch.set_num_threads(1)  # the other core is the browser's
torch.manual_seed(0)
x, y, _, _ = digits()
loader = DataLoader(TensorDataset(x / 255, y), batch_size=32, shuffle=True)

def block(c_in, c_out):
    conv = nn.Conv2d(c_in, c_out, 3, padding=1)
    return nn.Sequential(conv, nn.BatchNorm2d(c_out), nn.ReLU(), nn.MaxPool2d(2))

head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * 7 * 7, 10))
model = nn.Sequential(block(1, 64), block(64, 128), head)
names = ["first layers", "middle", "head"]
groups = [{"params": part.parameters(), "name": name} for name, part in zip(names, model)]
optimizer = torch.optim.AdamW(groups)
loss_fn = nn.CrossEntropyLoss()
"""
SWEEP = "picker = lr_find(model, optimizer, loss_fn, loader)"


class Frame(NamedTuple):
    """A picture of the page, and how long it is shown."""

    picture: Image.Image
    ms: int


def main() -> None:
    """Runs the sweep, drags a handle, and writes the picture."""
    with lab_session(viewport=SIZE, device_scale_factor=SCALE) as lab:
        for file in (ROOT / "notebooks").glob("*.py"):
            shutil.copy(file, lab.server.root)
        lab.open("sweep", [SETUP, SWEEP])
        lab.run(0)
        lab.start(1)
        picker = PickerPage(lab, lab.output(1)).wait()
        save([*while_it_runs(lab, picker), *dragged(lab, picker)])


def while_it_runs(lab: Lab, picker: PickerPage) -> list[Frame]:
    """A picture about three times a second until the cell has ended, then one of what it left."""
    lab.page.mouse.move(0, 0)
    lab.wait_until(lambda: picker.points() > 0, "no point has come")
    pictures, times = [], []
    while not lab.prompt(1).strip("[]:").isdigit():
        times.append(time.monotonic())
        pictures.append(shot(lab))
        lab.page.wait_for_timeout(max(0.0, PAUSE_MS - 1000 * (time.monotonic() - times[-1])))
    times.append(time.monotonic())
    lab.wait(1)
    lab.page.wait_for_timeout(SETTLED_MS)
    pace = SWEEP_MS / (times[-1] - times[0])
    lengths = [round(pace * (then - now)) for now, then in itertools.pairwise(times)]
    running = [Frame(*each) for each in zip(pictures, lengths, strict=True)]
    return [*running, Frame(shot(lab), BEFORE_DRAG_MS)]


def dragged(lab: Lab, picker: PickerPage) -> list[Frame]:
    """The left thumb on its way to a lower rate, and where it ends."""
    lo, _ = lab.value("picker.value")
    x, y = picker.grab(picker.lo)
    distance = picker.px_of(DRAG_BY * lo) - picker.edge_px(picker.lo)
    frames = []
    for step in range(1, DRAG_STEPS + 1):
        lab.page.mouse.move(x + distance * step / DRAG_STEPS, y)
        frames.append(Frame(shot(lab), DRAG_STEP_MS))
    lab.page.mouse.up()
    lab.page.mouse.move(0, 0)
    lab.page.wait_for_timeout(SETTLED_MS)
    return [*frames, Frame(shot(lab), END_MS)]


def shot(lab: Lab) -> Image.Image:
    """The cell as it is now: as high as at its end, which is as high as while it runs."""
    box = lab.page.locator('[data-rig-cell="1"]').bounding_box()
    assert box is not None
    picture = lab.page.screenshot(clip=box)
    return Image.open(io.BytesIO(picture)).convert("RGB")


def save(frames: list[Frame]) -> None:
    """Writes the frames, and says how large they are."""
    first, *others = (frame.picture for frame in frames)
    assert {picture.size for picture in others} == {first.size}, "the cell has changed its size"
    first.save(
        PATH,
        save_all=True,
        append_images=others,
        duration=[frame.ms for frame in frames],
        loop=0,
        lossless=True,
        quality=100,
        method=6,
        minimize_size=True,
    )
    size = PATH.stat().st_size
    sys.stdout.write(
        f"{PATH.name}: {len(frames)} frames of {first.width} x {first.height} px, "
        f"{sum(frame.ms for frame in frames) / 1000:.1f} s, {size:,} bytes\n"
    )
    assert size < MOST_BYTES


if __name__ == "__main__":
    main()
