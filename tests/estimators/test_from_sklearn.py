"""Fitted networks to and from scikit-learn: nothing is lost, and training goes on."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pairwise import pairwise
from sklearn.base import clone
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skfcn import FCNClassifier, FCNRegressor, from_sklearn
from skfcn.activations import ELU, Identity, Logistic, ReLU, Tanh
from skfcn.losses import BinaryLogLoss, LogLoss, SquaredError
from skfcn.optimizers import LBFGS, SGD, Adam
from skfcn.schedules import Adaptive, Constant, InverseScaling

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, DIGITS = load_digits(return_X_y=True)
X, DIGITS = X[:200] / 16, DIGITS[:200]
_, LABELS = make_multilabel_classification(n_samples=200, n_classes=4, random_state=0)
NAMES = np.array([f"digit {i}" for i in range(10)], dtype=object)
CLASSES = {
    "binary": DIGITS > 4,
    "two names": NAMES[(DIGITS > 4).astype(int)],
    "multiclass": DIGITS,
    "names": NAMES[DIGITS],
    "multilabel": LABELS,
    "one class": np.full(200, "only"),
}
NUMBERS = {
    "single": X[:, 20],
    "multi-output": X[:, 20:23],
    "poisson": DIGITS,
    "poisson multi-output": np.c_[DIGITS, DIGITS[::-1]],
}
TARGETS = CLASSES | NUMBERS
SGD_ = {"solver": "sgd", "learning_rate_init": 0.01}
SETTINGS = {
    "adam": {},
    "adam betas": {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-5},
    "nesterov": SGD_,
    "momentum": SGD_ | {"nesterovs_momentum": False, "momentum": 0.5},
    "plain": SGD_ | {"momentum": 0},
    "invscaling": SGD_ | {"learning_rate": "invscaling", "power_t": 0.2},
    "adaptive": SGD_ | {"learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
    "lbfgs": {"solver": "lbfgs"},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2},
}
STOCHASTIC = [name for name in SETTINGS if name not in ("lbfgs", "early stopping")]
ATTRIBUTES = (
    "loss_",
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "best_validation_score_",
    "n_iter_",
    "t_",
    "n_layers_",
    "n_outputs_",
    "out_activation_",
    "n_features_in_",
    "classes_",
)


def make(kind, target, **params):
    """An estimator for a target, unfitted."""
    params = {"hidden_layer_sizes": (8, 6), "max_iter": 4, "random_state": 1} | params
    if target in NUMBERS:
        params["loss"] = "poisson" if target.startswith("poisson") else "squared_error"
    kinds = {"MLP": (MLPClassifier, MLPRegressor), "FCN": (FCNClassifier, FCNRegressor)}
    return kinds[kind][target in NUMBERS](**params)


def fit(kind, target, dtype=np.float64, **params):
    return make(kind, target, **params).fit(X.astype(dtype), TARGETS[target])


def assert_same_attributes(expected, got):
    names = [name for name in ATTRIBUTES if hasattr(expected, name)]
    assert len(names) >= 7
    for name in names:
        assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)


def assert_same_weights(expected, got, **tolerance):
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(expected, name), getattr(got, name), strict=True):
            assert a.dtype == b.dtype
            assert_allclose(b, a, **({"rtol": 0} | tolerance))


def assert_same_predictions(expected, got, dtype=np.float64):
    """To the bit."""
    for method in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(expected, method):
            a, b = (getattr(e, method)(X.astype(dtype)) for e in (expected, got))
            assert a.dtype == b.dtype
            assert_array_equal(a, b)


GRID = {
    "solver": ["adam", "sgd", "lbfgs"],
    "activation": ["identity", "logistic", "tanh", "relu"],
    "target": TARGETS,
    "dtype": [np.float32, np.float64],
}


@pytest.mark.parametrize(tuple(GRID), pairwise(**GRID))
def test_there_and_back(solver, activation, target, dtype):
    params = {"solver": solver, "activation": activation, "max_iter": 3}
    mlp = fit("MLP", target, dtype, **params)
    ours = from_sklearn(mlp)
    assert type(ours) is type(make("FCN", target))
    assert_same_weights(mlp, ours)
    assert_same_attributes(mlp, ours)
    x, rtol = X.astype(dtype), 1e-5 if dtype == np.float32 else 1e-10
    if target in NUMBERS:
        assert_allclose(ours.predict(x), mlp.predict(x), rtol=rtol, atol=rtol)
    else:
        assert_array_equal(ours.predict(x), mlp.predict(x))
        if target == "one class":  # scikit-learn has a column for a second one
            assert_array_equal(ours.predict_proba(x), np.ones((len(x), 1)))
        else:
            assert_allclose(ours.predict_proba(x), mlp.predict_proba(x), rtol=rtol, atol=rtol)
    back = ours.to_sklearn()
    assert type(back) is type(mlp)
    assert back.get_params() == mlp.get_params()
    assert_same_attributes(mlp, back)
    assert_same_predictions(mlp, back, dtype)


@pytest.mark.parametrize(
    ("setting", "target", "dtype"),
    pairwise(setting=SETTINGS, target=TARGETS, dtype=[np.float32, np.float64]),
)
def test_back_and_there(setting, target, dtype):
    ours = fit("FCN", target, dtype, **SETTINGS[setting])
    mlp = ours.to_sklearn()
    assert type(mlp) is type(make("MLP", target))
    assert mlp.get_params() == make("MLP", target, **SETTINGS[setting]).get_params()
    assert_same_weights(ours, mlp)
    assert_same_attributes(ours, mlp)
    again = from_sklearn(mlp)
    assert again.get_params() == ours.get_params()
    assert_same_attributes(ours, again)
    assert_same_predictions(ours, again, dtype)


def partial_fits(estimators, target):
    for estimator in estimators:
        for rows in 2 * [slice(0, 120), slice(80, 200)]:
            estimator.partial_fit(X[rows], TARGETS[target][rows])


@pytest.mark.parametrize(
    ("setting", "target", "before"),
    pairwise(
        setting=STOCHASTIC,
        target=["binary", "names", "multilabel", "multi-output", "poisson"],
        before=["fit", "partial_fit"],
    ),
)
def test_partial_fit_goes_on_from_scikit_learn(setting, target, before):
    mlp = make("MLP", target, **SETTINGS[setting])
    mlp.set_params(random_state=np.random.RandomState(3))
    if before == "fit":
        mlp.fit(X, TARGETS[target])
    elif target in NUMBERS:
        mlp.partial_fit(X, TARGETS[target])
    else:
        classes = np.arange(4) if target == "multilabel" else np.unique(TARGETS[target])
        mlp.partial_fit(X, TARGETS[target], classes=classes)
    ours = from_sklearn(mlp)
    partial_fits([mlp, ours], target)
    assert_same_weights(mlp, ours, rtol=1e-9, atol=1e-9)
    assert_allclose(ours.loss_curve_, mlp.loss_curve_, rtol=1e-9)
    assert ours.t_ == mlp.t_


@pytest.mark.slow
@pytest.mark.parametrize("target", ["binary", "names", "multilabel", "multi-output", "poisson"])
@pytest.mark.parametrize("setting", STOCHASTIC)
def test_partial_fit_goes_on_in_scikit_learn(setting, target):
    ours = make("FCN", target, **SETTINGS[setting])
    ours.set_params(random_state=np.random.RandomState(3)).fit(X, TARGETS[target])
    mlp = ours.to_sklearn()
    partial_fits([ours, mlp], target)
    assert_same_weights(ours, mlp, rtol=1e-9, atol=1e-9)
    assert_allclose(mlp.loss_curve_, ours.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("setting", STOCHASTIC)
def test_the_way_through_scikit_learn_changes_no_training(setting):
    """An integer random_state goes on too, as scikit-learn's own does not."""
    ours = fit("FCN", "names", **SETTINGS[setting])
    through = from_sklearn(ours.to_sklearn())
    partial_fits([ours, through], "names")
    assert_same_weights(ours, through, rtol=1e-12)


