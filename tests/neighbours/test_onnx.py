"""ONNX graphs predict what the estimators predict, whatever these are made of."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skfcn.onnx
from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ACTIVATIONS, ELU, GELU, Activation, LeakyReLU
from skfcn.losses import LOSSES, HuberLoss, Loss, QuantileLoss
from skfcn.normalization import NORMALIZATIONS, LayerNormalization, Normalization
from skfcn.preprocessing import PixelScaler

REASON = "ONNX needs its extra: pip install -e '.[onnx]'"
runtime = pytest.importorskip("onnxruntime", reason=REASON)
pytest.importorskip("skl2onnx", reason=REASON)

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X).astype(np.float32)
QUICK = {"max_iter": 20, "n_iter_no_change": np.inf, "learning_rate_init": 0.01, "random_state": 0}


def run(model, X, **settings):
    graph = skfcn.onnx.to_onnx(model, X, **settings)
    session = runtime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    if hasattr(X, "columns"):
        inputs = {name: X[[name]].to_numpy() for name in X}
        inputs = {
            name: column.astype(np.float32) if column.dtype.kind == "f" else column
            for name, column in inputs.items()
        }
    else:
        inputs = {session.get_inputs()[0].name: X}
    return session.run(None, inputs)


def agrees(model, X, **settings):
    """Compare a fitted classifier with its graph."""
    labels, probabilities = run(model, X, **settings)
    assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)
    assert_array_equal(labels, model.predict(X))


def agrees_in_numbers(model, X):
    """Compare a fitted regressor with its graph, in units of what it predicts."""
    (prediction,) = run(model, X)
    expected = model.predict(X)
    assert_allclose(
        prediction, expected.reshape(len(X), -1), rtol=1e-5, atol=1e-5 * np.abs(expected).max()
    )


@pytest.mark.parametrize(
    "activation", [*ACTIVATIONS, LeakyReLU(0.3), ELU(0.5), GELU(approximate=True)], ids=str
)
def test_every_activation(activation):
    agrees(FCNClassifier((16, 8), activation, **QUICK).fit(X, Y), X)


@pytest.mark.parametrize(
    "normalization",
    [*NORMALIZATIONS, LayerNormalization(epsilon=0.1), ["batch", None, "layer"]],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_normalization(normalization, dtype):
    model = FCNClassifier(
        (16, 12, 8), ["tanh", "gelu", "relu"], normalization=normalization, dtype=dtype, **QUICK
    )
    agrees(model.fit(X, Y), X)


def test_what_only_training_has_is_not_in_the_graph():
    model = FCNClassifier((16,), dropout=0.5, average=0.9, early_stopping=True, **QUICK)
    agrees(model.fit(X, Y), X)


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_loss(loss):
    y = np.array(["versicolor", "other"])[(Y != 1).astype(int)]
    try:
        model = FCNClassifier((8,), loss=loss, **QUICK).fit(X, y)
    except ValueError:  # a loss of numbers only
        model = FCNRegressor((8,), loss=loss, **QUICK).fit(X, Y + 1.0)
        agrees_in_numbers(model, X)
    else:
        agrees(model, X)
        agrees(FCNClassifier((8,), loss=loss, **QUICK).fit(X, Y), X)


@pytest.mark.parametrize(
    "y",
    [
        Y,
        Y.astype(str),
        np.array(["no", "yes"])[(Y == 1).astype(int)],
        Y == 1,
        Y.astype(np.int8) - 7,
        np.zeros(len(Y), dtype=int),
    ],
    ids=["int", "str", "two", "bool", "int8", "one class"],
)
def test_every_kind_of_label(y):
    agrees(FCNClassifier((8,), **QUICK).fit(X, y), X)


def test_several_labels_at_once():
    X, y = make_multilabel_classification(n_samples=100, n_features=5, random_state=0)
    X = X.astype(np.float32)
    agrees(FCNClassifier((8,), **QUICK).fit(X, y), X)


@pytest.mark.parametrize(
    "loss", ["squared_error", "poisson", HuberLoss(), QuantileLoss([0.1, 0.5, 0.9])], ids=str
)
def test_regressors(loss):
    X, y = load_diabetes(return_X_y=True)
    X = X.astype(np.float32)
    agrees_in_numbers(FCNRegressor((16,), loss=loss, **QUICK).fit(X, y), X)


def test_several_targets():
    y = np.column_stack([Y, X[:, 0]])
    agrees_in_numbers(FCNRegressor((16,), **QUICK).fit(X, y), X)


def test_inputs_in_float64_and_whole_numbers():
    raw, _ = load_iris(return_X_y=True)
    agrees(make_pipeline(StandardScaler(), FCNClassifier((8,), **QUICK)).fit(raw, Y), raw)
    pixels = (10 * raw).astype(np.int64)
    agrees(make_pipeline(PixelScaler(80), FCNClassifier((8,), **QUICK)).fit(pixels, Y), pixels)


def test_the_number_of_rows_is_free():
    model = FCNClassifier((8,), **QUICK).fit(X, Y)
    session = runtime.InferenceSession(skfcn.onnx.to_onnx(model, X).SerializeToString())
    name = session.get_inputs()[0].name
    for n_rows in (1, 2, 150):
        _, probabilities = session.run(None, {name: X[:n_rows]})
        assert_allclose(probabilities, model.predict_proba(X[:n_rows]), rtol=0, atol=1e-5)


def test_within_a_search():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), FCNClassifier((8,), **QUICK)),
        {"fcnclassifier__activation": ["relu", "mish"]},
        cv=2,
    )
    agrees(search.fit(X, Y), X)


def test_columns_of_a_data_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "town": np.array(["Ulm", "Bonn"])[Y % 2]})
    frame["size"] = frame["size"].astype(np.float32)
    frame["town"] = frame["town"].astype(object)
    steps = [("number", StandardScaler(), ["size"]), ("word", OneHotEncoder(), ["town"])]
    model = make_pipeline(
        ColumnTransformer(steps, sparse_threshold=0), FCNClassifier((8,), **QUICK)
    )
    agrees(model.fit(frame, Y), frame)


def test_probabilities_as_dictionaries_when_asked():
    model = FCNClassifier((8,), **QUICK).fit(X, Y)
    _, probabilities = run(model, X, options={"zipmap": True})
    assert_allclose(probabilities[0][1], model.predict_proba(X)[0, 1], rtol=0, atol=1e-5)


# --- what cannot be converted


class Square(Activation):
    def forward(self, z, out):
        np.multiply(z, z, out=out)

    def backward(self, z, out, delta):
        delta *= 2 * z


def test_an_activation_of_ones_own_is_entered(monkeypatch):
    model = FCNClassifier((8,), Square(), **QUICK).fit(X, Y)
    with pytest.raises(ValueError, match=r"Square\(\) has no ONNX converter"):
        skfcn.onnx.to_onnx(model, X)
    monkeypatch.setitem(
        skfcn.onnx.ACTIVATION_CONVERTERS, Square, lambda graph, f, z: graph("Mul", z, z)
    )
    agrees(model, X)


def test_other_components_of_ones_own_are_named():
    class MyNormalization(LayerNormalization):
        pass

    class MyLoss(HuberLoss):
        def inverse_link(self, raw):
            return 2 * raw

    assert issubclass(MyNormalization, Normalization)
    assert issubclass(MyLoss, Loss)
    model = FCNClassifier((8,), normalization=MyNormalization(), **QUICK).fit(X, Y)
    with pytest.raises(ValueError, match=r"MyNormalization\(\) has no ONNX converter"):
        skfcn.onnx.to_onnx(model, X)
    model = FCNRegressor((8,), loss=MyLoss(), **QUICK).fit(X, Y)
    with pytest.raises(ValueError, match=r"loss=MyLoss\(\) has no ONNX converter"):
        skfcn.onnx.to_onnx(model, X)


def test_old_operators_and_unfitted_models_are_refused():
    with pytest.raises(NotFittedError):
        skfcn.onnx.to_onnx(FCNClassifier(), X)
    model = FCNClassifier((8,), **QUICK).fit(X, Y)
    with pytest.raises(ValueError, match="target_opset must be at least 17, got 15"):
        skfcn.onnx.to_onnx(model, X, target_opset=15)


def test_the_guide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    guide = Path(__file__).parents[2] / "docs/guide/onnx.md"
    blocks = re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    names = {}
    for block in blocks:
        exec(block, names)
    assert_array_equal(names["labels"], names["model"].predict(names["X_test"]))
    assert_allclose(
        names["probabilities"], names["model"].predict_proba(names["X_test"]), rtol=0, atol=1e-5
    )
    assert (tmp_path / "digits.onnx").stat().st_size > 1000
    assert Square.__name__ in guide.read_text("utf-8")
