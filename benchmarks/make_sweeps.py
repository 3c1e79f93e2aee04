"""Pack a folder of recorded sweeps into `sweeps.json.gz`, which `recorded.py` reads.

The 127 range tests of 51 training tasks in it were recorded on a CPU in 2026-11. The same folder
gives the same file: numbers come back to the last bit, and no date is written. One list, per sweep:

    task, seed, num_it    which range test; fastai's way: exponential from 1e-7 to 10, and ended
                          where the smoothed loss is above 4 times its best
    set                   "first" (24 tasks, short trainings) or "second" (27 tasks, 13 of them
                          fine-tuning, up to 800 steps)
    optimizer             its class; SGD with and without momentum
    param_groups          how many
    lrs, losses           of every step, raw; null is a loss that is not finite
    init_val_loss         validation loss before any training
    n_steps               of a training with one cycle, from the same start ...
    grid_lrs              ... at each of these highest rates ...
    grid_val_loss         ... and its validation loss then, mean of two seeds; null: not finite
    suggestions_of_peers  what each public rule says, computed by its own package

    python benchmarks/make_sweeps.py FOLDER
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "sweeps.json.gz"
CLASSES = {"sgd": "SGD", "sgdm": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
KEYS = (
    *("task", "seed", "num_it", "set", "optimizer", "param_groups", "lrs", "losses"),
    *("init_val_loss", "n_steps", "grid_lrs", "grid_val_loss", "suggestions_of_peers"),
)
# The first set: every task with sweeps of 200 steps, and these.
FIRST = {
    "cancer_mlp_drop_adam",
    "digits_tanh_rmsprop",
    "digits_vit_post_sgdm",
    "friedman_l1_sgdm",
    "ft_digits_head_adam",
    "mnist_mlp_sgd_bs256",
    "tabular_embed_adamw",
}


def packed(folder: Path) -> bytes:
    """Return the packed sweeps of a folder of JSON files, in the order of their names."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    first = FIRST | {each["task"] for each in found if each["num_it"] == 200}
    text = json.dumps([_kept(each, first) for each in found], separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def _kept(found: dict[str, Any], first: set[str]) -> dict[str, Any]:
    added = {
        "set": "first" if found["task"] in first else "second",
        "optimizer": CLASSES[found["optimizer"]],
    }
    return {key: {**found, **added}[key] for key in KEYS}


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    FILE.write_bytes(packed(Path(sys.argv[1])))
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")
