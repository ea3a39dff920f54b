"""The columns of a table, whatever library made it, as NumPy's arrays; what their values mean."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skfcn._files import Times, times_of
from skfcn.training import is_missing as is_missing

Values = NDArray[Any]


class Column(NamedTuple):
    """One column of a table.

    Attributes
    ----------
    name : str
        As messages call it.
    values : ndarray of shape (n_samples,)
        Numbers, booleans, dates, durations or objects. NaN, NaT, None and pandas' NA are missing.
    is_category : bool
        Whether the table itself says that the values are categories.
    """

    name: str
    values: Values
    is_category: bool = False


def is_table(X: Any) -> bool:
    """Tell whether X has columns of their own types."""
    kinds_of_table = (("iloc", "columns"), ("iter_columns", "columns"), ("column_names", "column"))
    return any(all(hasattr(X, name) for name in names) for names in kinds_of_table)


def columns_of(X: Any) -> Iterator[Column]:
    """Yield the columns of a data frame of pandas or polars, an Arrow table, or an array."""
    if isinstance(X, np.ndarray):
        for number, values in enumerate(X.T):
            yield Column(f"column {number}", _plain(values))
    elif hasattr(X, "iloc"):
        for name, series in X.items():  # three times as fast as X.iloc[:, number]
            yield _column(name, *_of_pandas(series))
    elif hasattr(X, "column_names"):
        for name, column in zip(X.column_names, X.columns, strict=True):
            yield _column(name, *_of_arrow(column))
    else:
        for series in X.iter_columns():
            yield _column(series.name, *_of_polars(series))


def _column(name: Any, values: Values, is_category: bool = False) -> Column:
    name = f"column {name!r}"
    if values.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name}.")
    return Column(name, _plain(values), is_category)


def _plain(values: Values) -> Values:
    """Return strings as objects, and all else as it is."""
    return values if values.dtype.kind in "biufmM" else values.astype(object, copy=False)


def _of_pandas(series: Any) -> tuple[Values, bool]:
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return series.to_numpy(), False
    if hasattr(dtype, "categories"):
        categories = np.array([*dtype.categories, np.nan], dtype=object)  # as in pandas' arrays
        return categories[series.array.codes], True  # -1 is missing
    if hasattr(dtype, "pyarrow_dtype"):
        return _of_arrow(series.array.__arrow_array__())
    if hasattr(dtype, "tz"):
        return series.dt.tz_convert(None).to_numpy(), False
    if hasattr(dtype, "freq"):  # periods
        return series.dt.to_timestamp().to_numpy(), False
    if dtype.kind in "iuf":
        return series.to_numpy(dtype=np.float64, na_value=np.nan), False
    return np.asarray(series.array, dtype=object), False


def _of_polars(series: Any) -> tuple[Values, bool]:
    dtype = series.dtype
    if dtype.is_nested():
        return np.fromiter(series.to_list(), dtype=object, count=len(series)), False
    kind = str(dtype)
    if kind.endswith("Int128"):
        series = series.cast(float)
    return series.to_numpy(), kind.startswith(("Categorical", "Enum"))


def _of_arrow(column: Any) -> tuple[Values, bool]:
    is_category = str(column.type).startswith("dictionary")
    if is_category:  # to_numpy would take what is missing for the last category
        column = column.cast(column.type.value_type)
    return column.to_numpy(zero_copy_only=False), is_category


# ---- what values mean


def as_numbers(column: Column) -> Values | None:
    """Return values as finite numbers and NaN; None if they are no numbers, or are booleans."""
    values = column.values
    if values.dtype.kind in "iuf":
        numbers = values if values.dtype.itemsize <= 8 else _narrowed(values)
    elif values.dtype.kind != "O" or not {bool, np.bool_}.isdisjoint(map(type, values.tolist())):
        return None
    else:
        try:
            numbers = _floats(values)
        except (TypeError, ValueError):
            return None
        except OverflowError:  # of Python's int
            raise _too_large(column) from None
    if numbers.dtype.kind == "f" and np.isinf(numbers).any():
        raise _too_large(column)
    return numbers


def _floats(values: Values) -> Values:
    try:
        return values.astype(np.float64)
    except TypeError:  # perhaps of pandas' NA
        known = [None if is_missing(value) else value for value in values.tolist()]
        return np.array(known, dtype=np.float64)


def _narrowed(values: Values) -> Values:
    with np.errstate(over="ignore"):
        return values.astype(np.float64)


def _too_large(column: Column) -> ValueError:
    return ValueError(
        f"Input X contains infinity or a value too large for dtype('float64'): {column.name}."
    )


def as_times(column: Column, day_first: bool = False) -> Times | None:
    """Return values as dates in UTC or durations of NumPy's; None if they are neither.

    They may be texts in the usual spellings; `day_first` says how 1/2/2020 is read if it can be
    either. A time of day is a duration, since midnight.
    """
    values = column.values
    if values.dtype.kind in "mM":
        return Times(values, day_first)
    if values.dtype.kind != "O":
        return None
    objects = values.tolist()
    types = set(map(type, objects))
    if any(issubclass(kind, str) for kind in types):
        return _of_texts(objects, day_first)
    if not any(issubclass(kind, _TEMPORAL) for kind in types):
        return None
    missing = np.fromiter(map(is_missing, objects), np.bool_, len(objects))
    known = values[~missing].tolist()
    for kinds, dtype in ((_DATES, "M8[us]"), (_DURATIONS, "m8[us]")):
        if known and all(isinstance(value, kinds) for value in known):
            times = np.full(len(values), "NaT", dtype)
            times[~missing] = np.array([_naive(value) for value in known], dtype)
            return Times(times, day_first)
    return None


def _of_texts(objects: list[Any], day_first: bool) -> Times | None:
    if not all(isinstance(value, str) or is_missing(value) for value in objects):
        return None
    different = {value: None if is_missing(value) else value.strip() for value in objects}
    times = times_of(list(different.values()), day_first)
    if times is None:
        return None
    places = {value: place for place, value in enumerate(different)}
    return times._replace(values=times.values[[places[value] for value in objects]])


_DATES, _DURATIONS = (date, np.datetime64), (timedelta, np.timedelta64, time)
_TEMPORAL = _DATES + _DURATIONS


def _naive(value: Any) -> Any:
    """Return a date without a time zone, and a time of day as the time since midnight."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, time):
        return datetime.combine(date.min, value.replace(tzinfo=None)) - datetime.min
    return value


def as_objects(values: Values) -> list[Any]:
    """Return values as Python's; what is missing is None, NaN, NaT or NA."""
    if values.dtype.kind in "mM":  # NumPy makes integers of nanoseconds
        values = values.astype(f"{values.dtype.kind}8[us]")
    return values.tolist()


def counted(column: Column) -> Counter[Any]:
    """Return how often each value comes; None is missing."""
    try:
        counts = Counter(as_objects(column.values))
    except TypeError as error:
        raise not_a_category(column, error) from None
    for value in [value for value in counts if is_missing(value)]:
        n = counts.pop(value)
        counts[None] += n
    return counts


def not_a_category(column: Column, error: TypeError) -> ValueError:
    """Return what to raise where a value has no hash."""
    return ValueError(f"{column.name} holds objects that are no categories: {error}.")
