"""What a callback is."""

from typing import Any

from skfcn._sklearn import Component


class Callback(Component):
    """A callback that does nothing.

    It may also have ``on_step_end(estimator, *, step, loss, score)``, which gets the number of
    the step, the loss of its batch and a function that computes its score; and
    ``on_epoch_end(estimator, *, record, fitted_attributes)``, which gets the epoch's entries of
    `history_` and a function that returns what makes a copy of the estimator a fitted one. Each
    ends training if it returns True. ``observer(fit)`` returns a context, which lasts as long as
    training, of a `skfcn.training.Observer`; `Checkpoint` shows how.
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
