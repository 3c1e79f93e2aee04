"""One training run, as its loop tells it: when it is ended early, and what its epochs come to."""

import math

import pytest
import torch

from lr_widget.engine.training_run import Training


def feed(training, losses):
    """Tell losses until the run is over; return how many were told."""
    for told, loss in enumerate(losses, 1):
        if not training.batch(loss):
            return told
    return len(losses)


@pytest.fixture
def training():
    run = Training(epochs=2)
    run.begin(20, ["accuracy"])
    return run


def test_a_calm_run_goes_on_to_its_end(training):
    assert feed(training, [1.0] * 40) == 40
    training.finish()
    assert training.ended == "finished"
    assert training.losses.tolist() == [1.0] * 40


@pytest.mark.parametrize("peak", [3.0, 50.0])
def test_a_run_may_rise_far_at_its_highest_rates_and_come_back(training, peak):
    losses = [1.0] * 10 + [peak] * 20 + [0.5] * 10
    assert feed(training, losses) == 40
    assert training.ended == "finished"


def test_a_level_far_above_the_start_has_diverged(training):
    assert feed(training, [1.0] * 10 + [200.0] * 30) == 13  # the median of five is up there
    assert training.ended == "diverged"


@pytest.mark.parametrize("start", [0.01, 5e-11, 0.0])
def test_a_trained_model_may_lose_for_a_while_what_it_knew(training, start):
    assert feed(training, [start] * 10 + [0.5] * 20 + [start / 2] * 10) == 40
    assert training.ended == "finished"


def test_one_wild_batch_ends_nothing(training):
    assert feed(training, [1.0] * 15 + [1e9] + [1.0] * 24) == 40


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_losses_that_stay_no_numbers_end_a_run(training, bad):
    assert feed(training, [1.0, bad, 1.0, bad, bad, bad, 1.0]) == 6
    assert training.ended == "non-finite loss"


def test_a_stop_is_asked_for_after_each_batch():
    asked = []
    run = Training(1, should_stop=lambda: len(asked) == 3 or asked.append(1))
    assert feed(run, [1.0] * 9) == 4
    assert run.ended == "stopped"


def test_an_epoch_without_its_own_training_loss_has_the_mean_of_its_batches(training):
    feed(training, [1.0, 3.0])
    training.end_epoch(0.5, seconds=1.0, metrics={"accuracy": 0.5})
    feed(training, [5.0])
    training.end_epoch(0.4, seconds=1.0, train_loss=9.0)
    assert [epoch.train_loss for epoch in training.epochs] == [2.0, 9.0]
    assert training.epochs[0].metrics == {"accuracy": 0.5}


def test_losses_may_be_tensors_and_a_listener_hears_of_them():
    heard = []
    run = Training(1, on_change=lambda each: heard.append(len(each.losses)))
    run.begin(2)
    run.batch(torch.tensor([0.5], requires_grad=True))
    run.batch(torch.tensor(0.25))
    assert heard == [0, 1, 2]
    run.end_epoch(1.0, seconds=0.1)
    assert heard[-1] == 2


def test_the_reason_found_first_stays(training):
    feed(training, [1.0] * 10 + [200.0] * 30)
    training.finish("stopped")
    assert training.ended == "diverged"
