"""Safe files: skops keeps a fitted estimator, and asks to trust nothing but this package."""

import re
from importlib import import_module

import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skops.card import Card

from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ACTIVATIONS, LeakyReLU
from skfcn.initializers import INITIALIZERS
from skfcn.losses import LOSSES, QuantileLoss
from skfcn.normalization import NORMALIZATIONS
from skfcn.optimizers import OPTIMIZERS, AdamW
from skfcn.schedules import SCHEDULES

X, Y = load_iris(return_X_y=True)
QUICK = {"max_iter": 3, "n_iter_no_change": np.inf, "random_state": 0}


@pytest.mark.parametrize(
    "estimator",
    [
        FCNClassifier(**QUICK),
        FCNClassifier(solver="lbfgs", tol=1.0),
        FCNClassifier(
            (8, 6),
            ["gelu", LeakyReLU()],
            solver=AdamW(),
            normalization=["batch", "layer"],
            dropout=0.1,
            average=0.9,
            early_stopping=True,
            learning_rate="cosine",
            **QUICK,
        ),
        FCNRegressor(loss=QuantileLoss([0.1, 0.9]), dtype="float32", **QUICK),
        make_pipeline(StandardScaler(), FCNClassifier(**QUICK)),
    ],
    ids=["default", "lbfgs", "much of it", "regressor", "pipeline"],
)
def test_a_round_trip(estimator):
    fitted = estimator.fit(X, Y)
    loaded = round_trip(fitted)
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))


def round_trip(fitted):
    """Dump and load, trusting what has a public name in this package, and nothing else."""
    data = skops.io.dumps(fitted)
    untrusted = skops.io.get_untrusted_types(data=data)
    assert untrusted
    for name in untrusted:
        first, *parts = name.split(".")
        assert first == "skfcn", name
        assert not [part for part in parts if part.startswith("_")], name
        # It is where the name says, and not only there by accident of an import.
        module, _, attribute = name.rpartition(".")
        assert getattr(import_module(module), attribute).__module__ == module
    return skops.io.loads(data, trusted=untrusted)


CLASSIFICATION = ["log_loss", "squared_error", "focal"]
REGRESSION = [name for name in LOSSES if name not in ("log_loss", "focal")]
MULTILABEL = np.eye(3, dtype=int)[Y] | np.eye(3, dtype=int)[::-1][Y]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        *[(FCNClassifier(activation=name), Y) for name in ACTIVATIONS],
        *[(FCNClassifier(init=name), Y) for name in INITIALIZERS],
        *[(FCNClassifier(solver=name), Y) for name in OPTIMIZERS],
        *[(FCNClassifier(solver="sgd", learning_rate=name), Y) for name in SCHEDULES],
        *[(FCNClassifier(normalization=name), Y) for name in NORMALIZATIONS],
        *[(FCNClassifier(loss=name), Y) for name in CLASSIFICATION],
        *[(FCNRegressor(loss=name), Y + 1.0) for name in REGRESSION],
        (FCNRegressor(), np.column_stack([Y, -Y])),
        (FCNRegressor(solver="lbfgs", tol=1.0), Y),
        (FCNClassifier(), MULTILABEL),
        (FCNClassifier(), Y > 0),
        (FCNClassifier(), np.array(["a", "b", "c"])[Y]),
        (FCNClassifier(class_weight="balanced"), Y),
        (FCNClassifier(class_weight={0: 1.0, 1: 2.0, 2: 3.0}), Y),
        (FCNClassifier(early_stopping=True, n_iter_no_change=1), Y),
        (FCNClassifier(average=0.9, dropout=[0.0, 0.1, 0.2], hidden_layer_sizes=(4, 4)), Y),
        (FCNClassifier(random_state=np.random.RandomState(0)), Y),
    ],
    ids=lambda value: "" if isinstance(value, np.ndarray) else str(value).split(" at 0x")[0],
)
def test_every_component(estimator, y):
    estimator = clone(estimator).set_params(max_iter=2)
    if estimator.random_state is None:
        estimator.set_params(random_state=0)
    fitted = estimator.fit(X, y)
    loaded = round_trip(fitted)
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    params, has_partial_fit = estimator.get_params(), hasattr(estimator, "partial_fit")
    if has_partial_fit and not (params.get("class_weight") or params["early_stopping"]):
        again = round_trip(fitted.partial_fit(X, y))
        np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
        np.testing.assert_array_equal(
            again.partial_fit(X, y).coefs_[0], fitted.partial_fit(X, y).coefs_[0]
        )


@pytest.mark.parametrize("step", ["", "fcnclassifier__"])
def test_a_model_card_of_a_safe_file(step, tmp_path):
    """It has parameters, those of components included, and the drawing of the layers."""
    network = FCNClassifier((7,), LeakyReLU(slope=0.3), **QUICK)
    model = make_pipeline(StandardScaler(), network) if step else network
    path = tmp_path / "model.skops"
    skops.io.dump(model.fit(X, Y), path)

    card = Card(path, model_format="skops", trusted=skops.io.get_untrusted_types(file=path))
    card.add_metrics(accuracy=0.5)
    card.save(tmp_path / "README.md")

    text = (tmp_path / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| *(\S+) *\| *(.+?) *\|$", text, re.MULTILINE))
    assert rows[f"{step}hidden_layer_sizes"] == "(7,)"
    assert rows[f"{step}activation__slope"] == "0.3"
    assert rows["accuracy"] == "0.5"
    assert "4 units, input; 7 units, LeakyReLU(slope=0.3); 3 units, softmax. 59 param" in text


def test_training_goes_on_as_it_would_have():
    fitted = FCNClassifier(dropout=0.2, **QUICK).fit(X, Y)
    loaded = round_trip(fitted)
    np.testing.assert_array_equal(
        loaded.partial_fit(X, Y).predict_proba(X), fitted.partial_fit(X, Y).predict_proba(X)
    )
