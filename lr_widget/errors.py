"""The errors to catch.

Arguments that break a rule raise `TypeError` or `ValueError` before anything is touched; a `value`
that is no pick raises the `TraitError` of traitlets. Where there is no room for a copy of the state
it is a `MemoryError`. What training raises comes out as it is, when everything has been put back:
from `lr_find` with the picker as `error.picker`, from `try_picks` with the trials so far as
`error.trials`. If something could not be put back, that is a `RestoreError`.
"""

from lr_widget.common.errors import RestoreError

__all__ = ["RestoreError"]
