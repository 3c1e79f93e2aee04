"""`rig`: a Learner to sweep, with a folder of its own."""

import pytest


@pytest.fixture
def rig(tmp_path):
    pytest.importorskip("fastai")
    from tests.support.rigs import FastaiRig

    rig = FastaiRig()
    rig.learn.path = tmp_path
    return rig
