"""`TableEncoder`: what becomes of whole tables, whatever made them, and what is refused."""

import copy
import pickle
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import skops.io
from allocation import peak_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from skfcn.tabular import TableEncoder

NAN = np.nan
N = 60  # rows

FRAME = pd.DataFrame(
    {
        "size": [1.0, 3.0, NAN, 5.0],
        "colour": ["red", "blue", "red", None],
        "old": [True, False, False, True],
        "day": pd.to_datetime(["2020-01-01", "2020-02-02", "2020-02-03", "2020-01-31"]),
    }
)
NAMES = ["size", "size_missing", "colour_blue", "colour_red", "colour_missing", "old_True"]
NAMES += ["day_days", "day_month", "day_day", "day_weekday"]


def many(n_values, prefix="v"):
    """Return N strings of so many values, each of which comes at least once."""
    return [f"{prefix}{i % n_values:02}" for i in range(N)]


def names_of(X, **parameters):
    return TableEncoder(**parameters).fit(X).get_feature_names_out().tolist()


def test_check_estimator():
    results = check_estimator(TableEncoder(), on_skip=None)
    assert {result["status"] for result in results} <= {"passed", "skipped"}


# --- what becomes of a table ------------------------------------------------------------------


def test_a_frame_becomes_numbers_of_one_scale():
    encoder = TableEncoder()

    X = encoder.fit_transform(FRAME)

    assert X.dtype == np.float32
    assert X.flags.c_contiguous
    assert encoder.get_feature_names_out().tolist() == NAMES
    assert encoder.embedding_sizes_ == []
    assert encoder.n_features_in_ == 4
    assert encoder.feature_names_in_.tolist() == list(FRAME.columns)
    np.testing.assert_allclose(X[:, 0], [-0.949, 0, 0, 0.949], atol=1e-3)
    assert X[:, 1].tolist() == [-1, -1, 1, -1]
    assert X[:, 2:5].tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert X[:, 5].tolist() == [1, -1, -1, 1]


def test_transform_does_to_each_row_what_it_did_in_fit():
    encoder = TableEncoder()

    X = encoder.fit_transform(FRAME)

    for row in range(len(FRAME)):
        np.testing.assert_array_equal(encoder.transform(FRAME.iloc[[row]]), X[[row]])


def test_fit_and_transform_leave_the_table_alone():
    table = FRAME.copy(deep=True)

    TableEncoder().fit(table).transform(table)

    pd.testing.assert_frame_equal(table, FRAME)


def test_polars_gives_what_pandas_gives():
    frame = pl.DataFrame(
        {name: [None if pd.isna(v) else v for v in FRAME[name].tolist()] for name in FRAME}
    )

    encoder = TableEncoder().fit(frame)

    assert encoder.get_feature_names_out().tolist() == NAMES
    np.testing.assert_array_equal(encoder.transform(frame), TableEncoder().fit_transform(FRAME))
    np.testing.assert_array_equal(encoder.transform(FRAME), encoder.transform(frame))


def test_arrow_gives_what_pandas_gives():
    table = pa.Table.from_pandas(FRAME)

    encoder = TableEncoder().fit(table)

    assert encoder.get_feature_names_out().tolist() == NAMES
    np.testing.assert_array_equal(encoder.transform(table), TableEncoder().fit_transform(FRAME))
    np.testing.assert_array_equal(encoder.transform(FRAME), encoder.transform(table))


def test_a_list_of_rows_is_a_table():
    rows = [[1, "red", None], [3, "blue", 7], [5, "red", 8.5]]

    assert names_of(rows) == ["x0", "x1_red", "x2", "x2_missing"]
    np.testing.assert_array_equal(
        TableEncoder().fit_transform(rows), TableEncoder().fit_transform(np.array(rows, object))
    )


def test_objects_that_no_library_knows_are_categories():
    X = np.array([[1], ["a"], [True], ["a"], [(1, 2)]], dtype=object)

    assert names_of(X) == ["x0_1", "x0_a", "x0_(1, 2)"]


def test_dates_of_python_are_dates():
    X = pd.DataFrame({"a": [date(2020, 1, 1), date(2020, 2, 1), None]}, dtype=object)

    assert names_of(X) == ["a_days", "a_month", "a_weekday", "a_missing"]


