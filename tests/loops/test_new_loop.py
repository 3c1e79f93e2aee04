"""A new kind of trainer is one file and its line in the choice of loops, and no page of ours."""

import gc
import weakref

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from lr_widget.loops import adapt  # noqa: E402
from lr_widget.loops.shown import BEST_PICK, fill_code  # noqa: E402
from lr_widget.testing import LoopRig, LoopTests  # noqa: E402
from lr_widget.testing.model import groups  # noqa: E402
from lr_widget.testing.rig import Data  # noqa: E402
from tests.support.toy_trainer import ToyTrainer  # noqa: E402

pytestmark = pytest.mark.thorough

LINE = adapt.Form(
    "lr_find(trainer) for a ToyTrainer",
    adapt.one("tests.support.toy_trainer", "ToyTrainer"),
    adapt.made_by("tests.support.toy_loop", "ToyLoop"),
)


@pytest.fixture(autouse=True)
def _line(monkeypatch):
    monkeypatch.setattr(adapt, "FORMS", (LINE, *adapt.FORMS))


class ToyRig(LoopRig):
    keeps_modes = False

    def build(self):
        self.optimizer = torch.optim.AdamW(groups(self.model))
        self.optimizer.register_step_pre_hook(lambda *_: self.watch("optimizer", None))
        loader = torch.utils.data.DataLoader(Data(self), batch_size=8, shuffle=True)
        self.trainer = ToyTrainer(self.model, self.optimizer, self.loss, loader)

    def arguments(self):
        return (self.trainer,), {}

    def trial_arguments(self):
        return {"valid": torch.utils.data.DataLoader(Data(self), batch_size=20)}

    def train_epoch(self):
        losses = []

        def note(loss):
            losses.append(float(loss.detach()))
            return True

        loss_fn, self.trainer.loss_fn = self.trainer.loss_fn, functional.cross_entropy
        self.trainer.fit(1, after_batch=note)
        self.trainer.loss_fn = loss_fn
        return losses


class TestToy(LoopTests):
    rig_class = ToyRig


def test_the_page_shows_its_line_of_code_and_its_schedule():
    state = ToyRig().find().get_state()
    code = "trainer.fit(2, lrs=dict(zip({'first', 'last'}, ({lo}, {hi}))), each={group_lrs})"
    assert state["_code"] == code
    assert fill_code(code, (1e-4, 1e-2), 2) == (
        "trainer.fit(2, lrs=dict(zip({'first', 'last'}, (1e-4, 1e-2))), each=[1e-4, 1e-2])"
    )
    assert [list(point) for point in state["_schedule"]] == [[0, 0], [0.1, 1], [1, 0]]


def test_after_trials_the_page_shows_its_line_too():
    rig = ToyRig()
    picker = rig.find()
    picker.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)], planned=9, **rig.trial_arguments())
    assert picker._trials["code"] == "trainer.fit(9, lrs=trials.best.group_lrs)"
    picker.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)], fit=lambda pick: pick.hi)
    assert picker._trials["code"] == BEST_PICK


def test_its_sweeps_belong_to_the_trainer_and_end_with_it():
    rig = ToyRig()
    first = rig.find()
    second = rig.find()
    assert second.sweeps == (first.sweep, second.sweep)
    trainer = rig.trainer
    rig.trainer = ToyTrainer(trainer.model, trainer.optimizer, trainer.loss_fn, trainer.loader)
    assert len(rig.find().sweeps) == 1  # another trainer of the same model begins anew
    gone = weakref.ref(trainer)
    del trainer
    gc.collect()
    assert gone() is None
    with pytest.raises(ValueError, match="the model that was swept must still be there"):
        second.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)])


def test_the_list_of_forms_has_it():
    with pytest.raises(TypeError, match=r"called as lr_find\(trainer\) for a ToyTrainer, lr_find"):
        lr_find(None)
