"""Which candidate is said to be better: by validation losses, and no more certain than they are."""

import math

import numpy as np
import pytest

from lr_widget.common.sentences import say
from lr_widget.records.pick import Pick
from lr_widget.records.trial import Epoch, Trial
from lr_widget.trials.verdict import judge_trials

HI = {"A": 1e-4, "B": 1e-3, "C": 1e-2}


def run(name, loss, seed=0, ended="finished", train=1.0):
    epochs = () if ended != "finished" else (Epoch(train, loss, {}, 1.0),)
    return Trial(name, Pick(HI[name] / 10, HI[name]), seed, np.array([1.0]), epochs, ended)


def judge(*runs, epochs=1, planned=None, start=None):
    return judge_trials(runs, epochs, planned, start)


def seeds(name, *losses, **more):
    return [run(name, loss, seed, **more) for seed, loss in enumerate(losses)]


def test_the_lower_validation_loss_is_better_whatever_the_training_loss():
    verdict = judge(run("A", 0.5, train=0.1), run("B", 0.4, train=3.0))
    assert verdict.best == "B"
    assert verdict.plain == (
        "B is lower by 0.100 after 1 epoch (one run each). Try seeds=3 to see whether that is more "
        "than chance."
    )


def test_of_three_it_is_compared_with_the_next_best():
    verdict = judge(run("A", 0.9), run("B", 0.5), run("C", 0.4), epochs=2)
    assert verdict.best == "C"
    expected = "C is lower by 0.100 than B, the next best, after 2 epochs (one run each)."
    assert verdict.plain.startswith(expected)


def test_with_seeds_the_spread_of_the_differences_is_said():
    runs = [run("A", 1.0 + shift, seed) for seed, shift in enumerate((0, 0.5, -0.5))]
    runs += [run("B", 0.8 + shift, seed) for seed, shift in enumerate((0.01, 0.5, -0.51))]
    verdict = judge(*runs)
    assert verdict.best == "B"  # the shuffles differ by far more, but the same ones are compared
    assert verdict.plain == "B is lower by 0.200 ± 0.010 after 1 epoch (3 runs each)."


def test_a_gap_within_the_spread_is_no_difference():
    runs = [run("A", loss, seed) for seed, loss in enumerate((0.5, 0.6, 0.55))]
    runs += [run("B", loss, seed) for seed, loss in enumerate((0.6, 0.4, 0.62))]
    verdict = judge(*runs)
    assert verdict.plain.startswith("No difference to be seen after 1 epoch: B is below A by 0.010")
    assert "less than the spread of" in verdict.plain


def test_a_candidate_that_was_stopped_between_its_seeds_is_not_ranked():
    whole = [run("A", loss, seed) for seed, loss in enumerate((0.5, 0.5, 3.0))]
    verdict = judge(*whole, run("B", 2.0, 2), run("B", 0, 1, "stopped"))
    assert verdict.best == "A"
    assert verdict.plain == "Only A finished, with a validation loss of 1.333."
    assert judge(run("A", 0.5, 2), run("A", 0, 1, "stopped")).best == "A"


def test_runs_that_are_all_the_same_count_as_one():
    runs = [run(name, loss, seed) for name, loss in (("A", 0.5), ("B", 0.4)) for seed in range(3)]
    assert judge(*runs).plain == (
        "B is lower by 0.100 after 1 epoch. All 3 runs of a candidate came out the same, so they "
        "say no more than one."
    )


def test_a_small_spread_is_not_written_as_none():
    runs = [run("A", 0.5 + seed * 1e-5, seed) for seed in range(3)]
    runs += [run("B", 0.4, seed) for seed in range(3)]
    assert "0.100 ± 1e-5" in judge(*runs).plain


def test_a_run_without_a_validation_loss_is_said_to_have_none():
    verdict = judge(run("A", 0.9), run("B", 0, ended="not validated"))
    assert verdict.plain.endswith("B has no validation loss at its end.")


def test_equal_losses_are_called_equal():
    assert judge(run("A", 0.5), run("B", 0.5)).plain == "A and B come out the same after 1 epoch."


@pytest.mark.parametrize(("ended", "words"), [("diverged", "diverged"), ("non-finite loss", "NaN")])
def test_a_run_that_blew_up_is_never_the_best(ended, words):
    verdict = judge(run("A", 0.9), run("B", 0, ended=ended))
    assert verdict.best == "A"
    assert verdict.plain.startswith("Only A finished, with a validation loss of 0.900. B ")
    assert words in verdict.plain


def test_a_validation_loss_that_is_no_number_is_never_the_best():
    verdict = judge(run("A", 0.9), run("B", math.nan), run("C", -math.inf))
    assert verdict.best == "A"


def test_one_bad_seed_puts_a_candidate_out():
    verdict = judge(run("A", 0.9), run("A", 0.9, 1), run("B", 0.1), run("B", 0, 1, "diverged"))
    assert verdict.best == "A"


def test_without_a_run_that_finished_there_is_no_answer():
    verdict = judge(run("A", 0, ended="diverged"), run("B", 0, ended="stopped"))
    assert verdict.best is None
    assert verdict.plain == (
        "No answer: no candidate finished its training. A diverged: its rate is too high."
    )
    assert judge().best is None


