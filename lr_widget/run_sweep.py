"""One sweep: shown, run, put back, recorded and kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from lr_widget.common.errors import RestoreError, error_text
from lr_widget.common.sentences import say
from lr_widget.hosts import notebook
from lr_widget.hosts.interrupts import Interrupts
from lr_widget.records.history import Run, keep, keep_stage
from lr_widget.records.plan import Plan, Shares
from lr_widget.records.settings import SweepSettings
from lr_widget.records.stop_reason import StopReason, write_reason
from lr_widget.records.sweep import Sweep
from lr_widget.widget.sweep_feed import SweepFeed

if TYPE_CHECKING:
    from lr_widget.engine.range_test import RangeTest
    from lr_widget.loops.protocol import BaseLoop, Group


class Asked(NamedTuple):
    """What the repeats of a sweep have in common: the arguments of `lr_find`, checked."""

    plan: Plan
    shares: Shares
    stop_div: bool
    show: bool
    also: Sequence[Any]


def run_sweep(
    feed: SweepFeed, loop: BaseLoop, asked: Asked, run: Run, seed: int | None
) -> BaseException | None:
    """Run one sweep, show it and keep it, and put everything back.

    Args:
        feed: shows it.
        loop: what is swept.
        asked: how.
        run: which of the repeats it is.
        seed: of this one, or None.

    Returns:
        What has to be raised now, or None.
    """
    from lr_widget.engine.range_test import RangeTest

    groups = loop.groups()
    frozen = any(group.frozen for group in groups)
    label = run.label or say("history.frozen" if frozen else "history.unfrozen")
    settings = _begin(feed, loop, asked, run._replace(label=label), groups=groups, seed=seed)
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    in_notebook = asked.show and notebook.is_running()
    with Interrupts(as_stop=in_notebook) as interrupts:
        if in_notebook:
            feed.show()
        test = RangeTest(
            asked.plan,
            stop_div=asked.stop_div,
            should_stop=lambda: interrupts.stop_requested or feed.stop_requested,
            on_points=feed.points,
            shielded=interrupts.shielded,
            shares=asked.shares,
        )
        error = _run(loop, test, seed, asked.also, interrupts)
        # a loop that ended by itself, before the test was over, has stopped it
        reason = test.finish(StopReason.STOPPED)
        lrs, losses = test.points
        sweep = Sweep(
            lrs,
            losses,
            loop.optimizer_name(),
            stop_reason=write_reason(reason, test.error),
            settings=settings,
            groups=[group.name for group in groups],
            started=started,
            label=label,
        )
        keep(loop.owner(), sweep)
        feed.end(sweep, restored=not isinstance(error, RestoreError))
    return interrupts.due(error)


def _begin(
    feed: SweepFeed,
    loop: BaseLoop,
    asked: Asked,
    run: Run,
    *,
    groups: Sequence[Group],
    seed: int | None,
) -> SweepSettings:
    """Get the picker ready, and return the settings that its sweep will be recorded with."""
    from lr_widget.loops.hints import hints
    from lr_widget.loops.shown import Shown

    frozen = [group.frozen for group in groups]
    shown = Shown.checked(loop.code_line(), loop.schedule())
    one_rate = not loop.groups_are_layers
    feed.begin(asked.plan, shown, groups, run, one_rate=one_rate)
    settings = SweepSettings.of_run(
        **asked.plan._asdict(),
        **asked.shares._asdict(),
        **hints(loop),
        stop_div=asked.stop_div,
        seed=seed,
        repeat=run.number,
        repeats=run.of,
        frozen=frozen,
        one_rate=one_rate,
    )
    if any(frozen):
        keep_stage(loop.owner(), feed.picked_hi())
    return settings


def _run(
    loop: BaseLoop, test: RangeTest, seed: int | None, also: Sequence[Any], interrupts: Interrupts
) -> BaseException | None:
    """Run the test, put everything back, and return what was raised unless that means Stop."""
    from lr_widget.snapshot.random_states import seed_everything
    from lr_widget.snapshot.snapshot import Snapshot
    from lr_widget.snapshot.torch_modes import search_no_anomalies

    try:
        with Snapshot(loop.holders(), also, guards_frozen=True):
            search_no_anomalies()
            if seed is not None:
                seed_everything(seed, loop.generators())
            try:
                with interrupts.breakable():
                    loop.run(test)
            finally:
                interrupts.shield()
    except BaseException as error:  # noqa: BLE001  whatever it is, it is raised again later
        if interrupts.is_stop(error):
            test.finish(StopReason.STOPPED)
            return None
        test.finish(*_reason(error))
        return error
    return None


def _reason(error: BaseException) -> tuple[StopReason, str | None]:
    if isinstance(error, KeyboardInterrupt):
        return StopReason.INTERRUPTED, None
    text = error_text(error)
    return StopReason.ERROR, type(error).__name__ + (f": {text}" if text else "")
