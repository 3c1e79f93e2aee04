"""What every loop has to hold: rates, modes, names; and all as it was after any ending."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lr_widget.loops.shown import fill_code
from lr_widget.records.plan import Plan
from lr_widget.testing.bits import random_bits, seed_all
from lr_widget.testing.endings import ENDINGS, make_endings
from lr_widget.testing.rig import STEPS, LoopRig, Plant, Setting

FRESH_AND_TRAINED = pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
ENDING = pytest.mark.parametrize("ending", ENDINGS)


def sweep(rig: LoopRig, ending: str) -> Any:
    """Run a sweep that ends in the given way and return the picker."""
    planned = make_endings()[ending]
    if not rig.has_loader and any(plant.place == "loader" for plant in planned.plants):
        pytest.skip("this loop has no loader")
    with rig.planted(*planned.plants):
        if planned.raised is None:
            return rig.find()
        with pytest.raises(planned.raised) as caught:
            rig.find()
    return caught.value.picker  # type: ignore[attr-defined]


def check_no_trace(rig_class: type[LoopRig], setting: Setting, ending: str, trained: bool) -> None:
    """Check that all is as it was, and the next epoch the one without a sweep, bit by bit."""
    runs = []
    rig_class(setting)  # what is imported for the first time may draw random numbers
    for swept in (False, True):
        seed_all(3)
        rig = rig_class(setting)
        losses = rig.train_epoch() if trained else []
        if swept:
            before = rig.bits()
            sweep(rig, ending)
            assert rig.bits() == before
        losses += rig.train_epoch()
        runs.append((losses, rig.values(), random_bits()))
    assert len(runs[0][0]) == (10 if trained else 5)
    assert runs[0] == runs[1]


def check_no_trace_of_trials(
    rig_class: type[LoopRig], setting: Setting, ending: str, trained: bool
) -> None:
    """Check that after trials, too, all is as it was, and the next epoch the one without them."""
    runs = []
    rig_class(setting)  # as above
    for tried in (False, True):
        seed_all(3)
        rig = rig_class(setting)
        losses = rig.train_epoch() if trained else []
        if tried:
            picker = rig.find()
            before = rig.bits()
            _try(rig, picker, ending)
            assert rig.bits() == before
        losses += rig.train_epoch()
        runs.append((losses, rig.values(), random_bits()))
    assert runs[0] == runs[1]


def _try(rig: LoopRig, picker: Any, ending: str) -> None:
    planned = make_endings()[ending]
    with rig.planted(*planned.plants):
        if planned.raised is None:
            rig.try_picks(picker)
        else:
            with pytest.raises(planned.raised) as caught:
                rig.try_picks(picker)
            assert caught.value.trials is picker.trials  # type: ignore[attr-defined]
    reached = [rig.passed(plant.place) >= plant.at for plant in planned.plants]
    assert all(reached), "the ending has not happened"


class LoopTests:
    """The tests; a subclass names its rig."""

    rig_class: type[LoopRig]

    @pytest.fixture
    def rig(self) -> LoopRig:
        """A fresh rig."""
        return self.rig_class()

    @pytest.fixture(autouse=True)
    def _pythons_own_handler(self) -> Iterator[None]:
        # a shell that starts the tests in the background has SIGINT ignored
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        signal.signal(signal.SIGINT, handler)

    @FRESH_AND_TRAINED
    @ENDING
    def test_no_trace_after_any_ending(self, ending: str, trained: bool) -> None:
        check_no_trace(self.rig_class, Setting(), ending, trained)

    @ENDING
    def test_no_trace_of_trials_after_any_ending(self, ending: str) -> None:
        if self.rig_class().trial_arguments() is None:
            pytest.skip("this loop does not train")
        places = {plant.place for plant in make_endings()[ending].plants}
        if not self.rig_class.has_loader and places & {"loader", "bookkeeping"}:
            pytest.skip("the function that trains passes no such place")
        check_no_trace_of_trials(self.rig_class, Setting(), ending, trained=True)

    @ENDING
    def test_each_ending_has_its_status_and_keeps_the_curve(
        self, rig: LoopRig, ending: str
    ) -> None:
        picker = sweep(rig, ending)
        planned = make_endings()[ending]
        assert picker.status == planned.status
        assert picker.sweep.stop_reason == planned.reason
        assert picker.sweeps == (picker.sweep,)
        n = len(picker.sweep)
        if planned.reason == "finished" or ending == "NaN in the last step":
            assert n == STEPS
        elif ending.endswith("at 1") or ending == "Ctrl-C in the loss":
            assert n == 0
        else:
            assert 5 <= n < STEPS
        suggested = picker.suggestions["ours"].pick  # may be None: the curve may be flat
        assert picker.value == (suggested if planned.status == "finished" else None)

    @pytest.mark.parametrize("schedule", ["exp", "linear"])
    def test_every_group_gets_the_rate_of_the_step(self, rig: LoopRig, schedule: str) -> None:
        picker = rig.find(schedule=schedule)
        expected = Plan(1e-6, 1e-2, STEPS, schedule).lrs()
        assert picker.sweep.lrs.tolist() == expected.tolist()
        assert [seen["lrs"] for seen in rig.seen] == [[lr, lr] for lr in expected]

    def test_the_rate_on_the_axis_is_the_rate_that_trains(self, rig: LoopRig) -> None:
        used: list[list[float]] = []
        with rig.planted(Plant("optimizer", 1, lambda _: used.append(rig.rates()))):
            picker = rig.find()
        assert used == [[lr, lr] for lr in picker.sweep.lrs]

    @pytest.mark.parametrize("at", [1, 5])
    def test_a_rate_that_somebody_else_sets_ends_the_sweep(self, rig: LoopRig, at: int) -> None:
        def interfere(loss: Any) -> Any:
            rig.set_rate(0.5)
            return loss

        before = rig.bits()
        match = "must train at the rate that the sweep has set, .* in group 0, got 0.5"
        with (
            pytest.raises(ValueError, match=match) as caught,
            rig.planted(Plant("loss", at, interfere)),
        ):
            rig.find()
        assert rig.bits() == before
        picker = caught.value.picker  # type: ignore[attr-defined]
        assert (picker.status, picker.value, len(picker.sweep)) == ("failed", None, at - 1)
        assert rig.find().status == "finished"

    def test_no_more_steps_are_made_than_asked_for(self, rig: LoopRig) -> None:
        for num_it in (10, 11, 37):
            rig.seen.clear()
            assert len(rig.find(num_it=num_it).sweep) == num_it
            assert len(rig.seen) == num_it

    def test_the_losses_recorded_are_those_of_the_steps(self, rig: LoopRig) -> None:
        losses: list[float] = []

        def note(loss: Any) -> Any:
            losses.append(float(loss.detach()))
            return loss

        with rig.planted(Plant("loss", 1, note)):
            recorded = rig.find().sweep.losses
        assert recorded.dtype == np.float64
        assert recorded.tolist() == losses
        assert len(set(losses)) > STEPS / 2

    def test_a_model_in_eval_mode_is_trained_and_back(self, rig: LoopRig) -> None:
        rig.model.eval()
        rig.find()
        assert all(all(seen["modes"].values()) for seen in rig.seen)
        assert not any(module.training for module in rig.model.modules())

    def test_a_part_in_eval_mode_stays_so_where_the_loop_leaves_it(self, rig: LoopRig) -> None:
        if not rig.keeps_modes:
            pytest.skip("this loop sets all modes itself")
        norm = rig.model.body[1]
        norm.eval()
        mean = norm.running_mean.clone()
        means: list[Any] = []

        def note(loss: Any) -> Any:
            means.append(norm.running_mean.clone())
            return loss

        with rig.planted(Plant("loss", 1, note)):
            rig.find()
        assert {seen["modes"]["body.1"] for seen in rig.seen} == {False}
        assert all(seen.equal(mean) for seen in means)
        assert not norm.training
        assert rig.model.training

    def test_a_seed_gives_the_same_sweep_whatever_the_random_state(self, rig: LoopRig) -> None:
        curves = []
        for state, seed in ((1, 5), (2, 5), (2, 6)):
            seed_all(state)
            before = random_bits()
            curves.append(rig.find(seed=seed).sweep)
            assert random_bits() == before
            assert curves[-1].settings["seed"] == seed
        same, again, other = (curve.losses.tobytes() for curve in curves)
        assert same == again != other

    def test_groups_have_their_names(self, rig: LoopRig) -> None:
        picker = rig.find()
        assert not any(picker.sweep.settings["frozen"])
        assert picker.sweep.groups == ("body", "head")
        assert picker.sweep.optimizer
        picker.value = (1e-4, 1e-2)
        assert picker.group_lrs == [1e-4, 1e-2]

    def test_its_line_of_code_follows_the_pick(self, rig: LoopRig) -> None:
        code = rig.find().get_state()["_code"]
        low, high = (fill_code(code, pick, 2) for pick in ((1e-4, 1e-3), (1e-3, 1e-2)))
        assert low != high or "picker." in code

    def test_a_frozen_group_is_marked(self) -> None:
        rig = self.rig_class(Setting(frozen=True))
        assert rig.find().sweep.settings["frozen"] == [True, False]

    def test_nothing_trainable_is_refused_before_anything_is_touched(self, rig: LoopRig) -> None:
        rig.model.requires_grad_(requires_grad=False)
        before = rig.bits()
        with pytest.raises(ValueError, match=r"must have something to train, got .*'Net'"):
            rig.find()
        assert rig.bits() == before
        assert rig.seen == []

    def test_a_second_sweep_while_one_runs_is_refused(self, rig: LoopRig) -> None:
        before = rig.bits()
        match = "must not be called while another sweep runs"
        with (
            pytest.raises(ValueError, match=match) as caught,
            rig.planted(Plant("loss", 12, lambda _: rig.find())),
        ):
            rig.find()
        assert caught.value.picker.status == "failed"  # type: ignore[attr-defined]
        assert len(caught.value.picker.sweep) == 11  # type: ignore[attr-defined]
        assert rig.bits() == before
        assert rig.find().status == "finished"

    def test_two_sweeps_in_a_row_are_the_same_and_leave_two_pickers(self, rig: LoopRig) -> None:
        first, second = rig.find(seed=1), rig.find(seed=1)
        assert first is not second
        np.testing.assert_array_equal(first.sweep.losses, second.sweep.losses)
