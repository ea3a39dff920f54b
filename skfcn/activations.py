"""Activation functions, each with forward beside backward.

To add one, write a class with the two methods; pass an instance as ``activation=``, or enter
it in `ACTIVATIONS` to give it a name. The tests run over the registry: finite differences,
dtypes, buffers, clone and pickle.
"""

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit

from skfcn._components import Component
from skfcn._sklearn_private import Interval
from skfcn.engine.blas import FloatArray


class Activation(Component):
    """An element-wise function and its derivative.

    Attributes
    ----------
    in_place : bool
        Whether `forward` may be given one buffer as both `z` and `out`. Leave it False if
        `backward` reads `z`, or if `forward` reads `z` after it began to write `out`.
    init_factor : float
        Scikit-learn's rule draws the first weights from U(-b, b) with
        ``b = sqrt(init_factor / (n_in + n_out))``.
    """

    in_place: bool = False
    init_factor: ClassVar[float] = 6.0

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        """Write f(z) into `out`. `z` may be used as scratch if `backward` does not read it.

        Parameters
        ----------
        z : ndarray of shape (n_samples, n_units)
            Pre-activations.
        out : ndarray of shape (n_samples, n_units)
            Takes the activations.
        """
        raise NotImplementedError

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        """Multiply `delta` by f'(z). Both `z` and `out` may be used as scratch.

        Parameters
        ----------
        z, out : ndarray of shape (n_samples, n_units)
            What `forward` was given and wrote.
        delta : ndarray of shape (n_samples, n_units)
            Gradient with respect to f(z); becomes the gradient with respect to z.
        """
        raise NotImplementedError


class Identity(Activation):
    """f(z) = z."""

    in_place = True

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        if out is not z:
            out[...] = z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        pass


class Logistic(Activation):
    """The logistic sigmoid, f(z) = 1 / (1 + exp(-z)); f' = f (1 - f)."""

    in_place = True
    init_factor = 2.0

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        expit(z, out=out)

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        delta *= out
        np.subtract(1, out, out=out)
        delta *= out


class Tanh(Activation):
    """The hyperbolic tangent; f' = 1 - f²."""

    in_place = True

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.tanh(z, out=out)

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        np.multiply(out, out, out=out)
        np.subtract(1, out, out=out)
        delta *= out


class ReLU(Activation):
    """The rectified linear unit, f(z) = max(z, 0); f' is 1 above zero and 0 elsewhere."""

    in_place = True

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.maximum(z, 0, out=out)

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        np.greater(out, 0, out=out)  # ones and zeros; twice as fast as np.sign
        delta *= out


class ELU(Activation):
    """The exponential linear unit, z above zero and alpha (exp(z) - 1) below.

    Parameters
    ----------
    alpha : float, default=1.0
        Minus the limit for z → -∞.

    References
    ----------
    Clevert, Unterthiner & Hochreiter (2016), "Fast and accurate deep network learning by
    exponential linear units", equation 1. :arxiv:`1511.07289`
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "alpha": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.minimum(z, 0, out=out)  # so that exp never sees a large number
        np.expm1(out, out=out)
        out *= self.alpha
        np.maximum(z, 0, out=z)
        out += z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        # f' is 1 where f > 0, else alpha exp(z) = f + alpha.
        np.heaviside(out, 0, out=z)
        z *= 1 - self.alpha
        z += self.alpha
        np.minimum(out, 0, out=out)
        z += out
        delta *= z


ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "elu": ELU,
}
