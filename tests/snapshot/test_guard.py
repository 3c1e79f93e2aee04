"""In a sweep, large frozen parameters are not copied; a change of one ends it as failed."""

import gc
import weakref

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from lr_widget import lr_find  # noqa: E402
from lr_widget.errors import RestoreError  # noqa: E402
from lr_widget.snapshot import guard  # noqa: E402
from lr_widget.snapshot.snapshot import Snapshot  # noqa: E402
from tests.support import models  # noqa: E402  needs torch

WIDTH = 520  # a square of floats is a little more than a MiB
MESSAGE = "frozen parameters must stay as they are during a sweep, got changes in "


class Adapter(nn.Module):
    """A linear layer that is frozen, and a product of two small ones that is trained."""

    def __init__(self, base):
        super().__init__()
        self.base = base
        self.down = nn.Linear(base.in_features, 4, bias=False)
        self.up = nn.Linear(4, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x):
        return self.base(x) + self.up(self.down(x))


class Adapted(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))
        self.body.requires_grad_(requires_grad=False)
        self.body[2] = Adapter(self.body[2])
        self.head = nn.Linear(WIDTH, 3)

    def forward(self, x):
        return self.head(self.body(x))


BASES = ["body.0.weight", "body.2.base.weight"]


class Rig:
    def __init__(self, change=lambda model: None, model=None):
        torch.manual_seed(0)
        self.model = model or Adapted()
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-3)
        self.batch = torch.randn(8, WIDTH), torch.randint(3, (8,))
        self.change = change
        self.steps = 0

    def step(self):
        self.steps += 1
        self.optimizer.zero_grad()
        x, y = self.batch
        loss = functional.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        if self.steps == 5:
            with torch.no_grad():
                self.change(self.model)
        return loss

    def find(self, **options):
        options = {"num_it": 12, "stop_div": False, "show": False, **options}
        return lr_find(step=self.step, optimizer=self.optimizer, model=self.model, **options)

    def bits(self):
        state = self.optimizer.state
        return models.model_bits(self.model), models.bits(state), models.random_bits()


def copied(snapshot):
    return {id(s.tensor) for s in snapshot._tensors.values() if s.bits is not None}


def test_what_is_large_and_frozen_is_not_copied_and_all_else_is():
    rig = Rig()
    snapshot = Snapshot([rig.model, rig.optimizer], guards_frozen=True)
    left = {name for name, p in rig.model.named_parameters() if id(p) not in copied(snapshot)}
    assert left == set(BASES)
    snapshot.free()


def test_a_sweep_of_an_adapter_leaves_no_trace():
    rig = Rig()
    before = rig.bits()
    picker = rig.find()
    assert picker.status == "finished"
    assert len(picker.sweep) == 12
    assert rig.bits() == before


def add_one_bit(model):
    model.body[0].weight.view(torch.int32)[7, 3] += 1


def negate(model):
    model.body[0].weight.neg_()


def merge_the_adapter(model):
    adapter = model.body[2]
    adapter.base.weight += 0.01 * torch.randn_like(adapter.base.weight)


def unfreeze_and_train(model):
    model.body[0].requires_grad_()
    model.body[0].weight -= 0.1


def write_past_autograd(model):
    model.body[0].weight.data[0] = 0


def poison(model):
    model.body[0].weight.fill_(float("nan"))


