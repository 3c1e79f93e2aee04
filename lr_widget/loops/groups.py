"""What parameter groups are called, and which are frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from torch import nn

from lr_widget.loops.protocol import Group


def name_groups(
    model: nn.Module,
    groups: Sequence[Iterable[nn.Parameter]],
    given: Sequence[str | None],
) -> list[Group]:
    """Name parameter groups so that a person recognises them.

    A name given in the optimizer counts; else the submodule that holds the whole group (`body`),
    if no other group has the same and it is a word; else the group's first parameter.

    Args:
        model: for the names of its parameters.
        groups: the parameters of each group, first layers first.
        given: the name each group has in the optimizer, or None.
    """
    known = {id(parameter): name for name, parameter in model.named_parameters()}
    members = [list(group) for group in groups]
    names = [[known[id(p)] for p in group if id(p) in known] for group in members]
    homes = [_common_module(group) for group in names]
    out = []
    for i, group in enumerate(members):
        home = homes[i]
        if given[i]:
            name = str(given[i])
        elif home and homes.count(home) == 1 and not home.replace(".", "").isdigit():
            name = home
        else:
            name = names[i][0] if names[i] else f"group {i}"
        out.append(Group(name, not any(p.requires_grad for p in group)))
    return out


def _common_module(parameter_names: list[str]) -> str:
    """Return the deepest submodule that holds all these parameters; "" if that is the model."""
    if not parameter_names:
        return ""
    paths = [name.split(".")[:-1] for name in parameter_names]
    common = takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    return ".".join(parts[0] for parts in common)
