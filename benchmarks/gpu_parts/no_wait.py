"""No step of a sweep makes the host wait for the device, under PyTorch's own watch for that.

`torch.cuda.set_sync_debug_mode("error")` is on from the first loss to the last, between steps too.
What is done once, before and after, may wait. Left out is the one exception, which `docs/cost.md`
names: a fused optimizer with a gradient scaler. (A scaler without a fused one waits by itself.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from timing import lacking
from torch import nn
from torch.nn import functional

from gpu_parts.row import NEEDS_CUDA, Row, Setting, check, not_run, without
from lr_widget import LRPicker, lr_find

STEPS = 60
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9),
    "Adam": lambda params: torch.optim.Adam(params, lr=0.1),
    "AdamW, fused": lambda params: torch.optim.AdamW(params, lr=0.1, fused=True),
}


class Watch:
    """A loss function under which waiting is an error, from its first call to its last.

    Its count is put back with all else after a sweep, so it says nothing then.
    """

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of one step."""
        self.calls += 1
        if self.calls == 1:
            torch.cuda.set_sync_debug_mode("error")
        loss = functional.cross_entropy(output, target)
        if self.calls == STEPS:
            torch.cuda.set_sync_debug_mode("default")
        return loss


def rows(setting: Setting) -> Iterator[Row]:
    """Sweep in every form with several optimizers."""
    if not setting.has_cuda:
        yield not_run("steps that wait for the device", NEEDS_CUDA)
        return
    yield from watched(setting.device)


def watched(device: str) -> Iterator[Row]:
    """Sweep under the watch, after showing that the watch sees what waits."""
    yield control(device)
    forms: dict[str, Callable[..., LRPicker]] = {"plain PyTorch": in_pytorch, "step": by_step}
    for form, sweep in forms.items():
        for name, make in OPTIMIZERS.items():
            model = network(device)
            optimizer = make(model.parameters())
            yield outcome(
                f"{form}, {name}", lambda watch, s=sweep, m=model, o=optimizer: s(m, o, watch)
            )
    if absent := lacking("fastai.learner"):
        yield without("fastai", absent)
    else:
        yield outcome("fastai, Adam", lambda watch: in_fastai(network(device), watch))


def outcome(what: str, sweep: Callable[[Watch], LRPicker]) -> Row:
    """Return the line on one sweep."""
    faults = []
    try:
        made = len(sweep(Watch()).sweep)
    except RuntimeError as error:
        faults.append(str(error).splitlines()[0])
    else:
        if made != STEPS:
            faults.append(f"{made} steps were made instead of {STEPS}")
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return check(what, faults, f"no wait in {STEPS} steps")


def control(device: str) -> Row:
    """Return the line on a step that reads its loss at once, which has to be seen."""
    what = "the watch sees loss.item()"
    torch.cuda.set_sync_debug_mode("error")
    try:
        torch.ones((), device=device).item()
    except RuntimeError as error:
        if "synchroniz" not in str(error):
            raise  # the device has failed in another way
        return check(what, [], "it does")
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return check(what, ["it does not, so the lines below say nothing"], "")


def network(device: str) -> nn.Module:
    """Return a small network."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 3)).to(device)


def batch(model: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a batch where the model is, so that it need not be moved: that would wait."""
    device = next(model.parameters()).device
    return torch.randn(32, 8, device=device), torch.randint(3, (32,), device=device)


def options() -> dict[str, Any]:
    """Return the options of a sweep that makes all of its steps."""
    return {"num_it": STEPS, "end_lr": 1e-3, "stop_div": False, "show": False}


def in_pytorch(model: nn.Module, optimizer: torch.optim.Optimizer, watch: Watch) -> LRPicker:
    """Sweep in plain PyTorch."""
    return lr_find(model, optimizer, watch, [batch(model)] * 4, **options())


def by_step(model: nn.Module, optimizer: torch.optim.Optimizer, watch: Watch) -> LRPicker:
    """Sweep by a step function, in lower precision."""
    x, y = batch(model)

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        with torch.autocast(x.device.type, dtype=torch.bfloat16):
            loss = watch(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return lr_find(step=step, optimizer=optimizer, model=model, **options())


def in_fastai(model: nn.Module, watch: Watch) -> LRPicker:
    """Sweep a Learner."""
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    batches = [batch(model)] * 4
    device = batches[0][0].device
    learn = Learner(DataLoaders(batches, batches, device=device), model, watch)
    return lr_find(learn, **options())
