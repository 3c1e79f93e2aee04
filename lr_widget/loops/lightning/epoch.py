"""One epoch of Lightning's that goes on for as long as it takes."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from lr_widget.loops.lightning.fit import package_of
from lr_widget.loops.meanwhile import Meanwhile

IDLE_PASSES = 10  # through data of which nothing is trained on: then nothing ever will be


class EndlessEpoch:
    """Makes the epoch that has begun one without an end. The trainer's state is not put back.

    Args:
        trainer: the trainer.
        meanwhile: until whose end methods of its loops are other ones.
    """

    def __init__(self, trainer: Any, meanwhile: Meanwhile) -> None:
        self._trainer, self._meanwhile = trainer, meanwhile
        self._loop = trainer.fit_loop.epoch_loop
        self._idle_passes = 0

    def allow_one_more(self) -> None:
        """Raise limits that are reached: the trainer may have trained all that it was made for."""
        fit_loop, loop = self._trainer.fit_loop, self._loop
        processed = fit_loop.epoch_progress.current.processed
        if fit_loop.max_epochs not in (None, -1):
            fit_loop.max_epochs = max(fit_loop.max_epochs, processed + 1)
        if loop.max_steps != -1:
            loop.max_steps = max(loop.max_steps, loop.global_step + 2)

    def begin(self, on_stop_iteration: Callable[[Exception], None]) -> None:
        """Begin it, at the start of training.

        Args:
            on_stop_iteration: see `hear_stop_iteration`.
        """
        fit_loop, loop = self._trainer.fit_loop, self._loop
        data = fit_loop._data_fetcher = EndlessData(self._trainer, self._begin_pass)  # noqa: SLF001  there is no public way
        loop._num_ready_batches_reached = lambda: False  # noqa: SLF001  no batch is the last one
        hear_stop_iteration(self._meanwhile, loop, on_stop_iteration, on_skip=data.begin_pass)

    def note_batch(self) -> None:
        """Take note that a batch was trained on."""
        self._idle_passes = 0

    def _begin_pass(self) -> None:
        self._idle_passes += 1
        if self._idle_passes > IDLE_PASSES:
            raise ValueError(
                "train_dataloaders must yield at least one batch that is trained on, got none when "
                f"gone through {IDLE_PASSES!r} times"
            )


def hear_stop_iteration(
    meanwhile: Meanwhile,
    loop: Any,
    on_stop_iteration: Callable[[Exception], None],
    on_skip: Callable[[], None] | None,
) -> None:
    """Hear of a StopIteration in the user's code, which Lightning takes for the end of an epoch.

    Args:
        meanwhile: until whose end it is heard.
        loop: the trainer's epoch loop.
        on_stop_iteration: called with it.
        on_skip: called when a hook returns -1 to skip the rest of the epoch; None: the epoch ends
            as usual.
    """

    def heard_advance(advance: Callable[[Any], None]) -> Callable[[Any], None]:
        def heard(fetcher: Any) -> None:
            progress = loop.batch_progress.current
            started = progress.started
            try:
                advance(fetcher)
            except StopIteration as error:
                if progress.started > started:
                    on_stop_iteration(error)
                if on_skip is None:
                    raise
                on_skip()

        return heard

    def heard_evaluation(evaluate: Callable[..., None]) -> Callable[..., None]:
        def heard(*args: Any) -> None:
            try:
                evaluate(*args)
            except StopIteration as error:
                on_stop_iteration(error)

        return heard

    meanwhile.wrap(loop, "advance", heard_advance)
    meanwhile.wrap(loop.val_loop, "_evaluation_step", heard_evaluation)


class EndlessData:
    """Takes the place of a trainer's `_DataFetcher`, and begins anew where the data end.

    Args:
        trainer: the trainer, whose data are set up.
        on_pass: called before the data are gone through once more.

    Attributes:
        fetched: how many batches have been fetched, for the loop to count.
    """

    def __init__(self, trainer: Any, on_pass: Callable[[], None]) -> None:
        self._trainer, self._on_pass = trainer, on_pass
        self._inner = trainer.fit_loop._data_fetcher  # noqa: SLF001  as above
        self._passes = 0
        self.fetched = 0

    @property
    def done(self) -> bool:
        """Whether the last batch was the last one of the data."""
        return bool(self._inner.done)

    def __iter__(self) -> EndlessData:
        iter(self._inner)
        return self

    def __next__(self) -> Any:
        while True:
            if self.done:
                self.begin_pass()
            try:
                return next(self._inner)
            except StopIteration:  # of data that do not tell their length
                self.begin_pass()

    def begin_pass(self) -> None:
        """Begin anew, as Lightning does for an epoch."""
        self._on_pass()
        self._passes += 1
        fit_loop = self._trainer.fit_loop
        loops = import_module(f"{package_of(self._trainer)}.loops.fit_loop")
        set_epoch = loops._set_sampler_epoch  # noqa: SLF001  as above
        for loader in fit_loop._combined_loader.flattened:  # noqa: SLF001
            set_epoch(loader, fit_loop.epoch_progress.current.processed + self._passes)
        iter(self._inner)

    def teardown(self) -> None:
        """End the loader's workers."""
        self._inner.teardown()
