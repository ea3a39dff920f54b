"""Pieces of the data that lack a class, in every way of training on and of validating."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pairwise import pairwise

from skfcn import FCNClassifier, TabularClassifier
from skfcn.callbacks import Checkpoint

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 4)), np.arange(60) % 3
LABELS = {
    "numbers": np.arange(3),
    "texts": np.array(["a", "b", "c"]),
    "objects": np.array(["a", "b", "c"], object),
    "floats": np.array([0.0, 2.0, 4.0]),
    "days": np.array(["2020-01-01", "2020-01-02", "2020-01-03"], "M8[D]"),
    "two": np.array([False, True]),
}
PIECES = {"one row": [4], "two classes": np.flatnonzero(Y < 2), "one class": [1, 4, 7]}
WEIGHTS = {"no weights": None, "weights": np.linspace(0.5, 1, 60)}


def classifier(**params):
    start = {"max_iter": 2, "n_iter_no_change": np.inf, "random_state": 0}
    return FCNClassifier((5,), **start | params)


def labels(kind):
    y = Y % len(LABELS[kind])
    return LABELS[kind][y], LABELS[kind]


WAYS = {
    "partial_fit": lambda clf, fit, y, rows, all_: fit(fit(clf, slice(0, 30), all_), rows),
    "the first piece": lambda clf, fit, y, rows, all_: fit(fit(clf, rows, all_), slice(0, 30)),
    "classes again": lambda clf, fit, y, rows, all_: fit(fit(clf, rows, all_), rows, all_),
    "after fit": lambda clf, fit, y, rows, all_: fit(clf.fit(X, y), rows),
}


GRID = {
    "case": [*product(WAYS, PIECES)],
    "kind": LABELS,
    "warm_start": [False, True],
    "weights": WEIGHTS,
}


@pytest.mark.parametrize(tuple(GRID), pairwise(**GRID), ids=str)
def test_partial_fit_takes_pieces(case, kind, warm_start, weights):
    """The classes are those of the first call, and weights as if labels were numbers."""
    way, piece = case

    def train(y, classes):
        def fit(clf, rows, classes=None):
            weight = None if WEIGHTS[weights] is None else WEIGHTS[weights][rows]
            return clf.partial_fit(X[rows], y[rows], weight, classes=classes)

        return WAYS[way](classifier(warm_start=warm_start), fit, y, PIECES[piece], classes)

    y, classes = labels(kind)
    clf, expected = train(y, classes), train(Y % len(classes), np.arange(len(classes)))
    assert_array_equal(clf.classes_, classes)
    assert clf.predict_proba(X).shape == (60, len(classes))
    assert_array_equal(clf.coefs_[0], expected.coefs_[0])


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 2.0, 1: 1.0, 2: 1.0}])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_start_takes_pieces(piece, solver, class_weight):
    rows = PIECES[piece]
    clf = classifier(warm_start=True, solver=solver, class_weight=class_weight).fit(X, Y)
    before = clf.coefs_[0].copy()
    clf.fit(X[rows], Y[rows]).fit(X, Y)
    assert_array_equal(clf.classes_, [0, 1, 2])
    assert np.isfinite(clf.coefs_[0]).all()
    assert (clf.coefs_[0] != before).any()


def test_warm_start_takes_pieces_under_early_stopping():
    clf = classifier(warm_start=True, early_stopping=True).fit(X, Y)
    rows = PIECES["two classes"]
    assert clf.fit(X[rows], Y[rows]).predict_proba(X).shape == (60, 3)


@pytest.mark.parametrize("first", [[[0, 0, 0]], [[1, 1, 1]], [[0, 1, 0]]], ids=str)
@pytest.mark.parametrize("warm_start", [False, True])
def test_multilabel_pieces_may_be_of_one_row(first, warm_start):
    clf = classifier(warm_start=warm_start).partial_fit(X[:1], first, classes=[0, 1, 2])
    clf.partial_fit(X, np.eye(3, dtype=int)[Y]).partial_fit(X[:1], first)
    assert clf.fit(X[:1], first).predict(X).shape == (60, 3)


@pytest.mark.parametrize("warm_start", [False, True])
def test_new_classes_are_refused_and_nothing_is_lost(warm_start):
    clf = classifier(warm_start=warm_start).fit(X, Y)
    before = clf.coefs_[0].copy()
    with pytest.raises(ValueError, match=r"`y` has classes not in `self\.classes_`"):
        clf.partial_fit(X[:1], [3])
    if warm_start:
        with pytest.raises(ValueError, match=r"Previously got \[0 1 2\], `y` has \[3\]"):
            clf.fit(X[:1], [3])
    assert_array_equal(clf.coefs_[0], before)


def test_a_checkpoint_of_a_piece_is_resumed(tmp_path):
    def fit(**options):
        clf = classifier(warm_start=True).fit(X, Y)
        return clf.set_callbacks(Checkpoint(tmp_path, **options)).fit(X[[1, 4]], Y[[1, 4]])

    assert_array_equal(fit().coefs_[0], fit(resume=True).coefs_[0])


# --- validation data --------------------------------------------------------------------------


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 2.0, 1: 1.0, 2: 1.0}])
@pytest.mark.parametrize("scoring", [None, "loss", "f1_macro", "balanced_accuracy"])
@pytest.mark.parametrize("piece", PIECES)
def test_validation_data_may_lack_a_class(piece, scoring, class_weight):
    rows = PIECES[piece]
    clf = classifier(class_weight=class_weight, scoring=scoring)
    clf.fit(X, Y, X_val=X[rows], y_val=Y[rows], sample_weight_val=np.ones(len(rows)))
    assert np.isfinite(clf.validation_scores_).all()
    assert np.isfinite(clf.history_["validation_loss"]).all()


def test_balanced_weights_count_the_classes_that_there_are():
    """As compute_class_weight has them of the same rows."""
    rows = np.flatnonzero(Y < 2)[:-5]
    clf = classifier(class_weight="balanced", scoring="loss")
    clf.fit(X, Y, X_val=X[rows], y_val=Y[rows])
    counts = np.bincount(Y[rows])
    weight = 1 / counts[Y[rows]]
    log_p = np.log(clf.predict_proba(X[rows])[np.arange(len(rows)), Y[rows]])
    expected = -np.average(log_p, weights=weight)
    assert clf.history_["validation_loss"][clf.best_iteration_ - 1] == pytest.approx(expected)


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("scoring", [None, "roc_auc_ovr"])
def test_a_split_may_lack_a_rare_class(class_weight, scoring):
    y = Y.copy()
    y[0] = 7  # the only row of its class is trained on
    clf = classifier(early_stopping=True, class_weight=class_weight, scoring=scoring)
    if scoring is None:
        assert len(clf.fit(X, y).validation_scores_) == 2
        return
    with pytest.warns(UserWarning, match=r"was NaN in all 2 epochs.*no row of class 7\."):
        clf.fit(X, y)


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_the_tabular_classifier_takes_rare_classes(class_weight):
    y = Y.copy()
    y[0] = 7
    clf = TabularClassifier(2, (4,), max_iter=24, class_weight=class_weight, random_state=0)
    assert clf.fit(X, y).predict_proba(X).shape == (60, 4)
