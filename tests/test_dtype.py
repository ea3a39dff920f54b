"""The type that an estimator computes in: asked for, or taken from X as scikit-learn does."""

import pickle
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pairwise import pairwise
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from skfcn import FCNClassifier, FCNRegressor

SETTINGS = {"hidden_layer_sizes": (8,), "max_iter": 3, "n_iter_no_change": 3, "random_state": 0}
VARIANTS = {
    "adam": {},
    "sgd": {"solver": "sgd"},
    "lbfgs": {"solver": "lbfgs", "tol": 10.0},
    "early_stopping": {"early_stopping": True},
}


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:300], y[:300]


def quick(kind, **params):
    return kind(**{**SETTINGS, **params})


def fit(estimator, X, y, sample_weight=None):
    return estimator.fit(X, y, sample_weight)


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


GRID = {
    "dtype": ["float32", "float64"],
    "source": ["float64", "float32", "float16", "uint8", "bool", "sparse"],
    "weighted": [False, True],
    "kind": [FCNClassifier, FCNRegressor],
    "variant": VARIANTS,
}


@pytest.mark.parametrize(tuple(GRID), pairwise(**GRID))
def test_asking_for_a_type_is_as_good_as_converting_X(
    digits, kind, variant, weighted, source, dtype
):
    X, y = digits
    X = csr_array(X) if source == "sparse" else X.astype(source)
    weight = np.linspace(0.5, 2, len(y)) if weighted else None
    asked = fit(quick(kind, dtype=dtype, **VARIANTS[variant]), X, y, weight)
    converted = fit(quick(kind, **VARIANTS[variant]), X.astype(dtype), y, weight)
    for one, other in zip(asked.coefs_, converted.coefs_, strict=True):
        assert one.dtype == dtype
        assert_array_equal(one, other)
    assert asked.loss_curve_ == converted.loss_curve_
    assert_array_equal(asked.predict(X), converted.predict(X.astype(dtype)))


@pytest.mark.parametrize("source", ["float32", "float64"])
def test_auto_is_the_type_of_X(digits, source):
    X, y = digits
    network = quick(FCNClassifier).fit(X.astype(source), y)
    assert network.dtype == "auto"
    assert network.coefs_[0].dtype == source
    assert network.predict_proba(X).dtype == source


def test_predictions_have_the_type(digits):
    X, y = digits
    classifier = quick(FCNClassifier, dtype="float32").fit(X, y)
    assert classifier.predict_proba(X).dtype == np.float32
    assert classifier.predict_log_proba(X).dtype == np.float32
    assert quick(FCNRegressor, dtype="float32").fit(X, y).predict(X).dtype == np.float32


def test_it_survives_clone_pickle_partial_fit_and_a_grid(digits):
    X, y = digits
    network = quick(FCNClassifier, dtype="float32")
    assert clone(network).dtype == "float32"
    network.partial_fit(X, y, classes=np.unique(y)).partial_fit(X.astype("float32"), y)
    again = pickle.loads(pickle.dumps(network))
    again.partial_fit(X, y)
    assert {W.dtype.name for W in again.coefs_} == {"float32"}
    grid = {"dtype": ["auto", "float32"]}
    search = GridSearchCV(network, grid, cv=2).fit(X, y)
    assert search.cv_results_["mean_test_score"].shape == (2,)


def test_weights_are_taken_in_that_type():
    single = FCNRegressor.from_weights([[[0.1]]], [[0.5]], dtype="float32")
    assert single.coefs_[0].dtype == np.float32
    assert single.predict([[2.0]]).dtype == np.float32
    assert FCNRegressor.from_weights([[[0.1]]], [[0.5]]).coefs_[0].dtype == np.float64


@pytest.mark.parametrize("wrong", ["float16", "double", np.float32, None, 32])
def test_other_types_are_refused_by_name(digits, wrong):
    with pytest.raises(ValueError, match="'dtype' parameter of FCNClassifier must be a str among"):
        quick(FCNClassifier, dtype=wrong).fit(*digits)


def test_a_fit_goes_on_in_the_type_that_it_began_in(digits):
    X, y = digits
    network = quick(FCNClassifier, warm_start=True).fit(X, y)
    before = network.coefs_[0].copy()
    with pytest.raises(ValueError, match="first fit, float64; dtype='float32' now asks for"):
        network.set_params(dtype="float32").fit(X, y)
    assert_array_equal(network.coefs_[0], before)
    assert network.set_params(dtype="float64").fit(X, y).coefs_[0].dtype == np.float64


@pytest.mark.parametrize("huge", [1e39, -1e39])
@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_a_number_beyond_the_type_is_refused_before_any_work(digits, form, huge):
    X, y = digits
    beyond = X.copy()
    beyond[7, 3] = huge
    network = quick(FCNClassifier, dtype="float32")
    with pytest.raises(ValueError, match="X contains a value too large for float32"):
        network.fit(form(beyond), y)
    assert not hasattr(network, "n_features_in_")
    network.fit(form(X), y)
    with pytest.raises(ValueError, match="X contains a value too large for float32"):
        network.predict(form(beyond))


@pytest.mark.parametrize("source", ["float64", "uint8"])
def test_X_is_cast_a_batch_at_a_time(source):
    X = np.random.RandomState(0).randint(256, size=(20_000, 100)).astype(source)
    y = np.arange(len(X)) % 3
    network = quick(FCNClassifier, dtype="float32", batch_size=100, max_iter=1)
    tracemalloc.start()
    try:
        network.fit(X, y)
        network.predict(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < X.astype("float32").nbytes / 4
