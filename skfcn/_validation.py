"""Checks on what the user passes in, beyond those that scikit-learn has."""

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import train_test_split

from skfcn._sklearn_private import check_sample_weight
from skfcn.engine.blas import FloatArray


def check_hidden_layer_sizes(sizes: Any) -> list[int]:
    """Return the widths of the hidden layers as a list; one number means one layer."""
    sizes = list(sizes) if np.iterable(sizes) else [sizes]
    if not all(isinstance(n, Integral) and int(n) > 0 for n in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0 and integers, got {sizes}.")
    return [int(n) for n in sizes]


def check_real(X: NDArray[Any]) -> NDArray[Any]:
    """Return X, which is cast batch by batch later on, if its dtype can be cast to float."""
    if X.dtype.kind not in "biuf":
        raise ValueError(f"X must hold real numbers, got an array of dtype {X.dtype}.")
    return X


def check_weights(sample_weight: ArrayLike, X: NDArray[Any]) -> FloatArray:
    """Return the weights as a float array of shape (n_samples,), not all of them zero."""
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    weight: FloatArray = check_sample_weight(
        sample_weight, X, dtype=dtype, ensure_non_negative=True
    )
    if not weight.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weight


@contextmanager
def keeping_feature_names(estimator: Any) -> Iterator[None]:
    """Undo what scikit-learn's validation notes of X if what follows it fails.

    Otherwise a fit that fails on its labels would leave the network of the last fit with the
    features of this one.
    """
    names = ("n_features_in_", "feature_names_in_")
    before = {name: vars(estimator)[name] for name in names if name in vars(estimator)}
    try:
        yield
    except BaseException:
        for name in names:
            vars(estimator).pop(name, None)
        vars(estimator).update(before)
        raise


def held_out_split(
    y: NDArray[Any], target_type: str, fraction: float, rng: RandomState
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split the row numbers into those to train on and those held out for validation.

    Single-label classes are stratified. Multiclass targets in which a class is too rare for
    that are split at random, as scikit-learn splits all multiclass targets.
    """
    rows = np.arange(len(y))
    stratify = None
    if target_type == "binary":
        stratify = y[:, 0]
    elif target_type == "multiclass":
        n_held_out = np.ceil(fraction * len(y))
        rarest, room = y.sum(axis=0).min(), min(n_held_out, len(y) - n_held_out)
        if rarest >= 2 and room >= y.shape[1]:
            stratify = y.argmax(axis=1)
    train, held_out = train_test_split(
        rows, test_size=fraction, random_state=rng, stratify=stratify
    )
    if len(held_out) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    return train, held_out
