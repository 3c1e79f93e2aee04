"""The tests that are marked `cuda`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from timing import lacking

from gpu_parts.machine import FOR_TESTS
from gpu_parts.row import FAILED, NEEDS_CUDA, Row, Setting, check, not_run, without

ROOT = Path(__file__).parents[2]
MARK = "pytest.mark.cuda"
WHAT = "tests marked cuda"


def rows(setting: Setting) -> Iterator[Row]:
    """Run them, and name those that fail."""
    absent = [name for name in FOR_TESTS if lacking(name)]
    if not setting.has_cuda:
        yield not_run(WHAT, NEEDS_CUDA)
    elif absent:
        yield without(WHAT, *absent)
    else:
        yield run(files(ROOT / "tests"), "cuda")


def files(folder: Path) -> list[Path]:
    """Return the files with such tests. Others are not even read: they may need what is missing."""
    return [path for path in sorted(folder.rglob("test_*.py")) if MARK in path.read_text("utf-8")]


def run(paths: list[Path], mark: str) -> Row:
    """Run the tests with this mark in these files."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", mark, "-q", "-p", "no:cacheprovider"]
        command.append("--continue-on-collection-errors")  # a broken file does not hide the others
        done = subprocess.run(
            [*command, f"--junit-xml={report}", *map(str, paths)], cwd=ROOT, check=False
        )
        if not report.exists():
            return Row(WHAT, f"failed: pytest ended with status {done.returncode}", "", FAILED)
        return read(report)


def read(report: Path) -> Row:
    """Return the line on a report of pytest's, in the form of JUnit."""
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314  pytest wrote it
    bad = [case.get("name", "?") for case in cases if _has(case, "failure", "error")]
    skipped = [case.get("name", "?") for case in cases if _has(case, "skipped")]
    ran = len(cases) - len(skipped)
    faults = [f"{name} failed" for name in bad]
    if not ran:
        faults.append("not one has run")
    good = f"{ran} passed" + (f", skipped: {', '.join(skipped)}" if skipped else "")
    return check(WHAT, faults, good)


def _has(case: ET.Element, *tags: str) -> bool:
    return any(case.find(tag) is not None for tag in tags)
