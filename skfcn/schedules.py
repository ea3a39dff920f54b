"""Learning-rate schedules: a factor on ``learning_rate_init`` as a function of progress.

A schedule has no memory; `Progress` holds all that it may depend on.

To add one, write a class with `__call__`; pass an instance as ``learning_rate=``, or enter it
in `SCHEDULES` to give it a name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

from skfcn._components import Component
from skfcn._sklearn_private import Interval


@dataclass
class Progress:
    """How far training has come.

    Attributes
    ----------
    epoch : int
        Epochs done since the optimizer started.
    step : int
        Optimizer steps done since then.
    samples : int
        Training samples seen, over all fits of the estimator (its `t_`).
    plateaus : int
        How often training went on after the loss or score had stopped improving.
    """

    epoch: int = 0
    step: int = 0
    samples: int = 0
    plateaus: int = 0


class Schedule(Component):
    """A factor on the learning rate for each epoch."""

    def __call__(self, progress: Progress) -> float:
        """Return the factor for the epoch that begins."""
        raise NotImplementedError

    def survives_plateau(self, learning_rate: float) -> bool:
        """Whether to train on, at another rate, once the loss has stopped improving."""
        return False


class Constant(Schedule):
    """Always 1."""

    def __call__(self, progress: Progress) -> float:
        return 1.0


class InverseScaling(Schedule):
    """1 / (samples + 1)^power, where samples counts those seen; 1 in the first epoch.

    Parameters
    ----------
    power : float, default=0.5
        Zero for a constant rate.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "power": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(self, power: float = 0.5) -> None:
        self.power = power

    def __call__(self, progress: Progress) -> float:
        return 1.0 if progress.epoch == 0 else (progress.samples + 1) ** -self.power


class Adaptive(Schedule):
    """Divides the rate each time that the loss or score stops improving.

    Parameters
    ----------
    divisor : float, default=5.0
        What the rate is divided by.
    min_rate : float, default=1e-6
        Training stops once the rate has come down to this.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "divisor": [Interval(Real, 1, None, closed="neither")],
        "min_rate": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, divisor: float = 5.0, min_rate: float = 1e-6) -> None:
        self.divisor = divisor
        self.min_rate = min_rate

    def __call__(self, progress: Progress) -> float:
        return self.divisor**-progress.plateaus

    def survives_plateau(self, learning_rate: float) -> bool:
        return learning_rate > self.min_rate


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": Constant,
    "invscaling": InverseScaling,
    "adaptive": Adaptive,
}
