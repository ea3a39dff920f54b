"""How dates and durations are spelled."""

import numpy as np
import pytest

from skfcn._files import times_of

DATES = {
    "2020-05-01": """2020-05-01; 2020/5/1; 2020.05.01; 1.5.2020; 01.05.20; May-1-2020; 1-May-20;
        1May2020; May 1, 2020; 1st May 2020; Friday, 1 May 2020; 2020 May 1; MAY 1 2020;
        1 may. 2020; 2020-05; 05/2020; 2020M5; May-20; May 2020; 2020-May; may '20""",
    "1999-04-01": "1999Q2; 1999-q2; Q2/1999; Q2 99; Apr-99; 1-Apr-1999; 4-1-99; 4/1/99",
    "2020-05-01T13:15": """2020-05-01T13:15; 2020-05-01 13:15:00; 2020-05-01T15:15+02:00;
        5/1/20 1:15 PM; May 1, 2020 1:15 p.m.; 1.5.2020, 13:15; 2020-05-01 08:15:00 -0500;
        Fri May 01 13:15:00 2020; Fri, 01 May 2020 13:15:00 GMT; 2020-05-01T13:15:00.0Z""",
    "2020-05-01T00:00:00.25": "2020-05-01 00:00:00.250000000; 5/1/2020 12:00:00.25 AM",
}
NONE = """2020-02-30; 13/13/2020; 2020-13; 1-2-3; 1/2; 9:75; 1920-21; 0.5; 2020; 20+; 1950:1;
    10-20; 2020Q5; Oct18; May; May 1; Mr. 1 Smith 2020; 2020-05-01 25:00; 2020-05-01 or so;
    ٢٠٢٠-٠١-٠١"""


def spelled(texts):
    return [" ".join(text.split()) for text in texts.split(";")]


@pytest.mark.parametrize(
    ("text", "date"), [(text, date) for date in DATES for text in spelled(DATES[date])]
)
def test_dates(text, date):
    assert times_of([text, None]).values.tolist() == [np.datetime64(date, "us").item(), None]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("12:30", 750),
        ("1:02:30", 62.5),
        ("125:00", 7500),
        ("5:30 pm", 1050),
        ("12:05AM", 5),
        ("3 days", 4320),
        ("1 day, 0:01:00", 1441),
        ("-1 days +23:00:00", -60),
    ],
)
def test_times_of_day_and_durations(text, minutes):
    assert times_of([text]).values.tolist() == [np.timedelta64(int(minutes * 60), "s").item()]


@pytest.mark.parametrize("text", spelled(NONE))
def test_no_dates(text):
    assert times_of([text]) is None


def test_a_column_is_dates_or_durations_as_a_whole():
    assert times_of(["2020-05-01", "May 3, 2020"]).values.astype("M8[D]").tolist() == (
        np.array(["2020-05-01", "2020-05-03"], "M8[D]").tolist()
    )
    assert times_of(["2020-05-01", "12:30"]) is None
    assert times_of(["2020-05-01", "soon"]) is None
    assert times_of([None]) is times_of([]) is None


@pytest.mark.parametrize(
    ("texts", "asked", "day_first"),
    [
        (["1/2/2020", "3/4/2020"], False, False),
        (["1/2/2020", "3/4/2020"], True, True),
        (["1/2/2020", "13/4/2020"], False, True),
        (["1/2/2020", "3/14/2020"], True, False),
    ],
)
def test_the_day_comes_first_where_it_must(texts, asked, day_first):
    values, found = times_of(texts, asked)
    assert found == day_first
    assert values[0] == np.datetime64("2020-02-01" if day_first else "2020-01-02")
