"""One fit: what it works with, how it is carried out, what it leaves to go on from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from warnings import warn

import numpy as np
from numpy.random import SFC64, Generator, RandomState
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning

from skfcn._scoring import Data, Validator
from skfcn._validation import held_out_split
from skfcn.averaging import MovingAverage
from skfcn.batches import Batches, raw_outputs
from skfcn.descent import Descent
from skfcn.engine import Network
from skfcn.engine.blas import FloatArray
from skfcn.engine.threads import threads_for
from skfcn.lbfgs import LBFGS, train_lbfgs
from skfcn.losses import Loss
from skfcn.objective import Objective
from skfcn.optimizers import Optimizer
from skfcn.schedules import Schedule
from skfcn.training import Observer, Outcome, check_finite, train
from skfcn.training_state import TrainingState

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
    weight : ndarray of shape (n_samples,) or None
        Weight of each sample for its class.
    """

    values: NDArray[Any]
    type: str
    attributes: dict[str, Any]
    weight: FloatArray | None = None


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
    noise: Generator | None = None  # for dropout and augmentation, if there are any
    n_iter: int = 0

    def predict(self, X: Any) -> FloatArray:
        """Return predictions, shape (n_samples, n_outputs), for validated X."""
        return self.loss.inverse_link(raw_outputs(self.network, X))

    def train_stochastic(
        self,
        params: BaseEstimator,
        data: Data,
        observers: Sequence[Observer],
        max_epochs: int,
        score: Score,
        make_view: Callable[[], Any],
        held_out: Data | None = None,
    ) -> None:
        """Train batch by batch.

        Parameters
        ----------
        params : estimator
            Has the parameters.
        data : Data
            To train on.
        observers : sequence of Observer
            Who is told of it.
        max_epochs : int
            How many epochs at most.
        score : callable
            Scores predictions against encoded targets of a type.
        make_view : callable
            Returns an estimator that predicts with the network as it is trained.
        held_out : Data or None, default=None
            To validate on; if None and the run validates, a part of `data`.
        """
        rows, validate = np.arange(len(data.y)), None
        if held_out is not None:
            validate = self._validator(params, held_out, None, score, make_view)
        elif self.validates:
            rows, others = held_out_split(
                data.y, self.target_type, params.validation_fraction, self.rng
            )
            validate = self._validator(params, data, others, score, make_view)
        batch_size = _batch_size(params.batch_size, len(rows))
        self._plan(params, -(-len(rows) // batch_size))
        dtype, noise = self.network.dtype, self.noise
        n_done = len(self.state.loss_curve)
        with threads_for(self._dense_layers(data.X), batch_size):
            outcome = train(
                Objective(self.network, self.loss, params.alpha, params.l1_ratio),
                Batches(*data[:3], rows, batch_size, dtype, params.augmentation, noise),
                Descent(
                    self.solver,
                    self.schedule,
                    params.learning_rate_init,
                    params.max_grad_norm,
                    params.max_norm,
                ),
                self.state,
                max_epochs=max_epochs,
                patience=params.n_iter_no_change,
                tol=params.tol,
                rng=self.rng if params.shuffle else None,
                noise=noise,
                validate=validate,
                observers=observers,
            )
        self.n_iter = len(self.state.loss_curve) - n_done
        if outcome is Outcome.INTERRUPTED:
            warn("Training interrupted by user.", stacklevel=_USER)
        # Whoever asks for one epoch, or for a number of them, does not wait for convergence.
        # Nor does a schedule that is laid out over all epochs.
        waits = max_epochs > 1 and params.n_iter_no_change < np.inf and not self.schedule.planned
        if outcome is Outcome.MAX_EPOCHS and waits:
            warn(
                f"Stochastic Optimizer: Maximum iterations ({max_epochs}) reached and the "
                "optimization hasn't converged yet. Raise max_iter, or set "
                "n_iter_no_change=np.inf if this number of epochs is what you want.",
                ConvergenceWarning,
                stacklevel=_USER,
            )

    def _plan(self, params: BaseEstimator, steps_per_epoch: int) -> None:
        """Note how long training is meant to go on, and make what it needs on the way."""
        self.state.progress.steps_per_epoch = steps_per_epoch
        self.state.progress.max_epochs = params.max_iter
        if self.noise is None and (self.network.dropout or params.augmentation is not None):
            # Drawn only where it is needed: without, all random numbers are scikit-learn's.
            self.noise = Generator(SFC64(self.rng.randint(2**31)))
        if params.average is None:
            self.state.average = None
        elif self.state.average is None:
            self.state.average = MovingAverage(self.network.parameters.vector, params.average)
        else:
            self.state.average.decay = params.average

    def _dense_layers(self, X: Any) -> tuple[int, ...]:
        """Return the widths between which BLAS multiplies: not the first of a sparse X."""
        return self.network.layer_sizes[1 if issparse(X) else 0 :]

    def _validator(
        self,
        params: BaseEstimator,
        data: Data,
        rows: NDArray[np.intp] | None,
        score: Score,
        make_view: Callable[[], Any],
    ) -> Validator:
        def score_prediction(
            prediction: FloatArray, y: NDArray[Any], weight: FloatArray | None
        ) -> float:
            return score(prediction, y, weight, self.target_type)

        return Validator(
            self.network, self.loss, data, rows, score_prediction, params.scoring, make_view
        )

    def train_lbfgs(
        self, params: BaseEstimator, data: Data, observers: Sequence[Observer]
    ) -> None:
        """Train on all data at once."""
        with threads_for(self._dense_layers(data.X), len(data.y)):
            result = train_lbfgs(
                Objective(self.network, self.loss, params.alpha, params.l1_ratio),
                self.solver,
                *data[:3],
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
    return int(min(batch_size, n_rows))
