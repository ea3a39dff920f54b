"""`FCNRegressor` by itself; `test_parity.py` holds it against scikit-learn's MLPRegressor."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes
from sklearn.linear_model import PoissonRegressor
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNRegressor
from skfcn.losses import SquaredError

EPOCHS = {"n_iter_no_change": np.inf}
X, Y = load_diabetes(return_X_y=True)
X, Y = StandardScaler().fit_transform(X), (Y - Y.mean()) / Y.std()


def test_it_learns():
    network = FCNRegressor((16,), alpha=5, learning_rate_init=0.003, max_iter=100, **EPOCHS)
    network.set_params(random_state=0)
    assert cross_val_score(make_pipeline(StandardScaler(), network), X, Y, cv=3).mean() > 0.4


@pytest.mark.parametrize("shape", [(len(Y),), (len(Y), 2)], ids=str)
def test_predictions_have_the_shape_of_the_targets(shape):
    y = np.resize(Y, shape)
    regressor = FCNRegressor((4,), max_iter=3, random_state=0, **EPOCHS).fit(X, y)
    assert regressor.predict(X).shape == shape
    assert regressor.predict(X[:1]).shape == (1, *shape[1:])
    assert regressor.n_outputs_ == (1 if len(shape) == 1 else shape[1])


def test_a_column_of_targets_is_one_output_and_a_warning():
    with pytest.warns(match="column-vector y"):
        regressor = FCNRegressor((4,), max_iter=2, **EPOCHS).fit(X, Y[:, None])
    assert regressor.predict(X).shape == Y.shape


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float16, object, bool])
def test_targets_of_any_real_dtype(dtype):
    y = (10 * Y).astype(np.int8).astype(dtype)
    params = {"hidden_layer_sizes": 4, "max_iter": 3, "random_state": 0, **EPOCHS}
    expected = FCNRegressor(**params).fit(X, y.astype(np.float64)).predict(X)
    assert_array_equal(FCNRegressor(**params).fit(X, y).predict(X), expected)


def test_float32_stays_float32():
    regressor = FCNRegressor((4,), max_iter=2, **EPOCHS).fit(X.astype(np.float32), Y)
    assert regressor.predict(X.astype(np.float32)).dtype == regressor.coefs_[0].dtype == np.float32


def test_poisson_without_hidden_layers_is_scikit_learns_poisson_regression():
    counts = np.random.RandomState(0).poisson(np.exp(0.5 * X[:, 2] + 1))
    linear = PoissonRegressor(alpha=0, tol=1e-8, max_iter=1000).fit(X, counts)
    network = FCNRegressor(
        (), loss="poisson", solver="lbfgs", alpha=0, tol=1e-8, max_iter=1000, random_state=0
    ).fit(X, counts)
    assert network.out_activation_ == "exp"
    assert_allclose(network.predict(X), linear.predict(X), rtol=1e-3)
    assert (network.predict(X) > 0).all()


def test_early_stopping_scores_r2():
    regressor = FCNRegressor((16,), early_stopping=True, max_iter=300, random_state=0, tol=1e-3)
    regressor.fit(X, Y)
    assert regressor.n_iter_ < 300
    assert max(regressor.validation_scores_) == regressor.best_validation_score_ > 0.2


def test_integer_weights_are_repetitions():
    weight = np.random.RandomState(0).randint(0, 4, len(Y))
    params = {"hidden_layer_sizes": 5, "batch_size": 2000, "max_iter": 30, "random_state": 0}
    weighted = FCNRegressor(shuffle=False, **params, **EPOCHS)
    repeated = FCNRegressor(shuffle=False, **params, **EPOCHS)
    with pytest.warns(match="clipped"):
        weighted.fit(X, Y, sample_weight=weight)
    with pytest.warns(match="clipped"):
        repeated.fit(X.repeat(weight, axis=0), Y.repeat(weight))
    assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-9)
    assert weighted.score(X, Y, weight) == pytest.approx(
        repeated.score(X.repeat(weight, axis=0), Y.repeat(weight))
    )


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_sparse_is_dense(solver):
    thinned = np.where(np.abs(X) > 1, X, 0)
    params = {"hidden_layer_sizes": 8, "solver": solver, "random_state": 0, "max_iter": 30}
    dense = FCNRegressor(tol=1e-3, **params, **EPOCHS).fit(thinned, Y)
    sparse = FCNRegressor(tol=1e-3, **params, **EPOCHS).fit(csr_array(thinned), Y)
    assert_allclose(
        sparse.predict(csr_array(thinned)), dense.predict(thinned), rtol=1e-5, atol=1e-6
    )


def test_from_weights_pickle_and_partial_fit():
    regressor = FCNRegressor((6,), max_iter=3, random_state=0, **EPOCHS).fit(X, np.c_[Y, -Y])
    again = FCNRegressor.from_weights(regressor.coefs_, regressor.intercepts_)
    assert_array_equal(again.predict(X), regressor.predict(X))
    copied = pickle.loads(pickle.dumps(regressor))
    for one in (copied, regressor):
        one.partial_fit(X, np.c_[Y, -Y])
    assert_array_equal(copied.predict(X), regressor.predict(X))


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        ({"loss": "log_loss"}, Y, "'loss' parameter"),
        ({"loss": SquaredError}, Y, "'loss' parameter"),
        ({}, np.full(len(Y), np.nan), "NaN"),
        ({}, Y * 1j, "real numbers|omplex"),
        ({}, Y[:-1], "inconsistent"),
        ({}, Y.reshape(-1, 2, 221), "dim 3|inconsistent"),
        ({}, Y.astype(str), "real numbers"),
        ({"loss": "poisson"}, Y, "non-negative"),
    ],
)
def test_what_is_wrong_is_named(params, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        FCNRegressor((3,), **params).fit(X, y)


def test_a_piece_of_one_row_draws_nothing_and_leaves_the_former_random_numbers():
    X, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30.0)
    one, other = (FCNRegressor((4,), random_state=0).partial_fit(X, y) for _ in range(2))
    copied = copy.copy(one)
    for piece in (slice(0, 1), slice(0, 30)):
        one.partial_fit(X[piece], y[piece])
    other.partial_fit(X[:1], y[:1])
    numbers = other._fitted.state.rng.randint(1000, size=5)
    assert (copied._fitted.state.rng.randint(1000, size=5) == numbers).all()
    assert (one._fitted.state.rng.randint(1000, size=5) != numbers).any()
