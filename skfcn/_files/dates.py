"""Dates, times of day and durations in texts: the one place that knows how they are spelled."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_Parts = dict[str, Any]  # texts, by name; None where there is none

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAME = (
    r"(?P<name>jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|"
    r"sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)\.?"
)
_WEEKDAY = r"((mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(day)?[.,]? +)?"
_YEAR, _ANY_YEAR = r"(?P<year>\d{4})", r"'?(?P<year>\d{4}|\d\d)"
_MONTH, _DAY = r"(?P<month>\d\d?)", r"(?P<day>\d\d?)(st|nd|rd|th)?"
_QUARTER = r"q(?P<quarter>[1-4])"
_MINUTES = r":(?P<minute>[0-5]\d)(:(?P<second>[0-5]\d)([.,](?P<fraction>\d+))?)?"
_HALF, _ZONE = r"( ?(?P<half>[ap])\.?m\.?)?", r"( ?(z|utc|gmt|(?P<zone>[-+]\d\d(:?\d\d)?)))?"
_CLOCK = rf"(?P<hour>[01]?\d|2[0-4])({_MINUTES})?{_HALF}{_ZONE}"

_DAYS = [
    rf"{_YEAR}(?P<sep>[-/. ]){_MONTH}(?P=sep){_DAY}",
    rf"{_DAY}\.{_MONTH}\.{_ANY_YEAR}",
    rf"(?P<one>\d\d?)(?P<sep>[-/])(?P<other>\d\d?)(?P=sep){_ANY_YEAR}",
    rf"{_DAY}[-/. ]*{_NAME}[-/., ]*{_ANY_YEAR}",
    rf"{_NAME}[-/. ]*{_DAY}[-/., ]+{_ANY_YEAR}",
    rf"{_YEAR}[-/. ]*{_NAME}[-/. ]*{_DAY}",
]
_SPELLINGS = [
    *(rf"{_WEEKDAY}{day}((t|,? +){_CLOCK})?" for day in _DAYS),
    rf"{_WEEKDAY}{_NAME} +{_DAY} {_CLOCK} {_YEAR}",  # as C writes it
    rf"{_YEAR}[-/]{_MONTH}",
    rf"{_MONTH}[-/]{_YEAR}",
    rf"{_YEAR}[-: ]?m{_MONTH}",
    rf"{_NAME}[-/., ]*'?(?P<year>\d{{4}}|(?<=[-/'])\d\d)",
    rf"{_YEAR}[-/., ]*{_NAME}",
    rf"{_YEAR}[-/:. ]*{_QUARTER}",
    rf"{_QUARTER}[-/:. ]*{_ANY_YEAR}",
]
_DATES = [re.compile(spelling, re.IGNORECASE | re.ASCII) for spelling in _SPELLINGS]
_DURATIONS = [
    re.compile(spelling, re.IGNORECASE | re.ASCII)
    for spelling in (
        rf"(?P<hour>\d{{1,3}}){_MINUTES}{_HALF}",
        rf"(?P<days>-?\d+) days?(,? \+?(?P<hour>\d{{1,3}}){_MINUTES})?",
    )
]


class Times(NamedTuple):
    """The dates or durations of a column.

    Attributes
    ----------
    values : ndarray of shape (n_samples,)
        NumPy's, dates in UTC; NaT where one is missing. A time of day is a duration.
    day_first : bool
        Whether 1/2/2020 is in February.
    """

    values: NDArray[Any]
    day_first: bool = False


def times_of(texts: Sequence[str | None], day_first: bool = False) -> Times | None:
    """Return dates or durations; None unless all texts are dates, or all are durations.

    Parameters
    ----------
    texts : sequence of str or None
        Without blanks around them; None is missing.
    day_first : bool, default=False
        How 1/2/2020 is read if it can be either.
    """
    is_known = [text is not None for text in texts]
    known = [text for text in texts if text is not None]
    if found := _found(known, _DURATIONS):
        return Times(
            _spread(np.array([_microseconds(part) for part in found], "m8[us]"), is_known)
        )
    found = _found(known, _DATES)
    for order in (day_first, not day_first) if found else ():
        try:
            days = np.array([_day(part, order) for part in found], "M8[D]")
        except ValueError:  # there is no such day
            continue
        hours = np.array([_microseconds(part) for part in found], "m8[us]")
        return Times(_spread(days + hours, is_known), order)
    return None


def _found(texts: list[str], spellings: list[re.Pattern[str]]) -> list[_Parts]:
    """Return the parts of each text; none if one of them is spelled in no such way."""
    found: list[_Parts] = []
    likely = spellings[0]
    for text in texts:
        match = likely.fullmatch(text)
        if match is None:
            others = ((each, each.fullmatch(text)) for each in spellings)
            likely, match = next((each for each in others if each[1]), (likely, None))
        if match is None:
            return []
        found.append(match.groupdict())
    return found


def _spread(values: NDArray[Any], is_known: list[bool]) -> NDArray[Any]:
    spread = np.full(len(is_known), "NaT", values.dtype)
    spread[is_known] = values
    return spread


def _day(part: _Parts, day_first: bool) -> str:
    """Return a day as ISO 8601 has it."""
    year, month, day = part["year"], part.get("month") or "1", part.get("day") or "1"
    if len(year) == 2:
        year = ("19" if year >= "69" else "20") + year  # as POSIX has it
    if "one" in part:
        month, day = part["one"], part["other"]
        if day_first:
            month, day = day, month
    elif "name" in part:
        month = str(1 + _MONTHS.index(part["name"][:3].lower()))
    elif "quarter" in part:
        month = str(3 * int(part["quarter"]) - 2)
    return f"{year}-{month:>02}-{day:>02}"


def _microseconds(part: _Parts) -> int:
    """Return a duration, or how long after the day's beginning in UTC."""
    hours, minutes, seconds = (int(part.get(n) or 0) for n in ("hour", "minute", "second"))
    if half := part.get("half"):
        hours = hours % 12 + 12 * (half in "pP")
    if zone := part.get("zone"):
        east = 60 * int(zone[1:3]) + int(zone[3:].lstrip(":") or 0)
        minutes += east if zone[0] == "-" else -east
    seconds += 86_400 * int(part.get("days") or 0) + 3600 * hours + 60 * minutes
    return 1_000_000 * seconds + int((part.get("fraction") or "0")[:6].ljust(6, "0"))
