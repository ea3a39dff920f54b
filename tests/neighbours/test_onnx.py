"""ONNX graphs predict what the estimators predict, whatever these are made of."""

import re
import sys
from unittest import mock

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import skfcn.onnx
from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ACTIVATIONS, ELU, GELU, Activation, LeakyReLU
from skfcn.datasets import load_mnist_mat
from skfcn.losses import LOSSES, BinaryLogLoss, HuberLoss, QuantileLoss
from skfcn.normalization import NORMALIZATIONS, BatchNormalization, LayerNormalization
from skfcn.preprocessing import PixelScaler, make_tabular_pipeline

pytestmark = pytest.mark.slow

REASON = "ONNX needs its extra: pip install -e '.[onnx]'"
runtime = pytest.importorskip("onnxruntime", reason=REASON)
pytest.importorskip("skl2onnx", reason=REASON)
onnx = pytest.importorskip("onnx", reason=REASON)

RAW, Y = load_iris(return_X_y=True)
X64 = StandardScaler().fit_transform(RAW)
X = X64.astype(np.float32)
QUICK = {"max_iter": 20, "n_iter_no_change": np.inf, "learning_rate_init": 0.01, "random_state": 0}
EACH_DTYPE = pytest.mark.parametrize("X", [X, X64], ids=["float32", "float64"])
DTYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(string)": object}


def network(hidden_layer_sizes=(8,), *args, **params):
    return FCNClassifier(hidden_layer_sizes, *args, **{**QUICK, **params})


def regressor(**params):
    return FCNRegressor((8,), **{**QUICK, **params})


def run(model, X, **settings):
    graph = skfcn.onnx.to_onnx(model, X, **settings)
    onnx.checker.check_model(graph, full_check=True)
    session = runtime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    if hasattr(X, "columns"):
        inputs = {
            value.name: X[[name]].to_numpy().astype(DTYPES[value.type])
            for value, name in zip(session.get_inputs(), X.columns, strict=True)
        }
    else:
        (value,) = session.get_inputs()
        inputs = {value.name: X}
    return session.run(None, inputs)


def agrees(model, X, **settings):
    """Compare a fitted classifier with its graph; float64 has more digits to agree in."""
    labels, probabilities = run(model, X, **settings)
    exact = probabilities.dtype == np.float64
    assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-12 if exact else 1e-5)
    assert_array_equal(labels, model.predict(X))


def agrees_in_numbers(model, X):
    """Compare a fitted regressor with its graph, in units of what it predicts."""
    (prediction,) = run(model, X)
    expected = model.predict(X).reshape(len(X), -1)
    tolerance = 1e-12 if prediction.dtype == np.float64 else 1e-5
    assert_allclose(prediction, expected, rtol=0, atol=tolerance * np.abs(expected).max())


# --- components


EVERY_ACTIVATION = pytest.mark.parametrize(
    "activation", [*ACTIVATIONS, LeakyReLU(0.3), ELU(0.5), GELU(approximate=True)], ids=str
)


@EVERY_ACTIVATION
def test_every_activation(activation):
    agrees(network((16, 8), activation).fit(X, Y), X)


@EVERY_ACTIVATION
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_near_zero_and_far_away(activation, dtype):
    layers = [[[1.0]], [[1.0]]], [[0.0], [0.0]]
    model = FCNRegressor.from_weights(*layers, activation=activation)
    z = np.concatenate([-np.geomspace(1e-6, 1e3, 100), [0.0], np.geomspace(1e-6, 1e3, 100)])
    z = z[:, np.newaxis].astype(dtype)
    (prediction,) = run(model, z)
    # Only the error function is computed in float32 in any case.
    exact = dtype is np.float64 and not isinstance(model._fitted.model.network.layers[1].f, GELU)
    tolerance = 1e-13 if exact else 1e-6
    assert_allclose(prediction[:, 0], model.predict(z), rtol=tolerance, atol=tolerance)


class Preset(FCNClassifier):
    def __init__(self, alpha=0.1):
        super().__init__((5,), alpha=alpha, **QUICK)


def test_a_subclass_is_converted_as_its_base():
    class Local(Preset):
        pass

    class Numbers(FCNRegressor):
        pass

    class Pixels(PixelScaler):
        pass

    agrees(Preset().fit(X, Y), X)
    agrees(make_pipeline(Pixels(), Local()).fit(X, Y), X)
    both = [("one", Local()), ("two", network())]
    agrees(VotingClassifier(both, voting="soft", flatten_transform=False).fit(X, Y), X)
    agrees_in_numbers(Numbers((8,), **QUICK).fit(X, RAW[:, 0]), X)


