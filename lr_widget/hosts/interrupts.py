"""Interrupts (SIGINT) while a sweep runs, and in the moment after it.

In a notebook an interrupt means "stop the sweep and go on": the first one only asks the range
test to end, so that `lr_find` returns normally and the cells queued behind it run. A step that
does not end within `HANG_SECONDS` is broken from within. A second interrupt always raises.
In a script the first one raises, as anywhere in Python, but never inside our own bookkeeping or
the restore.

The page's Stop button works by interrupting the kernel, and its request may be on its way while
the sweep ends by itself. It must not hit the next cell. So for `GRACE_SECONDS` after a sweep that
could be stopped and was not, one interrupt is swallowed. (Someone who wants to interrupt the next
cell in that very moment presses once more.) If the next cell is a sweep itself, its own Stop has to
work: there only `NEXT_SWEEP_SECONDS` count, in which nobody finds a new button.
"""

from __future__ import annotations

import _thread
import logging
import signal
import threading
from time import monotonic
from types import FrameType
from typing import Any

from lr_widget.common.errors import is_stop_echo
from lr_widget.hosts.kernel import running_kernel

logger = logging.getLogger(__name__)

HANG_SECONDS = 1.5  # Stop has to work within 2 s
GRACE_SECONDS = 2.0  # a request takes 0.02 to 0.2 s on an idle machine
NEXT_SWEEP_SECONDS = 0.5


class Interrupts:
    """Takes over SIGINT for the time of one sweep; a context manager.

    An interrupt is raised only inside `breakable()`; anywhere else within the context it waits.
    Outside the main thread Python delivers no signals: there it does nothing.

    Args:
        as_stop: the first interrupt asks for a stop instead of raising.
    """

    def __init__(self, *, as_stop: bool) -> None:
        self.as_stop = as_stop
        self.count = 0  # interrupts that a person sent
        self._shields = 1
        self._breaking = False  # our own signal, to break a hanging step, is on its way
        self._active = False
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._previous: Any = None
        self._late_until = 0.0  # until then one interrupt was meant for the sweep before

    @property
    def stop_requested(self) -> bool:
        """Whether an interrupt has asked for a stop."""
        return self.as_stop and self.count > 0

    @property
    def wants_raise(self) -> bool:
        """Whether KeyboardInterrupt is due: a second one, or any where none counts as stop."""
        return self.count > (1 if self.as_stop else 0)

    def is_stop(self, error: BaseException) -> bool:
        """Tell whether an exception means no more than the stop that was asked for."""
        return self.stop_requested and not self.wants_raise and is_stop_echo(error)

    def due(self, error: BaseException | None) -> BaseException | None:
        """Return what has to be raised in the end: the exception, or an interrupt that waited."""
        return KeyboardInterrupt() if error is None and self.wants_raise else error

    def __enter__(self) -> Interrupts:  # noqa: PYI034  Self needs Python 3.11
        in_main_thread = threading.current_thread() is threading.main_thread()
        # None: a handler that was not installed from Python, and could not be put back
        if in_main_thread and signal.getsignal(signal.SIGINT) is not None:
            until = _grace.end()
            if self.as_stop:  # elsewhere an interrupt has to raise, whatever was before
                self._late_until = until - GRACE_SECONDS + NEXT_SWEEP_SECONDS
            self._active = True
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *error: object) -> None:
        if not self._active:
            return
        with self._lock:  # from here on the timer sends nothing
            self._active = False
        if self._timer is not None:
            self._timer.cancel()
        if self.as_stop and self.count == 0:
            _grace.begin(self._previous)
        else:
            signal.signal(signal.SIGINT, self._previous)

    def breakable(self) -> _Shift:
        """A block that an interrupt may break: the user's own training steps."""
        return _Shift(self, -1)

    def shielded(self) -> _Shift:
        """A block within a breakable one in which interrupts wait again."""
        return _Shift(self, 1)

    def shield(self) -> None:
        """From now on interrupts wait: also where one came in the very moment a block began."""
        self._shields = 1

    def _shift(self, shields: int) -> None:
        self._shields += shields
        if self._shields == 0 and self.wants_raise:
            raise KeyboardInterrupt

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        if self._breaking:
            self._breaking = False
        elif monotonic() < self._late_until:
            self._late_until = 0.0
            return
        else:
            self.count += 1
            if self.as_stop and self.count == 1:
                self._watch_step()
                return
        if self._active and not self._shields:
            raise KeyboardInterrupt

    def _watch_step(self) -> None:
        if self._active:
            self._timer = threading.Timer(HANG_SECONDS, self._break_step)
            self._timer.daemon = True
            self._timer.start()

    def _break_step(self) -> None:
        """Called in the timer's thread: the step has not ended, so break it from within."""
        with self._lock:
            if not self._active or self._shields:
                return
            self._breaking = True
            if hasattr(signal, "pthread_kill"):  # wakes a sleeping system call, too
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            else:
                _thread.interrupt_main()


class _Shift:
    """A block with one shield more or less; no generator, since it is entered twice a step."""

    __slots__ = ("_interrupts", "_shields")

    def __init__(self, interrupts: Interrupts, shields: int) -> None:
        self._interrupts, self._shields = interrupts, shields

    def __enter__(self) -> None:
        try:
            self._interrupts._shift(self._shields)  # noqa: SLF001
        except KeyboardInterrupt:
            self._interrupts._shields -= self._shields  # noqa: SLF001
            raise

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            self._interrupts._shift(-self._shields)  # noqa: SLF001
        else:  # which goes on its way; the interrupt is not forgotten (`wants_raise`)
            self._interrupts._shields -= self._shields  # noqa: SLF001


class _Grace:
    """Swallows one late interrupt after a sweep, across the end of the cell."""

    def __init__(self) -> None:
        self._until = 0.0
        self._previous: Any = None
        self._kernel: Any = None

    def begin(self, previous: Any) -> None:
        """Take SIGINT over from `previous`, which had it before the sweep."""
        self._until = monotonic() + GRACE_SECONDS
        signal.signal(signal.SIGINT, self._on_signal)
        self._previous = previous
        self._follow_cells()

    def end(self) -> float:
        """Give SIGINT back to whoever had it, and return until when this had lasted (or 0)."""
        until, self._until = self._until, 0.0
        if self._previous is not None and signal.getsignal(signal.SIGINT) == self._on_signal:
            signal.signal(signal.SIGINT, self._previous)
        self._previous = None
        return until

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        previous, live = self._previous, monotonic() < self._until
        self.end()
        if live:
            logger.debug("swallowed an interrupt that came just after a sweep")
        elif callable(previous):
            previous(signum, frame)

    def _follow_cells(self) -> None:
        """Stay installed in the next cell: ipykernel sets SIGINT anew before every message."""
        kernel = running_kernel()
        if kernel is None or self._kernel is kernel or not hasattr(kernel, "pre_handler_hook"):
            return
        self._kernel, original = kernel, kernel.pre_handler_hook

        def hook() -> None:
            original()
            if monotonic() < self._until:
                self._previous = signal.signal(signal.SIGINT, self._on_signal)
            else:  # over: the kernel's own method again
                kernel.__dict__.pop("pre_handler_hook", None)
                self._kernel = None

        kernel.pre_handler_hook = hook


_grace = _Grace()
