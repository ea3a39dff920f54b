"""Where training stands: all that the next epoch depends on, apart from weights and data."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skfcn.averaging import MovingAverage
from skfcn.schedules import Progress


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
class TrainingState:
    """All that the next epoch depends on, apart from weights, data and random numbers."""

    optimizer: dict[str, Any]
    progress: Progress = field(default_factory=Progress)
    plateau: Plateau = field(default_factory=Plateau)
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    best_epoch: int | None = None  # whose validation score is the best, counted from 1
    records: dict[str, list[float]] = field(default_factory=dict)
    average: MovingAverage | None = None

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
