"""Lightning: after a sweep, `trainer.fit` is bit for bit what it would have been, files and all."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

pytest.importorskip("lightning")


from lr_widget import lr_find
from lr_widget.testing.bits import bits, random_bits
from tests.support.lightning_runs import (
    data_argument,
    everything,
    files,
    fit,
    made_set_up,
    runs_of,
)
from tests.support.lits import SET_UPS, Lit, loader, make_trainer

pytestmark = pytest.mark.thorough

SWEEP = {"start_lr": 1e-6, "end_lr": 1e-1, "num_it": 18, "show": False}


def set_up(name, folder):
    return made_set_up(SET_UPS[name], folder)


def runs(name, tmp_path, act, *, before):
    return runs_of(SET_UPS[name], tmp_path, act, before=before)


AFTER_A_FIT = ("watched", "one cycle", "backbone freed later", "datamodule", "by steps", "averaged")


@pytest.mark.parametrize(
    ("name", "before"),
    [*((name, False) for name in SET_UPS), *((name, True) for name in AFTER_A_FIT)],
)
def test_the_next_fit_is_the_one_without_a_sweep(name, before, tmp_path, capfd):
    def act(trainer, module, data):
        capfd.readouterr()
        picker = lr_find(trainer, module, **data_argument(data), **SWEEP)
        assert picker.status == "finished"
        assert len(picker.sweep) == SWEEP["num_it"]
        assert capfd.readouterr() == ("", "")

    without, swept = runs(name, tmp_path, act, before=before)
    assert without == swept


class Fails:
    """Fails, or is interrupted, in one hook of a callback, from one call of it on."""

    def __init__(self, hook, at, error):
        def fail(*_, **__):
            self.calls += 1
            if self.calls >= at:
                if error is KeyboardInterrupt:
                    signal.raise_signal(signal.SIGINT)
                raise error

        self.calls = 0
        setattr(self, hook, fail)


def failing(hook, at, error):
    from lightning import Callback

    return type("Failing", (Fails, Callback), {})(hook, at, error)


FAILURES = [
    ("setup", 1, ValueError("on purpose")),
    ("setup", 1, KeyboardInterrupt),
    ("on_fit_start", 1, ValueError("on purpose")),
    ("on_train_start", 1, KeyboardInterrupt),
    ("on_train_batch_start", 3, ValueError("on purpose")),
    ("on_before_zero_grad", 3, KeyboardInterrupt),
    ("on_after_backward", 4, SystemExit("on purpose")),
    ("on_before_optimizer_step", 5, StopIteration("on purpose")),
    ("on_train_batch_end", 6, KeyboardInterrupt),
    ("teardown", 1, ValueError("on purpose")),
]


@pytest.fixture
def pythons_own_handler():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("pythons_own_handler")
@pytest.mark.parametrize(
    ("hook", "at", "error"), FAILURES, ids=lambda value: repr(value).partition("(")[0]
)
def test_a_failure_in_somebodys_callback_comes_out_and_leaves_no_trace(hook, at, error, tmp_path):
    def act(trainer, module, data):
        own = trainer.callbacks
        trainer.callbacks = [failing(hook, at, error), *own]
        kind = error if isinstance(error, type) else type(error)
        with pytest.raises(kind) as caught:
            lr_find(trainer, module, **data_argument(data), **SWEEP)
        assert kind is KeyboardInterrupt or "on purpose" in str(caught.value)
        assert not trainer.state.status or trainer.state.status.value != "running"
        trainer.callbacks = own

    without, swept = runs("watched", tmp_path, act, before=False)
    assert without == swept


def test_an_interrupt_while_the_optimizer_is_looked_at_leaves_no_trace(tmp_path):
    class Interrupted(Lit):
        def configure_optimizers(self):
            signal.raise_signal(signal.SIGINT)
            return super().configure_optimizers()

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    trainer, module = make_trainer(tmp_path), Interrupted()
    held, state = dict(vars(trainer)), bits(module.state_dict())
    with pytest.raises(KeyboardInterrupt):
        lr_find(trainer, module, loader(), **SWEEP)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, handler)
    assert dict(vars(trainer)) == held
    assert bits(module.state_dict()) == state
    assert module._trainer is None


def test_what_lightning_warns_of_once_is_still_said_by_the_fit(tmp_path):
    class Nothing(Lit):
        def training_step(self, batch, batch_idx):
            return super().training_step(batch, batch_idx) if batch_idx != 2 else None

    trainer, module = make_trainer(tmp_path), Nothing()
    lr_find(trainer, module, loader(), **SWEEP)  # a warning would be an error here
    with pytest.warns() as said:
        trainer.fit(module, loader())
    assert any("returned `None`" in str(each.message) for each in said)


def test_after_a_fit_that_has_failed_the_next_one_goes_on_as_without_a_sweep(tmp_path):
    found = []
    for acting in (False, True):
        folder = tmp_path / str(acting)
        folder.mkdir()
        trainer, module, data = set_up("one cycle", folder)
        trainer.callbacks.append(failing("on_train_batch_end", 3, ValueError("on purpose")))
        with pytest.raises(ValueError, match="on purpose"):
            fit(trainer, module, data, 2)
        del trainer.callbacks[-1]
        if acting:
            held = dict(vars(trainer)), random_bits()
            assert lr_find(trainer, module, **data_argument(data), **SWEEP).status == "finished"
            assert (dict(vars(trainer)), random_bits()) == held
        fit(trainer, module, data, 2)
        found.append(everything(trainer, module, folder))
    assert found[0] == found[1]


class Parser:
    """Stands for that of jsonargparse, which need not be installed."""

    def save(self, config, path, **_):
        Path(path).write_text(config, "utf-8")


def test_the_settings_of_lightnings_command_line_are_written_by_the_fit_alone(tmp_path):
    cli = pytest.importorskip("lightning.pytorch.cli")
    saves = cli.SaveConfigCallback(Parser(), "lr: 0.01")  # into the root folder: without a logger
    trainer, module = make_trainer(tmp_path, callbacks=saves), Lit()
    picker = lr_find(trainer, module, loader(), **SWEEP)
    assert picker.status == "finished"
    picker.try_picks([(1e-4, 1e-3), (1e-3, 1e-2)])
    assert list(tmp_path.iterdir()) == []
    fit(trainer, module, loader(), 1)
    assert files(tmp_path)["config.yaml"] == "lr: 0.01"
