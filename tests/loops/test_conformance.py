"""What every loop has to hold: rates, modes, names; and all as it was after any ending."""

import numpy as np
import pytest
import torch

import models
from lr_widget.schedule import Plan
from rigs import STEPS, Plant


def fail(error):
    def act(_value):
        raise error

    return act


# name: (what happens, status, stop reason, what is raised)
ENDINGS = {
    "finish": (Plant(), "finished", "finished", None),
    "divergence": (("loss", 14, lambda loss: loss * 1e4), "finished", "diverged", None),
    "NaN": (("loss", 12, lambda loss: loss * float("nan")), "finished", "non-finite loss", None),
    "inf": (("loss", 12, lambda loss: loss * float("inf")), "finished", "non-finite loss", None),
    **{
        f"{kind.__name__} in the {place}": (
            (place, at, fail(kind("on purpose"))),
            "stopped" if kind is KeyboardInterrupt else "failed",
            "interrupted" if kind is KeyboardInterrupt else f"error: {kind.__name__}: on purpose",
            kind,
        )
        for kind, place, at in [
            (ValueError, "model", 12),
            (ValueError, "loss", 12),
            (ValueError, "loader", 45),
            (RuntimeError, "loss", 1),
            (StopIteration, "loss", 12),
            (StopIteration, "model", 12),
            (IndexError, "loss", 12),
            (KeyboardInterrupt, "loss", 12),
            (KeyboardInterrupt, "loader", 45),
            (SystemExit, "model", 12),
            (MemoryError, "model", 12),
        ]
    },
}


def sweep(rig, ending):
    """Run a sweep that ends in the given way and return the picker."""
    what, _, _, raised = ENDINGS[ending]
    if not rig.has_loader and "loader" in ending:
        pytest.skip("this loop has no loader")
    rig.plant = Plant(*what) if isinstance(what, tuple) else what
    try:
        if raised is None:
            return rig.find()
        with pytest.raises(raised, match="on purpose") as caught:
            rig.find()
        return caught.value.picker
    finally:
        rig.plant = Plant()


@pytest.fixture(params=[False, True], ids=["fresh", "trained"])
def trained(request):
    return request.param


@pytest.mark.parametrize("ending", ENDINGS)
def test_everything_is_as_it_was_to_the_last_bit(rig, trained, ending):
    if trained:
        rig.train_epoch()
    before = rig.bits()
    sweep(rig, ending)
    assert rig.bits() == before


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_next_epoch_is_that_without_a_sweep(make_rig, trained, ending):
    runs = []
    for swept in (False, True):
        rig = make_rig()
        models.seed_all(3)
        losses = rig.train_epoch() if trained else []
        if swept:
            sweep(rig, ending)
        losses += rig.train_epoch()
        runs.append((losses, rig.values(), models.random_bits()))
    assert len(runs[0][0]) == (10 if trained else 5)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_has_its_status_and_reason_and_keeps_the_curve(rig, ending):
    picker = sweep(rig, ending)
    _, status, reason, _ = ENDINGS[ending]
    assert picker.status == status
    assert picker.sweep.stop_reason == reason
    assert picker.sweeps == (picker.sweep,)
    whole = {"finish": STEPS, "RuntimeError in the loss": 0}.get(ending)
    assert len(picker.sweep) == whole if whole is not None else 5 <= len(picker.sweep) < 20
    assert (picker.value is None) == (status != "finished")


@pytest.mark.parametrize("schedule", ["exp", "linear"])
def test_every_group_gets_the_rate_of_the_step(rig, schedule):
    picker = rig.find(schedule=schedule)
    expected = Plan(1e-6, 1e-2, STEPS, schedule).lrs()
    assert picker.sweep.lrs.tolist() == expected.tolist()
    assert [seen["lrs"] for seen in rig.seen] == [[lr, lr] for lr in expected]


def test_no_more_steps_are_made_than_asked_for(rig):
    for num_it in (10, 11, 37):
        rig.seen.clear()
        assert len(rig.find(num_it=num_it).sweep) == num_it
        assert len(rig.seen) == num_it


