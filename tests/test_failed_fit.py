"""A fit that fails loses nothing that was fitted."""

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

from skfcn import FCNClassifier, FCNRegressor
from skfcn.callbacks import Callback

X, Y = load_digits(return_X_y=True)
X, Y = X[:300] / 16, Y[:300]
EXPLODING = {"learning_rate_init": 1e300, "activation": "identity", "alpha": 1e300}


def classifier(**params):
    params = {"max_iter": 3, "batch_size": 100, "random_state": 0} | params
    return FCNClassifier((8,), n_iter_no_change=np.inf, **params)


def state(model):
    """A digest of all that there is to know of a model, without its parameters."""
    parameters = {*model.get_params(), "_skl_callbacks"}
    return joblib.hash({k: v for k, v in vars(model).items() if k not in parameters})


def test_a_first_fit_that_diverges_leaves_an_unfitted_estimator():
    clf = classifier(**EXPLODING)

    with pytest.raises(ValueError, match="happened at step 2 of epoch 1"):
        clf.fit(X, Y)

    assert vars(clf) == classifier(**EXPLODING).get_params()
    with pytest.raises(NotFittedError):
        clf.predict(X)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_fit_that_diverges_leaves_what_was_fitted_before(solver):
    clf = classifier(solver=solver).fit(X, Y)
    before, predicted = state(clf), clf.predict_proba(X)

    with pytest.raises(ValueError, match="non-finite"):
        clf.set_params(**EXPLODING).fit(X[:, :5], Y > 4)  # other features, other classes

    assert state(clf) == before
    assert_array_equal(clf.predict_proba(X), predicted)


@pytest.mark.parametrize(
    "params", [{}, {"dropout": 0.1}, {"average": 0.9}, {"normalization": "batch"}]
)
def test_partial_fit_that_diverges_keeps_the_last_good_weights_and_goes_on_from_them(params):
    whole, clf = classifier(**params), classifier(**params)
    for model in (whole, clf):
        model.partial_fit(X, Y, classes=np.arange(10))
    before = state(clf)

    with pytest.raises(ValueError, match="non-finite"):
        clf.set_params(**EXPLODING).partial_fit(X, Y)
    assert state(clf) == before

    calm = {name: classifier().get_params()[name] for name in EXPLODING}
    clf.set_params(**calm).partial_fit(X, Y)
    whole.partial_fit(X, Y)
    assert_array_equal(clf.predict_proba(X), whole.predict_proba(X))
    assert clf.loss_curve_ == whole.loss_curve_


def test_a_warm_start_that_diverges_keeps_the_last_good_weights():
    clf = classifier(warm_start=True).fit(X, Y)
    before = state(clf)

    with pytest.raises(ValueError, match="non-finite"):
        clf.set_params(**EXPLODING).fit(X, Y)

    assert state(clf) == before


def test_so_does_a_regressor_with_lbfgs():
    reg = FCNRegressor((8,), solver="lbfgs", warm_start=True, alpha=1.0, random_state=0, tol=1.0)
    reg.fit(X, Y / 9)
    before = state(reg)

    with pytest.raises(ValueError, match=r"happened after \d+ iterations of"):
        reg.fit(X * 1e200, Y * 1e200)

    assert state(reg) == before


class Explode(Callback):
    """Fails in the second epoch."""

    def on_epoch_end(self, estimator, *, record, fitted_attributes):
        if record["epoch"] % 3 == 2:
            raise RuntimeError("of its own")


def test_so_does_a_fit_whose_callback_fails():
    clf = classifier(warm_start=True).fit(X, Y)
    before = state(clf)

    with pytest.raises(RuntimeError, match="of its own"):
        clf.set_callbacks(Explode()).fit(X, Y)

    assert state(clf) == before


def test_a_warning_that_is_an_error_comes_when_all_is_done():
    clf = FCNClassifier((8,), max_iter=2, random_state=0)

    with pytest.raises(Warning, match="Maximum iterations"):
        clf.fit(X, Y)  # in these tests a warning is an error

    assert clf.n_iter_ == 2
    assert clf.predict(X).shape == Y.shape
