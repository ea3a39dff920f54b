"""A fit as scikit-learn's protocol of callbacks knows it: a task, and each epoch a subtask."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skfcn.training import Fit, Observer, TrainState


class FitTask:
    """The task of a fit, told to callbacks where scikit-learn has the protocol.

    Callbacks are shown what the user passed: with it a copy of the estimator can predict.
    """

    def __init__(self, estimator: Any, n_epochs: int, X: Any, y: Any, sample_weight: Any) -> None:
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.known = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.context: Any = None
        if getattr(estimator, "_skl_callbacks", None):
            self.context = estimator._init_callback_context(max_subtasks=n_epochs)
        if self.context is not None:
            self.context.call_on_fit_task_begin(**self.known)

    @contextmanager
    def epochs(self, fit: Fit) -> Iterator[list[Observer]]:
        """Return what tells callbacks of each epoch of a fit, if anybody is to be told."""
        if self.context is None:
            yield []
        else:
            epochs = EpochTasks(self.context, self.known, fit)
            yield [epochs]
            epochs.close()

    def end(self) -> None:
        """Tell callbacks that the estimator is fitted."""
        if self.context is not None:
            self.context.call_on_fit_task_end(**self.known, reconstruction_attributes={})


class EpochTasks(Observer):
    """Tells callbacks of scikit-learn's protocol of each epoch, a subtask of the fit."""

    def __init__(self, context: Any, known: dict[str, Any], fit: Fit) -> None:
        self.context, self.known, self.fit = context, known, fit
        self.task: Any = None

    def on_epoch_begin(self) -> None:
        if self.task is None:
            self.task = self.context.subcontext(task_name="epoch")
            self.task.call_on_fit_task_begin(**self.known)

    def on_evaluation(self) -> bool:  # an iteration of L-BFGS begins with its first
        self.on_epoch_begin()
        return False

    def on_epoch(self, epoch: int, state: TrainState) -> bool:
        return self._end(reconstruction_attributes=self.fit.fitted_attributes)

    def close(self) -> None:
        """End an epoch that was cut off."""
        if self.task is not None:
            self._end()

    def _end(self, **attributes: Any) -> bool:
        task, self.task = self.task, None
        stop: bool = task.call_on_fit_task_end(**self.known, **attributes)
        return stop
