"""Checks on what the user passes in, beyond those that scikit-learn has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn import get_config
from sklearn.base import is_regressor
from sklearn.metrics import get_scorer_names
from sklearn.utils.validation import validate_data

from skfcn._estimators.table import naming_columns
from skfcn._sklearn import check_sample_weight, did_you_mean
from skfcn.engine import FloatArray, dot, quiet_floats
from skfcn.training import ClassTargets, check_real, largest, refuse_missing


def check_hidden_layer_sizes(sizes: Any) -> list[int]:
    """Return the widths of the hidden layers as a list; one number means one layer."""
    sizes = list(sizes) if np.iterable(sizes) else [sizes]
    integers = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in sizes)
    if integers and any(int(n) <= 0 for n in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    if not integers:
        raise ValueError(f"hidden_layer_sizes must be > 0 and integers, got {sizes}.")
    if any(int(n) >= 2**31 for n in sizes):  # BLAS counts in 32 bits
        raise ValueError(f"hidden_layer_sizes must be below 2**31, got {sizes}.")
    return [int(n) for n in sizes]


def per_layer(name: str, spec: Any, n_layers: int, what: str, kind: Any) -> list[Any]:
    """Return one item for each layer, of a sequence with as many, or of one for all."""
    each = [spec] * n_layers if isinstance(spec, str) or not np.iterable(spec) else list(spec)
    if len(each) != n_layers:
        raise ValueError(
            f"{name} must have one entry for each {what}, {n_layers} in all, got {spec!r}."
        )
    if not all(isinstance(item, kind) for item in each):
        raise ValueError(f"{name} has an entry of a wrong type: {spec!r}.")
    return each


def check_names(name: str, each: Iterable[Any], registry: Mapping[str, Any]) -> None:
    """Raise ValueError if one of the strings is no name in a registry."""
    for item in each:
        if isinstance(item, str) and item not in registry:
            meant = did_you_mean(item, registry)
            raise ValueError(f"{name} must be one of {sorted(registry)}, got {item!r}.{meant}")


def check_scoring_spec(scoring: Any) -> None:
    """Raise ValueError if several scorers are not named or not scorers.

    Scikit-learn finds it out when the first epoch is validated, and does not say where.
    """
    if scoring is None or isinstance(scoring, str) or callable(scoring):
        return
    known = set(get_scorer_names())
    named = list(scoring.items()) if isinstance(scoring, dict) else [(s, s) for s in scoring]
    fit = all(isinstance(name, str) and (callable(item) or item in known) for name, item in named)
    if not named or not fit or len(dict(named)) < len(named):
        wrong = [item for _, item in named if isinstance(item, str) and item not in known]
        raise ValueError(
            "scoring must have one or more different names of scorers, or be a dict of names "
            f"to scorers, got {scoring!r}.{did_you_mean(wrong[0], known) if wrong else ''}"
        )


def validate_pair(estimator: Any, X: Any, y: Any, reset: bool) -> tuple[Any, NDArray[Any]]:
    """Return X and y as scikit-learn validates them, X of real numbers."""
    is_numeric = is_regressor(estimator)
    if is_numeric and not reset and _is_clean_pair(estimator, X, y):
        return X, y
    given, what = y, "targets" if is_numeric else "labels"
    how = {"accept_sparse": "csr", "multi_output": True, "y_numeric": is_numeric}
    with naming_columns(estimator, X):
        try:
            X, y = validate_data(estimator, X, y, reset=reset, **how)
        except (TypeError, ValueError) as error:
            refuse_missing(given, what, error)
            raise
        was_numeric = isinstance(given, np.ndarray) and given.dtype.kind in "biuf"
        if y.dtype.kind in ("f" if is_numeric else "OmM") and not was_numeric:
            refuse_missing(given, what)  # None, which scikit-learn overlooks, or NaT
        return check_real("X", X), y


def is_clean(X: Any, n_features: int) -> bool:
    """Whether scikit-learn's validation would return X as it is: finite floats in two dimensions.

    It takes 60 µs to say so of a row; this takes 3, which matters to whoever serves a model.
    """
    if type(X) is not np.ndarray or X.dtype not in (np.float32, np.float64):
        return False
    if X.ndim != 2 or X.shape[1] != n_features or len(X) == 0:
        return False
    with quiet_floats():
        return bool(np.isfinite(np.add.reduce(X, axis=None)))


def _is_clean_pair(estimator: Any, X: Any, y: Any) -> bool:
    """Whether scikit-learn would return X and y, numbers both, as they are."""
    if hasattr(estimator, "feature_names_in_") or not is_clean(X, estimator.n_features_in_):
        return False
    if type(y) is not np.ndarray or y.ndim not in (1, 2) or y.size == 0 or len(y) != len(X):
        return False
    columns = y.reshape(len(y), -1)
    return y.dtype.kind in "iu" or is_clean(columns, columns.shape[1])


def computing_dtype(dtype: str, X: Any) -> "np.dtype[Any]":
    """Return the type that a network of this X computes in; "auto" is float32 for float32."""
    if dtype == "auto":
        dtype = "float32" if X.dtype.newbyteorder("=") == np.float32 else "float64"
    return np.dtype(dtype)


def check_epsilons(components: Iterable[Any], dtype: "np.dtype[Any]") -> None:
    """Raise ValueError if what keeps a divisor away from zero is zero itself in `dtype`."""
    for component in components:
        epsilon = getattr(component, "epsilon", 1.0)
        if dtype.type(epsilon) == 0:
            raise ValueError(
                f"epsilon={epsilon!r} of {type(component).__name__} is zero in {dtype}, the type "
                "computed in."
            )


def check_range(name: str, array: Any, dtype: "np.dtype[Any]") -> None:
    """Raise ValueError if a number of the array is infinite once it is cast to `dtype`."""
    if array.dtype.kind != "f" or array.dtype.itemsize <= dtype.itemsize:
        return
    values = array.data if issparse(array) else array
    limit = np.finfo(dtype).max
    if values.size and not (-limit <= values.min() and values.max() <= limit):
        raise ValueError(f"{name} contains a value too large for {dtype}, the type computed in.")


def check_output(outputs: FloatArray, theta: FloatArray, X: Any = None) -> FloatArray:
    """Return what a network with weights `theta` made of finite X, if it is finite as well."""
    flat = outputs.reshape(-1)
    # The squares' sum is finite as a rule, and takes a tenth of the time to look at.
    finite = isfinite(dot(flat, flat)) or get_config()["assume_finite"]
    if not (finite or np.isfinite(outputs).all()):
        exceeds = f"what it computes of them exceeds the range of {outputs.dtype}"
        weight, value = largest(theta), 0.0 if X is None else largest(X)
        if weight <= max(value, _LARGE_WEIGHT):
            raise ValueError(f"X contains values too large for this network: {exceeds}.")
        raise ValueError(
            f"The network has weights up to {weight:.3g}, and X values up to {value:.3g}: "
            f"{exceeds}. Training is about to diverge: lower learning_rate_init, or bound the "
            "gradient with max_grad_norm."
        )
    return outputs


_LARGE_WEIGHT = 1e6  # which no network has that has learned anything


def check_weights(sample_weight: Any, X: Any) -> FloatArray:
    """Return the weights as an array of shape (n_samples,)."""
    if getattr(getattr(sample_weight, "dtype", None), "kind", "f") in "mM":  # becomes integers
        raise ValueError(f"sample_weight must hold real numbers, got {sample_weight.dtype}.")
    weight: FloatArray = check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    return weight


def cast_weights(weight: FloatArray, dtype: "np.dtype[Any]") -> FloatArray:
    """Return weights in the computing dtype, if there is something to divide by."""
    if not weight.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    weight = weight.astype(dtype, copy=False)
    total = weight.sum()
    if total < np.finfo(dtype).tiny or not np.isfinite(total):
        raise ValueError(
            f"Sample weights must have a sum that {dtype} can hold and divide by, got {total:g}."
        )
    return weight


def class_weights(estimator: Any, targets: ClassTargets, y: NDArray[Any]) -> FloatArray | None:
    """Return the weight of each sample for its class, if `class_weight` gives it one."""
    given = estimator.class_weight
    if isinstance(given, list) and not targets.is_multilabel:
        raise ValueError(
            f"The 'class_weight' parameter of {type(estimator).__name__} must be a dict of labels"
            ", 'balanced' or None where y has one label a row; a list is for multi-label y. "
            f"Got {given!r} instead."
        )
    return None if given is None else targets.weights(given, y)


@contextmanager
def keeping_feature_names(estimator: Any) -> Iterator[None]:
    """Undo what scikit-learn's validation notes of X if what follows it fails.

    Otherwise a fit that fails on its labels would leave the last network with other features.
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