def test_no_hidden_layers():
    agrees(network(()).fit(X, Y), X)
    agrees_in_numbers(FCNRegressor((), **QUICK).fit(X64, Y.astype(float)), X64)


def test_an_activation_for_each_layer():
    agrees(network((8, 7, 6), ["mish", LeakyReLU(0.2), "tanh"]).fit(X64, Y), X64)


@pytest.mark.parametrize(
    "normalization",
    [
        *NORMALIZATIONS,
        LayerNormalization(epsilon=0.1),
        BatchNormalization(epsilon=0.1),
        ["batch", None, "layer"],
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_normalization(normalization, dtype):
    activations = ["tanh", "silu", "relu"]
    model = network((16, 12, 8), activations, normalization=normalization, dtype=dtype)
    agrees(model.fit(X, Y), X)


def test_what_only_training_has_is_not_in_the_graph():
    agrees(network((16,), dropout=0.5, average=0.9, early_stopping=True).fit(X, Y), X)


CLASS_LOSSES = ["log_loss", "squared_error", "focal"]


@pytest.mark.parametrize("loss", CLASS_LOSSES)
@EACH_DTYPE
def test_every_loss_of_classes(loss, X):
    agrees(network(loss=loss).fit(X, Y), X)
    agrees(network(loss=loss).fit(X, np.array(["other", "versicolor"])[(Y == 1).astype(int)]), X)


def test_probabilities_of_classes_each_on_its_own():
    agrees(network(loss=BinaryLogLoss()).fit(X, Y), X)


@pytest.mark.parametrize(
    "loss",
    [*sorted({*LOSSES} - {*CLASS_LOSSES}), "squared_error", QuantileLoss([0.1, 0.5, 0.9])],
    ids=str,
)
@EACH_DTYPE
def test_every_loss_of_numbers(loss, X):
    agrees_in_numbers(regressor(loss=loss).fit(X, Y + 1.0), X)


def test_several_targets():
    agrees_in_numbers(regressor().fit(X, np.column_stack([Y, X[:, 0]])), X)


def test_large_targets():
    X, y = load_diabetes(return_X_y=True)
    model = regressor(loss="poisson", solver="lbfgs", max_iter=1000)
    agrees_in_numbers(model.fit(X, 1000 * y), X)


# --- labels


@pytest.mark.parametrize(
    "y",
    [
        Y,
        Y.astype(str),
        np.array(["日本", "é"], dtype=object)[(Y == 1).astype(int)],
        Y == 1,
        Y.astype(np.int8) - 7,
        Y.astype(np.uint8),
        Y + 2**40,
        Y.astype(float),
        np.zeros(len(Y), dtype=int),
        np.repeat("one", len(Y)),
    ],
    ids=["int", "str", "two", "bool", "int8", "uint8", "large", "float", "one", "one str"],
)
def test_every_kind_of_label(y):
    agrees(network().fit(X, y), X)


@EACH_DTYPE
def test_several_labels_at_once(X):
    _, y = make_multilabel_classification(n_samples=len(X), random_state=0)
    agrees(network().fit(X, y), X)


def test_labels_that_onnx_does_not_have():
    y = np.array(["2020-01-01", "2021-01-01"], dtype="datetime64[D]")[Y % 2]
    model = network().fit(X, y)
    with pytest.raises(ValueError, match="labels are strings or integers, got array"):
        skfcn.onnx.to_onnx(model, X)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_two_classes_with_weights_from_elsewhere(n_outputs):
    coefs, intercepts = [np.ones((4, n_outputs)) * [1.0, -0.5][:n_outputs]], [np.zeros(n_outputs)]
    model = FCNClassifier.from_weights(coefs, intercepts, classes=["yes", "no"])
    agrees(model, X64)


# --- inputs


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "bool"])
def test_whole_numbers(dtype):
    pixels = (10 * RAW).astype(dtype)
    agrees(network().fit(pixels, Y), pixels)
    agrees(make_pipeline(PixelScaler(80), network()).fit(pixels, Y), pixels)


