"""Our rule's regret on recorded trainings is below that of every public rule.

Regret: what training at the suggested rate loses against the best rate (`recorded.py`); 0 is
perfect, 1 no better than untrained. Only rates, losses and the optimizer's class name are given.
Means are over tasks, each with the same weight; intervals are bootstraps over tasks.

- "ours": the rule as it is. Its constants were chosen on these tasks, so it flatters itself.
- "ours, constants chosen elsewhere": for each task the constants are the mean of the 30 best of 405
  combinations on the other tasks. This is the figure to believe.
- "move": between two shuffles of the same task, in decades.

    python benchmarks/suggestions.py [--quick]
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

import numpy as np
import numpy.typing as npt
from recorded import Recorded, load
from timing import arguments, table

from lr_widget import Sweep, suggest
from lr_widget.curves.features import Reading, read
from lr_widget.suggestions.default_rule import BEYOND_END, USUAL, USUAL_REACH, within

Floats = npt.NDArray[np.float64]
Rates = list[float | None]

RNG = np.random.default_rng(0)
DRAWS = 4000
BEST = 30
BELOW = (10.0, 14.0, 20.0, 28.0, 40.0)
USUAL_TIMES = (0.5, 1.0, 2.0)  # the usual rates, for each of three families
USUAL_WEIGHTS = (0.5, 1.0, 2.0)
FAMILIES = {"sgd": 1, "rmsprop": 2}
AROUND = (-0.3, -0.15, 0.0, 0.15, 0.3)  # decades: the regret of a choice is that around it, too
PEERS = {
    "fastai valley": "valley",
    "fastai slide": "slide",
    "fastai minimum/10": "minimum",
    "fastai steep": "steep",
    "torch-lr-finder": "torch_lr_finder",
    "Lightning": "lightning",
}
OURS, ELSEWHERE = "**ours**", "ours, constants chosen elsewhere"


def main() -> None:
    """Compute and print."""
    args = arguments(__doc__)
    recorded = load()[:: 6 if args.quick else 1]
    found = {OURS: [suggest(each.sweep).lr for each in recorded]}
    if not args.quick:
        found[ELSEWHERE] = chosen_elsewhere(recorded)
    bare = [Sweep(each.sweep.lrs, each.sweep.losses) for each in recorded]
    found["ours, optimizer unknown"] = [suggest(sweep).lr for sweep in bare]
    for name, rule in PEERS.items():
        found[name] = [suggest(each.sweep, rule=rule).lr for each in recorded]
    for num_it in (100, 200):
        regrets = {name: per_task(recorded, rates, num_it) for name, rates in found.items()}
        if any(regrets.values()):
            show(recorded, found, regrets, num_it)
    print(f"To judge 1,000 points: {1e3 * judging_s():.1f} ms (median), the interval included")


def per_task(recorded: Sequence[Recorded], rates: Rates, num_it: int) -> dict[str, list[float]]:
    """Return the regrets of every task's sweeps of one length."""
    regrets: dict[str, list[float]] = {}
    for each, lr in zip(recorded, rates, strict=True):
        if each.num_it == num_it:
            regrets.setdefault(each.task, []).append(each.regret(lr))
    return regrets


def show(
    recorded: Sequence[Recorded],
    found: dict[str, Rates],
    regrets: dict[str, dict[str, list[float]]],
    num_it: int,
) -> None:
    """Print the tables of the sweeps of one length."""
    sets = {each.task: each.set for each in recorded}
    tasks = list(next(iter(regrets.values())))
    means = {name: np.array([np.mean(own[t]) for t in tasks]) for name, own in regrets.items()}
    second = np.array([sets[task] == "second" for task in tasks])
    draws = RNG.integers(0, len(tasks), (DRAWS, len(tasks)))
    rows = []
    for name, own in regrets.items():
        single = np.concatenate([own[task] for task in tasks])
        parts = [f"{part.mean():.3f}" if part.size else "-" for part in split(means[name], second)]
        rows.append(
            [
                name,
                interval(means[name], draws),
                *parts,
                f"{np.median(single):.3f}",
                f"{100 * np.mean(single > 0.2):.0f} %",
                f"{move(recorded, found[name], num_it):.2f}",
            ]
        )
    header = ("rule", "mean regret [95 %]", "first set", "second set", "median", "> 0.2", "move")
    table(f"{len(tasks)} tasks, {num_it} steps", header, rows)
    peer = min(PEERS, key=lambda name: means[name].mean())
    mine = ELSEWHERE if ELSEWHERE in means else OURS
    print(f"{mine} beside {peer}, paired: {interval(means[mine] - means[peer], draws, '+')}\n")


