"""What to say when training has left the finite numbers."""

from math import isfinite
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn import get_config
from sklearn.exceptions import ConvergenceWarning

from skfcn.engine import FloatArray, dot
from skfcn.training.state import TrainState


class Divergence(ValueError):  # noqa: N818
    """Training has left the finite numbers."""


_LARGE, _HUGE = 10, 1e3  # beyond what scaled data hold, and far beyond


def divergence(where: str, loss: float, X: Any, y: Any, learning_rate: float | None) -> Divergence:
    """Return the error to raise: where training was, "at step 3", and what to look at first.

    X and y are the batch, or whatever else was trained on.
    """
    largest_x, largest_y = largest(X), largest(y)
    rate = "" if learning_rate is None else f", learning rate {learning_rate:g}"
    scale_x = f"X holds values up to {largest_x:g}: scale it, as StandardScaler does"
    scale_y = f"y holds values up to {largest_y:g}: scale it, as TransformedTargetRegressor can"
    causes = []
    for name, most in (("X", largest_x), ("y", largest_y)):
        if not isfinite(most) and get_config()["assume_finite"]:
            causes.append(f"{name} holds NaN or infinity, which assume_finite=True lets through")
    if not (causes or isfinite(largest_x + largest_y)):
        causes.append("the augmentation returned NaN or infinity")
    causes += [scale_x] * (largest_x > _HUGE) + [scale_y] * (largest_y > _HUGE)
    if learning_rate is not None:
        causes.append(
            "the learning rate is too high: lower learning_rate_init, or bound the gradient with "
            "max_grad_norm"
        )
    causes += [scale_x] * (_LARGE < largest_x <= _HUGE)
    causes.append("a component of your own returned NaN or infinity")
    numbered = "; ".join(f"({i}) {cause}" for i, cause in enumerate(causes, start=1))
    return Divergence(
        "Solver produced non-finite parameter weights. The input data may contain large values "
        f"and need to be preprocessed. It happened {where}{rate}; the loss is {loss:g}. "
        f"Likely causes, the likeliest first: {numbered}."
    )


def kept_the_best(error: Divergence, state: TrainState) -> Warning:
    """Return what to warn of where the weights of the best epoch come back."""
    return ConvergenceWarning(
        f"{error} The weights of epoch {state.kept_epoch}, the best on validation data, are kept."
    )


def largest(array: Any) -> float:
    """Return the largest absolute value in an array or a sparse matrix."""
    values = array.data if issparse(array) else array
    if not values.size:
        return 0.0
    return max(abs(float(values.max())), abs(float(values.min())))


def all_finite(theta: FloatArray) -> bool:
    """Tell whether all of a vector is finite."""
    # A finite square needs no array of answers, one for each number.
    return isfinite(dot(theta, theta)) or bool(np.isfinite(theta).all())
