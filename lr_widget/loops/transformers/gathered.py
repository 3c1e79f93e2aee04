"""Transformers: what a Trainer's class gathers from batch to batch, to log it later.

TRL's keep the metrics of each batch in a dict of lists until they are logged, Sentence
Transformers' the parts of a loss, a user's whatever they like. An evaluation of ours that stayed in
there would stand in the next log of the training.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import torch

from lr_widget.snapshot.object_graph import DATA, MAX_ITEMS
from lr_widget.snapshot.states import ItemsState, MappingState, State

# Data; and loaders that are kept as long as their workers.
LEFT_ALONE = DATA | {"_eval_dataloaders"}
CONTAINERS = (dict, list, set, deque)


class Gathered:
    """The numbers and containers that a Trainer holds, captured when this is made.

    At any depth, but not within objects, and not in containers of so many items that they are data.

    Args:
        trainer: the Trainer.
    """

    def __init__(self, trainer: Any) -> None:
        held = {name: each for name, each in vars(trainer).items() if name not in LEFT_ALONE}
        kinds = (int, float, *CONTAINERS)
        self._trainer = trainer
        self._values = {name: each for name, each in held.items() if isinstance(each, kinds)}
        self._states: list[State] = []
        self._numbers: list[tuple[torch.Tensor, int, torch.Tensor]] = []
        self._capture(list(held.values()))

    def restore(self) -> None:
        """Put them back: the same containers, with what they held."""
        vars(self._trainer).update(self._values)
        for state in self._states:
            state.restore()
        for tensor, version, content in self._numbers:
            if tensor._version != version:  # noqa: SLF001  PyTorch's own way to tell
                with torch.no_grad():
                    tensor.copy_(content)

    def _capture(self, waiting: list[Any]) -> None:
        seen: dict[int, Any] = {}
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen or not isinstance(thing, (*CONTAINERS, tuple, torch.Tensor)):
                continue
            seen[id(thing)] = thing
            if isinstance(thing, torch.Tensor):
                if thing.numel() == 1 and not thing.is_inference():
                    content = thing.detach().clone()
                    self._numbers.append((thing, thing._version, content))  # noqa: SLF001
                continue
            if isinstance(thing, dict):
                self._states.append(MappingState(thing))
            elif not isinstance(thing, tuple):
                self._states.append(ItemsState(thing))
            if len(thing) <= MAX_ITEMS:
                waiting += thing.values() if isinstance(thing, dict) else thing
