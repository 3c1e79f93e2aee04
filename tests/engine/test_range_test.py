"""Asked for a rate, told a loss: what is recorded, and when it is over."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lr_widget.engine import range_test  # noqa: E402  needs torch
from lr_widget.engine.range_test import LAG, RangeTest  # noqa: E402
from lr_widget.records.plan import Plan  # noqa: E402
from lr_widget.records.stop_reason import StopReason  # noqa: E402

PLAN = Plan(1e-7, 10.0, 100, "exp")
NAN = float("nan")


def run(losses, plan=PLAN, **options):
    """Drive a range test with given losses and return it with the rates it gave."""
    test = RangeTest(plan, **options)
    given, losses = [], iter(losses)
    while (lr := test.begin_step()) is not None:
        given.append(lr)
        test.end_step(next(losses))
    return test, given


def test_every_step_gets_its_rate_and_every_loss_is_recorded():
    losses = np.linspace(2.0, 1.0, 100)
    test, given = run(losses)
    assert given == PLAN.lrs().tolist()
    lrs, recorded = test.points
    assert lrs.tolist() == given
    assert recorded.tolist() == losses.tolist()
    assert test.stop_reason == "finished"
    assert len(given) == 100
    assert test.begin_step() is None


@pytest.mark.parametrize("bad", [NAN, float("inf"), float("-inf")])
@pytest.mark.parametrize("at", [1, 2, 50, 96, 99, 100])
@pytest.mark.parametrize("stop_div", [True, False])
def test_a_loss_that_is_not_finite_is_the_last_one(bad, at, stop_div):
    losses = np.linspace(2.0, 1.0, 100)
    losses[at - 1] = bad
    test, given = run(losses, stop_div=stop_div)
    assert test.stop_reason == "non-finite loss"
    np.testing.assert_array_equal(test.points[1], losses[:at])
    assert len(given) == min(at + LAG, 100)


def exploding(at):
    losses = np.full(100, 2.0)
    losses[at:] = 100.0
    return losses


@pytest.mark.parametrize("at", [20, 50, 97])
def test_divergence_ends_it_at_the_step_that_shows_it(at):
    test, given = run(exploding(at))
    assert test.stop_reason == "diverged"
    assert len(test.points[0]) == at + 3
    assert len(given) == min(at + 3 + LAG, 100)


def test_divergence_does_not_end_it_if_it_is_not_asked_to():
    test, _ = run(exploding(50), stop_div=False)
    assert test.stop_reason == "finished"
    assert len(test.points[0]) == 100


class Slow(range_test.LossReader):
    """A device that is far behind: a loss arrives only if it is waited for."""

    def pop_arrived(self, wait_for=0):
        values = [self._pending.popleft() for _ in range(min(wait_for, len(self._pending)))]
        return [float(value) for (value,), _ in values]


@pytest.mark.parametrize("losses", [exploding(50), np.append(exploding(99)[:60], [NAN] * 40)])
def test_it_stops_at_the_same_step_however_late_losses_arrive(monkeypatch, losses):
    at_once, given_at_once = run(losses)
    monkeypatch.setattr(range_test, "LossReader", Slow)
    late, given_late = run(losses)
    assert late.stop_reason == at_once.stop_reason
    assert given_late == given_at_once
    np.testing.assert_array_equal(late.points, at_once.points)


def test_it_waits_for_no_loss_of_the_last_steps(monkeypatch):
    waits = []

    class Watched(Slow):
        def pop_arrived(self, wait_for=0):
            waits.append((len(self), wait_for))
            return super().pop_arrived(wait_for)

    monkeypatch.setattr(range_test, "LossReader", Watched)
    run(np.full(100, 2.0))
    waited = [(pending, count) for pending, count in waits if count]
    assert all(pending - count == LAG for pending, count in waited[:-1])
    assert waited[-1] == (LAG + 1, LAG + 1)  # the end waits for all


@pytest.mark.parametrize("after", [0, 1, 37])
def test_a_stop_keeps_every_loss_so_far(after):
    steps = []
    test, given = run(
        iter(lambda: steps.append(1) or 2.0, None), should_stop=lambda: len(steps) >= after
    )
    assert test.stop_reason == "stopped"
    assert len(given) == len(test.points[0]) == after


def test_the_end_is_not_taken_for_a_stop():
    told = []
    test, _ = run(
        [2.0] * 100, on_points=lambda *_: told.append(1), should_stop=lambda: len(told) == 100
    )
    assert test.stop_reason == "finished"


def test_points_are_told_as_they_come():
    told = []
    run([2.0] * 100, on_points=lambda lrs, losses: told.append((len(lrs), len(losses))))
    assert told == [(n, n) for n in range(1, 101)]


def test_finish_from_outside_keeps_what_has_arrived():
    test = RangeTest(PLAN)
    for _ in range(3):
        test.begin_step()
        test.end_step(torch.tensor(2.0))
    assert test.finish(StopReason.ERROR, "ValueError") is StopReason.ERROR
    assert (test.stop_reason, test.error) == (StopReason.ERROR, "ValueError")
    assert len(test.points[0]) == 3
    assert test.begin_step() is None


def test_a_reason_found_before_stays():
    test, _ = run([NAN] * 100)
    assert test.finish(StopReason.STOPPED) is test.stop_reason is StopReason.NON_FINITE_LOSS


def test_a_device_that_answers_nothing_does_not_hide_the_reason(monkeypatch):
    test = RangeTest(PLAN)

    def broken(wait_for):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(test._reader, "pop_arrived", broken)
    test.finish(StopReason.ERROR, "RuntimeError")
    assert (test.stop_reason, test.error) == (StopReason.ERROR, "RuntimeError")


def test_a_loss_without_a_step_is_refused():
    test = RangeTest(PLAN)
    with pytest.raises(RuntimeError, match="end_step must follow a begin_step"):
        test.end_step(torch.tensor(1.0))


def test_micro_batches_count_as_one_step_and_skipped_ones_as_none():
    test = RangeTest(PLAN)
    assert test.begin_step() == PLAN.lrs()[0]
    test.add_micro_batch(1.0)
    test.end_step(3.0)
    assert test.begin_step() == PLAN.lrs()[1]
    test.add_micro_batch(100.0)
    test.skip_step()
    test.end_step(4.0)
    lrs, losses = test.points
    assert lrs.tolist() == PLAN.lrs()[:2].tolist()
    assert losses.tolist() == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="add_micro_batch must follow a begin_step"):
        test.add_micro_batch(1.0)


@pytest.mark.parametrize("loss", [None, "x", torch.zeros(2)])
def test_a_loss_that_is_none_is_not_counted(loss):
    test = RangeTest(PLAN)
    test.begin_step()
    with pytest.raises((TypeError, ValueError), match="the loss must be"):
        test.end_step(loss)
    assert len(test.points[0]) == 0


def test_its_own_bookkeeping_is_shielded():
    class Shield:
        depth = 0

        def __enter__(self):
            Shield.depth += 1

        def __exit__(self, *error):
            Shield.depth -= 1

    depths = []
    run([2.0] * 100, on_points=lambda *_: depths.append(Shield.depth), shielded=Shield)
    assert depths == [1] * 100
    assert Shield.depth == 0
