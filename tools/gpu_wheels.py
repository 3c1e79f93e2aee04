"""Gathers the wheels that `make gpu` needs beside torch, for a machine without a network.

    python tools/gpu_wheels.py FOLDER [--python python3.12]

Made with the Python that the other machine has, on the same kind of system (Linux, x86-64). The
wheels are tried in a fresh environment without torch and without the package index: lr_widget is
imported, its page is there, and a picker is made. With the checkout they must stay below 64 MiB.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIB = 2**20
ROOM = 64 * MIB
# A sweep that is not shown needs psutil and xxhash of `lr_widget[torch]`; the others run tests.
WITH_IT = ("psutil", "pytest", "pytest-timeout", "xxhash")
# Without their own needs, which are large: compared with where the other machine has those.
PEERS = ("torch-lr-finder",)
TRY_IT = """
import sys
from lr_widget import LRPicker, Sweep, suggest
from lr_widget.widget import assets
assert assets.loader() and assets.bundle()
sweep = Sweep([10.0 ** (i / 10 - 7) for i in range(80)], range(80, 0, -1))
assert LRPicker(sweep).max_lr is not None
assert "torch" not in sys.modules
LRPicker()
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Gather, weigh and try the wheels; the exit status is 1 if they are too heavy or fail."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=lambda text: Path(text).resolve(), help="a new or empty folder"
    )
    parser.add_argument("--python", default="python3.12", help="the Python of the other machine")
    args = parser.parse_args(argv)
    program = shutil.which(args.python)
    if program is None:
        parser.error(f"--python must name a Python on this machine, got {args.python}")
    if args.folder.exists() and any(args.folder.iterdir()):
        parser.error(f"folder must be new or empty, got {args.folder}")
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "fresh"
        run(program, "-m", "venv", fresh)
        python = fresh / "bin/python"
        gather(args.folder, python)
        try_in(Path(scratch), python, args.folder)
    heavy = weigh(args.folder)
    print(heavy)
    return 1 if heavy.startswith("Too heavy") else 0


def gather(folder: Path, python: Path) -> None:
    """Build lr_widget's wheel, with its page, and download what it needs for this Python."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (own,) = folder.glob("lr_widget-*.whl")
    download = (python, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--dest", folder)
    run(*download, own, *WITH_IT)
    run(*download, "--no-deps", *PEERS)


def try_in(scratch: Path, python: Path, folder: Path) -> None:
    """Install lr_widget from the folder alone, and use it away from the checkout."""
    install = (python, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", folder)
    run(*install, "lr_widget", *WITH_IT)
    run(python, "-I", "-W", "error", "-c", TRY_IT, cwd=scratch)


def weigh(folder: Path) -> str:
    """Return how much the wheels and the checkout weigh, in words."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    checkout = sum(path.stat().st_size for path in files if path.is_file())
    wheels = {path.name: path.stat().st_size for path in folder.glob("*.whl")}
    total = sum(wheels.values()) + checkout
    text = (
        f"{len(wheels)} wheels of {sum(wheels.values()) / MIB:.1f} MiB and a checkout of "
        f"{checkout / MIB:.1f} MiB, of {ROOM / MIB:.0f} MiB"
    )
    if total < ROOM:
        return text
    largest = max(wheels, key=lambda name: wheels[name])
    return f"Too heavy: {text}; the largest is {largest}"


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a program, and end with its output if it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
