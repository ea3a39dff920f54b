"""Numbers, categories and dates as the network sees them, and what else than in fit may come."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

import skfcn.tabular.columns as columns
import skfcn.tabular.encodings as encodings

NAN = np.nan
LARGEST = np.finfo(np.float64).max


def read(values):
    if not isinstance(values, np.ndarray):
        values = np.fromiter(values, dtype=object, count=len(values))
    return columns.Column("column 'a'", values)


def written(encoding, values):
    """Return what an encoding writes, in the columns that it says it fills."""
    out = np.zeros((len(values), encoding.width), np.float32)
    with np.errstate(over="ignore"):
        encoding.write(read(values), out)
    assert len(encoding.names("a")) == encoding.width
    return out


# --- numbers ----------------------------------------------------------------------------------


def number(values):
    return encodings.Number(np.asarray(values))


def test_a_number_is_centred_scaled_and_softly_clipped():
    values = np.array([0.0, 1, 2, 3, 4, 100])
    quarter, median, three_quarters = np.quantile(values, [0.25, 0.5, 0.75])
    z = (values - median) / (three_quarters - quarter)

    (found,) = written(number(values), values).T

    np.testing.assert_allclose(found, z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-6)
    assert abs(found).max() < 3


def test_where_most_numbers_are_one_the_others_decide():
    values = np.array([5.0] * 9 + [7])

    found = written(number(values), values)[:, 0]

    assert found[0] == 0
    assert found[-1] == pytest.approx(2 / np.sqrt(1 + 4 / 9))


def test_a_second_column_tells_what_was_missing():
    encoding = number([1.0, NAN, 3.0, 5.0])

    assert encoding.names("a") == ["a", "a_missing"]
    np.testing.assert_allclose(
        written(encoding, np.array([NAN, 3.0, 5])), [[0, 1], [0, -1], [0.949, -1]], atol=1e-3
    )


def test_numbers_missing_for_the_first_time_become_the_median():
    encoding = number([1.0, 3.0, 5.0])

    assert encoding.names("a") == ["a"]
    np.testing.assert_array_equal(written(encoding, np.array([NAN, 3.0])), [[0], [0]])


def test_where_those_that_are_known_are_one_only_missing_ones_count():
    encoding = number([5.0, NAN, 5.0])

    assert encoding.names("a") == ["a_missing"]
    np.testing.assert_array_equal(written(encoding, np.array([NAN, 5, 7])), [[1], [-1], [-1]])


@pytest.mark.parametrize("values", [[1.0, 1.0], [7], [NAN, NAN], [0.0, -0.0]])
def test_a_constant_number_has_no_width(values):
    assert number(values).width == 0


@pytest.mark.parametrize(
    "values",
    [
        [-LARGEST, LARGEST],
        [-LARGEST, -LARGEST, LARGEST, LARGEST],
        [1e300, 1e300, 1e300, 2e300],
        [0, 5e-324],
        [0, 0, 0, 5e-324],
        [0, 1e-310, 2e-310, 1e300],
        [1.0, np.nextafter(1, 2)],
        [5e-324, LARGEST],
    ],
)
def test_numbers_of_any_size_keep_their_order(values):
    found = written(number(values), np.array(values))[:, 0]

    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()
    assert found[-1] - found[0] > 0.6


def test_digits_that_float32_has_not_are_kept():
    values = np.array([1e15, 1e15 + 1, 1e15 + 2])

    found = written(number(values), values)[:, 0]

    np.testing.assert_allclose(found, [-0.949, 0, 0.949], atol=1e-3)


def test_numbers_in_float32_are_scaled_in_float64():
    values = np.array([1e8 - 8, 1e8, 1e8 + 8], np.float32)

    found = written(number(values), values)[:, 0]

    np.testing.assert_allclose(found, [-0.949, 0, 0.949], atol=1e-3)


def test_numbers_far_from_those_of_fit_stay_within_the_limit():
    found = written(number([0, 5e-324, 1e-323]), np.array([-LARGEST, LARGEST, 1.0, 0, NAN]))

    np.testing.assert_allclose(found[:3, 0], [-3, 3, 3])
    assert np.isfinite(found).all()


@given(
    st_numpy.arrays(
        np.float64, st.integers(2, 20), elements=st.floats(allow_infinity=False, width=64)
    )
)
def test_whatever_the_numbers_no_result_is_undefined(values):
    encoding = number(values)
    missing = np.isnan(values)

    out = written(encoding, values)

    assert (abs(out) <= 3).all()
    if encoding.varies:
        order = np.argsort(values[~missing])
        assert (np.diff(out[~missing, 0][order]) >= 0).all()
        assert out[~missing, 0].min() < out[~missing, 0].max()


@pytest.mark.parametrize(
    "values",
    [
        np.array([True, False]),
        [True, None, 0],
        [True, pd.NA, False],
        ["1", None, "0"],
        [np.float32(1), pd.NA, False],
        [Decimal(1), None, 0],
    ],
)
def test_what_can_be_read_as_numbers_is_a_number_where_fit_saw_numbers(values):
    encoding = number([0.0, 1.0])

    found = written(encoding, values)[:, 0]

    assert found[0] == -found[-1] > 0
    assert not found[1:-1].any()


@pytest.mark.parametrize(
    ("values", "culprit"),
    [
        (["1", "two"], "'two'"),
        ([True, "two"], "'two'"),
        ([None, date(2020, 1, 1)], r"datetime.date\(2020, 1, 1\)"),
        (np.array(["2020-01-01"], "M8[ns]"), "datetime.datetime"),
        (np.array([1], "m8[s]"), "datetime.timedelta"),
        ([1, [2]], r"\[2\]"),
    ],
)
def test_what_is_no_number_is_refused_where_fit_saw_numbers(values, culprit):
    with pytest.raises(ValueError, match=f"column 'a' held numbers in fit, and now {culprit}"):
        written(number([0.0, 1.0]), values)


@pytest.mark.parametrize("values", [[None], [pd.NA], [pd.NaT], [NAN], np.array(["NaT"], "M8[s]")])
def test_a_column_of_which_all_is_missing_is_a_number(values):
    assert written(number([0.0, 1.0, NAN]), values).tolist() == [[0, 1]]


# --- categories -------------------------------------------------------------------------------


def category(values):
    return encodings.Category(columns.counted(read(values)))


def large(values):
    return encodings.LargeCategory(columns.counted(read(values)))


def test_two_values_are_one_column():
    encoding = category(["b", "a", "b"])

    assert encoding.names("x") == ["x_b"]
    assert written(encoding, ["a", "b", "c", None]).tolist() == [[-1], [1], [0], [0]]


def test_more_values_are_a_column_each():
    encoding = category(["b", "a", None, "b"])

    assert encoding.names("x") == ["x_a", "x_b", "x_missing"]
    assert written(encoding, ["b", None, "a", "c"]).tolist() == [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 0],
    ]


@pytest.mark.parametrize("values", [["a", "a"], [None, NAN, pd.NA]])
def test_one_value_has_no_width(values):
    assert category(values).width == 0


@pytest.mark.parametrize("missing", [None, NAN, np.float32(NAN), pd.NA, pd.NaT])
def test_whatever_says_that_it_is_missing_is_one_value(missing):
    encoding = category(["a", "b", None])

    assert written(encoding, [missing, "a"]).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_numbers_are_ordered_by_size_before_strings_and_what_is_missing():
    encoding = category(["x", 10, None, 9, True, 2.5])

    assert encoding.values == [True, 2.5, 9, 10, "x", None]


@given(st.permutations([1, "a", None, "1", 2.5, "b"]))
def test_codes_do_not_depend_on_the_order_of_rows(values):
    assert category(values).values == [1, 2.5, "1", "a", "b", None]


def test_numbers_and_strings_that_look_alike_are_two_values():
    encoding = category([1, "1", "a"])

    assert written(encoding, ["1", 1, 1.0, True]).tolist() == [[0, 1, 0], *[[1, 0, 0]] * 3]


@pytest.mark.parametrize("values", [[1, 2], np.array([1, 2]), np.array([1.0, 2.0])])
def test_numbers_mean_their_strings_where_fit_saw_strings(values):
    encoding = category(["1", "2", "unknown"])

    assert written(encoding, values).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_strings_mean_their_numbers_where_fit_saw_numbers():
    encoding = category(np.array([1, 2, 3]))

    assert written(encoding, ["3", "x", "1"]).tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    assert written(category([1.0, 2.5, None]), ["1", "2.5"]).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_booleans_mean_their_strings_where_fit_saw_strings():
    encoding = category(["True", "False", "unknown"])

    assert written(encoding, np.array([True, False])).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_a_string_that_ends_in_zero_means_itself():
    assert not written(category(["1", "2", "3"]), ["1.0"]).any()


def test_integers_of_fit_are_found_among_floats():
    encoding = category(np.array([1, 2, 3]))

    assert written(encoding, np.array([3.0, NAN, 1.5])).tolist() == [[0, 0, 1], *[[0, 0, 0]] * 2]


def test_dates_are_categories_in_any_unit():
    encoding = category(np.array(["2020-01-01", "2021-01-01", "NaT"], "M8[ns]"))

    found = written(encoding, np.array(["NaT", "2021-01-01"], "M8[s]"))

    assert found.tolist() == [[0, 0, 1], [0, 1, 0]]
    assert encoding.names("a")[0] == "a_2020-01-01 00:00:00"


def test_a_large_category_counts_through_what_came_twice():
    encoding = large(["c", "a", "c", "once", None, "a", None])

    assert encoding.n_codes == 4
    assert encoding.names("x") == ["x"]
    assert written(encoding, ["a", "c", None, "once", "new"]).T.tolist() == [[1, 2, 3, 0, 0]]


def test_a_large_category_of_which_nothing_came_twice_has_no_width():
    assert large(["a", "b", "c"]).width == 0


@pytest.mark.parametrize("make", [category, large])
def test_values_without_a_hash_are_refused(make):
    with pytest.raises(ValueError, match="column 'a' holds objects that are no categories"):
        written(make(["a", "a", "b", "b", "c"]), [["a"], "b"])


@given(st.lists(st.sampled_from(["a", "b", 1, 2.5, None, NAN, True, ("t",)]), min_size=2))
def test_each_value_has_a_code_of_its_own(values):
    encoding = category(values)
    n_values = len({None if value is NAN else value for value in values})
    assert encoding.width == (n_values if n_values > 2 else n_values - 1)
    assume(n_values > 1)

    out = written(encoding, values)

    assert len(np.unique(out, axis=0)) == n_values
    if n_values > 2:
        assert (out.sum(axis=1) == 1).all()


# --- dates ------------------------------------------------------------------------------------


def dates(*values, unit="s"):
    return np.array(values, f"M8[{unit}]")


def test_a_date_becomes_days_and_the_parts_that_vary():
    values = dates("2020-01-31T06", "2020-02-29T06", "2021-03-01T06")

    encoding = encodings.Time(values)

    assert encoding.names("a") == ["a_days", "a_month", "a_day", "a_weekday"]
    days, month, day, weekday = written(encoding, values).T
    expected = number([0.0, 29, 395])
    np.testing.assert_allclose(days, written(expected, np.array([0.0, 29, 395]))[:, 0], rtol=1e-6)
    np.testing.assert_array_equal(np.sign(month), [-1, 0, 1])
    np.testing.assert_array_equal(np.argsort(day), [2, 1, 0])
    np.testing.assert_array_equal(np.argsort(weekday), [2, 0, 1])  # Monday, Friday, Saturday


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_unit_of_dates_makes_no_difference(unit):
    values = dates("1969-12-31T23:30", "2000-02-29T00:00", "NaT", "2020-06-15T12:45")

    of_seconds, of_unit = encodings.Time(values), encodings.Time(values.astype(f"M8[{unit}]"))

    assert of_seconds.width == 6
    np.testing.assert_array_equal(
        written(of_seconds, values.astype(f"M8[{unit}]")), written(of_unit, values)
    )


def test_parts_of_dates_before_1970_are_those_of_the_calendar():
    values = dates("1969-12-31T18:00", "1900-03-01T01:30")

    found = {name: part(values).tolist() for name, part in encodings._PARTS.items()}

    assert found == {
        "days": [-0.25, -25508 + 1 / 16],
        "month": [11, 2],
        "day": [30, 0],
        "weekday": [2, 3],  # Wednesday, Thursday
        "hour": [18, 1.5],
    }


def test_one_hour_on_many_days_is_no_part_that_varies():
    values = dates("2020-01-01T09:07") + np.arange(1000) * np.timedelta64(1, "D")

    assert "a_hour" not in encodings.Time(values).names("a")


def test_missing_dates_are_told_once():
    encoding = encodings.Time(dates("2020-01-01", "2020-01-02", "NaT"))

    assert encoding.names("a") == ["a_days", "a_day", "a_weekday", "a_missing"]
    assert written(encoding, dates("NaT")).tolist() == [[0, 0, 0, 1]]
    assert written(encoding, dates("2020-01-02"))[0, -1] == -1


def test_where_known_dates_are_one_only_missing_ones_count():
    encoding = encodings.Time(dates("2020-01-01", "NaT"))

    assert encoding.names("a") == ["a_missing"]
    assert written(encoding, dates("NaT", "2021-01-01")).tolist() == [[1], [-1]]


@pytest.mark.parametrize(
    "missing", [dates("NaT"), [None], [pd.NaT], [NAN], [pd.NA], np.array([NAN])], ids=repr
)
def test_dates_missing_for_the_first_time_are_in_the_middle(missing):
    encoding = encodings.Time(dates("2020-01-01", "2020-01-02"))

    assert written(encoding, missing).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("values", [dates("2020-01-01", "2020-01-01"), dates("NaT", "NaT")])
def test_a_constant_date_has_no_width(values):
    assert encodings.Time(values).width == 0


@pytest.mark.parametrize("unit", ["D", "s", "ns"])
def test_a_duration_is_a_number_of_days(unit):
    values = np.array([1, 2, 4, "NaT"], f"m8[{unit}]")

    encoding = encodings.Time(values)

    assert encoding.names("a") == ["a_days", "a_missing"]
    as_number = number([1, 2, 4, NAN])
    np.testing.assert_allclose(
        written(encoding, values), written(as_number, np.array([1, 2, 4, NAN])), rtol=1e-5
    )


def test_dates_of_python_are_read_where_fit_saw_dates():
    values = dates("2020-01-01", "2020-01-02")
    encoding = encodings.Time(values)

    found = written(encoding, [datetime(2020, 1, 1), date(2020, 1, 2)])

    np.testing.assert_array_equal(found, written(encoding, values))


@pytest.mark.parametrize(
    ("values", "culprit"),
    [
        ([None, "2020-01-32"], "'2020-01-32'"),
        (np.array([NAN, 1.5]), "1.5"),
        ([timedelta(1)], "datetime.timedelta"),
        (np.array([1], "m8[D]"), "datetime.timedelta"),
        ([date(2020, 1, 1), 1], "datetime.date"),
        (np.array([True]), "True"),
    ],
)
def test_what_is_no_date_is_refused_where_fit_saw_dates(values, culprit):
    with pytest.raises(ValueError, match=f"column 'a' held dates in fit, and now {culprit}"):
        written(encodings.Time(dates("2020-01-01", "2020-01-02")), values)


def test_dates_are_refused_where_fit_saw_durations():
    encoding = encodings.Time(np.array([1, 2], "m8[D]"))

    with pytest.raises(ValueError, match="column 'a' held durations in fit, and now datetime"):
        written(encoding, dates("2020-01-01"))


def test_counts_are_left_as_they_were():
    counts = Counter("aab")

    encodings.Category(counts)
    encodings.LargeCategory(counts)

    assert counts == Counter("aab")
