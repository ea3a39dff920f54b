import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from skfcn import FCNRegressor
from skfcn.preprocessing import PixelScaler, make_table_preprocessor, make_tabular_pipeline


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
    columns = make_table_preprocessor().fit_transform(FRAME)

    size = np.array([1, 3, 3, 5]) - 3
    assert columns.shape == (4, 3 + 2 + 2)
    np.testing.assert_array_equal(columns[:, :5].sum(axis=1), 2)  # a colour and an age
    np.testing.assert_allclose(columns[:, 5], size / size.std())
    np.testing.assert_allclose(columns[:, 6], np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25))


def test_columns_by_name_and_by_number():
    by_name = make_table_preprocessor(["colour", "count"]).fit_transform(FRAME)
    by_number = make_table_preprocessor([1, 3]).fit_transform(FRAME)

    np.testing.assert_array_equal(by_name, by_number)
    assert by_name.shape == (4, 3 + 4 + 2)


def test_an_array_without_categories():
    X = np.random.default_rng(0).normal(5, 3, (20, 3))

    columns = make_table_preprocessor([]).fit_transform(X)

    np.testing.assert_allclose(columns, (X - X.mean(axis=0)) / X.std(axis=0))


def test_a_value_that_was_not_seen_is_all_zeros():
    preprocessor = make_table_preprocessor().fit(FRAME)

    columns = preprocessor.transform(FRAME.assign(colour="green"))

    assert not columns[:, :3].any()


def test_a_network_learns_a_table():
    y = [0.0, 1.0, 2.0, 3.0]
    model = make_tabular_pipeline(FCNRegressor(solver="lbfgs", max_iter=1000, random_state=0))

    assert model.fit(FRAME, y).score(FRAME, y) > 0.9
    assert isinstance(model[-1].regressor_, FCNRegressor)
