"""What the network sees of a column: numbers on one scale, categories, dates.

An encoding is learned from what a column means. It fills `width` columns of the network's input,
which are zeros before, and is of no use where that is 0. `n_codes` is 0, or how many categories
its one column counts through.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import repeat
from numbers import Real
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skfcn.tabular.columns import (
    Column,
    Values,
    as_numbers,
    as_objects,
    as_times,
    is_missing,
    not_a_category,
)


class Encoding(Protocol):
    """What the encodings have in common."""

    @property
    def kind(self) -> str:
        """What the values are: "number", "category", "date" or "duration"."""

    width: int
    n_codes: int

    def write(self, column: Column, out: Values) -> None:
        """Fill `width` columns; ValueError if the column holds something else than in fit."""

    def names(self, column: str) -> list[str]:
        """Return the names of the columns that it fills, from that of the table's column."""


class Number:
    """A number: centred at the median, scaled by the interquartile range, softly clipped.

    x becomes z / √(1 + (z / 3)²), which is near z for most rows and stays within ±3 for all. A
    missing number becomes the median; where some are missing in training, a second column tells.
    The first is left out if those that are known are all the same.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)
        Finite numbers and NaN.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart (2024), "Better by default: strong pre-tuned MLPs and
    boosted trees on tabular data", section 3. :arxiv:`2407.04491`
    """

    kind = "number"
    n_codes = 0
    _LIMIT = 3.0
    _FAR = 1e8  # z beyond this is as good as infinite, and its square is not

    def __init__(self, values: Values) -> None:
        known = values[~np.isnan(values)].astype(np.float64)
        self.tells_missing = 0 < len(known) < len(values)
        self.varies = len(known) > 0 and bool(known.min() < known.max())
        self.width = self.varies + self.tells_missing
        if not self.varies:
            return
        # A power of two brings the largest near 1: no difference overflows, and no digit is lost.
        _, exponent = np.frexp(np.abs(known).max())
        self.unit = float(2.0 ** -np.clip(exponent, -1000, 1000))
        known *= self.unit
        low, quarter, center, three_quarters, high = np.quantile(known, [0, 0.25, 0.5, 0.75, 1])
        self.center = float(center)
        # Where most values are one, the others decide.
        self.scale = float(three_quarters - quarter or (high - low) / 2)

    def write(self, column: Column, out: Values) -> None:
        self.write_numbers(numbers_of(column), out)

    def write_numbers(self, numbers: Values, out: Values) -> None:
        """Fill `width` columns."""
        missing = np.isnan(numbers)
        if self.varies:
            z = np.multiply(numbers, self.unit, dtype=np.float64)
            z -= self.center
            z /= self.scale
            np.copyto(z, 0, where=missing)
            z.clip(-self._FAR, self._FAR, out=z)
            root = z / self._LIMIT
            root *= root
            root += 1
            np.sqrt(root, out=root)
            np.divide(z, root, out=out[:, 0], casting="same_kind")
        if self.tells_missing:
            out[:, -1] = np.where(missing, 1, -1)

    def names(self, column: str) -> list[str]:
        return [column] * self.varies + [f"{column}_missing"] * self.tells_missing


class Category:
    """A category: a column for each value, -1 or 1 for two; zeros for values never seen.

    Parameters
    ----------
    counts : Counter
        How often each value comes; None is missing.
    """

    kind = "category"
    n_codes = 0

    def __init__(self, counts: Counter[Any]) -> None:
        self.values = sorted(counts, key=_rank)  # no dict: skops garbles keys that are no strings
        self.width = len(counts) if len(counts) > 2 else len(counts) - 1

    def write(self, column: Column, out: Values) -> None:
        codes = _codes(self.values, column)
        seen = np.flatnonzero(codes >= 0)
        if self.width == 1:
            out[seen, 0] = 2 * codes[seen] - 1
        else:
            out[seen, codes[seen]] = 1

    def names(self, column: str) -> list[str]:
        values = ["missing" if value is None else value for value in self.values]
        return [f"{column}_{value}" for value in values[-self.width :]]


class LargeCategory:
    """A category of many values: one column of codes, for a layer of embeddings.

    Values that came once in training, and those that never came, share the code 0.

    Parameters
    ----------
    counts : Counter
        How often each value comes; None is missing.
    """

    kind = "category"

    def __init__(self, counts: Counter[Any]) -> None:
        self.values = sorted((value for value, n in counts.items() if n > 1), key=_rank)
        self.n_codes = 1 + len(self.values)
        self.width = min(len(self.values), 1)

    def write(self, column: Column, out: Values) -> None:
        out[:, 0] = 1 + _codes(self.values, column)

    def names(self, column: str) -> list[str]:
        return [column]


