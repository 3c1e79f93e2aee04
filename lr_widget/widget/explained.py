"""What a picker says of its curve, made when somebody reads it: Python, or a page that shows it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from lr_widget.suggestions.choose import Suggestion
from lr_widget.widget.explanation import Explainer, Explanation
from lr_widget.widget.traits import PickerTraits


class ExplainedPicker(PickerTraits):
    """A picker whose explanation waits until it is wanted.

    Args:
        explain: say anything beside what is suggested and lowest.
        withheld: say nothing before `self._explainer.withheld` is false.
        traits: values of the traits.
    """

    def __init__(self, *, explain: bool, withheld: bool = False, **traits: Any) -> None:
        self._explainer = Explainer(enabled=explain, withheld=withheld)
        super().__init__(_explain=explain, **traits)

    @property
    def suggestions(self) -> dict[str, Suggestion]:
        """What each rule suggests, ours under "ours".

        Empty before the first sweep has ended, and as long as a guess is wanted first.
        """
        return self._explainer.suggestions

    @property
    def model_id(self) -> str:  # type: ignore[override]  # ipywidgets declares no types
        """The id by which a page knows this picker.

        Who asks is about to show it, alone or in a box of other widgets: from then on the page has
        all of it.
        """
        self._explain_now()
        return str(super().model_id)

    def close(self) -> None:
        """Take the picker off every page; what it knows stays what it is."""
        if self.comm is None:  # never opened, or closed before
            return
        with self._explainer.waiting():  # closing asks for the id, too
            super().close()

    def _explain_now(self) -> None:
        explanation = self._explainer.take_due()
        if explanation is not None:
            with self.hold_sync():
                self._show_explanation(explanation)

    def _show_explanation(self, explanation: Explanation) -> None:
        for part in fields(explanation):
            setattr(self, f"_{part.name}", getattr(explanation, part.name))