@pytest.mark.parametrize("dtype", [object, "string"])
def test_dates_in_texts_are_dates(dtype):
    days = pd.Series(["13/2/2020", None, " 1/3/2020", "2/3/2020"], dtype=dtype).to_frame("a")
    known = pd.DataFrame({"a": pd.to_datetime(["2020-02-13", None, "2020-03-01", "2020-03-02"])})
    encoder = TableEncoder().fit(days)
    assert encoder.kinds_ == ["date"]
    np.testing.assert_array_equal(encoder.transform(days), TableEncoder().fit_transform(known))
    # A day is read as in fit where it could be a month.
    np.testing.assert_array_equal(encoder.transform(days[2:]), encoder.transform(known[2:]))
    with pytest.raises(ValueError, match="held dates in fit, and now '1"):
        encoder.transform(pd.DataFrame({"a": ["1.5."]}))
    assert TableEncoder(["a"]).fit(days).kinds_ == ["category"]


def test_one_instant_is_one_date_in_any_time_zone():
    times = pd.Series([datetime(2020, 1, 1, h, tzinfo=UTC) for h in (1, 12, 23)])
    encoder = TableEncoder().fit(times.to_frame("a"))

    in_tokyo = encoder.transform(times.dt.tz_convert("Asia/Tokyo").to_frame("a"))

    np.testing.assert_array_equal(in_tokyo, encoder.transform(times.to_frame("a")))
    assert encoder.get_feature_names_out().tolist() == ["a_days", "a_hour"]


@pytest.mark.parametrize(
    "X",
    [
        np.array([[1.0], [NAN], [2.0]])[::-1],
        np.asfortranarray(np.array([[1.0, 2.0], [3.0, 4.0]])),
        np.array([[1, 0, 2, 0], [3, 0, 4, 0]], dtype=np.int16)[:, ::2],
        pd.DataFrame(np.arange(12.0).reshape(3, 4)).iloc[::-1, ::2],
        pd.DataFrame(np.arange(12.0).reshape(4, 3)).T,
    ],
    ids=["reversed", "by columns", "every other", "slice of a frame", "transposed frame"],
)
def test_how_numbers_lie_in_memory_makes_no_difference(X):
    plain = np.array(X, dtype=np.float64, order="C")

    np.testing.assert_array_equal(
        TableEncoder().fit_transform(X), TableEncoder().fit_transform(plain)
    )


def test_arrays_that_cannot_be_written_to_are_read(tmp_path):
    X = np.array([[1.0, NAN], [2.0, 3.0], [4.0, 5.0]])
    np.save(tmp_path / "X.npy", X)
    in_file = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected = TableEncoder().fit_transform(X)
    X.flags.writeable = False

    np.testing.assert_array_equal(TableEncoder().fit_transform(in_file), expected)
    np.testing.assert_array_equal(TableEncoder().fit_transform(X), expected)
    np.testing.assert_array_equal(TableEncoder().fit_transform(pd.DataFrame(X)), expected)


def test_huge_and_tiny_numbers_give_no_warning():
    X = np.array([[1e300, 0], [-1.7e308, 5e-324], [1.7e308, 1e-323], [0, 0]])
    encoder = TableEncoder().fit(X)

    for table in (X, X[:, ::-1], pd.DataFrame(X).to_numpy()):
        assert np.isfinite(encoder.transform(table)).all()


VALUES = [1, 2.5, -7, "1", "a", "b", True, None, NAN, pd.NA, date(2020, 1, 1), ("t",), b"b"]


@given(
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=5, unique_by=repr).flatmap(
        lambda some: st.lists(st.sampled_from(some), min_size=1, max_size=12)
    )
)
def test_whatever_a_column_holds_each_row_is_encoded_alone_as_in_fit(values):
    X = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    encoder = TableEncoder()

    encoded = encoder.fit_transform(X)

    assert np.isfinite(encoded).all()
    assert encoded.shape == (len(X), len(encoder.get_feature_names_out()))
    for row in range(len(X)):
        np.testing.assert_array_equal(encoder.transform(X.iloc[[row]]), encoded[[row]])


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame], ids=["array", "frame"])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_a_table_is_encoded_a_column_at_a_time(make, dtype):
    n_rows = 5000
    X = make((100 * np.random.default_rng(0).standard_normal((n_rows, 40))).astype(dtype))
    encoder = TableEncoder().fit(X)

    columns = peak_of(lambda: encoder.transform(X)) / (8 * n_rows)

    assert columns < 40 / 2 + 5  # the result in float32, and little besides
    assert peak_of(lambda: encoder.fit(X)) < 10 * 8 * n_rows