def checked_arrays(
    coefs: Sequence[ArrayLike], intercepts: Sequence[ArrayLike]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return weights and biases in their common float type, if there is a pair for each layer."""
    arrays = [np.asarray(array) for array in (*coefs, *intercepts)]
    weights, biases = arrays[: len(coefs)], arrays[len(coefs) :]
    if not weights or len(weights) != len(biases):
        raise ValueError(
            "Expected as many coefs as intercepts and at least one of each, got "
            f"{len(weights)} and {len(biases)}."
        )
    if any(W.ndim != 2 for W in weights):
        raise ValueError(
            f"Each of coefs must be 2-D (n_in, n_out), got {[W.shape for W in weights]}."
        )
    dtype = np.float32 if np.result_type(*arrays) == np.float32 else np.float64
    return [W.astype(dtype) for W in weights], [b.astype(dtype) for b in biases]


def sort_outputs(coef: Any, intercept: Any, classes: ArrayLike | None) -> tuple[Any, Any, Any]:
    """Put the last layer's outputs into the sorted order of their labels; return all three.

    `classes` has the label of each output, or the two labels of a single one; None means 0, 1, 2 …
    """
    n_outputs = len(intercept)
    n_classes = max(n_outputs, 2)
    labels = np.arange(n_classes) if classes is None else np.asarray(classes)
    if labels.shape != (n_classes,) or len(np.unique(labels)) != n_classes:
        raise ValueError(
            f"classes must be {n_classes} different labels for {n_outputs} output(s), "
            f"got {classes!r}."
        )
    order = np.argsort(labels)
    if n_outputs > 1:
        coef, intercept = coef[:, order], intercept[order]
    elif order[0] == 1:  # the one output is that of the second label
        coef, intercept = -coef, -intercept
    return coef, intercept, labels[order]
