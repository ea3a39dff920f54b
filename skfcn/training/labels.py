"""What cannot be learned: labels and targets that are missing, objects that are no classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils.multiclass import check_classification_targets, type_of_target

_SHOWN = 5
_CLASSES = ("binary", "multiclass", "multilabel-indicator")
# What scikit-learn says of missing values; the last is TypeError's word on pandas' NA.
_ABOUT_MISSING = ("Input contains NaN", "Input y contains NaN", "boolean value of NA")


def is_missing(value: Any) -> bool:
    """Tell whether an object stands for a value that is not known."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # pandas' NA is not even unequal, nor is an array
        return type(value).__name__ == "NAType"


def refuse_missing(y: Any, what: str, error: Exception | None = None) -> None:
    """Raise ValueError if values of y are missing, which says how many and which.

    `what` they are: labels or targets. An `error` of scikit-learn's about them gives the first
    words; one about anything else is left to others.
    """
    words = str(error or "")
    if (error is not None and not words.startswith(_ABOUT_MISSING)) or issparse(y):
        return
    try:
        values = np.asarray(y)
    except ValueError:  # rows of different lengths
        return
    rows = np.flatnonzero(_missing(values).reshape(len(values), -1).any(axis=1))
    if not len(rows):
        return
    if not words.startswith("Input"):
        words = f"Input y contains {'NaT' if values.dtype.kind in 'mM' else 'NaN'}"
    found = values[rows].ravel()
    which = sorted({str(value) for value in found[_missing(found)]})
    where = ", ".join(map(str, rows[:_SHOWN])) + ", …" * (len(rows) > _SHOWN)
    remedy = " or give what is missing a label of its own" if what == "labels" else ""
    raise ValueError(
        f"{words.rstrip('.')}. Missing are {len(rows)} of {len(values)} {what} "
        f"({', '.join(which)}), in row {where}, counted from 0. Leave such rows out{remedy}."
    ) from error


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind in "mM":
        return np.isnat(values)
    if values.dtype.kind != "O":
        return np.zeros(values.shape, bool)
    found = np.fromiter(map(is_missing, values.ravel()), bool, values.size)
    return found.reshape(values.shape)


def kind_of_labels(y: Any) -> str:
    """Return "binary", "multiclass" or "multilabel-indicator"; ValueError says why y is none."""
    try:
        kind: str = type_of_target(y, input_name="y")
        if kind not in _CLASSES:
            check_classification_targets(y)
            raise ValueError("Multioutput target data is not supported with label binarization")
    except (TypeError, ValueError) as error:
        is_object = getattr(getattr(y, "dtype", None), "kind", None) == "O"
        types = {type(value) for value in y.ravel()} if is_object else set()
        if not types or bytes in types:
            raise
        words = str(error)
        if isinstance(error, TypeError):
            words = f"Unknown label type: unknown. {words[0].upper()}{words[1:]}."
        raise ValueError(f"{words} {_remedy(types)}") from error
    return kind


def _remedy(types: Any) -> str:
    names = " and ".join(sorted(t.__name__ for t in types))
    if len(types) > 1:
        return (
            f"y holds objects of the types {names}; make strings of them, as y.astype(str) does."
        )
    (only,) = types
    if issubclass(only, int | float | np.number | np.bool_):
        return f"y is an array of objects, all of them {names}; pass y.astype({names})."
    return (
        f"y holds objects of the type {names}, which are no classes; make strings or numbers of "
        "them."
    )
