"""Numbers as people read them."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

# not the user's, which may round coarser or raise; Python's own but for the rounding
_CONTEXT = Context(prec=28, rounding=ROUND_HALF_UP, traps=[])


def format_lr(lr: float) -> str:
    """Return a learning rate (or a loss) in two digits: `2.4e-3`, `1e-4`, `2.4`, `63`, `nan`."""
    if not math.isfinite(lr) or lr == 0:
        return str(lr) if lr else "0"
    if lr < 0:
        return "-" + format_lr(-lr)
    # Decimal, since Python rounds ties to even and JavaScript away from zero
    with localcontext(_CONTEXT):
        exact = Decimal(lr)
        exponent = exact.adjusted()
        mantissa = exact.scaleb(-exponent).quantize(Decimal("0.1"))
        if mantissa >= 10:
            mantissa, exponent = mantissa / 10, exponent + 1
        if exponent in (0, 1):
            return f"{mantissa.scaleb(exponent):.{1 - exponent}f}".removesuffix(".0")
        return f"{mantissa:.1f}".removesuffix(".0") + f"e{exponent}"
