"""What the model's situation makes of one rate: a pick, and why it is that."""

import pytest

from lr_widget import LRPicker, Sweep, suggest
from lr_widget.curves.features import read
from lr_widget.records.pick import Pick
from lr_widget.suggestions.discriminative import pick_for
from tests.support.curves import LRS, losses

READING = read(LRS, losses("usual"))
BOTH = ["body", "head"]


def picked(lr=2e-3, groups=BOTH, reading=READING, **settings):
    record = Sweep(LRS, losses("usual"), groups=groups, settings=settings)
    return pick_for(lr, record, reading)


def test_with_one_group_only_the_last_layers_count():
    pick, why = picked(groups=["all"], earlier_lr=1e-4, frozen=[True])
    assert pick == Pick(2e-4, 2e-3)
    assert why.startswith("There is one parameter group")


@pytest.mark.parametrize("groups", [[], BOTH, ["a", "b", "c"]])
def test_from_scratch_the_first_layers_get_a_tenth(groups):
    pick, why = picked(groups=groups)
    assert pick == Pick(2e-4, 2e-3)
    assert why == "The first layers get a rate 10 times lower."


def test_with_a_frozen_body_the_earlier_stage_does_not_count_yet():
    pick, why = picked(frozen=[True, False], earlier_lr=1e-4)
    assert pick == Pick(2e-4, 2e-3)
    assert why.startswith("First layers are frozen")
    assert picked(frozen=[False, False])[1].startswith("The first layers get")


@pytest.mark.parametrize("frozen", [None, True, 5, "yes", [], [None], ["no"]])
def test_what_is_no_record_of_frozen_groups_is_none(frozen):
    assert picked(frozen=frozen)[1].startswith("The first layers get")


def test_after_an_earlier_stage_it_is_a_tenth_of_what_that_trained_at():
    pick, why = picked(earlier_lr=1e-3)
    assert pick == Pick(pytest.approx(1e-5), pytest.approx(1e-4))
    for words in ("get 1e-4, a tenth of the 1e-3", "would say 2e-3"):
        assert words in why


def test_after_an_earlier_stage_a_lower_rate_stays():
    pick, why = picked(earlier_lr=1.0)
    assert pick == Pick(pytest.approx(2e-4), 2e-3)
    assert "get 2e-3, which is below a tenth of the 1 " in why


def test_after_an_earlier_stage_the_left_end_is_ten_times_below_the_rise():
    steep = READING._replace(worse_from=1e-4)
    assert picked(lr=1e-3, earlier_lr=1.0, reading=steep)[0] == Pick(pytest.approx(1e-5), 1e-3)
    never = READING._replace(worse_from=None)
    assert picked(lr=1e-3, earlier_lr=1.0, reading=never)[0].lo == pytest.approx(1e-4)


def test_the_rule_of_thumb_needs_a_reading_and_two_groups():
    for given in ({"reading": None}, {"groups": []}):
        assert picked(**given, earlier_lr=1e-3)[0] == Pick(2e-4, 2e-3)


def test_a_rate_below_the_sweep_is_not_suggested():
    pick, _ = picked(earlier_lr=1e-8)
    assert pick.hi == LRS[0]


@pytest.mark.parametrize(
    ("spread", "ratio"), [(3.0, 3), (1.0, 1), (None, 10), (0.5, 1), (100, 100)]
)
def test_the_ratio_is_the_one_it_was_swept_with(spread, ratio):
    pick, why = picked(spread=spread)
    assert pick == Pick(pytest.approx(2e-3 / ratio), 2e-3)
    assert f"{ratio} times lower" in why


def test_where_one_group_was_swept_the_rate_is_its_own():
    assert picked(group=0, earlier_lr=1e-4) == (
        Pick(2e-3, 2e-3),
        "Only body was swept: this is its own rate.",
    )


@pytest.mark.parametrize(
    "settings", [{"frozen": True}, {"spread": 0.1}, {"earlier_lr": 1e-30}, {"earlier_lr": 1e30}]
)
def test_no_setting_breaks_a_picker(settings):
    record = Sweep(LRS, losses("usual"), "Adam", groups=BOTH, settings=settings)
    picker = LRPicker(record)
    assert picker.value == suggest(record).pick
    picker.close()


@pytest.mark.parametrize("name", ["earlier_lr", "spread"])
def test_a_rate_or_ratio_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match=rf"settings\['{name}'\] must be above 0, got -1.0"):
        picked(**{name: -1.0})
    with pytest.raises(TypeError, match=rf"settings\['{name}'\] must be a real number, got 'no'"):
        picked(**{name: "no"})
