"""Opens the lesson in JupyterLab; where no browser can be opened, JupyterLab prints the address."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LESSON = "notebooks/01_lesson.ipynb"


def jupyterlab_arguments() -> list[str]:
    """The command line's arguments, as this machine needs them."""
    # default_url, not a file as an argument: so the printed address leads to the lesson, too.
    arguments = [f"--LabApp.default_url=/lab/tree/{LESSON}", "--LabApp.news_url="]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    if not has_screen():
        # Python would open a text browser instead, which shows nothing of JupyterLab.
        arguments.append("--no-browser")
    return arguments


def has_screen() -> bool:
    """True where a browser with windows can be opened."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def main() -> None:
    """Becomes JupyterLab, so that Ctrl-C reaches it and nothing else."""
    os.chdir(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-m", "jupyterlab", *jupyterlab_arguments()]
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606 (the command is ours)


if __name__ == "__main__":
    main()
