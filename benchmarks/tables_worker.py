"""The process of one contender: it fits on the tables that it is asked for, one at a time.

``python -m benchmarks.tables_worker CONTENDER CORES`` reads a line of JSON for each fit,
``{"set": ..., "seed": ...}``, and answers with another.
"""

import json
import os
import sys
import time
import warnings
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.data import DataMissingError
from benchmarks.memory import peak_since, release, reset_peak
from benchmarks.tables_contenders import PACKAGES, Task, make, parse
from benchmarks.tables_data import Split, load_split
from benchmarks.tables_extra_data import GENERATORS

_N_PREDICTED = 1_000
_SECONDS_OF_CALLS = 1.0  # a slow contender predicts three times, the others up to nine


def main() -> None:
    """Warm up, say so, and fit on demand."""
    contender, cores = sys.argv[1], int(sys.argv[2])
    # Some libraries print what they do, and the answers go where they print.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    warnings.simplefilter("ignore")
    try:
        warm_up(contender, cores)
    except ModuleNotFoundError as reason:
        say({"missing": str(reason)})
        return
    say({"ready": True, "version": _version(contender)})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            split = load(request["set"], request["seed"])
        except DataMissingError as reason:
            say({"no_data": str(reason)})
            continue
        try:
            say(measure(contender, split, cores, request["seed"]))
        except Exception as error:  # the others go on
            say({"failed": f"{type(error).__name__}: {error}"[:500]})


def warm_up(contender: str, cores: int) -> None:
    """Fit once on a few rows: imports and what is compiled belong to no fit."""
    import pandas as pd

    rng = np.random.default_rng(0)
    y = np.arange(100) % 2
    X = pd.DataFrame({"a": y + rng.normal(size=100), "b": rng.normal(size=100)})
    if contender.startswith("HistGradientBoosting by hand"):
        X = X.assign(id="x", joined="x", note="x", city="x", plan="x")
    model = make(contender, Task(True, tuple(X.columns[2:]), cores, 0))
    model.fit(X, y)
    model.predict_proba(X)


def load(name: str, seed: int) -> Split:
    """Return one of the sets, or a table that is made up."""
    return GENERATORS.get(name, partial(load_split, name))(seed)


def measure(contender: str, split: Split, cores: int, seed: int) -> dict[str, Any]:
    """Fit, predict and score."""
    strings = tuple(split.X_train.columns[[kind.kind in "OT" for kind in _kinds(split.X_train)]])
    model = make(contender, Task(split.is_classification, strings, cores, seed))
    release()
    before = reset_peak()
    start = time.perf_counter()
    model.fit(split.X_train, split.y_train)
    seconds = time.perf_counter() - start
    return {
        "fit_seconds": seconds,
        "peak_mb": peak_since(before),
        "X_mb": float(split.X_train.memory_usage(index=False, deep=True).sum()) / 2**20,
        "predict_seconds": _predict_seconds(model, split),
        **score(model, split),
    }


def _kinds(X: Any) -> list[np.dtype[Any]]:
    """Return what NumPy would make of each column; strings are pandas' own, or objects."""
    return [kind if isinstance(kind, np.dtype) else np.dtype(object) for kind in X.dtypes.tolist()]


def _predict_seconds(model: Any, split: Split) -> float:
    """Return the median of the times for 1,000 rows; a short test set is repeated."""
    rows = split.X_test.iloc[np.arange(_N_PREDICTED) % len(split.X_test)]
    predict = model.predict_proba if split.is_classification else model.predict
    seconds: list[float] = []
    while len(seconds) < 3 or (len(seconds) < 9 and sum(seconds) < _SECONDS_OF_CALLS):
        start = time.perf_counter()
        predict(rows)
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def score(model: Any, split: Split) -> dict[str, Any]:
    """Return what the test rows say."""
    y = split.y_test
    predicted = np.ravel(model.predict(split.X_test))
    if not split.is_classification:
        return {"nrmse": float(np.sqrt(np.mean((predicted - y) ** 2)) / np.std(y))}
    classes = np.unique(split.y_train)
    probability = model.predict_proba(split.X_test)
    scores = {
        "error": float(np.mean(predicted != y)),
        "log_loss": float(log_loss(y, probability, labels=classes)),
    }
    if len(classes) == 2:
        scores["auc"] = float(roc_auc_score(y, probability[:, 1]))
    if split.best_auc is not None:
        scores["best_auc"] = split.best_auc
    return scores


def _version(contender: str) -> str | None:
    name = parse(contender)[0]
    if name.startswith("skfcn"):
        import skfcn

        return skfcn.__version__
    try:
        return version(PACKAGES.get(name, "scikit-learn"))
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
