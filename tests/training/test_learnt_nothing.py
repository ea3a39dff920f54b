"""What cannot teach a network anything is an error or a warning."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skfcn import FCNClassifier, FCNRegressor
from skfcn.initializers import Uniform
from skfcn.normalization import BatchNormalization, LayerNormalization

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


@pytest.mark.parametrize("make", [FCNClassifier, FCNRegressor])
@pytest.mark.parametrize(
    ("normalization", "batch_size"), [("batch", 1), ([BatchNormalization(0.5), None], np.int8(1))]
)
def test_a_batch_of_one_row_is_refused(no_work, make, normalization, batch_size):
    model = make((4, 4), normalization=normalization, batch_size=batch_size)
    with pytest.raises(ValueError, match="batch_size=1 with batch normalization learns nothing"):
        model.fit(X, Y)


def test_a_normalization_elsewhere_is_none_of_that():
    model = FCNRegressor((4, 1), normalization=["layer", None], batch_size=1, max_iter=2)
    assert np.isfinite(model.set_params(n_iter_no_change=np.inf).fit(X, Y).coefs_[0]).all()


@pytest.mark.parametrize(
    ("params", "rows", "message"),
    [
        ({"learning_rate": lambda progress: 0.0}, 20, "the learning rate was 0 in all epochs"),
        ({"normalization": "batch"}, 1, "one row is its own mean to batch normalization"),
        (
            {"normalization": [None, LayerNormalization()], "hidden_layer_sizes": (4, 1)},
            20,
            "one unit is its own mean to layer normalization",
        ),
        (
            {"normalization": "layer", "hidden_layer_sizes": 1, "solver": "lbfgs", "tol": 1.0},
            20,
            "one unit is its own mean to layer normalization",
        ),
        ({"init": Uniform(0, 0)}, 20, "all weights are 0, and so is their gradient. Look at init"),
        ({"init": Uniform(0, 0), "solver": "lbfgs"}, 20, "all weights are 0"),
    ],
    ids=["rate", "row", "unit", "unit, lbfgs", "zeros", "zeros, lbfgs"],
)
def test_training_that_taught_nothing_is_warned_of(params, rows, message):
    params = {"hidden_layer_sizes": 4} | params
    model = FCNClassifier(max_iter=3, n_iter_no_change=np.inf, **params)
    with pytest.warns(ConvergenceWarning, match=f"Training taught the network nothing: {message}"):
        model.fit(X[:rows], Y[:rows])
    if rows == 1:
        model = FCNClassifier(**params).partial_fit(X, Y, classes=[0, 1])
        with pytest.warns(UserWarning, match=message):
            model.partial_fit(X[:1], Y[:1])


def test_a_rate_that_begins_at_zero_is_nothing_to_warn_of():
    rates = iter([0.0] + [0.1] * 99)
    model = FCNClassifier(4, learning_rate=lambda progress: next(rates), max_iter=3)
    model.set_params(n_iter_no_change=np.inf).fit(X, Y)
