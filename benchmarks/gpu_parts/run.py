"""Runs one part: `python -m gpu_parts.run PART DEVICE FILE`, each line of it as JSON into the file.

`benchmarks/gpu.py` starts it, with the folders it needs on `PYTHONPATH`.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from timing import prepare

from gpu_parts.row import Setting


def main() -> None:
    """Run the part that the command line names."""
    name, device, file = sys.argv[1:]
    prepare()
    part = import_module(f"gpu_parts.{name}")
    with Path(file).open("a", encoding="utf-8") as out:
        for row in part.rows(Setting(device)):
            out.write(json.dumps(row) + "\n")
            out.flush()  # whatever happens next, this line is there


if __name__ == "__main__":
    main()
