"""A whole sweep beside as many steps of training, of 3 and 30 ms, and beside the peers."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from loops import FASTAI, TORCH_LR_FINDER, bound_of, in_fastai, in_pytorch
from timing import interleave, lacking
from work import Work

from gpu_parts.row import Row, Setting, without
from gpu_parts.timed import timed

# milliseconds a step, steps, rounds: about 12 s for each line of 3 ms, 15 s for one of 30
SIZES = ((3, 100, 10), (3, 300, 3), (30, 100, 3))


def rows(setting: Setting) -> Iterator[Row]:
    """Time every contender whose package is there."""
    warnings.filterwarnings("ignore")  # the peers' own
    forms = {"plain PyTorch": in_pytorch, "fastai": in_fastai}
    for needed, form in ((FASTAI, "fastai"), (TORCH_LR_FINDER, "torch-lr-finder")):
        if absent := lacking(needed):
            forms.pop(form, None)
            yield without(form, absent)
    with tempfile.TemporaryDirectory() as folder:
        for ms, steps, rounds in ((3, 20, 1),) if setting.quick else SIZES:
            work = Work(setting.device, ms)
            for form, contenders in forms.items():
                taken = interleave(contenders(work, steps, Path(folder)), rounds, setting.device)
                base = next(iter(taken.values()))
                for name, own in taken.items():
                    what = f"{form}, {steps} steps of {ms} ms: {name}"
                    yield timed(what, own, base, bound_of(name))
