"""Where scikit-learn's MLPs are wrong: each test shows that ours differ, and are right.

docs/guide/differences.md lists them in the same order.
"""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import xlogy
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor, _multilayer_perceptron

from skfcn import FCNClassifier, FCNRegressor
from skfcn.training import held_out_split

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_digits(return_X_y=True)
X = X / 16


def same(theirs, ours, rtol=1e-6):
    return all(
        np.allclose(a, b, rtol=rtol, atol=rtol * np.abs(a).max())
        for a, b in zip(theirs.coefs_, ours.coefs_, strict=True)
    )


def fit_both(X, y, classes=(MLPClassifier, FCNClassifier), **params):
    return [make(random_state=0, **params).fit(X, y) for make in classes]


def test_early_stopping_stratifies_several_classes():
    y = np.where(np.arange(1000) < 20, 2, np.arange(1000) % 2)  # 2 % of them are rare
    indicator = np.eye(3, dtype=bool)[y]
    for seed in range(20):
        _, held_out = held_out_split(indicator, "multiclass", 0.1, np.random.RandomState(seed))
        assert np.bincount(y[held_out])[2] == 2
    theirs, ours = fit_both(X, Y, early_stopping=True, max_iter=5, hidden_layer_sizes=8)
    assert not same(theirs, ours)


def test_partial_fit_goes_on_shuffling_with_an_integer_seed():
    params = {"hidden_layer_sizes": 8, "random_state": 0, "solver": "sgd", "momentum": 0}
    whole = FCNClassifier(max_iter=2, n_iter_no_change=np.inf, **params).fit(X, Y)
    first_epochs = []
    for make in (MLPClassifier, FCNClassifier):
        clf = make(**params)
        for _ in range(2):
            clf.partial_fit(X, Y, classes=np.arange(10))
        first_epochs.append(clf)
    theirs, ours = first_epochs
    assert theirs.loss_curve_[0] == pytest.approx(ours.loss_curve_[0])
    assert theirs.loss_curve_[1] != pytest.approx(ours.loss_curve_[1], rel=1e-9)
    assert whole.t_ == ours.t_


@pytest.mark.parametrize("schedule", ["invscaling", "adaptive"])
def test_learning_rate_works_with_adam(schedule):
    params = {"hidden_layer_sizes": 8, "max_iter": 40, "tol": 0.05, "n_iter_no_change": 2}
    theirs, ours = fit_both(X, Y, learning_rate=schedule, **params)
    ignored, _ = fit_both(X, Y, **params)
    assert same(theirs, ignored)  # scikit-learn does as if nothing had been asked for
    assert not same(theirs, ours)
    if schedule == "adaptive":  # the loss stalls, and the rate is divided instead of given up
        assert ours.n_iter_ > theirs.n_iter_


def test_hidden_layer_sizes_come_first_in_the_regressor_too():
    y = X[:, 20]
    with pytest.raises(ValueError, match="'loss' parameter"):
        MLPRegressor((5,)).fit(X, y)
    assert FCNRegressor((5,), max_iter=3).fit(X, y).coefs_[0].shape == (64, 5)
    with pytest.raises(ValueError, match="write loss='squared_error'"):
        FCNRegressor("squared_error").fit(X, y)


def test_lbfgs_leaves_a_loss_curve():
    theirs, ours = fit_both(X, Y, solver="lbfgs", hidden_layer_sizes=8, max_iter=30)
    assert not hasattr(theirs, "loss_curve_")
    assert len(ours.loss_curve_) == ours.n_iter_ == 30
    assert ours.loss_curve_[-1] == ours.loss_ == ours.best_loss_
    assert (np.diff(ours.loss_curve_) < 0).all()


