"""One fit: how a network is trained on data."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from warnings import warn

import numpy as np
from numpy.random import SFC64, Generator
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skfcn.engine import FloatArray, threads_for
from skfcn.normalization import LayerNormalization
from skfcn.training.batches import Batches
from skfcn.training.data import Data, check_split_weights, held_out_split
from skfcn.training.divergence import Divergence, kept_the_best
from skfcn.training.lazy import Journal, kinds_of_step
from skfcn.training.lbfgs import train_lbfgs
from skfcn.training.loop import Outcome, train
from skfcn.training.model import Fitted, Model
from skfcn.training.objective import Objective
from skfcn.training.observer import Observer, tell
from skfcn.training.scale import scale_remarks
from skfcn.training.scoring import ENOUGH, Validator, view_of
from skfcn.training.settings import Settings
from skfcn.training.state import MovingAverage
from skfcn.training.update import first_moments

_USER = 6  # frames from a warning in this file to the user's call of fit


def interrupted() -> Warning:
    """Return what to warn of when the user has ended training."""
    return UserWarning("Training interrupted by user.")


class Fit:
    """A network under training, and the data that it is trained on.

    Observers are shown copies of the `estimator` whose fit it is. Training begins at `start`; an
    `incremental` one is one epoch of `partial_fit`. Without `held_out`, and if the state
    `validates`, a part of `data` is held out. `trained` has the weights that are trained, and
    `state` says where training stands.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        settings: Settings,
        start: Fitted,
        data: Data,
        held_out: Data | None,
        incremental: bool,
    ) -> None:
        self.estimator, self.settings = estimator, settings
        self.trained, self.state = start.model, start.state
        self.data, self.held_out, self.incremental = data, held_out, incremental
        self.journal: Journal | None = None  # of a fitted network that is trained itself
        self._model = self.trained

    @property
    def theta(self) -> FloatArray:
        """The weights that are trained."""
        return self.trained.theta

    @property
    def fitted(self) -> Fitted:
        """What predicts, now, and where training stands."""
        return Fitted(self._model, self.state)

    def view(self) -> Any:
        """Return a fitted copy of the estimator, which predicts with the network in training."""
        return view_of(self.estimator, self.fitted_attributes())

    def fitted_attributes(self) -> dict[str, Any]:
        """Return what makes a copy of the estimator one that predicts with the network now."""
        return self.attributes(self.fitted)

    def attributes(self, fitted: Fitted) -> dict[str, Any]:
        """Return what makes a copy of the estimator a fitted one."""
        return {"_fitted": fitted}

    def snapshot(self) -> Any:
        """Return the fitted estimator that there would be if training ended here.

        It shares arrays with this fit: save it at once.
        """
        if self.state.finished:
            return self.view()
        kept = self.state.kept_weights(self.theta)
        state = replace(self.state, theta=None if kept is self.theta else self.theta)
        fitted = Fitted(self.trained.bound_to(kept), state)
        return view_of(self.estimator, self.attributes(fitted))

    def restore(self, saved: Fitted) -> None:
        """Take over from a `snapshot` of a fit of the same estimator on the same data."""
        rng, state = self.state.rng, saved.state
        if rng is not check_random_state(None):  # else it is NumPy's own, which others use
            rng.set_state(state.rng.get_state(legacy=False))
            state = replace(state, rng=rng)
        under_way = not state.finished and state.theta is not None
        self.theta[...] = state.theta if under_way else saved.model.theta
        self.state = replace(state, theta=None) if under_way else state

    def train(self, observers: Sequence[Observer]) -> list[Warning]:
        """Train, and return what to warn of once the estimator is fitted."""
        raise NotImplementedError

    def _learnt_nothing(self, batch_size: int) -> list[Warning]:
        """Return what to warn of if no step could teach the network anything."""
        settings, n_iter, network = self.settings, self.state.n_iter, self.trained.network
        rates = self.state.records.get("learning_rate", [])[-n_iter:]
        alone = [i for i, kind in settings.normalization.items() if settings.hidden[i] == 1]
        if n_iter > 1 and rates and not any(rates):
            what = "the learning rate was 0 in all epochs. Look at the schedule"
        elif batch_size == 1 and any(kind.tracks for kind in settings.normalization.values()):
            what = "one row is its own mean to batch normalization. Train on more rows at a time"
        elif any(isinstance(settings.normalization[i], LayerNormalization) for i in alone):
            what = "one unit is its own mean to layer normalization. Give that layer more units"
        elif settings.hidden and not any(map(_at_work, network.parameters.coefs[::-1])):
            what = "all weights are 0, and so is their gradient. Look at init"
        else:
            return []
        return [ConvergenceWarning(f"Training taught the network nothing: {what}.")]

    def _scale_remarks(self) -> str:
        on_scale = self.trained.loss.out_activation == "identity"
        return scale_remarks(self.data.X, self.data.y if on_scale else None)

    def _end(self, outcome: Outcome, observers: Sequence[Observer]) -> None:
        """Let the weights that are kept predict, and tell the observers."""
        state = self.state
        state.finished = outcome not in (Outcome.STOPPED, Outcome.INTERRUPTED)
        if outcome is Outcome.STOPPED:
            tell(observers, "on_end", state)
        kept = state.kept_weights(self.theta)
        if kept is not self.theta:
            averaged = state.best_weights is None
            state.theta = self.theta if averaged else None
            # The average goes on elsewhere; what predicts may be assigned to.
            self._model = self.trained.bound_to(kept.copy() if averaged else kept)
        state.end_fit()
        if state.finished:
            tell(observers, "on_end", state)


