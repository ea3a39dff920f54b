"""The activations with two branches, and the classic sigmoids."""

from typing import ClassVar

import numpy as np
from scipy.special import expit

from skfcn._sklearn import Constraints, real
from skfcn.activations.base import Activation
from skfcn.engine import FloatArray


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

    _parameter_constraints: ClassVar[Constraints] = {"slope": [real("[0, 1]")]}

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

    _parameter_constraints: ClassVar[Constraints] = {"alpha": [real("[0, inf)")]}

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


SELU_SCALE = 1.0507009873554805
SELU_LIMIT = SELU_SCALE * 1.6732632423543772


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

    dropped_value = -SELU_LIMIT

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        np.minimum(z, 0, out=out)
        np.expm1(out, out=out)
        out *= SELU_LIMIT
        np.maximum(z, 0, out=z)
        z *= SELU_SCALE
        out += z

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        # f' is scale where f > 0, else scale alpha exp(z) = f + scale alpha.
        np.greater(out, 0, out=z)
        z *= SELU_SCALE - SELU_LIMIT
        np.minimum(out, 0, out=out)
        out += z
        out += SELU_LIMIT
        delta *= out