def test_float64_keeps_the_digits_that_float32_has_not():
    far = RAW + 1e5
    agrees(make_pipeline(StandardScaler(), network()).fit(far, Y), far)
    agrees(network(solver="lbfgs", max_iter=1000).fit(RAW + 1e3, Y), RAW + 1e3)


def test_pixels_become_float32():
    model = make_pipeline(PixelScaler(8), network()).fit(RAW, Y)
    _, probabilities = run(model, RAW)
    assert probabilities.dtype == np.float32
    agrees(model, RAW)
    (scaled,) = run(model[0], RAW)
    assert_array_equal(scaled, model[0].transform(RAW), strict=True)


def test_lists_and_sparse_matrices_say_what_comes_in():
    model = network().fit(X64, Y)
    agrees(model, X64.tolist())
    graph = skfcn.onnx.to_onnx(model, csr_array(X64))
    assert graph.graph.input == skfcn.onnx.to_onnx(model, X64).graph.input


def test_the_number_of_rows_is_free():
    model = network().fit(X, Y)
    session = runtime.InferenceSession(skfcn.onnx.to_onnx(model, X[:1]).SerializeToString())
    for n_rows in (1, 2, 150):
        _, probabilities = session.run(None, {"X": X[:n_rows]})
        assert_allclose(probabilities, model.predict_proba(X[:n_rows]), rtol=0, atol=1e-5)


def test_types_in_skl2onnx_own_words():
    from skl2onnx.common.data_types import FloatTensorType

    types = [("measurements", FloatTensorType([None, 4]))]
    graph = skfcn.onnx.to_onnx(network().fit(X, Y), initial_types=types)
    assert [value.name for value in graph.graph.input] == ["measurements"]


def test_mnist(mnist_mat):
    X_train, y_train = load_mnist_mat(mnist_mat, subset="train", return_X_y=True)
    X_test, _ = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    model = make_pipeline(PixelScaler(), network((128, 64), dtype="float32", max_iter=1))
    agrees(model.fit(X_train[::20], y_train[::20]), X_test)


# --- data frames


@pytest.fixture(scope="module")
def pandas():
    return pytest.importorskip("pandas")


@pytest.fixture
def frame(pandas):
    """Return columns of any numbers, a name that ONNX has to change, and a type for each."""
    columns = {
        "whole": (10 * RAW[:, 0]).astype(int),
        "far (m)": RAW[:, 1] + 1e5,
        "single": RAW[:, 2].astype(np.float32),
        "yes": RAW[:, 3] > 1,
    }
    return pandas.DataFrame(columns)


def preprocessed(estimator):
    # Scikit-learn computes in float64 where it is given a column of it.
    scaled = (StandardScaler(), ["single", "whole", "far (m)"])
    return make_pipeline(make_column_transformer(scaled, remainder=MinMaxScaler()), estimator)


@pytest.mark.parametrize(
    "model",
    [
        network(),
        make_pipeline(StandardScaler(), network()),
        make_pipeline(PixelScaler(8), network()),
        preprocessed(network()),
        GridSearchCV(preprocessed(network()), {"fcnclassifier__alpha": [0.1, 1.0]}, cv=2),
        CalibratedClassifierCV(make_pipeline(StandardScaler(), network()), cv=2),
        VotingClassifier([("a", preprocessed(network()))], voting="soft", flatten_transform=False),
    ],
    ids=["network", "scaler", "pixels", "columns", "search", "calibration", "vote"],
)
def test_numbers_in_a_data_frame(model, frame):
    agrees(model.fit(frame, Y), frame)


def test_a_data_frame_of_whole_numbers(pandas):
    frame = pandas.DataFrame((10 * RAW).astype(int), columns=list("abcd"))
    agrees(make_tabular_pipeline(network()).fit(frame, Y), frame)


def test_categories_and_what_is_missing(pandas):
    town = np.array(["Ulm", "Bonn"], dtype=object)[Y % 2]
    frame = pandas.DataFrame({"size": X[:, 0], "town": town, "code": 10 * Y, "width": X[:, 1]})
    frame.loc[1, "size"] = np.nan
    frame.loc[0, "town"] = None
    agrees(make_tabular_pipeline(network()).fit(frame, Y), frame)
    named = make_tabular_pipeline(network(), categorical_features=["code", "town"])
    agrees(named.fit(frame, Y), frame)
    frame = frame.astype({"code": "category", "town": "category"})
    agrees(named.fit(frame, Y), frame)
    inputs = skfcn.onnx.to_onnx(named, frame).graph.input
    kinds = {value.name: value.type.tensor_type.elem_type for value in inputs}
    assert kinds["code"] == kinds["size"] == onnx.TensorProto.FLOAT
    assert kinds["town"] == onnx.TensorProto.STRING


