"""From a sweep to a learning rate, a pick, the reason in words, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import say
from lr_widget.curves.features import Reading, has_turned, reading_of
from lr_widget.records.arithmetic import quietly
from lr_widget.records.pick import Pick
from lr_widget.records.sweep import Sweep, status_of
from lr_widget.suggestions import public_rules
from lr_widget.suggestions.cautions import cautions
from lr_widget.suggestions.default_rule import (
    LEAST_HALF_WIDTH,
    USUAL,
    Votes,
    half_width,
    votes,
    within,
)
from lr_widget.suggestions.discriminative import pick_for

OURS = "ours"
MARKED = ("valley", "slide", "minimum", "steep")  # fastai's, which the widget marks beside ours
PUBLIC: dict[str, Callable[..., float | None]] = {
    "valley": public_rules.valley,
    "slide": public_rules.slide,
    "minimum": public_rules.minimum,
    "steep": public_rules.steep,
    "torch_lr_finder": public_rules.torch_lr_finder,
    "lightning": public_rules.lightning,
}


@dataclass(frozen=True)
class Suggestion:
    """A learning rate with its reason; or the reason why there is none.

    Attributes:
        lr: the suggested rate for the last layers, or None.
        pick: both rates, or None.
        reason: in words: how the rule came to it, or why there is no rate.
        rule: name of the rule it comes from.
        interval: two rates between which the best one may well lie, from the noise of the curve
            (a jackknife) and, at the least, a factor of three either way: as far as the best rate
            of half of the recorded tasks lay. None for the public rules.
        warnings: what to know about this curve and what to do, in words, the gravest first.
    """

    lr: float | None
    pick: Pick | None
    reason: str
    rule: str
    interval: Pick | None = None
    warnings: tuple[str, ...] = ()


@quietly
def suggest(sweep: Sweep, rule: str = OURS) -> Suggestion:
    """Return what a rule suggests for a sweep.

    Args:
        sweep: the record of a range test. Our own rule uses its `optimizer` and, for the pick, what
            its settings say of the model: frozen groups, and the rate of an earlier stage.
        rule: "ours", or a public rule: "valley", "slide", "minimum" (minimum/10) and "steep" as in
            fastai 2.8.12, "torch_lr_finder" as in torch-lr-finder 0.2.2, "lightning" as in
            Lightning 2.6.6. A public rule gives what its own tool would, and sees no more of the
            sweep than that tool would have run.

    Raises:
        TypeError: `sweep` is no Sweep.
        ValueError: there is no such rule.
    """
    if not isinstance(sweep, Sweep):
        raise TypeError(f"sweep must be a Sweep, such as Sweep(lrs, losses), got {sweep!r}")
    if rule == OURS:
        return _ours(sweep)
    if not isinstance(rule, str) or rule not in PUBLIC:
        known = ", ".join(repr(name) for name in (OURS, *PUBLIC))
        raise ValueError(f"rule must be one of {known}, got {rule!r}")
    planned = sweep.settings.num_it or len(sweep)
    lr = PUBLIC[rule](sweep.lrs, sweep.losses, planned)
    if lr is None or not 0 < lr < float("inf"):
        return Suggestion(None, None, say("no_pick.rule"), rule)
    pick, _ = pick_for(lr, sweep, None)
    return Suggestion(lr, pick, say(f"rules.reads.{rule}"), rule)


def ours_at_once(sweeps: Sequence[Sweep]) -> Suggestion:
    """Return our suggestion after the last of these sweeps, without interval and warnings.

    They take most of the time, and the pick does not need them. (Repeats have an interval all the
    same, from their spread.)

    Args:
        sweeps: as for `suggestions_for`, of whose "ours" this is the beginning.
    """
    return combine([judge(each, at_once=True) for each in repeated(sweeps)])


def suggestions_for(sweeps: Sequence[Sweep]) -> tuple[dict[str, Suggestion], Suggestion]:
    """Return what is suggested after the last of these sweeps.

    Args:
        sweeps: those of one call or one picker; the last one's repeats are judged together.

    Returns:
        The suggestions by rule, ours and the marked ones; and what the last sweep alone suggests.
    """
    judged = [judge(each) for each in repeated(sweeps)]
    marked = {name: suggest(sweeps[-1], rule=name) for name in MARKED}
    return {OURS: combine(judged), **marked}, judged[-1]


def repeated(sweeps: Sequence[Sweep]) -> Sequence[Sweep]:
    """Return the last sweep with those before it that it repeats."""
    repeat = sweeps[-1].settings.repeat
    same = sweeps[-repeat:]
    numbers = [each.settings.repeat for each in same]
    alike = all(each.groups == same[-1].groups for each in same)
    return same if alike and numbers == list(range(1, repeat + 1)) else sweeps[-1:]


@quietly
def combine(found: Sequence[Suggestion]) -> Suggestion:
    """Return the geometric mean of the suggestions, with an interval from their spread.

    The ratio between the two rates, and the warnings, are those of the last sweep that has a
    suggestion. With fewer than two rates there is nothing to combine: the last one stands.
    """
    answers = [each for each in found if each.pick is not None]
    if len(answers) < 2:
        return answers[-1] if answers else found[-1]
    last = answers[-1]
    log10_lrs = np.log10([each.pick.hi for each in answers if each.pick is not None])
    lr = float(10 ** log10_lrs.mean())
    error = float(log10_lrs.std(ddof=1)) / len(answers) ** 0.5
    width = float(np.hypot(LEAST_HALF_WIDTH, 2 * error))
    ratio = last.pick.hi / last.pick.lo if last.pick else 1.0
    each = ", ".join(format_lr(float(10**value)) for value in log10_lrs)
    mean = say("suggestion.repeats", lr=format_lr(lr), count=len(answers), each=each)
    around = Pick(lr / 10**width, lr * 10**width)
    reason = f"{mean} {say('suggestion.last', reason=last.reason)}"
    return replace(last, lr=lr, pick=Pick(lr / ratio, lr), reason=reason, interval=around)


@quietly
def judge(sweep: Sweep, *, at_once: bool = False) -> Suggestion:
    """Return what to pick after a sweep, or why there is nothing to pick.

    After an error nothing is suggested; after a stop by hand only a curve that has turned is read.

    Args:
        sweep: the record.
        at_once: leave interval and warnings out.
    """
    found = _ours(sweep, at_once=at_once)
    status = status_of(sweep)
    if status == "failed":
        return replace(found, lr=None, pick=None, reason=say("no_pick.failed"), warnings=())
    if status == "stopped" and not has_turned(sweep):
        return replace(found, lr=None, pick=None, reason=say("no_pick.not_turned"), warnings=())
    return found


def _ours(sweep: Sweep, *, at_once: bool = False) -> Suggestion:
    reading = reading_of(sweep)
    if reading is None:
        return Suggestion(None, None, say("no_pick.too_short", steps=len(sweep)), OURS)
    cast = votes(reading, sweep.optimizer)
    warnings = () if at_once else cautions(sweep, reading)
    if cast is None:
        flat = say("no_pick.flat", last=format_lr(reading.last))
        return Suggestion(None, None, flat, OURS, None, warnings)
    lr = within(cast.lr, reading, sweep.lrs)
    pick, why = pick_for(lr, sweep, reading)
    hi, width = pick.hi, float("inf")
    if not at_once:
        width = half_width(sweep.lrs, sweep.losses, sweep.optimizer)
    around = None if width == float("inf") else Pick(hi / 10**width, hi * 10**width)
    held = "" if math.isclose(lr, cast.lr) else say("suggestion.held", lr=format_lr(lr))
    reason = " ".join(filter(None, (_reason(reading, cast, sweep.optimizer), held, why)))
    return Suggestion(hi, pick, reason, OURS, around, warnings)


def _reason(reading: Reading, cast: Votes, optimizer: str | None) -> str:
    below = format_lr(cast.divergence)
    places = []
    if reading.worse_from is None:
        places.append(say("suggestion.never_worse", lr=format_lr(reading.last), below=below))
    else:
        places.append(say("suggestion.worse", lr=format_lr(reading.worse_from), below=below))
    if cast.descent is not None:
        places.append(say("suggestion.half_way", lr=format_lr(cast.descent)))
    if cast.usual is not None:
        usual = USUAL[(optimizer or "").lower()]
        key = "usual" if math.isclose(usual, cast.usual) else "usual_far"
        lrs = {"lr": format_lr(cast.usual), "usual": format_lr(usual)}
        places.append(say(f"suggestion.{key}", optimizer=optimizer, **lrs))
    lr = format_lr(cast.lr)
    if len(places) == 1:
        return say("suggestion.alone", lr=lr, place=places[0])
    key = "mean" if cast.descent is not None else "twice"
    return say(f"suggestion.{key}", lr=lr, places=", ".join(places))