def test_the_losses_recorded_are_those_of_the_steps(rig):
    losses = []
    rig.plant = Plant("loss", 1, lambda loss: losses.append(float(loss.detach())) or loss)
    recorded = rig.find().sweep.losses
    assert recorded.dtype == np.float64
    assert recorded.tolist() == losses
    assert len(set(losses)) > STEPS / 2


def test_a_model_in_eval_mode_is_trained_and_back(rig):
    rig.model.eval()
    rig.find()
    assert all(all(seen["modes"].values()) for seen in rig.seen)
    assert not any(module.training for module in rig.model.modules())


def test_a_part_in_eval_mode_stays_so_where_the_loop_leaves_it(rig):
    if not rig.keeps_modes:
        pytest.skip("this loop sets all modes itself")
    rig.model.body[1].eval()
    mean = rig.model.body[1].running_mean.clone()
    rig.plant = Plant("loss", 1, lambda loss: means.append(rig.model.body[1].running_mean) or loss)
    means = []
    rig.find()
    assert {seen["modes"]["body.1"] for seen in rig.seen} == {False}
    assert all(torch.equal(mean, seen) for seen in means)
    assert not rig.model.body[1].training
    assert rig.model.training


def test_a_seed_gives_the_same_sweep_whatever_the_random_state(rig):
    curves = []
    for state, seed in ((1, 5), (2, 5), (2, 6)):
        models.seed_all(state)
        before = models.random_bits()
        curves.append(rig.find(seed=seed).sweep)
        assert models.random_bits() == before
        assert curves[-1].settings["seed"] == seed
    same, again, other = (curve.losses.tobytes() for curve in curves)
    assert same == again != other


def test_without_a_seed_sweeps_go_on_from_the_random_state(rig):
    curves = []
    for state in (1, 1, 2):
        models.seed_all(state)
        curves.append(rig.find().sweep.losses.tobytes())
    assert curves[0] == curves[1] or rig.kind == "fastai"  # its loader has a state of its own
    assert curves[0] != curves[2]


def test_groups_and_optimizer_have_their_names(rig):
    picker = rig.find()
    assert picker._loop == rig.kind
    assert picker._groups == [
        {"name": "body", "frozen": False},
        {"name": "head", "frozen": False},
    ]
    assert picker.sweep.groups == ("body", "head")
    assert picker.sweep.optimizer in ("AdamW", "Adam")
    assert picker.group_lrs == list(picker.value)


def test_a_frozen_group_is_marked(rig):
    rig.model.body.requires_grad_(requires_grad=False)
    assert [group["frozen"] for group in rig.find()._groups] == [True, False]


def test_nothing_trainable_is_refused_before_anything_is_touched(rig):
    rig.model.requires_grad_(requires_grad=False)
    before = rig.bits()
    with pytest.raises(ValueError, match=r"must have something to train, got .*'Net'"):
        rig.find()
    assert rig.bits() == before
    assert rig.seen == []


def test_a_second_sweep_while_one_runs_is_refused(rig):
    before = rig.bits()
    rig.plant = Plant("loss", 12, lambda _: rig.find())
    with pytest.raises(ValueError, match="must not be called while another sweep runs") as caught:
        rig.find()
    assert caught.value.picker.status == "failed"
    assert len(caught.value.picker.sweep) == 11
    assert rig.bits() == before
    rig.plant = Plant()
    assert rig.find().status == "finished"


def test_two_sweeps_in_a_row_leave_two_pickers(rig):
    first, second = rig.find(seed=1), rig.find(seed=1)
    assert first is not second
    np.testing.assert_array_equal(first.sweep.losses, second.sweep.losses)
    assert first.sweep.settings == {
        "start_lr": 1e-6,
        "end_lr": 1e-2,
        "num_it": STEPS,
        "schedule": "exp",
        "stop_div": True,
        "seed": 1,
        "frozen": [False, False],
    }
