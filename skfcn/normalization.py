"""Normalization of pre-activations: to mean 0 and variance 1, along the units or the rows.

A normalized layer computes ``Z = gain * normalize(A @ W) + b``. Both kinds are one formula
along another axis; only batch normalization, whose rows are not there at prediction, keeps
running statistics. Those stand in the network's vector, so a snapshot has them as well.

To add one, derive it from `Normalization`; to give it a name, enter it in `NORMALIZATIONS`.
"""

from typing import ClassVar

import numpy as np

from skfcn._sklearn import Component, Constraints, real
from skfcn.engine import Buffers, FloatArray


class Normalization(Component):
    """Mean 0 and variance 1 along an axis.

    Attributes
    ----------
    axis : int
        Along which axis of (n_rows, n_units) mean and variance are taken.
    tracks : bool
        Whether prediction uses running statistics instead of those of its own rows.
    epsilon : float
        Added to the variance.
    """

    axis: ClassVar[int]
    tracks: ClassVar[bool] = False
    epsilon: float

    def forward(
        self,
        z: FloatArray,
        gain: FloatArray,
        buffers: Buffers,
        statistics: FloatArray | None,
    ) -> None:
        """Normalize z in place and multiply it by `gain`, in training.

        Parameters
        ----------
        z : ndarray of shape (n_rows, n_units)
            Pre-activations.
        gain : ndarray of shape (n_units,)
            Factors.
        buffers : Buffers
            Keeps what `backward` needs: `normalized`, of the shape of z; `mean` and `deviation`,
            with one number for each row or unit.
        statistics : ndarray of shape (2, n_units) or None
            Running mean and variance, to be updated, if it `tracks`.
        """
        normalized, mean, variance = buffers.normalized, buffers.mean, buffers.deviation
        n = z.shape[self.axis]
        np.add.reduce(z, axis=self.axis, keepdims=True, out=mean)
        mean /= n
        z -= mean
        np.multiply(z, z, out=normalized)
        np.add.reduce(normalized, axis=self.axis, keepdims=True, out=variance)
        variance /= n
        if statistics is not None:
            self.update(statistics, mean[0], variance[0], n)  # which uses up the mean
        variance += self.epsilon
        np.sqrt(variance, out=variance)
        np.divide(z, variance, out=normalized)
        np.multiply(normalized, gain, out=z)

    def update(
        self, statistics: FloatArray, mean: FloatArray, variance: FloatArray, n_rows: int
    ) -> None:
        """Move running statistics towards those of a batch; `mean` may be overwritten."""

    def backward(
        self,
        delta: FloatArray,
        z: FloatArray,
        gain: FloatArray,
        gain_gradient: FloatArray,
        buffers: Buffers,
    ) -> None:
        """Turn the gradient with respect to the output into that with respect to the input.

        With n = normalize(z), whose mean and variance depend on z as well,
        dz = (dn - mean(dn) - n mean(n dn)) / deviation.

        Parameters
        ----------
        delta, z : ndarray of shape (n_rows, n_units)
            The gradient, in place, and scratch.
        gain, gain_gradient : ndarray of shape (n_units,)
            Factors, and what takes their gradient.
        buffers : Buffers
            What `forward` left.
        """
        normalized, mean, axis = buffers.normalized, buffers.mean, self.axis
        n = delta.shape[axis]
        np.multiply(delta, normalized, out=z)
        np.add.reduce(z, axis=0, out=gain_gradient)
        delta *= gain
        z *= gain
        np.add.reduce(z, axis=axis, keepdims=True, out=mean)
        mean /= n
        normalized *= mean
        np.add.reduce(delta, axis=axis, keepdims=True, out=mean)
        mean /= n
        delta -= mean
        delta -= normalized
        delta /= buffers.deviation

    def predict(self, z: FloatArray, gain: FloatArray, statistics: FloatArray | None) -> None:
        """Normalize z in place and multiply it by `gain`, in prediction."""
        if statistics is None:
            z -= z.mean(axis=self.axis, keepdims=True)
            variance = np.einsum("ij,ij->i", z, z)[:, np.newaxis] / z.shape[1]
        else:
            z -= statistics[0]
            variance = statistics[1]
        z /= np.sqrt(variance + self.epsilon)
        z *= gain


class LayerNormalization(Normalization):
    """Each row to mean 0 and variance 1 over the layer's units, in training and prediction.

    Parameters
    ----------
    epsilon : float, default=1e-5
        Added to the variance.

    References
    ----------
    Ba, Kiros & Hinton (2016), "Layer normalization". :arxiv:`1607.06450`

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.normalization import LayerNormalization
    >>> FCNClassifier(normalization=LayerNormalization(epsilon=0.001))
    FCNClassifier(normalization=LayerNormalization(epsilon=0.001))
    """

    axis = 1

    _parameter_constraints: ClassVar[Constraints] = {"epsilon": [real("(0, inf)")]}

    def __init__(self, epsilon: float = 1e-5) -> None:
        self.epsilon = epsilon


class BatchNormalization(Normalization):
    """Each unit to mean 0 and variance 1 over the batch; in prediction, by running statistics.

    Parameters
    ----------
    momentum : float, default=0.1
        How far the running statistics move towards those of each batch, in (0, 1].
    epsilon : float, default=1e-5
        Added to the variance.

    References
    ----------
    Ioffe & Szegedy (2015), "Batch normalization: accelerating deep network training by
    reducing internal covariate shift". :arxiv:`1502.03167`

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.normalization import BatchNormalization
    >>> FCNClassifier(normalization=BatchNormalization(momentum=0.05))
    FCNClassifier(normalization=BatchNormalization(momentum=0.05))
    """

    axis = 0
    tracks = True

    _parameter_constraints: ClassVar[Constraints] = {
        "momentum": [real("(0, 1]")],
        "epsilon": [real("(0, inf)")],
    }

    def __init__(self, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        self.momentum = momentum
        self.epsilon = epsilon

    def update(
        self, statistics: FloatArray, mean: FloatArray, variance: FloatArray, n_rows: int
    ) -> None:
        if n_rows == 1:  # one row says nothing of the variance
            return
        statistics *= 1 - self.momentum
        mean *= self.momentum
        statistics[0] += mean
        # The batch's variance is too small by this, on average, for that of the data.
        np.multiply(variance, self.momentum * n_rows / (n_rows - 1), out=mean)
        statistics[1] += mean


NORMALIZATIONS: dict[str, type[Normalization]] = {
    "layer": LayerNormalization,
    "batch": BatchNormalization,
}
