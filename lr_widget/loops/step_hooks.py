"""Hooks around each step of an optimizer, of those that it wraps, and of others beside it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

Note = Callable[[Any], None]


class StepHooks:
    """Calls `before` as the last thing before a step, `after` as the first thing after it.

    PyTorch's hooks, where an optimizer has them; one of another make has its `step` replaced for
    the time. A hook of all optimizers finds those that nobody has named: of a wrapper that hides
    them, or of a step function that steps another one than it was given.

    Args:
        optimizer: the one that is known.
        before: called with the optimizer that is about to step.
        after: called with the optimizer that has stepped.
        concerns: tells whether another optimizer is one to be hooked, too.
    """

    def __init__(
        self, optimizer: Any, before: Note, after: Note, concerns: Callable[[Any], bool]
    ) -> None:
        self._before, self._after, self._concerns = before, after, concerns
        self._known: WeakSet[Any] = WeakSet()  # of PyTorch's optimizers, hooked or not
        self._undo: list[Callable[[], None]] = []
        self.reach_optimizer = False
        for each in wrapped(optimizer):
            reached = self._hook(each) if has_hooks(each) else self._replace_step(each)
            self.reach_optimizer = reached or self.reach_optimizer
        self._undo.append(register_optimizer_step_pre_hook(self._find).remove)

    def remove(self) -> None:
        """Take all of them away."""
        while self._undo:
            self._undo.pop()()

    def _find(self, optimizer: Any, _args: Any, _kwargs: Any) -> None:
        # PyTorch asks the hooks of all optimizers first: one that is hooked here is reached now
        if optimizer not in self._known:
            self._known.add(optimizer)
            if self._concerns(optimizer):
                self._hook(optimizer)

    def _hook(self, optimizer: Any) -> bool:
        self._known.add(optimizer)
        before = optimizer.register_step_pre_hook(lambda it, _args, _kwargs: self._before(it))
        after = optimizer.register_step_post_hook(lambda it, _args, _kwargs: self._after(it))
        # before the user's own hooks, one of which may be a schedule that goes on
        optimizer._optimizer_step_post_hooks.move_to_end(after.id, last=False)  # noqa: SLF001
        self._undo += [before.remove, after.remove]
        return True

    def _replace_step(self, optimizer: Any) -> bool:
        step, own = optimizer.step, getattr(optimizer, "__dict__", {}).get("step")

        @functools.wraps(step)
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._before(optimizer)
            result = step(*args, **kwargs)
            self._after(optimizer)
            return result

        def undo() -> None:
            if vars(optimizer).get("step") is watched:
                del optimizer.step
                if own is not None:
                    optimizer.step = own

        with suppress(AttributeError):  # one that allows no attribute: nobody can look into it
            optimizer.step = watched
            self._undo.append(undo)
            return True
        return False


def has_hooks(optimizer: Any) -> bool:
    """Tell whether an optimizer is one of PyTorch's, and has set itself up as one."""
    return isinstance(optimizer, torch.optim.Optimizer) and hasattr(
        optimizer, "_optimizer_step_post_hooks"
    )


def wrapped(optimizer: Any) -> list[Any]:
    """Return an optimizer and those that it holds as attributes, each once, from the outside in."""
    found, at = [optimizer], 0
    while at < len(found):
        attributes = getattr(found[at], "__dict__", {})
        inner = [each for each in attributes.values() if is_optimizer(each)]
        found += [each for each in inner if not any(each is known for known in found)]
        at += 1
    return found


def is_optimizer(thing: Any) -> bool:
    """Tell whether a thing is an optimizer: of PyTorch's, or one that steps groups as they do."""
    if isinstance(thing, torch.optim.Optimizer):
        return True
    has = functools.partial(hasattr, type(thing))  # of the class: fastai's pass on to others
    return has("step") and has("zero_grad") and has("param_groups")
