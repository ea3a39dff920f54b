"""The stochastic training loop.

Stopping is a return value. What goes on from one fit to the next is in `TrainingState`;
whoever wants to watch, a printed line or a curve, is an `Observer`.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from enum import Enum
from math import isfinite
from time import perf_counter

import numpy as np
from numpy.random import Generator, RandomState

from skfcn.engine import FloatArray, Workspace
from skfcn.training.batches import Batches
from skfcn.training.divergence import all_finite, divergence
from skfcn.training.objective import Objective
from skfcn.training.state import Position, TrainingState
from skfcn.training.update import Descent, norm


class Outcome(Enum):
    """Why training ended."""

    CONVERGED = "the loss or score stopped improving"
    MAX_EPOCHS = "all epochs were done"
    STOPPED = "an observer asked for it"
    INTERRUPTED = "the user interrupted it"


class Interrupted(KeyboardInterrupt):
    """The user interrupted training, and nothing is half done."""


class Observer:
    """Is told how training goes. These methods do nothing; override those of interest."""

    def on_step(self, loss: float, X: FloatArray, y: FloatArray) -> None:
        """Take the batch of one step and its loss, which was computed before the step."""

    def on_epoch(self, epoch: int, state: TrainingState) -> bool:
        """Take the state after an epoch, counted from 1; return True to end training."""
        return False

    def on_plateau(self, learning_rate: float | None) -> None:
        """Take the learning rate that training goes on with, None if it ends."""

    def on_evaluation(self) -> None:
        """Come before L-BFGS evaluates the loss, which it does several times a step."""

    def on_pause(self, state: TrainingState, ending: bool = False) -> None:
        """Take a state from which training can go on as if it had not been cut.

        Comes after each step, after each epoch and at the end, of which `ending` tells.
        """


def run_epoch(
    objective: Objective,
    batches: Batches,
    workspace: Workspace,
    descent: Descent,
    state: TrainingState,
    observers: Sequence[Observer] = (),
) -> float:
    """Train on each batch that the epoch has left; return the mean loss over its samples."""
    parameters, gradient = objective.network.parameters, objective.gradient
    position = state.position
    for X, y, sample_weight in batches.rest(position.n_rows):
        position.n_rows += len(y)
        is_last = position.n_rows == len(batches)
        if sample_weight is None or sample_weight.any():  # else there is nothing to learn from
            objective(X, y, sample_weight, workspace.rows(len(y)))
            loss, rate = objective.reported, descent.rate(state.progress)
            descent.step(parameters, gradient, state.optimizer, rate)
            position.loss += loss * len(y)
            if not isfinite(position.loss) or (is_last and not all_finite(parameters.vector)):
                step = -(-position.n_rows // batches.batch_size)
                where = f"at step {step} of epoch {state.n_iter + 1}"
                raise divergence(where, loss, X, y, rate)
            if state.average is not None:
                state.average.update(parameters.vector)
            state.progress.step += 1
            for observer in observers:
                observer.on_step(loss, X, y)
        if not is_last:
            for observer in observers:
                observer.on_pause(state)
    state.progress.epoch += 1
    state.progress.samples += len(batches)
    return position.loss / len(batches)


def train(
    objective: Objective,
    batches: Batches,
    descent: Descent,
    state: TrainingState,
    *,
    max_epochs: int,
    patience: float,
    tol: float,
    rng: RandomState | None,
    noise: Generator | None = None,
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
    descent : Descent
        Takes the steps.
    state : TrainingState
        Where training stands; updated in place. If a fit is under way in it, that fit goes on.
    max_epochs : int
        How many epochs at most.
    patience : float
        How many epochs in a row may pass without an improvement. A schedule that is laid out
        over all epochs is not cut short.
    tol : float
        The least change that counts as one.
    rng : RandomState or None
        Shuffles the rows before each epoch; None leaves them in order.
    noise : Generator or None, default=None
        Chooses the units that dropout leaves out.
    validate : callable, default=None
        Returns what is known of the current weights on held-out data, by name. If given, its
        "validation_score" decides when to stop, and the weights that scored best come back at
        the end.
    observers : sequence of Observer, default=()
        Who is told of it.

    Raises
    ------
    ValueError
        If the loss or a weight is no longer finite.
    """
    network, schedule, average = objective.network, descent.schedule, state.average
    workspace = network.workspace(batches.batch_size, noise)
    theta, position = network.parameters.vector, state.position
    if position.order is None:
        state.n_iter = 0
        if average is not None:
            average.resume(theta)
        if validate is not None and state.plateau.best > -np.inf:
            position.best_theta = theta.copy()
    position.order = batches.order
    outcome, can_go_on = Outcome.MAX_EPOCHS, False
    n_epochs_before = len(state.loss_curve) - state.n_iter
    try:
        for epoch in range(state.n_iter + 1, max_epochs + 1):
            start = perf_counter()
            if position.n_rows == 0:
                position.learning_rate = descent.rate(state.progress)
                if rng is not None:
                    batches.shuffle(rng)
            # Overflow is looked for in the loss, instead of warned of.
            with np.errstate(over="ignore", invalid="ignore"):
                loss = run_epoch(objective, batches, workspace, descent, state, observers)
            position.begin_epoch()
            state.loss_curve.append(loss)
            rate = position.learning_rate
            values = {"learning_rate": rate, "gradient_norm": norm(objective.gradient.trainable)}
            with nullcontext() if average is None else average.in_place_of(theta):
                if validate is not None:
                    values |= validate()
                values["seconds"] = perf_counter() - start
                state.end_epoch(theta, tol, **values)
                stop = [observer.on_epoch(epoch, state) for observer in observers]
            if state.plateau.n_no_improvement > patience and not schedule.planned:
                goes_on = schedule.survives_plateau(rate)
                if goes_on:
                    state.progress.plateaus += 1
                    state.plateau.n_no_improvement = 0
                    rate = descent.rate(state.progress)
                for observer in observers:
                    observer.on_plateau(rate if goes_on else None)
                if not goes_on:
                    outcome = Outcome.CONVERGED
                    break
            if any(stop):
                outcome, can_go_on = Outcome.STOPPED, True
                break
            for observer in observers:
                observer.on_pause(state)
    except KeyboardInterrupt as interrupt:
        del state.loss_curve[n_epochs_before + state.n_iter :]  # if its validation was cut short
        outcome, can_go_on = Outcome.INTERRUPTED, isinstance(interrupt, Interrupted)
    if can_go_on:
        for observer in observers:
            observer.on_pause(state, ending=True)
    state.settle(theta)
    if not all_finite(theta):  # interrupted before it was noticed
        nothing = np.empty(0)
        raise divergence("before the interruption", np.nan, nothing, nothing, None)
    state.position = Position()
    return outcome
