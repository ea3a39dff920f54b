"""The stochastic training loop.

Stopping is a return value. What goes on from one fit to the next is in `TrainingState`;
whoever wants to watch, a printed line or a curve, is an `Observer`.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from enum import Enum
from time import perf_counter

import numpy as np
from numpy.random import Generator, RandomState

from skfcn.batches import Batches
from skfcn.descent import Descent, norm
from skfcn.engine import Workspace
from skfcn.engine.blas import FloatArray
from skfcn.objective import Objective
from skfcn.training_state import TrainingState


class Outcome(Enum):
    """Why training ended."""

    CONVERGED = "the loss or score stopped improving"
    MAX_EPOCHS = "all epochs were done"
    STOPPED = "an observer asked for it"
    INTERRUPTED = "the user interrupted it"


class Observer:
    """Is told how training goes. These methods do nothing; override those of interest."""

    def on_step(self, loss: float, X: FloatArray, y: FloatArray) -> None:
        """Take the batch of one step and its loss, which was computed before the step."""

    def on_epoch(self, epoch: int, state: TrainingState) -> bool:
        """Take the state after an epoch, counted from 1; return True to end training."""
        return False

    def on_plateau(self, learning_rate: float | None) -> None:
        """Take the learning rate that training goes on with, None if it ends."""


def run_epoch(
    objective: Objective,
    batches: Batches,
    workspace: Workspace,
    descent: Descent,
    state: TrainingState,
    observers: Sequence[Observer] = (),
) -> float:
    """Train on each batch once; return the mean loss over the samples."""
    parameters, gradient = objective.network.parameters, objective.gradient
    total = 0.0
    for X, y, sample_weight in batches:
        if sample_weight is not None and not sample_weight.any():
            continue  # nothing to learn from
        objective(X, y, sample_weight, workspace.rows(len(y)))
        loss = objective.reported
        descent.step(parameters, gradient, state.optimizer, descent.rate(state.progress))
        if state.average is not None:
            state.average.update(parameters.vector)
        total += loss * len(y)
        state.progress.step += 1
        for observer in observers:
            observer.on_step(loss, X, y)
    state.progress.epoch += 1
    state.progress.samples += len(batches)
    return total / len(batches)


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
        Where training stands; updated in place.
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
    theta = network.parameters.vector
    best_theta = theta.copy() if validate else None
    outcome = Outcome.MAX_EPOCHS
    if average is not None:
        average.resume(theta)
    try:
        for epoch in range(1, max_epochs + 1):
            if rng is not None:
                batches.shuffle(rng)
            rate, start = descent.rate(state.progress), perf_counter()
            # Overflow is looked for below, once an epoch, instead of warned of at each step.
            with np.errstate(over="ignore", invalid="ignore"):
                loss = run_epoch(objective, batches, workspace, descent, state, observers)
            check_finite(loss, theta, f"in epoch {epoch} at a learning rate of {rate:g}")
            state.loss_curve.append(loss)
            score = -loss
            values = {"learning_rate": rate, "gradient_norm": norm(objective.gradient.trainable)}
            with nullcontext() if average is None else average.in_place_of(theta):
                if validate is not None and best_theta is not None:
                    values |= validate()
                    score = values["validation_score"]
                    state.validation_scores.append(score)
                    if score > state.plateau.best:
                        best_theta[...] = theta
                        state.best_epoch = len(state.loss_curve)
                state.record(**values, seconds=perf_counter() - start)
                state.plateau.update(score, tol)
                stop = [observer.on_epoch(epoch, state) for observer in observers]
            if any(stop):
                outcome = Outcome.STOPPED
                break
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
    except KeyboardInterrupt:
        outcome = Outcome.INTERRUPTED
    if best_theta is not None:
        theta[...] = best_theta
    elif average is not None:
        average.replace(theta)
    return outcome


def check_finite(loss: float, theta: FloatArray, when: str) -> None:
    """Raise ValueError if training has diverged."""
    if not (np.isfinite(loss) and np.isfinite(theta).all()):
        raise ValueError(
            f"Solver produced non-finite parameter weights {when}; the loss is {loss:g}. "
            "The input data may contain large values and need to be preprocessed, or the "
            "learning rate is too high."
        )
