"""What users' code has raised: in words, as a stop's echo, with a record attached."""

from __future__ import annotations

from contextlib import suppress


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