# --- what tells nothing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "constant",
    [[1, 1], [NAN, NAN], ["a", "a"], [None, None], [True, True], [pd.NaT, pd.NaT]],
    ids=str,
)
def test_a_constant_column_is_dropped_without_a_word(constant):
    X = pd.DataFrame({"a": constant, "b": [1, 2]})
    encoder = TableEncoder().fit(X)

    assert encoder.get_feature_names_out().tolist() == ["b"]
    assert encoder.transform(X.assign(a=["anything", [1]])).shape == (2, 1)


def test_a_table_of_constants_has_no_columns():
    X = pd.DataFrame({"a": [1, 1], "b": ["c", "c"]})
    encoder = TableEncoder()

    assert encoder.fit_transform(X).shape == (2, 0)
    assert encoder.get_feature_names_out().tolist() == []
    assert encoder.embedding_sizes_ == []
    assert encoder.set_output(transform="pandas").transform(X).shape == (2, 0)


def test_categories_that_nothing_has_make_no_columns():
    X = pd.DataFrame({"a": pd.Categorical(["x", "y", "z"], ["w", "z", "y", "x"])})

    assert names_of(X) == ["a_x", "a_y", "a_z"]


IDENTIFIERS = {
    "text": [f"text {i}" for i in range(N)],
    "mostly text": [f"text {max(i, 10)}" for i in range(N)],
    "customer_id": np.arange(N),
    "rowID": np.arange(N)[::-1].astype(float),
    "Unnamed: 0": pd.array(np.arange(N), dtype="Int64"),
    "IDNumber": [str(i) for i in range(N)],
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_an_identifier_is_left_out_with_a_warning(name):
    X = pd.DataFrame({name: IDENTIFIERS[name], "b": np.arange(N)})
    encoder = TableEncoder()
    message = rf"^Column '{name}' is left out.*name it in categorical_features.*TableVectorizer"

    with pytest.warns(UserWarning, match=message):
        encoder.fit(X)

    assert encoder.get_feature_names_out().tolist() == ["b"]


FEATURES = {
    "half text": [f"text {max(i, 30)}" for i in range(N)],
    "few": (["a", "b", None] * N)[:N],
    "valid": np.arange(N),
    "width": np.arange(N),
    "one id twice": np.array([1, *range(1, N)]),
    "id in part": np.array([NAN, *range(1, N)]),
    "id of no row": np.arange(N) + 0.5,
    "text of a category": pd.Categorical([f"text {max(i, 2)}" for i in range(N)]),
}


@pytest.mark.parametrize("name", FEATURES)
def test_what_only_looks_like_an_identifier_stays(name):
    encoder = TableEncoder()

    assert encoder.fit_transform(pd.DataFrame({name: FEATURES[name]})).shape[1] > 0


def test_few_rows_have_no_identifiers():
    X = pd.DataFrame({"id": range(19), "a": [f"text {i}" for i in range(19)]})

    assert len(names_of(X)) == 1 + 19


def test_one_warning_names_all_and_the_users_line():
    X = pd.DataFrame({"a": IDENTIFIERS["text"], "id": range(N), "b": range(N)})

    for learn in (TableEncoder().fit, TableEncoder().fit_transform):
        with pytest.warns(UserWarning, match="Column 'a', column 'id' are left out") as record:
            learn(X)
        assert [warning.filename for warning in record] == [__file__]
    with pytest.warns(UserWarning, match="left out") as record:
        make_pipeline(TableEncoder()).fit(X)
    assert [warning.filename for warning in record] == [__file__]


def test_an_identifier_that_is_named_stays():
    X = pd.DataFrame({"a": IDENTIFIERS["mostly text"]})
    encoder = TableEncoder(categorical_features=["a"]).fit(X)

    assert encoder.embedding_sizes_ == [2]
    assert encoder.transform(X)[:, 0].tolist() == [1] * 11 + [0] * 49


# --- embeddings -------------------------------------------------------------------------------


def test_over_forty_values_become_codes_in_the_last_columns():
    X = pd.DataFrame(
        {
            "a": [*many(41), "once"],
            "b": [*many(40), "v00"],
            "c": [*many(30), None],
            "d": [*range(N), 7],
            "e": [*many(43, "w"), "w00"],
        }
    )
    encoder = TableEncoder()

    encoded = encoder.fit_transform(X)
    names = encoder.get_feature_names_out().tolist()

    assert encoder.embedding_sizes_ == [19 + 1, 17 + 1]
    assert encoded.shape == (N + 1, 40 + 31 + 1 + 2)
    assert names[0] == "b_v00"
    assert names[-3:] == ["d", "a", "e"]
    assert encoded[[0, 18, 19, 41, -1], -2].tolist() == [1, 19, 0, 1, 0]
    assert encoded[[0, 16, 17, 43, -1], -1].tolist() == [1, 17, 0, 1, 1]


def test_values_never_seen_share_the_code_of_those_seen_once():
    X = pd.DataFrame({"a": many(45)})
    encoder = TableEncoder().fit(X)

    found = encoder.transform(pd.DataFrame({"a": ["v00", "new", None, "v44"]}))

    assert found.tolist() == [[1], [0], [0], [0]]


# --- categorical_features ---------------------------------------------------------------------

GRADES = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6], "c": ["x", "y", "z"]})


