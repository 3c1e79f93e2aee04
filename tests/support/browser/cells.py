"""Cells that the browser tests run: small sweeps whose losses are known."""

# Before a step whose number is one of `gates` a sweep or a run stands still until the test lets it
# go on (`Lab.release`): what a test wants to see of it is then there to be seen, however slow the
# machine is. Behind the last gate it does not slow down any more.
PACE = """
import itertools, pathlib, time

def pace(number, gates, seconds):
    while number in gates and not pathlib.Path(f"go-{number}").exists():
        time.sleep(0.01)
    if not gates or number < max(gates):
        time.sleep(seconds)
"""

# A loss that falls, turns and diverges like a real one, one step in `seconds`.
SYNTHETIC = (
    PACE
    + """
import math, torch
from lr_widget import LRPicker, Sweep, lr_find
names = ["body", "middle", "head"]
model = torch.nn.ModuleDict({name: torch.nn.Linear(2, 2) for name in names})
before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
optimizer = torch.optim.SGD([{"params": model[n].parameters(), "name": n} for n in names], lr=0.1)

def curve(lr):
    x = math.log10(lr)
    return 2.5 - 1.6 / (1 + math.exp(-3 * (x + 3))) + math.exp(4 * (x + 0.6))

def stepper(seconds, model=model, optimizer=optimizer, gates=()):
    numbers = itertools.count(1)
    def step():
        pace(next(numbers), gates, seconds)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(1.0)
        return torch.tensor(curve(optimizer.param_groups[0]["lr"]))
    return step

def untouched():
    return all(torch.equal(before[k], v) for k, v in model.state_dict().items())
"""
)


def sweep(
    seconds: float = 0.0, more: str = "", name: str = "picker", gates: tuple[int, ...] = ()
) -> str:
    """A cell that runs a sweep of the synthetic loss."""
    step = f"stepper({seconds}, gates={gates})" if gates else f"stepper({seconds})"
    return f"{name} = lr_find(step={step}, optimizer=optimizer, model=model{more})"


# A small network on made-up data whose two groups really learn. `slow` puts gates into what it
# trains next, as a sweep's, but before batches.
TRAINED = (
    PACE
    + """
import torch
from torch.utils.data import DataLoader, TensorDataset
from lr_widget import lr_find
torch.set_num_threads(1)
torch.manual_seed(0)
inputs = torch.randn(400, 16)
targets = (inputs[:, :4].sin() @ torch.randn(4, 3)).argmax(1)
data = TensorDataset(inputs, targets)
loader = DataLoader(torch.utils.data.Subset(data, range(320)), batch_size=16, shuffle=True)
valid = DataLoader(torch.utils.data.Subset(data, range(320, 400)), batch_size=80)
body = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU())
model = torch.nn.Sequential(body, torch.nn.Linear(32, 3))
optimizer = torch.optim.AdamW([{"params": part.parameters(), "name": name}
                               for name, part in zip(["body", "head"], model)])
before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
gates = ()

def loss_fn(output, target):
    if gates:
        pace(next(batches), gates, 0.06)
    return torch.nn.functional.cross_entropy(output, target)

def untouched():
    return all(torch.equal(before[k], v) for k, v in model.state_dict().items())
"""
)


def slow(*gates: int) -> str:
    """A cell that slows down what `TRAINED` trains next, with gates before these batches."""
    return f"gates, batches = {gates}, itertools.count(1)"
