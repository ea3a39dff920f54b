"""One fit: how a run is carried out on data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from warnings import warn

import numpy as np
from numpy.random import SFC64, Generator
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning

from skfcn._sklearn import python_number
from skfcn.engine import FloatArray, threads_for
from skfcn.optimizers import LBFGS
from skfcn.training.averaging import MovingAverage
from skfcn.training.batches import Batches
from skfcn.training.data import Data, check_split_weights, held_out_split
from skfcn.training.lbfgs import train_lbfgs
from skfcn.training.loop import Observer, Outcome, train
from skfcn.training.objective import Objective
from skfcn.training.run import Run
from skfcn.training.scoring import Validator, view_of
from skfcn.training.update import Descent

Score = Callable[[FloatArray, NDArray[Any], FloatArray | None, str], float]

_USER = 7  # frames from a warning in this file to the user's call of fit


def interrupted() -> Warning:
    """Return what to warn of when the user has ended training."""
    return UserWarning("Training interrupted by user.")


@dataclass
class Fit:
    """A run and the data that it is carried out on.

    Attributes
    ----------
    estimator : estimator
        Has the parameters.
    run : Run
        What is trained.
    data : Data
        To train on.
    held_out : Data or None
        To validate on; if None and the run validates, a part of `data`.
    incremental : bool
        Whether this is one epoch of `partial_fit`.
    score : callable
        Scores predictions against encoded targets of a type.
    attributes : callable
        Returns all that makes an estimator with these parameters and a run a fitted one.
    """

    estimator: BaseEstimator
    run: Run
    data: Data
    held_out: Data | None
    incremental: bool
    score: Score
    attributes: Callable[[Run], dict[str, Any]]

    def fitted_attributes(self) -> dict[str, Any]:
        """Return what makes a copy of the estimator a fitted one, whose network is trained on."""
        return self.attributes(self.run)

    @cached_property
    def _params(self) -> SimpleNamespace:
        params = self.estimator.get_params(deep=False)
        return SimpleNamespace(**{name: python_number(value) for name, value in params.items()})

    def view(self) -> Any:
        """Return a fitted estimator that predicts with the network as it is trained."""
        return view_of(self.estimator, self.fitted_attributes())

    def snapshot(self) -> Any:
        """Return the fitted estimator that there would be if training ended here."""
        return view_of(self.estimator, self.attributes(self.run.snapshot()))

    def carry_out(self, observers: Sequence[Observer]) -> Warning | None:
        """Train; return what to warn of once the estimator is fitted."""
        self.run.finished = False
        if isinstance(self.run.solver, LBFGS):
            outcome, advice = self._train_lbfgs(observers)
        else:
            outcome, advice = self._train_stochastic(observers)
        if outcome in (Outcome.CONVERGED, Outcome.MAX_EPOCHS):
            self.run.finished = True
            for observer in observers:
                observer.on_pause(self.run.state, ending=True)
        if outcome is Outcome.INTERRUPTED:
            return interrupted()
        return ConvergenceWarning(advice) if advice else None

    def _train_stochastic(self, observers: Sequence[Observer]) -> tuple[Outcome, str | None]:
        """Train batch by batch."""
        params, run, data = self._params, self.run, self.data
        rows, validate = self._rows(), None
        if self.held_out is not None:
            validate = self._validator(self.held_out, None)
        elif run.validates:
            validate = self._validator(data, run.state.position.held_out)
        batch_size = _batch_size(params.batch_size, len(rows))
        self._plan(-(-len(rows) // batch_size))
        max_epochs = 1 if self.incremental else params.max_iter
        dtype, augmentation, noise = run.network.dtype, params.augmentation, run.noise
        with threads_for(self._dense_layers, batch_size):
            outcome = train(
                Objective(run.network, run.loss, params.alpha, params.l1_ratio),
                Batches(*data[:3], rows, batch_size, dtype, augmentation, noise),
                Descent(
                    run.solver,
                    run.schedule,
                    params.learning_rate_init,
                    params.max_grad_norm,
                    params.max_norm,
                ),
                run.state,
                max_epochs=max_epochs,
                patience=params.n_iter_no_change,
                tol=params.tol,
                rng=run.rng if params.shuffle else None,
                noise=noise,
                validate=validate,
                observers=observers,
            )
        # Whoever asks for one epoch, or for a number of them, does not wait for convergence.
        # Nor does a schedule that is laid out over all epochs.
        waits = max_epochs > 1 and params.n_iter_no_change < np.inf and not run.schedule.planned
        if outcome is not Outcome.MAX_EPOCHS or not waits:
            return outcome, None
        return outcome, (
            f"Stochastic Optimizer: Maximum iterations ({max_epochs}) reached and the "
            "optimization hasn't converged yet. Raise max_iter, or set "
            "n_iter_no_change=np.inf if this number of epochs is what you want."
        )

    def _rows(self) -> NDArray[np.intp]:
        """Return the rows to train on; if the run validates on others of them, note those."""
        run, data, position = self.run, self.data, self.run.state.position
        if position.order is not None:  # the fit is under way
            return position.order
        if self.held_out is not None or not run.validates:
            return np.arange(len(data.y))
        rows, position.held_out = held_out_split(
            data.y, run.target_type, self._params.validation_fraction, run.rng
        )
        check_split_weights(data.sample_weight, rows, position.held_out)
        return rows

    def _plan(self, steps_per_epoch: int) -> None:
        """Note how long training is meant to go on, and make what it needs on the way."""
        params, run, state = self._params, self.run, self.run.state
        state.progress.steps_per_epoch = steps_per_epoch
        state.progress.max_epochs = params.max_iter
        if run.noise is None and (run.network.dropout or params.augmentation is not None):
            # Drawn only where it is needed: without, all random numbers are scikit-learn's.
            run.noise = Generator(SFC64(run.rng.randint(2**31)))
        if params.average is None:
            state.average = None
        elif state.average is None:
            state.average = MovingAverage(run.network.parameters.vector, params.average)
        else:
            state.average.decay = params.average

    @property
    def _dense_layers(self) -> tuple[int, ...]:
        """The widths between which BLAS multiplies: not the first of a sparse X."""
        return self.run.network.layer_sizes[1 if issparse(self.data.X) else 0 :]

    def _validator(self, data: Data, rows: NDArray[np.intp] | None) -> Validator:
        run = self.run

        def score(prediction: FloatArray, y: NDArray[Any], weight: FloatArray | None) -> float:
            return self.score(prediction, y, weight, run.target_type)

        scoring = self.estimator.scoring
        return Validator(run.network, run.loss, data, rows, score, scoring, self.view)

    def _train_lbfgs(self, observers: Sequence[Observer]) -> tuple[Outcome, str | None]:
        """Train on all data at once."""
        params, run, data = self._params, self.run, self.data
        with threads_for(self._dense_layers, len(data.y)):
            result = train_lbfgs(
                Objective(run.network, run.loss, params.alpha, params.l1_ratio),
                run.solver,
                *data[:3],
                run.state,
                max_iter=params.max_iter,
                tol=params.tol,
                observers=observers,
            )
        if result is None:
            return Outcome.INTERRUPTED, None
        if result.status not in (1, 2):
            return Outcome.CONVERGED, None
        return Outcome.MAX_EPOCHS, (
            f"lbfgs failed to converge after {run.state.n_iter} iteration(s) "
            f"(status={result.status}): {result.message}. Raise max_iter={params.max_iter} or "
            f"max_fun={run.solver.max_fun}, or scale the data."
        )


def _batch_size(batch_size: int | str, n_rows: int) -> int:
    if isinstance(batch_size, str):  # "auto"
        return min(200, n_rows)
    if batch_size > n_rows:
        warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped.",
            stacklevel=_USER,
        )
    return int(min(batch_size, n_rows))
