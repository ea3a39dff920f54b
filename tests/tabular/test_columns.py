"""Each kind of column, from each library: the values that it is read as."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import repeat

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import skfcn.tabular.columns as columns

NAN, NAT = np.nan, "NaT"
NOON = datetime(2020, 1, 1, 12)
BERLIN = "Europe/Berlin"  # an hour ahead of UTC in winter


def read(values, name="column 'a'"):
    """Return a column of any values."""
    if not isinstance(values, np.ndarray):
        values = np.fromiter(values, dtype=object, count=len(values))
    return columns.Column(name, values)


def only(table):
    (column,) = columns.columns_of(table)
    return column


def same(found, expected):
    """Tell whether two lists hold the same values, what is missing in either being alike."""
    return len(found) == len(expected) and all(
        columns.is_missing(b) if columns.is_missing(a) else a == b
        for a, b in zip(found, expected, strict=True)
    )


# --- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float16", "float32", "float64"])
def test_numbers_of_an_array_are_not_copied(dtype):
    X = np.array([[1, 2], [3, 4]], dtype=dtype)

    first, second = columns.columns_of(X)

    assert (first.name, second.name) == ("column 0", "column 1")
    assert np.shares_memory(columns.as_numbers(second), X)
    assert columns.as_numbers(second).tolist() == [2, 4]


@pytest.mark.parametrize("dtype", ["Int64", "UInt8", "Float32", "Float64"])
def test_pandas_own_numbers_have_nan_for_na(dtype):
    column = only(pd.DataFrame({"a": pd.array([1, None, 3], dtype=dtype)}))

    assert column.name == "column 'a'"
    assert same(columns.as_numbers(column).tolist(), [1, NAN, 3])


def test_numbers_of_a_pandas_frame_are_not_copied():
    X = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})

    assert all(np.shares_memory(c.values, X.to_numpy()) for c in columns.columns_of(X))


def test_sparse_numbers_of_pandas_are_read():
    column = only(pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 2.0, NAN])}))

    assert same(columns.as_numbers(column).tolist(), [0, 2, NAN])


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt64, pl.Float32, pl.Decimal(10, 2)])
def test_numbers_of_polars_have_nan_for_null(dtype):
    column = only(pl.DataFrame({"a": pl.Series([1, None, 3]).cast(dtype)}))

    assert column.name == "column 'a'"
    assert same(columns.as_numbers(column).tolist(), [1, NAN, 3])


@pytest.mark.skipif(not hasattr(pl, "Int128"), reason="this polars has none")
def test_numbers_of_128_bits_are_read():
    column = only(pl.DataFrame({"a": pl.Series([1, None, 2**100], dtype=pl.Int128)}))

    assert same(columns.as_numbers(column).tolist(), [1, NAN, 2**100])


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2.5", None],
        ["1", 2.5, pd.NA],
        [Decimal(1), np.float32(2.5), NAN],
        [1, Decimal("2.5"), Decimal("NaN")],
        [b"1", " 2.5\n", pd.NaT],
    ],
)
def test_strings_and_objects_that_are_numbers_are_numbers(values):
    assert same(columns.as_numbers(read(values)).tolist(), [1, 2.5, NAN])


@pytest.mark.parametrize(
    "values",
    [
        ["1", "a"],
        ["", "1"],
        [pd.NA, "a"],
        [True, False],
        [1, np.True_],
        np.array([True, False]),
        [date(2020, 1, 1), None],
        np.array(["2020-01-01"], "M8[s]"),
        [[1], [2]],
        [{}, 1],
    ],
)
def test_what_is_no_number_is_not_taken_for_one(values):
    assert columns.as_numbers(read(values)) is None


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, np.inf]),
        np.array([1, -np.inf], np.float16),
        ["1", "-inf"],
        [1, "1e400"],
        [1, 10**400],
        [1, None, Decimal("Infinity")],
    ],
)
def test_infinity_is_refused_by_name(values):
    with pytest.raises(ValueError, match=r"infinity or a value too large .*: column 'a'\."):
        columns.as_numbers(read(values))


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="they are one")
def test_long_doubles_are_numbers_as_far_as_float64_goes():
    assert columns.as_numbers(read(np.array([1, NAN], np.longdouble))).dtype == np.float64
    with pytest.raises(ValueError, match=r"too large .*: column 'a'\."):
        columns.as_numbers(read(np.array([np.finfo(np.longdouble).max])))


def test_complex_numbers_are_refused_by_name():
    with pytest.raises(ValueError, match=r"Complex data not supported: column 'a'\."):
        list(columns.columns_of(pd.DataFrame({"a": [1j]})))


# --- categories -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [object, "str", "string", "category"])
def test_strings_of_pandas_are_read(dtype):
    column = only(pd.DataFrame({"a": pd.Series(["x", None, "y"], dtype=dtype)}))

    assert same(columns.as_objects(column.values), ["x", None, "y"])
    assert column.is_category == (dtype == "category")


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["y", "z", "x"])])
def test_strings_of_polars_are_read(dtype):
    column = only(pl.DataFrame({"a": pl.Series(["x", None, "y"], dtype=dtype)}))

    assert same(columns.as_objects(column.values), ["x", None, "y"])
    assert column.is_category == (dtype != pl.String)


@pytest.mark.parametrize(
    "series",
    [
        pd.Series([True, None, False], dtype=object),
        pd.Series([True, None, False], dtype="boolean"),
        pl.Series([True, None, False]),
    ],
    ids=["objects", "boolean", "polars"],
)
def test_booleans_with_missing_ones_are_read(series):
    frame = pl.DataFrame if isinstance(series, pl.Series) else pd.DataFrame

    column = only(frame({"a": series}))

    assert same(columns.as_objects(column.values), [True, None, False])


@pytest.mark.parametrize(
    "categories",
    [
        pd.Index([3, 1, 2]),
        pd.Index([0.5, 1.5]),
        pd.Index([True, False]),
        pd.to_datetime(["2020-01-01", "2021-01-01"]),
        pd.interval_range(0, 2),
    ],
    ids=str,
)
def test_categories_of_any_kind_are_read(categories):
    values = pd.Categorical.from_codes([1, -1, 0], categories)

    column = only(pd.DataFrame({"a": values}))

    assert column.is_category
    assert same(columns.as_objects(column.values), [categories[1], None, categories[0]])


def test_strings_of_an_array_become_objects():
    column = next(columns.columns_of(np.array([["x", "1"]])))

    assert column.values.dtype == object
    assert column.values.tolist() == ["x"]


@pytest.mark.parametrize("missing", [None, NAN, np.float32(NAN), pd.NA, pd.NaT, Decimal("NaN")])
def test_what_is_missing_counts_as_none(missing):
    assert columns.counted(read(["a", missing, missing, "a", None])) == {"a": 2, None: 3}


def test_each_nan_of_an_array_counts_as_none():
    assert columns.counted(read(np.array([1.0, NAN, NAN]))) == Counter({None: 2, 1.0: 1})


def test_dates_are_counted_as_dates():
    times = read(np.array(["2020-01-01T12", "NaT"], "M8[ns]"))

    assert columns.counted(times) == {NOON: 1, None: 1}


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [[1], [2]]}),
        pd.DataFrame({"a": [{}, None]}),
        pd.DataFrame({"a": [np.zeros(2), np.zeros(3)]}),
        pl.DataFrame({"a": [[1], None]}),
        pl.DataFrame({"a": [{"b": 1}, {"b": 2}]}),
        pl.DataFrame({"a": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2))}),
    ],
    ids=["lists", "dicts", "arrays", "polars' lists", "structs", "polars' arrays"],
)
def test_objects_without_a_hash_are_refused_by_name(table):
    with pytest.raises(ValueError, match="column 'a' holds objects that are no categories"):
        columns.counted(only(table))


# --- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_of_pandas_keep_their_unit(unit):
    times = np.array(["2020-01-01T12", NAT], f"M8[{unit}]")

    found = columns.as_times(only(pd.DataFrame({"a": times}))).values

    assert found.dtype == times.dtype
    np.testing.assert_array_equal(found, times)


def test_dates_that_nanoseconds_cannot_hold_are_read():
    times = np.array(["0001-01-01", "9999-12-31"], "M8[s]")

    np.testing.assert_array_equal(columns.as_times(only(pd.DataFrame({"a": times}))).values, times)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": pd.Series([NOON, None]).dt.tz_localize("UTC").dt.tz_convert(BERLIN)}),
        pl.DataFrame({"a": pl.Series([NOON, None]).dt.replace_time_zone("UTC")}),
        pd.DataFrame({"a": pd.Series([NOON.replace(tzinfo=UTC), None], dtype=object)}),
        pd.DataFrame(
            {"a": pd.Series([pd.Timestamp("2020-01-01 13:00", tz=BERLIN), pd.NaT], dtype=object)}
        ),
        pd.DataFrame(
            {
                "a": pd.Series(
                    [datetime(2020, 1, 1, 14, tzinfo=timezone(timedelta(hours=2))), NAN],
                    dtype=object,
                )
            }
        ),
    ],
    ids=["pandas", "polars", "objects", "Timestamp", "offset"],
)
def test_dates_with_a_time_zone_are_in_utc(table):
    found = columns.as_times(only(table)).values

    np.testing.assert_array_equal(found, np.array([NOON, NAT], "M8[us]"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([NOON, None], [NOON, NAT]),
        ([date(2020, 1, 1), NOON], ["2020-01-01", NOON]),
        ([np.datetime64("2020-01-01"), pd.NaT], ["2020-01-01", NAT]),
        ([pd.Timestamp(NOON), NAN, pd.NA], [NOON, NAT, NAT]),
        ([date(1, 1, 1), date(9999, 12, 31)], ["0001-01-01", "9999-12-31"]),
    ],
)
def test_dates_among_objects_are_dates(values, expected):
    np.testing.assert_array_equal(
        columns.as_times(read(values)).values, np.array(expected, "M8[us]")
    )


@pytest.mark.parametrize(
    "values",
    [
        [timedelta(hours=12), None],
        [np.timedelta64(12, "h"), pd.NaT],
        [pd.Timedelta(hours=12), NAN],
        [time(12), None],
        [time(12, tzinfo=UTC), None],
    ],
)
def test_durations_among_objects_are_durations(values):
    half_a_day = np.array([np.timedelta64(12, "h"), NAT], "m8[us]")

    np.testing.assert_array_equal(columns.as_times(read(values)).values, half_a_day)


@pytest.mark.parametrize(
    "values",
    [
        [NOON, timedelta(1)],
        [NOON, "2020-01-01"],
        [NOON, 1.0],
        ["2020-01-32"],
        ["2020-01-01", 1],
        [pd.NaT, pd.NaT],
        [None],
        np.array([1.0]),
        np.array([True]),
    ],
)
def test_what_is_no_date_is_not_taken_for_one(values):
    assert columns.as_times(read(values)) is None


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        (pl.Date, date(2020, 1, 1), np.datetime64("2020-01-01")),
        (pl.Datetime("ns"), NOON, np.datetime64(NOON)),
        (pl.Duration("ms"), timedelta(1), np.timedelta64(1, "D")),
        (pl.Time, time(12), np.timedelta64(12, "h")),
    ],
)
def test_dates_of_polars_are_read(dtype, value, expected):
    found = columns.as_times(
        only(pl.DataFrame({"a": pl.Series([value, None], dtype=dtype)}))
    ).values

    assert found[0] == expected
    assert np.isnat(found[1])


def test_periods_of_pandas_are_their_beginnings():
    months = pd.period_range("2020-01", periods=2, freq="M")

    found = columns.as_times(only(pd.DataFrame({"a": months}))).values

    np.testing.assert_array_equal(found, np.array(["2020-01", "2020-02"], "M8[us]"))


# --- tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels", [[0, 1], [5, -1], ["a", "a"], [("a", "b"), ("a", "c")], [0.5, 1.5]], ids=str
)
def test_columns_of_pandas_are_read_in_order_whatever_their_labels(labels):
    X = pd.DataFrame([[1, 2], [3, 4]])
    X.columns = labels

    found = list(columns.columns_of(X))

    assert [column.values.tolist() for column in found] == [[1, 3], [2, 4]]
    assert [column.name for column in found] == [f"column {label!r}" for label in labels]


def test_every_frame_is_a_table_and_nothing_else():
    assert columns.is_table(pd.DataFrame({"a": [1]}))
    assert columns.is_table(pl.DataFrame({"a": [1]}))
    for other in (np.ones((1, 1)), [[1]], pd.Series([1]), pl.Series([1]), {"a": [1]}):
        assert not columns.is_table(other)


def test_a_column_of_nulls_is_missing():
    numbers = columns.as_numbers(only(pl.DataFrame({"a": [None, None]})))

    assert np.isnan(numbers).all()


# --- Arrow ------------------------------------------------------------------------------------

ARROW = {
    "int": ("int8", [1, None, 3]),
    "half": ("float16", [np.float16(1), None, np.float16(3)]),
    "decimal": ("decimal", [Decimal("1.5"), None, Decimal(2)]),
    "string": ("string", ["x", None, "y"]),
    "large string": ("large_string", ["x", None, "y"]),
    "bool": ("bool_", [True, None, False]),
    "null": ("null", [None, None, None]),
    "dictionary": ("dictionary", ["x", None, "y"]),
    "date": ("date32", [date(2020, 1, 1), None, date(2021, 1, 1)]),
    "timestamp": ("timestamp", [NOON.replace(tzinfo=UTC), None, NOON.replace(tzinfo=UTC)]),
    "duration": ("duration", [timedelta(1), None, timedelta(2)]),
    "time": ("time", [time(12), None, time(13)]),
}


@pytest.fixture(params=ARROW)
def arrow(request):
    """A table of one Arrow column, and its values."""
    name, values = ARROW[request.param]
    types = {
        "decimal": lambda: pa.decimal128(5, 2),
        "dictionary": lambda: pa.dictionary(pa.int32(), pa.string()),
        "timestamp": lambda: pa.timestamp("s", BERLIN),
        "duration": lambda: pa.duration("ms"),
        "time": lambda: pa.time64("us"),
    }
    type_ = types[name]() if name in types else getattr(pa, name)()
    return pa.table({"a": pa.array(values, type_)}), values


def meaning(column):
    """Return the values of a column, by what it is taken for."""
    times, numbers = columns.as_times(column), columns.as_numbers(column)
    return times.values if times is not None else numbers if numbers is not None else column.values


def test_arrow_means_the_same_in_each_guise(arrow):
    table, values = arrow
    (batch,) = table.to_batches()
    dtypes = dict(zip(table.schema.types, map(pd.ArrowDtype, table.schema.types), strict=True))
    frame = table.to_pandas(types_mapper=dtypes.get)
    expected = columns.as_objects(meaning(read(values)))
    assert hasattr(frame["a"].dtype, "pyarrow_dtype")

    for guise in (table, batch, frame):
        column = only(guise)
        assert columns.is_table(guise)
        assert column.name == "column 'a'"
        assert column.is_category == str(table.schema.types[0]).startswith("dictionary")
        assert same(columns.as_objects(meaning(column)), expected)


def test_pandas_strings_in_arrow_are_read():
    series = pd.Series(["x", None], dtype="string[pyarrow]")

    assert same(only(pd.DataFrame({"a": series})).values.tolist(), ["x", None])


def test_lists_of_arrow_are_refused_by_name():

    with pytest.raises(ValueError, match="column 'a' holds objects that are no categories"):
        columns.counted(only(pa.table({"a": [[1], [2]]})))


def test_several_chunks_are_one_column():
    table = pa.concat_tables(repeat(pa.table({"a": [1, 2]}), 3))

    assert columns.as_numbers(only(table)).tolist() == [1, 2] * 3
