"""The page's code: a small module for each picker, and one bundle for the whole kernel.

A picker's own module (`loader.js`, about 2 kB) is sent with every picker. Plotly and the rest
(`bundle.js.gz`, about 400 kB) are sent once, as a trait of a hidden widget that all pickers name.
What only practice needs (`practice.js.gz`) is sent in the same way, once there is a picker on which
somebody practises.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources

import anywidget
import traitlets


@cache
def loader() -> str:
    """Return the text of a picker's own module."""
    return _static("loader.js").decode("utf-8")


@cache
def bundle() -> bytes:
    """Return the gzipped bundle."""
    return _static("bundle.js.gz")


@cache
def bundle_hash() -> str:
    """Return a short hash of the bundle, by which a page knows whether it has it already."""
    return sha256(bundle()).hexdigest()[:16]


@cache
def practice() -> bytes:
    """Return the gzipped parts of the page that only practice needs."""
    return _static("practice.js.gz")


class Bundle(anywidget.AnyWidget):
    """Holds a bundle for every picker of this kernel; is never shown.

    An anywidget, since a plain widget's bytes are lost where a notebook is saved with the state of
    its widgets: the base model writes them as JSON.
    """

    _esm = traitlets.Unicode("export default {}").tag(sync=True)
    bundle = traitlets.Bytes(help="gzip of one JavaScript module; Python writes it once").tag(
        sync=True, echo_update=False
    )


_shared: dict[str, Bundle] = {}  # by what they hold


def shared_bundle() -> Bundle:
    """Return the widget that holds the bundle; a new one if `Widget.close_all()` closed it."""
    return _holding("bundle", bundle())


def shared_practice() -> Bundle:
    """Return the widget that holds what only practice needs."""
    return _holding("practice", practice())


def _holding(name: str, packed: bytes) -> Bundle:
    held = _shared.get(name)
    if held is None or held.comm is None:
        held = _shared[name] = Bundle(bundle=packed)
    return held


def _static(name: str) -> bytes:
    found = resources.files("lr_widget").joinpath("static").joinpath(name)
    if not found.is_file():
        raise FileNotFoundError(
            f"lr_widget/static/{name} is missing: build it with `make page`, or install "
            "lr_widget from a wheel"
        )
    return found.read_bytes()