class Time:
    """A date or a duration: how long since 1970 or in all, in days, and the parts that vary.

    The parts of a date are its month, its day, its weekday and its hour. Where some dates are
    missing in training, a column more tells.

    Parameters
    ----------
    times : ndarray of shape (n_samples,)
        Dates or durations of NumPy's, and NaT.
    day_first : bool, default=False
        How texts are read that could be either.
    """

    n_codes = 0

    def __init__(self, times: Values, day_first: bool = False) -> None:
        self.day_first = day_first
        self.dtype_kind = times.dtype.kind
        known = times[~np.isnat(times)]
        self.tells_missing = 0 < len(known) < len(times)
        parts = {name: Number(_PARTS[name](known)) for name in _PARTS_OF[self.dtype_kind]}
        self.parts = {name: number for name, number in parts.items() if number.width}
        self.width = len(self.parts) + self.tells_missing

    @property
    def kind(self) -> str:
        return "date" if self.dtype_kind == "M" else "duration"

    def write(self, column: Column, out: Values) -> None:
        times = self._times(column)
        for place, (number, values) in enumerate(
            zip(self.parts.values(), self._numbers(times), strict=True)
        ):
            number.write_numbers(values, out[:, place : place + 1])
        if self.tells_missing:
            out[:, -1] = np.where(np.isnat(times), 1, -1)

    def numbers(self, column: Column) -> list[Values]:
        """Return the parts as numbers that are not scaled, NaN where a time is missing."""
        return list(self._numbers(self._times(column)))

    def _times(self, column: Column) -> Values:
        times = as_times(column, self.day_first)
        if times is None or times.values.dtype.kind != self.dtype_kind:
            return self._all_missing(column)
        return times.values

    def _numbers(self, times: Values) -> Iterator[Values]:
        missing = np.isnat(times)
        for name in self.parts:
            numbers = _PARTS[name](times).astype(np.float64)
            numbers[missing] = np.nan
            yield numbers

    def _all_missing(self, column: Column) -> Values:
        for value in as_objects(column.values):
            if not is_missing(value):
                kind = "dates" if self.dtype_kind == "M" else "durations"
                raise ValueError(f"{column.name} held {kind} in fit, and now {value!r}.")
        return np.full(len(column.values), "NaT", f"{self.dtype_kind}8[us]")

    def names(self, column: str) -> list[str]:
        return [f"{column}_{part}" for part in [*self.parts, *["missing"] * self.tells_missing]]


def _days(times: Values) -> Values:
    if times.dtype.kind == "M":
        times = times - np.datetime64(0, "D")
    return times / np.timedelta64(1, "D")


def _month(times: Values) -> Values:
    return times.astype("M8[M]").astype(np.int64) % 12


def _day_of_month(times: Values) -> Values:
    return (times.astype("M8[D]") - times.astype("M8[M]")).astype(np.int64)


def _weekday(times: Values) -> Values:
    return (times.astype("M8[D]").astype(np.int64) + 3) % 7


def _hour(times: Values) -> Values:  # not of _days, where the same hour would not be one number
    return (times - times.astype("M8[D]")) / np.timedelta64(1, "h")


_PARTS = {
    "days": _days,
    "month": _month,
    "day": _day_of_month,
    "weekday": _weekday,
    "hour": _hour,
}
_PARTS_OF = {"M": list(_PARTS), "m": ["days"]}


def numbers_of(column: Column) -> Values:
    """Return the numbers of a column that held numbers in fit, NaN where one is missing."""
    numbers = as_numbers(column)
    return _known_as_number(column) if numbers is None else numbers


def _known_as_number(column: Column) -> Values:
    """Return numbers that do not look like them, such as booleans, or raise ValueError."""
    numbers = []
    for value in as_objects(column.values):
        try:
            numbers.append(np.nan if is_missing(value) else float(value))
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{column.name} held numbers in fit, and now {value!r}.") from None
    return np.array(numbers)


def _rank(value: Any) -> tuple[Any, ...]:
    """Order numbers by size, then all else by its text, then what is missing.

    The order of the rows then makes no difference.
    """
    if isinstance(value, Real):
        return 0, value
    return 1 + (value is None), type(value).__name__, str(value)


def _codes(known: list[Any], column: Column) -> NDArray[np.intp]:
    """Return the place of each value among those that are known, -1 if it has none.

    Whether a column of a CSV file holds 1, 1.0 or "1" depends on the rows that were read, so a
    value that is not known stands for one that reads like it.
    """
    codes = {value: code for code, value in enumerate(known)}
    values = as_objects(column.values)
    try:
        found = np.fromiter(map(codes.get, values, repeat(-1)), np.intp, len(values))
    except TypeError as error:
        raise not_a_category(column, error) from None
    rows = np.flatnonzero(found < 0)
    if len(rows):
        of_text = {_text(value): code for value, code in codes.items()}
        others = [values[row] for row in rows.tolist()]
        meant = {value: of_text.get(_text(value), -1) for value in set(others)}
        found[rows] = [meant[value] for value in others]
    return found


def _text(value: Any) -> str | None:
    if is_missing(value):
        return None
    return value if isinstance(value, str) else str(value).removesuffix(".0")
