"""Jobs that are not one fit: a search, predictions, an import."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import scipy.sparse

from benchmarks.contenders import FLOORS, Fit, Job, skfcn
from benchmarks.data import load


def beside_torch(fit: Fit) -> Job:
    """FCNClassifier in a process that has PyTorch, and so a third pool of threads."""
    import torch

    torch.ones(512, 512) @ torch.ones(512, 512)  # starts its threads
    return skfcn(fit)


def _estimator(contender: str, kind: str = "Classifier") -> Any:
    ours = contender == "skfcn"
    package, stem = ("skfcn", "FCN") if ours else ("sklearn.neural_network", "MLP")
    return getattr(import_module(package), f"{stem}{kind}")


def grid_search(contender: str) -> Job:
    """A search over 12 candidates in two processes."""
    from sklearn.model_selection import GridSearchCV

    X, y = load("digits")
    grid = {
        "hidden_layer_sizes": [(50,), (100,)],
        "alpha": [1e-5, 1e-3, 1e-1],
        "learning_rate_init": [1e-3, 3e-3],
    }

    def job() -> dict[str, Any]:
        estimator = _estimator(contender)(random_state=0)
        search = GridSearchCV(estimator, grid, cv=5, n_jobs=2).fit(X, y)
        return {"score": float(search.best_score_)}

    return job


def _fitted(contender: str, data: str, dtype: str, hidden: tuple[int, ...]) -> tuple[Any, Any]:
    X, y = load(data)
    X = (X / X.max()).astype(dtype)
    estimator = _estimator(contender)(hidden, max_iter=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two epochs are not meant to converge
        return estimator.fit(X[:2000], y[:2000]), X


def predict_one(contender: str) -> Job:
    """A thousand times the probabilities of one row, as a server computes them."""
    estimator, X = _fitted(contender, "digits", "float64", (100,))
    row = X[:1]

    def job() -> None:
        for _ in range(1000):
            estimator.predict_proba(row)

    return job


def predict_many(contender: str) -> Job:
    """Twenty times the classes of 10,000 images."""
    estimator, X = _fitted(contender, "mnist-test", "float32", (256, 128))

    def job() -> None:
        for _ in range(20):
            estimator.predict(X)

    return job


def predict_products(floor: str) -> Job:
    """Twenty times the products of those predictions, through NumPy's or SciPy's BLAS."""
    X, _ = load("mnist-test")
    rng = np.random.default_rng(0)
    A = [(rng.random((len(X), n)) - 0.5).astype("float32") for n in (784, 256, 128)]
    W = [
        (rng.random((n_in, n_out)) - 0.5).astype("float32")
        for n_in, n_out in ((784, 256), (256, 128), (128, 10))
    ]
    out = [np.empty((len(X), w.shape[1]), dtype="float32") for w in W]
    product = _numpy_product if floor == FLOORS[0] else _scipy_product()

    def job() -> None:
        for _ in range(20):
            for a, w, c in zip(A, W, out, strict=True):
                product(a, w, c)

    return job


def _numpy_product(a: Any, b: Any, out: Any) -> None:
    np.matmul(a, b, out=out)


def _scipy_product() -> Callable[[Any, Any, Any], None]:
    from scipy.linalg.blas import sgemm

    def product(a: Any, b: Any, out: Any) -> None:
        sgemm(1.0, b.T, a.T, c=out.T, overwrite_c=1)

    return product


def partial_fit_one(contender: str, kind: str, n_before: int) -> Job:
    """Five hundred pieces of one row, after so many others."""
    X, y = np.random.default_rng(0).normal(size=(1, 20)), np.ones(1, dtype=int)
    more = {"classes": [0, 1]} if kind == "Classifier" else {}
    estimator = _estimator(contender, kind)(random_state=0)
    for _ in range(1 + n_before):
        estimator.partial_fit(X, y, **more)

    def job() -> None:
        for _ in range(500):
            estimator.partial_fit(X, y, **more)

    return job


def predict_form(contender: str, form: str, shape: tuple[int, int], n_times: int) -> Job:
    """Several times the classes of rows in Fortran's order, or of a sparse matrix."""
    rng = np.random.default_rng(0)
    X: Any = scipy.sparse.random(*shape, 0.01 if form != "fortran" else 1, "csr", rng=rng)
    y = np.arange(shape[0]) % 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = _estimator(contender)(max_iter=1, random_state=0).fit(X, y)
    X = np.asfortranarray(X.toarray()) if form == "fortran" else X.asformat(form)

    def job() -> None:
        for _ in range(n_times):
            estimator.predict(X)

    return job


def import_time() -> Job:
    """What ``import skfcn`` adds, in a fresh interpreter, to the import that it replaces."""
    code = (
        "import time, sys, sklearn.neural_network\n"
        "start = time.perf_counter()\n"
        "import skfcn\n"
        "print(time.perf_counter() - start)\n"
        "assert 'matplotlib' not in sys.modules"
    )

    def job() -> dict[str, Any]:
        run = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        return {"seconds": float(run.stdout)}

    return job
