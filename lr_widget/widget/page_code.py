"""How a saved page comes by its code: it stands in the page, or in one script beside several pages.

A page that is opened from the disk may not import a module from there (for a browser each file is
an origin of its own), but it may run a classic script. So that file is one: it puts the packed
modules where `unpacked.js` looks for them.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from html import escape
from importlib import metadata, resources
from pathlib import Path
from urllib.parse import quote

from lr_widget.common.sentences import say
from lr_widget.widget import assets

HEAD = "/* lr_widget"  # by which such a file is told from others
NOT_IN_NAMES = frozenset('/\\:*?"<>|')  # of a path, or refused by some file system


def inline(*, practice: bool) -> str:
    """Return the elements that hold the code in the page.

    Args:
        practice: whether what only practice needs goes along.
    """
    packed = _packed(practice=practice)
    return "\n    ".join(
        f'<script type="text/plain" id="{name}">{text}</script>' for name, text in packed.items()
    )


def beside(shared: str) -> str:
    """Return the element that runs a script beside the page.

    Args:
        shared: the script's name.
    """
    return f'<script src="{escape(quote(shared))}"></script>'


def unpacking(shared: str | None) -> str:
    """Return JavaScript that defines `unpacked`, by which a page gets its modules.

    Args:
        shared: name of the script beside the page, or None.
    """
    text = resources.files("lr_widget.widget").joinpath("unpacked.js").read_text(encoding="utf-8")
    missing = "" if shared is None else say("page.shared_missing", name=shared)
    return text.replace("{{missing}}", json.dumps(missing).replace("<", "\\u003c"))


def checked_shared(shared: str, path: str | os.PathLike[str]) -> Path:
    """Return where the script for a page is, or is to be.

    Args:
        shared: its name.
        path: the page.

    Raises:
        TypeError: `shared` is no string.
        ValueError: it is no plain name that ends in ".js", or a file of that name is another's.
        OSError: a file of that name cannot be read.
    """
    if not isinstance(shared, str):
        raise TypeError(f"shared must be the name of a file, or None, got {shared!r}")
    plain = not NOT_IN_NAMES & set(shared) and shared.isprintable() and not shared.startswith(".")
    if not plain or not shared.endswith(".js"):
        raise ValueError(
            'shared must be a plain file name that ends in ".js", since the file stands beside the '
            f"page, got {shared!r}"
        )
    place = Path(path).with_name(shared)
    if place == Path(path):
        raise ValueError(f"shared must be another file than the page, got {shared!r} for both")
    if place.exists():
        with place.open("rb") as file:
            head = file.read(len(HEAD))
        if head != HEAD.encode():
            raise ValueError(
                "shared must be a new name, or that of a file which save_html has written, got "
                f"{shared!r}, which is another file"
            )
    return place


def put_shared(place: Path) -> None:
    """Write the script, unless just that is there already.

    In one step, since a page may be reading the old one, and another process writing the same.
    """
    text = _shared().encode("ascii")
    if place.exists() and place.read_bytes() == text:
        return
    new = place.with_name(f"{place.name}.{os.getpid()}.new")
    try:
        new.write_bytes(text)
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)


def _shared() -> str:
    version = metadata.version("lr_widget")
    held = json.dumps(_packed(practice=True), indent=0)
    return f"{HEAD} {version} {assets.bundle_hash()} */\nglobalThis.lr_widget = {held};\n"


def _packed(*, practice: bool) -> dict[str, str]:
    modules = {"bundle": assets.bundle()} | ({"practice": assets.practice()} if practice else {})
    return {name: b64encode(module).decode("ascii") for name, module in modules.items()}
