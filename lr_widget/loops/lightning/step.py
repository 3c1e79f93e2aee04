"""The optimizer steps of a fit of Lightning's: which batches make one up, and its loss."""

from __future__ import annotations

from typing import Any

from lr_widget.engine.loss_reader import check_loss
from lr_widget.loops.lightning.fit import Fit, Guest


class StepLoss:
    """The loss of an optimizer step: the mean of its micro-batches', as the trainer counts them.

    A callback's `outputs["loss"]` is divided by `accumulate_grad_batches` already.
    """

    def __init__(self, trainer: Any) -> None:
        self._trainer = trainer
        self.clear()

    def clear(self) -> None:
        """Forget the losses so far: their gradients are gone."""
        self._sum: Any = None
        self._count = 0

    def add(self, outputs: Any) -> None:
        """Take what a batch has come to; `training_step` may have returned nothing."""
        loss = (outputs or {}).get("loss")
        if loss is not None:
            check_loss(loss, "training_step's loss")
            self._sum = loss if self._sum is None else self._sum + loss
            self._count += 1

    @property
    def is_known(self) -> bool:
        """Whether there is a loss."""
        return self._count > 0

    def take(self) -> Any:
        """Return the loss, and begin anew."""
        planned = self._trainer.accumulate_grad_batches
        # fewer at the end of an epoch
        loss = self._sum if self._count == planned else self._sum * (planned / self._count)
        self.clear()
        return loss


class StepGuest(Guest):
    """A guest that follows the steps of a fit.

    Attributes:
        loss: of the step that is being made.
    """

    def __init__(self, fit: Fit) -> None:
        super().__init__(fit)
        self.loss = StepLoss(fit.trainer)
        self._is_attempted = False

    def on_before_zero_grad(self, *_: Any) -> None:
        """The step before is over, or its gradients are thrown away."""
        self.loss.clear()

    def on_before_optimizer_step(self, *_: Any) -> None:
        """A step is about to be made; a gradient scaler may still skip it."""
        self._is_attempted = True

    def take_batch(self, outputs: Any) -> bool:
        """Take what a batch has come to; return whether a step was attempted after it."""
        is_attempted, self._is_attempted = self._is_attempted, False
        with self.leaving_at_errors():
            self.loss.add(outputs)
        return is_attempted
