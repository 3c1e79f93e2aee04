"""pandas, where it is installed: nothing but `to_frame` needs it."""

from __future__ import annotations

from typing import Any


def import_pandas() -> Any:
    """Return the module.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_frame needs pandas, which is not installed") from error
    return pd
