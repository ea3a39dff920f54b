"""``python -m benchmarks.precision``: what float32 costs in accuracy, and what it saves in time.

Every set is split five times; both types learn the same training part with the same seed, in
turn, and are scored on the same test part. X is float64, so float32 also pays for the casts.
"""

import sys
import time
import warnings
from statistics import median
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.data import TABLES, load
from skfcn import FCNClassifier

_N_SPLITS = 5
_MNIST = {"hidden_layer_sizes": (256, 128), "max_iter": 5, "n_iter_no_change": 5}


def main() -> None:
    """Print a table."""
    print("| set | float64 | float32 | difference | time float64 / float32 |")
    print("|---|---:|---:|---:|---:|")
    for name in (*TABLES, "digits", "mnist"):
        X, y = load(name)
        X = X.astype(np.float64) / (255 if name == "mnist" else 1)
        parameters: dict[str, Any] = _MNIST if name == "mnist" else {}
        scores: dict[str, list[float]] = {"float64": [], "float32": []}
        seconds: dict[str, list[float]] = {"float64": [], "float32": []}
        for seed in range(_N_SPLITS):
            X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed)
            for dtype in scores:
                estimator = FCNClassifier(dtype=dtype, random_state=seed, **parameters)
                start = time.perf_counter()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # not converged, in either type
                    estimator.fit(X_train, y_train)
                seconds[dtype].append(time.perf_counter() - start)
                scores[dtype].append(estimator.score(X_test, y_test))
        differences = np.subtract(scores["float32"], scores["float64"])
        ratio = median(a / b for a, b in zip(seconds["float64"], seconds["float32"], strict=True))
        print(
            f"| {name} | {np.mean(scores['float64']):.4f} | {np.mean(scores['float32']):.4f} "
            f"| {differences.mean():+.4f} ± {differences.std():.4f} | {ratio:.2f} |"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
