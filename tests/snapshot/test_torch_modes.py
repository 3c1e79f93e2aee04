"""torch's modes come back, also where somebody entered a context and never left it."""

import pytest

torch = pytest.importorskip("torch")

from lr_widget.snapshot.torch_modes import TorchModes, _nesting  # noqa: E402  needs torch


def modes():
    return (
        torch.is_grad_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_autocast_dtype("cpu"),
        torch.is_autocast_cache_enabled(),
        _nesting(),
    )


@pytest.mark.parametrize("inside", [False, True])
def test_contexts_that_were_entered_and_not_left_are_left(inside):
    with torch.autocast("cpu", torch.bfloat16, enabled=inside):
        before = modes()
        state = TorchModes()
        lost = torch.autocast("cpu", torch.float16, cache_enabled=False)
        lost.__enter__()
        torch.set_grad_enabled(False)
        assert modes() != before
        state.restore()
        assert modes() == before
        state.restore()
        assert modes() == before
    assert _nesting() == 0


def test_an_autocast_that_follows_empties_its_cache():
    layer = torch.nn.Linear(2, 2)
    state = TorchModes()
    torch.autocast("cpu", torch.bfloat16).__enter__()
    state.restore()
    outputs = []
    for _ in range(2):
        with torch.autocast("cpu", torch.bfloat16):
            outputs.append(layer(torch.ones(1, 2)).detach().tolist())
        with torch.no_grad():
            layer.weight.add_(1)
    assert outputs[0] != outputs[1]
