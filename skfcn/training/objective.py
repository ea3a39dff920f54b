"""What training minimises: the weighted mean of the samples' losses, plus the penalty.

The data enter through `data_term`, the weights through `penalty`; each adds its value and its
gradient. A stochastic step asks for both over one batch, L-BFGS sums the data term over all
of the data first.
"""

from typing import Any

import numpy as np

from skfcn.engine import FloatArray, Network, Workspace, axpy, dot
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
    gradient : Parameters
        The gradient that was computed last, laid out as the network's parameters.
    reported : float
        The value over the last batch as `loss_curve_` shows it; see
        `Loss.reported_per_output`.
    """

    def __init__(self, network: Network, loss: Loss, alpha: float, l1_ratio: float = 0.0) -> None:
        self.network = network
        self.loss = loss
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.gradient = network.parameters.like()
        self._signs = np.empty_like(network.parameters.weights) if l1_ratio else None
        self.reported = float("nan")

    def __call__(
        self,
        X: Any,
        y: FloatArray,
        sample_weight: FloatArray | None,
        workspace: Workspace,
    ) -> float:
        """Return the objective over one batch, and leave its gradient in `gradient`."""
        total_weight = float(len(y) if sample_weight is None else sample_weight.sum())
        value = self.data_term(X, y, sample_weight, total_weight, workspace)
        penalty = self.penalty(total_weight)
        # Scikit-learn shows squared errors averaged over the outputs, but minimises their sum.
        shown = value / y.shape[1] if self.loss.reported_per_output else value
        self.reported = shown + penalty
        return value + penalty

    def data_term(
        self,
        X: Any,
        y: FloatArray,
        sample_weight: FloatArray | None,
        total_weight: float,
        workspace: Workspace,
    ) -> float:
        """Return Σᵢ wᵢ lossᵢ / total_weight, and leave its gradient in `gradient`."""
        raw, losses = self.network.forward_training(X, workspace), workspace.losses
        self.loss.loss_gradient(y, raw, losses, workspace.scratch)
        if sample_weight is None:
            value = float(losses.sum())
        else:
            value = dot(losses, sample_weight)
            raw *= sample_weight[:, None]
        raw *= 1 / total_weight
        self.network.backward(raw, workspace, self.gradient)
        return value / total_weight

    def penalty(self, total_weight: float) -> float:
        """Return the penalty, and add its gradient to `gradient`."""
        if not self.alpha:
            return 0.0
        weights, gradient = self.network.parameters.weights, self.gradient.weights
        l1 = self.alpha * self.l1_ratio / total_weight
        l2 = self.alpha / total_weight - l1
        value = 0.0
        if l2:
            axpy(l2, weights, gradient)
            value += 0.5 * l2 * dot(weights, weights)
        if self._signs is not None:
            # A subgradient: weights that the data do not need oscillate around zero.
            axpy(l1, np.sign(weights, out=self._signs), gradient)
            # BLAS has the sum of absolute values, but rounds it by where in memory they lie.
            value += l1 * dot(weights, self._signs)
        return value
