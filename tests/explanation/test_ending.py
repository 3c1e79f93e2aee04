"""How a sweep ended, in words; and what may be picked after that."""

import numpy as np
import pytest

from lr_widget import Sweep
from lr_widget.explanation.ending import outcome, summary
from lr_widget.records.sweep import status_of
from lr_widget.suggestions.choose import judge

LRS = np.geomspace(1e-7, 10, 100)
U_SHAPE = 1 + (np.linspace(-1, 1, 100)) ** 2
FALLING = np.linspace(2, 1, 100)

STATUS = {
    "finished": "finished",
    "diverged": "finished",
    "non-finite loss": "finished",
    "stopped": "stopped",
    "interrupted": "stopped",
    "error: ValueError: bad": "failed",
    "error: ": "failed",
    "whatever another tool says": "finished",
}


def sweep(reason="finished", losses=U_SHAPE, steps=100):
    settings = {"num_it": 100}
    return Sweep(LRS[:steps], losses[:steps], stop_reason=reason, settings=settings)


@pytest.mark.parametrize("reason", STATUS)
def test_the_status_of_each_ending(reason):
    assert status_of(sweep(reason)) == STATUS[reason]


SENTENCES = [
    ("finished", 100, "Finished after 100 steps. Your model is as it was."),
    (
        "diverged",
        90,
        "Finished at step 90 of 100, where the loss diverged. Your model is as it was.",
    ),
    ("stopped", 40, "Stopped at step 40 of 100. Your model is as it was."),
    ("interrupted", 40, "Interrupted at step 40 of 100. Your model is as it was."),
    ("error: ValueError: bad.", 3, "Failed at step 3 of 100: ValueError: bad. Your model is as it"),
]


@pytest.mark.parametrize(("reason", "steps", "words"), SENTENCES)
def test_each_ending_has_its_sentence(reason, steps, words):
    assert outcome(sweep(reason, steps=steps), restored=True).startswith(words)


@pytest.mark.parametrize(
    ("last", "words"), [(np.nan, "not a number (NaN)"), (np.inf, "infinite"), (-np.inf, "infinite")]
)
def test_a_loss_that_is_not_finite_is_told_apart(last, words):
    record = sweep("non-finite loss", np.append(FALLING[:20], last), 21)
    assert words in outcome(record, restored=True)


@pytest.mark.parametrize("reason", STATUS)
def test_only_a_restored_model_is_said_to_be_as_it_was(reason):
    said = outcome(sweep(reason), restored=False)
    assert "Your model" not in said
    assert said == said.strip()


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "{steps}", "</script>", "\\1"])
def test_an_errors_text_stays_as_it_is(text):
    assert text in outcome(sweep(f"error: ValueError: {text}"), restored=True)


@pytest.mark.parametrize("reason", ["finished", "diverged", "non-finite loss"])
def test_a_sweep_that_ended_by_itself_is_read(reason):
    assert judge(sweep(reason, FALLING)).pick is not None


@pytest.mark.parametrize("reason", ["stopped", "interrupted"])
def test_after_a_stop_only_a_curve_that_has_turned_is_read(reason):
    assert judge(sweep(reason, U_SHAPE)).pick is not None
    found = judge(sweep(reason, FALLING))
    assert (found.lr, found.pick) == (None, None)
    assert "before the curve had turned" in found.reason


def test_after_an_error_nothing_is_suggested():
    found = judge(sweep("error: ValueError: bad"))
    assert (found.lr, found.pick) == (None, None)
    assert "failed" in found.reason


@pytest.mark.parametrize(("one_rate", "told"), [(False, 2), (True, 1)])
def test_the_line_of_text_tells_as_many_rates_as_have_an_effect(one_rate, told):
    record = sweep()
    line = summary(outcome(record, restored=True), judge(record), one_rate=one_rate)
    assert "\n" not in line
    assert line.count("e-") == told
    assert line.startswith("Finished after 100 steps. Your model is as it was. Suggested: ")


def test_without_a_pick_the_line_of_text_says_why():
    record = sweep("stopped", FALLING, 40)
    assert "before the curve had turned" in summary(
        outcome(record, restored=True), judge(record), one_rate=False
    )
