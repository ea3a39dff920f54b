"""Models that earlier versions and other dependencies have saved load, predict and train on."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose

from skfcn import FCNClassifier

GOLDEN = Path(__file__).parent / "golden"
MODELS = sorted(GOLDEN.glob("*/*.joblib"))


def expected(path, what):
    with np.load(path.with_name("expected.npz"), allow_pickle=False) as arrays:
        return arrays["X"], arrays[f"{path.stem}_{what}"]


def tolerance(array):
    return {"rtol": 1e-4 if array.dtype == np.float32 else 1e-9, "atol": 1e-7}


def outputs(model, X):
    return getattr(model, "predict_proba", model.predict)(X)


def test_the_oldest_and_the_newest_dependencies_are_there():
    assert {"oldest", "newest"} <= {path.parent.name.rpartition("-")[2] for path in MODELS}
    for folder in {path.parent for path in MODELS}:
        assert len(list(folder.glob("*.joblib"))) == 7
        versions = json.loads((folder / "versions.json").read_text())
        assert folder.name.startswith(versions["skfcn"])


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_predicts_as_it_did(path):
    X, values = expected(path, "outputs")

    model = joblib.load(path)

    assert_allclose(outputs(model, X), values, **tolerance(values))
    assert len(model.history_["loss"]) == len(model.loss_curve_) >= 1


@pytest.mark.parametrize(
    "path",
    [path for path in MODELS if "lbfgs" not in path.stem and "stopping" not in path.stem],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_it_trains_on_as_it_would_have(path):
    X, y = expected(path, "y")
    _, values = expected(path, "trained_on")

    model = joblib.load(path).partial_fit(X, y)

    assert_allclose(outputs(model, X), values, **tolerance(values))


def test_a_model_of_a_later_version_says_which():
    model = FCNClassifier(3, max_iter=1, n_iter_no_change=np.inf).fit([[0.0], [1.0]], [0, 1])
    later = pickle.dumps(model).replace(b"0.1.0.dev0", b"9.1.0.dev0")

    with pytest.warns(UserWarning, match=r"saved by skfcn 9\.1\.0\.dev0 .* Use skfcn 9\.1\.0"):
        pickle.loads(later)


@pytest.mark.slow
@pytest.mark.parametrize("module", ["joblib", "pickle"])
def test_a_model_that_another_process_has_saved(tmp_path, module):
    path = tmp_path / "model"
    code = f"""
import {module}
from skfcn import FCNClassifier
model = FCNClassifier(3, max_iter=2, n_iter_no_change=float("inf"), random_state=0)
{module}.dump(model.fit([[0.0], [1.0]], ["a", "b"]), open({str(path)!r}, "wb"))
"""
    subprocess.run([sys.executable, "-c", code], check=True)

    with path.open("rb") as file:
        model = {"joblib": joblib, "pickle": pickle}[module].load(file)

    again = FCNClassifier(3, max_iter=2, n_iter_no_change=np.inf, random_state=0)
    again.fit([[0.0], [1.0]], ["a", "b"])
    assert_allclose(model.predict_proba([[0.5]]), again.predict_proba([[0.5]]), rtol=1e-12)
    assert list(model.predict([[0.0]])) == list(again.predict([[0.0]]))
