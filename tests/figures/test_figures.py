"""The description of the picture, and the two that are drawn from it in Python."""

import io
import math
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from lr_widget import LRPicker, Sweep
from lr_widget.common import sentences
from lr_widget.common.look import ZONE_PATTERNS
from lr_widget.figures import plotly as plotly_drawing
from lr_widget.figures import png as png_drawing
from lr_widget.figures.png import png
from lr_widget.figures.spec import (
    beyond_words,
    picture_of,
    ticks,
    zone_label,
)
from lr_widget.hosts import kernel
from lr_widget.records.pick import Pick

SWEPT = (1e-7, 10.0)
PAGE = Path(__file__).parents[2] / "js/src"


def make(losses, **options):
    settings = {"start_lr": 1e-7, "end_lr": 10.0, "num_it": 100}
    lrs = np.geomspace(*SWEPT, 100)[: len(losses)]
    return Sweep(lrs, losses, **{"stop_reason": "diverged", "settings": settings, **options})


def descent(n=100, seed=1):
    x = np.linspace(-7, 1, 100)[:n]
    noise = np.random.default_rng(seed).normal(0, 0.05, x.size)
    return 2.5 - 1.6 / (1 + np.exp(-3 * (x + 3))) + np.exp(4 * (x + 0.6)) + noise


def test_points_above_the_scale_are_told_with_the_highest_of_them():
    losses = descent()
    picture = picture_of(make(losses), SWEPT, Pick(1e-4, 1e-3), 1e-2)
    above = losses > picture.shown[1]
    assert 0 < above.sum() < 20
    assert picture.beyond_lrs.tolist() == make(losses).lrs[above].tolist()
    assert picture.highest == losses[above].max()


@pytest.mark.parametrize(
    ("highest", "words"),
    [(9.84, "up to 9.8"), (63.2, "up to 63"), (120.4, "up to 120"), (3.21e7, "up to 3.2e7")],
)
def test_the_highest_loss_is_told_in_two_digits(highest, words):
    picture = picture_of(make([1.0] * 9), SWEPT, None, None)
    assert beyond_words(picture._replace(highest=highest)) == words
    assert picture.bad_lr is None


@pytest.mark.parametrize(("bad", "words"), [(math.nan, "NaN at"), (math.inf, "infinite at")])
def test_the_first_loss_that_is_no_number_is_named_with_its_rate(bad, words):
    losses = descent(60)
    losses[-1] = bad
    sweep = make(losses, stop_reason="non-finite loss")
    picture = picture_of(sweep, SWEPT, None, None)
    assert picture.bad_lr == sweep.lrs[-1]
    assert picture.bad.startswith(words)


def test_a_figure_has_the_points_the_line_the_band_and_the_marks():
    picker = LRPicker(make(descent()), value=(1e-4, 1e-3))
    figure = picker.figure
    raw, smooth, beyond, lowest = figure.data
    assert [trace.name for trace in figure.data] == ["raw", "smooth", "beyond", "lowest"]
    assert list(raw.y) == picker.sweep.losses.tolist()
    assert len(smooth.y) == 100
    assert set(beyond.y) == {picker._picture().beyond_at}
    assert lowest.x[0] == picker._lowest
    assert figure.layout.xaxis.range == (-7.0, 1.0)
    assert list(figure.layout.xaxis.ticktext)[:2] == ["1e-7", "1e-6"]
    band, *edges = figure.layout.shapes[:3]
    assert (band.x0, band.x1) == (1e-4, 1e-3)
    assert [edge.x0 for edge in edges] == [1e-4, 1e-3]
    strips = [shape for shape in figure.layout.shapes[3:] if shape.y0 == shape.y1 == 1]
    assert [(strip.x0, strip.x1) for strip in strips] == [
        (zone["lo"], zone["hi"]) for zone in picker._zones
    ]
    assert len({strip.line.dash for strip in strips}) == len(strips) == 4
    names = [note.text for note in figure.layout.annotations]
    assert names[-4:] == ["too slow", "learning", "edge", "diverging"]
    assert figure.to_json()


def test_a_zone_without_room_has_no_name():
    assert zone_label("learning", 1e-4, 1e-2, SWEPT) == "learning"
    assert zone_label("learning", 1e-4, 2e-4, SWEPT) == ""


def test_a_figure_follows_the_pick_and_needs_none():
    picker = LRPicker(make(np.full(30, 2.0), stop_reason="stopped"))
    assert picker.value is None
    assert len(picker.figure.layout.shapes) == 0
    picker.value = (1e-3, 1e-2)
    assert picker.figure.layout.shapes[0].x0 == 1e-3


def test_without_a_sweep_there_is_no_figure():
    with pytest.raises(ValueError, match="There is no picture yet: nothing has been swept"):
        LRPicker().figure  # noqa: B018


SWEEPS = {
    "a descent": descent(),
    "one point": [2.0],
    "nothing": [],
    "nothing finite": [math.nan],
    "the same": [0.5] * 20,
}


