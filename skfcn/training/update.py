"""One step of descent: what happens between a gradient and the next batch."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from skfcn.engine import FloatArray, Parameters, dot, scal
from skfcn.optimizers import Optimizer
from skfcn.schedules import Progress, Schedule


@dataclass
class Descent:
    """The optimizer, its rate, and the bounds that are kept.

    Parameters
    ----------
    optimizer : Optimizer
        Takes the steps.
    schedule : Schedule
        Factor on the learning rate.
    learning_rate : float
        The rate for a factor of 1.
    max_grad_norm : float or None
        A longer gradient is scaled down to this norm.
    max_norm : float or None
        The weights that lead to a unit are scaled down to this norm after a step.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), "On the difficulty of training recurrent neural networks"
    (the gradient's norm); Srivastava et al. (2014), "Dropout", section 5.1 (the units').
    """

    optimizer: Optimizer
    schedule: Schedule
    learning_rate: float
    max_grad_norm: float | None = None
    max_norm: float | None = None

    def rate(self, progress: Progress) -> float:
        """Return the learning rate of the next step."""
        return self.learning_rate * self.schedule(progress)

    def step(
        self, parameters: Parameters, gradient: Parameters, state: dict[str, Any], rate: float
    ) -> None:
        """Update the parameters and the optimizer's state in place."""
        theta, g = parameters.trainable, gradient.trainable
        if self.max_grad_norm is not None:
            limit_norm(g, self.max_grad_norm)
        if self.optimizer.weight_decay:
            scal(1 - rate * self.optimizer.weight_decay, parameters.weights)
        self.optimizer.step(theta, g, state, rate)
        if self.max_norm is not None:
            for coef in parameters.coefs:
                limit_column_norms(coef, self.max_norm)


def norm(vector: FloatArray) -> float:
    """Euclidean norm of a contiguous vector."""
    return sqrt(dot(vector, vector))


def limit_norm(vector: FloatArray, limit: float) -> None:
    """Scale a vector down to a norm, if it is longer."""
    length = norm(vector)
    if length > limit:
        scal(limit / length, vector)


def limit_column_norms(coef: FloatArray, limit: float) -> None:
    """Scale the columns of a matrix down to a norm, those that are longer."""
    lengths = np.sqrt(np.einsum("ij,ij->j", coef, coef))
    coef *= limit / np.maximum(lengths, limit)
