"""The curves of single steps."""

from collections.abc import Callable
from typing import Any, ClassVar

from skfcn._sklearn import COUNT, Constraints
from skfcn.callbacks.base import Callback


class StepLog(Callback):
    """Records the loss and the score of the batch at every so many steps.

    These are the curves of a textbook's training loop. Only recorded steps cost anything.

    Parameters
    ----------
    every : int, default=200
        Record each step whose number, counted from 1, is a multiple of this.

    Attributes
    ----------
    step_ : list of int
        Numbers of the recorded steps.
    loss_ : list of float
        Loss of the batch, penalty included, before the step.
    score_ : list of float
        Score of the batch after the step: accuracy of a classifier, R² of a regressor.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.callbacks import StepLog
    >>> X, y = load_digits(return_X_y=True)
    >>> log = StepLog(every=50)
    >>> clf = FCNClassifier(max_iter=11, n_iter_no_change=float("inf"), random_state=0)
    >>> clf = clf.set_callbacks(log).fit(X / 16, y)
    >>> log.step_
    [50]
    """

    _parameter_constraints: ClassVar[Constraints] = {"every": [COUNT]}

    def __init__(self, every: int = 200) -> None:
        self.every = every

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin a new record; called when `fit` begins."""
        super().setup(estimator, context)
        self.step_: list[int] = []
        self.loss_: list[float] = []
        self.score_: list[float] = []

    def on_step_end(
        self, estimator: Any, *, step: int, loss: float, score: Callable[[], float]
    ) -> None:
        """Record the step if its turn has come."""
        if step % int(self.every) == 0:
            self.step_.append(step)
            self.loss_.append(loss)
            self.score_.append(score())
