"""The tables that estimators are compared on, split into rows to learn from and rows to test."""

import os
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.data import TABLES, read_table

CLASSIFICATION = TABLES
REGRESSION = ("cal_housing", "kin8nm", "abalone", "cpu_act")
SETS = (*CLASSIFICATION, *REGRESSION)

TRAINING_PARTS = "SKFCN_BENCHMARK_TRAINING_PARTS"

_MOST_ROWS = 6_000  # to learn from


class Split(NamedTuple):
    """A table, split.

    Attributes
    ----------
    X_train, X_test : DataFrame
        The columns, as pandas reads them.
    y_train, y_test : ndarray
        Labels as whole numbers from 0 on, or numbers.
    is_classification : bool
        Which of the two they are.
    best_auc : float, default=None
        The area under the curve of the true probabilities, where they are known.
    """

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any
    is_classification: bool = True
    best_auc: float | None = None


def load_split(name: str, seed: int) -> Split:
    """Return one of the sets: 30 % of its rows are to test, at most 6,000 to learn from.

    Where the environment says `TRAINING_PARTS`, the rows to learn from of seed 0 are split again,
    by `seed`, and those to test are never read: recipes are compared on these splits.
    """
    table = read_table(name)
    X, y = table[table.columns[:-1]], table[table.columns[-1]].to_numpy()
    is_classification = name in CLASSIFICATION
    if is_classification:  # how labels are written is no part of the comparison
        y = np.unique(y.astype(object), return_inverse=True)[1]

    def split(X: Any, y: Any, part: float, seed: int) -> tuple[Any, Any, Any, Any]:
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=part, random_state=seed, stratify=y if is_classification else None
        )
        return X_train[:_MOST_ROWS], X_test, y_train[:_MOST_ROWS], y_test

    if os.environ.get(TRAINING_PARTS):
        X, _, y, _ = split(X, y, 0.3, 0)
        X_train, X_test, y_train, y_test = split(X, y, 0.25, 100 + seed)
    else:
        X_train, X_test, y_train, y_test = split(X, y, 0.3, seed)
    X_train, X_test = X_train.reset_index(drop=True), X_test.reset_index(drop=True)
    return Split(X_train, X_test, y_train, y_test, is_classification)
