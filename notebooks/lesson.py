"""What the lesson needs and does not talk about: the digits and the Learner."""

from __future__ import annotations

import core_sharing  # noqa: F401  (before torch)

# isort: split
import warnings

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