@pytest.mark.parametrize("loss", ["squared_error", "huber", "quantile"])
@pytest.mark.parametrize("columns", [slice(0, 1), slice(0, 2)], ids=["one", "two"])
def test_a_tabular_pipeline_whose_targets_are_scaled(pandas, loss, columns):
    frame = pandas.DataFrame({"size": X[:, 0], "town": np.array(["Ulm", "Bonn"], object)[Y % 2]})
    y = (77 * X64[:, 2:4] + 152)[:, columns]
    agrees_in_numbers(make_tabular_pipeline(regressor(loss=loss)).fit(frame, np.squeeze(y)), frame)


@EACH_DTYPE
@pytest.mark.parametrize("params", [{}, {"with_mean": False}, {"with_std": False}], ids=str)
def test_a_network_on_scaled_targets(X, params):
    y = 77 * X64[:, 2] + 152
    before = regressor().fit(X, y).predict(X)
    model = TransformedTargetRegressor(regressor(), transformer=StandardScaler(**params))
    model.fit(X, y)
    agrees_in_numbers(model, X)
    agrees_in_numbers(make_pipeline(StandardScaler(), model).fit(X, y), X)
    agrees_in_numbers(GridSearchCV(model, {"regressor__alpha": [0.1, 1]}, cv=2).fit(X, y), X)
    assert_array_equal(regressor().fit(X, y).predict(X), before)  # the model itself stays
    with pytest.raises(NotFittedError):
        skfcn.onnx.to_onnx(TransformedTargetRegressor(regressor()), X)


def test_other_ways_of_scaling_targets_are_refused():
    y, scaler = np.exp(X[:, 2]), StandardScaler(with_mean=False)
    for model in (
        TransformedTargetRegressor(regressor(), transformer=MinMaxScaler()),
        TransformedTargetRegressor(regressor(), func=np.log, inverse_func=np.exp),
        TransformedTargetRegressor(regressor(loss="gamma"), transformer=scaler),
    ):
        with pytest.raises(Exception, match="TransformedTargetRegressor"):
            skfcn.onnx.to_onnx(model.fit(X, y), X)


def test_columns_come_in_the_order_of_the_fit(frame):
    model = make_pipeline(StandardScaler(), network()).fit(frame, Y)
    graph = skfcn.onnx.to_onnx(model, frame[frame.columns[::-1]])
    assert graph.graph.input == skfcn.onnx.to_onnx(model, frame).graph.input
    with pytest.raises(ValueError, match=r"no columns \['yes'\], which the model was fitted on"):
        skfcn.onnx.to_onnx(model, frame.drop(columns="yes"))


# --- within other estimators


