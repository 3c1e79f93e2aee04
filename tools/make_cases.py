"""Pack the dozen recorded cases of `lr_widget.gallery()` into lr_widget/practice/cases.json.gz.

Each is one range test (fastai's way: exponential from 1e-7 to 10 in 100 steps, ended where the
smoothed loss is above 4 times its best), and what a training of fixed length with one cycle came to
at each of 9 to 15 highest rates, from the same start: the validation loss, mean of two seeds. All
of it was recorded on a CPU in 2026-11. The same folder gives the same file: numbers stay to the
last bit, and no date is written.

    python tools/make_cases.py FOLDER
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parents[1] / "lr_widget/practice/cases.json.gz"
CLASSES = {"sgd": "SGD", "sgdm": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
KEYS = ("param_groups", "lrs", "losses", "init_val_loss", "grid_lrs", "grid_val_loss")


class Chosen(NamedTuple):
    """A recorded task, and what it is here.

    Attributes:
        name: of the case.
        record: name of the file, without its ending.
        about: what it teaches, without the answer.
    """

    name: str
    record: str
    about: str


# In the order in which to practise.
CHOSEN = (
    Chosen(
        "digits",
        "digits_mlp_bn_sgdm__s0__n100",
        "The textbook curve: level, a long fall, a clear rise. How exact must a pick be?",
    ),
    Chosen(
        "mnist",
        "mnist_mlp_sgd_bs256__s0__n100",
        "Plain SGD with large batches: does the rate that people type unseen suit every optimizer?",
    ),
    Chosen(
        "cnn",
        "digits_cnn_nonorm_sgdm__s0__n100",
        "A convolutional network without normalisation: where is the cliff, and how near is safe?",
    ),
    Chosen(
        "friedman",
        "friedman_wide_adam_bs8__s0__n100",
        "Batches of eight: the dots scatter as widely as the line falls. What can still be read?",
    ),
    Chosen(
        "collab",
        "collab_dot_adam__s0__n100",
        "Collaborative filtering with embeddings: what is the lowest point of a curve worth?",
    ),
    Chosen(
        "movies",
        "ft2_minilm_movie_head_adam__s1__n100",
        "A new head on frozen sentence embeddings: how far to the left of the lowest point?",
    ),
    Chosen(
        "text",
        "ft_text_unfrozen_adam__s0__n100",
        "Fine-tuning all layers after a first stage: where to begin if hardly anything falls?",
    ),
    Chosen(
        "spirals",
        "spirals_deep_tanh_sgdm__s0__n100",
        "A long plateau, then a fall: is the middle of the fall a good place?",
    ),
    Chosen(
        "counting",
        "counting_tf_adam__s0__n100",
        "A transformer that learns to count all at once: what does a small miss cost?",
    ),
    Chosen(
        "vit",
        "digits_vit_post_sgdm__s0__n100",
        "A flat curve: is there really nothing to be read from it?",
    ),
    Chosen(
        "photos",
        "photos_vit_adamw__s0__n100",
        "A transformer from scratch on photos: does a short test favour high rates?",
    ),
    Chosen(
        "diabetes",
        "diabetes_mlp_adam__s0__n100",
        "Few rows and many passes over them: what can a training loss not show?",
    ),
)


def packed(folder: Path) -> bytes:
    """Return the packed cases, from a folder with a JSON file for each record."""
    cases = {}
    for name, record, about in CHOSEN:
        found: dict[str, Any] = json.loads((folder / f"{record}.json").read_text("utf-8"))
        kept = {key: found[key] for key in KEYS}
        cases[name] = {"about": about, "optimizer": CLASSES[found["optimizer"]], **kept}
    return gzip.compress(json.dumps(cases, separators=(",", ":")).encode(), mtime=0)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    FILE.write_bytes(packed(Path(sys.argv[1])))
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")
