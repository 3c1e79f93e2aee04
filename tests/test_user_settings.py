"""Nothing that a user has set, in matplotlib, NumPy, torch or Python, breaks or bends a sweep."""

import decimal
import io
import json
import locale
import logging
import shutil
import subprocess
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch.nn import functional

from lr_widget import LRPicker, Sweep, lr_find, suggest
from lr_widget.figures.png import png
from lr_widget.suggestions.choose import PUBLIC
from lr_widget.testing.bits import seed_all
from lr_widget.widget.explanation import Explainer
from tests.support import models
from tests.support.curves import KINDS, ODD, losses, sweep

mpl = pytest.importorskip("matplotlib")
pytest.importorskip("fastai")

import matplotlib.style  # noqa: E402  these two need matplotlib
from matplotlib import pyplot as plt  # noqa: E402

pytestmark = pytest.mark.thorough


def batches():
    x, y = models.dataset().tensors
    return list(zip(x.split(8), y.split(8), strict=True))


def pytorch(_tmp):
    model, optimizer, loss_fn, _ = models.setup()
    return (model, optimizer, loss_fn, batches()), {}


def step(_tmp):
    """As `pytorch`, but the loss comes as a number."""
    (model, optimizer, loss_fn, data), _ = pytorch(_tmp)
    calls = iter(range(10**6))

    def make_step():
        x, y = data[next(calls) % len(data)]
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return (), {"step": make_step, "optimizer": optimizer, "model": model}


def fastai(tmp):
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    torch.manual_seed(0)
    dls = DataLoaders(batches(), batches(), device=torch.device("cpu"))
    return (Learner(dls, models.Net(), functional.cross_entropy, path=tmp),), {}


FORMS = (pytorch, step, fastai)


def seen_of(picker):
    """All that a picker tells of a sweep, by words, numbers and pictures."""
    figure = json.loads(picker.figure.to_json())
    return {
        "losses": picker.sweep.losses.tobytes(),
        "pick": picker.value,
        "words": (str(picker), repr(picker), picker._reading, picker._summary()),
        "zones and marks": (picker._zones, picker._marks),
        "figure": figure,
        "still": png(picker._picture()),
        "again": str(LRPicker(picker.sweep)),
    }


@contextmanager
def rc(**settings):
    with mpl.rc_context({name.replace("_", ".", 1): value for name, value in settings.items()}):
        yield


@contextmanager
def backend():
    before = mpl.get_backend()
    plt.switch_backend("svg")
    try:
        yield
    finally:
        plt.switch_backend(before)


@contextmanager
def default_device():
    torch.set_default_device("meta")  # stands for a GPU: what is made there cannot be mixed in
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextmanager
def default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def debugging():
    root, text = logging.getLogger(), io.StringIO()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    assert "Logging error" not in text.getvalue()


@contextmanager
def errors_of_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextmanager
def plotly_dark():
    from plotly import io as pio

    before, pio.templates.default = pio.templates.default, "plotly_dark"
    try:
        yield
    finally:
        pio.templates.default = before


def traps():
    return decimal.localcontext(decimal.Context(prec=2, traps=[decimal.Inexact, decimal.Rounded]))


ANOMALY = "ignore:Anomaly Detection has been enabled:UserWarning"

