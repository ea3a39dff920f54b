"""What the cells of a table mean: numbers in any spelling, dates, durations, or words."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skfcn._files.dates import Times, times_of
from skfcn._files.layout import AMID_NUMBERS, is_missing

NUMBER, CATEGORY, DURATION, DATE = "number", "category", "duration", "date"
_DAY_FIRST = f"{DATE}, day first"

# A point or a comma may come before the fraction, or between thousands.
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
_FRACTION = re.compile(r"[-+]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][-+]?\d+)?")
_AROUND = re.compile(r"^([-+]?)\s*[$€£¥]?\s*|\s*[%€$£¥]$")
_BETWEEN = re.compile(r"(?<=\d)['’ \u00a0\u202f](?=\d{3}(\D|$))")
_FEW_WORDS, _ENOUGH = 0.1, 10  # of the rows; different numbers


class Meaning(NamedTuple):
    """The columns of a table with their own types.

    Attributes
    ----------
    frame : data frame
        Numbers, dates, durations; words as objects. What is missing is NaN, NaT or None.
    kinds : dict of str to str
        "number", "category", "duration", "date", or "date, day first" of each column.
    said : list of str
        What was assumed.
    """

    frame: Any
    kinds: dict[str, str]
    said: list[str]


def meaning_of(frame: Any, kinds: Mapping[str, str], name: str) -> Meaning:
    """Return what the columns mean; of columns whose kind is known, as that.

    Raises
    ------
    ValueError
        If a cell is not of the kind that is known.
    """
    comma = any(map(_has_decimal_commas, map(_texts, _text_columns(frame))))
    columns, found, said = {}, {}, []
    for title, column in frame.items():
        values, kind, words = _typed(column, kinds.get(title), comma)
        if kind_alone(kind) != kind_alone(kinds.get(title, kind)):
            _refuse(title, column, values, kinds[title], name)
        if words:
            said.append(f"{words!r} in {title!r} is taken for a gap")
        columns[title], found[title] = values, kind
    if comma:
        said.append("a comma before the fraction of numbers")
    import pandas

    return Meaning(pandas.DataFrame(columns, index=frame.index), found, said)


def kind_alone(kind: str) -> str:
    """Return a kind without the order of its dates."""
    return kind.partition(",")[0]


def _text_columns(frame: Any) -> list[Any]:
    return [column for _, column in frame.items() if column.dtype.kind not in "iufMmb"]


def _texts(column: Any) -> list[str]:
    """Return the different texts in a column, without blanks around them."""
    return [value.strip() for value in column.unique() if isinstance(value, str)]


def _typed(column: Any, known: str | None, comma: bool) -> tuple[Any, str, str]:
    """Return the values of a column, their kind, and a word that was taken for a gap."""
    dtype = column.dtype
    if known == CATEGORY or hasattr(dtype, "categories") or dtype.kind == "b":
        return _as_words(column), CATEGORY, ""
    if dtype.kind in "iuf":
        numbers = column if dtype.kind == "i" and isinstance(dtype, np.dtype) else _floats(column)
        return numbers, NUMBER, ""
    if dtype.kind in "Mm":
        return column, DATE if dtype.kind == "M" else DURATION, ""
    codes, uniques = _factorized(column)
    if all(isinstance(value, str) for value in uniques):
        texts = [value.strip() for value in uniques]
        numbers, word = _numbers(texts, codes, comma, known)
        if numbers is not None:
            return _taken(column, numbers, codes, np.nan), NUMBER, word
        dates = times_of([None if _is_gap(text) else text for text in texts], known == _DAY_FIRST)
        if dates is not None:
            values = _taken(column, dates.values, codes, "NaT")
            return values, _kind_of(dates), ""
    return _as_words(column), CATEGORY, ""


def _kind_of(times: Times) -> str:
    if times.values.dtype.kind == "m":
        return DURATION
    return _DAY_FIRST if times.day_first else DATE


def _factorized(column: Any) -> tuple[NDArray[np.intp], list[Any]]:
    import pandas

    codes, uniques = pandas.factorize(column)
    return codes, list(uniques)


def _taken(column: Any, values: Any, codes: NDArray[np.intp], missing: Any) -> Any:
    """Return a column with the value of each code; -1 is missing."""
    import pandas

    values = np.append(values, np.array(missing, values.dtype))
    return pandas.Series(values[codes], index=column.index, name=column.name)


def _floats(column: Any) -> Any:
    numbers = column.astype(np.float64)
    return numbers.mask(np.isinf(numbers))


def _as_words(column: Any) -> Any:
    """Return a column of texts, None where one is missing; numbers read as text does."""
    codes, uniques = _factorized(column)
    words = np.empty(len(uniques) + 1, object)
    for place, value in enumerate(uniques):
        text = value.strip() if isinstance(value, str) else str(value)
        if isinstance(value, float) and value.is_integer():
            text = str(int(value))
        words[place] = None if is_missing(text) else text
    words[-1] = None
    import pandas

    return pandas.Series(words[codes], index=column.index, name=column.name, dtype=object)


def _is_gap(text: str) -> bool:
    return is_missing(text) or text.lower() in AMID_NUMBERS


# ---- numbers


def _numbers(
    texts: list[str], codes: NDArray[np.intp], comma: bool, known: str | None
) -> tuple[NDArray[np.float64] | None, str]:
    """Return the number of each text, and a word that is no number; None if they are words."""
    numbers = np.full(len(texts), np.nan)
    words: list[int] = []
    for place, text in enumerate(texts):
        if _is_gap(text):
            continue
        number = number_of(text, comma)
        if number is not None:
            numbers[place] = number
        elif words or known is not None:
            return None, ""
        else:
            words.append(place)
    if not words:
        return numbers, ""
    share, n_known = (codes == words[0]).mean(), np.isfinite(numbers).sum()
    if n_known >= _ENOUGH and share < _FEW_WORDS:
        return numbers, texts[words[0]]
    return None, ""


def number_of(text: str, comma: bool = False) -> float | None:
    """Return the number that a text is; None if it is none.

    Parameters
    ----------
    text : str
        Without blanks around it, such as "-1.5", "1,200", "5 %", "$ 3", "1 200" or "1.200,5".
    comma : bool, default=False
        Whether a comma comes before the fraction, also where it could be between thousands.
    """
    if "," not in text and (number := _float(text)) is not None:
        return number
    text = _cleaned(text)
    if comma and _FRACTION.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    return _float(text)


def _cleaned(text: str) -> str:
    """Return a text without units and without blanks between thousands."""
    return _BETWEEN.sub("", _AROUND.sub(r"\1", text))


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if "_" in text:  # Python allows it
        return None
    return number if np.isfinite(number) else np.nan


def _has_decimal_commas(texts: list[str]) -> bool:
    """Tell whether all are numbers, and a comma in one cannot be between thousands."""
    is_sure = False
    for text in texts:
        if _is_gap(text):
            continue
        text = _cleaned(text)
        if "," in text:
            if not _FRACTION.fullmatch(text):
                return False
            is_sure |= not _THOUSANDS.fullmatch(text)
        elif _float(text) is None:
            return False
    return is_sure


# ---- what is not as it was


def _refuse(title: str, column: Any, values: Any, kind: str, name: str) -> None:
    """Raise ValueError with the first cell that is not of the kind that is known."""
    known = column[column.notna()]
    if not len(known):
        return
    if kind == NUMBER:
        wrong = [text for text in known if not _fits_number(text)]
        what = "a number"
    else:
        wrong = list(known)
        what = f"a {kind_alone(kind)} as in training"
    if wrong:
        row = known.index[list(known).index(wrong[0])]
        got = str(wrong[0])[:40]
        raise ValueError(
            f"{name}: row {row}: expected {what} in the column {title!r}, got {got!r}"
        )


def _fits_number(value: Any) -> bool:
    text = str(value).strip()
    return _is_gap(text) or number_of(text, comma=True) is not None or number_of(text) is not None
