"""Apps that show a recorded sweep with two handles, in hosts that have no cells.

Each shows what Python has got: `pick 1e-04 to 1e-03`, once a handle was moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.support.browser.app import App
from tests.support.browser.records import planned_sweep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAD = """
from lr_widget import LRPicker, Sweep

sweep = Sweep.load("sweep.json")

def words(value):
    lo, hi = value
    return f"pick {lo:.0e} to {hi:.0e}"
"""

PANEL = """
import panel as pn

pn.extension("ipywidgets", theme={"light": "default"}.get("{theme}", "{theme}"))
picker = LRPicker(sweep, value=(1e-4, 1e-3))
told = pn.pane.Str("")

def tell(change):
    told.object = words(change["new"])

picker.observe(tell, "value")
shown = pn.pane.IPyWidget(picker, sizing_mode="stretch_width")
pn.Column(shown, told).servable()
"""

SOLARA = """
import solara

@solara.component
def Page():
    picker = solara.use_memo(lambda: LRPicker(sweep, value=(1e-4, 1e-3)), [])
    value = solara.use_trait_observe(picker, "value")
    with solara.Column():
        solara.display(picker)
        solara.Text(words(value))
"""

SHINY = """
from shiny import App, render, ui
from shinywidgets import output_widget, reactive_read, render_widget

page = ui.page_fluid(
    ui.input_dark_mode(mode="{theme}"),
    output_widget("picker", height="auto", fill=False),
    ui.output_text("told"),
)

def server(input, output, session):
    @render_widget
    def picker():
        return LRPicker(sweep, value=(1e-4, 1e-3))

    @render.text
    def told():
        return words(reactive_read(picker.widget, "value"))

app = App(page, server)
"""


class Recorded(NamedTuple):
    """How a host shows a recorded sweep: its app, and the program that serves it."""

    text: str
    arguments: tuple[str, ...]
    path: str = ""
    environment: Mapping[str, str] = {}

    def serve(self, home: Path, theme: str = "light") -> App:
        """Serves the app from a folder, light or dark."""
        planned_sweep().save(home / "sweep.json")
        text = (HEAD + self.text).replace("{theme}", theme)
        (home / "app.py").write_text(text, encoding="utf-8")
        arguments = [part.replace("{theme}", theme) for part in self.arguments]
        return App(home, arguments, self.path, self.environment)


RECORDED = {
    "Panel": Recorded(PANEL, ("panel", "serve", "app.py", "--port", "{port}"), "app"),
    "Solara": Recorded(
        SOLARA,
        ("solara", "run", "app.py", "--port", "{port}", "--no-open", "--theme-variant", "{theme}"),
        # its own server would ask the CDN, not the page
        environment={"SOLARA_ASSETS_PROXY": "false", "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false"},
    ),
    "Shiny": Recorded(SHINY, ("shiny", "run", "app.py", "--port", "{port}")),
}
