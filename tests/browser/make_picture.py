"""Makes docs/lesson.png: the lesson's last sweep, from a real run in a real JupyterLab.

python tests/browser/make_picture.py
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))

from playwright.sync_api import sync_playwright  # noqa: E402

from chromium import find_chromium  # noqa: E402
from conftest import CHROMIUM_FLAGS  # noqa: E402
from rig.lab import Lab  # noqa: E402
from rig.picker import PickerPage  # noqa: E402
from rig.server import JupyterServer  # noqa: E402

LAST_SWEEP = 9  # the lesson's cell with the second lr_find
TRAINING = 11  # the one after it, while which the kernel answers nobody
SIZE = {"width": 1320, "height": 1000}


def main() -> None:
    """Runs the lesson and writes the picture."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = JupyterServer(Path(home))
        for file in (ROOT / "notebooks").iterdir():
            if file.suffix in (".py", ".ipynb"):
                shutil.copy(file, server.root)
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_FLAGS)
        )
        lab = Lab(browser.new_context(viewport=SIZE, device_scale_factor=1.5).new_page(), server)
        lab.open_file("01_lesson")
        lab.run_all()
        lab.wait(TRAINING, timeout_s=400)
        PickerPage(lab, lab.output(LAST_SWEEP)).wait()
        lab.wait_for_value("picker.status", "finished")
        lab.page.mouse.move(0, 0)
        lab.cell(LAST_SWEEP).screenshot(path=ROOT / "docs" / "lesson.png")
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
