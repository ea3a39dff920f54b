"""`transform`, and layers that each have an activation of their own."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

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


def test_columns_have_names_and_may_be_a_data_frame():
    model, X = fit()

    names = [f"fcnclassifier{i}" for i in range(4)]
    assert list(model.get_feature_names_out()) == names
    assert list(model.set_output(transform="pandas").transform(X).columns) == names


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
