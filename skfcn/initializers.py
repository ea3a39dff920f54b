"""Initializers: the weights that training starts from.

Biases start at zero, except under scikit-learn's own rule (`Auto`). The fan-based schemes are
one formula, `VarianceScaling`: weights of variance ``scale / fan``.

To add one, write a class with `draw`; to give it a name, enter it in `INITIALIZERS`.
"""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.random import RandomState
from scipy.linalg import qr

from skfcn._sklearn import Component, Constraints, StrOptions, real
from skfcn.engine import FloatArray


class Initializer(Component):
    """Draws the weights of one layer; biases start at zero."""

    def draw(self, fan_in: int, fan_out: int, rng: RandomState) -> FloatArray:
        """Return weights of shape (fan_in, fan_out), in float64.

        These are the units that feed the layer, and its own; `rng` are the fit's random numbers.
        """
        raise NotImplementedError

    def fill(self, coef: FloatArray, intercept: FloatArray, rng: RandomState) -> None:
        """Overwrite the weights (n_in, n_out) and the biases (n_out,) of one layer."""
        fan_in, fan_out = coef.shape
        coef[...] = self.draw(fan_in, fan_out, rng)
        intercept[...] = 0


class Auto(Initializer):
    """Scikit-learn's rule: weights and biases from U(-b, b), b = sqrt(factor / (n_in + n_out)).

    The weights are Glorot's uniform ones for ``factor=6``.

    Parameters
    ----------
    factor : float, default=6.0
        ``init="auto"`` takes it from the activation: 2 for the logistic one, 6 otherwise.

    References
    ----------
    Glorot & Bengio (2010), "Understanding the difficulty of training deep feedforward neural
    networks", equation 16.

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.initializers import Auto
    >>> coef, intercept = np.empty((4, 8)), np.empty(8)
    >>> Auto().fill(coef, intercept, np.random.RandomState(0))
    >>> bool(abs(coef).max() <= np.sqrt(6 / (4 + 8)))
    True
    """

    _parameter_constraints: ClassVar[Constraints] = {"factor": [real("(0, inf)")]}

    def __init__(self, factor: float = 6.0) -> None:
        self.factor = factor

    def fill(self, coef: FloatArray, intercept: FloatArray, rng: RandomState) -> None:
        bound = np.sqrt(self.factor / sum(coef.shape))
        coef[...] = rng.uniform(-bound, bound, coef.shape)
        intercept[...] = rng.uniform(-bound, bound, intercept.shape)


class Uniform(Initializer):
    """Weights from U(low, high).

    Parameters
    ----------
    low, high : float, default=-0.01, 0.01
        Ends of the interval. The tutorial's ``rand * 0.01`` is ``Uniform(0, 0.01)``.

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.initializers import Uniform
    >>> weights = Uniform(0, 0.01).draw(300, 100, np.random.RandomState(0))
    >>> weights.shape, bool(weights.min() >= 0), bool(weights.max() < 0.01)
    ((300, 100), True, True)
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "low": [real("(-inf, inf)")],
        "high": [real("(-inf, inf)")],
    }

    def __init__(self, low: float = -0.01, high: float = 0.01) -> None:
        self.low = low
        self.high = high

    def _validate_params(self) -> None:
        super()._validate_params()
        if self.low > self.high:
            raise ValueError(f"Uniform needs low <= high, got low={self.low}, high={self.high}.")

    def draw(self, fan_in: int, fan_out: int, rng: RandomState) -> FloatArray:
        return rng.uniform(self.low, self.high, (fan_in, fan_out))


class Normal(Initializer):
    """Weights from N(loc, scale²).

    Parameters
    ----------
    loc : float, default=0.0
        Mean.
    scale : float, default=0.01
        Standard deviation.

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.initializers import Normal
    >>> weights = Normal(scale=0.01).draw(300, 100, np.random.RandomState(0))
    >>> round(float(weights.std()), 3)
    0.01
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "loc": [real("(-inf, inf)")],
        "scale": [real("[0, inf)")],
    }

    def __init__(self, loc: float = 0.0, scale: float = 0.01) -> None:
        self.loc = loc
        self.scale = scale

    def draw(self, fan_in: int, fan_out: int, rng: RandomState) -> FloatArray:
        return rng.normal(self.loc, self.scale, (fan_in, fan_out))


