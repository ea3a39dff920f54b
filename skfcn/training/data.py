"""The data of a fit: validated, encoded, and split by row numbers."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from skfcn.engine import FloatArray


class Targets(Protocol):
    """Knows what the network's outputs stand for: labels or numbers."""

    type: str  # as sklearn.utils.multiclass.type_of_target names it

    def score(
        self, prediction: FloatArray, y: NDArray[Any], sample_weight: FloatArray | None
    ) -> float:
        """Score predictions of the network against encoded targets y; more is better."""


class Data(NamedTuple):
    """Validated data: X as it came, y encoded, and the labels that y encodes."""

    X: Any
    y: NDArray[Any]
    sample_weight: FloatArray | None
    labels: Any


def held_out_split(
    y: NDArray[Any], target_type: str, fraction: float, rng: RandomState
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split the row numbers into those to train on and those held out for validation.

    At least two rows are held out. Single-label classes are stratified. Where that cannot be,
    because fewer rows than classes are held out or because one of several classes is too rare,
    the split is random, as scikit-learn's is for all multiclass targets.
    """
    n_rows = len(y)
    n_held_out = max(2, int(np.ceil(fraction * n_rows)))
    if fraction == 0 or n_rows - n_held_out < 1:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of "
            f"your dataset. early_stopping=True holds out validation_fraction={fraction} of "
            f"n_samples={n_rows}, at least 2, and trains on at least 1."
        )
    stratify = None
    room = min(n_held_out, n_rows - n_held_out)
    if target_type == "binary" and room >= 2:
        # In scikit-learn's words, which its error about a rare class shows.
        stratify = np.where(y[:, 0], "True", "False")
    elif target_type == "multiclass" and room >= y.shape[1] and y.sum(axis=0).min() >= 2:
        stratify = y.argmax(axis=1)
    train, held_out = train_test_split(
        np.arange(n_rows), test_size=n_held_out, random_state=rng, stratify=stratify
    )
    return train, held_out


def check_split_weights(
    weight: FloatArray | None, train: NDArray[np.intp], held_out: NDArray[np.intp]
) -> None:
    """Raise ValueError if a part of the data has no weight."""
    if weight is not None and not (weight[train].any() and weight[held_out].any()):
        raise ValueError(
            "sample_weight is zero for all rows that early_stopping holds out, or for all others. "
            "Leave out rows without weight, or change validation_fraction."
        )
