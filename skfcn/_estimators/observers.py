"""The observers of a fit: the lines that ``verbose`` prints, and the user's callbacks."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from skfcn._estimators.tasks import FitTask
from skfcn._sklearn import Component
from skfcn.engine import FloatArray
from skfcn.training import Fit, Observer, TrainState


def validate_callbacks(estimator: Any) -> None:
    """Check the parameters of an estimator's callbacks."""
    for callback in getattr(estimator, "_skl_callbacks", []):
        if isinstance(callback, Component):
            callback._validate_params()


@contextmanager
def observing(fit: Fit, task: FitTask) -> Iterator[list[Observer]]:
    """Make the observers that the estimator asks for; they are closed at the end.

    A callback may put the fit where a file has it.
    """
    estimator = fit.estimator
    callbacks = getattr(estimator, "_skl_callbacks", [])
    with ExitStack() as stack:
        observers: list[Observer] = []
        if estimator.verbose:
            observers.append(Printer(fit))
        for callback in callbacks:
            if hasattr(callback, "observer"):
                observers.append(stack.enter_context(callback.observer(fit)))
        if callbacks:
            observers.append(CallbackObserver(fit))
        with task.epochs(fit) as epochs:
            yield [*observers, *epochs]


class Printer(Observer):
    """Prints the lines that scikit-learn's multi-layer perceptron prints."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit

    def on_epoch(self, epoch: int, state: TrainState) -> bool:
        print(f"Iteration {epoch}, loss = {state.loss_curve[-1]:.8f}")
        if state.validation_scores:
            print(f"Validation score: {state.validation_scores[-1]:f}")
        return False

    def on_plateau(self, learning_rate: float | None) -> bool:
        what = "Validation score" if self.fit.state.validates else "Training loss"
        tol, patience = self.fit.settings.tol, self.fit.settings.n_iter_no_change
        print(
            f"{what} did not improve more than tol={tol:f} for {patience} consecutive epochs.",
            "Stopping."
            if learning_rate is None
            else f"Setting learning rate to {learning_rate:f}",
        )
        return False


class CallbackObserver(Observer):
    """Calls the hooks that this package adds to scikit-learn's, where a callback has them."""

    def __init__(self, fit: Fit) -> None:
        self.fit, self.estimator = fit, fit.estimator
        callbacks = self.estimator._skl_callbacks
        self.step_callbacks = [c for c in callbacks if hasattr(c, "on_step_end")]
        self.epoch_callbacks = [c for c in callbacks if hasattr(c, "on_epoch_end")]
        # Counts the steps of this fit, those included that were done before it was cut off.
        self.step = 0 if fit.incremental else fit.state.progress.step

    def on_step(self, loss: float, X: FloatArray, y: FloatArray) -> bool:
        self.step += 1
        model = self.fit.fitted.model

        def score() -> float:
            prediction = model.predict(X)
            # Training has diverged, and will say so better than a metric could.
            if not np.isfinite(prediction).all():
                return np.nan
            return model.targets.score(prediction, y, None)

        step = {"step": self.step, "loss": loss, "score": score}
        stops = [callback.on_step_end(self.estimator, **step) for callback in self.step_callbacks]
        return any(stops)

    def on_epoch(self, epoch: int, state: TrainState) -> bool:
        known = {"record": state.latest, "fitted_attributes": self.fit.fitted_attributes}
        stops = [each.on_epoch_end(self.estimator, **known) for each in self.epoch_callbacks]
        return any(stops)