@pytest.mark.parametrize(
    "spec",
    [
        ["b"],
        [1],
        [-2],
        np.array([1]),
        np.array(["b"]),
        pd.Index(["b"]),
        (1, "b"),
        ["b", "c"],
        [False, True, False],
        np.array([False, True, True]),
    ],
    ids=repr,
)
def test_categories_are_named_by_mask_number_or_name(spec):
    found = names_of(GRADES, categorical_features=spec)

    assert found == ["a", "b_4", "b_5", "b_6", "c_x", "c_y", "c_z"]


@pytest.mark.parametrize("spec", ["from_dtype", [], np.array([]), [False] * 3], ids=repr)
def test_no_categories_are_named(spec):
    assert names_of(GRADES, categorical_features=spec) == ["a", "b", "c_x", "c_y", "c_z"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (["d"], "X has no column 'd'"),
        ([0, "d"], "X has no column 'd'"),
        ([3], "X has no column 3"),
        ([-4], "X has no column -4"),
        ([0.5], "X has no column 0.5"),
        ([1, True], "X has no column True"),
        ([None], "X has no column None"),
        ([[0, 1]], r"X has no column \[0, 1\]"),
        ([True, False], "has 2 booleans, and X 3 columns"),
        ("all", "'categorical_features' parameter of TableEncoder must be"),
        (None, "'categorical_features' parameter of TableEncoder must be"),
        (2, "'categorical_features' parameter of TableEncoder must be"),
    ],
    ids=repr,
)
def test_what_is_wrong_with_named_categories_is_said(spec, message):
    with pytest.raises(ValueError, match=message):
        TableEncoder(categorical_features=spec).fit(GRADES)


def test_an_array_has_no_names():
    with pytest.raises(ValueError, match="X has no column 'a'"):
        TableEncoder(categorical_features=["a"]).fit(np.ones((3, 2)))


def test_numbers_count_columns_whatever_their_labels():
    X = GRADES.set_axis([7, 0, 1], axis=1)

    assert names_of(X, categorical_features=[0])[:4] == ["x0_1", "x0_2", "x0_3", "x1"]


def test_two_columns_of_one_name_are_both_encoded_unless_scikit_learn_refuses_them():
    X = pd.DataFrame([[1, 4], [2, 5], [3, 6]], columns=["a", "a"])
    try:
        StandardScaler().fit(X)
    except Exception as refusal:
        with pytest.raises(type(refusal), match="unique column names"):
            TableEncoder().fit(X)
    else:
        assert names_of(X) == ["a", "a_"]
        assert names_of(X, categorical_features=["a"]) == [
            "a_1",
            "a_2",
            "a_3",
            "a_4",
            "a_5",
            "a_6",
        ]


# --- other tables than in fit -----------------------------------------------------------------


