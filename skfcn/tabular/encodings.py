"""What the network sees of a column: numbers on one scale, categories, dates.

An encoding is learned from one column. It has a `width`, and `write` fills so many columns of the
network's input; `n_codes` is 0, or the number of categories that its one column counts through.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]

_DAY = np.timedelta64(1, "D").astype("m8[ns]").astype(np.int64)  # in nanoseconds


class Number:
    """A number: centred at the median, scaled by the interquartile range, softly clipped.

    x becomes z / √(1 + (z / 3)²), which is near z for most rows and stays within ±3 for all. A
    missing number becomes the median; where some are missing in training, a second column tells.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart (2024), "Better by default: strong pre-tuned MLPs and
    boosted trees on tabular data", section 3. :arxiv:`2407.04491`
    """

    n_codes = 0
    _LIMIT = 3.0

    def __init__(self, values: Values) -> None:
        known = values[~np.isnan(values)]
        low, quarter, self.center, three_quarters, high = np.quantile(
            known.astype(np.float64), [0, 0.25, 0.5, 0.75, 1]
        )
        # Where most values are one, the others decide.
        self.scale = three_quarters - quarter or high / 2 - low / 2
        self.tells_missing = len(known) < len(values)
        self.width = 1 + self.tells_missing

    def write(self, values: Values, out: Values) -> None:
        """Fill `width` columns."""
        missing = np.isnan(values)
        z = values.astype(np.float64)
        z[missing] = self.center
        # Each on its own, since the difference of huge numbers may be infinite.
        z /= self.scale
        z -= self.center / self.scale
        out[:, 0] = self._LIMIT * z / np.hypot(self._LIMIT, z)
        if self.tells_missing:
            out[:, 1] = np.where(missing, 1, -1)


class Category:
    """A category: a column for each value, -1 or 1 for two; zeros for values never seen."""

    n_codes = 0

    def __init__(self, values: Values) -> None:
        self.codes = _codes(Counter(values.tolist()))
        self.width = 1 if len(self.codes) == 2 else len(self.codes)

    def write(self, values: Values, out: Values) -> None:
        """Fill `width` columns."""
        codes = _look_up(self.codes, values, unknown=-1)
        out[...] = 0
        known = np.flatnonzero(codes >= 0)
        if self.width == 1:
            out[known, 0] = 2 * codes[known] - 1
        else:
            out[known, codes[known]] = 1


class LargeCategory:
    """A category of many values: one column of codes, for a layer of embeddings.

    Values that came once in training, and those that never came, share the code 0.
    """

    width = 1

    def __init__(self, values: Values) -> None:
        counts = Counter(values.tolist())
        often = Counter({value: n for value, n in counts.items() if n > 1})
        self.codes = {value: code + 1 for value, code in _codes(often).items()}
        self.n_codes = len(self.codes) + 1

    def write(self, values: Values, out: Values) -> None:
        """Fill the column."""
        out[:, 0] = _look_up(self.codes, values, unknown=0)


class Time:
    """A date or a duration: how long since the first, in days, and the parts that vary.

    The parts of a date are its month, its day, its weekday and its hour.
    """

    n_codes = 0

    def __init__(self, values: Values) -> None:
        self.parts: list[tuple[Callable[[Values], Values], Number]] = []
        names = _PARTS if values.dtype.kind == "M" else _PARTS[:1]
        for part in names:
            numbers = part(values)
            if varies(numbers):
                self.parts.append((part, Number(numbers)))
        self.width = sum(number.width for _, number in self.parts)

    def write(self, values: Values, out: Values) -> None:
        """Fill `width` columns."""
        start = 0
        for part, number in self.parts:
            number.write(part(values), out[:, start : start + number.width])
            start += number.width


def _days(values: Values) -> Values:
    return _float(values.view(np.int64) / _DAY, values)


def _month(values: Values) -> Values:
    return _float(values.astype("M8[M]").astype(np.int64) % 12, values)


def _day_of_month(values: Values) -> Values:
    return _float((values.astype("M8[D]") - values.astype("M8[M]")).astype(np.int64), values)


def _weekday(values: Values) -> Values:
    return _float((values.astype("M8[D]").astype(np.int64) + 3) % 7, values)


def _hour(values: Values) -> Values:
    return _float(values.view(np.int64) % _DAY / _DAY * 24, values)


def _float(numbers: Values, times: Values) -> Values:
    numbers = numbers.astype(np.float64)
    numbers[np.isnat(times)] = np.nan
    return numbers


_PARTS = [_days, _month, _day_of_month, _weekday, _hour]


def varies(numbers: Values) -> bool:
    """Tell whether a column of numbers has two different ones, or some that are missing."""
    missing = np.isnan(numbers)
    known = numbers[~missing]
    return len(known) > 0 and (known.min() < known.max() or bool(missing.any()))


def _codes(counts: Counter[Any]) -> dict[Any, int]:
    """Number the values, those that are the same in another order of rows alike."""
    order = sorted(counts, key=lambda value: (type(value).__name__, str(value)))
    return {value: code for code, value in enumerate(order)}


def _look_up(codes: dict[Any, int], values: Values, unknown: int) -> NDArray[np.intp]:
    found = [codes.get(value, unknown) for value in values.tolist()]
    return np.array(found, dtype=np.intp)


# ---- what objects stand for


def as_numbers(values: Values) -> Values | None:
    """Return objects as numbers, None as NaN; None if they are no numbers."""
    if any(isinstance(value, bool | np.bool_) for value in values.tolist()):
        return None
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        return None


def as_times(values: Values) -> Values | None:
    """Return dates or durations among objects as NumPy's; None if they are neither."""
    kinds = {type(value) for value in values.tolist() if value is not None}
    for kind, dtype in ((date, "M8[ns]"), (timedelta, "m8[ns]")):
        if kinds and all(issubclass(each, kind) for each in kinds):
            return values.astype(dtype)
    return None
