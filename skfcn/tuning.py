"""Which learning rate? One short fit in which the rate rises from much too low to much too high.

References
----------
Smith (2017), "Cyclical learning rates for training neural networks", section 3.3.
:arxiv:`1506.01186`
"""

from dataclasses import dataclass
from math import log10
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d
from sklearn.base import clone
from sklearn.utils import check_scalar

from skfcn.callbacks import Callback
from skfcn.schedules import FunctionSchedule


@dataclass
class RangeTest:
    """What a range test found; `skfcn.displays.LearningRateDisplay` draws it.

    Attributes
    ----------
    rates : ndarray of shape (n_steps,)
        The learning rate of each step, rising by a constant factor.
    losses : ndarray of shape (n_steps,)
        Loss of each batch before its step.
    smoothed : ndarray of shape (n_steps,)
        The losses, smoothed by a Gaussian window that looks as far back as ahead.
    suggestion : float
        The rate at which the smoothed loss falls fastest over the logarithm of the rate.

    Examples
    --------
    See `learning_rate_range_test`.
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    suggestion: float


class _Steps(Callback):
    """Notes the loss of each step; ends the fit after the last, or once the loss explodes."""

    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps

    def setup(self, estimator: Any, context: Any) -> None:
        self.losses: list[float] = []

    def on_step_end(self, estimator: Any, *, step: int, loss: float, score: Any) -> bool:
        self.losses.append(loss)
        exploded = not loss <= 4 * (min(self.losses) + abs(self.losses[0]))
        return exploded or len(self.losses) == self.n_steps


def learning_rate_range_test(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    start: float = 1e-6,
    stop: float = 10.0,
    n_steps: int = 200,
    **fit_params: Any,
) -> RangeTest:
    """Train a copy of an estimator for some steps while its learning rate rises.

    The loss stands still while the rate is too low, falls, and explodes when it is too high. A
    good `learning_rate_init`, constant or as the peak of a cycle, is where it falls fastest.

    Parameters
    ----------
    estimator : FCNClassifier or FCNRegressor
        With a stochastic solver; it is cloned, never fitted itself.
    X, y : array-like
        Training data.
    start, stop : float, default=1e-6, 10.0
        The first and the last rate.
    n_steps : int, default=200
        How many steps the rate takes from one to the other, unless the loss explodes.
    **fit_params
        What `fit` takes, such as `sample_weight`.

    Returns
    -------
    result : RangeTest
        Rates, losses and a suggestion.

    Raises
    ------
    ValueError
        If `start` is not less than `stop`, or if the loss explodes at once.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.tuning import learning_rate_range_test
    >>> X, y = load_digits(return_X_y=True)
    >>> result = learning_rate_range_test(FCNClassifier(random_state=0), X / 16, y)
    >>> 1e-4 < result.suggestion < 1e-1
    True
    """
    check_scalar(start, "start", Real, min_val=0, include_boundaries="neither")
    check_scalar(stop, "stop", Real, min_val=start, include_boundaries="neither")
    check_scalar(n_steps, "n_steps", Integral, min_val=10)
    factor = (stop / start) ** (1 / (n_steps - 1))
    steps = _Steps(n_steps)
    model = clone(estimator)
    for name, value in {
        "learning_rate": FunctionSchedule(lambda progress: float(factor**progress.step)),
        "learning_rate_init": start,
        "max_iter": n_steps,  # an epoch has one step at least
        "n_iter_no_change": float("inf"),
        "early_stopping": False,
        "warm_start": False,
        "verbose": False,
    }.items():
        setattr(model, name, value)  # the `__init__` of a subclass need not list them
    try:
        model.set_callbacks(steps).fit(X, y, **fit_params)
    except ValueError:  # not finite
        if not steps.losses:
            raise
    losses = np.array(steps.losses)
    losses = losses[: len(losses) if np.isfinite(losses).all() else np.isfinite(losses).argmin()]
    if len(losses) < 10:
        raise ValueError(
            f"The loss exploded after {len(losses)} steps; try a lower start={start}."
        )
    rates = start * factor ** np.arange(len(losses))
    smoothed = gaussian_filter1d(losses, sigma=max(2.0, n_steps / 60))
    slope = np.gradient(smoothed, log10(factor))
    last = max(smoothed.argmin(), 2)  # what comes after is too high
    return RangeTest(rates, losses, smoothed, float(rates[slope[:last].argmin()]))
