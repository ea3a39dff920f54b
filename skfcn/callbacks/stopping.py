"""Reasons to end training: the time is up, or a value is reached."""

from time import monotonic
from typing import Any, ClassVar

from skfcn._sklearn import Constraints, real
from skfcn.callbacks.base import Callback


class TimeLimit(Callback):
    """Ends training after the epoch in which the time is up.

    Parameters
    ----------
    seconds : float
        Seconds after the beginning of the fit.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.callbacks import TimeLimit
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = FCNClassifier(max_iter=100_000, n_iter_no_change=float("inf"), random_state=0)
    >>> clf.set_callbacks(TimeLimit(0.2)).fit(X / 16, y).n_iter_ < 100_000
    True
    """

    _parameter_constraints: ClassVar[Constraints] = {"seconds": [real("(0, inf)")]}

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def setup(self, estimator: Any, context: Any) -> None:
        """Start the clock; called when `fit` begins."""
        super().setup(estimator, context)
        # Clones share their callbacks, and may be fitted at the same time.
        if not hasattr(self, "_ends"):
            self._ends: dict[int, float] = {}
        self._ends[id(estimator)] = monotonic() + float(self.seconds)

    def on_epoch_end(self, estimator: Any, *, record: Any, fitted_attributes: Any) -> bool:
        """Return whether the time is up."""
        return monotonic() >= self._ends[id(estimator)]

    def teardown(self, estimator: Any, context: Any) -> None:
        """Stop the clock; called when `fit` ends."""
        if hasattr(self, "_ends"):
            self._ends.pop(id(estimator), None)


class Target(Callback):
    """Ends training after the first epoch whose loss or score reaches a value.

    Parameters
    ----------
    value : float
        Loss or score to reach.
    name : str, default="validation_score"
        Entry of `history_` that has to reach the value: from above if its name ends in "loss".

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.callbacks import Target
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = FCNClassifier(early_stopping=True, random_state=0)
    >>> clf.set_callbacks(Target(0.9)).fit(X / 16, y).validation_scores_[-1] >= 0.9
    True
    """

    _parameter_constraints: ClassVar[Constraints] = {"value": [real("(-inf, inf)")], "name": [str]}

    def __init__(self, value: float, name: str = "validation_score") -> None:
        self.value = value
        self.name = name

    def on_epoch_end(self, estimator: Any, *, record: Any, fitted_attributes: Any) -> bool:
        """Return whether the value is reached; raise ValueError if the fit has no such value."""
        if self.name not in record:
            raise ValueError(
                f"Target: name must be one of {sorted(record)}, got {self.name!r}. Validation "
                "needs early_stopping=True or X_val."
            )
        value = record[self.name]
        reached: bool = value <= self.value if self.name.endswith("loss") else value >= self.value
        return reached
