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
        lesson: why the truth is as it is, as the record itself shows it.
    """

    name: str
    record: str
    about: str
    lesson: str


# In the order in which to practise.
CHOSEN = (
    Chosen(
        "digits",
        "digits_mlp_bn_sgdm__s0__n100",
        "The textbook curve: level, a long fall, a clear rise. How exact must a pick be?",
        "Every rate from where the fall begins to shortly before the rise ends at nearly "
        "the same loss: on such a curve any place within the fall is good.",
    ),
    Chosen(
        "mnist",
        "mnist_mlp_sgd_bs256__s0__n100",
        "Plain SGD with large batches: does the rate that people type unseen suit every optimizer?",
        "Plain SGD does not scale its steps as Adam does, so it needs far higher rates: at "
        "the usual one a whole training hardly leaves its start, and the good range lies "
        "around the lowest point.",
    ),
    Chosen(
        "cnn",
        "digits_cnn_nonorm_sgdm__s0__n100",
        "A convolutional network without normalisation: where is the cliff, and how near is safe?",
        "The curve still falls at rates at which a whole training learns nothing: the cliff "
        "lies before the lowest point, and the best rate close before the cliff.",
    ),
    Chosen(
        "friedman",
        "friedman_wide_adam_bs8__s0__n100",
        "Batches of eight: the dots scatter as widely as the line falls. What can still be read?",
        "The noise hides where exactly the line falls, but not the order of magnitude: over "
        "more than a decade, around the lowest point of the line, nearly nothing is lost.",
    ),
    Chosen(
        "collab",
        "collab_dot_adam__s0__n100",
        "Collaborative filtering with embeddings: what is the lowest point of a curve worth?",
        "The loss at the lowest point is the work of all the lower rates before it: a "
        "training that makes its steps at that rate is ruined, and the best one lies a "
        "factor of four below.",
    ),
    Chosen(
        "movies",
        "ft2_minilm_movie_head_adam__s1__n100",
        "A new head on frozen sentence embeddings: how far to the left of the lowest point?",
        "The short test still falls at rates that are too high for a whole training: the "
        "best one is near where the fall begins, some twenty times below the lowest point.",
    ),
    Chosen(
        "text",
        "ft_text_unfrozen_adam__s0__n100",
        "Fine-tuning all layers after a first stage: where to begin if hardly anything falls?",
        "A hundred steps hardly move the loss, but a whole training lowers it by a third: "
        "the curve shows only how high is too high, and the best rate lies about seven "
        "times below that.",
    ),
    Chosen(
        "spirals",
        "spirals_deep_tanh_sgdm__s0__n100",
        "A long plateau, then a fall: is the middle of the fall a good place?",
        "Where the fall begins a rate is still too low to leave the plateau: a whole "
        "training there gives up three quarters. The good range begins near the steepest "
        "place and reaches beyond the lowest point.",
    ),
    Chosen(
        "counting",
        "counting_tf_adam__s0__n100",
        "A transformer that learns to count all at once: what does a small miss cost?",
        "This task is learned close to one rate only, that of the lowest point: one two and "
        "a half times higher gives up half of what training gains, long before the curve "
        "gets clearly worse.",
    ),
    Chosen(
        "vit",
        "digits_vit_post_sgdm__s0__n100",
        "A flat curve: is there really nothing to be read from it?",
        "A hundred steps are too few for this network to learn anything, so the curve shows "
        "only where it gets worse. A whole training fails some five times below that; the "
        "best rate lies some thirty times below.",
    ),
    Chosen(
        "photos",
        "photos_vit_adamw__s0__n100",
        "A transformer from scratch on photos: does a short test favour high rates?",
        "A short test rewards what helps soonest; in a whole training lower rates catch up. "
        "The best one is about where half of the fall is done, a decade below the lowest "
        "point.",
    ),
    Chosen(
        "diabetes",
        "diabetes_mlp_adam__s0__n100",
        "Few rows and many passes over them: what can a training loss not show?",
        "Its few hundred rows are seen some sixty times, so that above the rate of the "
        "fastest fall the network learns them by heart: the test's loss falls on, but a "
        "whole training at its lowest point is hardly better on new data than none.",
    ),
)


def packed(folder: Path) -> bytes:
    """Return the packed cases, from a folder with a JSON file for each record."""
    cases = {}
    for name, record, about, lesson in CHOSEN:
        found: dict[str, Any] = json.loads((folder / f"{record}.json").read_text("utf-8"))
        kept = {key: found[key] for key in KEYS}
        said = {"about": about, "lesson": lesson}
        cases[name] = {**said, "optimizer": CLASSES[found["optimizer"]], **kept}
    return gzip.compress(json.dumps(cases, separators=(",", ":")).encode(), mtime=0)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit(__doc__)
    FILE.write_bytes(packed(Path(sys.argv[1])))
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")
