"""Validation scores that cannot decide, and training that diverges with a best epoch behind it."""

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from skfcn import FCNClassifier, FCNRegressor
from skfcn.callbacks import Checkpoint, TimeLimit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
BINARY = (X[:, 0] > 0).astype(int)
ENDLESS = {"n_iter_no_change": np.inf, "random_state": 0, "hidden_layer_sizes": (8,)}


def constant(model, X, y):
    return 0.5


class Sequence:
    """A scorer that returns these values in turn, and the last one for ever."""

    def __init__(self, *values):
        self.values, self.n = values, 0

    def __call__(self, model, X, y):
        self.n += 1
        return self.values[min(self.n, len(self.values)) - 1]


def warned_once(fit):
    """Fit; return the estimator and the one warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = fit()
    (message,) = [str(warning.message) for warning in caught]
    return model, message


ONE = BINARY == 1  # rows of one class only
UNDECIDED = {  # estimator, y, the rows that validate, scoring, and how the warning begins
    "one class": (FCNClassifier, BINARY, ONE, "roc_auc", "scoring='roc_auc', was NaN in all"),
    "error for one class": (FCNClassifier, BINARY, ONE, "neg_log_loss", "scoring='neg_log_loss'"),
    "a class lacks": (FCNClassifier, Y, Y < 2, "roc_auc_ovr", "scoring='roc_auc_ovr', was NaN"),
    "several": (
        FCNClassifier,
        BINARY,
        ONE,
        ["roc_auc", "accuracy"],
        "scoring=['roc_auc', 'accuracy'], was NaN in all",
    ),
    "one row": (FCNRegressor, X[:, 1], [3], None, "R², was NaN in all 30 epochs"),
    "r2 of one row": (FCNRegressor, X[:, 1], [3], "r2", "scoring='r2', was NaN"),
    "nothing but NaN": (FCNRegressor, X[:, 1], ONE, Sequence(np.nan), "scoring="),
    "a constant": (FCNClassifier, Y, ONE, constant, "scoring=constant, was 0.5 in all 30"),
    "always zero": (FCNClassifier, BINARY, ~ONE, "average_precision", "scoring='average_pre"),
    "NaN and a constant": (FCNClassifier, Y, ONE, Sequence(0.5, np.nan, 0.5), "scoring="),
}


@pytest.mark.parametrize("case", UNDECIDED)
def test_where_the_score_cannot_decide_the_loss_does(case):
    make, y, rows, scoring, words = UNDECIDED[case]
    model, message = warned_once(
        lambda: make(scoring=scoring, max_iter=30, learning_rate_init=0.1, **ENDLESS).fit(
            X, y, X_val=X[rows], y_val=y[rows]
        )
    )
    assert message.startswith(f"The validation score, {words}")
    assert "the validation loss decided" in message
    losses = model.history_["validation_loss"]
    assert model.best_iteration_ == 1 + np.argmin(losses)
    by_loss = make(scoring="loss", max_iter=30, learning_rate_init=0.1, **ENDLESS)
    by_loss.fit(X, y, X_val=X[rows], y_val=y[rows])
    assert_array_equal(model.coefs_[0], by_loss.coefs_[0])
    if case in ("one class", "error for one class", "a class lacks"):
        assert f"no row of class {2 if case == 'a class lacks' else 0}." in message


@pytest.mark.parametrize("early_stopping", [True, False])
def test_patience_is_that_of_the_loss(early_stopping):
    """The loss falls at first, then rises: training ends, and neither at once nor never."""
    params = {"learning_rate_init": 0.5, "max_iter": 300, "n_iter_no_change": 4}
    data = {} if early_stopping else {"X_val": X[::2], "y_val": Y[::-2]}

    def fit(scoring):
        model = FCNClassifier((8,), scoring=scoring, random_state=0, **params)
        return model.set_params(early_stopping=early_stopping).fit(X, Y, **data)

    for scoring in (Sequence(np.nan), constant):
        model, _ = warned_once(lambda scoring=scoring: fit(scoring))
        assert model.n_iter_ == fit("loss").n_iter_ < 300


def test_accuracy_that_stays_the_same_under_scikit_learns_early_stopping_is_warned_of():
    """Of rare positives none is found for many epochs. The weights are still scikit-learn's."""
    y = (X[:, 0] > 1.2).astype(int)
    params = {"early_stopping": True, "random_state": 0, "max_iter": 25, "solver": "sgd"}
    words = (
        "accuracy, was 0.875 in all 12 epochs; it cannot decide, and the weights of epoch 1 are"
    )
    with pytest.warns(ConvergenceWarning, match=words):
        clf = FCNClassifier((8,), **params).fit(X, y)
    assert_allclose(clf.coefs_[0], MLPClassifier((8,), **params).fit(X, y).coefs_[0], rtol=1e-9)
    with pytest.warns(ConvergenceWarning), pytest.warns(UserWarning, match="was 0.875 in all 25"):
        clf = FCNClassifier((8,), scoring="accuracy", **params).fit(X, y)
    assert clf.n_iter_ == 25 == clf.best_iteration_  # the loss goes on falling


