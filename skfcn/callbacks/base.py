"""What a callback is."""

from typing import Any

from skfcn._sklearn import Component


class Callback(Component):
    """A callback that does nothing.

    A subclass may also have two methods, each of which ends training if it returns True:
    ``on_step_end(estimator, *, step, loss, score)`` gets the number of the step, the loss of the
    batch and a function that computes the batch's score;
    ``on_epoch_end(estimator, *, record, fitted_attributes)`` gets the epoch's entries of
    `history_` and a function that returns the attributes of the estimator as fitted so far. A
    third method, ``observer(fit)``, returns a context manager around the training, whose value is
    a `skfcn.training.Observer`; `Checkpoint` shows how.
    """

    def setup(self, estimator: Any, context: Any) -> None:
        """Check the parameters; called when `fit` begins."""
        self._validate_params()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing; called when `fit` ends."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing; called when an epoch begins."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Do nothing; called when an epoch ends."""
