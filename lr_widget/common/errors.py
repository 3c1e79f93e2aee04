"""The package's own error; what users' code has raised: in words, with a record attached."""

from __future__ import annotations

from contextlib import suppress
from typing import TypeVar

Record = TypeVar("Record")


class RestoreError(RuntimeError):
    """Something a sweep or a trial disturbed could not be put back; its cause says what.

    Model and optimizer are then not as they were: make them anew.
    """


def error_text(error: BaseException) -> str:
    """Return what an exception says; "" for one that cannot be put in words."""
    try:
        return str(error).strip()
    except BaseException:  # noqa: BLE001  it is raised all the same
        return ""


def is_stop_echo(error: BaseException) -> bool:
    """Tell whether an exception after a requested stop is only that stop's echo.

    The server interrupts the kernel's whole process group, so a loader's workers die of it and
    the loader complains.
    """
    return isinstance(error, KeyboardInterrupt) or "DataLoader worker" in error_text(error)


def record_or_raise(name: str, record: Record, error: BaseException | None) -> Record:
    """Return a record; if there is an error, raise that instead, with the record attached.

    The caller must have the error in no variable of its own, but pass on what another function has
    returned: the traceback holds the frames through which the error goes, so that each would keep
    the other one alive, with the tensors that they hold.

    Args:
        name: of the error's attribute.
        record: its value.
        error: what was raised, or None.
    """
    if error is None:
        return record
    with suppress(Exception):  # one of a kind that takes no attribute goes without
        setattr(error, name, record)
    try:
        raise error
    finally:
        del error  # as in the caller
