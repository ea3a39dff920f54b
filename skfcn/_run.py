"""One fit: what it works with, how it is carried out, what it leaves to go on from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from warnings import warn

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning

from skfcn._validation import held_out_split
from skfcn.batches import Batches, raw_outputs
from skfcn.engine import Network
from skfcn.engine.blas import FloatArray
from skfcn.engine.threads import threads_for
from skfcn.lbfgs import LBFGS, train_lbfgs
from skfcn.losses import Loss
from skfcn.objective import Objective
from skfcn.optimizers import Optimizer
from skfcn.schedules import Schedule
from skfcn.training import Observer, Outcome, TrainingState, check_finite, train

Score = Callable[[FloatArray, NDArray[Any], FloatArray | None, str], float]

_USER = 5  # frames from a warning here to the user's call of fit


class Targets(NamedTuple):
    """Targets as the network sees them.

    Attributes
    ----------
    values : ndarray of shape (n_samples, n_outputs)
        Encoded targets.
    type : str
        As `sklearn.utils.multiclass.type_of_target` names it.
    attributes : dict
        Fitted attributes that decode them.
    """

    values: NDArray[Any]
    type: str
    attributes: dict[str, Any]


class Data(NamedTuple):
    """Validated training data: X as it came, y encoded."""

    X: Any
    y: NDArray[Any]
    sample_weight: FloatArray | None


@dataclass
class Run:
    """A fit, resolved from the estimator's parameters. It holds no data.

    The methods take the estimator for its parameters.
    """

    network: Network
    loss: Loss
    target_type: str
    solver: Optimizer | LBFGS
    schedule: Schedule
    state: TrainingState
    rng: RandomState
    validates: bool  # whether a held-out part decides when to stop
    n_iter: int = 0

    def predict(self, X: Any, rows: NDArray[np.intp] | None = None) -> FloatArray:
        """Return predictions, shape (n_samples, n_outputs), for validated X."""
        return self.loss.inverse_link(raw_outputs(self.network, X, rows))

    def train_stochastic(
        self,
        params: BaseEstimator,
        data: Data,
        observers: Sequence[Observer],
        max_epochs: int,
        score: Score,
    ) -> None:
        """Train batch by batch."""
        rows = np.arange(len(data.y))
        validate = None
        if self.validates:
            rows, held_out = held_out_split(
                data.y, self.target_type, params.validation_fraction, self.rng
            )
            validate = self._validation(data, held_out, score)
        batch_size = _batch_size(params.batch_size, len(rows))
        n_done = len(self.state.loss_curve)
        with threads_for(self._dense_layers(data.X), batch_size):
            outcome = train(
                Objective(self.network, self.loss, params.alpha),
                Batches(*data, rows, batch_size, self.network.dtype),
                self.solver,
                self.schedule,
                self.state,
                learning_rate=params.learning_rate_init,
                max_epochs=max_epochs,
                patience=params.n_iter_no_change,
                tol=params.tol,
                rng=self.rng if params.shuffle else None,
                validate=validate,
                observers=observers,
            )
        self.n_iter = len(self.state.loss_curve) - n_done
        if outcome is Outcome.INTERRUPTED:
            warn("Training interrupted by user.", stacklevel=_USER)
        # Whoever asks for one epoch, or for a number of them, does not wait for convergence.
        waits = max_epochs > 1 and params.n_iter_no_change < np.inf
        if outcome is Outcome.MAX_EPOCHS and waits:
            warn(
                f"Stochastic Optimizer: Maximum iterations ({max_epochs}) reached and the "
                "optimization hasn't converged yet. Raise max_iter, or set "
                "n_iter_no_change=np.inf if this number of epochs is what you want.",
                ConvergenceWarning,
                stacklevel=_USER,
            )

    def _dense_layers(self, X: Any) -> tuple[int, ...]:
        """Return the widths between which BLAS multiplies: not the first of a sparse X."""
        return self.network.layer_sizes[1 if issparse(X) else 0 :]

    def _validation(
        self, data: Data, held_out: NDArray[np.intp], score: Score
    ) -> Callable[[], float]:
        """Return what scores the network on the rows held out."""
        y = data.y[held_out]
        weight = None if data.sample_weight is None else data.sample_weight[held_out]

        def validate() -> float:
            prediction = self.predict(data.X, held_out)
            if not np.isfinite(prediction).all():
                return float("nan")
            return score(prediction, y, weight, self.target_type)

        return validate

    def train_lbfgs(
        self, params: BaseEstimator, data: Data, observers: Sequence[Observer]
    ) -> None:
        """Train on all data at once."""
        with threads_for(self._dense_layers(data.X), len(data.y)):
            result = train_lbfgs(
                Objective(self.network, self.loss, params.alpha),
                self.solver,
                *data,
                self.state,
                max_iter=params.max_iter,
                tol=params.tol,
                observers=observers,
            )
        check_finite(result.fun, self.network.parameters.vector, "with L-BFGS")
        self.n_iter = min(result.nit, params.max_iter)
        if result.status in (1, 2):
            warn(
                f"lbfgs failed to converge after {self.n_iter} iteration(s) "
                f"(status={result.status}): {result.message}. Raise max_iter="
                f"{params.max_iter} or max_fun={self.solver.max_fun}, or scale the data.",
                ConvergenceWarning,
                stacklevel=_USER,
            )


def _batch_size(batch_size: int | str, n_rows: int) -> int:
    if isinstance(batch_size, str):  # "auto"
        return min(200, n_rows)
    if batch_size > n_rows:
        warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped.",
            stacklevel=_USER + 1,
        )
    return min(batch_size, n_rows)
