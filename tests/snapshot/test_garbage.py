"""While a snapshot is made Python looks for no garbage; before and after it does as it did."""

import gc

import pytest

torch = pytest.importorskip("torch")

from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402


class Asked:
    """Tells whether garbage is collected while its state is asked for."""

    def __init__(self, tell):
        self.tell = tell

    def state_dict(self):
        self.tell(gc.isenabled())
        return {}

    def load_state_dict(self, state):
        self.tell(gc.isenabled())


@pytest.fixture(params=[True, False], ids=["collecting", "not collecting"])
def collecting(request):
    """Whether the user has garbage collected."""
    (gc.enable if request.param else gc.disable)()
    yield request.param
    gc.enable()


def test_no_garbage_is_looked_for_meanwhile(collecting):
    told = []
    with Snapshot([], [Asked(told.append)]):
        assert gc.isenabled() is collecting
    assert told == [False, collecting]
    assert gc.isenabled() is collecting


def test_after_an_error_it_is_as_before(collecting):
    def fail(_):
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        Snapshot([], [Asked(fail)])
    assert gc.isenabled() is collecting