@pytest.mark.parametrize("kind", SWEEPS)
def test_a_picture_of_any_sweep_can_be_drawn(kind):
    pytest.importorskip("matplotlib")
    picker = LRPicker(make(SWEEPS[kind]))
    assert picker.figure.to_json()
    image = png(picker._picture())
    assert image.startswith(b"\x89PNG")
    assert len(image) < 60_000


def test_the_still_is_of_the_widgets_own_width_and_has_the_band():
    pytest.importorskip("matplotlib")
    from matplotlib import image as reader

    picture = picture_of(make(descent()), SWEPT, Pick(1e-4, 1e-3), None)
    pixels = reader.imread(io.BytesIO(png(picture)))
    assert pixels.shape[:2] == (300, 840)
    blue = (pixels[..., 2] > pixels[..., 0] + 0.3).any()
    assert blue  # the edges of the band


def test_without_matplotlib_the_line_of_text_stands_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    monkeypatch.setattr(kernel, "running_kernel", object)
    picker = LRPicker(make(descent()))
    assert png(picker._picture()) is None
    data = picker._repr_mimebundle_()[0]
    assert "image/png" not in data
    assert data["text/plain"].startswith("Finished at step 100 of 100")


@pytest.mark.parametrize(("decades", "count"), [((-7, 1), 9), ((-30, 1), 8), ((-2.5, 0.5), 3)])
def test_ticks_are_powers_of_ten(decades, count):
    found = ticks(*decades)
    assert len(found) == count
    assert all(10 ** decades[0] <= lr * 1.0001 and lr <= 10 ** decades[1] * 1.0001 for lr in found)


def test_every_zone_has_a_pattern():
    assert sentences._SENTENCES["zones"].keys() - {"not_reached"} == ZONE_PATTERNS.keys()
    flat = LRPicker(make(np.full(100, 2.0), stop_reason="finished"))
    assert [zone["name"] for zone in flat._zones] == ["flat"]
    assert [shape.line.dash for shape in flat.figure.layout.shapes] == ["dot"]
    assert png(flat._picture())


def test_every_pattern_is_drawn_by_all_that_draw():
    sheet = (PAGE / "overlay/zones.css").read_text("utf-8")
    patterns = set(ZONE_PATTERNS.values())
    assert set(re.findall(r"\.lrw-pattern-([\w-]+)", sheet)) == patterns
    assert plotly_drawing.DASHES.keys() == png_drawing.DASHES.keys() == patterns
    for drawing in (plotly_drawing, png_drawing):
        assert len(set(drawing.DASHES.values())) == len(patterns)


def test_points_and_grid_are_the_ink_made_as_faint_as_on_the_page():
    figure = LRPicker(make(descent())).figure
    assert figure.data[0].marker.color == "rgba(31, 31, 31, 0.5)"
    assert (
        figure.layout.xaxis.gridcolor == figure.layout.yaxis.gridcolor == "rgba(31, 31, 31, 0.07)"
    )


def test_the_page_has_no_colours_of_its_own_beside_those_of_the_look():
    sheets = PAGE.rglob("*.css")
    own = re.compile(r"#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch)a?\(")
    assert [sheet.name for sheet in sheets if own.search(sheet.read_text("utf-8"))] == []


@pytest.fixture
def in_a_notebook(monkeypatch):
    monkeypatch.setattr(kernel, "running_kernel", object)


@pytest.mark.parametrize(
    "error", [RuntimeError("latex was not found"), ImportError("DLL"), OSError]
)
@pytest.mark.parametrize(
    "where", ["lr_widget.figures.png._draw", "lr_widget.figures.spec.picture_of"]
)
def test_a_still_that_fails_costs_the_still_only_and_is_said(
    monkeypatch, caplog, in_a_notebook, error, where
):
    def fail(*_args, **_named):
        raise error

    monkeypatch.setattr(where, fail)
    data = LRPicker(make(descent()))._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("Finished at step 100 of 100")
    assert "image/png" not in data
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert type(error() if isinstance(error, type) else error).__name__ in record.message
    assert not record.exc_info  # a traceback only for those who ask for it


def test_a_matplotlib_that_is_there_but_broken_is_said(monkeypatch, caplog, in_a_notebook):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", object())
    data = LRPicker(make(descent()))._repr_mimebundle_()[0]
    assert "image/png" not in data
    assert "cannot import name 'Figure'" in caplog.text


def test_a_still_leaves_the_users_style_and_warnings_as_they_are():
    mpl = pytest.importorskip("matplotlib")
    with mpl.rc_context({"text.usetex": True, "lines.linewidth": 7.0}):
        before, filters = dict(mpl.rcParams), list(warnings.filters)
        assert png(LRPicker(make(descent()))._picture())
        assert dict(mpl.rcParams) == before
        assert warnings.filters == filters
