"""The parts of `benchmarks/gpu.py`: one file each, run in a process of its own.

A part is a module with a function `rows(setting)` that yields what it has found, line by line, so
that a part that dies half-way has lost nothing. What it needs and is not there, it says in a line.
Its entry in `PARTS` is all that a new one needs beside its file.
"""

from __future__ import annotations

# In the order in which they run, with the seconds that each may take: first what has to be right,
# then what it costs. Together more than `gpu.TOTAL_SECONDS`, since none is to need all of its own.
PARTS = {
    "cuda_tests": 90,
    "no_wait": 45,
    "restore": 75,
    "out_of_memory": 45,
    "sweep": 180,
    "snapshot": 45,
    "streaming": 40,
}
MACHINE = "machine"  # not a part: runs before them, also before a single one
MACHINE_SECONDS = 60
