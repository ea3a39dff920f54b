"""What predicts: members, their loss, and what their outputs stand for."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn.engine import FloatArray, chunks
from skfcn.training import Model

AT_ONCE = 1024  # rows that are predicted at once, so that outputs of all members are few


@dataclass(frozen=True, eq=False, repr=False)
class CommitteeModel(Model):
    """Members, the loss that they are trained for, and what their outputs stand for.

    Attributes
    ----------
    network : Committee
        The members.
    factor : float
        The power that the mean of their probabilities is raised to; 1 for numbers.
    weights : ndarray of shape (n_members,) or None
        What each counts in the mean; None for all alike.

    References
    ----------
    Guo, Pleiss, Sun & Weinberger (2017), "On calibration of modern neural networks", section 4.2,
    for the factor: the inverse of a temperature. :arxiv:`1706.04599`
    """

    network: Any
    factor: float = 1.0
    weights: NDArray[Any] | None = None

    @property
    def theta(self) -> FloatArray:
        """All that the members have learned, in one vector."""
        return self.network.vector

    def each(self, X: FloatArray) -> FloatArray:
        """Return what each member predicts, shape (n_members, n_samples, n_outputs)."""
        raw = self.network.raw_outputs(X)
        return self.loss.inverse_link(raw.reshape(-1, raw.shape[-1])).reshape(raw.shape)

    def predict(self, X: FloatArray, rows: NDArray[np.intp] | None = None) -> FloatArray:
        """Return the mean of what they predict, shape (n_samples, n_outputs)."""
        X = X if rows is None else X[rows]
        if len(X) <= AT_ONCE:
            return self.sharpened(self._mean(self.each(X)))
        return np.concatenate([self.predict(X[chunk]) for chunk in chunks(len(X), AT_ONCE)])

    def sharpened(self, probability: FloatArray) -> FloatArray:
        """Return probabilities raised to the power `factor`, which sum to one again."""
        if self.factor == 1:
            return probability
        power = probability**self.factor
        if self.loss.out_activation == "logistic":
            return power / (power + (1 - probability) ** self.factor)
        return power / power.sum(axis=1, keepdims=True)

    def spread(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the mean and the standard deviation of what they predict."""
        each = self.each(X)
        mean = self._mean(each)
        return mean, np.sqrt(self._mean((each - mean) ** 2))

    def _mean(self, each: FloatArray) -> FloatArray:
        if self.weights is None:
            return each.mean(axis=0, dtype=np.float64)
        return np.einsum("k,kmn->mn", self.weights, each)

    def bound_to(self, vector: FloatArray) -> "CommitteeModel":
        """Return a model of the same kind that predicts with other weights."""
        return replace(self, network=self.network.bound_to(vector))
