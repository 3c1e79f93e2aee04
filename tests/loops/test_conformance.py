"""Every loop that lr_widget brings along passes the tests that any loop has to pass."""

import pytest

pytest.importorskip("torch")

from lr_widget.testing import LoopTests
from tests.support import models
from tests.support.lightning_rig import LightningRig
from tests.support.rigs import RIGS, STEPS, FastaiRig, PyTorchRig, StepRig, WrappedRig
from tests.support.transformers_rig import TransformersRig

pytestmark = pytest.mark.thorough


class TestPyTorch(LoopTests):
    rig_class = PyTorchRig


class TestStep(LoopTests):
    rig_class = StepRig


class TestFastai(LoopTests):
    rig_class = FastaiRig


class TestFastaiWithTorchOptimizer(LoopTests):
    rig_class = WrappedRig


class TestLightning(LoopTests):
    rig_class = LightningRig


class TestTransformers(LoopTests):
    rig_class = TransformersRig


@pytest.mark.parametrize("kind", RIGS)
def test_without_a_seed_sweeps_go_on_from_the_random_state(kind):
    rig, curves = RIGS[kind](), []
    for state in (1, 1, 2):
        models.seed_all(state)
        curves.append(rig.find().sweep.losses.tobytes())
    assert curves[0] == curves[1] or rig.kind == "fastai"  # its loader has a state of its own
    assert curves[0] != curves[2]


@pytest.mark.parametrize("kind", RIGS)
def test_the_settings_are_in_the_record(kind):
    rig = RIGS[kind]()
    assert rig.find(seed=1).sweep.settings == {
        "start_lr": 1e-6,
        "end_lr": 1e-2,
        "num_it": STEPS,
        "schedule": "exp",
        "stop_div": True,
        "seed": 1,
        "frozen": [False, False],
    }