class VarianceScaling(Initializer):
    """Weights of mean 0 and variance scale / fan.

    Parameters
    ----------
    scale : float, default=1.0
        1 for Glorot and LeCun, 2 for He.
    mode : {"fan_in", "fan_out", "fan_avg"}, default="fan_avg"
        Which count of units: the inputs, the outputs, or the mean of both.
    distribution : {"uniform", "normal"}, default="uniform"
        U(-sqrt(3 scale / fan), sqrt(3 scale / fan)) or N(0, scale / fan), not truncated.

    References
    ----------
    Glorot & Bengio (2010), "Understanding the difficulty of training deep feedforward neural
    networks"; LeCun, Bottou, Orr & Müller (1998), "Efficient BackProp"; He, Zhang, Ren & Sun
    (2015), "Delving deep into rectifiers", equation 10. :arxiv:`1502.01852`

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.initializers import VarianceScaling
    >>> he = VarianceScaling(scale=2.0, mode="fan_in", distribution="normal")
    >>> weights = he.draw(200, 100, np.random.RandomState(0))
    >>> round(float(weights.var()), 3)  # 2 / 200
    0.01
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "scale": [real("(0, inf)")],
        "mode": [StrOptions({"fan_in", "fan_out", "fan_avg"})],
        "distribution": [StrOptions({"uniform", "normal"})],
    }

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_avg", distribution: str = "uniform"
    ) -> None:
        self.scale = scale
        self.mode = mode
        self.distribution = distribution

    def draw(self, fan_in: int, fan_out: int, rng: RandomState) -> FloatArray:
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        std = np.sqrt(self.scale / fan[self.mode])
        if self.distribution == "normal":
            return rng.normal(0, std, (fan_in, fan_out))
        bound = np.sqrt(3) * std
        return rng.uniform(-bound, bound, (fan_in, fan_out))


class Orthogonal(Initializer):
    """Orthonormal rows or columns, whichever are fewer, times a gain.

    Parameters
    ----------
    gain : float, default=1.0
        All singular values of the weights.

    References
    ----------
    Saxe, McClelland & Ganguli (2014), "Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks". :arxiv:`1312.6120`

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.initializers import Orthogonal
    >>> weights = Orthogonal().draw(5, 3, np.random.RandomState(0))
    >>> np.allclose(weights.T @ weights, np.eye(3))
    True
    """

    _parameter_constraints: ClassVar[Constraints] = {"gain": [real("(0, inf)")]}

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def draw(self, fan_in: int, fan_out: int, rng: RandomState) -> FloatArray:
        tall = rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out)))
        q, r = qr(tall, mode="economic")
        # QR fixes each column up to its sign; taking R's makes the draw uniform (Haar).
        q *= np.sign(np.diag(r))
        return self.gain * (q if fan_in >= fan_out else q.T)


INITIALIZERS: dict[str, Callable[..., Initializer]] = {
    "auto": Auto,
    "uniform": Uniform,
    "normal": Normal,
    "glorot_uniform": partial(VarianceScaling, 1.0, "fan_avg", "uniform"),
    "glorot_normal": partial(VarianceScaling, 1.0, "fan_avg", "normal"),
    "he_uniform": partial(VarianceScaling, 2.0, "fan_in", "uniform"),
    "he_normal": partial(VarianceScaling, 2.0, "fan_in", "normal"),
    "lecun_normal": partial(VarianceScaling, 1.0, "fan_in", "normal"),
    "orthogonal": Orthogonal,
}