@pytest.mark.parametrize(
    ("epochs", "planned", "decades"),
    [(1, 20, 0.46), (1, 10, 0.46), (1, 5, 0.39), (1, 4, 0.39), (2, 5, 0.22)],
)
def test_short_runs_are_said_to_favour_high_rates(epochs, planned, decades):
    verdict = judge(run("A", 0.9), run("B", 0.4), epochs=epochs, planned=planned)
    assert f"{epochs} of {planned} planned epochs" in verdict.plain
    assert f"by about {decades} decades" in verdict.plain


@pytest.mark.parametrize(("epochs", "planned"), [(1, 1), (1, 2), (5, 10), (3, 2), (1, None)])
def test_long_enough_runs_are_not(epochs, planned):
    said = judge(run("A", 0.9), run("B", 0.4), epochs=epochs, planned=planned).plain
    assert "planned" not in said


@pytest.mark.parametrize("start", [2.063, 2.08, -3000.0, 0.0])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_where_no_run_ends_clearly_below_its_start_none_is_named(start, shift):
    ends = (start + 0.009 * abs(start), start + shift, start - 0.009 * abs(start))
    runs = [run(name, loss) for name, loss in zip("ABC", ends, strict=True)]
    if start == 0:
        runs = runs[:2]
    verdict = judge(*runs, planned=4, start=start)
    assert verdict.best is None
    assert verdict.plain.startswith("None has learned yet: after 1 epoch no run ends clearly below")
    assert " is lower by " not in verdict.plain
    assert not any(f"{name} " in verdict.plain for name in "ABC")


def test_the_three_runs_that_learned_nothing():
    verdict = judge(run("A", 2.072), run("B", 2.086), run("C", 2.063), planned=4, start=2.063)
    assert verdict.best is None
    assert verdict.plain == (
        "None has learned yet: after 1 epoch no run ends clearly below the validation loss of "
        "2.063 before training, so no rate can be named. Train for longer, or try other rates."
    )


def test_those_that_blew_up_are_told_of_beside():
    verdict = judge(run("A", 2.07), run("B", 0, ended="diverged"), start=2.063)
    assert verdict.best is None
    assert verdict.plain.endswith("B diverged: its rate is too high.")
    assert "Only" not in verdict.plain


def test_one_that_has_learned_is_enough():
    verdict = judge(run("A", 2.06), run("B", 2.0), start=2.063)
    assert verdict.best == "B"
    assert verdict.plain.startswith("B is lower by 0.060 after")


def test_a_gain_within_the_spread_of_the_seeds_is_none():
    noisy = seeds("A", 1.7, 2.1, 1.9) + seeds("B", 2.0, 2.2, 1.95)
    assert judge(*noisy, start=2.0).best is None
    steady = seeds("A", 1.88, 1.92, 1.9) + seeds("B", 2.0, 2.2, 1.95)
    assert judge(*steady, start=2.0).best == "A"


@pytest.mark.parametrize(("gap", "close"), [(0.019, True), (0.021, False)])
@pytest.mark.parametrize("best", "AB")
def test_two_are_close_within_a_hundredth_of_the_start(gap, close, best):
    other = "B" if best == "A" else "A"
    verdict = judge(run(best, 0.4), run(other, 0.4 + gap), planned=10, start=2.0)
    assert verdict.best == best
    lead = f"{best} is lower by {gap:.3f}"
    if close:
        lead = f"{best} and {other} are close: {lead}, less than 1 % of the loss before training,"
    assert verdict.plain.startswith(f"{lead} after 1 epoch (one run each). Try seeds=3")


@pytest.mark.parametrize("start", [None, 2.0])
def test_no_rate_is_named_for_being_the_lower_one(start):
    for losses in ((0.41, 0.40), (0.40, 0.41)):
        pair = [run(name, loss) for name, loss in zip("AB", losses, strict=True)]
        assert "lower rate" not in judge(*pair, planned=10, start=start).plain


def test_without_the_loss_before_training_nothing_is_said_of_it():
    said = judge(run("A", 2.082), run("B", 2.063)).plain
    assert said.startswith("B is lower by 0.019 after 1 epoch (one run each).")


def test_a_validation_loss_far_above_the_training_loss_is_told():
    told = "B's validation loss of 0.900 lies far above its training loss of 0.100: a longer run "
    told += "may want a lower rate."
    pair = run("A", 1.2), run("B", 0.9, train=0.1)
    assert told in judge(*pair, start=1.5).plain  # 1.4 were learned, and 0.8 of them by heart
    assert told in judge(*pair, start=1.5, planned=10).plain
    assert told in judge(*seeds("A", 1.2, 1.2), *seeds("B", 0.8, 1.0, train=0.1), start=1.5).plain
    assert "longer run" not in judge(*pair, start=2.0).plain
    assert "longer run" not in judge(*pair).plain


@pytest.mark.parametrize("train", [None, math.nan, 3.0])
def test_where_training_tells_no_gain_validation_lies_above_nothing(train):
    pair = run("A", 1.2, train=train), run("B", 0.9, train=train)
    assert "longer run" not in judge(*pair, start=1.5).plain


def test_losses_below_zero_are_ranked_too():
    assert judge(run("A", -3.0), run("B", -2.0)).best == "A"


def test_small_gaps_are_written_in_two_digits():
    assert "lower by 2.5e-4 after" in judge(run("A", 0.00125), run("B", 0.001)).plain


def test_marks_are_for_the_page_alone():
    verdict = judge(run("A", 0.5), run("B", 0.4))
    assert verdict.answer.startswith(say("tried.answer.lead", best="B", gap="0.100"))
    assert "*" not in verdict.plain
    assert "`" not in verdict.plain