WARM_STARTS = {
    "setting": SETTINGS,
    "target": ["binary", "names", "multilabel", "single", "poisson"],
    "way": ["to", "from"],
}


def holds_out_the_same_rows(setting, target, way):
    """With several classes the held-out rows differ: ours are stratified."""
    return (setting, target) != ("early stopping", "names")


@pytest.mark.parametrize(tuple(WARM_STARTS), pairwise(holds_out_the_same_rows, **WARM_STARTS))
def test_a_warm_start_goes_on(setting, target, way):
    params = SETTINGS[setting] | {"warm_start": True}
    if way == "from":
        source = fit("MLP", target, **params)
        converted = from_sklearn(source)
    else:
        source = fit("FCN", target, **params)
        converted = source.to_sklearn()
    if setting == "early stopping" and way == "from":
        # A warm start of scikit-learn's trains on in its snapshot of the best weights.
        source.coefs_, source.intercepts_ = deepcopy((source.coefs_, source.intercepts_))
    for estimator in (source, converted):
        estimator.fit(X, TARGETS[target])
    tolerance = 1e-4 if setting == "lbfgs" else 1e-8
    assert_same_weights(source, converted, rtol=tolerance, atol=tolerance)
    assert converted.n_iter_ == source.n_iter_
    assert_allclose(converted.loss_, source.loss_, rtol=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["multiclass", "multilabel", "multi-output"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_comes_out_is_an_estimator_of_scikit_learns(setting, target):
    y = TARGETS[target]
    ours = fit("FCN", target, **SETTINGS[setting])
    mlp = ours.to_sklearn()
    native = make("MLP", target, **SETTINGS[setting]).fit(X, y)
    assert vars(native).keys() - vars(mlp).keys() <= {"_coef_indptr", "_intercept_indptr"}
    extra = {"loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_"}
    extra |= {"_no_improvement_count"}
    assert vars(mlp).keys() - vars(native).keys() <= (extra if setting == "lbfgs" else set())
    assert mlp.score(X, y) == pytest.approx(ours.score(X, y))
    assert_same_predictions(mlp, pickle.loads(pickle.dumps(mlp)))
    fresh = clone(mlp)
    with pytest.raises(NotFittedError):
        fresh.predict(X)
    assert_same_predictions(native, fresh.fit(X, y))
    assert_same_predictions(native, mlp.fit(X, y))


@pytest.mark.parametrize(
    ("kind", "convert"), [("MLP", from_sklearn), ("FCN", FCNClassifier.to_sklearn)]
)
def test_nothing_is_shared(kind, convert):
    source = fit(kind, "names", random_state=np.random.RandomState(0))
    before = pickle.dumps(source)
    convert(source).partial_fit(X, CLASSES["names"])
    assert pickle.dumps(source) == before


def test_feature_names_stay():
    frame = pd.DataFrame(X).rename(columns="pixel {}".format)
    mlp = make("MLP", "names").fit(frame, CLASSES["names"])
    ours = from_sklearn(mlp)
    for converted in (ours, ours.to_sklearn()):
        assert_array_equal(converted.feature_names_in_, frame.columns)
        assert_array_equal(converted.predict(frame), mlp.predict(frame))


@pytest.mark.parametrize("hidden", [8, (), [8], np.array([8, 6])], ids=str)
def test_hidden_layers_stay_as_they_were_given(hidden):
    mlp = fit("MLP", "names", hidden_layer_sizes=hidden)
    ours = from_sklearn(mlp)
    for converted in (ours, ours.to_sklearn()):
        assert type(converted.hidden_layer_sizes) is type(hidden)
        assert_array_equal(converted.hidden_layer_sizes, hidden)


@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor()])
def test_what_is_not_fitted_is_not_converted(estimator):
    with pytest.raises(NotFittedError, match=type(estimator).__name__):
        from_sklearn(estimator)
    ours = FCNClassifier() if isinstance(estimator, MLPClassifier) else FCNRegressor()
    with pytest.raises(NotFittedError):
        ours.to_sklearn()


