"""What a reader of a curve should be warned of, each with what to do."""

from __future__ import annotations

import numpy as np

from lr_widget.common.numbers import format_lr
from lr_widget.common.sentences import plain, say
from lr_widget.curves.features import Reading
from lr_widget.records.sweep import Sweep
from lr_widget.suggestions.discriminative import one_swept, swept_group

FEW_POINTS = 20
HIGH = 10.0  # the loss over its fall, above which most of its unit is its height
NOISY = 0.5  # noise of one loss over the fall, above which a curve counts as noisy
# Optimizers that find their rate by themselves, by lower case. What they call lr is a factor to it.
FACTORS = frozenset(
    {
        *("prodigy", "prodigyplusschedulefree", "dog", "ldog"),
        *("dadaptadam", "dadaptsgd", "dadaptadagrad", "dadaptadan", "dadaptadanip", "dadaptlion"),
    }
)
MORE_STEPS, FURTHER = 3, 10.0  # what is proposed: so many times the steps, the last rate


def cautions_by_name(sweep: Sweep, reading: Reading) -> dict[str, tuple[str, str]]:
    """Return what there is to be warned of, the gravest first: name to (what, what to do)."""
    falls, worse = reading.falls, reading.worse_from is not None
    optimizer = (sweep.optimizer or "").lower()
    holds = {
        "flat": not falls and not worse,
        "nan": not np.isfinite(sweep.losses[-1]),
        "few_points": int(np.isfinite(sweep.losses).sum()) < FEW_POINTS,
        "only_rises": not falls and worse,
        "high": falls and abs(reading.start) > HIGH * reading.fall,
        "never_worse": falls and not worse and not reading.turned,
        "noisy": falls and reading.noise > NOISY * reading.fall,
        "one_group": one_swept(sweep),
        "factor": optimizer in FACTORS,
        "first_step": optimizer == "rprop",
        "late_step": optimizer == "asgd",
        "attention": sweep.settings.attention,
    }
    values = _values(sweep, reading)
    return {
        name: (say(f"caution.{name}.what", **values), say(f"caution.{name}.do", **values))
        for name, there in holds.items()
        if there
    }


def cautions(sweep: Sweep, reading: Reading) -> tuple[str, ...]:
    """Return the warnings as plain sentences; the last one holds for whatever is suggested."""
    found = cautions_by_name(sweep, reading)
    said = tuple(plain(" ".join(pair)) for pair in found.values())
    return said if "flat" in found else (*said, say("caution.validation"))


def _values(sweep: Sweep, reading: Reading) -> dict[str, object]:
    known = sweep.settings
    return {
        "steps": int(np.isfinite(sweep.losses).sum()),
        "last": format_lr(reading.last),
        "bad": format_lr(float(sweep.lrs[-1])),
        "bad_loss": say("caution.nan.nan" if np.isnan(sweep.losses[-1]) else "caution.nan.inf"),
        "group": swept_group(sweep),
        "optimizer": sweep.optimizer,
        "worse": format_lr(reading.worse_from or reading.last),
        "num_it": MORE_STEPS * (known.num_it or len(sweep)),
        "end_lr": format_lr(FURTHER * (known.end_lr or float(sweep.lrs[-1]))),
    }