def test_a_number_may_come_as_strings_and_a_category_as_numbers():
    X = pd.DataFrame({"number": [1, 2, 3], "grade": ["1", "2", "none"]})
    encoder = TableEncoder().fit(X)

    found = encoder.transform(pd.DataFrame({"number": ["1", "3"], "grade": [1.0, 2.0]}))

    np.testing.assert_array_equal(found[0], encoder.transform(X)[0])
    assert found[1, 1:].tolist() == [0, 1, 0]


def test_missing_values_may_come_for_the_first_time():
    X = FRAME.dropna()
    encoder = TableEncoder().fit(X)
    empty = {name: [None] for name in X}

    assert not encoder.transform(pd.DataFrame(empty, dtype=object)).any()
    assert not encoder.transform(pl.DataFrame(empty)).any()
    assert not encoder.transform(X.iloc[:1].reindex([0, 99]))[1:].any()


def test_infinity_is_refused_by_name():
    X = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]})
    infinite = X.assign(b=[np.inf, 0])

    with pytest.raises(ValueError, match=r"infinity .*: column 'b'"):
        TableEncoder().fit(infinite)
    with pytest.raises(ValueError, match=r"infinity .*: column 'b'"):
        TableEncoder().fit(X).transform(infinite)
    with pytest.raises(ValueError, match=r"infinity .*: column 1"):
        TableEncoder().fit(infinite.to_numpy())


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_columns_are_checked_as_in_any_transformer(make):
    data = {"a": [1, 2], "b": [3, 4]}
    encoder = TableEncoder().fit(make(data))

    for other in ({"b": [3], "a": [1]}, {"a": [1]}, {"a": [1], "c": [3]}):
        with pytest.raises(ValueError, match="feature names should match"):
            encoder.transform(make(other))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        encoder.transform(np.ones((1, 2)))


def test_the_number_of_columns_is_checked():
    with pytest.raises(ValueError, match="X has 1 features, but TableEncoder is expecting 2"):
        TableEncoder().fit(np.eye(2)).transform(np.ones((1, 1)))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": [], "b": []}, r"0 sample\(s\) \(shape=\(0, 2\)\) while a minimum of 1"),
        ({}, r"0 sample\(s\)"),
    ],
)
def test_a_frame_without_rows_is_refused(make, data, message):
    with pytest.raises(ValueError, match=message):
        TableEncoder().fit(make(data))


def test_a_table_without_rows_or_columns_is_refused():
    encoder = TableEncoder().fit(FRAME)

    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        encoder.transform(FRAME.iloc[:0])
    with pytest.raises(ValueError, match=r"0 feature\(s\) \(shape=\(4, 0\)\)"):
        TableEncoder().fit(FRAME[[]])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        TableEncoder().fit(np.ones((0, 2)))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.arange(3), "Expected 2D array, got 1D array"),
        (pd.Series([1, 2]), "Expected 2D array, got 1D array|Expected a 2-dimensional container"),
        (pl.Series([1, 2]), "Expected 2D array, got 1D array"),
        (np.ones((2, 2, 2)), "dim 3"),
        (np.array([[1j], [2]]), "Complex data not supported"),
        (pd.DataFrame({"a": [1j, 2]}), "Complex data not supported: column 'a'"),
        (pd.DataFrame({"a": [[1], [2]]}), "column 'a' holds objects that are no categories"),
        ([["a", 10**400]], "infinity or a value too large .*: column 1"),
    ],
    ids=["1D", "Series", "polars' Series", "3D", "complex", "complex frame", "lists", "huge"],
)
def test_what_is_no_table_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        TableEncoder().fit(X)


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_matrix])
def test_sparse_tables_are_refused(make):
    with pytest.raises(TypeError, match="Sparse data was passed"):
        TableEncoder().fit(make(np.eye(3)))


def test_labels_of_two_kinds_are_refused():
    with pytest.raises(TypeError, match="only supported if all input features have string names"):
        TableEncoder().fit(pd.DataFrame([[1, 2], [3, 4]], columns=["a", 1]))


def test_a_fit_that_fails_leaves_the_encoder_as_it_was():
    encoder = TableEncoder().fit(FRAME)
    before = encoder.transform(FRAME)

    with pytest.raises(ValueError, match="infinity"):
        encoder.fit(pd.DataFrame({"x": [1, np.inf]}))

    np.testing.assert_array_equal(encoder.transform(FRAME), before)