def split(values: Floats, second: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the values of the first set and of the second."""
    return values[~second], values[second]


def interval(values: Floats, draws: npt.NDArray[np.int64], sign: str = "") -> str:
    """Return mean and 95 % interval as text."""
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return f"{values.mean():{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def move(recorded: Sequence[Recorded], rates: Rates, num_it: int) -> float:
    """Return how far two shuffles of a task move the answer, in decades, on average."""
    answers: dict[str, list[float]] = {}
    for each, lr in zip(recorded, rates, strict=True):
        if each.num_it == num_it and lr is not None:
            answers.setdefault(each.task, []).append(np.log10(lr))
    moves = [abs(pair[0] - pair[1]) for pair in answers.values() if len(pair) == 2]
    return float(np.mean(moves)) if moves else float("nan")


def chosen_elsewhere(recorded: Sequence[Recorded]) -> Rates:
    """Return our rule's rates with constants chosen on the other tasks."""
    readings = [read(each.sweep.lrs, each.sweep.losses) for each in recorded]
    tried = np.log10([rates(recorded, readings, *config) for config in configurations()])
    regrets = np.zeros(tried.shape)
    for i, each in enumerate(recorded):
        around = [[each.regret(10 ** (x + shift)) for shift in AROUND] for x in tried[:, i]]
        regrets[:, i] = np.mean(around, axis=1)
    tasks = sorted({each.task for each in recorded})
    means = np.array(
        [
            regrets[
                :, [i for i, e in enumerate(recorded) if e.task == task and e.num_it == 100]
            ].mean(axis=1)
            for task in tasks
        ]
    )
    chosen: Rates = []
    for i, each in enumerate(recorded):
        others = means.sum(axis=0) - means[tasks.index(each.task)]
        chosen.append(float(10 ** tried[np.argsort(others)[:BEST], i].mean()))
    return chosen


def configurations() -> list[tuple[float, float, tuple[float, ...]]]:
    """Return all combinations of constants: divisor, weight of the usual rate, its factors."""
    factors = list(itertools.product(USUAL_TIMES, repeat=3))
    return list(itertools.product(BELOW, USUAL_WEIGHTS, factors))


def rates(
    recorded: Sequence[Recorded],
    readings: Sequence[Reading | None],
    below: float,
    weight: float,
    factors: tuple[float, ...],
) -> list[float]:
    """Return our rule's rates with other constants."""
    found = []
    for each, reading in zip(recorded, readings, strict=True):
        if reading is None:
            raise ValueError(f"{each.task} has too few losses")
        bold = (reading.worse_from or reading.last * BEYOND_END) / below
        own = np.log10([bold, reading.half_way or bold]).mean()
        name = (each.sweep.optimizer or "").lower()
        usual = np.log10(USUAL[name] * factors[FAMILIES.get(name, 0)])
        reach = np.log10(USUAL_REACH)
        usual = np.clip(usual, own - reach, own + reach)
        lr = 10 ** ((2 * own + weight * usual) / (2 + weight))
        found.append(within(lr, reading, each.sweep.lrs))
    return found


def judging_s() -> float:
    """Return the time to judge a sweep of 1,000 points."""
    x = np.linspace(-7, 1, 1000)
    noise = np.random.default_rng(0).normal(0, 0.05, x.size)
    losses = 2.5 - 1.6 / (1 + np.exp(-3 * (x + 3))) + np.exp(4 * (x + 0.6)) + noise
    sweep = Sweep(10**x, losses, "Adam", settings={"num_it": 1000})
    return timed(lambda: suggest(sweep))


def timed(work: Callable[[], object], rounds: int = 20) -> float:
    """Return the median time of some work, in seconds."""
    taken = []
    for _ in range(rounds):
        begin = perf_counter()
        work()
        taken.append(perf_counter() - begin)
    return median(taken)


if __name__ == "__main__":
    main()
