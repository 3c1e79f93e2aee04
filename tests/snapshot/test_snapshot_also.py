"""`also`: objects outside model and optimizer that training changes come back, too."""

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from tests.support import models  # noqa: E402

X, Y = models.dataset().tensors


class Average:
    """An average of the weights outside the model, as research code has it."""

    def __init__(self, model):
        self.shadow = {name: p.detach().clone() for name, p in model.named_parameters()}
        self.updates = 0

    def update(self, model):
        self.updates += 1
        for name, p in model.named_parameters():
            self.shadow[name].lerp_(p.detach(), 0.1)

    def state_dict(self):
        return {"shadow": self.shadow, "updates": self.updates}

    def load_state_dict(self, content):
        self.shadow, self.updates = content["shadow"], content["updates"]


class Hidden:
    """Keeps its state where only its own methods find it."""

    __slots__ = ("_inner",)

    def __init__(self):
        self._inner = Average(torch.nn.Linear(2, 2))

    def update(self, model):
        self._inner.updates += 1
        self._inner.shadow["weight"] += 1

    def state_dict(self):
        return {"mean": self._inner.shadow["weight"].clone(), "n": self._inner.updates}

    def load_state_dict(self, content):
        self._inner.shadow["weight"].copy_(content["mean"])
        self._inner.updates = content["n"]


class Setup:
    def __init__(self):
        torch.manual_seed(0)
        self.model = models.Net()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.01)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, 1000)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
        self.average, self.hidden = Average(self.model), Hidden()
        self.critic = torch.nn.Linear(2, 2)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters())
        self.numpy, self.python = np.random.default_rng(0), random.Random(0)
        self.torch = torch.Generator().manual_seed(0)
        self.also = [
            *(self.scheduler, self.scaler, self.average, self.hidden, self.critic),
            *(self.critic_optimizer, self.numpy, self.python, self.torch),
        ]

    def step(self):
        noise = torch.rand(len(X), 1, generator=self.torch)
        noise += self.python.random() + float(self.numpy.random())
        self.optimizer.zero_grad()
        loss = functional.cross_entropy(self.model(X + 0.1 * noise), Y)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.scheduler.step()
        self.critic_optimizer.zero_grad()
        self.critic(torch.ones(2)).sum().backward()
        self.critic_optimizer.step()
        self.average.update(self.model)
        self.hidden.update(self.model)
        return loss

    def bits(self):
        parts = [self.scheduler, self.scaler, self.average, self.hidden, self.critic_optimizer]
        return [
            models.model_bits(self.model),
            models.model_bits(self.critic),
            models.bits([part.state_dict() for part in parts]),
            [id(tensor) for tensor in self.average.shadow.values()],
            models.bits([self.numpy.bit_generator.state, self.python.getstate()]),
            models.bits([self.torch.get_state(), self.optimizer.state_dict()]),
        ]


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("ending", ["finish", "error"])
def test_all_of_it_is_as_it_was_and_goes_on_as_if_nothing_had_been(warm, ending):
    runs = []
    for swept in (False, True):
        setup = Setup()
        torch.manual_seed(1)
        losses = [float(setup.step().detach()) for _ in range(3)] if warm else []
        if swept:
            before = setup.bits()
            sweep(setup, ending)
            assert setup.bits() == before
        losses += [float(setup.step().detach()) for _ in range(3)]
        runs.append((losses, setup.average.updates, models.bits(setup.average.shadow)))
        runs[-1] += (setup.scaler.get_scale(), setup.optimizer.param_groups[0]["lr"])
    assert runs[0][0] == runs[1][0]
    assert runs[0][1:2] + runs[0][3:] == runs[1][1:2] + runs[1][3:]


def sweep(setup, ending):
    calls = []

    def step():
        calls.append(1)
        if len(calls) == 12 and ending == "error":
            raise ValueError("on purpose")
        return setup.step()

    given = {"step": step, "optimizer": setup.optimizer, "model": setup.model}
    options = {"num_it": 20, "end_lr": 1e-2, "show": False, "also": setup.also}
    if ending == "error":
        with pytest.raises(ValueError, match="on purpose"):
            lr_find(**given, **options)
    else:
        assert lr_find(**given, **options).status == "finished"


REFUSED = [
    (5, "also must be a list of objects, got 5"),
    ({"a": 1}, "also must be a list of objects, got {'a': 1}"),
    (
        [object()],
        "also must hold objects with state_dict and load_state_dict, random generators, loaders",
    ),
    ([np.random], "also must hold objects with state_dict .* got <module 'numpy.random'"),
]


@pytest.mark.parametrize(("also", "message"), REFUSED)
def test_what_cannot_be_put_back_is_refused(also, message):
    setup = Setup()
    before = setup.bits()
    with pytest.raises(TypeError, match=message) as caught:
        lr_find(step=setup.step, optimizer=setup.optimizer, model=setup.model, also=also)
    assert not hasattr(caught.value, "picker")
    assert setup.bits() == before


def test_an_object_that_cannot_tell_its_state_touches_nothing():
    class Torn(Average):
        def state_dict(self):
            raise RuntimeError("no state")

    setup = Setup()
    before = setup.bits()
    with pytest.raises(RuntimeError, match="no state") as caught:
        lr_find(
            step=setup.step,
            optimizer=setup.optimizer,
            model=setup.model,
            also=[Torn(setup.model)],
            show=False,
        )
    assert caught.value.picker.status == "failed"
    assert setup.bits() == before
