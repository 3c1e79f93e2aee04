"""What all benchmarks share: arguments, the machine in one line, fair timing, and tables.

Contenders run in one process and in turn (A B C A B C ...), after a round that does not count. So
what slows the machine for a while slows all of them. A ratio is taken within each round; a table
shows the ratio of the medians, the lowest and highest ratio of a single round, and the ratio of the
fastest rounds: others on the same machine only ever add time, so that one is the least bent by them
(as `timeit` of Python's standard library says of the minimum).
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

# Before torch: its threads wait for one another asleep, not spinning (see README.md).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

# glibc's allocator gives memory back to the system between steps, or not, by the luck of its
# layout: a bare loop of 50 steps had from 700 to 60,000 page faults. With these it keeps it.
ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_MMAP_THRESHOLD_": str(2**30)}

HEADER = ("what", "median", "ratio", "lowest..highest", "of the fastest", "bound", "holds")
Seconds = dict[str, list[float]]


def arguments(doc: str | None) -> argparse.Namespace:
    """Read the command line, and make torch ready: one thread on a CPU, a fixed seed.

    Args:
        doc: the docstring of the benchmark.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=default, choices=("cpu", "cuda"))
    parser.add_argument("--rounds", type=int, help="how many rounds count")
    parser.add_argument("--quick", action="store_true", help="a smoke run; its numbers say nothing")
    args = parser.parse_args()
    _keep_memory()
    prepare()
    print(f"{machine(args.device)}{'; a smoke run' if args.quick else ''}\n", flush=True)
    return args


def _keep_memory() -> None:
    """Start this script once more with an allocator that keeps what it has got."""
    if any(os.environ.get(name) != value for name, value in ALLOCATOR.items()):
        os.environ.update(ALLOCATOR)
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  the same program


def prepare() -> None:
    """One thread, so that a second core is left for a browser, and a fixed seed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)


def machine(device: str) -> str:
    """Return one line on the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [f"{_processor()}, {cores} cores", f"torch {torch.__version__}"]
    parts.append(f"{torch.get_num_threads()} torch thread(s)")
    if device == "cuda":
        parts.append(torch.cuda.get_device_name())
    return ", ".join(parts)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text(encoding="utf-8").splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def seconds(run: Callable[[], Any], device: str) -> float:
    """Return how long one run takes, the device's work included."""
    gc.collect()  # nobody pays for another's garbage
    _synchronise(device)
    start = perf_counter()
    run()
    _synchronise(device)
    return perf_counter() - start


def interleave(contenders: dict[str, Callable[[], Any]], rounds: int, device: str) -> Seconds:
    """Run the contenders in turn, and return the time of each in every round that counts.

    Another one begins each round: what runs first, or after a certain other, has its own luck with
    caches and memory.
    """
    taken: Seconds = {name: [] for name in contenders}
    order = list(contenders)
    for number in range(rounds + 1):
        for name in order:
            spent = seconds(contenders[name], device)
            if number:  # the first round warms up
                taken[name].append(spent)
        order = [*order[1:], order[0]]
    return taken


def ratio_row(
    what: str, taken: Sequence[float], base: Sequence[float], bound: float | None = None
) -> list[str]:
    """Return a line of a table: how many times the base's time it took, and whether that is good.

    Args:
        what: what it is called.
        taken: seconds, one per round.
        base: seconds of what it is compared with, in the same rounds.
        bound: the highest ratio that is good; None for a peer, and for the base.
    """
    ratio = median(taken) / median(base)
    pairs = [some / other for some, other in zip(taken, base, strict=True)]
    spread = f"{min(pairs):.3f}..{max(pairs):.3f}"
    fastest = f"{min(taken) / min(base):.3f}"
    limit = "" if bound is None else f"{bound:g}"
    middle = milliseconds(median(taken))
    return [what, middle, f"{ratio:.3f}", spread, fastest, limit, holds(ratio, bound)]


def holds(value: float, bound: float | None) -> str:
    """Return the word for a table: "yes", "no", or nothing where there is no bound."""
    return "" if bound is None else "yes" if value <= bound else "no"


def lacking(module: str) -> str:
    """Return what is missing to import a module: itself, or one that it needs; else nothing."""
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        return error.name or module
    return ""


def milliseconds(value: float) -> str:
    """Return a time as text."""
    return f"{1e3 * value:.4g} ms"


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"**{title}**\n")
    for cells in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def _synchronise(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