def test_lbfgs_with_several_outputs_minimises_what_it_says():
    """scikit-learn's loss is averaged over the outputs, its gradient is not."""
    rng = np.random.RandomState(0)
    Z = rng.normal(size=(80, 5))
    targets = Z @ rng.normal(size=(5, 3)) + 1 + 0.5 * rng.normal(size=(80, 3))
    params = {"solver": "lbfgs", "hidden_layer_sizes": (), "tol": 1e-9, "max_iter": 1000}
    theirs, ours = fit_both(Z, targets, (MLPRegressor, FCNRegressor), alpha=30.0, **params)
    exact = Ridge(alpha=30.0).fit(Z, targets).coef_.T
    assert_allclose(ours.coefs_[0], exact, rtol=1e-3)
    assert np.abs(theirs.coefs_[0] - exact).max() > 10 * np.abs(ours.coefs_[0] - exact).max()


def unclipped_log_loss(y, probability, sample_weight=None):
    tiny = np.finfo(float).tiny
    losses = -xlogy(y, np.maximum(probability, tiny)).sum(axis=1)
    return np.average(losses, weights=sample_weight)


def test_logarithms_are_not_clipped(monkeypatch):
    """scikit-learn's loss never exceeds 36, its gradient does not know; a line search notices."""
    params = {"solver": "lbfgs", "hidden_layer_sizes": 9, "max_iter": 20, "random_state": 1}
    fit = [make(**params).fit(X[:240], Y[:240]) for make in (MLPClassifier, FCNClassifier)]
    assert not same(*fit)
    functions = _multilayer_perceptron.LOSS_FUNCTIONS
    monkeypatch.setitem(functions, "log_loss", unclipped_log_loss)
    assert same(MLPClassifier(**params).fit(X[:240], Y[:240]), fit[1])


def test_small_probabilities_keep_their_digits():
    weights = [np.array([[1.0]])], [np.zeros(1)]
    clf = FCNClassifier.from_weights(*weights)
    probability = clf.predict_proba([[40.0], [800.0]])
    assert_allclose(probability[0, 0], np.exp(-40), rtol=1e-12)  # 1 - p is 0 there
    assert np.isfinite(clf.predict_log_proba([[40.0], [800.0]])).all()
    mlp = MLPClassifier((), solver="lbfgs").fit([[-1.0], [1.0]], [0, 1])
    mlp.coefs_, mlp.intercepts_ = weights
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert mlp.predict_log_proba([[40.0]])[0, 0] == -np.inf


def test_one_class_has_one_probability():
    theirs, ours = fit_both(X[:50], np.ones(50, int), max_iter=2)
    assert theirs.classes_.shape == ours.classes_.shape == (1,)
    assert theirs.predict_proba(X[:3]).shape == (3, 2)
    assert_array_equal(ours.predict_proba(X[:3]), np.ones((3, 1)))


def test_a_number_of_epochs_is_no_failure_to_converge():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FCNClassifier(8, max_iter=2, n_iter_no_change=np.inf).fit(X, Y)
        with pytest.raises(Warning, match="hasn't converged"):
            MLPClassifier(8, max_iter=2, n_iter_no_change=np.inf).fit(X, Y)


def test_diverged_training_stops_at_once():
    params = {"solver": "sgd", "learning_rate_init": 1e200, "activation": "identity"}
    with pytest.raises(ValueError, match=r"at step 2 of epoch 1, learning rate 1e\+200"):
        FCNClassifier(3, **params).fit(X * 1e100, Y)


def test_diverged_training_keeps_the_best_epoch():
    params = {"early_stopping": True, "learning_rate": lambda p: 1e200 if p.epoch > 2 else 1.0}
    with pytest.warns(UserWarning, match=r"at step \d+ of epoch \d+, .* weights of epoch \d"):
        clf = FCNClassifier(3, random_state=0, **params).fit(X, Y)
    assert clf.best_validation_score_ == np.nanmax(clf.validation_scores_)


