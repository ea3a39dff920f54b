"""The data that the contenders work on."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_digits
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skfcn.datasets import load_mnist_mat

TABLES = (
    "credit_g",
    "letter",
    "segment",
    "spambase",
    "splice",
    "vehicle",
    "vowel",
    "waveform5000",
)

# Columns that name a row and tell nothing of it.
_IDENTIFIERS = {"splice": {"Instance_name"}, "vowel": {"Train or Test", "Speaker Number"}}


class DataMissingError(Exception):
    """A file that a case needs is not there."""


def load(name: str) -> tuple[Any, Any]:
    """Return X and y: "digits", "mnist", "mnist-test", "zipf", a table, or "normal-N-D"."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        return X / 16, y
    if name in ("mnist", "mnist-test"):
        subset = "test" if name == "mnist-test" else "train"
        return load_mnist_mat(
            _file("mnist_all.mat"), subset=subset, shuffle=True, random_state=0, return_X_y=True
        )
    if name == "zipf":
        return _zipf(n_samples=10_000, n_features=50_000, n_nonzero=100)
    if name in TABLES:
        return _table(name)
    _, n_samples, n_features = name.split("-")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((int(n_samples), int(n_features)), dtype=np.float32)
    return X, rng.integers(10, size=int(n_samples))


def _file(name: str) -> Path:
    path = Path(os.environ.get("SKFCN_BENCHMARK_DATA", "../shared/data"), name)
    if not path.exists():
        raise DataMissingError(f"{path} not found; name its folder with --data")
    return path


def read_table(name: str) -> Any:
    """Return a data frame whose last column is the target."""
    import pandas as pd

    return pd.read_csv(_file(f"tabular/{name}.csv.gz"), skipinitialspace=True)


def load_text(part: str) -> tuple[Any, Any]:
    """Return questions and their intents, of the part "train" or "test"."""
    import pandas as pd

    table = pd.read_csv(_file(f"text/banking77_{part}.csv.gz"))
    return table["text"].to_numpy(), table["category"].to_numpy()


def _table(name: str) -> tuple[Any, Any]:
    table = read_table(name)
    identifiers = _IDENTIFIERS.get(name, set())
    preprocessing = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(sparse_output=False), make_column_selector(dtype_exclude="number")),
    )
    X = preprocessing.fit_transform(table[table.columns[:-1]].drop(columns=list(identifiers)))
    return np.ascontiguousarray(X, dtype=np.float64), table[table.columns[-1]].to_numpy()


def _zipf(n_samples: int, n_features: int, n_nonzero: int) -> tuple[Any, Any]:
    """Return word counts, in which word k comes up 1 / k as often as the first."""
    rng = np.random.default_rng(0)
    frequency = 1 / np.arange(1, n_features + 1)
    words = rng.choice(n_features, (n_samples, n_nonzero), p=frequency / frequency.sum())
    starts = np.arange(0, n_samples * n_nonzero + 1, n_nonzero)
    X = csr_matrix((rng.random(words.size), words.ravel(), starts), (n_samples, n_features))
    X.sum_duplicates()
    return X, rng.integers(10, size=n_samples)
