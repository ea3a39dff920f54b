"""What to say where X is a table, with text or gaps: its columns, and who takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor

from skfcn._sklearn import listed
from skfcn.training import is_missing


@contextmanager
def naming_columns(estimator: Any, X: Any) -> Iterator[None]:
    """Add to an error of scikit-learn's validation what columns of X are no plain numbers."""
    try:
        yield
    except (TypeError, ValueError) as error:
        error.args = (f"{error}{_advice(estimator, X)}",)
        raise


def _advice(estimator: Any, X: Any) -> str:
    kinds: dict[str, list[Any]] = {"are no numbers": [], "have missing values": []}
    for name, column in _columns(X):
        what = _what_is_wrong(column)
        if what:
            kinds[what].append(name)
    found = [f"columns {listed(names, 8)} {what}" for what, names in kinds.items() if names]
    if not found:
        return ""
    kind, name = "Regressor" if is_regressor(estimator) else "Classifier", type(estimator).__name__
    return (
        f"\nIn X {', and '.join(found)}. skfcn.Tabular{kind} takes such a table as it is; "
        f"skfcn.preprocessing.make_tabular_pipeline({name}()) makes numbers of it first."
    )


def _columns(X: Any) -> Iterator[tuple[Any, Any]]:
    """Yield names, or numbers, and values of the columns of a data frame, an array or lists."""
    if hasattr(X, "iter_columns"):  # polars
        yield from ((series.name, series.to_numpy()) for series in X.iter_columns())
    elif hasattr(X, "column_names"):  # Arrow
        yield from zip(X.column_names, map(np.asarray, X.columns), strict=True)
    elif hasattr(X, "iloc"):
        yield from ((name, np.asarray(series)) for name, series in X.items())
    elif isinstance(X, np.ndarray):
        yield from enumerate(X.T if X.ndim == 2 else [])
    elif isinstance(X, list | tuple) and len({np.shape(row) for row in X}) == 1:
        yield from enumerate(np.array(list(zip(*X, strict=True)), dtype=object))


def _what_is_wrong(column: NDArray[Any]) -> str | None:
    if column.dtype.kind in "biu" or (column.dtype.kind == "f" and not np.isnan(column).any()):
        return None
    known = [value for value in column.tolist() if not is_missing(value)]
    if not all(isinstance(value, Number | np.bool_) for value in known):
        return "are no numbers"
    return None if len(known) == len(column) else "have missing values"
