"""What the machine has: the card, versions, and which packages are missing."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import torch
from timing import lacking, machine

from gpu_parts.row import CARD, Row, Setting

NEEDED = ("numpy", "anywidget", "ipywidgets", "plotly", "psutil")
FOR_TESTS = ("pytest", "pytest_timeout")
PEERS = ("fastai.learner", "torch_lr_finder")


def rows(setting: Setting) -> Iterator[Row]:
    """Say what is there, and what is not."""
    yield Row(CARD, _card() if setting.has_cuda else "none: a stand-in on the CPU")
    yield Row("machine", machine(setting.device))
    yield Row("versions", f"Python {platform.python_version()}, CUDA {torch.version.cuda}")
    for whose, names in (("lr_widget", NEEDED), ("tests", FOR_TESTS), ("comparison", PEERS)):
        absent = [found for name in names if (found := lacking(name))]
        yield Row(f"packages for: {whose}", f"missing: {', '.join(absent)}" if absent else "there")


def _card() -> str:
    properties = torch.cuda.get_device_properties(0)
    memory = f"{properties.total_memory / 2**30:.0f} GiB"
    compute = f"compute capability {properties.major}.{properties.minor}"
    return f"{properties.name}, {memory}, {compute}"
