"""What to say of numbers that are far from 1, on which a network learns slowly or not at all."""

from typing import Any

import numpy as np
from scipy.sparse import issparse

from skfcn.engine import quiet_floats

_FAR = 10.0  # from 1; scaled data are nearer
_MOST_ROWS, _MOST_NUMBERS = 10_000, 2**18  # that are looked at, so that little is copied


def scale_remarks(X: Any, y: Any) -> str:
    """Return what to say of unscaled data where training has not converged; "" of scaled ones.

    The targets y are numbers on the scale of the network's outputs, or None.
    """
    found = []
    if y is not None:
        mean, deviation = (value.max() for value in _moments(y))
        if _is_far(mean, deviation):
            found.append(
                f"y has mean {mean:.3g} and standard deviation {deviation:.3g}: scale it, as "
                "TransformedTargetRegressor with a StandardScaler does, or make_tabular_pipeline."
            )
    if not issparse(X):
        means, deviations = _moments(X)
        worst = int(np.argmax(np.abs(means) + deviations))
        mean, deviation = means[worst], deviations[worst]
        if _is_far(mean, deviation):
            found.append(
                f"X is not scaled: column {worst} has mean {mean:.3g} and standard deviation "
                f"{deviation:.3g}. Put a StandardScaler before the network."
            )
    return "".join(f" {remark}" for remark in found)


def _moments(values: Any) -> tuple[Any, Any]:
    """Return mean and standard deviation of each column, over the first rows."""
    n_rows = min(_MOST_ROWS, max(_MOST_NUMBERS // max(values[:1].size, 1), 2))
    rows = np.asarray(values[:n_rows], dtype=np.float64)
    with quiet_floats():
        return rows.mean(axis=0), rows.std(axis=0)


def _is_far(mean: float, deviation: float) -> bool:
    return bool(abs(mean) > _FAR or deviation > _FAR)
