"""Optimizers: the arithmetic of a step, in place on a part of the vector.

An optimizer gives the direction; the learning rate comes from the schedule. It keeps no arrays:
those that it names in `moments` are handed to each step, so a fit can be copied or saved.

To add one, write a class with `step`; to give it a name, enter it in `OPTIMIZERS`.
"""

from math import sqrt
from typing import Any, ClassVar

import numpy as np

from skfcn._sklearn import COUNT, Component, Constraints, real
from skfcn.engine import FloatArray, axpy, scal

# A penalty shrinks weights that no sample uses, those of a pixel that is always black, until
# they are denormal numbers, which cost a processor a hundred times as much: an epoch on digits
# took 6 × as long. Where the gradient has come down to this, adaptive steps let them rest.
# It is 9e-19 in float32, 1e-153 in float64; its square is still a normal number.
_REST = {np.dtype(dtype): 8 * sqrt(np.finfo(dtype).tiny) for dtype in (np.float32, np.float64)}
_UNFELT = {np.dtype(t): 1e-3 * float(np.finfo(t).eps) for t in (np.float32, np.float64)}


def _drift(dtype: np.dtype[Any], epsilon: float) -> float:
    """Return what to add to a direction: g / epsilon rests against it where g is `_REST`.

    Rounding hides it from weights in use.
    """
    return min(_REST[dtype] / epsilon, _UNFELT[dtype])


def _divisor(
    g: FloatArray, mean_square: FloatArray, decay: float, epsilon: float, out: FloatArray
) -> None:
    """Let the running mean take g²; write its root plus `epsilon` to `out`."""
    np.multiply(g, g, out=out)
    scal(decay, mean_square)
    axpy(1 - decay, out, mean_square)
    np.sqrt(mean_square, out=out)
    out += epsilon


