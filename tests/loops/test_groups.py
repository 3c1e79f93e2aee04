"""What groups are called, by optimizer, submodule or first parameter; whether they are layers."""

import pytest
import torch
from torch import nn

from lr_widget.loops.groups import are_layers, name_groups

HOSTILE = "<img src=x onerror=alert(1)></script>{name}"


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.ModuleDict({"first": nn.Linear(2, 2), "second": nn.Linear(2, 2)})
        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
        self.head = nn.Linear(2, 2)


def names(groups, given=None, model=None):
    return [g.name for g in name_groups(model, groups, given or [None] * len(groups))]


@pytest.fixture
def model():
    return Deep()


def test_a_name_given_in_the_optimizer_counts(model):
    groups = [model.body.parameters(), model.head.parameters()]
    assert names(groups, ["backbone", None], model) == ["backbone", "head"]
    assert names(groups, [HOSTILE, 7], model) == [HOSTILE, "7"]


def test_else_the_submodule_that_holds_the_whole_group(model):
    groups = [m.parameters() for m in (model.body["first"], model.body["second"], model.head)]
    assert names(groups, model=model) == ["body.first", "body.second", "head"]


def test_the_uppermost_submodule_that_holds_nothing_else_gives_the_name():
    model = nn.ModuleDict({"body": nn.Linear(2, 2), "head": nn.Sequential(nn.Linear(2, 2))})
    groups = [model["body"].parameters(), model["head"].parameters()]
    assert names(groups, model=model) == ["body", "head"]


def test_a_number_alone_is_no_name(model):
    sequential = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    groups = [m.parameters() for m in sequential]
    assert names(groups, model=sequential) == ["0.weight", "1.weight"]
    assert names([model.layers[1].parameters()], model=model) == ["layers.1"]


def test_groups_of_one_submodule_are_told_apart_by_their_first_parameter(model):
    weights = [m.weight for m in model.body.values()]
    biases = [m.bias for m in model.body.values()]
    assert names([weights, biases], model=model) == ["body.first.weight", "body.first.bias"]


def test_one_group_of_everything_has_its_first_parameters_name(model):
    assert names([model.parameters()], model=model) == ["body.first.weight"]


def test_parameters_that_are_not_the_models_have_no_name(model):
    assert names([[], nn.Linear(2, 2).parameters()], model=model) == ["group 0", "group 1"]


def test_a_modules_own_name_stays_as_it_is():
    model = nn.Module()
    model.add_module(HOSTILE, nn.Linear(2, 2))
    assert names([model.parameters()], model=model) == [HOSTILE]


def test_frozen_means_that_nothing_of_it_is_trainable(model):
    model.body.requires_grad_(requires_grad=False)
    model.layers[0].requires_grad_(requires_grad=False)
    parts = (model.body, model.layers, model.head)
    groups = name_groups(model, [part.parameters() for part in parts], [None] * 3)
    assert [group.frozen for group in groups] == [True, False, False]


def layered(*parts):
    return [{"params": list(part), "weight_decay": 0.01} for part in parts]


def decaying(decay, rest):
    return [
        {"params": list(decay), "weight_decay": 0.01},
        {"params": list(rest), "weight_decay": 0.0},
    ]


def test_groups_of_whole_layers_are_layers(model):
    assert are_layers(model, layered(model.parameters()))
    parts = model.body.parameters(), model.layers.parameters(), model.head.parameters()
    assert are_layers(model, layered(*parts))
    assert are_layers(model, layered(*reversed(parts)))
    within = [*model.body["first"].parameters()], [*model.body["second"].parameters()]
    assert are_layers(model, layered(*within))
    # a head that does not decay, and layers that are not in the order of the model
    assert are_layers(model, decaying(model.body.parameters(), model.head.parameters()))


def test_groups_that_share_a_layer_are_none(model):
    weights = [p for p in model.parameters() if p.dim() > 1]
    biases = [p for p in model.parameters() if p.dim() == 1]
    assert not are_layers(model, decaying(weights, biases))
    assert not are_layers(model, layered(weights, biases))
    # each part of the model in two groups
    single = [[p] for part in model.body.values() for p in part.parameters()]
    assert not are_layers(model, layered(*single))


def test_weights_and_norms_that_take_turns_are_no_layers_if_only_one_of_them_decays():
    blocks = [nn.Sequential(nn.Linear(2, 2, bias=False), nn.LayerNorm(2)) for _ in range(3)]
    model = nn.Sequential(*blocks)
    linear = [part[0].weight for part in model]
    norms = [p for part in model for p in part[1].parameters()]
    assert not are_layers(model, decaying(linear, norms))
    towers = nn.ModuleList([Deep(), Deep()])  # in each of which there are first and last layers
    first = [p for tower in towers for p in tower.body.parameters()]
    last = [p for tower in towers for p in tower.head.parameters()]
    assert are_layers(towers, layered(first, last))


def test_parameters_in_lists_or_in_the_model_itself_may_be_layers():
    model = nn.Module()
    model.a, model.b = (nn.Parameter(torch.zeros(2)) for _ in range(2))
    assert are_layers(model, layered([model.a], [model.b]))
    lists = nn.ModuleList([nn.ParameterList([nn.Parameter(torch.zeros(2)) for _ in range(2)])])
    assert are_layers(lists, layered([lists[0][0]], [lists[0][1]]))
