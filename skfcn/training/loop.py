"""The stochastic training loop.

What goes on from one fit to the next is in `TrainState`; whoever watches is an `Observer`.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from math import isfinite
from time import perf_counter

import numpy as np

from skfcn.engine import FloatArray, Workspace, quiet_floats
from skfcn.training.batches import Batches
from skfcn.training.divergence import all_finite, divergence
from skfcn.training.objective import Objective
from skfcn.training.observer import Observer, hooks, tell
from skfcn.training.state import TrainState
from skfcn.training.update import Update, norm


class Outcome(Enum):
    """Why training ended."""

    CONVERGED = "the loss or score stopped improving"
    MAX_EPOCHS = "all epochs were done"
    STOPPED = "an observer asked for it"
    DIVERGED = "the loss or a weight was no longer finite, but there is a best epoch"
    INTERRUPTED = "an interruption came in the middle of a step"


def run_epoch(
    objective: Objective,
    batches: Batches,
    workspace: Workspace,
    update: Update,
    state: TrainState,
    observers: Sequence[Observer] = (),
) -> bool:
    """Train on each batch that the epoch has left; return whether an observer ends training."""
    theta, progress, n_samples = objective.network.parameters.vector, state.progress, len(batches)
    on_step, on_pause = hooks(observers, "on_step"), hooks(observers, "on_pause")
    for X, y, sample_weight in batches.from_row(state.n_rows):
        n_rows = len(y)
        state.n_rows += n_rows
        is_last, stop = state.n_rows == n_samples, False
        if sample_weight is None or sample_weight.any():  # else there is nothing to learn from
            rate, total_weight = update.rate(progress), objective.total_weight(y, sample_weight)
            value = objective.data_term(X, y, sample_weight, total_weight, workspace.rows(n_rows))
            loss = objective.curve_loss(value, y.shape[1]) + objective.penalty(total_weight)
            progress.step += 1
            update.step(rate, progress.step)
            state.rows_loss += loss * n_rows
            if not isfinite(state.rows_loss) or (is_last and not all_finite(theta)):
                step = -(-state.n_rows // batches.batch_size)
                where = f"at step {step} of epoch {state.n_iter + 1}"
                raise divergence(where, loss, X, y, rate)
            if state.average is not None:
                state.average.update(theta)
            for hook in on_step:
                if hook(loss, X, y):
                    stop = True
        if not (stop or is_last):
            for hook in on_pause:
                if hook(state):
                    stop = True
        if stop:
            return True
    return False


def train(
    objective: Objective,
    batches: Batches,
    update: Update,
    state: TrainState,
    *,
    max_epochs: int,
    patience: float,
    tol: float,
    shuffle: bool,
    validate: Callable[[], dict[str, float]] | None = None,
    observers: Sequence[Observer] = (),
) -> Outcome:
    """Train until the loss, or the validation score, stops improving.

    Parameters
    ----------
    objective : Objective
        What is minimised; its network's parameters are updated in place.
    batches : Batches
        Training data.
    update : Update
        Takes the steps.
    state : TrainState
        Where training stands; updated in place. If a fit is under way in it, that fit goes on.
    max_epochs : int
        How many epochs at most.
    patience : float
        How many epochs in a row may pass without an improvement, unless the rate is planned.
    tol : float
        The least change that counts as one.
    shuffle : bool
        Whether the rows are put into another order before each epoch.
    validate : callable, default=None
        Returns what is known of the weights that predict, on held-out data, by name. If given,
        its "validation_score" decides when to stop, and the best weights are noted; as long as it
        is NaN or the same in all epochs, "validation_loss" decides.
    observers : sequence of Observer, default=()
        Who is told of it.

    Returns
    -------
    outcome : Outcome
        Why training ended. `TrainState.kept_weights` says which weights to keep.

    Raises
    ------
    Divergence
        If the loss or a weight is no longer finite; a ValueError.
    """
    theta = objective.network.parameters.vector
    workspace = objective.network.workspace(batches.batch_size, state.extra_rng)
    if state.order is None:
        state.n_iter = 0
        if validate is not None:
            state.begin_fit(theta)
    state.order = batches.order
    outcome = Outcome.MAX_EPOCHS
    n_epochs_before = len(state.loss_curve) - state.n_iter
    try:
        for epoch in range(state.n_iter + 1, max_epochs + 1):
            start = perf_counter()
            tell(observers, "on_epoch_begin")
            if state.n_rows == 0:
                state.learning_rate = update.rate(state.progress)
                if shuffle:
                    batches.shuffle(state.rng)
            # Overflow is looked for in the loss, instead of warned of.
            with quiet_floats():
                stop = run_epoch(objective, batches, workspace, update, state, observers)
            if stop and state.n_rows < len(batches):
                outcome = Outcome.STOPPED
                break
            end_epoch(objective, batches, state, tol, validate, start)
            stop |= tell(observers, "on_epoch", epoch, state)
            if state.n_in_vain > patience and not update.schedule.planned:
                rate = goes_on_at(update, state)
                stop |= tell(observers, "on_plateau", rate)
                if rate is None:
                    outcome = Outcome.CONVERGED
                    break
            if stop or tell(observers, "on_pause", state):
                outcome = Outcome.STOPPED
                break
    except KeyboardInterrupt:
        state.loss_curve.cut(n_epochs_before + state.n_iter)  # if its validation was cut short
        outcome = Outcome.INTERRUPTED
    if not all_finite(state.kept_weights(theta)):  # it ended before that was noticed
        cut = outcome in (Outcome.STOPPED, Outcome.INTERRUPTED)
        where, nothing = "before the interruption" if cut else "before the end", np.empty(0)
        raise divergence(where, np.nan, nothing, nothing, None)
    return outcome


def end_epoch(
    objective: Objective,
    batches: Batches,
    state: TrainState,
    tol: float,
    validate: Callable[[], dict[str, float]] | None,
    start: float,
) -> None:
    """Note what is known of an epoch that began at `start`, on the clock of `perf_counter`."""
    state.progress.epoch += 1
    state.progress.samples += len(batches)
    state.loss_curve.append(state.rows_loss / len(batches))
    state.n_rows, state.rows_loss = 0, 0.0
    values = {
        "learning_rate": state.learning_rate,
        "gradient_norm": norm(objective.gradient.trainable),
    }
    if validate is not None:
        values |= validate()
    values["seconds"] = perf_counter() - start
    theta: FloatArray = objective.network.parameters.vector
    state.take_epoch(theta if state.average is None else state.average.vector, tol, **values)


def goes_on_at(update: Update, state: TrainState) -> float | None:
    """Return the rate to train on at after a plateau, None if training ends."""
    if not update.schedule.survives_plateau(state.learning_rate):
        return None
    state.progress.plateaus += 1
    state.begin_patience()
    return update.rate(state.progress)
