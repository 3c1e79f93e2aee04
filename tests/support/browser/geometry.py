"""What of a picker is cut, runs out of its frame, or lies over something else: by its boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator

# A text is measured where its letters are, not by the box of its element: that may be wider. Half
# a line's height may overlap between lines (letters do not fill it), but only 2 px of its width.
# Names of the user's own, of any length, may end in an ellipsis if a tooltip has the whole.
MISPLACED = """
(root) => {
    const frame = root.getBoundingClientRect();
    const found = [];
    const visible = (el) =>
        el.checkVisibility({visibilityProperty: true, opacityProperty: true}) &&
        !el.closest(".lrw-sr-only, .modebar-container, .lrw-trial-box") &&
        getComputedStyle(el).clipPath !== "inset(50%)";
    const name = (el) => `${el.getAttribute("class") ?? el.tagName} “${el.textContent}”`;
    const owns = (el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const all = [...root.querySelectorAll("*")].filter(visible);
    const html = all.filter((el) => el instanceof HTMLElement);

    const shortened = (el) => getComputedStyle(el).textOverflow === "ellipsis" &&
        el.closest("[title]")?.title.includes(el.textContent);
    const seen = (el, {left, right, top, bottom}) => {
        for (; el !== root; el = el.parentElement) {
            const {overflowX, overflowY} = getComputedStyle(el);
            const box = el.getBoundingClientRect();
            if (overflowX !== "visible")
                [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
            if (overflowY !== "visible")
                [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
        }
        return {left, right, top, bottom, width: right - left, height: bottom - top};
    };

    for (const el of html) {
        const {overflowX, overflowY} = getComputedStyle(el);
        if (overflowX !== "visible" && el.scrollWidth > el.clientWidth + 1 && !shortened(el))
            found.push(`cut at the side: ${name(el)}`);
        if (overflowY !== "visible" && el.scrollHeight > el.clientHeight + 1)
            found.push(`cut below: ${name(el)}`);
        const box = el.getBoundingClientRect();
        if (el.matches("button, input, [role=slider]") &&
            (box.left < frame.left - 1 || box.right > frame.right + 1))
            found.push(`out of the frame: ${name(el)}`);
    }

    const texts = [];
    for (const el of all) {
        if (!owns(el)) continue;
        const range = document.createRange();
        range.selectNodeContents(el);
        for (const whole of range.getClientRects()) {
            const box = seen(el, whole);
            if (box.width < 1) continue;
            texts.push({el, box});
            if (box.left < frame.left - 1 || box.right > frame.right + 1 ||
                box.top < frame.top - 4 || box.bottom > frame.bottom + 4)
                found.push(`out of the frame: ${name(el)}`);
        }
    }
    texts.forEach(({el, box}, i) => {
        for (const {el: other, box: its} of texts.slice(i + 1)) {
            if (el === other || el.contains(other) || other.contains(el)) continue;
            const wide = Math.min(box.right, its.right) - Math.max(box.left, its.left);
            const high = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
            if (wide > 2 && high > Math.min(box.height, its.height) / 2)
                found.push(`one over the other: ${name(el)}, ${name(other)}`);
        }
    });
    return [...new Set(found)];
}
"""


def misplaced(root: Locator) -> list[str]:
    """What cannot be read in a view: one line each, empty if all is well.

    Args:
        root: the view's `.lrw-root`.
    """
    found: list[str] = root.evaluate(MISPLACED)
    return found
