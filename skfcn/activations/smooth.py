"""Smooth relatives of the rectified linear unit."""

from math import pi, sqrt
from typing import ClassVar

import numpy as np
from scipy.special import ndtr

from skfcn._sklearn import Constraints
from skfcn.activations.base import Activation
from skfcn.engine import FloatArray


def _divide_by_one_plus_exp(z: FloatArray, out: FloatArray) -> None:
    """``out = z / (1 + exp(out))``, which is z σ(-out)."""
    with np.errstate(over="ignore"):  # z / inf is the right limit
        np.exp(out, out=out)
    out += 1
    np.divide(z, out, out=out)


# (1 + tanh(x)) / 2 = σ(2x), and σ keeps its digits where tanh(x) is close to -1.
GELU_A = 2 * sqrt(2 / pi)
GELU_B = GELU_A * 0.044715


def _minus_gelu_cubic(z: FloatArray, out: FloatArray) -> None:
    """``out = -(a z + b z³)``."""
    np.multiply(z, z, out=out)
    out *= -GELU_B
    out -= GELU_A
    out *= z


class GELU(Activation):
    """The Gaussian error linear unit, f(z) = z Φ(z) with Φ the normal distribution function.

    f' = Φ(z) + z φ(z), with φ(z) = exp(-z²/2) / √(2π).

    Parameters
    ----------
    approximate : bool, default=False
        Whether to use (1 + tanh(√(2/π) (z + 0.044715 z³))) / 2 for Φ(z), which is faster.

    References
    ----------
    Hendrycks & Gimpel (2016), "Gaussian error linear units (GELUs)", section 2.
    :arxiv:`1606.08415`

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import GELU
    >>> out = np.empty(3)
    >>> GELU().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-0.1587,  0.    ,  1.9545])
    """

    _parameter_constraints: ClassVar[Constraints] = {"approximate": ["boolean"]}

    def __init__(self, approximate: bool = False) -> None:
        self.approximate = approximate

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        if self.approximate:
            with np.errstate(over="ignore"):  # of z³
                _minus_gelu_cubic(z, out)
            _divide_by_one_plus_exp(z, out)
        else:
            ndtr(z, out=out)
            out *= z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        if self.approximate:
            # f = z σ(u), u = a z + b z³, so f' = σ + z u' σ (1 - σ), and with e = exp(-u)
            # f' = (1 + z u' e / (1 + e)) / (1 + e). As z u' = 3 u - 2 a z, u and z are enough.
            np.clip(z, -8, 8, out=z)  # f' is 0 or 1 beyond, where e would overflow
            _minus_gelu_cubic(z, out)
            z *= GELU_A * 2 / 3
            z += out
            z *= -3
            np.exp(out, out=out)
            z *= out
            out += 1
            z /= out
            z += 1
            z /= out
            delta *= z
        else:
            with np.errstate(over="ignore"):  # z² = inf gives φ = 0
                np.multiply(z, z, out=out)
            out *= -0.5
            np.exp(out, out=out)
            out *= 1 / sqrt(2 * pi)
            out *= z
            ndtr(z, out=z)
            out += z
            delta *= out


class SiLU(Activation):
    """The sigmoid-weighted linear unit or swish, f(z) = z σ(z) with σ the logistic sigmoid.

    f' = σ(z) + f(z) (1 - σ(z)).

    References
    ----------
    Elfwing, Uchibe & Doya (2017), "Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning". :arxiv:`1702.03118`

    Ramachandran, Zoph & Le (2017), "Searching for activation functions". :arxiv:`1710.05941`

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import SiLU
    >>> out = np.empty(3)
    >>> SiLU().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-0.2689,  0.    ,  1.7616])
    """

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.negative(z, out=out)
        _divide_by_one_plus_exp(z, out)

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        # f' = 1 - (1 - f) (1 - σ), and 1 - σ = 1 / (1 + exp(z)).
        np.subtract(1, out, out=out)
        with np.errstate(over="ignore"):  # 1 / inf is the right limit
            np.exp(z, out=z)
        z += 1
        out /= z
        np.subtract(1, out, out=out)
        delta *= out


class Mish(Activation):
    """f(z) = z tanh(softplus(z)), where softplus(z) = log(1 + exp(z)).

    f' = t + z σ(z) (1 - t²), with t = tanh(softplus(z)) and the logistic σ.

    References
    ----------
    Misra (2019), "Mish: A self regularized non-monotonic activation function".
    :arxiv:`1908.08681`

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import Mish
    >>> out = np.empty(3)
    >>> Mish().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-0.3034,  0.    ,  1.944 ])
    """

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.minimum(z, 20, out=out)  # the tanh is 1 beyond, and exp would overflow
        np.exp(out, out=out)
        np.log1p(out, out=out)
        np.tanh(out, out=out)
        out *= z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        # With e = exp(z) and y = 1 + e, σ = e / y and t = (y² - 1) / (y² + 1), so that
        # f' = 1 + (4 z e y / (y² + 1) - 2) / (y² + 1): no tanh, and two buffers are enough.
        np.minimum(z, 20, out=z)  # f' is 1 beyond
        np.exp(z, out=out)
        z *= out
        out += 1
        z *= out
        out *= out
        out += 1
        z /= out
        z -= 0.5
        z /= out
        z *= 4
        z += 1
        delta *= z


class Softplus(Activation):
    """A smooth `ReLU`, f(z) = log(1 + exp(z)); f' is the logistic sigmoid, 1 - exp(-f).

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau & Garcia (2001), "Incorporating second-order functional
    knowledge for better option pricing".

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import Softplus
    >>> out = np.empty(3)
    >>> Softplus().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([0.3133, 0.6931, 2.1269])
    """

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        # f = max(z, 0) + log(1 + exp(-|z|)), where exp never sees a large number.
        np.abs(z, out=out)
        np.negative(out, out=out)
        np.exp(out, out=out)
        np.log1p(out, out=out)
        np.maximum(z, 0, out=z)
        out += z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        np.negative(out, out=out)
        np.expm1(out, out=out)
        np.negative(out, out=out)
        delta *= out