@pytest.mark.parametrize(
    "model",
    [
        GridSearchCV(network(), {"alpha": [0.1, 1.0]}, cv=2),
        GridSearchCV(
            make_pipeline(StandardScaler(), network()), {"fcnclassifier__alpha": [0.1, 1.0]}, cv=2
        ),
        RandomizedSearchCV(network(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2),
        make_pipeline(
            MinMaxScaler(), RandomizedSearchCV(network(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2)
        ),
        CalibratedClassifierCV(network(), cv=2),
        VotingClassifier(
            [("a", network()), ("b", network((4,), "tanh"))],
            voting="soft",
            flatten_transform=False,
        ),
        StackingClassifier([("a", network())], LogisticRegression(max_iter=1000), cv=2),
        BaggingClassifier(network(), n_estimators=2, random_state=0),
    ],
    ids=["grid", "grid of pipelines", "random", "inner", "calibrated", "vote", "stack", "bag"],
)
@EACH_DTYPE
def test_within_other_classifiers(model, X):
    agrees(model.fit(X, Y), X)


@pytest.mark.parametrize(
    "model",
    [
        GridSearchCV(regressor(), {"alpha": [0.1, 1.0]}, cv=2),
        VotingRegressor([("a", regressor()), ("b", regressor(loss="huber"))]),
        BaggingRegressor(regressor(), n_estimators=2, random_state=0),
    ],
    ids=["grid", "vote", "bag"],
)
@EACH_DTYPE
def test_within_other_regressors(model, X):
    agrees_in_numbers(model.fit(X, Y.astype(float)), X)


def scaled(**params):
    return make_pipeline(StandardScaler(), network(**params))


@pytest.mark.parametrize(
    "model",
    [
        FixedThresholdClassifier(scaled(), threshold=0.8),
        FixedThresholdClassifier(scaled(), threshold=0.2),
        FixedThresholdClassifier(scaled(), threshold=0.9, pos_label="other"),
        FixedThresholdClassifier(FrozenEstimator(scaled().fit(X64, Y == 1)), threshold=0.4),
        TunedThresholdClassifierCV(scaled(), cv=2),
        TunedThresholdClassifierCV(scaled(), scoring=make_scorer(f1_score, pos_label="other")),
        make_pipeline(MinMaxScaler(), FixedThresholdClassifier(network(), threshold=0.7)),
        FixedThresholdClassifier(make_pipeline(network(), LogisticRegression()), threshold=0.2),
        GridSearchCV(FixedThresholdClassifier(scaled()), {"threshold": [0.3, 0.8]}),
    ],
    ids=["high", "low", "label", "frozen", "tuned", "score", "step", "hidden", "search"],
)
@EACH_DTYPE
def test_labels_go_by_a_threshold(model, X):
    strings = "other" in repr(model)
    y = np.array(["versicolor", "other"])[(Y == 1).astype(int)] if strings else Y == 1
    agrees(model.fit(X, y), X)


def test_a_threshold_in_a_data_frame(frame):
    agrees(
        FixedThresholdClassifier(preprocessed(network()), threshold=0.6).fit(frame, Y > 1), frame
    )


def test_a_threshold_of_other_numbers_than_probabilities_is_refused():
    logistic = LogisticRegression()
    model = FixedThresholdClassifier(logistic, threshold=1, response_method="decision_function")
    with pytest.raises(
        ValueError, match="for thresholds of probabilities only, got response_meth"
    ):
        skfcn.onnx.to_onnx(model.fit(X, Y > 1), X)


FEATURES = FCNRegressor((6, 1), ["tanh", "elu"], normalization=["batch", None], **QUICK)


@pytest.mark.parametrize(
    "features",
    [
        network((5, 4)),
        FEATURES,  # as wide as its prediction
        FCNClassifier((6, 5), "mish", transform_layer=0, **QUICK),
        make_pipeline(StandardScaler(), network()),
        FeatureUnion([("network", network()), ("scaled", StandardScaler())]),
    ],
    ids=["last", "regressor", "first", "pipeline", "union"],
)
@EACH_DTYPE
def test_before_other_steps_a_network_is_its_hidden_layer(features, X):
    model = make_pipeline(features, StandardScaler(), LogisticRegression(max_iter=1000))
    agrees(model.fit(X, Y), X)


# --- options


def test_probabilities_as_dictionaries_when_asked():
    model = make_pipeline(StandardScaler(), network()).fit(X, Y)
    expected = model.predict_proba(X)
    for options in ({"zipmap": True}, {FCNClassifier: {"zipmap": True}}):
        _, probabilities = run(model, X, options=options)
        assert_allclose([row[1] for row in probabilities], expected[:, 1], rtol=0, atol=1e-5)


def test_options_name_a_model_by_its_id():
    model = make_pipeline(network(), LogisticRegression(max_iter=1000)).fit(X, Y)
    agrees(model, X, options={id(model): {"zipmap": False}})


def test_a_column_for_each_class():
    model = network().fit(X, Y)
    _, *columns = run(model, X, options={"zipmap": "columns"})
    assert_allclose(np.column_stack(columns), model.predict_proba(X), rtol=0, atol=1e-5)


def test_labels_by_number_and_what_they_mean():
    model = network().fit(X, Y.astype(str))
    labels, _ = run(model, X, options={"zipmap": False, "nocl": True})
    assert_array_equal(model.classes_[labels], model.predict(X))
    *_, classes = run(model, X, options={"zipmap": False, "output_class_labels": True})
    assert_array_equal(classes, model.classes_)


@pytest.mark.parametrize("opset", [17, 18, {"": 19, "ai.onnx.ml": 3}], ids=str)
def test_older_operators(opset):
    agrees(network((8, 8), normalization=["layer", "batch"]).fit(X, Y), X, target_opset=opset)


def test_functions_of_skl2onnx_know_the_estimators():
    import skl2onnx

    skfcn.onnx.register()
    graph = skl2onnx.to_onnx(network().fit(X, Y), X[:1], options={"zipmap": False})
    assert graph == skfcn.onnx.to_onnx(network().fit(X, Y), X)


# --- components of one's own, and what cannot be converted


class Square(Activation):
    def forward(self, z, out):
        np.multiply(z, z, out=out)

    def backward(self, z, out, delta):
        delta *= 2 * z


@EACH_DTYPE
def test_an_activation_of_ones_own_is_entered(X, monkeypatch):
    model = network((8,), Square()).fit(X, Y)
    with pytest.raises(ValueError, match=r"Square\(\) has no .*ACTIVATION_CONVERTERS\[Square\]"):
        skfcn.onnx.to_onnx(model, X)
    monkeypatch.setitem(
        skfcn.onnx.ACTIVATION_CONVERTERS, Square, lambda graph, f, z: graph("Mul", z, z)
    )
    agrees(model, X)


def test_a_loss_of_ones_own_with_a_known_link():
    class Half(HuberLoss):
        def loss_gradient(self, y, raw, losses, scratch):
            super().loss_gradient(y, raw, losses, scratch)
            raw *= 0.5
            losses *= 0.5

    agrees_in_numbers(regressor(loss=Half()).fit(X, Y.astype(float)), X)


def test_other_components_of_ones_own_are_named():
    class MyNormalization(LayerNormalization):
        pass

    class MyLoss(HuberLoss):
        def inverse_link(self, raw):
            return 2 * raw

    class MyReLU(ACTIVATIONS["relu"]):
        pass

    model = network(normalization=MyNormalization()).fit(X, Y)
    with pytest.raises(ValueError, match=r"MyNormalization\(\) has no ONNX converter"):
        skfcn.onnx.to_onnx(model, X)
    model = regressor(loss=MyLoss()).fit(X, Y)
    with pytest.raises(ValueError, match=r"loss=MyLoss\(\) has no ONNX converter"):
        skfcn.onnx.to_onnx(model, X)
    model = make_pipeline(network((8,), MyReLU()), LogisticRegression(max_iter=1000)).fit(X, Y)
    with pytest.raises(ValueError, match=r"MyReLU\(\) has no ONNX converter"):
        skfcn.onnx.to_onnx(model, X)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (X.astype(np.float16), "got float16"),
        (X.astype(np.uint16), "got uint16"),
        (X[:, :3], r"shape \(n_samples, 4\), got \(150, 3\)"),
        (X[0], r"shape \(n_samples, 4\), got \(4,\)"),
    ],
    ids=["float16", "uint16", "too narrow", "one row"],
)
def test_wrong_inputs_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        skfcn.onnx.to_onnx(network().fit(X, Y), wrong)