def test_a_score_that_varies_later_decides_as_if_it_always_had():
    scores = [0.5] * 12 + [0.4, 0.7, 0.6]
    model = FCNClassifier(scoring=Sequence(*scores), max_iter=15, **ENDLESS)
    model.fit(X, Y, X_val=X, y_val=Y)
    assert model.best_iteration_ == 14
    assert model.best_validation_score_ == 0.7
    model = FCNClassifier(scoring=Sequence(*scores), max_iter=13, **ENDLESS)
    assert model.fit(X, Y, X_val=X, y_val=Y).best_iteration_ == 1  # the first of equals


@pytest.mark.parametrize(
    ("scores", "n_epochs", "n_nan"),
    [([0.5, 0.6, np.nan, 0.5], 6, 1), ([np.nan, 0.6, 0.5, np.nan], 6, 4), ([0.6, 0.5], 5, 0)],
)
def test_epochs_without_a_score_count_as_no_improvement(scores, n_epochs, n_nan):
    """As if they had scored badly: one NaN does not begin the patience anew."""
    model = FCNClassifier((8,), scoring=Sequence(*scores), n_iter_no_change=3, random_state=0)
    if n_nan:
        model, message = warned_once(lambda: model.fit(X, Y, X_val=X, y_val=Y))
        assert f"was NaN in {n_nan} of {n_epochs} epochs; epochs without a score count" in message
    else:
        model.fit(X, Y, X_val=X, y_val=Y)
    assert model.n_iter_ == n_epochs
    assert model.best_validation_score_ == 0.6


def test_one_class_to_learn_is_nothing_to_warn_of():
    clf = FCNClassifier(early_stopping=True, max_iter=12, **ENDLESS).fit(X, ["only"] * 80)
    assert clf.validation_scores_[-1] == 1


def test_a_warm_start_goes_on_by_the_loss():
    clf = FCNClassifier(scoring=constant, max_iter=10, warm_start=True, **ENDLESS)
    for n in (10, 20):
        warned_once(lambda: clf.fit(X, Y, X_val=X, y_val=Y))
        assert clf.best_iteration_ == 1 + np.argmin(clf.history_["validation_loss"]) == n
    assert pickle.loads(pickle.dumps(clf)).best_iteration_ == 20


@pytest.mark.filterwarnings("ignore:The validation score")
def test_a_checkpoint_knows_what_decides(tmp_path):
    params = {"scoring": constant, "early_stopping": True, "max_iter": 14, **ENDLESS}
    whole = FCNClassifier(**params).fit(X, Y)
    cut = FCNClassifier(**params).set_callbacks(Checkpoint(tmp_path), _After(12)).fit(X, Y)
    assert cut.n_iter_ == 12
    resumed = FCNClassifier(**params).set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, Y)
    assert resumed.best_iteration_ == whole.best_iteration_ == 14
    assert_array_equal(resumed.coefs_[0], whole.coefs_[0])


class _After(TimeLimit):
    """Ends training after so many epochs."""

    def __init__(self, epochs):
        super().__init__(seconds=1e6)
        self.epochs = epochs

    def on_epoch_end(self, estimator, *, record, fitted_attributes):
        return record["epoch"] == self.epochs


# --- divergence -------------------------------------------------------------------------------


def explodes(progress):
    return 1e200 if progress.epoch >= 3 else 1.0


DIVERGING = {
    "early stopping": (FCNRegressor, {"early_stopping": True}),
    "validation data": (FCNRegressor, {}),
    "sgd": (FCNRegressor, {"early_stopping": True, "solver": "sgd"}),
    "scoring": (FCNRegressor, {"early_stopping": True, "scoring": "neg_mean_absolute_error"}),
    "the loss decides": (FCNRegressor, {"early_stopping": True, "scoring": Sequence(np.nan)}),
    "average": (FCNRegressor, {"early_stopping": True, "average": 0.9}),
    "classifier": (FCNClassifier, {"early_stopping": True}),
}


@pytest.mark.parametrize("case", DIVERGING)
def test_the_best_epoch_comes_back_where_training_diverges(case):
    make, params = DIVERGING[case]
    params = {"learning_rate": explodes, "warm_start": True, "max_iter": 9, **ENDLESS} | params
    data = {"X_val": X, "y_val": Y} if case == "validation data" else {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = make(**params).fit(X, Y, **data)
    texts = [str(warning.message) for warning in caught]
    (message,) = [text for text in texts if text.startswith("Solver produced non-finite")]
    assert len(texts) == 1
    assert f"The weights of epoch {model.best_iteration_}, the best" in message
    assert "the learning rate is too high" in message
    assert model.n_iter_ == len(model.validation_scores_) >= 3
    before = make(**{**params, "max_iter": 3}).fit
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = before(X, Y, **data)
    if model.n_iter_ == 3:
        assert_array_equal(model.coefs_[0], expected.coefs_[0])
    assert np.isfinite(model.predict(X)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.set_params(learning_rate="constant", learning_rate_init=1e-3).fit(X, Y, **data)
    assert np.isfinite(model.coefs_[0]).all()  # nothing of it is left in the optimizer
    assert np.isfinite(model.loss_curve_).all()


@pytest.mark.parametrize("params", [{}, {"early_stopping": True, "learning_rate_init": 1e200}])
def test_without_a_best_epoch_divergence_is_an_error(params):
    model = FCNRegressor(learning_rate=explodes, max_iter=9, **ENDLESS).set_params(**params)
    with pytest.raises(ValueError, match=r"^Solver produced non-finite parameter weights"):
        model.fit(X, Y)
    assert not hasattr(model, "coefs_")