CHANGES = {
    add_one_bit: BASES[:1],
    negate: BASES[:1],
    merge_the_adapter: BASES[1:],
    unfreeze_and_train: BASES[:1],
    write_past_autograd: BASES[:1],
    poison: BASES[:1],
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_named_and_all_else_is_put_back(change):
    rig = Rig(change)
    kept = {name: models.bits(p) for name, p in rig.model.named_parameters()}
    flags = [p.requires_grad for p in rig.model.parameters()]
    before = rig.bits()[1:]
    with pytest.raises(RestoreError, match=MESSAGE + CHANGES[change][0]) as caught:
        rig.find()
    picker = caught.value.picker
    assert picker.status == "failed"
    assert "also=[model]" in picker.sweep.error
    assert CHANGES[change][0] in picker.sweep.error
    after = {name: models.bits(p) for name, p in rig.model.named_parameters()}
    assert [name for name in kept if after[name] != kept[name]] == CHANGES[change]
    assert [p.requires_grad for p in rig.model.parameters()] == flags
    assert rig.bits()[1:] == before


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_with_the_model_in_also_it_is_copied_and_comes_back(change):
    rig = Rig(change)
    before = rig.bits()
    rig.find(also=[rig.model])
    assert rig.bits() == before


def replace(model):
    model.body[0].weight = nn.Parameter(torch.zeros(WIDTH, WIDTH))


def convert_and_back(model):
    model.half().float()


def swap_its_storage(model):
    model.body[0].weight.data = torch.zeros(WIDTH, WIDTH)


@pytest.mark.parametrize("change", [replace, convert_and_back, swap_its_storage])
def test_another_tensor_in_its_place_is_no_change_of_it(change):
    rig = Rig(change)
    before = rig.bits()
    rig.find()
    assert rig.bits() == before


def test_an_error_of_the_step_comes_out_as_it_is_if_the_body_has_not_changed():
    def fail(_model):
        raise ValueError("on purpose")

    rig = Rig(fail)
    before = rig.bits()
    with pytest.raises(ValueError, match="on purpose"):
        rig.find()
    assert rig.bits() == before


def test_after_an_error_a_changed_body_is_told_with_that_error_as_its_context():
    def change_and_fail(model):
        negate(model)
        raise ValueError("on purpose")

    with pytest.raises(RestoreError, match=MESSAGE) as caught:
        Rig(change_and_fail).find()
    assert isinstance(caught.value.__context__, ValueError)


def test_many_changed_ones_are_counted():
    model = nn.Sequential(*(nn.Linear(WIDTH, WIDTH) for _ in range(6)), nn.Linear(WIDTH, 3))
    model[:6].requires_grad_(requires_grad=False)

    def change(model):
        for part in model[:5]:
            part.weight.zero_()

    with pytest.raises(RestoreError, match=MESSAGE + r"0.weight, 1.weight, 2.weight and 2 more\."):
        Rig(change, model).find()


def large(**options):
    return nn.Parameter(torch.zeros(2**19, **options), requires_grad=False)


class Holder(nn.Module):
    def __init__(self, **parameters):
        super().__init__()
        for name, parameter in parameters.items():
            setattr(self, name, parameter)


KINDS = {
    "of bytes": (lambda: large(dtype=torch.int8).data.repeat(2), True),
    "half": (lambda: large(dtype=torch.bfloat16).data, True),
    "float8": (lambda: torch.zeros(2**20, dtype=torch.float8_e4m3fn), True),
    "transposed": (lambda: torch.zeros(600, 700).t(), True),
    "too small": (lambda: torch.zeros(2**18 - 1), False),
    "with gaps": (lambda: torch.zeros(1000, 1000)[:, :900], False),
    "complex": (lambda: torch.zeros(2**18, dtype=torch.complex64), False),
    "sparse": (lambda: torch.eye(9).to_sparse(), False),
    "meta": (lambda: torch.zeros(2**20, device="meta"), False),
    "empty": (lambda: torch.zeros(0), False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_read_is_guarded_and_what_cannot_is_copied(kind):
    make, guarded = KINDS[kind]
    model = Holder(weight=nn.Parameter(make(), requires_grad=False))
    snapshot = Snapshot([model], guards_frozen=True)
    assert (id(model.weight) not in copied(snapshot)) == guarded
    snapshot.restore()
    snapshot.free()


def test_a_frozen_one_that_an_optimizer_holds_is_copied():
    model = Holder(weight=large())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    snapshot = Snapshot([model, optimizer], guards_frozen=True)
    assert id(model.weight) in copied(snapshot)


def test_buffers_and_trials_copies_are_whole():
    model = Holder(weight=large())
    model.register_buffer("table", torch.zeros(2**19))
    assert id(model.table) in copied(Snapshot([model], guards_frozen=True))
    assert id(model.weight) in copied(Snapshot([model]))


def test_one_that_shares_its_memory_with_a_trained_one_is_seen_when_that_is_back():
    shared = torch.zeros(2**19)
    model = Holder(one=nn.Parameter(shared, requires_grad=False), other=nn.Parameter(shared))
    snapshot = Snapshot([model], guards_frozen=True)
    with torch.no_grad():
        model.other.add_(1)
    snapshot.restore()
    assert not shared.any()


def test_the_error_holds_no_parameter_and_the_guard_makes_no_circle():
    rig = Rig(negate)
    gc.collect()
    gc.disable()
    try:
        with (
            pytest.raises(RestoreError) as caught,
            Snapshot([rig.model], guards_frozen=True),
            torch.no_grad(),
        ):
            negate(rig.model)
        held = weakref.ref(rig.model.body[0].weight)
        del rig
        assert caught.value is not None
        assert held() is None
    finally:
        gc.enable()


class ModelWithGroups(Adapted):
    def param_groups(self):
        raise AssertionError("not an optimizer, and not to be asked")


def test_a_model_with_a_method_called_as_the_groups_of_an_optimizer_is_not_asked():
    rig = Rig(model=ModelWithGroups())
    assert rig.find().status == "finished"


def test_an_adapter_of_peft():
    peft = pytest.importorskip("peft")
    base = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 3))
    model = peft.get_peft_model(base, peft.LoraConfig(target_modules=["0"], r=4))
    rig = Rig(model=model)
    before = rig.bits()
    snapshot = Snapshot([model, rig.optimizer], guards_frozen=True)
    left = [name for name, p in model.named_parameters() if id(p) not in copied(snapshot)]
    assert [name for name in left if "base_layer.weight" in name] == left != []
    rig.find()
    assert rig.bits() == before


def test_the_bound_is_what_the_docs_say():
    assert guard.MIN_BYTES == 2**20
