"""All that only a machine with CUDA can tell about lr_widget, in one table, within six minutes.

    python benchmarks/gpu.py [--only PART ...] [--wheels FOLDER] [--write FILE] [--device cpu|cuda]

Needs Python, a torch with CUDA, and no network. What else lr_widget needs may lie as wheels in a
folder (`python tools/gpu_wheels.py FOLDER` makes it on a machine that has a network). What is still
missing is said in the table, and the rest goes on. Each part runs in a process of its own, so one
that crashes or hangs leaves the others running. Without CUDA it is a stand-in on the CPU at tiny
sizes: its numbers say nothing, and what needs CUDA is not run.

The exit status is 1 if a part failed or something was wrong; a number beyond its bound is neither.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from gpu_parts import MACHINE, MACHINE_SECONDS, PARTS
from gpu_parts.row import CARD, FAILED, WRONG, Row, not_run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TOTAL_SECONDS = 360.0
HEADER = ("part", "what", "measured", "bound", "holds")
TAIL = 15  # lines of what a part has printed, if it failed
PAGE = "lr_widget/static/"
# Which device: asked in a process of its own, since this one runs where torch may be broken.
ASK = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')"


class Outcome(NamedTuple):
    """What came of a part: its lines, and the end of its output if it failed."""

    rows: list[Row]
    output: str = ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the parts, print, and write."""
    args = _arguments(argv)
    deadline = time.monotonic() + TOTAL_SECONDS
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder), args.wheels)
        device = args.device or _ask_device(environment)
        report = Report(device, args.write)
        for name in (MACHINE, *(part for part in PARTS if part in (args.only or PARTS))):
            own = PARTS.get(name, MACHINE_SECONDS)
            limit = min(own, deadline - time.monotonic())
            rows_file = Path(folder) / f"{name}.jsonl"
            if limit <= 0:
                report.add(name, Outcome([not_run("all of it", "no time was left: not run")]))
                continue
            command = [sys.executable, "-m", "gpu_parts.run", name, device, str(rows_file)]
            report.add(name, run(command, rows_file, limit, environment))
    report.end()
    return 1 if report.is_bad else 0


def run(
    command: Sequence[str], rows_file: Path, limit: float, environment: dict[str, str]
) -> Outcome:
    """Run a part, for so many seconds at most, and return what it has found however it ended.

    Args:
        command: starts it; it writes its lines into `rows_file`.
        rows_file: one line of JSON for each row.
        limit: seconds after which it is killed, with all that it has started.
        environment: its environment.
    """
    fault = ""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(limit)
            if status:
                fault = f"ended with status {status}"
        except subprocess.TimeoutExpired:
            fault = f"was stopped after {limit:.0f} s"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").rstrip().splitlines()
    rows = list(_read(rows_file))
    if not fault:
        return Outcome(rows)
    last = f": {lines[-1]}" if lines else ""
    return Outcome([*rows, Row("the rest", f"{fault}{last}", "", FAILED)], "\n".join(lines[-TAIL:]))


def _read(rows_file: Path) -> Iterator[Row]:
    if not rows_file.exists():
        return
    for line in rows_file.read_text("utf-8").splitlines(keepends=True):
        if line.endswith("\n"):  # else it died while writing it
            yield Row(*json.loads(line))


class Report:
    """The table: printed as it grows, and written anew after each part, so nothing is lost.

    Args:
        device: "cuda" or "cpu".
        file: where to write it, if anywhere.
    """

    def __init__(self, device: str, file: Path | None) -> None:
        self._file, self._lines = file, []
        self._outputs: list[str] = []
        self._started = time.monotonic()
        self._device = device
        self.is_bad = False

    def add(self, part: str, outcome: Outcome) -> None:
        """Add the lines of a part."""
        if not self._lines:
            self._begin(outcome.rows)
        for row in outcome.rows:
            self.is_bad = self.is_bad or row.holds in (FAILED, WRONG)
            if row.bound and self._device == "cpu":
                row = row._replace(holds="")  # noqa: PLW2901  a stand-in's number holds nothing
            self._say(_line((part, *row)))
        if outcome.output:
            self._outputs += ["", f"The end of what {part} has printed:", "", "```"]
            self._outputs += [outcome.output, "```"]
        self._write()

    def end(self) -> None:
        """Add what failed parts have printed, and how long it took."""
        for line in (*self._outputs, "", f"In {time.monotonic() - self._started:.0f} s."):
            self._say(line)
        self._write()

    def _begin(self, rows: Sequence[Row]) -> None:
        """Name the card in the title, which the part that comes first has found out."""
        card = next((row.measured for row in rows if row.what == CARD), "of unknown make")
        self._say(f"# lr_widget on a GPU: {card}\n")
        if self._device == "cpu":
            self._say(
                "A stand-in at tiny sizes: its numbers say nothing. On a GPU: not measured.\n"
            )
        self._say(_line(HEADER))
        self._say(_line(["---"] * len(HEADER)))

    def _say(self, line: str) -> None:
        self._lines.append(line)
        print(line, flush=True)

    def _write(self) -> None:
        if self._file is not None:
            self._file.write_text("\n".join(self._lines) + "\n", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    clean = (cell.replace("|", "/").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(clean)} |"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--device", choices=("cpu", "cuda"), help="CUDA if torch sees it")
    parser.add_argument("--wheels", type=Path, help="a folder of wheels to run with")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there, too")
    args = parser.parse_args(argv)
    if args.wheels is not None and not any(args.wheels.glob("*.whl")):
        parser.error(f"--wheels must name a folder with wheels in it, got {args.wheels}")
    return args


def _environment(folder: Path, wheels: Path | None) -> dict[str, str]:
    """Return the environment of a part: the checkout's own modules first, then the wheels."""
    paths = [str(HERE), str(ROOT)]
    if wheels is not None:
        unpack(wheels, folder / "wheels")
        paths.append(str(folder / "wheels"))
    paths += [path for path in [os.environ.get("PYTHONPATH")] if path]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # else products of matrices may differ in a bit
    }


def unpack(wheels: Path, to: Path) -> None:
    """Unpack those wheels whose packages this Python lacks; it is left as it is.

    Of lr_widget itself only the page is taken, and put where `make page` would: what is measured is
    the checkout.
    """
    to.mkdir()
    for path in sorted(wheels.glob("*.whl")):
        name = path.name.split("-")[0]
        with zipfile.ZipFile(path) as wheel:
            if name == "lr_widget":
                if not (ROOT / PAGE).exists():
                    wheel.extractall(ROOT, [n for n in wheel.namelist() if n.startswith(PAGE)])
            elif not _is_installed(name):
                wheel.extractall(to)


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _ask_device(environment: dict[str, str]) -> str:
    asked = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False
    )
    lines = asked.stdout.split()
    return lines[-1] if asked.returncode == 0 and lines else "cpu"


if __name__ == "__main__":
    sys.exit(main())
