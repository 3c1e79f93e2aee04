"""On every recorded sweep, live or ended, what is drawn, said, ringed and decided is one."""

import numpy as np
import pytest

from benchmarks.recorded import load
from lr_widget import LRPicker, suggest
from lr_widget.common.numbers import format_lr
from lr_widget.curves.features import MIN_POINTS, read
from lr_widget.curves.smoothing import line_places, smooth
from lr_widget.explanation.curve import so_far
from lr_widget.figures.spec import picture_of

RECORDED = load()
DECADES = 0.01
each_sweep = pytest.mark.parametrize(
    "sweep", [each.sweep for each in RECORDED], ids=[each.sweep.label for each in RECORDED]
)


def read_live(sweep):
    """The reading after the last point of a sweep that is read at every point, as it grows."""
    lrs, losses, reading = [], [], None
    for lr, loss in zip(sweep.lrs, sweep.losses, strict=True):
        lrs.append(float(lr))
        losses.append(float(loss))
        reading = read(np.array(lrs), np.array(losses))
        assert (reading is None) == (np.isfinite(losses).sum() < MIN_POINTS)
    return reading


def near(lr):
    return None if lr is None else pytest.approx(np.log10(lr), abs=DECADES)


def log10(lr):
    return None if lr is None else np.log10(lr)


@each_sweep
def test_the_live_reading_over_all_points_is_the_final_one(sweep):
    live, picker = read_live(sweep), LRPicker(sweep)
    borders = {zone["name"]: (zone["lo"], zone["hi"]) for zone in picker._zones}
    assert log10(live.ring) == near(picker._lowest)
    if live.worse_from is not None and live.worse_from < sweep.lrs[-1]:
        assert log10(live.worse_from) == near(borders["diverging"][0])
    else:
        assert "diverging" not in borders
    if live.falls:
        assert log10(live.falls_from) == near(borders["learning"][0])
        assert log10(live.edge_from) == near(borders["learning"][1])
    else:
        assert "learning" not in borders
    picker.close()


@each_sweep
def test_the_words_name_the_rates_of_the_ring_and_the_zones(sweep):
    live, picker = read_live(sweep), LRPicker(sweep)
    phase, said = so_far(sweep.lrs, sweep.losses)
    if live.worse_from is not None:
        assert phase in ("worse", "only_worse")
        assert format_lr(live.worse_from) in said
        assert format_lr(live.worse_from) in picker._reading
        assert format_lr(live.worse_from) in suggest(sweep).reason
        ring = picker._lowest
        assert phase == "only_worse" or ring is None or format_lr(ring) in said
    picker.close()


@each_sweep
def test_the_ring_is_at_the_lowest_point_of_the_line_that_is_drawn(sweep):
    picker = LRPicker(sweep)
    if picker._lowest is not None:
        picture = picture_of(sweep, (1e-7, 10.0), None, picker._lowest)
        lowest = int(np.argmin(picture.line_losses))
        assert picker._lowest == pytest.approx(picture.line_lrs[lowest], rel=1e-9)
        assert picture.lowest[1] == pytest.approx(picture.line_losses[lowest])
    picker.close()


@each_sweep
def test_the_ring_stands_before_the_rate_from_which_it_gets_worse(sweep):
    reading = read(sweep.lrs, sweep.losses)
    if reading.ring is not None and reading.worse_from is not None:
        assert reading.ring < reading.worse_from


@each_sweep
def test_the_places_of_the_fall_lie_on_the_line(sweep):
    reading = read(sweep.lrs, sweep.losses)
    if not reading.falls:
        return
    log10_lrs = np.log10(sweep.lrs)
    places = log10_lrs[line_places(sweep.losses)]
    line = smooth(log10_lrs, sweep.losses, places)
    for share, lr in ((0.1, reading.falls_from), (0.5, reading.half_way)):
        if lr > sweep.lrs[0] * 1.01:  # else the fall began before the sweep
            on_line = np.interp(np.log10(lr), places, line)
            assert on_line == pytest.approx(reading.start - share * reading.fall)
