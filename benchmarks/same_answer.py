"""``python -m benchmarks.same_answer``: what other BLAS threads and another CPU change.

One fit, with one seed, is made in processes whose BLAS and NumPy are told to use another number
of threads or the instructions of an older CPU, and held against the first of them. The same
process again gives the same bits; the rest is what rounding in another order comes to.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.data import load
from skfcn import FCNClassifier

_FITS: dict[str, dict[str, Any]] = {
    "digits": {"hidden_layer_sizes": (100,), "max_iter": 50},
    "mnist": {"hidden_layer_sizes": (256, 128), "batch_size": 128, "max_iter": 2},
}
_CORES = ["SkylakeX", "Haswell", "Sandybridge", "Nehalem", "Prescott"]  # OpenBLAS's names


def main() -> None:
    """Print a table, or be one of the processes."""
    if sys.argv[1:]:
        fit(*sys.argv[1:])
        return
    print("| fit | type | process | weights | probabilities | equal predictions |")
    print("|---|---|---|---:|---:|---:|")
    for name in _FITS:
        for dtype in ("float32", "float64"):
            first = _answers(name, dtype, {})
            for what, environment in _environments().items():
                other = _answers(name, dtype, environment)
                print(f"| {name} | {dtype} | {what} | {_differences(first, other)} |", flush=True)


def _environments() -> dict[str, dict[str, str]]:
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    return {
        "the same": {},
        "2 threads": {"OPENBLAS_NUM_THREADS": "2"},
        "4 threads": {"OPENBLAS_NUM_THREADS": "4"},
        **{f"OpenBLAS for {core}": {"OPENBLAS_CORETYPE": core} for core in _CORES},
        "NumPy without newer instructions": {"NPY_DISABLE_CPU_FEATURES": " ".join(found)},
        "both, Haswell": {
            "OPENBLAS_CORETYPE": "Haswell",
            "NPY_DISABLE_CPU_FEATURES": " ".join(name for name in found if "512" in name),
        },
    }


def _answers(name: str, dtype: str, environment: dict[str, str]) -> dict[str, Any]:
    """Fit in a process of its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "answers.npz")
        subprocess.run(
            [sys.executable, "-m", "benchmarks.same_answer", name, dtype, str(path)],
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment,
            check=True,
        )
        with np.load(path) as file:
            return dict(file)


def fit(name: str, dtype: str, path: str) -> None:
    """Fit, and write what came of it into a file."""
    if name == "mnist":
        (X, y), (X_test, _) = load("mnist"), load("mnist-test")
        X, X_test = X / np.float32(255), X_test / np.float32(255)
    else:
        X, X_test, y, _ = train_test_split(*load(name), random_state=0)
    clf = FCNClassifier(dtype=dtype, random_state=0, n_iter_no_change=np.inf, **_FITS[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        clf.fit(X, y)
    np.savez(
        path,
        weights=np.concatenate([array.ravel() for array in clf.coefs_ + clf.intercepts_]),
        probabilities=clf.predict_proba(X_test),
        predictions=clf.predict(X_test),
    )


def _differences(first: dict[str, Any], other: dict[str, Any]) -> str:
    """Return the largest differences, of weights relative to the largest weight."""
    cells = []
    for what in ("weights", "probabilities"):
        a, b = first[what], other[what]
        scale = abs(a).max() if what == "weights" else 1
        cells.append("none" if (a == b).all() else f"{abs(a - b).max() / scale:.1e}")
    equal = first["predictions"] == other["predictions"]
    return " | ".join([*cells, f"{equal.sum()} of {len(equal)}"])


if __name__ == "__main__":
    main()
