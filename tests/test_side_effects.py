"""`fit` can be repeated, changes nothing that it is given, and holds on to no data."""

import gc
import pickle
import weakref
from copy import deepcopy

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pairwise import pairwise
from scipy import sparse

from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ReLU
from skfcn.callbacks import Callback, StepLog, TimeLimit
from skfcn.initializers import INITIALIZERS
from skfcn.losses import LogLoss
from skfcn.normalization import NORMALIZATIONS
from skfcn.optimizers import Adam
from skfcn.schedules import SCHEDULES


class Raise(Callback):
    """Raises an error at a step."""

    def __init__(self, error, step=3):
        self.error = error
        self.step = step

    def on_step_end(self, estimator, *, step, loss, score):
        if step == self.step:
            raise self.error

    def on_epoch_end(self, estimator, *, record, fitted_attributes):
        raise self.error  # for L-BFGS, which has no steps


def make(kind, Estimator=FCNClassifier):
    """Return data as the user passes them, by the names of `fit`."""
    rng = np.random.RandomState(0)
    X, X_val = rng.normal(size=(90, 6)), rng.normal(size=(30, 6))
    if kind == "sparse":
        X, X_val = sparse.csr_matrix(X * (X > 0)), sparse.csr_matrix(X_val)
        X.has_sorted_indices  # noqa: B018  SciPy notes this when it is asked
    y, y_val = rng.randint(3, size=90), rng.randint(3, size=30)
    if Estimator is FCNRegressor:
        y, y_val = y.astype(float), y_val.astype(float)
    data = {"X": X, "y": y, "sample_weight": rng.uniform(0.5, 1, 90)}
    return data | {"X_val": X_val, "y_val": y_val, "sample_weight_val": rng.uniform(0.5, 1, 30)}


def arrays(data):
    """The arrays themselves, and those that sparse matrices consist of."""
    found = dict(data)
    for name, value in data.items():
        if sparse.issparse(value):
            parts = ("data", "indices", "indptr")
            found |= {f"{name}.{part}": getattr(value, part) for part in parts}
    return found


def without_validation(data):
    return {name: value for name, value in data.items() if not name.endswith("_val")}


def fit(estimator, data):
    validates = estimator.solver != "lbfgs" and not estimator.early_stopping
    return estimator.fit(**(data if validates else without_validation(data)))


def fit_partially(estimator, data):
    classes = {"classes": [0, 1, 2]} if isinstance(estimator, FCNClassifier) else {}
    return estimator.partial_fit(**without_validation(data), **classes)


PARAMS = {"max_iter": 3, "n_iter_no_change": np.inf, "batch_size": 30, "random_state": 0}
FITS = {
    "X_val": (fit, {}),
    "held out": (fit, {"early_stopping": True, "dropout": 0.2, "average": 0.9}),
    "scorers": (fit, {"scoring": ["r2", "neg_mean_squared_error"], "early_stopping": True}),
    "lbfgs": (fit, {"solver": "lbfgs", "max_iter": 900, "tol": 0.1}),
    "partial_fit": (fit_partially, {"l1_ratio": 0.5}),
}


@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("Estimator", [FCNClassifier, FCNRegressor])
def test_data_are_not_changed(Estimator, name, kind):
    work, params = FITS[name]
    data = make(kind, Estimator)
    before = pickle.dumps(arrays(data))
    estimator = Estimator((5,), **(PARAMS | params))
    work(estimator, data)
    estimator.predict(data["X"])
    estimator.score(data["X"], data["y"], data["sample_weight"])
    assert pickle.dumps(arrays(data)) == before
    for array in arrays(data).values():
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    work(Estimator((5,), **(PARAMS | params)), data)


def augment(X, y, rng):
    X += rng.normal(size=X.shape)  # even one that works in place
    return X, y


def test_parameters_are_not_changed():
    schedule = next(iter(SCHEDULES.values()))()
    params = {
        "hidden_layer_sizes": [6, 5],
        "activation": [ReLU(), "tanh"],
        "init": next(iter(INITIALIZERS.values()))(),
        "normalization": [next(iter(NORMALIZATIONS.values()))(), None],
        "dropout": [0.1, 0.2, 0.0],
        "loss": LogLoss(),
        "solver": Adam(beta_1=0.8),
        "learning_rate": schedule,
        "class_weight": {0: 1.0, 1: 2.0, 2: 0.5},
        "scoring": {"acc": "accuracy", "f1": "f1_macro"},
        "augmentation": augment,
        "early_stopping": True,
        **PARAMS,
    }
    before, data = pickle.dumps(params), make("dense")
    X = data["X"].copy()
    clf = FCNClassifier(**params).fit(data["X"], data["y"])
    clf.set_params(early_stopping=False, class_weight=None).partial_fit(data["X"], data["y"])
    assert pickle.dumps(params) == before
    given = clf.get_params()
    assert all(given[name] is params[name] for name in ("solver", "loss", "dropout", "activation"))
    assert_array_equal(data["X"], X)


