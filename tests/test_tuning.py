"""The range test: rates, losses, a suggestion that trains, and an estimator left alone."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

from skfcn import FCNClassifier, FCNRegressor
from skfcn.tuning import learning_rate_range_test

X, Y = load_digits(return_X_y=True)
X = X / 16


def test_rates_rise_by_a_constant_factor():
    result = learning_rate_range_test(
        FCNClassifier(random_state=0), X, Y, start=1e-5, stop=1e-2, n_steps=50
    )

    np.testing.assert_allclose(result.rates, np.geomspace(1e-5, 1e-2, 50), rtol=1e-12)
    assert len(result.losses) == len(result.smoothed) == 50
    assert result.rates[0] <= result.suggestion <= result.rates[-1]


def test_the_first_loss_is_that_of_the_first_weights():
    model = FCNClassifier(batch_size=len(X), shuffle=False, random_state=0)

    result = learning_rate_range_test(model, X, Y, n_steps=10)

    start = model.set_params(max_iter=1, n_iter_no_change=float("inf")).fit(X, Y)
    assert result.losses[0] == pytest.approx(start.loss_curve_[0], rel=1e-12)


def test_it_ends_where_the_loss_explodes():
    result = learning_rate_range_test(
        FCNClassifier(solver="sgd", random_state=0), X, Y, start=1e-3, stop=1e6, n_steps=300
    )

    assert 10 <= len(result.losses) < 300
    assert np.isfinite(result.losses).all()
    assert result.suggestion < result.rates[-1] / 2


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw", "nadam", "rmsprop"])
def test_the_suggestion_trains(solver):
    model = FCNClassifier(solver=solver, max_iter=20, n_iter_no_change=np.inf, random_state=0)

    rate = learning_rate_range_test(model, X, Y).suggestion

    assert model.set_params(learning_rate_init=rate).fit(X, Y).score(X, Y) > 0.95


def test_a_regressor_with_weights():
    X, y = load_diabetes(return_X_y=True)
    model = FCNRegressor(random_state=0)

    result = learning_rate_range_test(model, X, y / 100, sample_weight=np.ones(len(y)))

    assert 1e-4 < result.suggestion < 1


def test_the_estimator_is_left_alone():
    model = FCNClassifier(early_stopping=True, learning_rate="cosine", random_state=0)
    before = model.get_params()

    learning_rate_range_test(model, X, Y, n_steps=20)

    assert model.get_params() == before
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": 0.0}, "start == 0"),
        ({"start": 1.0, "stop": 0.5}, "stop == 0.5"),
        ({"n_steps": 3}, "n_steps == 3"),
        ({"start": 1e8, "stop": 1e9}, "exploded after .* steps; try a lower start"),
    ],
)
def test_wrong_ranges_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        learning_rate_range_test(FCNClassifier(solver="sgd", random_state=0), X, Y, **options)
