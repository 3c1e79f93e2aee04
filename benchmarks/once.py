"""What is paid once: by an import, by the first sweep of a process, by its first picture.

Each round is a fresh process, as a kernel is. The imports are each one's own: torch is what
`lr_find` needs beside `import lr_widget`, and fastai is what a Learner needs. "Again" is the same
a second time, in the same process. The sweep has 100 empty steps of a model of one layer, so its
time is lr_widget's own; torch is there before. At its end, our pick comes with `lr_find`; what else
is said of the curve comes when it is asked for, at most 10 units of this machine
(`work.numpy_unit`).

    python benchmarks/once.py [--quick] [--rounds N]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch
from timing import arguments, holds, milliseconds, prepare, table
from torch import nn
from work import numpy_unit

if TYPE_CHECKING:
    from lr_widget import LRPicker

UNITS = 10
STEPS = 100
UNIT = "a unit of NumPy work"
IMPORTS = {
    "import lr_widget": "import lr_widget",
    "import torch": "import torch",
    "from fastai.basics import *": "import fastai.basics",
    "from fastai.vision.all import *": "import fastai.vision.all",
}
TIMED = "from time import perf_counter\nstart = perf_counter()\n{}\nprint(perf_counter() - start)"
JUDGING = "picker.suggestions, again"
HERE = Path(__file__).parent


def main() -> None:
    """Measure and print."""
    args = arguments(__doc__)
    rounds = args.rounds or (1 if args.quick else 7)
    imports = {name: [] for name in IMPORTS}
    once: dict[str, list[float]] = {}
    child = f"import json, sys\nsys.path.insert(0, {str(HERE)!r})\nimport once"
    child += "\nprint(json.dumps(once.measure()))"
    for _ in range(rounds):
        for name, code in IMPORTS.items():
            imports[name].append(float(fresh(TIMED.format(code))))
        for name, spent in json.loads(fresh(child)).items():
            once.setdefault(name, []).append(spent)
    header = ("what", "median", "lowest..highest")
    title = f"Imports, each in a fresh process, {rounds} rounds"
    table(title, header, [row(name, taken) for name, taken in imports.items()])
    unit = median(once[UNIT])
    rows = []
    for name, taken in once.items():
        bound = UNITS if name == JUDGING else None
        units = median(taken) / unit
        limit = "" if bound is None else f"{bound} units"
        rows.append([*row(name, taken), f"{units:.1f}", limit, holds(units, bound)])
    title = f"In a fresh process with torch, {rounds} rounds; a unit is {milliseconds(unit)}"
    table(title, (*header, "units", "bound", "holds"), rows)


def measure() -> dict[str, float]:
    """Return how long each thing takes in this process, the first time and again."""
    from lr_widget import lr_find
    from lr_widget.figures.png import png
    from lr_widget.figures.spec import picture_of

    prepare()
    model = nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters())
    places = torch.linspace(-7, 1, STEPS)
    curve = 2.3 - 1.5 * torch.sigmoid(4 * (places + 3)) + torch.expm1(6 * (places + 0.5).relu())
    found = {}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        start = perf_counter()
        made = call()
        found[name] = perf_counter() - start
        return made

    def sweep() -> LRPicker:
        losses = iter(curve)
        return lr_find(
            step=lambda: next(losses),
            optimizer=optimizer,
            model=model,
            num_it=STEPS,
            stop_div=False,
            show=False,
        )

    def all_once(again: str) -> None:
        timed(UNIT, numpy_unit)
        picker = timed(f"lr_find(show=False){again}", sweep)
        timed(f"picker.suggestions{again}", lambda: picker.suggestions)
        timed(f"print(picker){again}", lambda: str(picker))
        picture = picture_of(picker.sweep, (1e-7, 10.0), None, None)
        timed(f"its picture, a PNG{again}", lambda: png(picture))

    timed(UNIT, numpy_unit)
    all_once("")
    all_once(", again")
    return found


def fresh(code: str) -> str:
    """Run code in a process of its own and return what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def row(what: str, taken: list[float]) -> list[str]:
    """Return the beginning of a line of a table."""
    spread = f"{milliseconds(min(taken))}..{milliseconds(max(taken))}"
    return [what, milliseconds(median(taken)), spread]


if __name__ == "__main__":
    main()
