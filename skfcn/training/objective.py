"""What training minimises: the weighted mean of the samples' losses, plus the penalty.

The data enter through `data_term`, the weights through `penalty`; each adds its value and its
gradient. A stochastic step asks for both over one batch, L-BFGS over all data.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skfcn.engine import Buffers, FloatArray, Network, Parameters, axpy, dot
from skfcn.losses import Loss


class Objective:
    """Value and gradient of a network's loss.

    Parameters
    ----------
    network : Network
        What is trained.
    loss : Loss
        Loss of a sample.
    alpha : float
        Strength of the penalty on the weights; biases are free.
    l1_ratio : float, default=0.0
        Which part of it is L1: ``alpha (l1_ratio |W|₁ + (1 - l1_ratio) / 2 |W|²)``, divided by
        the total weight of the samples.

    Attributes
    ----------
    parameters, gradient : Parameters
        What is penalised, and the gradient that was computed last: the network's parameters,
        or those in use, if the objective is lazy; and an array for each of theirs.
    """

    def __init__(self, network: Network, loss: Loss, alpha: float, l1_ratio: float = 0.0) -> None:
        self.network = network
        self.loss = loss
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.parameters, self.gradient = self._learnt()
        self._signs = np.empty_like(network.parameters.weights) if l1_ratio else None

    def _learnt(self) -> tuple[Parameters, Parameters]:
        return self.network.parameters, self.network.parameters.like()

    def __call__(
        self, X: Any, y: FloatArray, sample_weight: FloatArray | None, buffers: Buffers
    ) -> float:
        """Return the objective over one batch, and leave its gradient in `gradient`."""
        total_weight = self.total_weight(y, sample_weight)
        value = self.data_term(X, y, sample_weight, total_weight, buffers)
        return value + self.penalty(total_weight)

    @staticmethod
    def total_weight(y: FloatArray, sample_weight: FloatArray | None) -> float:
        """Return what the losses of a batch are divided by."""
        return float(len(y) if sample_weight is None else sample_weight.sum())

    def curve_loss(self, data_term: float, n_outputs: int) -> float:
        """Return the data term as `loss_curve_` shows it.

        Scikit-learn shows squared errors averaged over the outputs, but minimises their sum.
        """
        return data_term / n_outputs if self.loss.reported_per_output else data_term

    def data_term(
        self,
        X: Any,
        y: FloatArray,
        sample_weight: FloatArray | None,
        total_weight: float,
        buffers: Buffers,
    ) -> float:
        """Return Σᵢ wᵢ lossᵢ / total_weight, and leave its gradient in `gradient`."""
        raw, losses = self.network.forward(X, buffers.layers), buffers.losses
        self.loss.loss_gradient(y, raw, losses, buffers.scratch)
        if sample_weight is None:
            value = float(np.add.reduce(losses))
        else:
            value = dot(losses, sample_weight)
            raw *= sample_weight[:, None]
        raw *= 1 / total_weight
        self.backward(raw, buffers.layers)
        return value / total_weight

    def backward(self, delta: FloatArray, buffers: Sequence[Buffers]) -> None:
        """Compute the gradient, given that with respect to the raw outputs."""
        self.network.backward(delta, buffers, self.gradient)

    def penalty(self, total_weight: float) -> float:
        """Return the penalty, and add its gradient to `gradient`."""
        weights, gradient = self.parameters.weights, self.gradient.weights
        if not self.alpha or len(weights) == 0:
            return 0.0
        l1 = self.alpha * self.l1_ratio / total_weight
        l2 = self.alpha / total_weight - l1
        value = 0.0
        if l2:
            axpy(l2, weights, gradient)
            value += 0.5 * l2 * dot(weights, weights)
        if self._signs is not None:
            # A subgradient: weights that the data do not need oscillate around zero.
            signs = np.sign(weights, out=self._signs[: len(weights)])
            axpy(l1, signs, gradient)
            # BLAS has the sum of absolute values, but rounds it by where in memory they lie.
            value += l1 * dot(weights, signs)
        return value
