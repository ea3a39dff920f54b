"""What a user finds from `import skfcn` on: modules, names from elsewhere, the tabular way."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import skfcn
from skfcn import FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor
from skfcn.callbacks import Checkpoint
from skfcn.initializers import VarianceScaling
from skfcn.schedules import WarmUp

MODULES = [
    "activations",
    "callbacks",
    "datasets",
    "displays",
    "engine",
    "initializers",
    "losses",
    "normalization",
    "onnx",
    "optimizers",
    "persistence",
    "preprocessing",
    "schedules",
    "tabular",
    "training",
    "tuning",
]
X, Y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 0, 1])


def in_a_new_process(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.mark.slow
def test_every_public_module_is_there_at_once():
    code = "import skfcn\nfor name in {}: print(getattr(skfcn, name).__name__)"
    assert in_a_new_process(code.format(MODULES)) == [f"skfcn.{name}" for name in MODULES]
    assert set(MODULES) < set(in_a_new_process("import skfcn; print(*dir(skfcn))"))
    public = {path.stem for path in Path(skfcn.__path__[0]).glob("[a-z]*")} - {"py"}
    assert public == set(MODULES)


@pytest.mark.slow
def test_nothing_is_imported_that_nobody_asked_for():
    code = "import sys, skfcn; dir(skfcn); print(*sys.modules)"
    loaded = set(in_a_new_process(code))
    assert not loaded & {f"skfcn.{name}" for name in skfcn._LATE}
    assert not loaded & {"matplotlib"}


def test_what_is_not_there_is_named():
    with pytest.raises(AttributeError, match="module 'skfcn' has no attribute 'layers'"):
        _ = skfcn.layers


# ---- names that are nearly right, or those of other libraries


@pytest.mark.parametrize(
    ("parameter", "name", "meant"),
    [
        ("loss", "mse", "squared_error"),
        ("loss", "MSELoss", "squared_error"),
        ("activation", "ReLU", "relu"),
        ("activation", "sigmoid", "logistic"),
        ("activation", "leakyrelu", "leaky_relu"),
        ("solver", "Adam", "adam"),
        ("solver", "L-BFGS", "lbfgs"),
        ("solver", "momentum", "sgd"),
        ("learning_rate", "onecycle", "one_cycle"),
        ("learning_rate", "ReduceLROnPlateau", "adaptive"),
        ("learning_rate", "exponential_decay", "exponential"),
        ("init", "xavier", "glorot_uniform"),
        ("init", "kaiming_normal", "he_normal"),
        ("normalization", "BatchNorm", "batch"),
        ("normalization", "layer_normalization", "layer"),
        ("dtype", "fp32", "float32"),
        ("dtype", "double", "float64"),
        ("scoring", "acc", "accuracy"),
        ("scoring", "auc", "roc_auc"),
        ("batch_size", "Auto", "auto"),
    ],
)
@pytest.mark.parametrize("estimator", [FCNClassifier, FCNRegressor])
def test_a_name_from_elsewhere(estimator, parameter, name, meant):
    with pytest.raises(ValueError, match=rf"^The '{parameter}' parameter of .*") as caught:
        estimator(**{parameter: name}).fit(X, Y)
    assert str(caught.value).endswith(f"Got {name!r} instead. Did you mean {meant!r}?")


@pytest.mark.parametrize(
    ("model", "meant"),
    [
        (FCNClassifier(loss="cross_entropy"), "log_loss"),
        (FCNClassifier(class_weight="balance"), "balanced"),
        (FCNRegressor(loss="mae"), "absolute_error"),
        (FCNRegressor(loss="smooth_l1"), "huber"),
        (FCNRegressor(scoring="rmse"), "neg_root_mean_squared_error"),
        (FCNRegressor(scoring=["mse", "r2"]), "neg_mean_squared_error"),
        (FCNRegressor(scoring={"auc": "auc"}), "roc_auc"),
        (FCNRegressor(5, activation=["Tanh"]), "tanh"),
        (FCNRegressor(5, normalization=["bn"]), "batch"),
        (FCNRegressor(init=VarianceScaling(mode="fanin")), "fan_in"),
        (FCNRegressor(learning_rate=WarmUp("cosine_annealing")), "cosine"),
        (FCNRegressor().set_callbacks(Checkpoint("folder", on_error="warning")), "warn"),
        (TabularClassifier(loss="nll"), "log_loss"),
        (TabularRegressor(loss="pinball"), "quantile"),
        (TabularRegressor(activation="swish"), "silu"),
        (TabularRegressor(categorical_features="from dtype"), "from_dtype"),
    ],
    ids=repr,
)
def test_a_name_in_its_place(model, meant):
    with pytest.raises(ValueError, match=rf" Did you mean '{meant}'\?$"):
        model.fit(X, Y)


@pytest.mark.parametrize(
    "params", [{"loss": "hinge"}, {"solver": "??"}, {"alpha": "0.1"}], ids=str
)
def test_what_is_like_nothing_gets_no_guess(params):
    with pytest.raises(ValueError, match=r"instead\.$"):
        FCNClassifier(**params, dtype="fp32" if "alpha" in params else "auto").fit(X, Y)


# ---- text and gaps in X


# Before scikit-learn 1.8, it takes strings of pandas 3 for objects.
TEXT = "could not convert|X must hold real numbers|Input contains NaN"


@pytest.mark.parametrize(
    ("columns", "beginning", "named"),
    [
        (
            {"town": ["Ulm", "Bonn"] * 2, "size": [1.0, 2.0] * 2},
            TEXT,
            "'town' are no",
        ),
        (
            {"size": [1.0, np.nan] * 2, "b": [1, 2] * 2},
            "Input X contains NaN",
            "'size' have missing",
        ),
        (
            {"a": [None, "x"] * 2, "b": [np.nan, 1] * 2, "c": ["y", "z"] * 2},
            TEXT,
            "'a', 'c' are no numbers, and columns 'b' have missing",
        ),
        (
            {"day": np.array(["2020-01-01"] * 4, "M8[D]")},
            "X must hold real",
            "'day' are no numbers",
        ),
        (
            {name: list("wxyz") for name in "abcdefghij"},
            TEXT,
            "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 2 more are no",
        ),
    ],
    ids=["text", "gap", "both", "date", "many"],
)
@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("estimator", [FCNClassifier, FCNRegressor])
def test_columns_of_a_frame_are_named(estimator, library, columns, beginning, named):
    frames = pytest.importorskip(library)
    beginning = beginning if library == "pandas" else ""  # others see other arrays of polars
    way = estimator.__name__.replace("FCN", "Tabular")
    X = frames.DataFrame(columns)
    with pytest.raises((TypeError, ValueError), match=f"^({beginning})") as caught:
        estimator(max_iter=1).fit(X, Y)
    assert f"columns {named}" in str(caught.value)
    assert f"skfcn.{way} takes such a table as it is" in str(caught.value)
    assert f"make_tabular_pipeline({estimator.__name__}())" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([["a", 1.0], ["b", 2.0]], "columns 0 are no numbers"),
        (np.array([["1", "2"], ["3", "4"]]), "columns 0, 1 are no numbers"),
        (np.array([[1.0, np.nan], [1.0, 2.0]]), "columns 1 have missing values"),
        ([[1.0, None], [1.0, 2.0]], "columns 1 have missing values"),
    ],
    ids=["list", "strings", "NaN", "None"],
)
def test_columns_without_names_are_counted(given, named):
    fitted = FCNRegressor(2, max_iter=1, n_iter_no_change=np.inf).fit(X, Y)
    for call in (lambda: fitted.predict(given), lambda: FCNRegressor().partial_fit(given, Y[:2])):
        with pytest.raises(ValueError, match=named):
            call()


@pytest.mark.parametrize(
    "given", [[[1.0], [1.0, 2.0]], np.full((2, 2), np.inf), [[1j], [1]]], ids=str
)
def test_other_errors_are_left_alone(given):
    with pytest.raises(ValueError, match=r"inhomogeneous|infinity|Complex") as caught:
        FCNClassifier().fit(given, Y[:2])
    assert "Tabular" not in str(caught.value)
