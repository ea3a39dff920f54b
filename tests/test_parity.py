"""scikit-learn's own MLPs as the oracle: the same weights, step for step, in float64.

Where scikit-learn is wrong ours differ; `test_differences.py` has those cases. Every two values
of different parameters meet in `test_same_weights_in_every_way`. The grids below it, which are
slow, have every solver with every activation for every task, and each of these with and without
early stopping, weights and sparse X.
"""

import contextlib
import io
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pairwise import pairwise
from scipy.sparse import csc_array, csr_array, csr_matrix
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skfcn import FCNClassifier, FCNRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N = 160
RNG = np.random.RandomState(0)
X, CLASSES = load_digits(return_X_y=True)
X, CLASSES = X[:N] / 16, CLASSES[:N]
_, LABELS = make_multilabel_classification(n_samples=N, n_classes=4, random_state=0)
REAL = np.tanh(X @ RNG.normal(size=(64, 3)) / 4) + 0.1 * RNG.normal(size=(N, 3))
WEIGHT = RNG.uniform(0.1, 3, N)

# The estimators, the loss and the target of each kind of task.
TASKS = {
    "binary": (MLPClassifier, FCNClassifier, {}, CLASSES > 4),
    "multiclass": (MLPClassifier, FCNClassifier, {}, CLASSES),
    "multilabel": (MLPClassifier, FCNClassifier, {}, LABELS),
    "one output": (MLPRegressor, FCNRegressor, {}, REAL[:, 0]),
    "outputs": (MLPRegressor, FCNRegressor, {}, REAL),
    "poisson": (MLPRegressor, FCNRegressor, {"loss": "poisson"}, LABELS.sum(axis=1)),
    "poissons": (MLPRegressor, FCNRegressor, {"loss": "poisson"}, LABELS),
}
ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
SGD = {"solver": "sgd", "learning_rate_init": 0.02}
SOLVERS = {
    "adam": {},
    "sgd constant": SGD,
    "sgd invscaling": SGD | {"learning_rate": "invscaling", "power_t": 0.2},
    "sgd adaptive": SGD | {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2},
    "lbfgs": {"solver": "lbfgs"},
}
OTHER_SETTINGS = {
    "betas": {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-5},
    "momentum": SGD | {"nesterovs_momentum": False, "momentum": 0.5},
    "plain": SGD | {"momentum": 0},
    "in order": {"shuffle": False, "batch_size": 64},
    "alpha": {"alpha": 1.0},
    "stops": SGD | {"tol": 0.05, "n_iter_no_change": 2},
}


def both(task="multiclass", **params):
    """One estimator of each kind, with the same parameters."""
    theirs, ours, loss, _ = TASKS[task]
    params = {"hidden_layer_sizes": (12,), "max_iter": 20, "random_state": 1} | loss | params
    return theirs(**params), ours(**params)


def assert_same(theirs, ours):
    for name in ("coefs_", "intercepts_"):
        for expected, got in zip(getattr(theirs, name), getattr(ours, name), strict=True):
            assert_allclose(got, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
    method = "predict_proba" if is_classifier(theirs) else "predict"
    assert_allclose(getattr(ours, method)(X), getattr(theirs, method)(X), rtol=1e-6, atol=1e-9)
    assert_allclose(ours.loss_, theirs.loss_, rtol=1e-6)
    if theirs.solver != "lbfgs":  # which leaves no curve in scikit-learn
        assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
        if theirs.early_stopping:
            assert ours.best_loss_ is theirs.best_loss_ is None
        else:
            assert_allclose(ours.best_loss_, theirs.best_loss_, rtol=1e-6)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name


def is_right_in_scikit_learn(task, solver, early_stopping, way="fit", **others):
    """Whether the cell of the grid is one in which scikit-learn does what it means to do."""
    if task == "multiclass" and early_stopping and solver != "lbfgs":
        return False  # it does not stratify
    if task == "outputs" and solver == "lbfgs":
        return False  # its gradient is not its loss's
    # L-BFGS and early stopping have no partial_fit; a warm start trains on in the snapshot of the
    # best weights, and magnifies the last digits of L-BFGS.
    return way == "fit" or not (early_stopping or solver == "lbfgs")


def fit_once(estimator, X, y, weight):
    estimator.fit(X, y, sample_weight=weight)


def fit_thrice(estimator, X, y, weight):
    """From where the last fit has ended."""
    estimator.set_params(warm_start=True)
    for _ in range(3):
        estimator.fit(X, y, sample_weight=weight)


def fit_partially(estimator, X, y, weight):
    """With a RandomState, which scikit-learn too carries on."""
    estimator.set_params(random_state=np.random.RandomState(3))
    labels = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
    classes = {"classes": labels} if is_classifier(estimator) else {}
    for rows in 4 * [slice(0, 100), slice(60, N)]:
        weights = None if weight is None else weight[rows]
        estimator.partial_fit(X[rows], y[rows], sample_weight=weights, **classes)


WAYS = {"fit": fit_once, "warm start": fit_thrice, "partial_fit": fit_partially}
STORAGES = {
    "dense": np.asarray,
    "csr array": csr_array,
    "csr matrix": csr_matrix,
    "csc array": csc_array,
}
ALL = {
    "solver": SOLVERS | OTHER_SETTINGS,
    "task": TASKS,
    "activation": ACTIVATIONS,
    "hidden": [(), 8, (9, 7), (6, 5, 4)],
    "storage": STORAGES,
    "way": WAYS,
    "early_stopping": [False, True],
    "weighted": [False, True],
}


@pytest.mark.parametrize(tuple(ALL), pairwise(is_right_in_scikit_learn, **ALL), ids=str)
def test_same_weights_in_every_way(
    solver, task, activation, hidden, storage, way, early_stopping, weighted
):
    params = (SOLVERS | OTHER_SETTINGS)[solver] | {"activation": activation}
    estimators = both(task, hidden_layer_sizes=hidden, early_stopping=early_stopping, **params)
    for estimator in estimators:
        weight = WEIGHT if weighted else None
        WAYS[way](estimator, STORAGES[storage](X), TASKS[task][-1], weight)
    assert_same(*estimators)
    if early_stopping and solver != "lbfgs":
        theirs, ours = estimators
        assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-6)
        assert_allclose(ours.best_validation_score_, theirs.best_validation_score_, rtol=1e-6)