class Optimizer(Component):
    """A stochastic optimizer.

    Attributes
    ----------
    moments : tuple of str
        Names of the vectors that the optimizer keeps: one number per weight, zero at first.
    n_scratch : int
        Number of arrays that the optimizer needs for intermediate results.
    weight_decay : float
        Decoupled decay: before each step the weights, not the biases, are multiplied by
        ``1 - rate * weight_decay``. Any optimizer may have a decay; `step` does not apply it.
    lazy : bool
        Whether a step updates only the rows in use: of the first layer's weights, with sparse X,
        those of the columns in which the batch has entries. All other rows and their moments
        stay as they are; penalty and decay apply to the rows in use.
    """

    n_scratch: int = 0
    weight_decay: float = 0.0
    lazy: bool = False

    @property
    def moments(self) -> tuple[str, ...]:  # a subclass may as well set an attribute
        return ()

    def step(
        self, theta: FloatArray, gradient: FloatArray, *arrays: FloatArray, rate: float, t: int
    ) -> None:
        """Update a part of the weights, and of the moments, in place.

        Parameters
        ----------
        theta, gradient : ndarray of shape (n,)
            Contiguous; the gradient stays as it is.
        *arrays : ndarray of shape (n,)
            That part of each of the `moments`, then `n_scratch` arrays that may be overwritten.
        rate : float
            The learning rate of this step.
        t : int
            Number of this step, counted from 1.
        """
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for.

    v ← momentum v - rate g; then theta ← theta + v, or, with Nesterov's momentum,
    theta ← theta + momentum v - rate g.

    Parameters
    ----------
    momentum : float, default=0.9
        Between 0, plain gradient descent, and 1.
    nesterov : bool, default=True
        Whether the momentum is Nesterov's.
    lazy : bool, default=False
        Whether a step updates only the weights that its batch uses; see `Optimizer`.

    References
    ----------
    Sutskever, Martens, Dahl & Hinton (2013), "On the importance of initialization and
    momentum in deep learning".

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.optimizers import SGD
    >>> optimizer, theta = SGD(momentum=0.5), np.array([1.0, -1.0])
    >>> arrays = np.zeros((len(optimizer.moments) + optimizer.n_scratch, 2))
    >>> for t in (1, 2, 3):
    ...     optimizer.step(theta, 2 * theta, *arrays, rate=0.1, t=t)  # of theta²
    >>> theta.round(3)
    array([ 0.248, -0.248])
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "momentum": [real("[0, 1]")],
        "nesterov": ["boolean"],
        "lazy": ["boolean"],
    }

    def __init__(self, momentum: float = 0.9, nesterov: bool = True, lazy: bool = False) -> None:
        self.momentum = momentum
        self.nesterov = nesterov
        self.lazy = lazy

    @property
    def moments(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def step(
        self, theta: FloatArray, gradient: FloatArray, *arrays: FloatArray, rate: float, t: int
    ) -> None:
        if not self.momentum:
            axpy(-rate, gradient, theta)
            return
        (velocity,) = arrays
        scal(self.momentum, velocity)
        axpy(-rate, gradient, velocity)
        if self.nesterov:
            axpy(self.momentum, velocity, theta)
            axpy(-rate, gradient, theta)
        else:
            axpy(1.0, velocity, theta)


class RMSprop(Optimizer):
    """The gradient is divided by a running root mean square of itself.

    s ← decay s + (1 - decay) g² and theta ← theta - rate g / (√s + epsilon); with momentum,
    v ← momentum v - rate g / (√s + epsilon) and theta ← theta + v, as in `SGD`.

    Parameters
    ----------
    decay : float, default=0.9
        Decay of the running mean of the squared gradient, in [0, 1).
    epsilon : float, default=1e-8
        Added to the divisor.
    momentum : float, default=0.0
        In [0, 1).
    lazy : bool, default=False
        Whether a step updates only the weights that its batch uses; see `Optimizer`.

    References
    ----------
    Tieleman & Hinton (2012), "Lecture 6.5: rmsprop, divide the gradient by a running average of
    its recent magnitude", Neural Networks for Machine Learning, Coursera.

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.optimizers import RMSprop
    >>> FCNClassifier(solver=RMSprop(decay=0.8))
    FCNClassifier(solver=RMSprop(decay=0.8))
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "decay": [real("[0, 1)")],
        "epsilon": [real("(0, inf)")],
        "momentum": [real("[0, 1)")],
        "lazy": ["boolean"],
    }

    n_scratch = 1

    def __init__(
        self,
        decay: float = 0.9,
        epsilon: float = 1e-8,
        momentum: float = 0.0,
        lazy: bool = False,
    ) -> None:
        self.decay = decay
        self.epsilon = epsilon
        self.momentum = momentum
        self.lazy = lazy

    @property
    def moments(self) -> tuple[str, ...]:
        return ("mean_square", "velocity") if self.momentum else ("mean_square",)

    def step(
        self, theta: FloatArray, gradient: FloatArray, *arrays: FloatArray, rate: float, t: int
    ) -> None:
        mean_square, *velocity, change = arrays
        _divisor(gradient, mean_square, self.decay, self.epsilon, out=change)
        np.divide(gradient, change, out=change)
        scal(-rate, change)
        for v in velocity:
            scal(self.momentum, v)
            axpy(1.0, change, v)
            change[...] = v
        # The velocity has to rest as well, so the drift is not part of what it sums up.
        change -= rate * _drift(theta.dtype, self.epsilon) / (1 - self.momentum)
        axpy(1.0, change, theta)


class Adam(Optimizer):
    """Adam: the step is divided by a running root mean square of the gradient.

    After t steps, m ← beta_1 m + (1 - beta_1) g and v ← beta_2 v + (1 - beta_2) g², then
    theta ← theta - rate √(1 - beta_2^t) / (1 - beta_1^t) m / (√v + epsilon).

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the running mean of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the divisor.
    lazy : bool, default=False
        Whether a step updates only the weights that its batch uses; see `Optimizer`.

    References
    ----------
    Kingma & Ba (2015), "Adam: a method for stochastic optimization", in the efficient form at
    the end of section 2. :arxiv:`1412.6980`

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.optimizers import Adam
    >>> FCNClassifier(solver=Adam(beta_1=0.8))
    FCNClassifier(solver=Adam(beta_1=0.8))
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "beta_1": [real("[0, 1)")],
        "beta_2": [real("[0, 1)")],
        "epsilon": [real("(0, inf)")],
        "lazy": ["boolean"],
    }

    moments = ("mean", "mean_square")
    n_scratch = 1

    def __init__(
        self,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        lazy: bool = False,
    ) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.lazy = lazy

    def step(
        self, theta: FloatArray, gradient: FloatArray, *arrays: FloatArray, rate: float, t: int
    ) -> None:
        mean, mean_square, scratch = arrays
        rate *= sqrt(1 - self.beta_2**t)
        rate /= 1 - self.beta_1**t
        scal(self.beta_1, mean)
        axpy(1 - self.beta_1, gradient, mean)
        _divisor(gradient, mean_square, self.beta_2, self.epsilon, out=scratch)
        np.divide(mean, scratch, out=scratch)
        scratch += _drift(theta.dtype, self.epsilon)
        axpy(-rate, scratch, theta)


