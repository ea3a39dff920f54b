"""Optimizers: explicit state, and a step in place on flat vectors.

An optimizer gives the direction; the learning rate comes from the schedule. All that it
remembers is in the state that `init` returns, so a fit can be continued, copied or saved.

To add one, write a class with the two methods; pass an instance as ``solver=``, or enter it
in `OPTIMIZERS` to give it a name.
"""

from collections.abc import Iterator
from math import sqrt
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skfcn._components import Component
from skfcn._sklearn_private import Interval
from skfcn.engine.blas import FloatArray, axpy, scal

State = dict[str, Any]

# A penalty shrinks weights that no sample uses, those of a pixel that is always black, until
# they are denormal numbers, which cost a processor a hundred times as much: an epoch on digits
# took 6 × as long. Where the gradient has come down to this, Adam lets such weights rest.
# It is 9e-19 in float32, 1e-153 in float64; its square is still a normal number.
_REST = {np.dtype(dtype): 8 * sqrt(np.finfo(dtype).tiny) for dtype in (np.float32, np.float64)}

_BLOCK = 65_536  # elements: the vectors of one block stay in cache through the whole update


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, n, _BLOCK))


class Optimizer(Component):
    """A stochastic optimizer."""

    def init(self, theta: FloatArray) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        theta : ndarray of shape (n_parameters,)
            What will be trained.
        """
        raise NotImplementedError

    def step(
        self, theta: FloatArray, gradient: FloatArray, state: State, learning_rate: float
    ) -> None:
        """Update `theta` and `state` in place.

        Parameters
        ----------
        theta, gradient : ndarray of shape (n_parameters,)
            Contiguous. `gradient` may be used as scratch.
        state : dict
            What `init` returned.
        learning_rate : float
            The rate of this step.
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

    References
    ----------
    Sutskever, Martens, Dahl & Hinton (2013), "On the importance of initialization and
    momentum in deep learning".
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterov": ["boolean"],
    }

    def __init__(self, momentum: float = 0.9, nesterov: bool = True) -> None:
        self.momentum = momentum
        self.nesterov = nesterov

    def init(self, theta: FloatArray) -> State:
        return {"velocity": np.zeros_like(theta)} if self.momentum else {}

    def step(
        self, theta: FloatArray, gradient: FloatArray, state: State, learning_rate: float
    ) -> None:
        if not self.momentum:
            axpy(-learning_rate, gradient, theta)
            return
        velocity = state["velocity"]
        scal(self.momentum, velocity)
        axpy(-learning_rate, gradient, velocity)
        if self.nesterov:
            axpy(self.momentum, velocity, theta)
            axpy(-learning_rate, gradient, theta)
        else:
            axpy(1.0, velocity, theta)


class Adam(Optimizer):
    """Adam: the step is divided by a running root mean square of the gradient.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the running mean of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the divisor.

    References
    ----------
    Kingma & Ba (2015), "Adam: a method for stochastic optimization", in the efficient form at
    the end of section 2. :arxiv:`1412.6980`
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def init(self, theta: FloatArray) -> State:
        return {
            "t": 0,
            "mean": np.zeros_like(theta),
            "mean_square": np.zeros_like(theta),
            "scratch": np.empty_like(theta[:_BLOCK]),
        }

    def step(
        self, theta: FloatArray, gradient: FloatArray, state: State, learning_rate: float
    ) -> None:
        state["t"] += 1
        rate = learning_rate * sqrt(1 - self.beta_2 ** state["t"])
        rate /= 1 - self.beta_1 ** state["t"]
        # Rounding hides it from weights in use; a weight that only shrinks rests against it.
        drift = min(_REST[theta.dtype] / self.epsilon, 1e-3 * float(np.finfo(theta.dtype).eps))
        for block in _blocks(len(theta)):
            g, m, v = gradient[block], state["mean"][block], state["mean_square"][block]
            scratch = state["scratch"][: len(g)]
            scal(self.beta_1, m)
            axpy(1 - self.beta_1, g, m)
            np.multiply(g, g, out=scratch)
            scal(self.beta_2, v)
            axpy(1 - self.beta_2, scratch, v)
            np.sqrt(v, out=scratch)
            scratch += self.epsilon
            np.divide(m, scratch, out=scratch)
            scratch += drift
            axpy(-rate, scratch, theta[block])


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
}
