"""Why something has ended: composed in one place, read in the same."""

import json

import pytest

from lr_widget.common.sentences import say
from lr_widget.records.stop_reason import OF_TRIALS, StopReason, read_reason, write_reason

OF_SWEEPS = [reason for reason in StopReason if reason is not StopReason.NOT_VALIDATED]


@pytest.mark.parametrize("reason", StopReason)
def test_a_reason_is_its_text(reason):
    assert reason == reason.value
    assert {reason.value: 1}[reason] == 1
    assert str(reason) == f"{reason}" == reason.value
    assert json.dumps(reason) == f'"{reason.value}"'
    assert StopReason(reason.value) is reason


@pytest.mark.parametrize("reason", OF_SWEEPS)
def test_what_was_written_is_read(reason):
    error = "ValueError: bad: {steps}" if reason is StopReason.ERROR else None
    text = write_reason(reason, error)
    assert type(text) is str
    assert read_reason(text) == (reason, error)


def test_an_error_has_its_class_and_text():
    assert write_reason(StopReason.ERROR, "ValueError") == "error: ValueError"


@pytest.mark.parametrize("text", ["", "whatever", "Finished", "not validated"])
def test_words_of_other_tools_are_no_reason(text):
    assert read_reason(text) == (None, None)


def test_every_reason_can_be_said():
    for reason in OF_SWEEPS:
        assert say(f"outcome.{reason}", steps=1, num_it=2, restored="", error="")
    for reason in set(OF_TRIALS) - {StopReason.FINISHED}:
        assert say(f"tried.ended.{reason}", batch=1)
