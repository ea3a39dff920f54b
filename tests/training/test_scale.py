"""Data on a scale that is none for a network are named where training does not do well."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning

from skfcn import FCNClassifier, FCNRegressor
from skfcn.losses import GammaLoss, HuberLoss, QuantileLoss
from skfcn.preprocessing import make_tabular_pipeline

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X @ [1.0, -0.5, 0.2] + 0.1 * RNG.normal(size=60)
LARGE = 77 * (Y - Y.mean()) / Y.std() + 152


def said(model, X, y, **data):
    """Fit; return what is warned of, in one text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y, **data)
    return " ".join(str(warning.message) for warning in caught)


LARGE_Y = "y has mean 152 and standard deviation 77: scale it, as TransformedTargetRegressor"


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize(
    ("X", "y", "expected"),
    [
        (X, LARGE, [LARGE_Y]),
        (X, np.c_[Y, LARGE], [LARGE_Y]),
        (X * [1, 1e3, 1], Y, ["X is not scaled: column 1 has mean"]),
        (X + np.array([0, 0, 500]), Y, ["X is not scaled: column 2 has mean 500 and"]),
        (X * 1e3, LARGE, [LARGE_Y, "X is not scaled"]),
        (csr_array(X), LARGE, [LARGE_Y]),
        (X.astype(np.float32), LARGE.astype(int), ["y has mean 15"]),
        (X, Y, []),
    ],
    ids=["y", "several", "X", "mean of X", "both", "sparse", "integers", "scaled"],
)
def test_what_is_not_scaled_is_named_where_training_has_not_converged(X, y, expected, solver):
    rate = 1e-9 if solver == "sgd" else 1e-3
    model = FCNRegressor(3, solver=solver, max_iter=2, learning_rate_init=rate, random_state=0)
    text = said(model, X, y)
    assert "converge" in text
    assert "Raise max_iter" in text or "Raise max_iter=" in text
    for words in expected:
        assert words in text
    assert ("scaled" in text, "y has" in text) == (
        any("X is" in words for words in expected),
        any("y has" in words for words in expected),
    )


def test_of_labels_and_positive_targets_only_X_is_named():
    for model, y in [
        (FCNClassifier(3, max_iter=2), Y > 0),
        (FCNRegressor(3, max_iter=2, loss="poisson"), LARGE - LARGE.min()),
    ]:
        text = said(model, X * 100, y)
        assert "X is not scaled" in text
        assert "y has" not in text


# --- the first bias ---------------------------------------------------------------------------


def untrained(loss, y=None, weight=None, **params):
    model = FCNRegressor(3, loss=loss, learning_rate_init=1e-300, max_iter=1, random_state=0)
    return model.set_params(**params).fit(X, LARGE if y is None else y, weight)


@pytest.mark.parametrize(
    ("loss", "link"),
    [
        ("absolute_error", np.array),
        ("huber", np.array),
        (HuberLoss(3.0), np.array),
        ("quantile", np.array),
        (QuantileLoss([0.1, 0.9]), np.array),
        ("gamma", np.log),
        (GammaLoss(), np.log),
    ],
    ids=str,
)
@pytest.mark.parametrize("weight", [None, np.arange(60.0)])
def test_the_output_begins_at_the_mean_of_the_targets(loss, link, weight):
    y = np.abs(LARGE) + 1
    bias = untrained(loss, y, weight).intercepts_[-1]
    np.testing.assert_allclose(bias, link(np.average(y, weights=weight)), rtol=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_the_losses_of_scikit_learn_begin_as_there(loss):
    one, other = (untrained(loss, np.abs(LARGE) + shift) for shift in (0, 1000))
    np.testing.assert_array_equal(one.intercepts_[-1], other.intercepts_[-1])


def test_each_output_begins_at_its_own_mean_and_only_at_the_beginning():
    y = np.c_[LARGE, Y]
    model = untrained("huber", y, warm_start=True, solver="sgd", max_iter=1)
    np.testing.assert_allclose(model.intercepts_[-1], y.mean(axis=0), rtol=1e-12)
    before = model.intercepts_[-1].copy()
    np.testing.assert_array_equal(model.fit(X, y + 100).intercepts_[-1], before)


# --- a best epoch that is no good -------------------------------------------------------------


@pytest.mark.parametrize("scoring", [None, "r2"])
@pytest.mark.parametrize("data", [{}, {"X_val": X, "y_val": LARGE}])
def test_a_best_score_below_that_of_a_constant_is_warned_of(scoring, data):
    model = FCNRegressor(3, max_iter=12, scoring=scoring, n_iter_no_change=np.inf, random_state=0)
    model.set_params(early_stopping=not data)
    text = said(model, X, LARGE, **data)
    assert text.startswith("The best validation score, -")
    assert "that of a constant." in text
    assert said(model.set_params(max_iter=5), X, LARGE, **data) == ""


def test_a_best_score_that_is_good_is_not_warned_of():
    """As with the gamma loss, which began at exp(0), far below targets of 100 and more."""
    model = FCNRegressor(loss="gamma", early_stopping=True, random_state=0, tol=1e-3)
    text = said(model, X, LARGE.clip(1))
    assert "constant" not in text
    assert model.best_validation_score_ > 0


# --- pipelines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss", ["squared_error", "absolute_error", "huber", "quantile", QuantileLoss(0.3)], ids=str
)
@pytest.mark.parametrize("y", [LARGE, np.c_[LARGE, -LARGE], LARGE.astype(int)], ids=str)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_tabular_pipeline_scales_the_targets_of_a_network(loss, y):
    network = FCNRegressor((8,), loss=loss, random_state=0, learning_rate_init=0.01)
    model = make_tabular_pipeline(network, categorical_features=[]).fit(100 * X + 7, y)
    inner = model[-1].regressor_
    assert isinstance(inner, FCNRegressor)
    assert model.predict(X).shape == y.shape
    assert model.score(100 * X + 7, y) > 0.7


@pytest.mark.parametrize(
    "estimator",
    [
        FCNClassifier(),
        FCNRegressor(loss="gamma"),
        FCNRegressor(loss="poisson"),
        FCNRegressor(loss=QuantileLoss([0.1, 0.9])),
        FCNRegressor(loss="unknown"),
    ],
    ids=str,
)
def test_a_tabular_pipeline_leaves_other_targets_as_they_are(estimator):
    assert make_tabular_pipeline(estimator)[-1] is estimator


def test_a_scaled_network_does_not_warn_of_its_scale():
    model = make_tabular_pipeline(FCNRegressor(max_iter=3), categorical_features=[])
    with pytest.warns(ConvergenceWarning, match="converged yet. Raise max_iter"):
        model.fit(100 * X, LARGE)
