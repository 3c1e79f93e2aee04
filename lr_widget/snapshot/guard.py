"""Large frozen parameters of a sweep: not copied, but seen to be the same at its end.

A base model of which only an adapter is trained may fill the device, and a copy of what stands
still would be as large again. Whoever changes it all the same, past the optimizer, is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from lr_widget.common.errors import RestoreError
from lr_widget.snapshot.fingerprint import can_be_fingerprinted, fingerprint
from lr_widget.snapshot.states import TensorState

MIN_BYTES = 2**20
MAX_NAMES = 3  # in an error


class Guard:
    """Parameters that nothing may change until they are compared.

    Args:
        states: those of the parameters; `can_be_guarded` has said that they can be.
        names: of parameters, by id; an error names them in this order.
    """

    def __init__(self, states: Iterable[TensorState], names: Mapping[int, str]) -> None:
        found = {id(state.tensor): state.elements for state in states}
        order = [*(key for key in names if key in found), *(found.keys() - names.keys())]
        self._held = [(names.get(key, "one without a name"), found[key]) for key in order]
        self._before = [fingerprint(elements) for _, elements in self._held]

    def restore(self) -> None:
        """See that all are as they were; to be called when everything else has been put back.

        One may share its memory with a tensor that is trained, and copied.

        Raises:
            RestoreError: some have changed; the error names them and says what to do.
        """
        changed = self._changed()
        if not changed:
            return
        more = f" and {len(changed) - MAX_NAMES} more" if len(changed) > MAX_NAMES else ""
        raise RestoreError(
            f"frozen parameters must stay as they are during a sweep, got changes in "
            f"{', '.join(changed[:MAX_NAMES])}{more}. Large ones that no optimizer holds are not "
            "copied, so these could not be put back: load them again, and call lr_find with "
            "also=[model], which copies everything"
        )

    def free(self) -> None:
        """Let go of the parameters."""
        self._held.clear()
        self._before.clear()

    # a method of its own: the traceback of the error must not hold a parameter
    def _changed(self) -> list[str]:
        after = [fingerprint(elements) for _, elements in self._held]
        pairs = zip(self._held, self._before, after, strict=True)
        return [name for (name, _), old, new in pairs if not torch.equal(old, new)]


def can_be_guarded(state: TensorState) -> bool:
    """Tell whether a tensor is a large frozen parameter whose bits can be read.

    Below `MIN_BYTES` two fingerprints take longer than the copy, by what they cost at any size
    (0.3 ms), and all such parameters together are little: biases, norms.
    """
    return (
        isinstance(state.tensor, nn.Parameter)
        and not state.tensor.requires_grad
        and state.has_storage
        and state.elements.nbytes >= MIN_BYTES
        and can_be_fingerprinted(state.elements)
    )


def parameters_of(thing: Any) -> Iterable[Any]:
    """Return what the groups of an optimizer of torch or fastai hold; nothing for others."""
    # by name, so that nobody without fastai pays for its import
    if isinstance(thing, torch.optim.Optimizer) or any(
        base.__module__ == "fastai.optimizer" for base in type(thing).__mro__
    ):
        return [parameter for group in thing.param_groups for parameter in group["params"]]
    return ()


def names_of_parameters(things: Iterable[Any]) -> dict[int, str]:
    """Return the names of parameters, by id, in the uppermost modules among some objects."""
    names: dict[int, str] = {}
    inside: set[int] = set()
    for thing in things:
        if isinstance(thing, nn.Module) and id(thing) not in inside:
            inside.update(map(id, thing.modules()))
            for name, parameter in thing.named_parameters():
                # a part may have been found before the whole, whose names are longer
                if len(name) > len(names.get(id(parameter), "")):
                    names[id(parameter)] = name
    return names
