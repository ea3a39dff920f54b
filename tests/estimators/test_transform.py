"""`transform`, and layers that each have an activation of their own."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ELU, LeakyReLU

ENDLESS = float("inf")


def fit(**params):
    X, y = load_iris(return_X_y=True)
    common = {"hidden_layer_sizes": (6, 4), "max_iter": 3, "random_state": 0}
    return FCNClassifier(**{**common, **params}, n_iter_no_change=ENDLESS).fit(X, y), X


def by_hand(model, X, functions):
    """All hidden activations, in plain NumPy."""
    activations = []
    for function, coef, intercept in zip(
        functions, model.coefs_[:-1], model.intercepts_[:-1], strict=True
    ):
        X = function(X @ coef + intercept)
        activations.append(X)
    return activations


def relu(z):
    return np.maximum(z, 0)


@pytest.mark.parametrize("layer", [0, 1, -1, -2])
def test_transform_gives_the_activations_of_a_hidden_layer(layer):
    model, X = fit(transform_layer=layer)

    activations = model.transform(X)

    np.testing.assert_allclose(activations, by_hand(model, X, [relu, relu])[layer], rtol=1e-12)


def test_many_rows_sparse_rows_and_float32():
    model, X = fit(dtype="float32")
    many = np.tile(X, (20, 1))

    activations = model.transform(many)

    assert activations.dtype == np.float32
    np.testing.assert_allclose(activations[:150], activations[-150:], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        model.transform(csr_array(X)), activations[:150], rtol=1e-5, atol=1e-6
    )


def test_transform_and_the_output_layer_predict():
    model, X = fit()

    raw = model.transform(X) @ model.coefs_[-1] + model.intercepts_[-1]

    np.testing.assert_array_equal(model.classes_[raw.argmax(axis=1)], model.predict(X))


def test_columns_have_names():
    model, _ = fit()
    assert list(model.get_feature_names_out()) == [f"fcnclassifier{i}" for i in range(4)]
    model.set_params(transform_layer=0)
    assert list(model.get_feature_names_out()) == [f"fcnclassifier{i}" for i in range(6)]


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"hidden_layer_sizes": ()}, ValueError, "transform_layer=-1 is not among the 0 hidden"),
        ({"transform_layer": 2}, ValueError, "transform_layer=2 is not among the 2 hidden"),
        (None, NotFittedError, "FCNClassifier instance is not fitted"),
    ],
)
def test_columns_that_are_not_there_have_no_names(params, error, message):
    model = FCNClassifier() if params is None else fit(**params)[0]
    with pytest.raises(error, match=message):
        model.get_feature_names_out()


FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame}


@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("network", [FCNClassifier, FCNRegressor])
def test_activations_in_a_data_frame(network, dtype, library):
    X, y = load_iris(return_X_y=True)
    model = network((6, 4), max_iter=3, n_iter_no_change=ENDLESS, dtype=dtype, random_state=0)
    model.fit(X, y)
    expected = model.transform(X)

    frame = model.set_output(transform=library).transform(X)

    assert type(frame) is FRAMES[library]
    assert list(frame.columns) == [f"{network.__name__.lower()}{i}" for i in range(4)]
    assert frame.to_numpy().dtype == dtype
    np.testing.assert_array_equal(frame.to_numpy(), expected)
    # What predicts is an array still, and so is what comes after the setting is taken back.
    assert type(model.predict(X)) is np.ndarray
    assert type(model.set_output(transform="default").transform(X)) is np.ndarray


@pytest.mark.parametrize("library", FRAMES)
def test_the_global_setting_and_fit_transform(library):
    X, y = load_iris(return_X_y=True)
    model = FCNClassifier((6, 4), max_iter=3, n_iter_no_change=ENDLESS, random_state=0)
    with config_context(transform_output=library):
        frame = model.fit_transform(X, y)
    assert type(frame) is FRAMES[library]
    np.testing.assert_array_equal(frame.to_numpy(), model.transform(X))


def test_a_pandas_frame_keeps_its_index():
    X, y = load_iris(return_X_y=True, as_frame=True)
    rows = X.iloc[::-7]
    model = FCNClassifier((6, 4), max_iter=3, n_iter_no_change=ENDLESS, random_state=0)
    frame = model.set_output(transform="pandas").fit(X, y).transform(rows)
    assert list(frame.index) == list(rows.index)


@pytest.mark.parametrize("library", FRAMES)
def test_data_frames_all_the_way_through_a_pipeline(library):
    """Each step is given the columns of the one before, by name; the last predicts labels."""
    X, y = load_iris(return_X_y=True)
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    frame = FRAMES[library]({name: X[:, i] for i, name in enumerate(names)})
    network = FCNClassifier((8, 5), max_iter=5, n_iter_no_change=ENDLESS, random_state=0)
    steps = StandardScaler(), network, LogisticRegression(max_iter=1000)

    model = make_pipeline(*steps).set_output(transform=library).fit(frame, y)

    hidden = [f"fcnclassifier{i}" for i in range(5)]
    assert list(model[1].feature_names_in_) == names
    assert list(model[2].feature_names_in_) == hidden
    assert list(model[:2].get_feature_names_out()) == hidden
    assert type(model[:2].transform(frame)) is FRAMES[library]
    plain = make_pipeline(*map(clone, steps)).set_output(transform="default").fit(X, y)
    # A frame's memory lies column by column, which StandardScaler sums in another order.
    np.testing.assert_allclose(model.predict_proba(frame), plain.predict_proba(X), rtol=1e-10)
    with pytest.raises(ValueError, match="feature names should match"):
        model[1:].predict(FRAMES[library]({f"x{i}": X[:, i] for i in range(4)}))


def test_a_network_stands_in_the_middle_of_a_pipeline():
    X, y = load_iris(return_X_y=True)
    network = FCNClassifier((8, 5), max_iter=300, n_iter_no_change=ENDLESS, random_state=0)

    model = make_pipeline(network, LogisticRegression(max_iter=1000)).fit(X, y)

    assert model.score(X, y) > 0.95
    assert model[-1].n_features_in_ == 5


@pytest.mark.parametrize("layer", [2, -3, 100])
def test_a_layer_that_is_not_there_is_named(layer):
    model, X = fit(transform_layer=layer)

    with pytest.raises(ValueError, match=f"transform_layer={layer} is not among the 2 hidden"):
        model.transform(X)


def test_a_linear_model_has_nothing_to_show():
    model, X = fit(hidden_layer_sizes=())

    with pytest.raises(ValueError, match="not among the 0 hidden"):
        model.transform(X)
    with pytest.raises(ValueError, match="not among the 0 hidden"):
        model.get_feature_names_out()
    assert "coefs_" in dir(model)


# --- an activation for each layer -------------------------------------------------------------


def test_each_layer_has_its_own_activation():
    leaky = LeakyReLU(slope=0.2)
    model, X = fit(hidden_layer_sizes=(6, 5, 4), activation=["tanh", leaky, "logistic"])

    functions = [np.tanh, lambda z: np.where(z > 0, z, 0.2 * z), expit]
    expected = by_hand(model, X, functions)[-1]
    np.testing.assert_allclose(model.transform(X), expected, rtol=1e-12)


def test_first_weights_go_by_the_layers_own_activation():
    X = np.zeros((4, 100))
    y = [0, 1, 0, 1]
    weights = {}
    for activation in ("relu", "logistic", ("logistic", "relu")):
        model = FCNClassifier(
            (100, 100), activation, learning_rate_init=1e-300, max_iter=1, random_state=0
        ).set_params(n_iter_no_change=ENDLESS)
        weights[activation] = [np.abs(coef).max() for coef in model.fit(X, y).coefs_]

    assert weights["logistic", "relu"] == pytest.approx(
        [weights["logistic"][0], *weights["relu"][1:]], rel=1e-12
    )


def test_a_sequence_of_one_is_the_same_as_a_name():
    X, y = load_iris(return_X_y=True)
    y = y.astype(float)
    options = {"max_iter": 3, "random_state": 0, "n_iter_no_change": ENDLESS}

    one = FCNRegressor(5, ["tanh"], **options).fit(X, y)

    np.testing.assert_array_equal(
        one.coefs_[0], FCNRegressor(5, "tanh", **options).fit(X, y).coefs_[0]
    )


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (["relu"], "activation must have one entry for each hidden layer, 2 in all"),
        (["relu", "rely"], "activation must be one of .* got 'rely'"),
        (["relu", None], "activation has an entry of a wrong type"),
        (["relu", ELU], "activation has an entry of a wrong type"),
        ("rely", "activation"),
        (None, "activation"),
    ],
)
def test_wrong_activations_are_named(activation, message):
    with pytest.raises(ValueError, match=message):
        fit(activation=activation)