def test_warm_start_goes_on_with_pieces_that_lack_a_class():
    rows = Y > 0
    for make in (MLPClassifier, FCNClassifier):
        clf = make(3, warm_start=True, max_iter=2).fit(X, Y)
        if make is MLPClassifier:
            with pytest.raises(ValueError, match="where `y` has the same classes"):
                clf.fit(X[rows], Y[rows])
        else:
            assert_array_equal(clf.fit(X[rows], Y[rows]).classes_, np.arange(10))


def test_warm_start_refuses_other_layers():
    clf = FCNClassifier(8, warm_start=True, max_iter=2).fit(X, Y)
    with pytest.raises(ValueError, match="go on with the layers of the first fit"):
        clf.set_params(hidden_layer_sizes=9).fit(X, Y)


def test_parameters_set_later_do_not_change_what_was_fitted():
    theirs, ours = fit_both(X, Y, hidden_layer_sizes=8, max_iter=5)
    before = ours.predict_proba(X), theirs.predict_proba(X)
    for clf in (ours, theirs):
        clf.set_params(activation="tanh")
    assert_array_equal(ours.predict_proba(X), before[0])
    assert not np.allclose(theirs.predict_proba(X), before[1])


def test_partial_fit_hides_where_it_makes_no_sense():
    with pytest.raises(ValueError, match=r"^partial_fit does not support early_stopping=True"):
        FCNClassifier(early_stopping=True).partial_fit(X, Y, classes=np.arange(10))
    assert not hasattr(FCNRegressor(solver="lbfgs"), "partial_fit")
    assert hasattr(MLPRegressor(solver="lbfgs"), "partial_fit")


def test_two_rows_are_enough_to_validate_on():
    rows = slice(0, 12)
    with pytest.raises(ValueError, match="should be greater or equal to the number of classes"):
        MLPClassifier(3, early_stopping=True).fit(X[:8], Y[:8] > 4)
    clf = FCNClassifier(3, early_stopping=True, max_iter=3).fit(X[rows], Y[rows] > 4)
    assert len(clf.validation_scores_) == 3


def test_a_batch_without_weight_is_skipped():
    weight = np.ones(len(X))
    weight[:200] = 0
    params = {"shuffle": False, "max_iter": 3, "hidden_layer_sizes": 4}
    with pytest.raises(ZeroDivisionError):
        MLPClassifier(**params).fit(X, Y, sample_weight=weight)
    clf = FCNClassifier(random_state=0, **params).fit(X, Y, sample_weight=weight)
    assert np.isfinite(clf.loss_)


def test_poisson_refuses_negative_targets():
    with pytest.raises(ValueError, match="requires non-negative y"):
        FCNRegressor(3, loss="poisson").fit(X, Y - 1)


@pytest.mark.parametrize("make", [FCNClassifier, FCNRegressor])
def test_weights_below_zero_are_refused(make):
    weight = np.ones(50)
    weight[7] = -1
    theirs = {FCNClassifier: MLPClassifier, FCNRegressor: MLPRegressor}[make]
    theirs(max_iter=2).fit(X[:50], Y[:50], weight)
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        make().fit(X[:50], Y[:50], weight)
    with pytest.raises(ValueError, match="class_weight must have finite numbers of at least 0"):
        FCNClassifier(class_weight={0: -1}).fit(X[:50], Y[:50])


def test_a_prediction_that_overflows_is_an_error():
    theirs, ours = fit_both(X, Y, max_iter=2)
    huge = np.where(X[:3] > 0.5, 1.7e308, -1.7e308)
    with np.errstate(all="ignore"):
        assert not np.isfinite(theirs.predict_proba(huge)).all()
    with pytest.raises(ValueError, match="X contains values too large for this network"):
        ours.predict_proba(huge)
    ours.coefs_[0][...] = 1e200
    ours.coefs_[1][...] = 1e200
    with pytest.raises(ValueError, match=r"The network has weights up to 1e\+200, and X values"):
        ours.predict_proba(X[:3])