@pytest.mark.parametrize("other", [LogisticRegression(), MLPClassifier, None, FCNClassifier()])
def test_what_is_neither_is_refused_by_name(other):
    with pytest.raises(TypeError, match="MLPClassifier or MLPRegressor, got"):
        from_sklearn(other)


def test_the_components_that_scikit_learn_has_become_parameters():
    cases = {
        "activation": [
            (Identity(), {"activation": "identity"}),
            (Logistic(), {"activation": "logistic"}),
            (Tanh(), {"activation": "tanh"}),
            (ReLU(), {"activation": "relu"}),
        ],
        "solver": [
            (Adam(0.8, 0.99, 1e-6), {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-6}),
            (SGD(0.5, nesterov=False), {"momentum": 0.5, "nesterovs_momentum": False}),
            (LBFGS(max_fun=77), {"solver": "lbfgs", "max_fun": 77}),
        ],
        "learning_rate": [
            (Constant(), {"learning_rate": "constant"}),
            (InverseScaling(0.3), {"learning_rate": "invscaling", "power_t": 0.3}),
            (Adaptive(), {"learning_rate": "adaptive"}),
        ],
        "init": [("orthogonal", {})],
        "loss": [(LogLoss(), {}), (BinaryLogLoss(), {})],
    }
    defaults = MLPClassifier(hidden_layer_sizes=(8, 6), max_iter=4, random_state=1).get_params()
    for name, pairs in cases.items():
        for component, expected in pairs:
            ours = fit("FCN", "binary", **{name: component})
            mlp = ours.to_sklearn()
            solver = {Adam: "adam", SGD: "sgd", LBFGS: "lbfgs"}.get(type(component), "adam")
            assert mlp.get_params() == defaults | {"solver": solver} | expected
            assert_array_equal(mlp.predict(X), ours.predict(X))
    assert FCNRegressor(loss=SquaredError()).fit(X, DIGITS).to_sklearn().loss == "squared_error"


