"""The observers of a fit: the lines that ``verbose`` prints, and the user's callbacks."""

from collections.abc import Callable
from typing import Any

from skfcn._scoring import Data
from skfcn.engine.blas import FloatArray
from skfcn.training import Observer
from skfcn.training_state import TrainingState


class Printer(Observer):
    """Prints the lines that scikit-learn's multi-layer perceptron prints."""

    def __init__(self, what: str, tol: float, patience: float) -> None:
        self.message = (
            f"{what} did not improve more than tol={tol:f} for {patience} consecutive epochs."
        )

    def on_epoch(self, epoch: int, state: TrainingState) -> bool:
        print(f"Iteration {epoch}, loss = {state.loss_curve[-1]:.8f}")
        if state.validation_scores:
            print(f"Validation score: {state.validation_scores[-1]:f}")
        return False

    def on_plateau(self, learning_rate: float | None) -> None:
        if learning_rate is None:
            print(f"{self.message} Stopping.")
        else:
            print(f"{self.message} Setting learning rate to {learning_rate:f}")


class CallbackObserver(Observer):
    """Calls the hooks of an estimator's callbacks.

    Parameters
    ----------
    estimator : estimator
        What is being fitted.
    context : CallbackContext or None
        Scikit-learn's context of this fit; None if its version has none.
    data : Data
        The training data.
    score : callable
        Scores encoded targets y on a batch X.
    fitted_attributes : callable
        Returns what makes a copy of the estimator a fitted one.
    """

    def __init__(
        self,
        estimator: Any,
        context: Any,
        data: Data,
        score: Callable[[FloatArray, FloatArray], float],
        fitted_attributes: Callable[[], dict[str, Any]],
    ) -> None:
        self.estimator = estimator
        self.context = context
        weight = data.sample_weight
        metadata = {} if weight is None else {"sample_weight": weight}
        self.data = {"X": data.X, "y": data.labels, "metadata": metadata}
        self.score = score
        self.fitted_attributes = fitted_attributes
        callbacks = estimator._skl_callbacks
        self.step_callbacks = [c for c in callbacks if hasattr(c, "on_step_end")]
        self.epoch_callbacks = [c for c in callbacks if hasattr(c, "on_epoch_end")]
        self.step = 0

    def on_step(self, loss: float, X: FloatArray, y: FloatArray) -> None:
        self.step += 1
        for callback in self.step_callbacks:
            callback.on_step_end(
                self.estimator, step=self.step, loss=loss, score=lambda: self.score(X, y)
            )

    def on_epoch(self, epoch: int, state: TrainingState) -> bool:
        stops = [
            callback.on_epoch_end(
                self.estimator, record=state.latest, fitted_attributes=self.fitted_attributes
            )
            for callback in self.epoch_callbacks
        ]
        return self._on_task() or any(stops)

    def _on_task(self) -> bool:
        """Tell those that follow scikit-learn's protocol, where its version has it."""
        if self.context is None:
            return False
        task = self.context.subcontext(task_name="epoch")
        task.call_on_fit_task_begin(estimator=self.estimator, **self.data)
        stop: bool = task.call_on_fit_task_end(
            estimator=self.estimator,
            reconstruction_attributes=self.fitted_attributes,
            **self.data,
        )
        return stop
