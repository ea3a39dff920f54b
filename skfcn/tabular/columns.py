"""The columns of a table, whatever library made it, as arrays of NumPy's."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_NUMBERS, _TIMES = "iuf", "mM"


class Column(NamedTuple):
    """One column of a table.

    Attributes
    ----------
    name : str
        As messages call it.
    values : ndarray of shape (n_samples,)
        Numbers, in which NaN is missing; dates or durations, in which NaT is; or objects, in
        which None is.
    is_category : bool
        Whether the table itself says that the values are categories.
    """

    name: str
    values: NDArray[Any]
    is_category: bool = False


def columns_of(X: Any) -> Iterator[Column]:
    """Yield the columns of a data frame of pandas or polars, an Arrow table, or an array."""
    if isinstance(X, np.ndarray):
        for number, values in enumerate(X.T):
            yield Column(f"column {number}", _plain(values))
        return
    names = getattr(X, "column_names", None)  # Arrow's
    for number, name in enumerate(X.columns if names is None else names):
        if hasattr(X, "iloc"):
            column = _of_pandas(X.iloc[:, number])
        elif names is not None:
            column = _of_arrow(X.column(number))
        else:
            column = _of_polars(X[name])
        yield Column(f"column {name!r}", *column)


def is_table(X: Any) -> bool:
    """Tell whether X has columns of their own types."""
    return (
        (hasattr(X, "iloc") and hasattr(X, "columns"))
        or hasattr(X, "__dataframe__")
        or (hasattr(X, "column_names") and hasattr(X, "column"))
    )


def _of_pandas(series: Any) -> tuple[NDArray[Any], bool]:
    dtype = series.dtype
    kind, is_category = getattr(dtype, "kind", "O"), hasattr(dtype, "categories")
    if kind in _NUMBERS and not is_category:
        if isinstance(dtype, np.dtype):
            return series.to_numpy(), False
        return series.to_numpy(dtype=np.float64, na_value=np.nan), False
    if kind in _TIMES and not is_category:
        return series.to_numpy(
            dtype=f"{kind}8[ns]", na_value=np.array("NaT", f"{kind}8[ns]")[()]
        ), False
    values = series.to_numpy(dtype=object, copy=True)
    values[series.isna().to_numpy()] = None
    return (values, True) if is_category else (_plain(values), False)


def _of_polars(series: Any) -> tuple[NDArray[Any], bool]:
    dtype = series.dtype
    if dtype.is_numeric() or (dtype.is_temporal() and str(dtype) != "Time"):
        values = series.to_numpy()
        return (values if values.dtype.kind in _NUMBERS + _TIMES else values.astype(float)), False
    values = np.empty(len(series), dtype=object)
    values[:] = series.to_list()
    return values, str(dtype).startswith(("Categorical", "Enum"))


def _of_arrow(column: Any) -> tuple[NDArray[Any], bool]:
    kind = str(column.type)
    is_category = kind.startswith("dictionary")
    if (
        is_category
        or kind in ("bool", "null")
        or kind.startswith(("decimal", "string", "large_string"))
    ):
        values = np.empty(len(column), dtype=object)
        values[:] = column.to_pylist()
        return (values, True) if is_category else (_plain(values), False)
    return _plain(column.to_numpy()), False


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers, dates or durations as they are, and anything else as objects."""
    if values.dtype.kind in _NUMBERS + _TIMES:
        return values
    values = values.astype(object)
    missing = [value is None or value != value for value in values.tolist()]
    values[missing] = None
    return values