def test_old_operators_and_unfitted_models_are_refused():
    with pytest.raises(NotFittedError):
        skfcn.onnx.to_onnx(FCNClassifier(), X)
    with pytest.raises(NotFittedError):
        skfcn.onnx.to_onnx(FixedThresholdClassifier(FCNClassifier()), X)
    with pytest.raises(ValueError, match="target_opset must be at least 17, got 15"):
        skfcn.onnx.to_onnx(network().fit(X, Y), X, target_opset=15)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=re.escape('pip install "skfcn[onnx]"')):
        skfcn.onnx.to_onnx(network().fit(X, Y), X)


def test_the_guide(tmp_path, monkeypatch, pandas, guide_program):
    monkeypatch.chdir(tmp_path)
    names = {}
    with mock.patch.dict(skfcn.onnx.ACTIVATION_CONVERTERS):
        exec(guide_program("onnx.md"), names)
        agrees(network((8,), names["Square"]()).fit(X, Y), X)
    assert_array_equal(names["labels"], names["model"].predict(names["X_test"]))
    assert_allclose(
        names["probabilities"], names["model"].predict_proba(names["X_test"]), rtol=0, atol=1e-5
    )
    assert (tmp_path / "digits.onnx").stat().st_size > 1000
    expected = names["prices"].predict(names["flats"])
    assert_allclose(names["predicted"][:, 0], expected, rtol=1e-5)
