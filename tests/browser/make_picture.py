"""Makes docs/lesson.png and docs/trials.png of a real run of the lesson.

python -m tests.browser.make_picture
"""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image

from tests.support.browser.picker import PickerPage
from tests.support.browser.session import lab_session

ROOT = Path(__file__).parents[2]
LAST_SWEEP = 9  # the lesson's cell with the second lr_find
TRIALS = 11  # the one after it, while which the kernel answers nobody
SIZE = {"width": 1320, "height": 1500}
SETTLED_MS = 1500
SCALE = 1.5


def main() -> None:
    """Runs the lesson and writes the picture."""
    with lab_session(viewport=SIZE, device_scale_factor=SCALE) as lab:
        for file in (ROOT / "notebooks").iterdir():
            if file.suffix in (".py", ".ipynb"):
                shutil.copy(file, lab.server.root)
        lab.open_file("01_lesson")
        lab.run_all()
        lab.wait(TRIALS, timeout_s=1200)
        picker = PickerPage(lab, lab.output(LAST_SWEEP)).wait()
        lab.wait_for_value("picker.status", "finished")
        picker.wait_for_trials("Your model is as it was.")
        lab.page.mouse.move(0, 0)
        lab.page.wait_for_timeout(SETTLED_MS)
        picker.trials.screenshot(path=ROOT / "docs" / "trials.png")
        cell = lab.cell(LAST_SWEEP)
        whole, below = cell.bounding_box(), picker.trials.bounding_box()
        assert whole is not None
        assert below is not None
        path = ROOT / "docs" / "lesson.png"
        cell.screenshot(path=path)
        # it ends where the trials begin
        height_px = round(SCALE * (below["y"] - whole["y"]))
        with Image.open(path) as picture:
            picture.crop((0, 0, picture.width, height_px)).save(path)


if __name__ == "__main__":
    main()
