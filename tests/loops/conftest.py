"""`rig`: each kind of loop in turn; the conformance tests run unchanged for all of them."""

import pytest

pytest.importorskip("torch")

from rigs import RIGS


@pytest.fixture(params=RIGS)
def make_rig(request):
    if "fastai" in request.param:
        pytest.importorskip("fastai")
    return RIGS[request.param]


@pytest.fixture
def rig(make_rig):
    return make_rig()
