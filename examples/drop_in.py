"""A program for scikit-learn's neural networks, moved to skfcn by its two lines of import.

With ``from sklearn.neural_network import MLPClassifier, MLPRegressor`` in their place it prints
the same numbers; `tests/test_examples.py` compares them, line for line.
"""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_linnerud,
    load_wine,
    make_multilabel_classification,
)
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, learning_curve, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier as MLPClassifier
from skfcn import FCNRegressor as MLPRegressor


def show(what, *numbers):
    print(f"{what:32}", *np.round(np.hstack([np.ravel(n) for n in numbers]), 4).tolist())


# ---- digits: ten classes, batch by batch

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
quick = {"learning_rate_init": 0.01, "tol": 1e-3, "random_state": 1}

clf = MLPClassifier(**quick).fit(X_train, y_train)
show("accuracy, epochs, loss", clf.score(X_test, y_test), clf.n_iter_, clf.loss_)
show("log loss", log_loss(y_test, clf.predict_proba(X_test)))
show("layers, samples seen", [W.shape for W in clf.coefs_], clf.n_layers_, clf.t_)

sparse = MLPClassifier(**quick).fit(csr_matrix(X_train), y_train)
show("sparse X", sparse.score(csr_matrix(X_test), y_test), sparse.loss_)

online = MLPClassifier((32,), learning_rate_init=0.01, random_state=np.random.RandomState(0))
for _ in range(5):
    for rows in np.array_split(np.arange(len(y_train)), 10):
        online.partial_fit(X_train[rows], y_train[rows], classes=np.arange(10))
show("partial_fit, 10 chunks, 5 times", online.score(X_test, y_test), online.loss_curve_[::10])

staged = MLPClassifier((32,), learning_rate_init=0.01, max_iter=5, warm_start=True, random_state=0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)  # that is what the stages are for
    stages = [staged.fit(X_train, y_train).score(X_test, y_test) for _ in range(4)]
show("warm start, every 5 epochs", stages)

with TemporaryDirectory() as folder:
    path = Path(folder, "model.joblib")
    joblib.dump(clf, path)
    show("from a file", joblib.load(path).predict(X_test[:10]))

# ---- wine and iris: in the company of scikit-learn

X, y = load_wine(return_X_y=True)
wine = make_pipeline(StandardScaler(), MLPClassifier((20,), solver="lbfgs", random_state=0))
show("wine, cross-validation", cross_val_score(wine, X, y, cv=5))
sizes, train_scores, test_scores = learning_curve(wine, X, y, cv=3, shuffle=True, random_state=0)
show("learning curve", sizes, train_scores.mean(axis=1), test_scores.mean(axis=1))
wine.fit(X, y)
importance = permutation_importance(wine, X, y, n_repeats=5, random_state=0)
show("permutation importance", importance.importances_mean)

X, y = load_iris(return_X_y=True)
sgd = MLPClassifier((10,), solver="sgd", learning_rate_init=0.1, max_iter=500, random_state=0)
iris = Pipeline([("scale", StandardScaler()), ("mlp", sgd)])
grid = {
    "mlp__activation": ["identity", "logistic", "tanh", "relu"],
    "mlp__learning_rate": ["constant", "invscaling", "adaptive"],
    "mlp__tol": [1e-3],
}
search = GridSearchCV(iris, grid, cv=3).fit(X, y)
show("iris, grid search", search.best_index_, search.cv_results_["mean_test_score"])

# ---- breast cancer: two classes

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)
stopping = MLPClassifier((20,), early_stopping=True, random_state=0).fit(X, y)
show("cancer, early stopping", stopping.n_iter_, stopping.validation_scores_[::10])
weights = np.where(y == 0, 5.0, 1.0)
careful = MLPClassifier((20,), **quick).fit(X, y, sample_weight=weights)
show("sample weights", careful.loss_, careful.predict_proba(X).mean(axis=0))
calibrated = CalibratedClassifierCV(MLPClassifier((20,), **quick), cv=3).fit(X, y)
show("calibrated", calibrated.predict_proba(X[::100])[:, 1])
networks = [("mlp", MLPClassifier((20,), **quick)), ("logistic", LogisticRegression())]
vote = VotingClassifier(networks, voting="soft").fit(X, y)
show("voting", vote.score(X, y), vote.predict_proba(X[::100])[:, 1])

# ---- several labels at once, and numbers

X, y = make_multilabel_classification(n_samples=500, n_classes=4, random_state=0)
labels = MLPClassifier((20,), max_iter=1000, **quick).fit(X, y)
show("multi-label", f1_score(y, labels.predict(X), average="macro"), labels.predict_proba(X[:1]))

X, y = load_diabetes(return_X_y=True)
diabetes = make_pipeline(StandardScaler(), MLPRegressor(alpha=1, max_iter=1000, **quick))
show("diabetes, cross-validation", cross_val_score(diabetes, X, y / 100, cv=3))

X, y = load_linnerud(return_X_y=True)
X, y = StandardScaler().fit_transform(X), StandardScaler().fit_transform(y)
three = MLPRegressor(hidden_layer_sizes=(10,), activation="tanh", max_iter=2000, **quick).fit(X, y)
show("three outputs", three.score(X, y), three.loss_, three.predict(X[:1]))
