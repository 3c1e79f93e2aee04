"""The package's own error; what users' code has raised: in words, with a record attached."""

from __future__ import annotations

from contextlib import suppress


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


def attach(error: BaseException, name: str, value: object) -> None:
    """Give an exception an attribute; one of a kind that takes none goes without."""
    with suppress(Exception):
        setattr(error, name, value)
