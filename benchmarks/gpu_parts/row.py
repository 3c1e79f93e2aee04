"""One line of the report, and what a part is told. Needs nothing but Python."""

from __future__ import annotations

from typing import NamedTuple

WRONG = "WRONG"  # what has to be so, and is not; a number beyond its bound is a "no"
FAILED = "failed"
CARD = "card"  # the line that names it
NEEDS_CUDA = "needs CUDA: not run"


class Setting(NamedTuple):
    """Where a part runs.

    Attributes:
        device: "cuda", or "cpu" as a stand-in.
    """

    device: str

    @property
    def has_cuda(self) -> bool:
        """Whether it is the real thing."""
        return self.device == "cuda"

    @property
    def quick(self) -> bool:
        """Whether tiny sizes will do: a stand-in only shows that the part runs."""
        return not self.has_cuda


class Row(NamedTuple):
    """One line of the report.

    Attributes:
        what: was looked at.
        measured: in words or numbers; or why it was not run.
        bound: what is aimed at, if anything.
        holds: "yes", "no", `WRONG`, `FAILED`, or nothing where there is nothing to hold.
    """

    what: str
    measured: str
    bound: str = ""
    holds: str = ""


def check(what: str, faults: list[str], good: str) -> Row:
    """Return the line on what has to be so.

    Args:
        what: was looked at.
        faults: what was found wrong, in words.
        good: says what was found if nothing is.
    """
    return Row(what, "; ".join(faults) or good, "", WRONG if faults else "yes")


def not_run(what: str, why: str) -> Row:
    """Return the line on what could not be looked at; it passes nothing."""
    return Row(what, why)


def without(what: str, *modules: str) -> Row:
    """Return the line on what could not be looked at for want of these modules."""
    are = "is" if len(modules) == 1 else "are"
    return not_run(what, f"{' and '.join(modules)} {are} missing: not run")
