"""What cannot teach a network anything is an error or a warning."""

import numpy as np
import pytest

from skfcn import FCNClassifier, FCNRegressor
from skfcn.normalization import BatchNormalization, LayerNormalization

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


@pytest.mark.parametrize("make", [FCNClassifier, FCNRegressor])
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"normalization": "batch", "batch_size": 1}, "batch_size=1 with batch normalization"),
        ({"normalization": [BatchNormalization(0.5), None], "batch_size": np.int8(1)}, "batch_"),
        (
            {"normalization": "layer", "hidden_layer_sizes": (4, 1)},
            "hidden layer 1, which has one",
        ),
        ({"normalization": [LayerNormalization(), None], "hidden_layer_sizes": (1, 4)}, "layer 0"),
    ],
    ids=["batch", "batch object", "layer", "layer object"],
)
def test_a_normalization_that_leaves_nothing_is_refused(no_work, make, params, message):
    with pytest.raises(ValueError, match=message):
        make(**{"hidden_layer_sizes": (4, 4)} | params).fit(X, Y)


def test_a_normalization_elsewhere_is_none_of_that():
    model = FCNRegressor((4, 1), normalization=["layer", None], batch_size=1, max_iter=2)
    assert np.isfinite(model.set_params(n_iter_no_change=np.inf).fit(X, Y).coefs_[0]).all()


@pytest.mark.parametrize(
    ("params", "rows", "message"),
    [
        ({"learning_rate": lambda progress: 0.0}, 20, "the learning rate was 0 in all epochs"),
        ({"normalization": "batch"}, 1, "one row is its own mean to batch normalization"),
    ],
    ids=["rate", "row"],
)
def test_training_that_taught_nothing_is_warned_of(params, rows, message):
    model = FCNClassifier(4, max_iter=3, n_iter_no_change=np.inf, **params)
    with pytest.warns(UserWarning, match=f"Training taught the network nothing: {message}"):
        model.fit(X[:rows], Y[:rows])
    if "normalization" in params:
        model = FCNClassifier(4, **params).partial_fit(X, Y, classes=[0, 1])
        with pytest.warns(UserWarning, match=message):
            model.partial_fit(X[:1], Y[:1])


def test_a_rate_that_begins_at_zero_is_nothing_to_warn_of():
    rates = iter([0.0] + [0.1] * 99)
    model = FCNClassifier(4, learning_rate=lambda progress: next(rates), max_iter=3)
    model.set_params(n_iter_no_change=np.inf).fit(X, Y)
