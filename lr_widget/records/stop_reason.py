"""Why a range test or a training run has ended, and the words that stand for it in a record."""

from __future__ import annotations

from enum import Enum


class StopReason(str, Enum):
    """Why it has ended; each is the text that a record and its file have."""

    FINISHED = "finished"
    DIVERGED = "diverged"
    NON_FINITE_LOSS = "non-finite loss"
    NOT_VALIDATED = "not validated"  # a training run only
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"  # a range test only, as an error
    ERROR = "error"

    def __str__(self) -> str:
        return self.value


OF_TRIALS = (
    StopReason.FINISHED,
    StopReason.DIVERGED,
    StopReason.NON_FINITE_LOSS,
    StopReason.NOT_VALIDATED,
    StopReason.STOPPED,
)


def write_reason(reason: StopReason, error: str | None = None) -> str:
    """Return the text for a record, as "diverged", or "error: RuntimeError: out of memory".

    Args:
        reason: why the range test has ended.
        error: class and text of what was raised, for an error.
    """
    return reason.value if error is None else f"{reason.value}: {error}"


def read_reason(text: str) -> tuple[StopReason | None, str | None]:
    """Return what `write_reason` was given; no reason for words of another tool's."""
    word, colon, error = text.partition(":")
    if word == StopReason.ERROR.value:
        return StopReason.ERROR, error.strip() if colon else text
    known = {each.value: each for each in StopReason if each is not StopReason.NOT_VALIDATED}
    return known.get(text), None
