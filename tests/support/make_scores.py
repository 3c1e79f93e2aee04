"""Write `scores.json`: what Python says of picks on the cases; the page has to say the same.

Run it after a deliberate change, and look at the difference before committing:

    python tests/support/make_scores.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lr_widget import gallery
from lr_widget.practice.answers import write_line
from lr_widget.records.pick import Pick
from lr_widget.widget.practice_state import practice_state

FILE = Path(__file__).parents[1] / "data" / "scores.json"
RATES = (1e-9, 1.4e-3, 1e-2, 0.7, 5.0, 1e-306, 1.7e308)  # outside of the trainings, between them


def scores() -> list[dict[str, Any]]:
    """Return for every case what the page is told, and for several rates what is said."""
    rows = []
    for name, case in gallery().items():
        truth = practice_state(case, None, None, None, withheld=False)["truth"]
        said = []
        for hi in (*RATES, case.truth.best_lr, *case.truth.good):
            score = case.score((hi, hi))
            line = write_line(name, Pick(hi / 10, hi))
            said.append({"hi": hi, "regret": score.regret, "text": score.text, "line": line})
        rows.append({"name": name, "truth": {**truth, "good": list(truth["good"])}, "said": said})
    return rows


if __name__ == "__main__":
    FILE.write_text(json.dumps(scores(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
