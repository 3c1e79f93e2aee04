"""What the lesson needs and does not talk about: the digits, the Learner, going back to a point."""

from __future__ import annotations

import core_sharing  # noqa: F401  (before torch)

# isort: split
import copy
import random
import warnings

import numpy as np
import torch
from digits import CLASSES, digits
from efficientnet_lite0 import EfficientNetLite0, denormalise, normalise, pretrained_for
from PIL import Image
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

SIDE_PX = 64
BATCH_SIZE = 32


def digit_loaders(batch_size: int = BATCH_SIZE, side_px: int = SIDE_PX) -> DataLoaders:
    """Return the digits as DataLoaders, prepared once: a batch is a stack of finished tensors.

    So there is no work left for worker processes. The three colours of a picture are one and the
    same memory.
    """
    train_x, train_y, valid_x, valid_y = digits(side_px)
    train = TensorDataset(normalise(train_x).expand(-1, 3, -1, -1), train_y)
    valid = TensorDataset(normalise(valid_x).expand(-1, 3, -1, -1), valid_y)
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


def some_digits(learn: Learner, count: int = 12) -> Image.Image:
    """Return the first pictures to check with, side by side, as the network gets them."""
    pictures = [learn.dls.valid_ds[i][0][0] for i in range(count)]
    pixels = denormalise(torch.cat(pictures, dim=1)).to(torch.uint8)
    return Image.fromarray(pixels.numpy())


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
