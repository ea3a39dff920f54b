import datetime
import tracemalloc
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from skfcn import FCNClassifier, FCNRegressor
from skfcn.preprocessing import PixelScaler, TablePreprocessor, make_tabular_pipeline


def test_check_estimator():
    results = check_estimator(PixelScaler(), on_skip=None)
    assert {result["status"] for result in results} <= {"passed", "skipped"}


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64, np.float32])
def test_it_divides_into_float32(dtype):
    X = np.array([[0, 45, 225]], dtype=dtype)
    scaler = PixelScaler(divisor=225).fit(X)
    scaled = scaler.transform(X)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, np.array([[0, 0.2, 1]], dtype=np.float32))
    assert X[0, 2] == scaler.data_max_ == 225


def test_names_of_features_stay():
    scaler = PixelScaler().fit(np.ones((2, 3)))
    assert scaler.get_feature_names_out().tolist() == ["x0", "x1", "x2"]


def test_errors():
    with pytest.raises(ValueError, match="divisor"):
        PixelScaler(divisor=0).fit(np.ones((2, 2)))
    with pytest.raises(NotFittedError):
        PixelScaler().transform(np.ones((2, 2)))


# --- tables -----------------------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "size": [1.0, 3.0, np.nan, 5.0],
        "colour": ["red", "blue", "red", None],
        "old": [True, False, False, True],
        "count": [1, 2, 3, 4],
    }
)


def test_numbers_are_filled_and_standardised_and_categories_spread():
    columns = TablePreprocessor().fit_transform(FRAME)

    size = np.array([1, 3, 3, 5]) - 3
    assert columns.shape == (4, 3 + 2 + 2)
    np.testing.assert_array_equal(columns[:, :5].sum(axis=1), 2)  # a colour and an age
    np.testing.assert_allclose(columns[:, 5], size / size.std())
    np.testing.assert_allclose(columns[:, 6], np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25))


def test_columns_by_name_and_by_number():
    by_name = TablePreprocessor(["colour", "count"]).fit_transform(FRAME)
    by_number = TablePreprocessor([1, 3]).fit_transform(FRAME)

    np.testing.assert_array_equal(by_name, by_number)
    assert by_name.shape == (4, 3 + 4 + 2)


def test_an_array_without_categories():
    X = np.random.default_rng(0).normal(5, 3, (20, 3))

    columns = TablePreprocessor([]).fit_transform(X)

    np.testing.assert_allclose(columns, (X - X.mean(axis=0)) / X.std(axis=0))


def test_a_value_that_was_not_seen_is_all_zeros():
    preprocessor = TablePreprocessor().fit(FRAME)

    columns = preprocessor.transform(FRAME.assign(colour="green"))

    assert not columns[:, :3].any()


def test_a_network_learns_a_table():
    y = [0.0, 1.0, 2.0, 3.0]
    model = make_tabular_pipeline(FCNRegressor(solver="lbfgs", max_iter=1000, random_state=0))

    assert model.fit(FRAME, y).score(FRAME, y) > 0.9
    assert isinstance(model[-1].regressor_, FCNRegressor)


# --- whatever library made the table, and whatever it holds


N = 60
DATE = ["x_days", "x_month", "x_day", "x_weekday", "x_hour"]
RNG = np.random.RandomState(0)
PLAIN = pd.DataFrame(
    {
        "size": np.where(np.arange(N) % 7 == 0, np.nan, RNG.normal(5, 2, N)),
        "rooms": RNG.randint(9, size=N),
        "town": np.where(np.arange(N) % 11, RNG.choice(["Ulm", "Bonn"], N), None),
        "old": RNG.rand(N) > 0.5,
        "kind": pd.Categorical(RNG.choice(["a", "b"], N)),
    }
)
TABLES = {
    "nullable": PLAIN.convert_dtypes,
    "Arrow in pandas": lambda: PLAIN.convert_dtypes(dtype_backend="pyarrow"),
    "polars": lambda: pl.from_pandas(PLAIN),
    "Arrow": lambda: pa.Table.from_pandas(PLAIN),
    "objects": lambda: PLAIN.astype(object),
    "None": lambda: PLAIN.astype(object).where(PLAIN.notna(), None),
    "NA": lambda: PLAIN.astype(object).where(PLAIN.notna(), pd.NA),
    "array": lambda: PLAIN.astype(object).to_numpy(),
    "lists": lambda: PLAIN.astype(object).to_numpy().tolist(),
}


