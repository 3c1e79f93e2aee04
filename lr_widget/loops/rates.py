"""The rates of a sweep or trial: known before each step, and read back when the optimizer makes it.

A range test is worth nothing if its steps are made at other rates than those on the axis. So every
loop sets the rates by a `RateWatch` and asks it afterwards:

    with RateWatch(optimizer, test) as rates:
        while (lr := test.begin_step()) is not None:
            rates.set(lr)
            ...  # one step
            rates.check()
            test.end_step(loss)

In a trial a schedule sets them: `ScheduledRates` notes what it has set, and checks the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import torch

from lr_widget.engine.range_test import RangeTest
from lr_widget.loops.accelerate import unprepared
from lr_widget.loops.optimizers import set_lrs
from lr_widget.loops.own_rates import check_reach
from lr_widget.loops.step_hooks import StepHooks, wrapped

ROUNDING = 1e-6  # relative: a tensor of float32 holds no rate exactly
LEAVE_OUT = "leave that out, or use fit=fn"  # what to do where somebody sets a rate in a trial

Own = TypeVar("Own", bound="StepRates")


class StepRates:
    """Reads back at which rates an optimizer steps; a context manager.

    Nothing is overruled: a rate that differs is an error, since somebody means it. Reading takes a
    float per group. A tensor on a device is only read if it has been written to since.

    Args:
        optimizer: the one whose steps are read; of PyTorch's, fastai's, or of another make.
        name: of the argument that is at fault where a rate differs.
        cause: says what may have set it, where that is neither the optimizer nor one within it.
        others: optimizers that are known to step beside it, at rates of their own.
        inside: appended to the error where the optimizer's own step changed the rate: who else runs
            within that step.
    """

    _setter = "the sweep"  # who sets the rates, in words

    def __init__(
        self,
        optimizer: Any,
        *,
        name: str = "optimizer",
        cause: Callable[[], str] = lambda: "something else sets it in the step",
        others: Sequence[Any] = (),
        inside: str = "",
    ) -> None:
        self.optimizer = optimizer = unprepared(optimizer)
        self.has_seen_none = True  # of all steps
        self._name, self._cause = name, cause
        self._others, self._inside = others, inside
        self._own = wrapped(optimizer)
        # floats, or copies of tensors on a device, which nobody waits for
        self._rates: list[Any] = []
        self._written: dict[int, tuple[int, Any]] = {}  # tensors on a device: version and rate
        self._layout: list[tuple[int, int]] = []
        self._group_of: dict[int, int] = {}  # by the id of a parameter
        self._sharing: dict[int, int] = {}  # the same for other tensors in its memory
        self._within = 0  # how many of its steps are being made now
        self._is_stepped = False
        self._fault: str | None = None
        self._beside: str | None = None  # what is wrong if the optimizer itself makes no step
        self._hooks: StepHooks | None = None

    def __enter__(self: Own) -> Own:  # noqa: PYI019  Self needs Python 3.11
        self._hooks = StepHooks(self.optimizer, self._before, self._after, self._concerns)
        return self

    def __exit__(self, *error: object) -> None:
        if self._hooks is not None:
            self._hooks.remove()

    @property
    def can_see(self) -> bool:
        """Whether a step of the optimizer would be seen."""
        return self._hooks is not None and self._hooks.reach_optimizer

    def expect(self, rates: Sequence[Any]) -> None:
        """Take these, which the groups have now, for the rates that they are to be stepped at."""
        self._rates = list(rates)
        groups = self.optimizer.param_groups
        layout = [(id(group["params"]), len(group["params"])) for group in groups]
        if layout != self._layout:
            self._layout = layout
            self._group_of = {id(p): i for i, group in enumerate(groups) for p in group["params"]}
        self._written = {
            id(group["lr"]): (group["lr"]._version, rate)  # noqa: SLF001
            for group, rate in zip(groups, self._rates, strict=True)
            if _is_on_device(group["lr"])
        }

    def begin(self) -> None:
        """Begin another step, or another attempt at it."""
        self._within, self._is_stepped = 0, False
        self._fault = self._beside = None

    def check(self) -> bool:
        """Return whether the optimizer has made a step since the rates were set.

        Raises:
            ValueError: it has made one at other rates.
        """
        fault = self._fault or (None if self._is_stepped else self._beside)
        if fault is not None:
            raise ValueError(fault)
        return self._is_stepped

    def check_now(self, optimizer: Any = None) -> None:
        """Compare what the groups have now: for a step that was made where nobody could see it.

        Args:
            optimizer: the one that has made it, if it has taken the place of the swept one.

        Raises:
            ValueError: they have other rates than were set.
        """
        found = self._differing(self.optimizer if optimizer is None else optimizer)
        if found:
            raise ValueError(self._say(found, self._cause()))

    def check_kept(self, cause: Callable[[], str], groups: int | None = None) -> None:
        """Check before a step that nobody has set another rate than the expected one.

        Args:
            cause: says who has, if somebody has.
            groups: how many are looked at, the first ones; None for all. Those of new parameters
                are not.

        Raises:
            ValueError: somebody has.
        """
        for i, group in enumerate(self.optimizer.param_groups[:groups]):
            is_known = any(id(p) in self._group_of for p in group["params"])
            found = self._difference(i, group, self.optimizer) if is_known else None
            if found:
                raise ValueError(self._say(found, cause()))

    def _before(self, optimizer: Any) -> None:
        if self._is_another(optimizer):
            return
        found = self._differing(optimizer)
        if self._within or self._is_own(optimizer):
            if found and self._fault is None:
                self._fault = self._say(found, self._why(optimizer))
            self._within += 1
        elif found:
            kind = type(optimizer).__name__
            self._beside = (
                f"{self._name} must call the step of the optimizer that is swept, got only one of "
                f"another, {kind}, at {found[1]!r} instead of {found[2]!r}; pass that one, or name "
                "it in also=[...] if it is a second one"
            )

    def _after(self, optimizer: Any) -> None:
        if self._is_another(optimizer):
            return
        if self._within:
            self._within -= 1
            found = self._differing(optimizer)
            if found and self._fault is None:
                kind = type(optimizer).__name__
                why = f"the step of {kind} sets the rate itself{self._inside}"
                self._fault = self._say(found, why)
        elif self._beside is not None:
            return
        if optimizer is not self.optimizer and not self._concerns(optimizer):
            return  # held by it, but of another model
        # A fused optimizer is called even if the scaler has found an overflow, and looks itself. To
        # know it, too, the host has to read it from the device: in this one combination.
        overflow = getattr(optimizer, "found_inf", None)
        if not (isinstance(overflow, torch.Tensor) and bool(overflow)):
            self._is_stepped, self.has_seen_none = True, False

    def _is_own(self, optimizer: Any) -> bool:
        return any(optimizer is own for own in self._own)

    def _is_another(self, optimizer: Any) -> bool:
        if self._within or self._is_own(optimizer):
            return False
        return any(optimizer is other for other in self._others)

    def _concerns(self, optimizer: Any) -> bool:
        """Tell whether an optimizer that is about to step has parameters of the swept one.

        Or their memory: `p.data` is another tensor, and trains the same.
        """
        known = self._group_of
        params = [p for group in optimizer.param_groups for p in group["params"]]
        if any(id(p) in known for p in params):
            return True
        groups = enumerate(self.optimizer.param_groups)
        places = {_place(p): i for i, group in groups for p in group["params"]}
        found = {id(p): places[place] for p in params if (place := _place(p)) in places and place}
        self._sharing.update(found)
        return bool(found)

    def _differing(self, optimizer: Any) -> tuple[str, float | None, float] | None:
        """Return the first group that has another rate: its number, its rate, and what was set."""
        for i, group in enumerate(optimizer.param_groups):
            found = self._difference(i, group, optimizer)
            if found:
                return found
        return None

    def _difference(
        self, index: int, group: Any, optimizer: Any
    ) -> tuple[str, float | None, float] | None:
        expected = self._expected(group, index, optimizer)
        if expected is None:
            return None
        used = self._used(group.get("lr"))
        # a device is waited for only where the rate is not known to be the same
        if used is expected or (used is not None and _is_close(used, expected)):
            return None
        return f"group {index}", None if used is None else float(used), float(expected)

    def _expected(self, group: Any, index: int, optimizer: Any) -> Any:
        """Return the rate that a group should have; None if it is not one of the swept ones."""
        known, params = self._group_of, group["params"]
        of = known.get(id(params[0])) if len(params) else None  # nearly always it
        if of is None:
            of = next((known[id(p)] for p in params if id(p) in known), None)
        if of is None and self._sharing:
            of = next((self._sharing[id(p)] for p in params if id(p) in self._sharing), None)
        if of is None and optimizer is self.optimizer:  # its parameters are copies, or new ones
            of = min(index, len(self._rates) - 1)
        return None if of is None else self._rates[of]

    def _used(self, lr: Any) -> Any:
        if lr is None:
            return None
        if _is_on_device(lr):
            version, rate = self._written.get(id(lr), (-1, 0.0))
            if version == lr._version:  # noqa: SLF001
                return rate
        return _number(lr)

    def _why(self, optimizer: Any) -> str:
        """Say who has set another rate than ours, as an optimizer is about to step."""
        outer, inner = type(self.optimizer).__name__, type(optimizer).__name__
        if not self._differing(self.optimizer):
            return f"the {inner} within {outer} has a rate of its own"
        if not self._within:
            return self._cause()
        within = "" if optimizer is self.optimizer else f", or a hook of the {inner} within it,"
        return f"the step of {outer}{within} sets the rate itself"

    def _say(self, found: tuple[str, float | None, float], why: str) -> str:
        group, used, expected = found
        return (
            f"{self._name} must train at the rate that {self._setter} has set, {expected!r} in "
            f"{group}, got {used!r}: {why}"
        )


class RateWatch(StepRates):
    """Sets the rates of each step of a sweep, and reads back what the optimizer steps with.

    Args:
        optimizer: as for `StepRates`; the one that is swept.
        test: the range test.
        more: the other arguments of `StepRates`.

    Raises:
        ValueError: the optimizer does not use rates as high as the sweep's.
    """

    def __init__(self, optimizer: Any, test: RangeTest, **more: Any) -> None:
        check_reach(optimizer, test.plan)
        super().__init__(optimizer, **more)
        self._test = test

    def set(self, lr: float) -> None:
        """Give every group its rate for the step at `lr`; once more for another attempt at it."""
        self.expect(set_lrs(self.optimizer, self._test, lr))
        self.begin()


class ScheduledRates(StepRates):
    """Reads back whether the steps of a trial are made at the rates that its schedule sets."""

    _setter = "the schedule of the trial"

    def note(self) -> None:
        """Take the rates that the groups have now: the schedule has just set them."""
        copies: dict[int, Any] = {}  # by tensor: groups may share one
        rates = []
        for group in self.optimizer.param_groups:
            lr = group["lr"]
            if _is_on_device(lr):
                rates.append(copies.setdefault(id(lr), lr.detach().clone()))
            else:
                rates.append(_number(lr))
        fault = self._fault  # of a step that nobody has asked about yet
        self.expect(rates)
        self.begin()
        self._fault = fault


def _place(parameter: Any) -> int:
    """Return where a parameter lies in memory; 0 if it lies nowhere, or does not tell."""
    with suppress(RuntimeError):
        return int(parameter.data_ptr())
    return 0


def _is_on_device(lr: Any) -> bool:
    return isinstance(lr, torch.Tensor) and lr.device.type != "cpu"


def _number(lr: Any) -> float:
    return float(lr.detach() if isinstance(lr, torch.Tensor) else lr)


def _is_close(used: Any, expected: Any) -> bool:
    return math.isclose(float(used), float(expected), rel_tol=ROUNDING)
