"""Safe files: skops keeps a fitted estimator, and asks to trust nothing but this package."""

import numpy as np
import pytest
import skops.io
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import LeakyReLU
from skfcn.losses import QuantileLoss
from skfcn.optimizers import AdamW

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

    data = skops.io.dumps(fitted)
    untrusted = skops.io.get_untrusted_types(data=data)
    loaded = skops.io.loads(data, trusted=untrusted)

    assert all(name.startswith("skfcn.") for name in untrusted)
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))


def test_training_goes_on_as_it_would_have():
    fitted = FCNClassifier(dropout=0.2, **QUICK).fit(X, Y)
    data = skops.io.dumps(fitted)
    loaded = skops.io.loads(data, trusted=skops.io.get_untrusted_types(data=data))

    np.testing.assert_array_equal(
        loaded.partial_fit(X, Y).predict_proba(X), fitted.partial_fit(X, Y).predict_proba(X)
    )
