"""What of a picker leaves its notebook: a figure, and a page in which the handles work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lr_widget.common.sentences import say
from lr_widget.page import page_of
from lr_widget.records.pick import Pick
from lr_widget.tried import Tried

if TYPE_CHECKING:
    from lr_widget.figures.spec import Picture


class Handed(Tried):
    """The part of a picker that can be handed on."""

    @property
    def figure(self) -> Any:
        """The same picture as a `plotly.graph_objects.Figure`.

        Raises:
            ValueError: nothing has been swept.
        """
        from lr_widget.figures.plotly import plotly_figure

        return plotly_figure(self._picture())

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write one HTML file in which chart and handles work, without kernel and network.

        It holds the sweep and the earlier ones under it, the groups' names, what the rules say, the
        present pick, and the last trials. Its line of code shows the rates as numbers. About 0.6
        MB.

        Args:
            path: the file; one that is there already is written over.

        Raises:
            ValueError: nothing has been swept, or a sweep or trials are still running.
            OSError: the file cannot be written.
        """
        if "running" in (self.status, self._trials.get("status")):
            raise ValueError(say("errors.running"))
        sweep = self.sweep
        if sweep is None:
            raise ValueError(say("errors.no_sweep"))
        page = page_of(self.get_state(), self._name, sweep.started, str(self))
        Path(path).write_bytes(page.encode("utf-8", "xmlcharrefreplace"))

    def _picture(self) -> Picture:
        from lr_widget.figures.spec import picture_of

        sweep = self.sweep
        if sweep is None:
            raise ValueError(say("errors.no_sweep"))
        ends = self._span or (self._plan["start_lr"], self._plan["end_lr"])
        pick = None if self.value is None else Pick(*self.value)
        zones = [(zone["name"], zone["lo"], zone["hi"]) for zone in self._zones]
        swept = ends[0], ends[1]
        low, others = self._lowest, self._compared
        return picture_of(sweep, swept, pick, low, zones, earlier=others, name=self._name)
