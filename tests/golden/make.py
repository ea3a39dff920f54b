"""Write models, and what they predict, as this version and these dependencies write them.

Run as ``python tests/golden/make.py FOLDER`` once for each release, with its oldest dependencies
and with its newest. `tests/test_golden.py` loads what is in every folder here, for ever after.
"""

import json
import platform
import sys
from pathlib import Path

import joblib
import numpy as np
import scipy
import sklearn

import skfcn
from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ELU
from skfcn.optimizers import Adam
from skfcn.schedules import Cosine, WarmUp

RNG = np.random.RandomState(0)
X = RNG.normal(size=(40, 3))
WORDS = np.array(["low", "middle", "high"])[np.digitize(X[:, 0], [-0.5, 0.5])]
LABELS = (X > 0).astype(int)
NUMBERS = X @ [[1.0, 2.0], [0.0, -1.0], [0.5, 0.0]]
FEW = {"hidden_layer_sizes": (4, 3), "max_iter": 5, "n_iter_no_change": np.inf, "random_state": 0}

MODELS = {
    "three_classes": (FCNClassifier(**FEW), WORDS),
    "two_classes_float32": (FCNClassifier(dtype="float32", solver="sgd", **FEW), WORDS == "low"),
    "multilabel_early_stopping": (FCNClassifier(early_stopping=True, **FEW), LABELS),
    "two_outputs": (FCNRegressor(solver="rmsprop", loss="huber", **FEW), NUMBERS),
    "lbfgs": (FCNRegressor(4, solver="lbfgs", alpha=1.0, random_state=0, tol=1e-2), NUMBERS[:, 0]),
    "normalized_dropout_average": (
        FCNClassifier(normalization="batch", dropout=0.1, average=0.9, **FEW),
        WORDS,
    ),
    "objects": (
        FCNClassifier(
            activation=[ELU(alpha=0.5), "gelu"],
            solver=Adam(beta_1=0.8),
            learning_rate=WarmUp(Cosine()),
            class_weight={"low": 2.0, "middle": 1.0, "high": 1.0},
            loss="focal",
            **FEW,
        ),
        WORDS,
    ),
}


def outputs(model):
    """What a model predicts, as numbers."""
    method = getattr(model, "predict_proba", model.predict)
    return method(X)


def main(folder):
    """Fit, save, and note what the models predict now and after one more epoch."""
    folder.mkdir(exist_ok=True)
    expected = {"X": X}
    for name, (model, y) in MODELS.items():
        joblib.dump(model.fit(X, y), folder / f"{name}.joblib")
        expected[f"{name}_y"] = y
        expected[f"{name}_outputs"] = outputs(model)
        if hasattr(model, "partial_fit"):
            expected[f"{name}_trained_on"] = outputs(model.partial_fit(X, y))
    np.savez_compressed(folder / "expected.npz", **expected)
    modules = (skfcn, np, scipy, sklearn, joblib)
    versions = {module.__name__: module.__version__ for module in modules}
    versions["python"] = platform.python_version()
    (folder / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
