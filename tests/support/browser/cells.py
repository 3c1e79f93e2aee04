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


# A small network on made-up data whose two groups really learn; `seconds` slows each step down.
TRAINED = """
import time, torch
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
seconds = 0.0

def loss_fn(output, target):
    time.sleep(seconds)
    return torch.nn.functional.cross_entropy(output, target)

def untouched():
    return all(torch.equal(before[k], v) for k, v in model.state_dict().items())
"""
