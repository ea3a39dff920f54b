"""Activation functions, each with forward beside backward.

To add one, write a class with the two methods; pass an instance as ``activation=``, or enter
it in `ACTIVATIONS` to give it a name. The tests run over the registry: finite differences,
dtypes, buffers, clone and pickle. ``docs/guide/activations.md`` compares them and derives one.
"""

from collections.abc import Callable
from functools import partial
from math import pi, sqrt
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit, ndtr

from skfcn._sklearn import Component, Interval
from skfcn.engine import FloatArray


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
    dropped_value : float
        What dropout sets an activation to. Other than zero, it makes it alpha dropout.
    """

    in_place: bool = False
    init_factor: ClassVar[float] = 6.0
    dropped_value: ClassVar[float] = 0.0

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
    """f(z) = z.

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import Identity
    >>> out = np.empty(3)
    >>> Identity().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-1.,  0.,  2.])
    """

    in_place = True

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        if out is not z:
            out[...] = z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        pass


class Logistic(Activation):
    """The logistic sigmoid, f(z) = 1 / (1 + exp(-z)); f' = f (1 - f).

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import Logistic
    >>> out = np.empty(3)
    >>> Logistic().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([0.2689, 0.5   , 0.8808])
    """

    in_place = True
    init_factor = 2.0

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        expit(z, out=out)

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        delta *= out
        np.subtract(1, out, out=out)
        delta *= out


class Tanh(Activation):
    """The hyperbolic tangent; f' = 1 - f².

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import Tanh
    >>> out = np.empty(3)
    >>> Tanh().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-0.7616,  0.    ,  0.964 ])
    """

    in_place = True

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.tanh(z, out=out)

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        np.multiply(out, out, out=out)
        np.subtract(1, out, out=out)
        delta *= out


class ReLU(Activation):
    """The rectified linear unit, f(z) = max(z, 0); f' is 1 above zero and 0 elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import ReLU
    >>> out = np.empty(3)
    >>> ReLU().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([0., 0., 2.])
    """

    in_place = True

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.maximum(z, 0, out=out)

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        np.greater(out, 0, out=out)  # ones and zeros; twice as fast as np.sign
        delta *= out


class LeakyReLU(Activation):
    """The leaky rectified linear unit, z above zero and slope · z below; f' is 1 or slope.

    Parameters
    ----------
    slope : float, default=0.01
        In [0, 1]: 0 makes it `ReLU`, 1 makes it `Identity`.

    References
    ----------
    Maas, Hannun & Ng (2013), "Rectifier nonlinearities improve neural network acoustic models".

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import LeakyReLU
    >>> out = np.empty(3)
    >>> LeakyReLU(slope=0.1).forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-0.1,  0. ,  2. ])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "slope": [Interval(Real, 0, 1, closed="both")]
    }

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = slope

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        # float: a np.float64, as a grid has them, would make NumPy compute in float64.
        np.multiply(z, float(self.slope), out=out)
        np.maximum(z, out, out=out)  # the steeper line is on top for z > 0 only

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        np.greater(out, 0, out=out)
        np.maximum(out, float(self.slope), out=out)
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

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import ELU
    >>> out = np.empty(3)
    >>> ELU(alpha=0.5).forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-0.3161,  0.    ,  2.    ])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "alpha": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.minimum(z, 0, out=out)  # so that exp never sees a large number
        np.expm1(out, out=out)
        out *= float(self.alpha)
        np.maximum(z, 0, out=z)
        out += z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        # f' is 1 where f > 0, else alpha exp(z) = f + alpha.
        alpha = float(self.alpha)
        np.greater(out, 0, out=z)
        z *= 1 - alpha
        np.minimum(out, 0, out=out)
        out += z
        out += alpha
        delta *= out


_SELU_SCALE = 1.0507009873554805
_SELU_LIMIT = _SELU_SCALE * 1.6732632423543772


class SELU(Activation):
    """The scaled exponential linear unit, scale times `ELU`.

    Its scale, 1.0507..., and alpha, 1.6732..., turn z of mean 0 and variance 1 into f(z) of mean
    0 and variance 1. The theory asks for ``init="lecun_normal"``; dropout becomes alpha dropout.

    References
    ----------
    Klambauer, Unterthiner, Mayr & Hochreiter (2017), "Self-normalizing neural networks",
    equation 2. :arxiv:`1706.02515`

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import SELU
    >>> out = np.empty(3)
    >>> SELU().forward(np.array([-1.0, 0.0, 2.0]), out)
    >>> out.round(4)
    array([-1.1113,  0.    ,  2.1014])
    """

    dropped_value = -_SELU_LIMIT

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.minimum(z, 0, out=out)
        np.expm1(out, out=out)
        out *= _SELU_LIMIT
        np.maximum(z, 0, out=z)
        z *= _SELU_SCALE
        out += z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        # f' is scale where f > 0, else scale alpha exp(z) = f + scale alpha.
        np.greater(out, 0, out=z)
        z *= _SELU_SCALE - _SELU_LIMIT
        np.minimum(out, 0, out=out)
        out += z
        out += _SELU_LIMIT
        delta *= out


def _divide_by_one_plus_exp(z: FloatArray, out: FloatArray) -> None:
    """``out = z / (1 + exp(out))``, which is z σ(-out)."""
    with np.errstate(over="ignore"):  # z / inf is the right limit
        np.exp(out, out=out)
    out += 1
    np.divide(z, out, out=out)


# (1 + tanh(x)) / 2 = σ(2x), and σ keeps its digits where tanh(x) is close to -1.
_GELU_A = 2 * sqrt(2 / pi)
_GELU_B = _GELU_A * 0.044715


def _minus_gelu_cubic(z: FloatArray, out: FloatArray) -> None:
    """``out = -(a z + b z³)``."""
    np.multiply(z, z, out=out)
    out *= -_GELU_B
    out -= _GELU_A
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

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"approximate": ["boolean"]}

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
            z *= _GELU_A * 2 / 3
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


ACTIVATIONS: dict[str, Callable[..., Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "gelu": GELU,
    "gelu_tanh": partial(GELU, approximate=True),
    "silu": SiLU,
    "mish": Mish,
    "softplus": Softplus,
}