class MyReLU(ReLU):
    """A class of the user's own is not scikit-learn's."""


@pytest.mark.parametrize(
    ("params", "missing"),
    [
        ({"activation": ELU(alpha=0.1)}, "activation=ELU(alpha=0.1)"),
        ({"activation": "elu"}, "activation=ELU()"),
        ({"activation": MyReLU()}, "activation=MyReLU()"),
        ({"learning_rate": Adaptive(divisor=2)}, "learning_rate=Adaptive(divisor=2)"),
        ({"loss": "squared_error"}, "loss='squared_error' of a classifier"),
        ({"loss": BinaryLogLoss()}, "loss=BinaryLogLoss() of a classifier"),
        (
            {"activation": "elu", "learning_rate": Adaptive(min_rate=1), "loss": "squared_error"},
            "activation=ELU(), learning_rate=Adaptive(min_rate=1), "
            "loss='squared_error' of a classifier",
        ),
    ],
)
def test_all_that_scikit_learn_cannot_express_is_named_at_once(params, missing):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        fit("FCN", "multiclass", **params).to_sklearn()
    assert str(error.value) == f"scikit-learn cannot express {missing}."


def test_a_loss_of_another_kind_is_not_expressed():
    with pytest.raises(ValueError, match="cannot express loss=LogLoss"):
        FCNRegressor(loss=LogLoss()).fit(X, DIGITS / 10).to_sklearn()


def test_a_linear_network_has_no_activation():
    ours = fit("FCN", "names", hidden_layer_sizes=(), activation="elu")
    mlp = ours.to_sklearn()
    assert mlp.activation == "identity"
    assert_array_equal(mlp.predict(X), ours.predict(X))


def test_what_was_fitted_counts_not_what_was_set_since():
    ours = fit("FCN", "names", activation="tanh").set_params(activation="relu", solver="sgd")
    mlp = ours.to_sklearn()
    assert (mlp.activation, mlp.solver) == ("tanh", "sgd")
    assert_array_equal(mlp.predict(X), ours.predict(X))
    mlp.partial_fit(X, CLASSES["names"])  # its optimizer is new
    ours.set_params(activation="elu")
    assert ours.to_sklearn().activation == "tanh"


def test_weights_from_elsewhere_become_a_fitted_estimator_of_scikit_learns():
    trained = fit("FCN", "names")
    ours = FCNClassifier.from_weights(
        trained.coefs_, trained.intercepts_, classes=trained.classes_, random_state=0
    )
    mlp = ours.to_sklearn()
    assert_array_equal(mlp.predict(X), trained.predict(X))
    assert (mlp.loss_, mlp.loss_curve_, mlp.best_loss_, mlp.t_) == (None, [], np.inf, 0)
    assert mlp.partial_fit(X, CLASSES["names"]).loss_ == pytest.approx(trained.loss_, rel=0.1)
    assert from_sklearn(ours.to_sklearn()).loss_curve_ == []


def test_the_next_fit_may_change_the_solver():
    mlp = fit("MLP", "names", solver="lbfgs", warm_start=True)
    ours = from_sklearn(mlp)
    loss = ours.loss_
    assert ours.loss_curve_ == [loss] == [mlp.loss_]
    ours.set_params(solver="adam").fit(X, CLASSES["names"])
    assert len(ours.loss_curve_) == 5
    theirs = from_sklearn(mlp).to_sklearn().set_params(solver="adam").fit(X, CLASSES["names"])
    assert_same_weights(theirs, ours, rtol=1e-9, atol=1e-9)


def test_curves_of_scikit_learns_that_an_lbfgs_fit_left_standing():
    mlp = fit("MLP", "names", warm_start=True)
    mlp.set_params(solver="lbfgs").fit(X, CLASSES["names"])
    assert from_sklearn(mlp).loss_ == mlp.loss_ != mlp.loss_curve_[-1]
