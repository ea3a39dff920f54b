"""What holds of every fit, whatever the parameters and the data: Hypothesis looks for exceptions.

``python -m pytest tests/test_properties.py --hypothesis-profile=long`` tries 32,000 cases.
"""

import pickle
import re
import warnings
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ACTIVATIONS, ELU
from skfcn.initializers import INITIALIZERS, Normal
from skfcn.losses import FocalLoss, HuberLoss, LogLoss, QuantileLoss
from skfcn.normalization import BatchNormalization
from skfcn.optimizers import LBFGS, OPTIMIZERS, SGD, Adam, AdamW, RMSprop
from skfcn.schedules import SCHEDULES, Adaptive, OneCycle, StepDecay, WarmUp

FEW = settings(max_examples=settings().max_examples // 4)

# ---- parameters


def names_and(registry, *objects):
    return st.sampled_from([*sorted(registry), *objects])


LAYERS = st.lists(st.integers(1, 5), max_size=3).map(tuple)
ACTIVATION = names_and(ACTIVATIONS, ELU(alpha=0.0))
PARAMETERS = {
    "hidden_layer_sizes": LAYERS | st.integers(1, 5),
    "activation": ACTIVATION | st.lists(ACTIVATION, max_size=3),
    "solver": names_and(
        {*OPTIMIZERS, "lbfgs"},
        SGD(momentum=1.0),
        Adam(beta_1=0.0, beta_2=0.0),
        AdamW(weight_decay=10.0),
        RMSprop(momentum=0.9),
        LBFGS(max_fun=2),
    ),
    "alpha": st.sampled_from([0, 1e-4, 1, 1e30]),
    "batch_size": st.sampled_from(["auto", 1, 2, 7, 1000]),
    "learning_rate": names_and(
        SCHEDULES, Adaptive(divisor=1e9), StepDecay(every=1), OneCycle(rise=1.0), WarmUp("cosine")
    ),
    "learning_rate_init": st.sampled_from([1e-300, 1e-8, 1e-3, np.float32(0.1), 1, 1e10]),
    "power_t": st.sampled_from([0, 0.5, 1e3]),
    "max_iter": st.integers(1, 5),
    "shuffle": st.booleans(),
    "random_state": st.integers(0, 9),
    "tol": st.sampled_from([0, 1e-4, 1e300]),
    "warm_start": st.booleans(),
    "momentum": st.sampled_from([0, 0.9, 1]),
    "nesterovs_momentum": st.booleans(),
    "early_stopping": st.booleans(),
    "validation_fraction": st.sampled_from([0.0, 0.1, 0.5, 0.99]),
    "beta_1": st.sampled_from([0, 0.9]),
    "beta_2": st.sampled_from([0, 0.999]),
    "epsilon": st.sampled_from([1e-300, 1e-8, 1.0, 1e300]),
    "n_iter_no_change": st.sampled_from([1, 3, np.inf]),
    "max_fun": st.integers(1, 20),
    "init": names_and(INITIALIZERS, Normal(scale=0.0), Normal(scale=1e30)),
    "dtype": st.sampled_from(["auto", "float32", "float64"]),
    "dropout": st.sampled_from([0.0, 0.5, 0.99]) | st.lists(st.sampled_from([0, 0.3]), max_size=4),
    "normalization": st.sampled_from(["layer", "batch", None, BatchNormalization(momentum=1.0)]),
    "l1_ratio": st.sampled_from([0, 0.5, 1]),
    "max_norm": st.sampled_from([None, 1e-300, 0.1, 1e300]),
    "max_grad_norm": st.sampled_from([None, 1e-300, 0.1, 1e300]),
    "average": st.sampled_from([None, 1e-3, 0.999]),
}


def mean_probability(classifier, X, y, sample_weight=None):
    return classifier.predict_proba(X).mean()


CLASSIFIER = {
    **PARAMETERS,
    "loss": names_and(
        {"log_loss", "squared_error", "focal"}, LogLoss(0.1), FocalLoss(0.0), HuberLoss()
    ),
    "class_weight": st.sampled_from([None, "balanced"]),
    "scoring": st.sampled_from(
        [None, "loss", "accuracy", {"accuracy": "accuracy", "mean": mean_probability}]
    ),
}
REGRESSOR = {
    **PARAMETERS,
    "loss": names_and(
        {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"},
        HuberLoss(delta=1e-9),
        QuantileLoss([0.1, 0.5, 0.9]),
        LogLoss(),
    ),
    "scoring": st.sampled_from([None, "loss", "neg_median_absolute_error"]),
}


def parameters(strategies):
    """Few parameters at a time are set as a rule, so that fits that work are not rare."""
    one = st.sampled_from(sorted(strategies)).flatmap(
        lambda name: st.tuples(st.just(name), strategies[name])
    )
    return st.lists(one, max_size=6, unique_by=lambda pair: pair[0]).map(dict)


# ---- data

MAGNITUDES = [0, 5e-324, 1e-300, 1e-30, 1, 1, 1, 1, 100, 1e30, 1e200, 1e307]
SPECIAL = [0.0, -0.0, 5e-324, 1e-300, 1e-8, 1.0, 1e30, -1e154, 1.7e308]


def reversed_view(X):
    return X[::-1, ::-1].copy()[::-1, ::-1]


FORMS = {
    "plain": lambda X: X,
    "Fortran": np.asfortranarray,
    "reversed": reversed_view,
    "strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "float32": lambda X: np.clip(X, -3e38, 3e38).astype(np.float32),
    "float16": lambda X: np.clip(X, -6e4, 6e4).astype(np.float16),
    "long double": lambda X: X.astype(np.longdouble),
    "big-endian": lambda X: X.astype(">f8"),
    "int8": lambda X: np.clip(X, -128, 127).astype(np.int8),
    "bool": lambda X: X > 0,
    "object": lambda X: X.astype(object),
    "list": lambda X: X.tolist(),
    "DataFrame": lambda X: pd.DataFrame(X, columns=[f"f{i}" for i in range(X.shape[1])]),
    "csr": sparse.csr_matrix,
    "csc array": sparse.csc_array,
    "coo": sparse.coo_matrix,
}


@st.composite
def features(draw, forms=tuple(FORMS), max_magnitude=np.inf, min_rows=1):
    """X of 1 to 30 rows and 1 to 5 features, some constant, some numbers extreme."""
    n_rows, n_features = draw(st.integers(min_rows, 30)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    X = rng.normal(size=(n_rows, n_features))
    X *= draw(st.sampled_from([m for m in MAGNITUDES if m <= max_magnitude]))
    if draw(st.booleans()):
        X[:, 0] = X[0, 0]
    special = st.sampled_from([value for value in SPECIAL if abs(value) <= max_magnitude])
    cell = st.tuples(st.integers(0, n_rows - 1), st.integers(0, n_features - 1), special)
    for row, column, value in draw(st.lists(cell, max_size=2)):
        X[row, column] = value
    return FORMS[draw(st.sampled_from(forms))](X)


def n_rows_of(X):
    return len(X) if isinstance(X, list) else X.shape[0]


@st.composite
def labels(draw, n_rows):
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    kind = draw(st.sampled_from(["binary", "several", "strings", "bool", "float", "multilabel"]))
    if kind == "multilabel":
        return rng.integers(2, size=(n_rows, draw(st.integers(2, 3))))
    y = rng.integers(2 if kind in ("binary", "bool") else 4, size=n_rows)
    return {
        "strings": lambda: np.array(["one", "two", "three", "four"])[y],
        "bool": lambda: y == 1,
        "float": lambda: y.astype(float),
    }.get(kind, lambda: y)()


@st.composite
def targets(draw, n_rows):
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    n_outputs = draw(st.sampled_from([1, 1, 2, 3]))
    y = rng.normal(size=(n_rows, n_outputs)) * draw(st.sampled_from(MAGNITUDES))
    y = np.abs(y) if draw(st.booleans()) else y
    y = y[:, 0] if n_outputs == 1 else y
    return draw(st.sampled_from([y, y.tolist()]))


@st.composite
def weights(draw, n_rows):
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    kinds = ["none", "none", "ones", "integers", "floats", "some zero", "list", "all zero"]
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return None
    w = rng.random(n_rows) * draw(st.sampled_from([1e-310, 1e-30, 1, 1, 1, 1e30, 1e308]))
    return {
        "ones": lambda: np.ones(n_rows),
        "integers": lambda: rng.integers(3, size=n_rows),
        "floats": lambda: w,
        "some zero": lambda: w * rng.integers(2, size=n_rows),
        "list": w.tolist,
        "all zero": lambda: np.zeros(n_rows),
    }[kind]()


@st.composite
def cases(draw, make, strategies, of_y):
    X = draw(features())
    n_rows = n_rows_of(X)
    estimator = make(**{"max_iter": 2, "random_state": 0} | draw(parameters(strategies)))
    return estimator, X, draw(of_y(n_rows)), draw(weights(n_rows))


# ---- what holds


def same(one, other):
    """Whether two of whatever a user may pass are the same, bit by bit."""
    if sparse.issparse(one):
        return one.format == other.format and same(one.toarray(), other.toarray())
    return type(one) is type(other) and pickle.dumps(one) == pickle.dumps(other)


def quietly(call):
    """Call with every warning an error, but for scikit-learn's two on settings."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Got `batch_size` less than 1")
        return call()


def result_or_refusal(call):
    """Return what a call returns and None, or None and the error by which it refuses."""
    try:
        return quietly(call), None
    except (ValueError, TypeError) as refusal:
        return None, refusal


def fit_or_refuse(estimator, *data):
    """Fit; return None if it is refused, which is to name something that was passed."""
    passed = ["X", "y", "sample_weight", "Sample weights", *estimator.get_params(deep=False)]
    before = deepcopy((data, estimator.get_params()))
    fitted, refusal = result_or_refusal(lambda: estimator.fit(*data))
    if refusal is not None:
        words = " ".join([str(refusal), *getattr(refusal, "__notes__", [])])
        assert re.search(rf"\b({'|'.join(passed)})\b", words), words
        assert not estimator.__sklearn_is_fitted__()
    for now, then in zip(data, before[0], strict=True):
        assert same(now, then)
    assert repr(estimator.get_params()) == repr(before[1])
    return fitted


def predict_or_refuse(call, X):
    """Return what a method makes of X; None if numbers of X are too large, as it says."""
    prediction, refusal = result_or_refusal(lambda: call(X))
    if refusal is not None:
        assert re.match("X contains values? too large", str(refusal)), refusal
        assert np.abs(np.asarray(X.toarray() if sparse.issparse(X) else X, float)).max() >= 1e30
    return prediction


def flat_weights(estimator):
    return np.concatenate([array.ravel() for array in estimator.coefs_ + estimator.intercepts_])


def check_fitted(estimator, data, method):
    """Check what holds of any fitted estimator; return what the method predicts, or None."""
    X = data[0]
    n_rows, state = n_rows_of(X), estimator.__dict__
    assert np.isfinite(flat_weights(estimator)).all()
    assert np.isfinite(estimator.loss_curve_).all()
    # L-BFGS notes the loss also if it finds nothing better.
    assert len(estimator.loss_curve_) == max(estimator.n_iter_, 1) <= estimator.max_iter
    assert {len(column) for column in estimator.history_.values()} <= {len(estimator.loss_curve_)}

    twin = clone(estimator)
    assert repr(twin) == repr(estimator)
    assert_array_equal(flat_weights(quietly(lambda: twin.fit(*data))), flat_weights(estimator))

    prediction = predict_or_refuse(getattr(estimator, method), X)
    if prediction is None:
        return None
    loaded = pickle.loads(pickle.dumps(estimator))
    assert_array_equal(getattr(loaded, method)(X), prediction)
    if len(estimator.coefs_) > 1:
        hidden = predict_or_refuse(estimator.transform, X)
        assert hidden is None or hidden.shape == (n_rows, len(estimator.intercepts_[-2]))
    assert estimator.__dict__ is state
    return prediction


@settings()
@given(cases(FCNClassifier, CLASSIFIER, labels))
def test_a_classifier_is_right_or_refuses(case):
    classifier, *data = case
    X, y, sample_weight = data
    if fit_or_refuse(classifier, *data) is None:
        return
    p = check_fitted(classifier, data, "predict_proba")
    if p is None:
        return

    assert p.shape == (len(y), len(classifier.classes_))
    assert ((p >= 0) & (p <= 1)).all()
    log_p = quietly(lambda: classifier.predict_log_proba(X))
    assert np.isfinite(log_p).all()
    assert_allclose(np.exp(log_p), p, rtol=1e-3, atol=1e-6)
    predicted = quietly(lambda: classifier.predict(X))
    assert predicted.shape == y.shape
    if y.ndim == 1:
        assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
        assert_array_equal(classifier.classes_, np.unique(y))
        assert predicted.dtype == classifier.classes_.dtype
        assert predicted.dtype.kind == y.dtype.kind
        assert np.isin(predicted, classifier.classes_).all()
    else:
        assert np.isin(predicted, [0, 1]).all()
    score = quietly(lambda: classifier.score(X, y, sample_weight))
    assert 0 <= score <= 1 + 1e-9


@settings()
@given(cases(FCNRegressor, REGRESSOR, targets))
def test_a_regressor_is_right_or_refuses(case):
    regressor, *data = case
    X, y, sample_weight = data
    if fit_or_refuse(regressor, *data) is None:
        return
    prediction = check_fitted(regressor, data, "predict")
    if prediction is None:
        return

    several_quantiles = getattr(regressor.loss, "quantile", None) == [0.1, 0.5, 0.9]
    assert prediction.shape == ((len(y), 3) if several_quantiles else np.shape(y))
    assert prediction.dtype == regressor.coefs_[0].dtype
    assert np.isfinite(prediction).all()
    # Scikit-learn's R² is not defined for one row, and squares what it is given.
    given = (prediction, y, 0.0 if sample_weight is None else sample_weight)
    largest = max(float(np.abs(values).max()) for values in given)
    if len(y) > 1 and largest < 1e100:
        assert np.isfinite(quietly(lambda: regressor.score(X, y, sample_weight)))


# ---- what fits have to do with each other

ONE_STEP = {
    "activation": "tanh",
    "solver": "sgd",
    "momentum": 0,
    "learning_rate_init": 0.1,
    "max_iter": 1,
    "n_iter_no_change": np.inf,
    "shuffle": False,
    "random_state": 0,
}
SMOOTH = {
    "hidden_layer_sizes": LAYERS,
    "activation": st.sampled_from(["logistic", "tanh", "gelu", "softplus", "identity"]),
    "alpha": st.sampled_from([0, 0.1, 1]),
    "l1_ratio": st.sampled_from([0, 0.5]),
    "normalization": st.sampled_from([None, "layer"]),
    "momentum": st.sampled_from([0, 0.9]),
    "random_state": st.integers(0, 9),
}
MODERATE = features(forms=("plain",), max_magnitude=100)
MAKES = st.sampled_from([FCNClassifier, FCNRegressor])


def targets_for(make, n_rows, seed):
    """Labels that all occur, or numbers."""
    rng = np.random.default_rng(seed)
    return rng.permutation(n_rows) % 3 if make is FCNClassifier else rng.normal(size=n_rows)


def fitted(make, params, *data):
    return quietly(lambda: make(**ONE_STEP | params).fit(*data))


@FEW
@given(MAKES, parameters(SMOOTH), MODERATE, st.integers(0, 99))
def test_integer_weights_are_repeated_rows(make, params, X, seed):
    y = targets_for(make, len(X), seed)
    times = np.random.default_rng(seed).integers(1, 4, size=len(X))
    repeated = X.repeat(times, axis=0), y.repeat(times)

    weighted = fitted(make, params, X, y, times)
    longer = fitted(make, params | {"batch_size": len(repeated[0])}, *repeated)

    assert_allclose(flat_weights(weighted), flat_weights(longer), rtol=1e-7, atol=1e-9)


@FEW
@given(MAKES, parameters(SMOOTH), features(("plain",), 100, min_rows=2), st.integers(0, 99))
def test_rows_of_weight_zero_are_not_there(make, params, X, seed):
    y = targets_for(make, len(X), seed)
    here = np.arange(len(X)) % 2 == 0
    y[~here] = y[0]

    assert_allclose(
        flat_weights(fitted(make, params, X, y, here)),
        flat_weights(fitted(make, params, X[here], y[here])),
        rtol=1e-7,
        atol=1e-9,
    )


@FEW
@given(
    MAKES,
    parameters(PARAMETERS),
    MODERATE,
    st.sampled_from([2.0**-40, 0.25, 2.0, 2.0**40]),
    st.integers(0, 99),
)
def test_without_a_penalty_the_scale_of_weights_means_nothing(make, params, X, factor, seed):
    y, w = targets_for(make, len(X), seed), np.random.default_rng(seed).random(len(X)) + 0.1
    models = [make(**{"max_iter": 2, "random_state": 0} | params | {"alpha": 0}) for _ in range(2)]
    fits = [fit_or_refuse(models[0], X, y, w), fit_or_refuse(models[1], X, y, w * factor)]

    # A power of two changes no digit.
    assert (fits[0] is None) == (fits[1] is None)
    if fits[0] is not None:
        assert_array_equal(flat_weights(fits[0]), flat_weights(fits[1]))


@FEW
@given(MAKES, parameters(SMOOTH), MODERATE, st.sampled_from(["csr", "csc array", "coo"]))
def test_dense_and_sparse_are_the_same(make, params, X, form):
    y = targets_for(make, len(X), 0)
    dense, thin = fitted(make, params, X, y), fitted(make, params, FORMS[form](X), y)

    assert_allclose(flat_weights(thin), flat_weights(dense), rtol=1e-7, atol=1e-9)
    assert_allclose(thin.predict(X), dense.predict(FORMS[form](X)), rtol=1e-6, atol=1e-8)


@FEW
@given(
    MAKES,
    parameters(PARAMETERS),
    MODERATE,
    st.sampled_from(["Fortran", "reversed", "strided", "long double", "big-endian", "object"]),
    st.integers(0, 99),
)
def test_the_same_numbers_give_the_same_weights(make, params, X, form, seed):
    y = targets_for(make, len(X), seed)
    models = [make(**{"max_iter": 2, "random_state": 0} | params) for _ in range(2)]
    fits = [fit_or_refuse(models[0], X, y), fit_or_refuse(models[1], FORMS[form](X), y)]

    assert (fits[0] is None) == (fits[1] is None)
    if fits[0] is not None:
        assert_array_equal(flat_weights(fits[0]), flat_weights(fits[1]))


@FEW
@given(MAKES, parameters(SMOOTH), MODERATE, st.integers(0, 99))
def test_the_order_of_features_and_of_rows_means_nothing(make, params, X, seed):
    rng = np.random.default_rng(seed)
    y = targets_for(make, len(X), seed)
    rows, columns = rng.permutation(len(X)), rng.permutation(X.shape[1])
    model = fitted(make, params | {"momentum": 0}, X, y)
    twin = deepcopy(model)
    twin.coefs_[0][...] = model.coefs_[0][columns]

    quietly(lambda: model.partial_fit(X, y))
    quietly(lambda: twin.partial_fit(X[rows][:, columns], y[rows]))

    for layer, (one, other) in enumerate(zip(model.coefs_, twin.coefs_, strict=True)):
        expected = one if layer else one[columns]
        assert_allclose(other, expected, rtol=1e-7, atol=1e-9)


@FEW
@given(parameters(SMOOTH), MODERATE, st.integers(0, 99))
def test_the_names_of_classes_mean_nothing(params, X, seed):
    y = targets_for(FCNClassifier, len(X), seed)
    names = np.array(["alpha", "beta", "gamma"])
    numbered, named = (fitted(FCNClassifier, params, X, labels) for labels in (y, names[y]))

    assert_array_equal(flat_weights(numbered), flat_weights(named))
    assert_array_equal(names[numbered.predict(X)], named.predict(X))


@FEW
@given(
    cases(FCNClassifier, CLASSIFIER, labels) | cases(FCNRegressor, REGRESSOR, targets),
    st.booleans(),
)
def test_going_on_is_right_or_leaves_what_was_there(case, incremental):
    """As `warm_start` or `partial_fit`, on data of ten times the size."""
    estimator, X, y, sample_weight = case
    data = (X, y, sample_weight)
    if fit_or_refuse(estimator, *data) is None:
        return
    before, n_epochs = flat_weights(estimator), len(estimator.loss_curve_)
    estimator.set_params(warm_start=True)
    if incremental and (estimator.early_stopping or not hasattr(estimator, "partial_fit")):
        return
    if incremental and isinstance(estimator, FCNClassifier):
        estimator.set_params(class_weight=None)
    larger = X
    if isinstance(X, np.ndarray) and X.dtype == np.float64 and np.abs(X).max() < 1e307:
        larger = X * 10
    go_on = estimator.partial_fit if incremental else estimator.fit
    _, refusal = result_or_refusal(lambda: go_on(larger, y, sample_weight))
    if refusal is not None:
        assert "Solver produced non-finite parameter weights" in str(refusal), refusal
        assert_array_equal(flat_weights(estimator), before)
        assert len(estimator.loss_curve_) == n_epochs
    else:
        assert np.isfinite(flat_weights(estimator)).all()
        assert len(estimator.loss_curve_) > n_epochs


def test_the_profile_is_the_one_that_the_documentation_counts():
    assert settings.get_current_profile_name() in ("short", "long")
    assert pytest.approx(settings().max_examples / 4) == FEW.max_examples
