"""Errors of bad input say what MLPClassifier and MLPRegressor say, to the word or and more."""

import warnings

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skfcn import FCNClassifier, FCNRegressor

X = np.random.default_rng(0).normal(size=(40, 3))
Y, Z = np.arange(40) % 2, X[:, 0]
RARE = (np.arange(40) == 3).astype(int)
QUICK = {"max_iter": 2}
STOPPING = {"early_stopping": True, "max_iter": 2}

NAMES = [[0, 1], [5, 9], [0.0, 1.0], [False, True], ["common", "rare"]]

# What is done with an estimator of a class, and what of our words is not scikit-learn's.
CLASSIFIERS = {
    **{
        f"a rare class, {names}": (lambda M, n=names: M(**STOPPING).fit(X, np.array(n)[RARE]), "")
        for names in NAMES
    },
    "few rows": (lambda M: M(hidden_layer_sizes=(0,)).fit(X, Y), ""),
    "negative width": (lambda M: M(hidden_layer_sizes=(3, -1)).fit(X, Y), ""),
    "batch_size": (lambda M: M(batch_size=0).fit(X, Y), ""),
    "new labels": (
        lambda M: M(**QUICK).partial_fit(X, Y, classes=[0, 1]).partial_fit(X, Y + 1),
        "",
    ),
    "other classes": (
        lambda M: M(**QUICK).partial_fit(X, Y, classes=[0, 1]).partial_fit(X, Y, classes=[0, 2]),
        "",
    ),
    "no classes": (lambda M: M(**QUICK).partial_fit(X, Y), "Pass them by name"),
    "partial_fit": (
        lambda M: M(early_stopping=True).partial_fit(X, Y, classes=[0, 1]),
        "one epoch",
    ),
    "lbfgs": (lambda M: M(solver="lbfgs").partial_fit(X, Y, classes=[0, 1]), ""),
    "warm start": (lambda M: M(**QUICK, warm_start=True).fit(X, Y).fit(X, Y + 1), ""),
    "warm start, texts": (
        lambda M: M(**QUICK, warm_start=True).fit(X, Y).fit(X, Y.astype(str)),
        "",
    ),
    "missing labels": (
        lambda M: M().fit(X, np.where(Y, np.nan, 0)),
        "Missing are 20 of 40",
    ),
    "diverging": (
        lambda M: M(**QUICK, solver="sgd", learning_rate_init=1e300).fit(X * 1e100, Y),
        "Likely causes",
    ),
}
REGRESSORS = {
    "two rows": (lambda M: M(early_stopping=True).fit(X[:2], Z[:2]), "holds out"),
    "partial_fit": (lambda M: M(early_stopping=True).partial_fit(X, Z), "one epoch"),
    "missing targets": (lambda M: M().fit(X, np.where(Y, np.nan, 0)), "Missing are 20 of 40"),
    "infinite targets": (lambda M: M().fit(X, np.where(Y, np.inf, 0)), ""),
    "diverging": (
        lambda M: M(**QUICK, solver="sgd", learning_rate_init=1e300).fit(X * 1e100, Z * 1e200),
        "Likely causes",
    ),
}
BOTH = {
    "not fitted": (lambda M: M().predict(X), ""),
    "other features": (lambda M: M(**QUICK).fit(X, Y).predict(X[:, :2]), ""),
    "other features later": (lambda M: M().fit(X, Y).partial_fit(X[:, :2], Y), ""),
    "NaN": (lambda M: M().fit(X * np.nan, Y), "have missing values"),
    "infinity": (lambda M: M().fit(np.full((40, 3), np.inf), Y), ""),
    "lengths": (lambda M: M().fit(X, Y[:3]), ""),
    "one dimension": (lambda M: M().fit(X[0], Y), ""),
    "weights": (lambda M: M().fit(X, Y, [1.0]), ""),
    "alpha": (lambda M: M(alpha=-1).fit(X, Y), ""),
    "max_iter": (lambda M: M(max_iter=0).fit(X, Y), ""),
}


@pytest.mark.parametrize(
    ("theirs", "ours", "do", "more"),
    [
        pytest.param(*pair, *row, id=f"{pair[1].__name__}-{name}")
        for pair, rows in [
            ((MLPClassifier, FCNClassifier), CLASSIFIERS | BOTH),
            ((MLPRegressor, FCNRegressor), REGRESSORS | BOTH),
        ]
        for name, row in rows.items()
    ],
)
def test_errors_begin_with_the_words_of_scikit_learn(theirs, ours, do, more):
    errors = []
    for make in (theirs, ours):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises((ValueError, AttributeError)) as caught:
                do(make)
        errors.append(caught.value)
    expected, error = errors
    assert isinstance(error, type(expected))
    text, words = str(error).replace("FCN", "MLP"), str(expected).rstrip(".")
    assert text.startswith(words)
    if not more:
        assert text.rstrip(".") == words
    assert more in text
