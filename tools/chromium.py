"""Finds a Chromium or Chrome for the browser tests, and installs one where it may.

``python tools/chromium.py`` prints where it is, or why there is none (exit status 1).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_chromium() -> str | None:
    """The path of a Chromium: $CHROMIUM, else one on the PATH, else Playwright's own, else None."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    if MAC_CHROME.exists():
        return str(MAC_CHROME)
    return find_playwrights_own()


def find_playwrights_own() -> str | None:
    """The Chromium that ``playwright install`` has put into the user's cache."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_chromium() -> None:
    """Tries Debian's package as root, else Playwright's download; find_chromium tells the rest."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment)
        install = ["apt-get", "install", "-y", "-qq", "chromium"]
        subprocess.run(install, check=False, env=environment)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Finds or installs, and says in one line which."""
    if find_chromium() is None and not os.environ.get("CHROMIUM"):
        install_chromium()
    found = find_chromium()
    if found is None:
        print(
            "No Chromium or Chrome was found and none could be installed: the tests in "
            "tests/browser/ cannot run. Install one, or name its program in CHROMIUM."
        )
        return 1
    print(f"Browser tests use {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
