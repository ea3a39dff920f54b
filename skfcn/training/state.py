"""Where training stands: all that its next step depends on, apart from weights and data."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn.engine import FloatArray
from skfcn.schedules import Progress
from skfcn.training.averaging import MovingAverage


@dataclass
class Plateau:
    """Tells when a value has stopped rising.

    Parameters
    ----------
    best : float
        The highest value so far.
    n_no_improvement : int
        How many values in a row were not above the best by `tol`.
    """

    best: float = -np.inf
    n_no_improvement: int = 0

    def update(self, value: float, tol: float) -> None:
        """Take the next value."""
        self.n_no_improvement = self.n_no_improvement + 1 if value < self.best + tol else 0
        self.best = max(self.best, value)


@dataclass
class Position:
    """Where a fit is under way: what it takes to go on in the middle, and nothing afterwards.

    Attributes
    ----------
    order : ndarray of int or None
        The rows to train on, in the order of this epoch; None if no fit is under way.
    held_out : ndarray of int or None
        The rows that are held out for validation.
    best_theta : ndarray of shape (n_parameters,) or None
        The weights that scored best.
    n_rows : int
        How many rows of the epoch are done.
    loss : float
        Sum of their losses.
    learning_rate : float
        Rate of the epoch's first step.
    theta : ndarray of shape (n_parameters,) or None
        In a file: the weights to go on from, if they are not those that the network has there.
    """

    order: NDArray[np.intp] | None = None
    held_out: NDArray[np.intp] | None = None
    best_theta: FloatArray | None = None
    n_rows: int = 0
    loss: float = 0.0
    learning_rate: float = np.nan
    theta: FloatArray | None = None

    def begin_epoch(self) -> None:
        """Forget the rows of the last epoch."""
        self.n_rows, self.loss = 0, 0.0


@dataclass
class TrainingState:
    """All that the next step depends on, apart from weights, data and random numbers."""

    optimizer: dict[str, Any]
    progress: Progress = field(default_factory=Progress)
    plateau: Plateau = field(default_factory=Plateau)
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    best_epoch: int | None = None  # whose validation score is the best, counted from 1
    records: dict[str, list[float]] = field(default_factory=dict)
    average: MovingAverage | None = None
    n_iter: int = 0  # epochs or iterations of the last fit
    position: Position = field(default_factory=Position)

    def copy(self) -> "TrainingState":
        """Return a state for another fit to begin with, while this one stays as it is."""
        return replace(
            self,
            optimizer=deepcopy(self.optimizer),
            progress=replace(self.progress),
            plateau=replace(self.plateau),
            loss_curve=self.loss_curve.copy(),
            validation_scores=self.validation_scores.copy(),
            records={name: column.copy() for name, column in self.records.items()},
            average=deepcopy(self.average),
            position=Position(),
        )

    def end_epoch(self, theta: FloatArray, tol: float, **values: float) -> None:
        """Take what is known of the epoch whose loss was appended last.

        Its validation score decides whether it was the best, or else its loss.
        """
        score = values.get("validation_score", -self.loss_curve[-1])
        if "validation_score" in values:
            self.validation_scores.append(score)
            if score > self.plateau.best:
                self.position.best_theta = theta.copy()
                self.best_epoch = len(self.loss_curve)
        self.record(**values)
        self.plateau.update(score, tol)
        self.n_iter += 1

    def settle(self, theta: FloatArray) -> None:
        """Let `theta` be the weights that are kept where training ends."""
        if self.position.best_theta is not None:
            theta[...] = self.position.best_theta
        elif self.average is not None:
            self.average.replace(theta)

    def record(self, **values: float) -> None:
        """Keep more of the epoch whose loss was appended last."""
        for name in {**self.records, **values}:
            column = self.records.setdefault(name, [])
            column += [np.nan] * (len(self.loss_curve) - 1 - len(column))
            column.append(values.get(name, np.nan))

    @property
    def latest(self) -> dict[str, float]:
        """What is known of the last epoch."""
        n_epochs = len(self.loss_curve)
        known = {
            name: column[-1] if len(column) == n_epochs else np.nan
            for name, column in self.records.items()
        }
        return {"epoch": n_epochs, "loss": self.loss_curve[-1], **known}

    @property
    def history(self) -> dict[str, list[float]]:
        """What is known of each epoch, in columns of one length."""
        n_epochs = len(self.loss_curve)
        return {
            "epoch": list(range(1, n_epochs + 1)),
            "loss": list(self.loss_curve),
            **{
                name: column + [np.nan] * (n_epochs - len(column))
                for name, column in self.records.items()
            },
        }
