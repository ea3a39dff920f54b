"""What the commands train on, score and label."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import type_of_target

from skfcn.datasets import load_csv, load_mnist_idx, load_mnist_mat
from skfcn.preprocessing import PixelScaler, make_table_preprocessor

TEST_FRACTION = 0.2


class Split(NamedTuple):
    """Data to train on, and data that training never sees."""

    X_train: NDArray[Any]
    y_train: NDArray[Any]
    X_test: NDArray[Any]
    y_test: NDArray[Any]
    test_part: str  # what it is, in words
    white: float | None  # the value of a white pixel; None for tables
    text_columns: list[int]


def load_split(source: str, seed: int, text_columns: Collection[int] | None = None) -> Split:
    """Load `source` and set its test part aside.

    Parameters
    ----------
    source : str
        What the user gave as ``--data``.
    seed : int
        Of the split, where the source has no test part of its own.
    text_columns : collection of int, default=None
        The columns of a table that hold text, where a model has been trained on it; they are
        found if None.

    Raises
    ------
    ValueError
        If the source is of no kind that is known, or its content is not right.
    OSError
        If it cannot be read.
    """
    if source == "digits":
        X, y = load_digits(return_X_y=True)
        return _held_out(source, X.astype(np.uint8), y, seed, white=16.0)
    path = Path(source)
    path.stat()  # a missing file is an OSError, whatever its name looks like
    if path.is_dir():
        return _own_test_part(load_mnist_idx, path)
    if path.suffix == ".mat":
        return _own_test_part(load_mnist_mat, path)
    if path.name.endswith((".csv", ".csv.gz")):
        table = load_csv(path, categorical_features=text_columns)
        if type_of_target(table.target) not in ("binary", "multiclass"):
            raise ValueError(
                f"{path}: the last column, {table.target_names[0]!r}, must hold classes, "
                f"but it looks {type_of_target(table.target)}"
            )
        found = table.categorical_features
        return _held_out(source, table.data, table.target, seed, text_columns=found)
    raise ValueError(
        f"{path}: expected digits, a .mat file, a folder of IDX files, or a .csv or .csv.gz file"
    )


def _own_test_part(load: Any, path: Path) -> Split:
    X_train, y_train = load(path, subset="train", return_X_y=True)
    X_test, y_test = load(path, subset="test", return_X_y=True)
    return Split(X_train, y_train, X_test, y_test, "the data's own test part", 255.0, [])


def _held_out(
    source: str,
    X: NDArray[Any],
    y: NDArray[Any],
    seed: int,
    white: float | None = None,
    text_columns: list[int] | None = None,
) -> Split:
    try:
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=TEST_FRACTION, stratify=y, random_state=seed
        )
    except ValueError as error:  # a class is too rare to be in both parts
        raise ValueError(f"{source}: {error}") from error
    what = f"a stratified fifth, held out with seed {seed}"
    return Split(X_train, y_train, X_test, y_test, what, white, text_columns or [])


def make_preprocessing(split: Split, divisor: float | None) -> TransformerMixin:
    """Return the step that goes before the network.

    Pixels are divided by `divisor`, by default the value of a white one.
    """
    if split.white is not None:
        return PixelScaler(divisor or split.white)
    return make_table_preprocessor(split.text_columns)


def text_columns(model: Pipeline) -> list[int]:
    """Return the columns that hold text in what a model was trained on."""
    if isinstance(model[0], PixelScaler):
        return []
    (_, _, columns) = model[0].transformers[0]
    return list(columns)