GRID = {
    "cell": list(product(SOLVERS, ACTIVATIONS, TASKS)),
    "early_stopping": [False, True],
    "weighted": [False, True],
    "storage": ["dense", "csr array"],
}


def is_right_in_cell(cell, early_stopping, **others):
    solver, _, task = cell
    return is_right_in_scikit_learn(task, solver, early_stopping)


@pytest.mark.slow
@pytest.mark.parametrize(
    tuple(GRID), pairwise(is_right_in_cell, **GRID), ids=lambda value: str(value)
)
def test_same_weights(cell, early_stopping, weighted, storage):
    solver, activation, task = cell
    theirs, ours = both(
        task, activation=activation, early_stopping=early_stopping, **SOLVERS[solver]
    )
    for estimator in (theirs, ours):
        fit_once(estimator, STORAGES[storage](X), TASKS[task][-1], WEIGHT if weighted else None)
    assert_same(theirs, ours)
    if early_stopping and solver != "lbfgs":
        assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-6)
        assert_allclose(ours.best_validation_score_, theirs.best_validation_score_, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("setting", OTHER_SETTINGS)
def test_same_weights_for_other_settings(setting, task):
    theirs, ours = both(task, **OTHER_SETTINGS[setting])
    for estimator in (theirs, ours):
        estimator.fit(X, TASKS[task][-1])
    assert_same(theirs, ours)


@pytest.mark.slow
@pytest.mark.parametrize("storage", [csr_matrix, csc_array], ids=lambda storage: storage.__name__)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_same_weights_for_other_sparse_forms(storage, early_stopping):
    theirs, ours = both("binary", early_stopping=early_stopping)
    for estimator in (theirs, ours):
        estimator.fit(storage(X), CLASSES > 4)
    assert_same(theirs, ours)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("hidden", [(), 8, (9, 7), (6, 5, 4)], ids=str)
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_same_weights_for_every_shape(activation, hidden, solver):
    theirs, ours = both(activation=activation, hidden_layer_sizes=hidden, solver=solver)
    for estimator in (theirs, ours):
        estimator.fit(X, CLASSES)
    assert_same(theirs, ours)


STOCHASTIC = [solver for solver in SOLVERS if solver != "lbfgs"]


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("solver", STOCHASTIC)
def test_same_warm_start(solver, task):
    theirs, ours = both(task, **SOLVERS[solver])
    for estimator in (theirs, ours):
        fit_thrice(estimator, X, TASKS[task][-1], None)
    assert_same(theirs, ours)


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("solver", STOCHASTIC)
def test_same_partial_fit(solver, task, weighted):
    theirs, ours = both(task, **SOLVERS[solver])
    for estimator in (theirs, ours):
        fit_partially(estimator, X, TASKS[task][-1], WEIGHT if weighted else None)
    assert_same(theirs, ours)


@pytest.mark.parametrize("setting", ["adam", "stops", "sgd adaptive"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_same_lines_when_verbose(setting, early_stopping):
    params = (SOLVERS | OTHER_SETTINGS)[setting]
    printed = []
    for estimator in both("binary", verbose=True, early_stopping=early_stopping, **params):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            estimator.fit(X, CLASSES > 4)
        printed.append(out.getvalue().splitlines())
    theirs, ours = printed
    assert len(ours) == len(theirs) >= 20 or setting == "stops"
    assert ours == theirs


ADDED = {
    "init",
    "dtype",
    "dropout",
    "normalization",
    "l1_ratio",
    "max_norm",
    "max_grad_norm",
    "average",
    "scoring",
    "augmentation",
    "transform_layer",
}


@pytest.mark.parametrize(
    ("theirs", "ours", "added"),
    [
        (MLPClassifier(), FCNClassifier(), {"loss", "class_weight", *ADDED}),
        (MLPRegressor(), FCNRegressor(), ADDED),
    ],
)
def test_same_parameters_and_defaults(theirs, ours, added):
    theirs, ours = theirs.get_params(), ours.get_params()
    assert {name: ours[name] for name in theirs} == theirs
    assert set(ours) - set(theirs) == added


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