SETTINGS = {
    "TeX": lambda: rc(text_usetex=True),
    "a dark style": lambda: matplotlib.style.context("dark_background"),
    "another style": lambda: matplotlib.style.context(["ggplot", "seaborn-v0_8-talk"]),
    "drawn by hand": plt.xkcd,
    "how figures are saved": lambda: rc(
        savefig_dpi=300, savefig_bbox="tight", savefig_transparent=True, savefig_facecolor="red"
    ),
    "fonts": lambda: rc(font_size=30, font_family="monospace", mathtext_fontset="stix"),
    "lines and axes": lambda: rc(
        lines_linewidth=9, axes_prop_cycle=plt.cycler("ls", [":"]), axes_xmargin=0.4, xtick_top=True
    ),
    "another backend": backend,
    "NumPy raises": lambda: np.errstate(all="raise"),
    "a default device": default_device,
    "within a device": lambda: torch.device("meta"),
    "float64": lambda: default_dtype(torch.float64),
    "float16": lambda: default_dtype(torch.float16),
    "anomalies": torch.autograd.detect_anomaly,
    "a logger that tells all": debugging,
    "warnings are errors": errors_of_warnings,
    "two decimal digits": traps,
    "Plotly's dark template": plotly_dark,
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What is seen without any setting, by form."""
    return {form: run(form, tmp_path_factory.mktemp("plain")) for form in FORMS}


def run(form, tmp_path, setting=None):
    seed_all(0)
    args, named = form(tmp_path)
    with setting() if setting else warnings.catch_warnings():
        return seen_of(lr_find(*args, **named, num_it=60, start_lr=1e-5, show=False))


@pytest.mark.filterwarnings(ANOMALY)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_sweep_is_the_same_under_every_setting(name, form, plain, tmp_path):
    found = run(form, tmp_path, SETTINGS[name])
    for what, value in plain[form].items():
        assert found[what] == value, what


# Odd enough for NumPy to complain: weights that underflow, losses at the end of what a float holds.
CURVES = {kind: losses(kind) for kind in KINDS} | ODD
CURVES |= {
    "tiny": losses("usual") * 1e-310,
    "huge level": np.full(100, 1e300),
    "below zero and huge": -np.geomspace(1, 1e300, 100),
    "explodes late": np.append(losses("usual")[:90], np.geomspace(1e10, 1e300, 10)),
    "both ends": np.array([1e300, -1e300] * 50),
    "whole numbers": np.arange(100, 0, -1),
}


@pytest.mark.parametrize("kind", CURVES)
def test_any_curve_is_read_and_drawn_where_numpy_raises(kind):
    record = sweep(CURVES[kind], "SGD")
    picker = LRPicker([record, record])
    told = seen_of(picker)
    explainer = Explainer(enabled=True)
    with np.errstate(all="raise"):
        assert seen_of(LRPicker([record, record])) == told
        explainer.follow(record.lrs, record.losses)
        for rule in PUBLIC:
            suggest(record, rule)


class Bad(torch.autograd.Function):
    """Passes a loss on, and gives gradients that are no numbers once it is large."""

    @staticmethod
    def forward(ctx, loss):
        ctx.save_for_backward(loss)
        return torch.where(loss > 3, torch.nan, loss)

    @staticmethod
    def backward(ctx, grad):
        (loss,) = ctx.saved_tensors
        return torch.where(loss > 3, torch.nan, grad)


def nan_at_last(output, target):
    return Bad.apply(functional.cross_entropy(output, target))


@pytest.mark.filterwarnings(ANOMALY)
@pytest.mark.parametrize("check_nan", [True, False])
@pytest.mark.parametrize("form", [pytorch, fastai])
def test_nan_in_backward_is_an_ordinary_ending_where_anomalies_are_searched(
    form, check_nan, tmp_path
):
    found = []
    for searched in (False, True):
        args, _ = form(tmp_path)
        if form is pytorch:
            args = (*args[:2], nan_at_last, args[3])
        else:
            args[0].loss_func = nan_at_last
        with torch.autograd.set_detect_anomaly(searched, check_nan):
            found.append(lr_find(*args, num_it=60, start_lr=1e-5, show=False))
            assert torch.is_anomaly_enabled() is searched
            assert torch.is_anomaly_check_nan_enabled() is check_nan
    without, picker = found
    assert picker.status == "finished"
    assert picker.sweep.stop_reason == "non-finite loss"
    assert np.isnan(picker.sweep.losses[-1])
    assert picker.value == without.value is not None
    assert str(picker) == str(without)


@pytest.mark.filterwarnings(ANOMALY)
def test_a_trial_may_end_on_nan_where_anomalies_are_searched(tmp_path):
    model, optimizer, _, data = pytorch(tmp_path)[0]
    with torch.autograd.set_detect_anomaly(True):
        picker = lr_find(model, optimizer, nan_at_last, data, num_it=60, show=False)
        trials = picker.try_picks([(1e-3, 1e-2), (9, 10)], valid=data, epochs=3)
        assert torch.is_anomaly_enabled()
    assert [trial.ended for trial in trials] == ["finished", "non-finite loss"]


@pytest.fixture
def decimal_commas(tmp_path, monkeypatch):
    """A locale that writes 0,5: the machine's own, or one made here."""
    before = locale.setlocale(locale.LC_ALL)
    made = tmp_path / "de_DE.UTF-8"
    if shutil.which("localedef"):
        command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(made)]
        subprocess.run(command, check=False, capture_output=True)
        monkeypatch.setenv("LOCPATH", str(tmp_path))
    try:
        locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    except locale.Error:
        pytest.skip("there is no locale with decimal commas, and localedef cannot make one")
    assert locale.localeconv()["decimal_point"] == ","
    yield
    locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize("form", FORMS)
def test_a_locale_with_decimal_commas(form, plain, tmp_path, decimal_commas):
    with mpl.rc_context({"axes.formatter.use_locale": True}):
        assert run(form, tmp_path) == plain[form]


def test_a_record_is_saved_and_read_with_decimal_commas(tmp_path, decimal_commas):
    record = sweep(losses("usual"), "SGD")
    record.save(tmp_path / "a.json")
    LRPicker(record).save_html(tmp_path / "a.html")
    assert Sweep.load(tmp_path / "a.json") == record
