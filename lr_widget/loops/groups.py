"""What parameter groups are called, which are frozen, and whether they stand for layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby, takewhile
from typing import Any

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


def are_layers(model: nn.Module, groups: Sequence[dict[str, Any]]) -> bool:
    """Tell whether the groups of an optimizer can stand for layers, over which rates are spread.

    They cannot where one layer has parameters in several (weights that decay, biases that do not);
    nor where some decay and some do not, and the model goes to and fro between them.

    Args:
        model: whose modules are its layers.
        groups: the optimizer's `param_groups`.
    """
    places = {id(p): i for i, group in enumerate(groups) for p in group["params"]}
    for module in model.modules():
        own = {places[id(p)] for p in module.parameters(recurse=False) if id(p) in places}
        if len(own) > 1 and _is_layer(module, model):
            return False
    in_order = [places[id(p)] for p in model.parameters() if id(p) in places]
    n_changes = len(list(groupby(in_order)))
    decays = {bool(group.get("weight_decay")) for group in groups}
    return len(decays) < 2 or n_changes <= len(set(in_order))


def _is_layer(module: nn.Module, model: nn.Module) -> bool:
    """Tell whether a module is the smallest part that has a rate: no list of parameters, say."""
    is_list = isinstance(module, (nn.ParameterList, nn.ParameterDict))
    return module is not model and not is_list and next(module.children(), None) is None


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