def by_scikit_learn(categories):
    """Return what scikit-learn's own parts make of a plain data frame."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer((encoder, categories), remainder=numbers).fit_transform(PLAIN)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_is_the_plain_one(table):
    expected = by_scikit_learn(["town", "old", "kind"])
    plain = TablePreprocessor().fit(PLAIN)
    np.testing.assert_array_equal(plain.transform(PLAIN), expected, strict=True)
    np.testing.assert_array_equal(TablePreprocessor().fit_transform(table()), expected)
    np.testing.assert_array_equal(plain.transform(table()), expected)


def test_a_network_learns_every_table():
    for table in TABLES.values():
        model = make_tabular_pipeline(FCNClassifier((4,), max_iter=3, n_iter_no_change=np.inf))
        assert model.fit(table(), PLAIN["old"]).predict(table()).shape == (N,)


@pytest.mark.parametrize("categories", [["rooms", "town", "kind"], ["kind", "town", "rooms"]])
def test_named_categories_come_in_their_order(categories):
    found = TablePreprocessor(categories).fit_transform(PLAIN)
    np.testing.assert_array_equal(found, by_scikit_learn(categories), strict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_precision_stays(dtype):
    X = RNG.normal(size=(20, 2)).astype(dtype)
    assert TablePreprocessor().fit_transform(X).dtype == dtype


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (
            pd.date_range("2020", periods=N, freq="100h"),
            DATE,
        ),
        (
            pd.date_range("2020", periods=N, freq="100h", tz="Asia/Tokyo"),
            DATE,
        ),
        ([datetime.date(2020, 1, 1 + i % 9) for i in range(N)], ["x_days", "x_day", "x_weekday"]),
        (pd.period_range("2020-01", periods=N, freq="M"), ["x_days", "x_month", "x_weekday"]),
        (pd.to_timedelta(range(N), unit="h"), ["x_days"]),
        ([datetime.timedelta(minutes=i) for i in range(N)], ["x_days"]),
        ([f"{1 + i % 9}-Jan-2020" for i in range(N)], ["x_days", "x_day", "x_weekday"]),
        ([str(i / 7) for i in range(N)], ["x"]),
        ([Decimal(i) for i in range(N)], ["x"]),
        ([i if i % 3 else None for i in range(N)], ["x"]),
        ([None] * N, ["x"]),
        (["a", 1] * (N // 2), ["x_1", "x_a"]),
        ([True, None] * (N // 2), ["x_True", "x_None"]),
    ],
)
def test_what_a_column_becomes(values, names):
    frame = pd.DataFrame({"x": values})
    preprocessor = TablePreprocessor().fit(frame)
    found = preprocessor.transform(frame)
    assert preprocessor.get_feature_names_out().tolist() == names
    assert found.shape == (N, len(names))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(preprocessor.transform(frame[:7]), found[:7])
    missing = preprocessor.transform(pd.DataFrame({"x": [None]}))
    assert np.isfinite(missing).all()


@pytest.mark.parametrize(
    ("fitted", "given", "message"),
    [
        ([1.0, 2.0], ["a", "b"], "column 'x' held numbers in fit, and now 'a'"),
        (pd.to_datetime(["2020", "2021"]), [1, 2], "column 'x' held dates in fit, and now 1"),
        ([1.0, 2.0], [np.inf, 1.0], "infinity or a value too large"),
    ],
)
def test_another_kind_of_column_is_named(fitted, given, message):
    preprocessor = TablePreprocessor().fit(pd.DataFrame({"x": fitted}))
    with pytest.raises(ValueError, match=message):
        preprocessor.transform(pd.DataFrame({"x": given}))


def test_thousands_of_categories_take_little_memory():
    n = 8000
    frame = pd.DataFrame({"user": [f"u{i % 4000}" for i in range(n)], "x": RNG.normal(size=n)})
    dense = 8 * n * 4001
    model = make_tabular_pipeline(FCNClassifier((4,), max_iter=1, n_iter_no_change=np.inf))
    tracemalloc.start()
    model.fit(frame, np.arange(n) % 2).predict(frame)
    assert tracemalloc.get_traced_memory()[1] < dense / 20
    tracemalloc.stop()
    found = model[0].transform(frame)
    assert sparse.issparse(found)
    some = TablePreprocessor().fit(frame).transform(frame[:50])
    np.testing.assert_array_equal(found[:50].toarray(), some)
    forest = make_tabular_pipeline(HistGradientBoostingClassifier())
    assert forest[0].sparse_output is False  # it takes no sparse matrix


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_check_estimator_of_the_preprocessor():
    results = check_estimator(TablePreprocessor(), on_skip=None, on_fail=None)
    assert {r["check_name"] for r in results if r["status"] == "failed"} == set()
