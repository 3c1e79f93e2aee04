"""lr_find: runs a range test on the user's own model and shows it while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, overload

from lr_widget.arguments import check_also, check_label, check_seed, check_shares, refuse_unknown
from lr_widget.common import checks
from lr_widget.common.errors import record_or_raise
from lr_widget.engine.exclusive import Alone
from lr_widget.hosts import notebook
from lr_widget.records.history import Run, earlier_sweeps
from lr_widget.records.plan import Plan, Shares
from lr_widget.run_sweep import Asked, run_sweep
from lr_widget.widget.picker import LRPicker
from lr_widget.widget.sweep_feed import SweepFeed

if TYPE_CHECKING:
    from torch.nn import Module
    from torch.optim import Optimizer
    from transformers import Trainer

    from lr_widget.loops.protocol import Loop

    class _LightningTrainer(Protocol):
        """A Trainer of either package of Lightning's: no other first argument passes for one."""

        @property
        def fit_loop(self) -> Any: ...


logger = logging.getLogger(__name__)


# One for each form, so that an editor shows its arguments.
@overload
def lr_find(
    loop: Loop,
    /,
    *,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    schedule: str = "exp",
    stop_div: bool = True,
    show: bool = True,
    seed: int | None = None,
    also: Sequence[Any] = (),
    spread: float | None = None,
    group: int | None = None,
    repeats: int = 1,
    explain: bool = True,
    still: bool = True,
    label: str | None = None,
    guess: bool = False,
) -> LRPicker: ...
@overload
def lr_find(
    trainer: Trainer,
    /,
    *,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    schedule: str = "exp",
    stop_div: bool = True,
    show: bool = True,
    seed: int | None = None,
    also: Sequence[Any] = (),
    spread: float | None = None,
    group: int | None = None,
    repeats: int = 1,
    explain: bool = True,
    still: bool = True,
    label: str | None = None,
    guess: bool = False,
) -> LRPicker: ...
@overload
def lr_find(
    learn: Any,
    /,
    *,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    schedule: str = "exp",
    stop_div: bool = True,
    show: bool = True,
    seed: int | None = None,
    also: Sequence[Any] = (),
    spread: float | None = None,
    group: int | None = None,
    repeats: int = 1,
    explain: bool = True,
    still: bool = True,
    label: str | None = None,
    guess: bool = False,
) -> LRPicker: ...
@overload
def lr_find(
    model: Module,
    optimizer: Optimizer,
    loss_fn: Callable[..., Any],
    loader: Iterable[Any],
    *,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    schedule: str = "exp",
    stop_div: bool = True,
    show: bool = True,
    seed: int | None = None,
    also: Sequence[Any] = (),
    spread: float | None = None,
    group: int | None = None,
    repeats: int = 1,
    explain: bool = True,
    still: bool = True,
    label: str | None = None,
    guess: bool = False,
) -> LRPicker: ...
@overload
def lr_find(
    trainer: _LightningTrainer,
    module: Module,
    train_dataloaders: Any = None,
    datamodule: Any = None,
    *,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    schedule: str = "exp",
    stop_div: bool = True,
    show: bool = True,
    seed: int | None = None,
    also: Sequence[Any] = (),
    spread: float | None = None,
    group: int | None = None,
    repeats: int = 1,
    explain: bool = True,
    still: bool = True,
    label: str | None = None,
    guess: bool = False,
) -> LRPicker: ...
@overload
def lr_find(
    *,
    step: Callable[[], Any],
    optimizer: Optimizer,
    model: Module,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    schedule: str = "exp",
    stop_div: bool = True,
    show: bool = True,
    seed: int | None = None,
    also: Sequence[Any] = (),
    spread: float | None = None,
    group: int | None = None,
    repeats: int = 1,
    explain: bool = True,
    still: bool = True,
    label: str | None = None,
    guess: bool = False,
) -> LRPicker: ...
def lr_find(
    *args: Any,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    schedule: str = "exp",
    stop_div: bool = True,
    show: bool = True,
    seed: int | None = None,
    also: Sequence[Any] = (),
    spread: float | None = None,
    group: int | None = None,
    repeats: int = 1,
    explain: bool = True,
    still: bool = True,
    label: str | None = None,
    guess: bool = False,
    **named: Any,
) -> LRPicker:
    """Run a learning-rate range test and return the picker that shows it.

    However the sweep ends, model, optimizer and random states are put back before this returns
    or raises. (Large frozen parameters that no optimizer holds are not copied but watched: name the
    model in `also` if a step changes them.) The picker is shown before the first batch; its
    `value` is the suggested pick as soon as the sweep has ended, with `guess=True` the guess.

        lr_find(learn)                                          # fastai Learner
        lr_find(model, optimizer, loss_fn, loader)              # plain PyTorch
        lr_find(trainer, module, train_dataloaders=loader)      # Lightning; or datamodule=...
        lr_find(trainer)                                        # Transformers' Trainer
        lr_find(step=fn, optimizer=optimizer, model=model)      # any loop
        lr_find(loop)                                           # a `Loop` of your own

    Args:
        args: the Learner; model, optimizer, loss function and loader; trainer and module; or the
            Trainer.
        start_lr: first learning rate, above 0.
        end_lr: last learning rate, above `start_lr`.
        num_it: number of optimizer steps, at least 10; may exceed the loader, which is cycled.
        schedule: "exp" raises the rate by equal ratios, "linear" by equal differences.
        stop_div: stop when the loss has diverged (the rule is in `curves/divergence.py`); a loss
            that is not finite always stops the sweep.
        show: draw the picker in the notebook, or print one line elsewhere.
        seed: seeds Python, NumPy, torch and the loader for the sweep, so that two sweeps see
            the same batches.
        also: more objects to put back that the package cannot see: an EMA, a gradient scaler or
            scheduler that `step` uses, anything with `state_dict` and `load_state_dict`; or a
            random generator of Python, NumPy or torch. With the model among them, its frozen
            parameters are copied, too.
        spread: sweep with the rates spread over the parameter groups by this ratio, above 1: the
            last group gets the rate on the axis, the first one so many times less. So the curve
            belongs to the `slice` that you will train with.
        group: index of the one parameter group to sweep, while the others stand still.
        repeats: sweep so many times from the same start, each with another shuffle (`seed`, or 0,
            and those that follow it, after a first one without a seed). `picker.sweeps` has them
            all; the suggestion is their mean, its interval comes from their spread.
        explain: show zones, the rules' marks and the reading beside the curve.
        still: put a picture and a sentence beside the widget when the cell has ended, for those who
            read the notebook without a kernel; False for a host whose output flickers or breaks
            when it is renewed.
        label: what the sweep is called beside later ones of the same Learner, Transformers Trainer
            or model, whose pickers show it; without it "frozen" if a parameter group is, else
            "unfrozen".
        guess: show the curve alone, until somebody has handed in a guess: by the button in the page
            or by `picker.submit`. `value` is None until then.
        named: `step`, `optimizer`, `model`, `loss_fn`, `loader`; for Lightning `module`,
            `train_dataloaders`, `datamodule`.

    Returns:
        The picker; its `sweep` is the record, `sweeps` begins with those of earlier calls on the
        same Learner (fastai), Trainer (Transformers) or model (all other loops).

    Raises:
        TypeError, ValueError: an argument breaks a rule; nothing has been touched.
        MemoryError: there is no room for a copy of the state; nothing has been touched.
        RestoreError: something could not be put back; or a large frozen parameter has changed.
        KeyboardInterrupt: in a script, with `show=False`, or at a second interrupt. In a notebook
            the first interrupt stops the sweep and `lr_find` returns.
        Exception: whatever the training step raised, with the picker as `error.picker`.
    """
    plan = Plan.checked(start_lr, end_lr, num_it, schedule)
    shares = Shares.checked(spread, group)
    checks.flag("stop_div", stop_div)
    checks.flag("show", show)
    checks.flag("explain", explain)
    checks.flag("still", still)
    checks.flag("guess", guess)
    repeats = checks.whole("repeats", repeats, 1)
    seed = check_seed(seed, repeats)
    label = check_label(label)
    refuse_unknown(named, lr_find)

    from lr_widget.loops.adapt import adapt  # imports torch
    from lr_widget.loops.recall import Recall

    check_also(also)
    with Alone("lr_find"):  # first: what is being swept can look as if it could not be
        loop = adapt(args, named, also)
        check_shares(shares, loop)
        picker = LRPicker(explain=explain, guess=guess)
        feed = SweepFeed(picker, still=still)
        feed.follow_on(Recall(loop, also), earlier_sweeps(loop.owner()))
        asked = Asked(plan, shares, stop_div, show, also)
        for repeat in range(repeats):
            run = Run(label, repeat + 1, repeats)
            its_seed = seed if not repeat else (seed or 0) + repeat
            record_or_raise("picker", picker, run_sweep(feed, loop, asked, run, its_seed))
            if picker.status != "finished":
                break
    if show and not notebook.is_running():
        _print(feed.summary)
    return picker


def _print(line: str) -> None:
    """Print a line where there is somewhere to print: the sweep is done, and is not lost for it."""
    try:
        print(line)  # noqa: T201  nothing where there is no standard output
    except (OSError, ValueError) as error:  # it is closed
        logger.warning("cannot print %r: %s", line, error)
