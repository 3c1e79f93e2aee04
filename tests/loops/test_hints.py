"""What a sweep notes of the model's situation: attention, and the rate of an earlier stage."""

import gc
import weakref

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from lr_widget.loops.hints import hints  # noqa: E402
from lr_widget.loops.protocol import BaseLoop, Group, TrainableLoop, completed  # noqa: E402
from lr_widget.records.history import stage_lr  # noqa: E402
from tests.support import models  # noqa: E402


def find(model, **options):
    """A sweep of plain PyTorch, over body and head."""
    optimizer = torch.optim.AdamW(models.groups(model))
    loss_fn = nn.functional.cross_entropy
    given = {"num_it": 12, "show": False, **options}
    return lr_find(model, optimizer, loss_fn, models.loader(), **given)


def staged(picked=(1e-4, 1e-2)):
    """A model and the picker that was made while its body was frozen."""
    model = models.Net()
    model.body.requires_grad_(False)
    picker = find(model)
    picker.value = picked
    model.body.requires_grad_(True)
    return model, picker


class CausalSelfAttention(nn.Module):
    """An attention of one's own, known by its name alone."""

    def forward(self, x):
        return x


class Attending(models.Net):
    def __init__(self, layer):
        super().__init__()
        self.body.append(layer)


@pytest.mark.parametrize("layer", [nn.MultiheadAttention(16, 2), CausalSelfAttention()], ids=str)
def test_an_attention_is_known_by_the_name_of_its_class(layer):
    model = Attending(nn.Identity())
    model.spare = layer  # a part of the model, though this one is never called
    sweep = find(model).sweep
    assert sweep.settings["attention"] is True
    assert "earlier_lr" not in sweep.settings


def test_without_attention_and_earlier_stage_nothing_is_noted():
    settings = find(models.Net()).sweep.settings
    assert {"attention", "earlier_lr"}.isdisjoint(settings)


def test_an_attention_is_known_in_the_form_with_a_step():
    model = Attending(CausalSelfAttention())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    named = {"step": lambda: torch.tensor(1.0), "optimizer": optimizer, "model": model}
    assert lr_find(**named, num_it=12, show=False).sweep.settings["attention"] is True


def test_the_pick_made_while_the_body_was_frozen_is_the_earlier_rate():
    model, picker = staged()
    assert "earlier_lr" not in picker.sweep.settings
    assert find(model).sweep.settings["earlier_lr"] == picker.value[1] == 1e-2
    picker.value = (1e-5, 3e-3)  # it counts as it is when the next sweep begins
    assert find(model).sweep.settings["earlier_lr"] == 3e-3


def test_the_suggestion_after_that_is_a_tenth_of_it_at_the_most():
    model, picker = staged((1e-6, 1e-5))
    later = find(model, end_lr=100.0, stop_div=False)
    assert later.sweep.settings["earlier_lr"] == 1e-5
    if later.suggestions["ours"].lr is not None:
        assert later.suggestions["ours"].lr <= 1e-6 * 1.001
        assert "an earlier stage" in later.suggestions["ours"].reason
    assert picker.value == (1e-6, 1e-5)


def test_a_pick_made_while_everything_trained_is_no_earlier_stage():
    model = models.Net()
    first = find(model)
    first.value = (1e-4, 1e-2)
    assert "earlier_lr" not in find(model).sweep.settings
    assert stage_lr(model) is None


def test_no_pick_and_a_picker_that_is_gone_are_no_earlier_stage():
    model, picker = staged()
    picker.value = None
    assert "earlier_lr" not in find(model).sweep.settings
    picker.value = (1e-4, 1e-2)
    picker.close()
    del picker
    gc.collect()
    assert "earlier_lr" not in find(model).sweep.settings


def test_another_model_has_no_earlier_stage():
    _, picker = staged()
    assert "earlier_lr" not in find(models.Net()).sweep.settings
    assert picker.value


def test_a_model_that_is_gone_is_not_kept():
    model, picker = staged()
    assert stage_lr(model) == 1e-2
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert picker.value


def trained(rig, lr):
    """A first stage: the head alone trains, then everything is let go."""
    rig.learn.freeze()
    fit(rig, lr)
    rig.learn.unfreeze()


def fit(rig, lr):
    with rig.learn.no_logging(), rig.learn.no_bar():
        rig.learn.fit_one_cycle(1, lr)


