"""Rigs whose sweeps are followed by trials."""

import pytest

from lr_widget.testing.bits import seed_all
from lr_widget.testing.rig import Setting
from tests.support.rigs import RIGS

PICKS = [(1e-4, 1e-3), (1e-3, 1e-2)]


def rig_of(kind, **setting):
    """A fresh rig of a loop, always the same one."""
    if kind.startswith("fastai"):
        pytest.importorskip("fastai")
        import fastai.callback.schedule
        import fastai.data.load  # noqa: F401
    seed_all(3)
    return RIGS[kind](Setting(**setting))


def attempt(rig, picks=PICKS, **options):
    """What trials after a sweep have come to."""
    return rig.find().try_picks(picks, **{**rig.trial_arguments(), **options})