class StochasticFit(Fit):
    """A fit batch by batch."""

    def train(self, observers: Sequence[Observer]) -> list[Warning]:
        settings, data, state, model = self.settings, self.data, self.state, self.trained
        rows = self._rows()
        batch_size = _batch_size(settings.batch_size, len(rows))
        self._plan(-(-len(rows) // batch_size))
        max_epochs = 1 if self.incremental else settings.max_iter
        validator = self._validator()
        # With its own score and split it is scikit-learn's early stopping, and ends as that does.
        is_theirs = self.held_out is None and settings.scoring is None
        state.enough = np.inf if is_theirs else min(ENOUGH, settings.n_iter_no_change + 1)
        objective_kind, update_kind = kinds_of_step(settings.is_lazy_on(data.X), self.journal)
        objective = objective_kind(model.network, model.loss, settings.alpha, settings.l1_ratio)
        batches = Batches(
            *data[:3],
            rows,
            batch_size,
            model.network.dtype,
            settings.augmentation,
            state.extra_rng,
        )
        update = update_kind(
            model.network,
            objective.gradient,
            state.moments,
            state.solver,
            settings.schedule,
            settings.learning_rate_init,
            settings.max_grad_norm,
            settings.max_norm,
        )
        with threads_for(_largest_product(model, data.X, batch_size)):
            try:
                outcome = train(
                    objective,
                    batches,
                    update,
                    state,
                    max_epochs=max_epochs,
                    patience=settings.n_iter_no_change,
                    tol=settings.tol,
                    shuffle=settings.shuffle,
                    validate=validator,
                    observers=observers,
                )
                warnings = []
            except Divergence as error:
                if state.best_weights is None:
                    raise
                outcome, warnings = Outcome.DIVERGED, [kept_the_best(error, state)]
                state.average = None
                state.moments = first_moments(state.solver, self.theta)
        self._end(outcome, observers)
        if outcome is Outcome.INTERRUPTED:
            return [interrupted()]
        if validator is not None and outcome is not Outcome.DIVERGED:
            warnings += validator.warnings(state) or self._worse_than_constant(validator, outcome)
        warnings += self._learnt_nothing(batch_size)
        # Whoever asks for one epoch, or for a number of them, does not wait for convergence.
        # Nor does a schedule that is laid out over all epochs.
        waits = settings.n_iter_no_change < np.inf and not settings.schedule.planned
        if outcome is Outcome.MAX_EPOCHS and max_epochs > 1 and waits:
            warnings.append(
                ConvergenceWarning(
                    f"Stochastic Optimizer: Maximum iterations ({max_epochs}) reached and the "
                    "optimization hasn't converged yet."
                    f"{self._scale_remarks()} Raise max_iter, or set "
                    "n_iter_no_change=np.inf if this number of epochs is what you want."
                )
            )
        return warnings

    def _worse_than_constant(self, validator: Validator, outcome: Outcome) -> list[Warning]:
        """Return what to warn of if the best epoch scores less than the mean of the targets."""
        state, constant = self.state, validator.score_of_constant(self.data)
        enough = outcome is Outcome.CONVERGED or state.n_iter >= ENOUGH
        if not enough or constant is None or not state.best < constant:
            return []
        remarks = self._scale_remarks() if outcome is Outcome.CONVERGED else ""
        return [
            ConvergenceWarning(
                f"The best validation score, {state.best:.3g} in epoch {state.kept_epoch}, is "
                f"below {constant:.3g}, that of a constant.{remarks} Look at the learning rate, "
                "the scale of the data and the number of epochs."
            )
        ]

    def _rows(self) -> NDArray[np.intp]:
        """Return the rows to train on; if others of them validate, note those."""
        data, state = self.data, self.state
        if state.order is not None:  # the fit is under way
            return state.order
        if self.held_out is not None or not state.validates:
            return np.arange(len(data.y))
        target_type, fraction = self.trained.targets.type, self.settings.validation_fraction
        rows, state.held_out = held_out_split(data.y, target_type, fraction, state.rng)
        check_split_weights(data.sample_weight, rows, state.held_out)
        return rows

    def _plan(self, steps_per_epoch: int) -> None:
        """Note how long training is meant to go on, and make what it needs on the way."""
        settings, state = self.settings, self.state
        state.progress.steps_per_epoch = steps_per_epoch
        state.progress.max_epochs = settings.max_iter
        if state.extra_rng is None and (settings.dropout or settings.augmentation is not None):
            # Drawn only where it is needed: without, all random numbers are scikit-learn's.
            state.extra_rng = Generator(SFC64(state.rng.randint(2**31)))
        if settings.average is None:
            state.average = None
            return
        if state.average is None:
            state.average = MovingAverage(self.theta, settings.average)
        state.average.decay = settings.average
        self._model = self.trained.bound_to(state.average.vector)

    def _validator(self) -> Validator | None:
        if not self.state.validates:
            return None
        data, rows = self.held_out, None
        if data is None:
            data, rows = self.data, self.state.held_out
        return Validator(self._model, data, rows, self.settings.scoring, self.view())


class FullBatchFit(Fit):
    """A fit with L-BFGS, on all data at once."""

    def train(self, observers: Sequence[Observer]) -> list[Warning]:
        settings, model, state = self.settings, self.trained, self.state
        state.average = None
        with threads_for(_largest_product(model, self.data.X, len(self.data.y))):
            result = train_lbfgs(
                Objective(model.network, model.loss, settings.alpha, settings.l1_ratio),
                state.solver,
                *self.data[:3],
                state,
                max_iter=settings.max_iter,
                tol=settings.tol,
                observers=observers,
            )
        if isinstance(result, Outcome):
            self._end(result, observers)
            return [interrupted()] if result is Outcome.INTERRUPTED else []
        if result.status not in (1, 2):
            self._end(Outcome.CONVERGED, observers)
            return self._learnt_nothing(len(self.data.y))
        self._end(Outcome.MAX_EPOCHS, observers)
        return [
            ConvergenceWarning(
                f"lbfgs failed to converge after {state.n_iter} iteration(s) "
                f"(status={result.status}): {result.message}.{self._scale_remarks()} Raise "
                f"max_iter={settings.max_iter} or max_fun={state.solver.max_fun}, or scale the "
                "data."
            )
        ]


def _at_work(coef: FloatArray) -> bool:
    """Tell whether weights are more than what Adam makes of zeros."""
    return not np.max(np.abs(coef), initial=0) <= 1e-12  # which NaN is not either


def _largest_product(model: Model, X: Any, n_rows: int) -> int:
    """Return how many multiplications the largest product of BLAS takes."""
    n_inputs = 0 if issparse(X) else X.shape[1]  # the product with a sparse X is SciPy's
    return model.network.largest_product(n_rows, n_inputs)


def _batch_size(batch_size: int | str, n_rows: int) -> int:
    if isinstance(batch_size, str):  # "auto"
        return min(200, n_rows)
    if batch_size > n_rows:
        warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped.",
            stacklevel=_USER,
        )
    return int(min(batch_size, n_rows))
