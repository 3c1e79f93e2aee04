"""Who sets a rate between two steps of a fit of Lightning's, before the optimizer's step begins.

Ours are set within that step, at the last moment. Put over those of somebody who means them, they
would be a training that nobody has asked for: so somebody else's are an error, looked for where it
can be told whose they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lr_widget.loops.callbacks import named_in_words
from lr_widget.loops.lightning.callbacks import has_own_hooks, hooks_into_step, may_set_rates
from lr_widget.loops.lightning.fit import Fit
from lr_widget.loops.meanwhile import Meanwhile

MODULE = "a hook of the module sets it"
OPTIMIZER = "a hook of the optimizer sets it"


def around_step(
    fit: Fit, meanwhile: Meanwhile, before: Callable[[], None], after_own: Callable[[], None]
) -> bool:
    """Call functions around the method `optimizer_step` of a module.

    Args:
        fit: the call.
        meanwhile: until whose end they are called.
        before: called before it.
        after_own: called after one of the module's own, which may warm up by hand: what it does to
            the rates is known, and no fault.

    Returns:
        Whether it is the module's own.
    """
    is_own = fit.overrides(fit.module, "optimizer_step")

    def watched(step: Callable[..., Any]) -> Callable[..., Any]:
        def optimizer_step(*args: Any, **kwargs: Any) -> Any:
            before()
            result = step(*args, **kwargs)
            if is_own:
                after_own()
            return result

        return optimizer_step

    meanwhile.wrap(fit.module, "optimizer_step", watched)
    return is_own


def setting_callbacks(fit: Fit) -> list[Any]:
    """Return the callbacks of a fit that may set a rate between steps."""
    return [each for each in fit.trainer.callbacks if may_set_rates(each)]


def said_to_set(fit: Fit) -> str:
    """Say what may have set a rate between two steps."""
    hooks = ["a hook of the module"] if has_own_hooks(fit.module) else []
    names = [named_in_words(setting_callbacks(fit)), *hooks]
    return f"{' or '.join(filter(None, names)) or 'something else'} sets it"


def inside(fit: Fit) -> str:
    """Say who else runs within the optimizer's step, and may have set a rate there."""
    names = named_in_words(each for each in fit.trainer.callbacks if hooks_into_step(each))
    more = f", or {names}" if names else ""
    return f", or training_step does, which runs in it, or a hook of the module{more}"
