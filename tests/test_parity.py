"""scikit-learn's own MLPClassifier as the oracle: the same weights, step for step, in float64."""

import contextlib
import io

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.neural_network import MLPClassifier

from skfcn import FCNClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, CLASSES = load_digits(return_X_y=True)
X, CLASSES = X[:500] / 16, CLASSES[:500]
_, LABELS = make_multilabel_classification(n_samples=500, n_classes=4, random_state=0)
TARGETS = {"binary": CLASSES > 4, "multiclass": CLASSES, "multilabel": LABELS}
WEIGHTS = {"no weights": None, "weights": np.random.RandomState(0).uniform(0.1, 3, 500)}
SGD = {"solver": "sgd", "learning_rate_init": 0.05}
SETTINGS = {
    "adam": {},
    "adam betas": {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-5},
    "nesterov": SGD,
    "momentum": SGD | {"nesterovs_momentum": False, "momentum": 0.5},
    "plain": SGD | {"momentum": 0},
    "invscaling": SGD | {"learning_rate": "invscaling", "power_t": 0.2},
    "adaptive": SGD | {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2},
    "lbfgs": {"solver": "lbfgs"},
    "in order": {"shuffle": False, "batch_size": 64},
    "alpha": {"alpha": 1.0},
    "stops": SGD | {"tol": 0.05, "n_iter_no_change": 2},
}


def both(**params):
    """One estimator of each kind, with the same parameters."""
    params = {"hidden_layer_sizes": (12,), "max_iter": 20, "random_state": 1} | params
    return MLPClassifier(**params), FCNClassifier(**params)


def assert_same(theirs, ours):
    for name in ("coefs_", "intercepts_"):
        for expected, got in zip(getattr(theirs, name), getattr(ours, name), strict=True):
            assert_allclose(got, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6, atol=1e-12)
    assert_allclose(ours.loss_, theirs.loss_, rtol=1e-6)
    if theirs.solver != "lbfgs":  # which leaves no curve in scikit-learn
        assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
        if theirs.early_stopping:
            assert ours.best_loss_ is theirs.best_loss_ is None
        else:
            assert_allclose(ours.best_loss_, theirs.best_loss_, rtol=1e-6)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_same_weights(setting, target, weights):
    theirs, ours = both(**SETTINGS[setting])
    for estimator in (theirs, ours):
        estimator.fit(X, TARGETS[target], sample_weight=WEIGHTS[weights])
    assert_same(theirs, ours)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("hidden", [(), 9, (9, 7), (6, 5, 4)], ids=str)
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_same_weights_for_every_shape(activation, hidden, solver):
    theirs, ours = both(activation=activation, hidden_layer_sizes=hidden, solver=solver)
    for estimator in (theirs, ours):
        estimator.fit(X, CLASSES)
    assert_same(theirs, ours)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("target", ["binary", "multilabel"])
def test_same_early_stopping(target, weights):
    """Multiclass splits differ: ours are stratified."""
    theirs, ours = both(early_stopping=True, max_iter=100, n_iter_no_change=3, tol=1e-3)
    for estimator in (theirs, ours):
        estimator.fit(X, TARGETS[target], sample_weight=WEIGHTS[weights])
    assert ours.n_iter_ < 100
    assert_same(theirs, ours)
    assert ours.validation_scores_ == theirs.validation_scores_
    assert ours.best_validation_score_ == theirs.best_validation_score_


@pytest.mark.parametrize("setting", ["adam", "nesterov", "invscaling", "adaptive"])
def test_same_warm_start(setting):
    theirs, ours = both(warm_start=True, **SETTINGS[setting])
    for _ in range(3):
        for estimator in (theirs, ours):
            estimator.fit(X, CLASSES)
    assert_same(theirs, ours)


@pytest.mark.parametrize("setting", ["adam", "nesterov", "invscaling", "adaptive"])
@pytest.mark.parametrize("target", TARGETS)
def test_same_partial_fit(setting, target):
    """With a RandomState, which scikit-learn too carries on."""
    theirs, ours = both(**SETTINGS[setting])
    classes = np.unique(TARGETS[target]) if target != "multilabel" else np.arange(4)
    for estimator in (theirs, ours):
        estimator.set_params(random_state=np.random.RandomState(3))
        for rows in 10 * [slice(0, 300), slice(200, 500)]:
            estimator.partial_fit(X[rows], TARGETS[target][rows], classes=classes)
    assert_same(theirs, ours)


@pytest.mark.parametrize("setting", ["adam", "stops", "adaptive"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_same_lines_when_verbose(setting, early_stopping):
    params = SETTINGS[setting] | {"verbose": True, "early_stopping": early_stopping}
    printed = []
    for estimator in both(**params):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            estimator.fit(X, CLASSES > 4)
        printed.append(out.getvalue().splitlines())
    theirs, ours = printed
    assert len(ours) == len(theirs) >= 20 or setting == "stops"
    assert ours == theirs


def test_same_parameters_and_defaults():
    theirs, ours = MLPClassifier().get_params(), FCNClassifier().get_params()
    assert {name: ours[name] for name in theirs} == theirs
    assert set(ours) - set(theirs) == {"loss", "init"}


def test_same_weights_in_float32_to_its_precision():
    theirs, ours = both()
    for estimator in (theirs, ours):
        estimator.fit(X.astype(np.float32), CLASSES)
    for expected, got in zip(theirs.coefs_, ours.coefs_, strict=True):
        assert got.dtype == expected.dtype == np.float32
        assert_allclose(got, expected, atol=1e-4)


def test_a_clone_of_a_fitted_estimator_is_a_new_one():
    _, ours = both()
    again = clone(ours.fit(X, CLASSES)).fit(X, CLASSES)
    np.testing.assert_array_equal(again.coefs_[0], ours.coefs_[0])
