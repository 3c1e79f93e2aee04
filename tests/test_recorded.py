"""The recorded sweeps are read as they were recorded, and regret is what it is said to be."""

import gzip
import json

import numpy as np
import pytest

from benchmarks import make_sweeps, recorded

FOUND = recorded.load()
RAW = json.loads(gzip.decompress(recorded.FILE.read_bytes()))


def test_there_are_both_sets():
    for name, tasks, sweeps in [("first", 24, 82), ("second", 27, 45)]:
        found = [each for each in FOUND if each.set == name]
        assert (len({each.task for each in found}), len(found)) == (tasks, sweeps)
    assert recorded.FILE.stat().st_size < 500_000


def test_a_sweep_is_exactly_what_was_recorded():
    for each, raw in zip(FOUND, RAW, strict=True):
        assert each.sweep.lrs.tolist() == raw["lrs"]
        assert each.sweep.optimizer in {"SGD", "Adam", "AdamW", "RMSprop"}
        assert len(each.sweep.groups) == raw["param_groups"]
        known = [raw["losses"][i] for i in np.flatnonzero(np.isfinite(each.sweep.losses))]
        assert each.sweep.losses[np.isfinite(each.sweep.losses)].tolist() == known
        assert raw["losses"].count(None) == len(each.sweep) - len(known)
        assert each.sweep.settings == {"start_lr": 1e-7, "end_lr": 10.0, "num_it": each.num_it}


@pytest.mark.parametrize("index", range(0, len(FOUND), 12))
def test_regret_is_0_at_the_best_rate_and_linear_between_trainings(index):
    each = FOUND[index]
    regrets = [each.regret(lr) for lr in each.grid_lrs]
    best = int(np.nanargmin(each.grid_val_loss))
    assert regrets[best] == 0
    assert all(0 <= regret <= 2 for regret in regrets)
    between = (each.grid_lrs[0] * each.grid_lrs[1]) ** 0.5
    assert each.regret(between) == pytest.approx((regrets[0] + regrets[1]) / 2)
    assert each.regret(1e-12) == regrets[0]
    assert each.regret(None) == 1


def test_regret_has_its_bounds():
    values = np.array([1.5, 1.0, 3.0, np.nan, np.inf])
    lrs = np.geomspace(1e-5, 1e-1, 5)
    each = FOUND[0]._replace(grid_lrs=lrs, grid_val_loss=values, init_val_loss=2.0)
    assert [each.regret(lr) for lr in lrs] == pytest.approx([0.5, 0, 2, 2, 2])


def test_a_folder_of_records_is_packed_the_same_way_twice(tmp_path):
    one = {**RAW[0], "optimizer": "sgdm", "losses": [1.1, None, 0.1 + 0.2], "note": "left out"}
    (tmp_path / "b.json").write_text(json.dumps({**one, "task": "b", "num_it": 100}))
    (tmp_path / "a.json").write_text(json.dumps({**one, "task": "a", "num_it": 200}))
    packed = make_sweeps.packed(tmp_path)
    assert packed == make_sweeps.packed(tmp_path)
    found = json.loads(gzip.decompress(packed))
    assert [(each["task"], each["set"]) for each in found] == [("a", "first"), ("b", "second")]
    assert found[0]["losses"] == [1.1, None, 0.1 + 0.2]
    assert (found[0]["optimizer"], "note" in found[0]) == ("SGD", False)
    assert list(found[0]) == list(RAW[0])
