"""A program may tell NumPy to raise where numbers leave the range; the estimators do not mind."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_matrix

from skfcn import FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor
from skfcn.activations import ACTIVATIONS
from skfcn.losses import LOSSES, QuantileLoss
from skfcn.normalization import NORMALIZATIONS
from skfcn.optimizers import OPTIMIZERS
from skfcn.preprocessing import PixelScaler

RNG = np.random.RandomState(0)
X = RNG.normal(size=(60, 4))
X[:20] *= 1e3  # exponentials of these and of products with them underflow, or are infinite
X[20:30] *= 1e-300
X[30] *= 1e-310
LABELS = {"two": np.arange(60) % 2, "three": np.arange(60) % 3}
QUICK = {"max_iter": 5, "n_iter_no_change": np.inf, "random_state": 0}
CLASS_LOSSES = ["log_loss", "squared_error", "focal"]
NUMBER_LOSSES = [*sorted({*LOSSES} - {"log_loss", "focal"}), QuantileLoss([0.1, 0.9])]


def results(model, X, y):
    """Return all that a model computes of some data, those that it is fitted on."""
    model.fit(X, y)
    names = ("predict", "predict_proba", "predict_log_proba", "transform")
    return [
        *(getattr(model, name)(X) for name in names if hasattr(model, name)),
        model.score(X, y),
    ]


def same_when_told_to_raise(model, X, y):
    expected = results(model, X, y)
    with np.errstate(all="raise"):
        found = results(model, X, y)
    for one, other in zip(found, expected, strict=True):
        assert_array_equal(one, other)


EACH_DTYPE = pytest.mark.parametrize("dtype", ["float32", "float64"])
EACH_LABELS = pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)


@EACH_DTYPE
@EACH_LABELS
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation, y, dtype):
    same_when_told_to_raise(FCNClassifier((8, 4), activation, dtype=dtype, **QUICK), X, y)


@EACH_DTYPE
@EACH_LABELS
@pytest.mark.parametrize("loss", CLASS_LOSSES)
def test_every_loss_of_classes(loss, y, dtype):
    params = {"loss": loss, "early_stopping": True, "dtype": dtype}
    same_when_told_to_raise(FCNClassifier((8,), **params, **QUICK), csr_matrix(X), y)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@EACH_DTYPE
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("loss", NUMBER_LOSSES, ids=str)
def test_every_loss_of_numbers(loss, solver, dtype):
    model = FCNRegressor((8,), solver=solver, loss=loss, dtype=dtype, **QUICK)
    X_mild = np.where(abs(X) > 10, X / 1e3, X)  # of which exp is in the range
    same_when_told_to_raise(model.set_params(max_iter=2), X_mild, abs(X_mild[:, 0]) + 1e-30)


@pytest.mark.parametrize(
    "params",
    [{"normalization": kind} for kind in NORMALIZATIONS]
    + [{"solver": solver} for solver in OPTIMIZERS]
    + [{"dropout": 0.1, "average": 0.9, "max_norm": 1.0, "max_grad_norm": 1.0, "l1_ratio": 0.5}],
    ids=str,
)
def test_everything_else_in_a_step(params):
    same_when_told_to_raise(FCNClassifier((8,), **params, **QUICK), X, LABELS["three"])


@EACH_LABELS
@pytest.mark.parametrize("loss", CLASS_LOSSES)
def test_tables_of_classes(loss, y):
    model = TabularClassifier(2, (8,), loss=loss, max_iter=50, random_state=0)
    same_when_told_to_raise(model, X, y)


@pytest.mark.parametrize("loss", NUMBER_LOSSES[:-1])
def test_tables_of_numbers(loss):
    model = TabularRegressor(2, (8,), loss=loss, max_iter=50, random_state=0)
    same_when_told_to_raise(model, X, abs(X[:, 0]) + 1e-30)


def test_a_few_rows_at_a_time_and_what_comes_before():
    with np.errstate(all="raise"):
        FCNClassifier((4,)).partial_fit(X, LABELS["two"], classes=[0, 1]).partial_fit(X[:1], [0])
        FCNRegressor((4,)).partial_fit(X, X[:, 0]).partial_fit(X[:1], [0])
        assert_array_equal(PixelScaler(1e10).fit_transform(X)[20], np.zeros(4))
