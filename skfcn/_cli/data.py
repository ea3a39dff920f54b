"""What the commands train on, score and label."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.utils.multiclass import type_of_target

from skfcn._cli.table import Columns, Rows, is_table, load_table
from skfcn.datasets import load_mnist_idx, load_mnist_mat

CLASSIFICATION, REGRESSION = "classification", "regression"
_TEST_FRACTION = 0.2


def load_rows(source: str, task: str, columns: Columns) -> Rows:
    """Load what the user gave as ``--data``; raise ValueError or OSError if it is not right."""
    if not is_table(source):
        rows = _load_images(source, Path(source))
        if task == REGRESSION:
            raise ValueError(f"{source}: holds images of classes; regression needs a table")
        return rows
    rows = load_table(source, columns)
    what = f"{source}: the target {rows.columns.target!r} must hold"
    if task == REGRESSION and rows.y.dtype.kind not in "if":
        raise ValueError(f"{what} numbers for regression")
    if task == CLASSIFICATION and (kind := type_of_target(rows.y)) not in ("binary", "multiclass"):
        raise ValueError(
            f"{what} classes, but it looks {kind}; for quantities there is --task regression, "
            "for another column --target"
        )
    return rows


def _load_images(source: str, path: Path) -> Rows:
    if source == "digits":
        X, y = load_digits(return_X_y=True)
        return Rows(X.astype(np.uint8), y, white=16.0)
    path.stat()  # a missing file is an OSError, whatever its name looks like
    if not path.is_dir() and path.suffix != ".mat":
        raise ValueError(
            f"{path}: expected digits, a .mat file, a folder of IDX files, a .csv or .csv.gz "
            "file, or - for a table from stdin"
        )
    load: Callable[..., Any] = load_mnist_idx if path.is_dir() else load_mnist_mat
    X, y = load(path, subset="train", return_X_y=True)
    X_test, y_test = load(path, subset="test", return_X_y=True)
    return Rows(X, y, white=255.0, X_test=X_test, y_test=y_test)


def with_test_part(source: str, rows: Rows, task: str, seed: int) -> Rows:
    """Set a test part aside: the data's own one or, where they have none, a fifth."""
    if rows.X_test is not None:
        return rows
    kind, stratify = ("stratified", rows.y) if task == CLASSIFICATION else ("random", None)
    try:
        X, X_test, y, y_test = train_test_split(
            rows.X, rows.y, test_size=_TEST_FRACTION, stratify=stratify, random_state=seed
        )
    except ValueError as error:  # a class is too rare to be in both parts
        hint = "; for quantities there is --task regression" if rows.y.dtype.kind == "i" else ""
        raise ValueError(f"{source}: {error}{hint}") from error
    test_part = f"a {kind} fifth, held out with seed {seed}"
    return rows._replace(X=X, y=y, X_test=X_test, y_test=y_test, test_part=test_part)
