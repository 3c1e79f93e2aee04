"""What parameter groups are called, and which are frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

from torch import nn

from lr_widget.loops.protocol import Group


def name_groups(
    model: nn.Module,
    groups: Sequence[Iterable[nn.Parameter]],
    given: Sequence[str | None],
) -> list[Group]:
    """Name parameter groups so that a person recognises them.

    A name given in the optimizer counts; else the submodule that holds the group and nothing else
    (`body`), if that is a word; else the group's first parameter.

    Args:
        model: for the names of its parameters.
        groups: the parameters of each group, first layers first.
        given: the name each group has in the optimizer, or None.
    """
    known = {id(parameter): name for name, parameter in model.named_parameters()}
    out = []
    for i, group in enumerate(groups):
        members = list(group)
        names = [known[id(p)] for p in members if id(p) in known]
        fallback = names[0] if names else f"group {i}"
        name = str(given[i]) if given[i] else _own_module(names, known.values()) or fallback
        out.append(Group(name, not any(p.requires_grad for p in members)))
    return out


def _own_module(names: list[str], all_names: Iterable[str]) -> str:
    """Return the uppermost submodule that holds exactly these parameters; "" if there is none."""
    if not names:
        return ""
    paths = [name.split(".")[:-1] for name in names]
    common = takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    for module in accumulate((parts[0] for parts in common), "{}.{}".format):
        inside = [name for name in all_names if name.startswith(module + ".")]
        if len(inside) == len(names) and not module.replace(".", "").isdigit():
            return module
    return ""