class AdamW(Adam):
    """Adam with a weight decay that does not go through the gradient.

    Before each step of Adam, W ← (1 - rate weight_decay) W for all weights W; biases are free.
    Adam divides the gradient of a penalty (`alpha`) by the running root mean square, so the
    penalty hardly shrinks weights with large gradients; the decay shrinks all weights alike.
    Set ``alpha=0`` for the decay alone.

    Parameters
    ----------
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Those of `Adam`.
    weight_decay : float, default=0.01
        Strength of the decay, which the learning rate multiplies; in the paper, the schedule's
        factor alone does.
    lazy : bool, default=False
        Whether a step updates only the weights that its batch uses; see `Optimizer`.

    References
    ----------
    Loshchilov & Hutter (2019), "Decoupled weight decay regularization". :arxiv:`1711.05101`

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.optimizers import AdamW
    >>> FCNClassifier(solver=AdamW(weight_decay=0.1), alpha=0)
    FCNClassifier(alpha=0, solver=AdamW(weight_decay=0.1))
    """

    _parameter_constraints: ClassVar[Constraints] = {
        **Adam._parameter_constraints,
        "weight_decay": [real("[0, inf)")],
    }

    def __init__(
        self,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        lazy: bool = False,
    ) -> None:
        super().__init__(beta_1, beta_2, epsilon, lazy)
        self.weight_decay = weight_decay


class NAdam(Adam):
    """Adam with Nesterov's momentum: the mean is taken one step ahead.

    m and v are Adam's. In place of m / (1 - beta_1^t) stands
    beta_1 m / (1 - beta_1^(t + 1)) + (1 - beta_1) g / (1 - beta_1^t). The momentum is
    constant, and epsilon is added where Adam here adds it, to √v before its bias is corrected.

    Parameters
    ----------
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Those of `Adam`.
    lazy : bool, default=False
        Whether a step updates only the weights that its batch uses; see `Optimizer`.

    References
    ----------
    Dozat (2016), "Incorporating Nesterov momentum into Adam", ICLR workshop.

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.optimizers import NAdam
    >>> FCNClassifier(solver=NAdam(beta_1=0.8))
    FCNClassifier(solver=NAdam(beta_1=0.8))
    """

    n_scratch = 2

    def step(
        self, theta: FloatArray, gradient: FloatArray, *arrays: FloatArray, rate: float, t: int
    ) -> None:
        mean, mean_square, scratch, ahead = arrays
        scal(self.beta_1, mean)
        axpy(1 - self.beta_1, gradient, mean)
        np.multiply(mean, self.beta_1 / (1 - self.beta_1 ** (t + 1)), out=ahead)
        axpy((1 - self.beta_1) / (1 - self.beta_1**t), gradient, ahead)
        _divisor(gradient, mean_square, self.beta_2, self.epsilon, out=scratch)
        np.divide(ahead, scratch, out=scratch)
        scratch += _drift(theta.dtype, self.epsilon)
        axpy(-rate * sqrt(1 - self.beta_2**t), scratch, theta)


class LBFGS(Component):
    """Limited-memory BFGS: a quasi-Newton method that uses all data for each step.

    Parameters
    ----------
    max_fun : int, default=15000
        Largest number of evaluations of the loss.

    References
    ----------
    Byrd, Lu, Nocedal & Zhu (1995), "A limited memory algorithm for bound constrained
    optimization".

    Examples
    --------
    >>> from skfcn import FCNClassifier
    >>> from skfcn.optimizers import LBFGS
    >>> FCNClassifier(solver=LBFGS(max_fun=5000))
    FCNClassifier(solver=LBFGS(max_fun=5000))
    """

    _parameter_constraints: ClassVar[Constraints] = {"max_fun": [COUNT]}

    def __init__(self, max_fun: int = 15000) -> None:
        self.max_fun = max_fun

    moments = ()  # SciPy keeps them; each fit begins anew


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "nadam": NAdam,
    "rmsprop": RMSprop,
}
