"""Fits of every kind, and what they answer as one hash each.

``python answers.py WAY …`` runs them all in each of these ways, with processes or threads, and
prints the answers as JSON. (What it warns of is that few epochs were enough.)
"""

import hashlib
import json
import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from io import StringIO
from tempfile import TemporaryDirectory

import numpy as np
from joblib import Parallel, delayed, parallel_config
from scipy import sparse
from sklearn.utils import check_random_state

from skfcn import FCNClassifier, FCNRegressor
from skfcn.callbacks import Checkpoint, StepLog, Target, TimeLimit
from skfcn.optimizers import LBFGS, OPTIMIZERS

N_ROWS = 120


def noisy(X, y, rng):
    return X + rng.normal(scale=0.01, size=X.shape).astype(X.dtype), y


def data(kind, dtype):
    """Return X and labels; of "regression", and else of three classes with names."""
    rng = np.random.RandomState(0)
    X = rng.normal(size=(N_ROWS, 12)).astype(dtype)
    if kind == "sparse":
        X = sparse.csr_matrix(X * (X > 0.5))
    if kind == "regression":
        return X, X[:, :2] ** 2 + rng.normal(scale=0.1, size=(N_ROWS, 2))
    return X, np.array(["red", "green", "blue"])[rng.randint(3, size=N_ROWS)]


EXTRAS = [
    {"early_stopping": True, "l1_ratio": 0.5, "alpha": 0.01},
    {"dropout": 0.2, "average": 0.9},
    {"normalization": "batch", "augmentation": noisy, "kind": "regression"},
    {"kind": "sparse", "dtype": "float32", "class_weight": "balanced"},
    {"dtype": "float32", "early_stopping": True, "dropout": [0.1, 0.2, 0], "max_grad_norm": 1.0},
    {"kind": "regression", "scoring": ["r2", "neg_mean_absolute_error"], "early_stopping": True},
    {"kind": "sparse", "dropout": [0.1, 0.2, 0.1], "learning_rate": "adaptive"},
    {"normalization": "layer", "scoring": {"acc": "accuracy", "f1": "f1_macro"}},
]
# Every solver with something else beside it, and no solver alone.
CASES = {
    f"{solver}-{i}": {"solver": solver} | EXTRAS[i % len(EXTRAS)]
    for i, solver in enumerate([*OPTIMIZERS, *OPTIMIZERS])
}
CASES |= {
    "lbfgs": {"solver": "lbfgs", "alpha": 0.01, "l1_ratio": 0.5},
    "lbfgs-float32": {"solver": LBFGS(max_fun=30), "dtype": "float32", "kind": "sparse"},
    "RandomState": {"random_state": np.random.RandomState(5), "dropout": 0.2},
}
# Its products are large enough for more than one BLAS thread, whose number then matters.
WIDE = {"hidden_layer_sizes": (4000, 110), "batch_size": N_ROWS, "max_iter": 2}


def estimator(name, **more):
    params = {"hidden_layer_sizes": (9, 7), "max_iter": 6, "batch_size": 50, "random_state": 0}
    params |= WIDE if name == "wide" else CASES[name]
    params |= {"n_iter_no_change": 3} | more
    kind = params.pop("kind", "")
    X, y = data(kind, params.get("dtype", "float64"))
    if isinstance(params["random_state"], np.random.RandomState):
        params["random_state"] = np.random.RandomState(5)  # each fit of it would draw on
    Estimator = FCNRegressor if kind == "regression" else FCNClassifier
    return Estimator(**params), X, y


def digest(fitted, X):
    """Return a hash of all bits that a fit leaves behind, and of its predictions."""
    state = fitted._fitted.state
    records = {name: column for name, column in state.records.items() if name != "seconds"}
    parts = [
        fitted._parameters.vector.tobytes(),
        *(np.asarray(value).tobytes() for value in state.moments.values()),
        repr((state.loss_curve, state.validation_scores, records)).encode(),
        state.rng.get_state()[1].tobytes(),
        fitted.predict(X).tobytes(),
        fitted.transform(X).tobytes(),
    ]
    if hasattr(fitted, "predict_proba"):
        parts.append(fitted.predict_proba(X).tobytes())
    return hashlib.sha256(b"|".join(parts)).hexdigest()[:16]


def answer(name, callbacks=(), **more):
    fitted, X, y = estimator(name, **more)
    if callbacks:
        fitted.set_callbacks(*callbacks)
    return digest(fitted.fit(X, y), X)


def watched():
    """Return the answers of fits with callbacks that look at everything and end nothing."""
    with TemporaryDirectory() as folder:
        watchers = StepLog(1), TimeLimit(1000), Target(-1e9, "loss"), Checkpoint(f"{folder}/model")
        return {name: answer(name, watchers) for name in CASES}


def verbose():
    with redirect_stdout(StringIO()) as printed:
        answers = {name: answer(name, verbose=True) for name in CASES if "lbfgs" not in name}
    assert printed.getvalue().startswith("Iteration 1, loss = ")
    return answers


def after_other_work():
    """Return the answers where the process has done other things before each fit."""
    answers, other = {}, FCNClassifier((50,), max_iter=1, n_iter_no_change=np.inf, dropout=0.5)
    X, y = data("", "float32")
    for i, name in enumerate(CASES):
        check_random_state(None).seed(i)  # NumPy's global one
        with np.errstate(all="ignore"):
            other.fit(X[: 100 + i], y[: 100 + i])
        kept = np.full((i + 1) * 1000, np.nan)  # what is allocated next lies elsewhere
        answers[name] = answer(name)
        del kept
    return answers


def in_pool(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return dict(zip(CASES, pool.map(answer, CASES), strict=True))


def in_joblib(backend):
    with parallel_config(backend, n_jobs=2):
        return dict(zip(CASES, Parallel()(delayed(answer)(name) for name in CASES), strict=True))


def in_eight_threads():
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(CASES, pool.map(answer, CASES), strict=True))


WAYS = {
    "serial": lambda: {name: answer(name) for name in CASES},
    "watched": watched,
    "verbose": verbose,
    "after other work": after_other_work,
    "wide": lambda: {"wide": answer("wide")},
    "threads": in_eight_threads,
    **{method: (lambda m=method: in_pool(m)) for method in ("fork", "spawn", "forkserver")},
    **{name: (lambda n=name: in_joblib(n)) for name in ("loky", "threading", "multiprocessing")},
}

if __name__ == "__main__":
    json.dump({way: WAYS[way]() for way in sys.argv[1:]}, sys.stdout)
