"""Subclasses with a constructor of their own, as people write them for MLPClassifier."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from skfcn import FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor
from skfcn.callbacks import Checkpoint, StepLog
from skfcn.tuning import learning_rate_range_test

X = np.random.default_rng(0).normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
QUICK = {"max_iter": 4, "n_iter_no_change": np.inf, "random_state": 0}


class Preset(FCNClassifier):
    """Lists one parameter of the base, and sets others."""

    def __init__(self, alpha=0.1):
        super().__init__(hidden_layer_sizes=(8,), alpha=alpha, **QUICK)


class Width(FCNClassifier):
    """Has a parameter of its own in place of one of the base's, as a property."""

    def __init__(self, width=8, alpha=0.1):
        self.width = width
        super().__init__(alpha=alpha, **QUICK)

    @property
    def hidden_layer_sizes(self):
        return (self.width,)

    @hidden_layer_sizes.setter
    def hidden_layer_sizes(self, value):
        pass


class Options(FCNClassifier):
    """Hands on whatever it is given, and keeps something that is no parameter."""

    def __init__(self, note=None, **options):
        self.note = note
        self.seen = 10**400
        super().__init__((8,), **{**QUICK, "alpha": 0.1, **options})


class Number(FCNRegressor):
    def __init__(self, alpha=0.1):
        super().__init__(hidden_layer_sizes=(8,), alpha=alpha, **QUICK)


class Table(TabularClassifier):
    def __init__(self, max_iter=30):
        super().__init__(2, (8,), max_iter=max_iter, random_state=0)


class TableOfNumbers(TabularRegressor):
    def __init__(self, max_iter=30):
        super().__init__(2, (8,), max_iter=max_iter, random_state=0)


NETWORKS = [Preset, Width, Options, Number]
TABLES = [Table, TableOfNumbers]


def plain(subclass, **params):
    """Return an estimator of the base with the parameters that the subclass sets."""
    if subclass in TABLES:
        return subclass.__base__(2, (8,), **{"max_iter": 30, "random_state": 0} | params)
    return subclass.__base__((8,), **QUICK | {"alpha": 0.1} | params)


def labels(model):
    return {"classes": [0, 1, 2]} if isinstance(model, FCNClassifier) else {}


MODES = {
    "fit": ({}, lambda model: model.fit(X, Y)),
    "lbfgs": ({"solver": "lbfgs", "tol": 1e9}, lambda model: model.fit(X, Y)),
    "early stopping": ({"early_stopping": True}, lambda model: model.fit(X, Y)),
    "validation data": ({}, lambda model: model.fit(X, Y, X_val=X, y_val=Y)),
    "scoring": (
        {"scoring": "neg_mean_squared_error", "early_stopping": True},
        lambda model: model.fit(X, Y),
    ),
    "partial_fit": (
        {},
        lambda model: model.partial_fit(X, Y, **labels(model)).partial_fit(X, Y),
    ),
    "warm_start": ({"warm_start": True}, lambda model: model.fit(X, Y).fit(X, Y)),
    "callbacks": ({}, lambda model: model.set_callbacks(StepLog()).fit(X, Y)),
    "pickle": ({}, lambda model: pickle.loads(pickle.dumps(model.fit(X, Y)))),
    "verbose": ({"verbose": True}, lambda model: model.fit(X, Y)),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("subclass", NETWORKS)
def test_a_subclass_is_trained_as_its_base(subclass, mode):
    params, train = MODES[mode]
    model = subclass()
    for name, value in params.items():  # set_params knows those of __init__ only, also in MLPs
        setattr(model, name, value)
    model, expected = train(model), train(plain(subclass, **params))
    assert type(model) is subclass
    for one, other in zip(model.coefs_, expected.coefs_, strict=True):
        assert_array_equal(one, other)
    assert_array_equal(model.predict(X), expected.predict(X))


@pytest.mark.parametrize("subclass", TABLES)
def test_a_subclass_of_a_tabular_estimator_is_trained_as_its_base(subclass):
    model, expected = subclass().fit(X, Y), plain(subclass).fit(X, Y)
    assert_array_equal(model.predict(X), expected.predict(X))
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), expected.predict(X))
    assert_array_equal(clone(model).fit(X, Y).predict(X), expected.predict(X))


@pytest.mark.parametrize("subclass", NETWORKS)
def test_clones_and_searches_follow_the_constructor_of_a_subclass(subclass):
    if subclass is Options:  # scikit-learn's clone knows nothing of **options, MLPs' neither
        assert clone(subclass(note=3, alpha=0.5)).note == 3
        return
    assert_array_equal(clone(subclass()).fit(X, Y).coefs_[0], subclass().fit(X, Y).coefs_[0])
    search = GridSearchCV(subclass(), {"alpha": [0.1, 10.0]}, cv=2).fit(X, Y)
    assert search.best_estimator_.alpha == search.best_params_["alpha"]
    assert repr(subclass()) == f"{subclass.__name__}()"


def test_a_property_of_a_subclass_is_what_counts():
    assert Width(width=3).fit(X, Y).coefs_[0].shape == (4, 3)
    assert Width().set_params(width=5).fit(X, Y).coefs_[0].shape == (4, 5)


@pytest.mark.parametrize("subclass", [Preset, Number, Table])
def test_what_a_subclass_sets_is_checked(subclass):
    model = subclass()
    model.learning_rate_init = -1.0
    words = f"The 'learning_rate_init' parameter of {subclass.__name__} must be a float in"
    with pytest.raises(ValueError, match=words):
        model.fit(X, Y)


def test_a_checkpoint_tells_what_a_subclass_sets(tmp_path):
    """The parameters that it sets without listing them make another fit of it as well."""
    Preset().set_callbacks(Checkpoint(tmp_path)).fit(X, Y)
    model = Preset().set_callbacks(Checkpoint(tmp_path, resume=True))
    model.learning_rate_init = 0.01
    with pytest.raises(ValueError, match=r"learning_rate_init was 0\.001 and is now 0\.01"):
        model.fit(X, Y)


def test_a_range_test_and_scikit_learn_take_a_subclass():
    assert len(learning_rate_range_test(Preset(), X, Y, n_steps=12).rates) >= 10
    mlp = Preset().fit(X, Y).to_sklearn()
    assert isinstance(mlp, MLPClassifier)
    assert mlp.alpha == 0.1
