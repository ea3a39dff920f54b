"""Callbacks: what this package adds to scikit-learn's own.

A callback is given to an estimator by ``set_callbacks`` and follows scikit-learn's protocol,
so that it can stand beside scikit-learn's `ProgressBar` and `ScoringMonitor` (from version
1.9 on). Ours may have two hooks more: `on_step_end`, which is called after each batch, and
`on_epoch_end`, which can end training.

To add one, derive a class from `Callback` and override what is of interest.
"""

from collections.abc import Callable
from numbers import Integral, Real
from os import PathLike, fspath
from time import monotonic
from typing import Any, ClassVar

import joblib

from skfcn._components import Component
from skfcn._files import StrPath, atomic_path
from skfcn._scoring import view_of
from skfcn._sklearn_private import Interval


class Callback(Component):
    """A callback that does nothing.

    It may also have ``on_step_end(estimator, *, step, loss, score)``, which gets the number of
    the step, the loss of its batch and a function that computes its score; and
    ``on_epoch_end(estimator, *, record, fitted_attributes)``, which gets the epoch's entries of
    `history_` and a function that returns what makes a copy of the estimator a fitted one, and
    ends training if it returns True.
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


class StepLog(Callback):
    """Records the loss and the score of the batch at every so many steps.

    These are the curves of a textbook's training loop. Only the steps that are recorded cost
    anything.

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

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "every": [Interval(Integral, 1, None, closed="left")]
    }

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
        """Record the step if its turn has come.

        Parameters
        ----------
        estimator : estimator
            What is being fitted.
        step : int
            Number of the step, counted from 1.
        loss : float
            Loss of its batch.
        score : callable
            Computes the score of its batch.
        """
        if step % self.every == 0:
            self.step_.append(step)
            self.loss_.append(loss)
            self.score_.append(score())


class TimeLimit(Callback):
    """Ends training after the epoch in which the time is up.

    Parameters
    ----------
    seconds : float
        From the beginning of the fit.

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

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "seconds": [Interval(Real, 0, None, closed="neither")]
    }

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def setup(self, estimator: Any, context: Any) -> None:
        """Start the clock; called when `fit` begins."""
        super().setup(estimator, context)
        # Clones share their callbacks, and may be fitted at the same time.
        if not hasattr(self, "_ends"):
            self._ends: dict[int, float] = {}
        self._ends[id(estimator)] = monotonic() + self.seconds

    def on_epoch_end(self, estimator: Any, *, record: Any, fitted_attributes: Any) -> bool:
        """Return whether the time is up."""
        return monotonic() >= self._ends[id(estimator)]

    def teardown(self, estimator: Any, context: Any) -> None:
        """Stop the clock; called when `fit` ends."""
        if hasattr(self, "_ends"):
            self._ends.pop(id(estimator), None)


class Target(Callback):
    """Ends training after the first epoch in which a value is reached.

    Parameters
    ----------
    value : float
        What is asked for.
    name : str, default="validation_score"
        The entry of `history_` that is to come to it. Names that end in "loss" must come down
        to it, others up.

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

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "value": [Interval(Real, None, None, closed="neither")],
        "name": [str],
    }

    def __init__(self, value: float, name: str = "validation_score") -> None:
        self.value = value
        self.name = name

    def on_epoch_end(self, estimator: Any, *, record: Any, fitted_attributes: Any) -> bool:
        """Return whether the value is reached.

        Raises
        ------
        ValueError
            If the fit has no such value.
        """
        if self.name not in record:
            raise ValueError(
                f"Target: name must be one of {sorted(record)}, got {self.name!r}. Validation "
                "needs early_stopping=True or X_val."
            )
        value = record[self.name]
        reached: bool = value <= self.value if self.name.endswith("loss") else value >= self.value
        return reached


class Checkpoint(Callback):
    """Saves the estimator as it is after an epoch, so that an interruption loses little.

    The file is written with joblib, completely or not at all. Loaded, it is a fitted estimator;
    with ``warm_start=True`` or `partial_fit` it goes on.

    Parameters
    ----------
    path : str or path-like
        The file to write or to replace. ``{epoch}`` in it stands for the number of the epoch,
        so that each has a file of its own.
    every : int, default=1
        Save after each epoch whose number, counted from 1, is a multiple of this.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import joblib
    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.callbacks import Checkpoint
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = FCNClassifier(max_iter=4, n_iter_no_change=float("inf"), random_state=0)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.joblib")
    ...     _ = clf.set_callbacks(Checkpoint(path, every=3)).fit(X / 16, y)
    ...     len(joblib.load(path).loss_curve_)
    3
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "path": [str, PathLike],
        "every": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, path: StrPath, every: int = 1) -> None:
        self.path = path
        self.every = every

    def on_epoch_end(
        self,
        estimator: Any,
        *,
        record: dict[str, float],
        fitted_attributes: Callable[[], dict[str, Any]],
    ) -> None:
        """Save the estimator if its turn has come."""
        epoch = int(record["epoch"])
        if epoch % self.every:
            return
        with atomic_path(fspath(self.path).replace("{epoch}", str(epoch))) as temporary:
            joblib.dump(view_of(estimator, fitted_attributes()), temporary)