def test_a_run_of_all_layers_is_no_stage_before_this_one(rig):
    fit(rig, 3e-3)
    assert "earlier_lr" not in rig.find().sweep.settings
    trained(rig, 3e-3)
    assert "earlier_lr" in rig.find().sweep.settings
    fit(rig, 3e-4)  # else every sweep would suggest a tenth of the one before
    assert "earlier_lr" not in rig.find().sweep.settings


def test_fastais_recorder_knows_the_highest_rate_of_the_last_training(rig):
    assert "earlier_lr" not in rig.find().sweep.settings
    trained(rig, 3e-3)
    noted = rig.find().sweep.settings["earlier_lr"]
    assert noted == pytest.approx(3e-3, rel=0.3)  # of 5 batches none may be at the top of the cycle
    assert noted <= 3e-3


def test_a_sweep_of_ours_is_no_training(rig):
    trained(rig, 3e-3)
    noted = [rig.find(end_lr=1.0).sweep.settings["earlier_lr"] for _ in range(2)]
    assert noted[0] == noted[1] <= 3e-3


def test_fastais_own_range_test_is_no_training_however_narrow(rig):
    trained(rig, 3e-3)
    rig.learn.recorder.lrs = [1e-3 * 100 ** (i / 9) for i in range(10)]  # as it leaves them
    assert "earlier_lr" not in rig.find().sweep.settings
    rig.learn.recorder.lrs += [1e-3]
    assert "earlier_lr" in rig.find().sweep.settings


def test_of_several_rates_the_last_layers_count(rig):
    trained(rig, slice(1e-5, 2e-3))
    assert 1e-3 < rig.find().sweep.settings["earlier_lr"] <= 2e-3


def test_fastai_knows_what_it_trained_at_and_needs_no_pick(rig):
    rig.learn.freeze()
    picker = rig.find()
    picker.value = (1e-6, 1e-5)
    rig.learn.unfreeze()
    assert stage_lr(rig.learn) == 1e-5
    assert "earlier_lr" not in rig.find().sweep.settings
    trained(rig, 3e-3)
    assert rig.find().sweep.settings["earlier_lr"] > 1e-3
    assert picker.value == (1e-6, 1e-5)


class Own:
    """A loop that says of itself no more than it has to."""

    def __init__(self, holder):
        self.holder = holder
        self.schedule = "an attribute that happens to be called so"

    def groups(self):
        return [Group("all", frozen=False)]

    def optimizer_name(self):
        return "SGD"

    def holders(self):
        return [self.holder]

    def generators(self):
        return []

    def run(self, test):
        raise NotImplementedError


class Holder:
    def __init__(self, model):
        self.model = model


def test_a_loop_that_answers_no_more_than_it_has_to_gets_the_answers_of_base_loop():
    model = models.Net()
    own = Own(Holder(model))
    loop = completed(own)
    assert isinstance(loop, BaseLoop)
    assert loop.owner() is model
    assert completed(Own([])).owner() is None
    assert not loop.sets_group_lrs
    assert loop.earlier_lr() is None
    assert loop.code_line() == "OneCycleLR(optimizer, max_lr=picker.group_lrs, ...)"
    assert loop.trials_code_line(3) == "trials.best.pick"
    assert loop.schedule()[-1] == (1.0, 4e-6)
    assert not isinstance(loop, TrainableLoop)
    assert loop.recall()() is own
    assert repr(loop) == repr(own)
    assert completed(loop) is loop


def test_what_such_a_loop_answers_itself_counts():
    class Telling(Own):
        sets_group_lrs = True

        def owner(self):
            return self.holder

        def earlier_lr(self):
            return 2e-3

        def code_line(self):
            return "fit()"

        def check_training(self, valid):
            raise ValueError(valid)

        def train(self, pick, epochs, valid, training):
            raise NotImplementedError

    own = Telling(Holder(models.Net()))
    loop = completed(own)
    assert isinstance(loop, TrainableLoop)
    assert (loop.owner(), loop.earlier_lr(), loop.code_line()) == (own.holder, 2e-3, "fit()")
    assert loop.sets_group_lrs
    assert hints(loop) == {"earlier_lr": 2e-3}


@pytest.mark.parametrize("earlier", [None, 0.0, -1.0, float("nan"), float("inf"), "1e-3"])
def test_what_is_no_rate_is_no_earlier_stage(earlier):
    own = Own(Holder(models.Net()))
    own.earlier_lr = lambda: earlier
    assert hints(completed(own)) == {}
