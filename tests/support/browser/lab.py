"""A notebook in a page, worked as a person would: with clicks, keys and menus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.browser.kernel import KernelProbe
from tests.support.browser.watch import WAIT_S, Console, Traffic, wait_until
from tests.support.pace import patient

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page, ViewportSize

    from tests.support.browser.server import JupyterServer

LOAD_S = 120.0
CELL_S = 240.0
LOADS = 5  # of a page, before what the host loses now and then counts as lost
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

# The notebook's panel, also when another tab (a second view of an output) is the current one.
PANEL = """
[...window.jupyterapp.shell.widgets("main")].find((w) => w.context && w.content?.model?.cells)
"""
# JupyterLab takes keys and runs cells from here on; before, it silently loses them.
IS_READY = f"""
() => {{
    const panel = window.jupyterapp?.shell && {PANEL};
    const session = panel?.sessionContext;
    const kernel = session?.session?.kernel;
    return Boolean(
        panel?.context.isReady && panel.isVisible && panel.content.widgets.length &&
        session.isReady && kernel?.connectionStatus === "connected" && kernel.status === "idle"
    );
}}
"""

# Opens and closes notebooks in a page that stands: to load JupyterLab takes longer than most tests.
OPEN = """
async ([path, id]) => {
    const { commands } = window.jupyterapp;
    await commands.execute("docmanager:open", { path, factory: "Notebook", kernel: { id } });
}
"""
CLOSE_ALL = """
() => {
    for (const widget of [...window.jupyterapp.shell.widgets("main")]) {
        widget.dispose();
    }
}
"""
VIEWPORT: ViewportSize = {"width": 1280, "height": 1000}


class Lab:
    """One notebook open in JupyterLab. Cells are counted from 0."""

    path = "lab/workspaces/{name}/tree/{name}.ipynb"
    is_one_page = True  # notebooks open in the page that stands

    def __init__(self, page: Page, server: JupyterServer) -> None:
        page.set_default_timeout(patient(WAIT_S) * 1000)
        page.set_default_navigation_timeout(patient(LOAD_S) * 1000)
        self.page = page
        self.server = server
        self.console = Console(page)
        self.traffic = Traffic(page)
        self.name = ""
        self._probe: KernelProbe | None = None
        self.is_reloaded = False
        self._stands = False
        self._theme = "light"

    def open(
        self, name: str, cells: list[str | tuple[str, str]], *, new_kernel: bool = False
    ) -> None:
        """Writes a notebook, opens it, and returns when it takes keys and its kernel is idle.

        Args:
            name: the file's name, without its ending.
            cells: their sources.
            new_kernel: a kernel of its own, since the test changes more of it than names: modules,
                or what it counts. Without it, the one of the test before, wiped clean.
        """
        self.server.write_notebook(name, cells)
        self.server.give_kernel(name, new=new_kernel)
        self.open_file(name)

    def open_file(self, name: str) -> None:
        """Opens ``name``.ipynb, which stands in the server's folder already."""
        if self._stands:
            self.name = name
            self.page.evaluate(OPEN, [f"{name}.ipynb", self.server.kernel_id(name)])
            self.wait_until_ready()
        else:
            self.load_file(name)

    def load_file(self, name: str) -> None:
        """Loads the page anew, with ``name``.ipynb open."""
        self.name = name
        path = self.path.format(name=name)
        self.page.goto(f"{self.server.url}{path}?token={self.server.token}")
        self.wait_until_ready()
        self._stands = self.is_one_page

    def load_saved(self, name: str) -> None:
        """Ends all kernels, and loads ``name``.ipynb with its widgets, as who has only the file.

        On a busy machine JupyterLab 4.6.6 now and then takes its widgets for restored before it has
        read their state in the file, and says "model not found": then it is loaded once more.
        """
        lost = self.page.get_by_text("Error displaying widget: model not found")
        for _ in range(LOADS):
            self.server.close_sessions()
            self.load_file(name)
            self.page.locator(".lrw-root").or_(lost).first.wait_for()
            if lost.count() == 0:
                return
            self.console.clear()
        raise AssertionError(f"{name} was loaded {LOADS} times without its widgets' state")

    def wait_until_ready(self) -> None:
        """Waits until the notebook takes keys and its kernel is connected and idle."""
        self.page.wait_for_function(IS_READY, timeout=patient(LOAD_S) * 1000)

    def release(self, gate: int) -> None:
        """Lets a sweep go on that stands still before a step (`gates` of the cell)."""
        (self.server.root / f"go-{gate}").touch()

    def save(self) -> None:
        """Saves the notebook, and its widgets' state where the settings say so."""
        self._panel("await panel.context.save()")

    def reload(self) -> None:
        """Saves, loads the page anew (the kernel lives on), and waits until the notebook is ready.

        By its address: what JupyterLab itself opens after a reload is the layout that it saved
        last, which on a busy machine may be one without the notebook.

        No other test gets this page: JupyterLab 4.6.6 now and then never comes up with the next
        notebook in it, since it still asks for the widgets of a kernel that is wiped clean by then.
        """
        self.is_reloaded = True
        self.save()
        self.load_file(self.name)

    def leave(self) -> None:
        """Closes what is open, and leaves the page as it was loaded, for the next notebook."""
        self._close_probe()
        self.page.mouse.up()
        if self._stands:
            self.page.evaluate(CLOSE_ALL)
        if self._theme != "light":
            self.theme("light")
        self.page.emulate_media(forced_colors="none")
        self.page.set_viewport_size(VIEWPORT)

    def forget(self) -> None:
        """Forgets what the page has said and sent so far."""
        self.console.clear()
        self.traffic.clear()

    def cell(self, index: int) -> Locator:
        """A cell, scrolled to: JupyterLab takes those that are out of sight off the page."""
        self._panel(
            "await panel.content.scrollToItem(index);"
            "panel.content.widgets[index].node.dataset.rigCell = String(index)",
            index,
        )
        return self.page.locator(f'.jp-Notebook [data-rig-cell="{index}"]')

    def output(self, index: int) -> Locator:
        """The output area of a cell."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def start(self, index: int) -> None:
        """Starts a cell with Ctrl+Enter; returns when it is running, queued or done already."""
        before = self.prompt(index)
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.wait_until(lambda: self.prompt(index) != before, f"cell {index} did not start")

    def run(self, index: int, timeout_s: float = CELL_S) -> str:
        """Runs a cell to its end; the text of its output. An exception in the cell is raised."""
        self.start(index)
        return self.wait(index, timeout_s)

    def run_all(self) -> None:
        """Starts *Run All Cells* from the menu; wait for a cell to know that it has run."""
        first = self._panel(
            "return panel.content.widgets.findIndex((w) => w.model.type === 'code')"
        )
        before = self.prompt(first)
        self.menu("Run", "runmenu:run-all")
        self.wait_until(lambda: self.prompt(first) != before, "Run All did not start")

    def wait(self, index: int, timeout_s: float = CELL_S, *, check: bool = True) -> str:
        """Waits until a cell has run; the text of its output. Raises its error if ``check``."""
        self.wait_until(
            lambda: self.prompt(index).strip("[]:").isdigit(),
            f"cell {index} did not end",
            timeout_s,
        )
        error = self.error(index)
        if check and error:
            raise AssertionError(f"cell {index}: {error}")
        return self.text(index)

    def prompt(self, index: int) -> str:
        """What stands beside a cell: "[ ]:", "[*]:" while it runs or waits, "[3]:" when done."""
        # from the model: what is scrolled out of sight has no text in the page
        return str(
            self._panel(
                "const { executionState, executionCount } = panel.content.widgets[index].model;"
                "return executionState === 'running' ? '[*]:' : `[${executionCount ?? ' '}]:`",
                index,
            )
        )

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """The outputs of a cell as they would be saved."""
        found: list[dict[str, Any]] = self._panel(
            "return panel.content.widgets[index].model.outputs.toJSON()", index
        )
        return found

    def text(self, index: int) -> str:
        """All text of a cell's output: what was printed, and the text form of what was shown."""
        parts = []
        for output in self.outputs(index):
            part = output.get("text") or output.get("data", {}).get("text/plain", "")
            parts.append(part if isinstance(part, str) else "".join(part))
        return "".join(parts)

    def error(self, index: int) -> str:
        """The exception that ended a cell, "" if none did."""
        for output in self.outputs(index):
            if output["output_type"] == "error":
                return f"{output['ename']}: {output['evalue']}"
        return ""

    def menu(self, menu: str, command: str) -> None:
        """Clicks an entry of the menu bar, named by its command."""
        self.page.locator("#jp-MainMenu, #menu-panel").get_by_role(
            "menuitem", name=menu, exact=True
        ).click()
        self.page.locator(f'.lm-Menu-item[data-command="{command}"]').first.click()

    def interrupt(self) -> None:
        """Clicks the toolbar's own stop button: the kernel is interrupted."""
        self.page.locator('.jp-Toolbar [data-jp-item-name="interrupt"] jp-button').first.click()

    def theme(self, kind: str) -> None:
        """Switches to "light" or "dark", and returns when the page says so."""
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
            THEMES[kind],
        )
        is_light = str(kind == "light").lower()
        body = f'body[data-jp-theme-light="{is_light}"]'
        self.page.wait_for_selector(body, state="attached")  # its height is 0: never "visible"
        self._theme = kind

    def new_view(self, index: int) -> Locator:
        """*Create New View for Output* from the context menu of a cell; the new view."""
        views = self.page.locator(".jp-LinkedOutputView")
        before = views.count()
        self.cell(index).locator(".jp-OutputArea-promptOverlay").first.click(button="right")
        self.page.locator('.lm-Menu-item[data-command="notebook:create-output-view"]').click()
        view = views.nth(before)
        view.wait_for()
        return view

    @property
    def kernel(self) -> KernelProbe:
        """A probe into the notebook's kernel. It is answered when no cell runs."""
        if self._probe is None:
            kernel_id = self.server.kernel_id(self.name)
            self._probe = KernelProbe(self.server.connection_file(kernel_id))
        return self._probe

    def value(self, expression: str, timeout_s: float = CELL_S) -> Any:
        """The value of a Python expression in the kernel, to the last bit."""
        return self.kernel.value(expression, timeout_s)

    def wait_for_value(self, expression: str, expected: Any, timeout_s: float = WAIT_S) -> None:
        """Waits until an expression in the kernel has a value."""
        seen: list[Any] = []

        def has_come() -> bool:
            seen[:] = [self.value(expression)]
            return bool(seen[0] == expected)

        try:
            self.wait_until(has_come, "", timeout_s)
        except TimeoutError:
            raise AssertionError(f"{expression} is {seen[0]!r}, not {expected!r}") from None

    def wait_until(
        self, condition: Callable[[], bool], what: str, timeout_s: float = WAIT_S
    ) -> None:
        """Asks until a condition holds; between the questions the page's events come through."""
        wait_until(self.page, condition, what, timeout_s)

    def close(self) -> None:
        """Closes the page, and lets go of its kernel."""
        self._close_probe()
        self.page.close()

    def _close_probe(self) -> None:
        if self._probe is not None:
            self._probe.close()
            self._probe = None

    def _panel(self, body: str, index: int | None = None) -> Any:
        """Runs JavaScript that sees the notebook's ``panel`` and a cell's ``index``."""
        return self.page.evaluate(
            f"async (index) => {{ const panel = {PANEL.strip()}; {body} }}", index
        )


class Notebook7(Lab):
    """The same in Notebook 7."""

    path = "notebooks/{name}.ipynb"
    is_one_page = False
