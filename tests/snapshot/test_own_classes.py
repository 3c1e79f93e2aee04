"""Whose class it is, and what of a class itself is state."""

import argparse
import collections
import enum
import random
import sys
import threading
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import lr_widget  # noqa: E402
from lr_widget.snapshot import own_classes  # noqa: E402
from lr_widget.snapshot.own_classes import is_own, is_users  # noqa: E402
from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402


def made(name, bases=(), **attributes):
    return type("Made", bases, {"__module__": name, **attributes})


class Color(enum.Enum):
    RED = 1


def test_whose_a_class_is():
    own = made(__name__)
    assert is_own(own)
    assert is_own(made("__main__"))
    assert is_own(made("a_module_that_is_gone"))
    assert is_own(made("__main__", (own, dict)))
    assert is_own(collections.UserDict)
    assert is_own(types.SimpleNamespace)
    assert is_own(argparse.Namespace)
    assert is_own(threading.local)
    others = [made("torch.nn.anything"), made("__main__", (made("pytest"),)), nn.Module]
    others += [made("logging"), threading.Thread, Color, lr_widget.Sweep, np.ndarray, dict]
    assert not any(map(is_own, others))


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_a_module_is_the_users_unless_it_is_installed(folder, monkeypatch):
    names = ["installed", "with_parts", "with_parts.part", "checkout"]
    modules = {name: types.ModuleType(name) for name in names}
    modules["installed"].__file__ = f"/venv/lib/{folder}/installed.py"
    modules["with_parts"].__path__ = [f"/venv/lib/{folder}/with_parts"]
    modules["checkout"].__file__ = "/home/me/checkout/__init__.py"
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    own_classes._is_users.cache_clear()
    assert [is_users(name) for name in names] == [False, False, False, True]
    own_classes._is_users.cache_clear()


class Counted(nn.Module):
    calls, share, rng = 0, 0.5, random.Random(0)
    mean, best = torch.zeros(2), np.zeros(2)
    is_set_up, cache = False, {}

    def forward(self, x):
        type(self).calls += 1
        Counted.share *= 2
        Counted.mean += 1
        Counted.best = Counted.best + 1
        Counted.is_set_up = True
        Counted.cache[1] = x
        Counted.new = Counted.rng.random()
        return x


class Below(Counted):
    pass


@pytest.fixture
def as_it_was():
    kept = dict(vars(Counted))
    yield
    Counted.is_set_up = kept["is_set_up"]
    Counted.cache.clear()


@pytest.mark.parametrize("kind", [Counted, Below])
@pytest.mark.usefixtures("as_it_was")
def test_numbers_and_arrays_of_a_class_come_back_and_switches_and_caches_stay(kind):
    module, drawn = kind(), Counted.rng.getstate()
    mean, best = Counted.mean, Counted.best
    snapshot = Snapshot([module])
    for _ in range(2):
        module(1), module(2)
        assert (kind.calls, Counted.share) == (2, 2.0)
        snapshot.restore()
        assert (kind.calls, Counted.share) == (0, 0.5)
        assert "calls" not in vars(Below)
        assert not hasattr(Counted, "new")
        assert Counted.rng.getstate() == drawn
        assert (Counted.mean is mean, Counted.best is best) == (True, True)
        assert (mean.tolist(), best.tolist()) == ([0.0, 0.0], [0.0, 0.0])
    assert Counted.is_set_up
    assert Counted.cache == {1: 2}
