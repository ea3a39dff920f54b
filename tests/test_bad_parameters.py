"""The rows of docs/bad_input.md on parameters, of the estimators and of all components."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils._param_validation import make_constraint

from skfcn import (
    FCNClassifier,
    FCNRegressor,
    activations,
    callbacks,
    initializers,
    losses,
    normalization,
    optimizers,
    schedules,
)
from skfcn._sklearn import Component
from skfcn.activations import Activation
from skfcn.initializers import Initializer
from skfcn.losses import Loss
from skfcn.normalization import Normalization
from skfcn.optimizers import LBFGS, Optimizer
from skfcn.schedules import Schedule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.arange(12) % 3
SMALL = {"hidden_layer_sizes": 4, "max_iter": 2, "n_iter_no_change": np.inf, "random_state": 0}
# With what a parameter matters, or its value is looked at.
CONTEXT = {
    "momentum": {"solver": "sgd"},
    "nesterovs_momentum": {"solver": "sgd"},
    "power_t": {"solver": "sgd", "learning_rate": "invscaling"},
    "max_fun": {"solver": "lbfgs"},
    "validation_fraction": {"early_stopping": True},
    "scoring": {"early_stopping": True},
}
PLACES = {
    Activation: "activation",
    Optimizer: "solver",
    LBFGS: "solver",
    Schedule: "learning_rate",
    Initializer: "init",
    Normalization: "normalization",
    Loss: "loss",
}
MODULES = [
    activations,
    callbacks,
    initializers,
    losses,
    normalization,
    optimizers,
    schedules,
]
COMPONENTS = {
    name: kind
    for module in MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, Component)
}
NEEDED = {"TimeLimit": {"seconds": 9}, "Target": {"value": 9, "name": "loss"}}
NEEDED |= {"FunctionSchedule": {"function": float}, "Checkpoint": {"folder": "checkpoints"}}
# What the literals in the table may name.
NAMES = {
    "np": np,
    "nan": np.nan,
    "inf": np.inf,
    "Fraction": Fraction,
    "len": len,
    "object": object,
}
NAMES |= COMPONENTS | {"Path": Path}


def literals(cell):
    return eval(f"[{cell.strip('`')}]", NAMES)


def makers_of(row):
    """What makes estimators with a value for the parameter of a row."""
    owner, _, name = row.rpartition(".")
    if not owner:
        context = SMALL | CONTEXT.get(name, {})
        makes = [make for make in (FCNClassifier, FCNRegressor) if name in make().get_params()]
        return [lambda value, make=make: make(**context | {name: value}) for make in makes]

    def component(value):
        return COMPONENTS[owner](**NEEDED.get(owner, {}) | {name: value})

    kind = COMPONENTS[owner]
    if issubclass(kind, callbacks.Callback):
        return [lambda value: FCNClassifier(**SMALL).set_callbacks(component(value))]
    place = next(place for base, place in PLACES.items() if issubclass(kind, base))
    make = FCNRegressor if kind.__module__.endswith("losses.regression") else FCNClassifier
    return [lambda value: make(**SMALL | {place: component(value)})]


def parameters_of(kind):
    return sorted(kind._get_param_names())


ROWS = [*sorted({*parameters_of(FCNClassifier), *parameters_of(FCNRegressor)})] + [
    f"{name}.{parameter}"
    for name, kind in sorted(COMPONENTS.items())
    for parameter in parameters_of(kind)
]


def test_every_parameter_has_a_row(bad_input_table):
    assert [*bad_input_table("Parameters")] == ROWS


def weights_of(model):
    return model.set_params(verbose=False).fit(X, Y).coefs_[0]


@pytest.mark.parametrize("row", ROWS)
def test_what_is_taken_works(bad_input_table, row, tmp_path, monkeypatch):
    """NumPy's scalars give, bit for bit, what Python's numbers give."""
    monkeypatch.chdir(tmp_path)  # Checkpoint writes
    for make in makers_of(row):
        for value in literals(bad_input_table("Parameters")[row][0]):
            weights = weights_of(make(value))
            assert np.isfinite(weights).all(), value
            if isinstance(value, np.generic):
                assert_array_equal(weights, weights_of(make(value.item())), err_msg=repr(value))


@pytest.mark.parametrize("row", ROWS)
def test_what_is_refused_is_refused_by_name(bad_input_table, request, row):
    name, refused = row.rpartition(".")[2], literals(bad_input_table("Parameters")[row][1])
    fitted = [type(make(1))(**SMALL, warm_start=True).fit(X, Y) for make in makers_of(row)]
    request.getfixturevalue("no_work")

    for make, before in zip(makers_of(row), fitted, strict=True):
        for value in refused:
            check_refused(make(value), name, value)
            again = make(value)
            before.set_params(**again.get_params(deep=False)).set_params(warm_start=True)
            if hasattr(again, "_skl_callbacks"):
                before.set_callbacks(*again._skl_callbacks)
            prediction = before.predict(X)
            if name != "warm_start":
                check_refused(before, name, value)
            assert_array_equal(before.predict(X), prediction)


def check_refused(model, name, value):
    with pytest.raises((ValueError, TypeError)) as caught:
        model.fit(X, Y)
    words = str(caught.value)
    assert re.search(rf"\b{name}\b", words), (value, words)
    shown = [repr(value), str(value), getattr(value, "__name__", repr(value))]
    if np.iterable(value):  # the one entry that is wrong may be enough
        shown += [str(list(value)), *map(repr, value)]
    assert any(text in words for text in shown), (value, words)


POOL = [None, "no such", b"", True, -1, 0, 1, 2, 0.5, 1.5, np.nan, np.inf, -np.inf, 1j]
POOL += [[], {}, (), object(), np.array(0.5), np.float32(-1), np.int8(-1)]


@pytest.mark.parametrize("row", ROWS)
def test_constraints_are_checked_before_any_work(no_work, row):
    """Whatever a parameter's constraint excludes, in scikit-learn's words."""
    owner, _, name = row.rpartition(".")
    if owner:
        kind = COMPONENTS[owner]
        constraints = kind._parameter_constraints[name]
    else:
        kind = FCNClassifier if name in parameters_of(FCNClassifier) else FCNRegressor
        constraints = kind._parameter_constraints[name]
    excluded = [
        value
        for value in POOL
        if not any(make_constraint(c).is_satisfied_by(value) for c in constraints)
    ]
    assert excluded
    for value in excluded:
        for make in makers_of(row):
            with pytest.raises((ValueError, TypeError)) as caught:
                make(value).fit(X, Y)
            assert re.search(rf"\b{name}\b", str(caught.value)), value


THEIRS = {FCNClassifier: MLPClassifier, FCNRegressor: MLPRegressor}


@pytest.mark.parametrize("make", THEIRS)
def test_errors_are_scikit_learns_where_it_has_the_parameter(no_work, make):
    theirs = THEIRS[make]
    n_compared = 0
    for name, constraints in theirs._parameter_constraints.items():
        if str(constraints) != str(make._parameter_constraints[name]):
            continue  # ours takes more
        for value in POOL:
            if any(make_constraint(c).is_satisfied_by(value) for c in constraints):
                continue
            with pytest.raises((ValueError, TypeError)) as ours:
                make(**{name: value}).fit(X, Y)
            with pytest.raises((ValueError, TypeError)) as expected:
                theirs(**{name: value}).fit(X, Y)
            assert type(ours.value) is type(expected.value)
            text = str(expected.value).replace("MLP", "FCN")
            assert re.fullmatch(re.escape(text) + r"( Did you mean '\w+'\?)?", str(ours.value))
            n_compared += 1
    assert n_compared > 100


@pytest.mark.parametrize("make", THEIRS)
def test_the_constructor_takes_anything(make):
    for name in parameters_of(make):
        value = object()
        assert getattr(make(**{name: value}), name) is value
        if name != "hidden_layer_sizes":
            assert getattr(clone(make(**{name: 5})), name) == 5


def test_small_integers_do_not_overflow(tmp_path):
    """Where they are counted with: an int8 ends at 127."""
    weights, logs = [], []
    for number in (int, np.int8):
        model = FCNClassifier(
            4,
            max_iter=number(70),
            batch_size=number(5),
            n_iter_no_change=number(70),
            learning_rate=schedules.WarmUp("cosine", epochs=number(50)),
            random_state=number(0),
        )
        logs.append(callbacks.StepLog(every=number(2)))
        saving = callbacks.Checkpoint(tmp_path, every=number(50), keep=number(1))
        weights.append(model.set_callbacks(logs[-1], saving).fit(X, Y).coefs_[0])

    assert_array_equal(*weights)
    assert logs[0].step_ == logs[1].step_ == [*range(2, 211, 2)]


def test_a_time_limit_in_half_precision_is_kept():
    model = FCNClassifier(4, max_iter=3, n_iter_no_change=np.inf)
    short, long = callbacks.TimeLimit(np.float16(1e-7)), callbacks.TimeLimit(np.float16(1000))
    assert model.set_callbacks(short).fit(X, Y).n_iter_ == 1
    assert model.set_callbacks(long).fit(X, Y).n_iter_ == 3


@pytest.mark.parametrize(
    "loss",
    [losses.AbsoluteError(), losses.HuberLoss(), losses.QuantileLoss(), losses.PoissonLoss()],
)
def test_a_classifier_refuses_a_loss_without_probabilities(no_work, loss):
    with pytest.raises(ValueError, match=re.escape(f"loss={loss!r} predicts values outside")):
        FCNClassifier(loss=loss).fit(X, Y)


@pytest.mark.parametrize("loss", [losses.LogLoss(), losses.FocalLoss(), losses.BrierLoss()])
def test_a_regressor_with_a_loss_on_probabilities_refuses_other_targets(no_work, loss):
    with pytest.raises(ValueError, match=re.escape(f"loss={loss!r} requires y between 0 and 1")):
        FCNRegressor(loss=loss).fit(X, Y)


def test_a_loss_of_several_classes_learns_two_as_well():
    """It takes its form for one output, where a softmax would be 1 whatever the weights are."""
    params = {**SMALL, "init": "glorot_uniform"}
    model = FCNClassifier(**params, loss=losses.BrierLoss()).fit(X, Y == 0)
    same = FCNClassifier(**params, loss="squared_error").fit(X, Y == 0)
    assert_array_equal(model.coefs_[0], same.coefs_[0])


@pytest.mark.parametrize(
    "params",
    [
        {"epsilon": 1e-300},
        {"solver": optimizers.RMSprop(epsilon=1e-300)},
        {"normalization": normalization.LayerNormalization(epsilon=1e-300)},
    ],
    ids=["adam", "rmsprop", "layer"],
)
def test_an_epsilon_that_single_precision_makes_zero_is_refused(no_work, params):
    with pytest.raises(ValueError, match=r"^epsilon=1e-300 of .* is zero in float32"):
        FCNClassifier(**SMALL | params, dtype="float32").fit(X, Y)


@pytest.mark.parametrize(
    "changes",
    [{"alpha": -1.0}, {"verbose": "1"}, {"hidden_layer_sizes": (3.0,)}, {"shuffle": 1.0}],
    ids=str,
)
def test_a_parameter_that_is_changed_between_pieces_is_checked(changes):
    X, y = np.array([[1.0, 2.0]]), np.array([3.0])
    regressor = FCNRegressor((3,), random_state=0).partial_fit(X, y)
    twin = clone(regressor).partial_fit(X, y)
    with pytest.raises(ValueError, match=next(iter(changes))):
        regressor.set_params(**changes).partial_fit(X, y)
    before = {name: getattr(twin, name) for name in changes}
    assert regressor.set_params(**before).partial_fit(X, y).loss_ == twin.partial_fit(X, y).loss_


def test_a_learning_rate_that_is_changed_between_pieces_is_used():
    X, y = np.array([[1.0, 2.0]]), np.array([3.0])
    one, other = (FCNRegressor((3,), random_state=0).partial_fit(X, y) for _ in range(2))
    one.set_params(learning_rate_init=0.1).partial_fit(X, y)
    other.partial_fit(X, y)
    assert [each.history_["learning_rate"][-1] for each in (one, other)] == [0.1, 0.001]