def test_another_fit_forgets_the_first():
    encoder = TableEncoder().fit(FRAME).fit(np.array([[1.0], [2.0]]))

    assert encoder.get_feature_names_out().tolist() == ["x0"]
    assert not hasattr(encoder, "feature_names_in_")


# --- a transformer of scikit-learn's ----------------------------------------------------------


def test_names_may_be_given_where_the_table_had_none():
    encoder = TableEncoder().fit(np.array([[1, 5], [2, NAN], [3, 5]]))

    assert encoder.get_feature_names_out().tolist() == ["x0", "x1_missing"]
    assert encoder.get_feature_names_out(["a", "b"]).tolist() == ["a", "b_missing"]
    with pytest.raises(ValueError, match="input_features should have length equal"):
        encoder.get_feature_names_out(["a"])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_result_may_be_a_frame(library):
    encoder = TableEncoder().set_output(transform=library)

    frame = encoder.fit_transform(FRAME)

    assert type(frame).__module__.startswith(library)
    assert list(frame.columns) == NAMES
    np.testing.assert_array_equal(frame.to_numpy(), TableEncoder().fit_transform(FRAME))


def test_no_two_names_are_alike():
    X = pd.DataFrame({"a": [1, None, 3], "a_missing": [1, 2, 3], "b": [1, "1", "x"]}, dtype=object)
    encoder = TableEncoder().set_output(transform="polars").fit(X)

    assert encoder.transform(X).columns == ["a", "a_missing", "a_missing_", "b_1", "b_1_", "b_x"]


def test_before_fit_there_is_nothing_to_tell():
    for ask in (lambda e: e.transform(FRAME), lambda e: e.get_feature_names_out()):
        with pytest.raises(NotFittedError):
            ask(TableEncoder())


def test_copies_encode_alike():
    X = pd.concat([FRAME] * 11, ignore_index=True)
    X["large"] = [f"v{i % 42}" for i in range(44)]
    X["wait"] = pd.to_timedelta(range(44), unit="s")
    X["mixed"] = pd.Series([1, "1", True, 2.5] * 11, dtype=object)
    encoder = TableEncoder(["old", "large"]).fit(X)

    saved = skops.io.dumps(encoder)
    trusted = skops.io.get_untrusted_types(data=saved)

    for other in (
        pickle.loads(pickle.dumps(encoder)),
        copy.deepcopy(encoder),
        skops.io.loads(saved, trusted=trusted),
    ):
        np.testing.assert_array_equal(other.transform(X), encoder.transform(X))
    assert {name.rpartition(".")[2] for name in trusted} == {
        "TableEncoder",
        "Number",
        "Category",
        "LargeCategory",
        "Time",
    }
    assert clone(encoder).get_params() == {"categorical_features": ["old", "large"]}


@pytest.mark.slow
def test_a_real_table_of_letters_is_encoded_by_hand(tabular):
    table = pd.read_csv(tabular / "splice.csv.gz", skipinitialspace=True)
    X = table.drop(columns=table.columns[-1])
    letters = X.drop(columns="Instance_name")

    with pytest.warns(UserWarning, match="^Column 'Instance_name' is left out"):
        encoded = TableEncoder().set_output(transform="pandas").fit_transform(X)

    by_hand = pd.get_dummies(letters, dtype=np.float32)
    pd.testing.assert_frame_equal(encoded, by_hand, check_column_type=False)


def test_kinds_of_columns():
    X = pd.DataFrame(
        {
            "number": np.arange(30) % 7,
            "word": ["a", "b", "c"] * 10,
            "many": [f"m{i // 2 % 45}" for i in range(30)],
            "day": pd.date_range("2020", periods=30),
            "span": pd.to_timedelta(np.arange(30), "h"),
            "same": 1,
            "empty": None,
            "text": [f"t{i}" for i in range(30)],
            "id": np.arange(30),
        }
    )
    with pytest.warns(UserWarning, match="left out"):
        kinds = TableEncoder().fit(X).kinds_
    assert (
        kinds
        == ["number", "category", "category", "date", "duration"]
        + ["constant"] * 2
        + ["identifier"] * 2
    )
