"""What prediction takes without scikit-learn's validation, and that nobody notices."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array, csr_matrix
from sklearn import config_context

import skfcn._estimators.fitted
from skfcn import FCNClassifier, FCNRegressor
from skfcn._estimators import is_clean

DTYPES = [np.float32, np.float64]
ONE_EPOCH = {"max_iter": 1, "n_iter_no_change": np.inf, "random_state": 0}
X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.arange(30) % 3


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


class Own(np.ndarray):
    """An array of a class of its own, as those with units are."""


CLEAN = {
    "C": lambda X: X,
    "Fortran": np.asfortranarray,
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "read-only": read_only,
    "one row": lambda X: X[:1],
}
UNCLEAN = {
    "integers": lambda X: X.astype(int),
    "bytes": lambda X: X.astype(np.int8),
    "booleans": lambda X: X > 0,
    "float16": lambda X: X.astype(np.float16),
    "long double": lambda X: X.astype(np.longdouble),
    "complex": lambda X: X.astype(complex),
    "objects": lambda X: X.astype(object),
    "big-endian": lambda X: X.astype(">f8"),
    "list": lambda X: X.tolist(),
    "DataFrame": pd.DataFrame,
    "csr_array": csr_array,
    "csr_matrix": csr_matrix,
    "subclass": lambda X: X.view(Own),
    "masked": np.ma.masked_array,
    "1-D": lambda X: X[0],
    "3-D": lambda X: X[np.newaxis],
    "no rows": lambda X: X[:0],
    "too narrow": lambda X: X[:, :3],
    "too wide": lambda X: np.hstack([X, X]),
    "None": lambda X: None,
}


@pytest.fixture(scope="module")
def fitted():
    return FCNClassifier(5, **ONE_EPOCH).fit(X, Y)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", CLEAN)
def test_finite_floats_are_clean_and_predicted_as_after_validation(
    fitted, monkeypatch, form, dtype
):
    given = CLEAN[form](X.astype(dtype))
    before = given.copy()
    assert is_clean(given, 4) is True
    calls = []
    validate_data = skfcn._estimators.fitted.validate_data
    monkeypatch.setattr(
        skfcn._estimators.fitted,
        "validate_data",
        lambda *a, **k: calls.append(0) or validate_data(*a, **k),
    )

    quick = fitted.predict_proba(given), fitted.predict(given)
    assert not calls
    monkeypatch.setattr(skfcn._estimators.fitted, "is_clean", lambda X, n_features: False)
    slow = fitted.predict_proba(given), fitted.predict(given)

    assert len(calls) == 2
    assert_array_equal(quick[0], slow[0])
    assert_array_equal(quick[1], slow[1])
    assert_array_equal(given, before)


CLEAN_TARGETS = {
    "one column": X[:, 0],
    "two columns": np.asfortranarray(X[:, :2]),
    "single precision": X[:, 0].astype(np.float32),
    "whole numbers": np.arange(len(X)),
}
UNCLEAN_TARGETS = {
    "list": X[:, 0].tolist(),
    "objects": X[:, 0].astype(object),
    "too few": X[1:, 0],
    "none": X[:, :0],
    "NaN": np.full(len(X), np.nan),
}


@pytest.mark.parametrize("form", [*CLEAN_TARGETS, *UNCLEAN_TARGETS])
def test_numbers_are_trained_on_as_after_validation(form, monkeypatch):
    given = {**CLEAN_TARGETS, **UNCLEAN_TARGETS}[form]
    first = X[:, :2] if form == "two columns" else X[:, 0]
    quick, slow = (FCNRegressor(5, random_state=0).partial_fit(X, first) for _ in range(2))

    def trained(regressor):
        calls.clear()
        try:
            return [regressor.partial_fit(X, given).loss_, len(calls)]
        except ValueError as error:
            return [str(error), len(calls)]

    calls, module = [], skfcn._estimators.validation
    whole = module.validate_data
    monkeypatch.setattr(module, "validate_data", lambda *a, **k: calls.append(0) or whole(*a, **k))
    found = trained(quick)
    monkeypatch.setattr(module, "is_clean", lambda X, n_features: False)
    assert found == [trained(slow)[0], form in UNCLEAN_TARGETS]


@pytest.mark.parametrize("form", UNCLEAN)
def test_everything_else_is_left_to_scikit_learn(form):
    assert is_clean(UNCLEAN[form](X), 4) is False


def test_a_memory_map_is_left_to_scikit_learn(fitted, tmp_path):
    mapped = np.memmap(tmp_path / "X.dat", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[...] = X

    assert is_clean(mapped, 4) is False
    assert_array_equal(fitted.predict_proba(mapped), fitted.predict_proba(X))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 17, 29])
def test_one_number_that_is_not_finite_is_found_and_refused(fitted, row, value, dtype):
    spoilt = X.astype(dtype)
    spoilt[row, 2] = value
    what = "NaN" if np.isnan(value) else "infinity"

    assert is_clean(spoilt, 4) is False
    for method in (fitted.predict, fitted.predict_proba, fitted.predict_log_proba):
        with pytest.raises(ValueError, match=f"^Input X contains {what}"):
            method(spoilt)


HUGE = pytest.mark.parametrize(("dtype", "huge"), [(np.float32, 3e38), (np.float64, 1.5e308)])


@HUGE
@pytest.mark.parametrize("sign", [1, -1])
def test_huge_numbers_whose_sum_overflows_are_predicted(sign, dtype, huge):
    given = np.full((2, 4), sign * huge, dtype)
    model = FCNRegressor.from_weights([np.full((4, 1), 1e-30)], [[1.0]])

    with np.errstate(all="raise", under="ignore"):
        assert is_clean(given, 4) is False
        prediction = model.predict(given)

    assert_allclose(prediction, 1 + sign * 4e-30 * float(dtype(huge)), rtol=1e-6)


@HUGE
@pytest.mark.parametrize("infinite", [False, True])
def test_no_sum_of_opposite_numbers_is_warned_of(infinite, dtype, huge):
    given = np.full((2, 40), np.inf if infinite else huge, dtype)
    given[1] *= -1

    with np.errstate(all="raise"):
        assert is_clean(given, 40) is False


@pytest.mark.parametrize("width", [3, 5])
def test_a_wrong_number_of_features_is_refused_in_scikit_learns_words(fitted, width):
    message = f"^X has {width} features, but FCNClassifier is expecting 4 features as input"
    with pytest.raises(ValueError, match=message):
        fitted.predict(np.zeros((2, width)))


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("1-D", "Expected 2D array, got 1D array instead"),
        ("3-D", "dim 3"),
        ("no rows", r"Found array with 0 sample\(s\)"),
    ],
)
def test_wrong_shapes_are_refused_in_scikit_learns_words(fitted, form, message):
    with pytest.raises(ValueError, match=message):
        fitted.predict(UNCLEAN[form](X))


@pytest.mark.parametrize("make", [FCNClassifier, FCNRegressor])
def test_missing_feature_names_are_still_warned_of(make):
    table = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    model = make(5, **ONE_EPOCH).fit(table, Y)
    assert is_clean(X, 4)

    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        prediction = model.predict(X)

    assert_array_equal(prediction, model.predict(table))


@pytest.mark.parametrize("make", [FCNClassifier, FCNRegressor])
def test_feature_names_that_fit_did_not_see_are_still_warned_of(make):
    model = make(5, **ONE_EPOCH).fit(X, Y)

    with pytest.warns(UserWarning, match="X has feature names, but"):
        model.predict(pd.DataFrame(X, columns=["a", "b", "c", "d"]))


def test_assume_finite_is_honoured():
    X, y = np.eye(4), [0, 1, 0, 1]
    model = FCNClassifier(solver="lbfgs", random_state=0).fit(X, y)
    row = np.array([[np.nan, 0, 0, 0]])

    with pytest.raises(ValueError, match="NaN"):
        model.predict_proba(row)
    with config_context(assume_finite=True):
        assert np.isnan(model.predict_proba(row)).all()
