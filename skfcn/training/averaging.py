"""An exponential moving average of the weights, to predict with.

The average of many steps lies nearer to the middle of a valley than any step of a descent
that goes to and fro in it. Training itself goes on with the weights as they are.

References
----------
Polyak & Juditsky (1992), "Acceleration of stochastic approximation by averaging"; Tarvainen &
Valpola (2017), "Mean teachers are better role models". :arxiv:`1703.01780`
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from skfcn.engine import FloatArray, axpy, scal


class MovingAverage:
    """The average of a vector over its past.

    Parameters
    ----------
    theta : ndarray of shape (n_parameters,)
        The vector; its values now are the first ones.
    decay : float
        Weight of the past, in (0, 1). It begins lower, ``(1 + t) / (10 + t)`` at update t, so
        that the first weights are soon forgotten.

    Attributes
    ----------
    average : ndarray of shape (n_parameters,)
        The average.
    """

    def __init__(self, theta: FloatArray, decay: float) -> None:
        self.decay = decay
        self.n_updates = 0
        self.average = theta.copy()
        self._descent: FloatArray | None = None

    def update(self, theta: FloatArray) -> None:
        """Take the vector after a step."""
        self.n_updates += 1
        decay = min(self.decay, (1 + self.n_updates) / (10 + self.n_updates))
        scal(decay, self.average)
        axpy(1 - decay, theta, self.average)

    @contextmanager
    def in_place_of(self, theta: FloatArray) -> Iterator[None]:
        """Let the vector be its average for a while."""
        descent = theta.copy()
        theta[...] = self.average
        try:
            yield
        finally:
            theta[...] = descent

    def replace(self, theta: FloatArray) -> None:
        """Let the vector be its average, until `resume`."""
        self._descent = theta.copy()
        theta[...] = self.average

    def resume(self, theta: FloatArray) -> None:
        """Let the vector be what it was before `replace`, unless it was changed since."""
        if self._descent is not None and np.array_equal(theta, self.average):
            theta[...] = self._descent
        self._descent = None
