"""Take pictures of the widget in dev/harness.html: `python js/dev/look.py OUT [CHROMIUM [SCENES]]`.

SCENES is the beginning of some scenes' names. Run `npm run dev` in js/ first. Prints whatever the page writes to its console; it should print nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HARNESS = Path(__file__).parent / "harness.html"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--allow-file-access-from-files"]
SETTLED_MS = 900


def start(page: Page, state: str, width: int = 840) -> None:
    """Show one picker; `state` is a JavaScript expression over `lrw`."""
    page.evaluate(f"() => {{ window.one = lrw.start({state}, {width}, '#one'); }}")
    page.wait_for_selector(".js-plotly-plot .main-svg")


def running(page: Page, width: int = 840, groups: str = "") -> None:
    start(page, f"{{...lrw.RUN {groups}}}", width)
    for begin in range(0, 37, 4):
        end = min(begin + 4, 37)
        page.evaluate(f"() => lrw.stream(one.source, {begin}, {end})")
        page.wait_for_timeout(150)


def finished(page: Page, width: int = 840, more: str = "") -> None:
    start(page, f"{{...lrw.END, value: [2.4e-4, 2.4e-3] {more}}}", width)


def drag(page: Page, name: str, decades_px: float, release: bool = False) -> None:
    """Pull a thumb without letting it go."""
    box = page.get_by_role("slider", name=name, exact=True).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + decades_px / 2, y, steps=5)
    page.mouse.move(x + decades_px, y, steps=5)
    if release:
        page.mouse.up()


def dragging(page: Page) -> None:
    finished(page)
    drag(page, "last layers (head)", 64)


def refused(page: Page) -> None:
    finished(page)
    field = page.get_by_label("first layers", exact=True).and_(page.get_by_role("textbox"))
    field.fill("fast")
    field.press("Enter")


def tried(page: Page, width: int = 840, options: str = "{}") -> None:
    """Show trials that have ended; `options` as in dev/trials.ts."""
    start(page, f"{{...lrw.END, ...lrw.trialsOf({options}), value: [1e-4, 1e-3]}}", width)
    page.wait_for_selector(".lrw-trial-plot .main-svg")


def trying(page: Page, width: int = 840) -> None:
    """Show trials under way: the second of two candidates, in its first epoch."""
    tried(page, width, "{at: 1}")
    for begin in range(0, 12, 2):
        page.evaluate(f"() => lrw.train(one.source, 1, 1, {begin}, {begin + 2})")
        page.wait_for_timeout(250)


MANY = (
    ", _groups: Array.from({length: 9}, (_, i) =>"
    " ({name: 'encoder.layer.' + i + '.attention.self.query.weight', frozen: i < 2}))"
)
SCENES: dict[str, Callable[[Page], None]] = {
    "running": running,
    "running-480": lambda page: running(page, 480),
    "finished": finished,
    "finished-480": lambda page: finished(page, 480),
    "drag": dragging,
    "refused": refused,
    "one-group": lambda page: finished(page, more=", _groups: [{name: 'head', frozen: false}]"),
    "many-groups": lambda page: finished(page, more=MANY),
    "recorded": lambda page: finished(page, more=", _groups: [], _code: 'fit(slice({lo}, {hi}))'"),
    "no-pick": lambda page: start(page, "{...lrw.END, _no_pick: lrw.RUN._no_pick}"),
    "trials-running": trying,
    "trials-running-480": lambda page: trying(page, 480),
    "trials": tried,
    "trials-480": lambda page: tried(page, 480),
    "trials-seeds": lambda page: tried(page, options="{seeds: 3}"),
    "trials-six": lambda page: tried(page, options="{count: 6}"),
    "trials-six-480": lambda page: tried(page, 480, "{count: 6}"),
    "outside": lambda page: finished(page, more=", value: [1e-9, 40]"),
}


def main(out: Path, chromium: str, only: str = "") -> None:
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for theme in ("light", "dark"):
            for name, scene in SCENES.items():
                if not name.startswith(only):
                    continue
                page = browser.new_page(viewport={"width": 880, "height": 720}, device_scale_factor=1.5)
                page.on("console", lambda message: print(message.text))
                page.on("pageerror", lambda error: print("page error:", error))
                page.goto(HARNESS.as_uri())
                page.evaluate(f"() => document.body.dataset.jpThemeLight = '{theme == 'light'}'.toLowerCase()")
                scene(page)
                page.wait_for_timeout(SETTLED_MS)
                page.screenshot(path=out / f"{name}-{theme}.png", full_page=True)
                height = page.evaluate("() => document.querySelector('.lrw-root').offsetHeight")
                print(name, theme, height)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "/usr/bin/chromium", *sys.argv[3:4])