def contents(estimator):
    """All that a fit leaves behind, as bytes; but for the times that epochs took."""
    attributes = deepcopy(vars(estimator))
    attributes["_fitted"].state.records.pop("seconds", None)
    return {name: pickle.dumps(value) for name, value in attributes.items()}


@pytest.mark.parametrize("name", [name for name in FITS if name != "partial_fit"])
@pytest.mark.parametrize("Estimator", [FCNClassifier, FCNRegressor])
def test_a_second_fit_leaves_what_the_first_left(Estimator, name):
    work, params = FITS[name]
    data, other = make("dense", Estimator), make("sparse", Estimator)
    estimator = work(Estimator((5,), **(PARAMS | params)), data)
    first = contents(estimator)
    work(estimator, other)
    assert contents(work(estimator, data)) == first
    assert contents(work(Estimator((5,), **(PARAMS | params)), data)) == first


def test_a_fit_does_not_change_what_an_earlier_one_handed_out():
    data = without_validation(make("dense"))
    clf = FCNClassifier((5,), **PARAMS).fit(**data)
    coef, curve, history = clf.coefs_[0], clf.loss_curve_, clf.history_
    kept = coef.copy(), list(curve), deepcopy(history)
    clf.set_params(warm_start=True).fit(**data)
    clf.partial_fit(**data)
    assert_array_equal(coef, kept[0])
    assert curve == kept[1]
    assert history == kept[2]


# ---- references

CALLBACKS = {
    "none": (lambda: [], None),
    "some": (lambda: [StepLog(1), TimeLimit(1000)], None),
    "one that fails": (lambda: [Raise(RuntimeError)], RuntimeError),
    "an interruption": (lambda: [Raise(KeyboardInterrupt, step=4)], UserWarning),
}


def work_and_let_go(work, estimator, kind, expected):
    """Return weak references to the data of a fit which ends as expected."""
    data = make(kind, type(estimator))
    references = {name: weakref.ref(value) for name, value in arrays(data).items()}
    ending = None
    try:
        work(estimator, data)
    except (RuntimeError, UserWarning) as error:  # warnings are errors here
        ending = type(error)
    assert ending is expected
    return references


def alive(references):
    return {name for name, reference in references.items() if reference() is not None}


GRID = {
    "Estimator": [FCNClassifier, FCNRegressor],
    "name": FITS,
    "callbacks": CALLBACKS,
    "kind": ["dense", "sparse"],
}


@pytest.mark.parametrize(tuple(GRID), pairwise(**GRID))
def test_no_reference_to_the_data_is_held(Estimator, name, callbacks, kind):
    work, params = FITS[name]
    make_callbacks, expected = CALLBACKS[callbacks]
    estimator = Estimator((5,), **(PARAMS | params)).set_callbacks(*make_callbacks())
    references = work_and_let_go(work, estimator, kind, expected)
    if name == "lbfgs":
        gc.collect()  # older versions of SciPy leave a cycle
    assert alive(references) == set()


@pytest.mark.parametrize("bad", ["y", "sample_weight", "y_val"])
def test_data_that_are_refused_are_let_go(bad):
    def refused(estimator, data):
        data = data | {bad: data[bad][1:]}
        with pytest.raises(ValueError, match=r"inconsistent|sample_weight"):
            estimator.fit(**data)

    clf = FCNClassifier((5,), **PARAMS)
    references = work_and_let_go(refused, clf, "dense", None)
    assert alive(references) == set()


def test_what_is_predicted_is_let_go():
    clf = FCNClassifier((5,), **PARAMS).fit(**without_validation(make("dense")))

    def predict(estimator, data):
        for method in ("predict", "predict_proba", "transform"):
            getattr(estimator, method)(data["X"])

    for kind in ("dense", "sparse"):
        references = work_and_let_go(predict, clf, kind, None)
        assert alive(references) == set()
