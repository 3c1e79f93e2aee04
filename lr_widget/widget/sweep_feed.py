"""One sweep as its picker shows it: begin, points, end. `lr_find` drives a picker through this."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import ref

from lr_widget.common.sentences import say
from lr_widget.hosts import kernel, notebook
from lr_widget.loops.shown import Shown
from lr_widget.records.history import Run
from lr_widget.records.plan import Plan
from lr_widget.records.read_only import Floats
from lr_widget.records.sweep import Sweep
from lr_widget.widget.comparison import compare
from lr_widget.widget.picker import LRPicker
from lr_widget.widget.shown_sweep import NOTHING, groups_state
from lr_widget.widget.wire import PointStream

if TYPE_CHECKING:
    from lr_widget.loops.recall import Recall


class SweepFeed:
    """Feeds a picker with one sweep after the other: a first one, and its repeats.

    Args:
        picker: a new one.
        still: whether the output is renewed after the cell, with a picture and a sentence.
    """

    def __init__(self, picker: LRPicker, *, still: bool = True) -> None:
        self.picker = picker
        self._still = still
        self._stream: PointStream | None = None
        self._output: Any = None

    def follow_on(self, recall: Recall, earlier: tuple[Sweep, ...]) -> None:
        """Remember what is swept, for `try_picks`, and take over the sweeps of earlier calls."""
        self.picker._tryout.recall = recall
        self.picker.sweeps = earlier
        self.picker._n_before = len(earlier)

    @property
    def stop_requested(self) -> bool:
        """Whether the page has asked to stop the sweep that runs."""
        return self.picker._is_stopped(self.picker._curve)

    @property
    def summary(self) -> str:
        """How the sweep ended and what is suggested, in one line."""
        return self.picker._summary()

    def begin(
        self,
        plan: Plan,
        shown: Shown,
        groups: Sequence[tuple[str, bool]],
        run: Run,
        *,
        one_rate: bool,
    ) -> None:
        """Get the picker ready for a sweep's points; before it is shown.

        Args:
            plan: the rates to come.
            shown: the loop's line of code and schedule.
            groups: name of every parameter group, and whether it is frozen.
            run: what the sweep is called, and which of its repeats it is.
            one_rate: the groups are no layers.
        """
        picker = self.picker
        picker._points = NOTHING
        ours = picker._explainer.ours
        if ours is not None and ours.pick == picker.value:
            picker.value = None  # that of the sweep before, which this one repeats
        with picker.hold_sync():
            picker._plan = plan._asdict()
            picker._code, picker._schedule = shown
            picker._show(groups_state(groups, one_rate=one_rate))
            picker._kernel_id = kernel.kernel_id()
            picker._curve = uuid.uuid4().hex
            picker._show_comparison(compare(picker.sweeps, run, more_come=True))
            picker._outcome = ""
            withheld = picker._explainer.withheld
            picker._no_pick = say("practice.guess.first" if withheld else "no_pick.running")
            picker._show(picker._explainer.begin().state())
            picker.status = "running"
        self._stream = PointStream(picker.send, {"type": "points", "run": picker._curve})

    def show(self) -> None:
        """Show the picker in the cell that runs; a repeat draws itself in the same place."""
        if self.picker.sweep is not None:
            return
        kernel.close_replaced(self.picker, self.picker._place)
        self._output = notebook.show(self.picker, keep_handle=self._still)
        self.picker._place.cell = kernel.cell_number()

    @property
    def shown(self) -> bool:
        """Whether an output shows the picker: only then are points sent and read on their way."""
        return self.picker._place.outputs > 0

    def points(self, lrs: Floats, losses: Floats) -> None:
        """Take all points so far; float64, shape `(n,)` each."""
        picker = self.picker
        picker._points = (lrs, losses)
        if not self.shown:
            return
        if self._stream is not None:
            self._stream.offer(lrs, losses)
        reading = picker._explainer.follow(lrs, losses)
        if reading is not None:
            picker._reading = reading

    def end(self, sweep: Sweep, *, restored: bool) -> None:
        """Take the finished record, after the restore; the output is renewed after the cell.

        Args:
            sweep: the record.
            restored: everything could be put back.
        """
        picker = self.picker
        picker.sweeps = (*picker.sweeps, sweep)
        picker._points = (sweep.lrs, sweep.losses)
        picker.send_state("_curve")
        picker._conclude(sweep, restored=restored)
        if self._output is not None:
            output, self._output = self._output, None
            picker._when_open = lambda: self._renew(output)
            kernel.after_cell(lambda: self._renew(output))

    def picked_hi(self) -> Callable[[], float | None]:
        """Return a function that tells the pick's right end, and does not hold the picker."""
        held = ref(self.picker)

        def hi() -> float | None:
            picker = held()
            return None if picker is None or picker.value is None else float(picker.value[1])

        return hi

    def _renew(self, output: Any) -> None:
        """Put a picture and a sentence into the output, for those who read it without a kernel.

        After the cell: drawing takes a tenth of a second, which no sweep has to wait for. And once
        more when a guess has been made, if one was wanted first.
        """
        self.picker._renewals += 1
        output.update(self.picker)
        self.picker._place.outputs -= 1  # the same output
