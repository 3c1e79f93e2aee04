"""Cells that the browser tests run: small sweeps whose losses are known."""

# A loss that falls, turns and diverges like a real one, one step in `seconds`.
SYNTHETIC = """
import math, time, torch
from lr_widget import LRPicker, Sweep, lr_find
names = ["body", "middle", "head"]
model = torch.nn.ModuleDict({name: torch.nn.Linear(2, 2) for name in names})
before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
optimizer = torch.optim.SGD([{"params": model[n].parameters(), "name": n} for n in names], lr=0.1)

def curve(lr):
    x = math.log10(lr)
    return 2.5 - 1.6 / (1 + math.exp(-3 * (x + 3))) + math.exp(4 * (x + 0.6))

def stepper(seconds, model=model, optimizer=optimizer):
    def step():
        time.sleep(seconds)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(1.0)
        return torch.tensor(curve(optimizer.param_groups[0]["lr"]))
    return step

def untouched():
    return all(torch.equal(before[k], v) for k, v in model.state_dict().items())
"""


def sweep(seconds: float = 0.0, more: str = "", name: str = "picker") -> str:
    """A cell that runs a sweep of the synthetic loss."""
    return f"{name} = lr_find(step=stepper({seconds}), optimizer=optimizer, model=model{more})"
