"""What the commands train on and score: a source is images or a table, told by its content."""

import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

CLASSIFICATION, REGRESSION = "classification", "regression"
STDIN = "-"


class Columns(NamedTuple):
    """What the columns of a table are."""

    target: str | None = None  # its name; None to choose it
    features: Sequence[str] | None = None  # their names; None for all others
    kinds: Mapping[str, str] = {}  # of the features; what is not there is seen
    drop: Sequence[str] = ()  # what is no feature
    header: bool | None = None  # whether the file names them; None to see
    n_unnamed: int | None = None  # how many the file had that training read, without a header


class Rows(NamedTuple):
    """Features and targets, of a table or of images."""

    X: Any  # a data frame, or an array of pixels
    y: Any  # integers, other numbers, or text; None if no target was asked for
    columns: Columns = Columns()  # of a table
    said: Sequence[str] = ()  # what was assumed
    left_out: Mapping[str, str] = {}  # columns of a table, and why
    n_without_target: int = 0  # rows that are not there
    task: str = CLASSIFICATION
    white: float | None = None  # the value of a white pixel; None for tables
    shape: tuple[int, int] | None = None  # of an image
    X_test: Any = None  # the part to test on, if one is set aside, and in words which it is
    y_test: Any = None
    test_part: str = "the data's own test part"

    @property
    def fingerprint(self) -> str:
        """A digest of the values, by which the same data are known again."""
        digest = sha256()
        columns = [self.X] if self.white else [self.X[name].to_numpy() for name in self.X]
        for array in (*columns, self.y):
            is_plain = array.dtype.kind in "iufmM"
            digest.update(array.tobytes() if is_plain else repr(array.tolist()).encode())
        return digest.hexdigest()


def with_test_part(rows: Rows, seed: int) -> Rows:
    """Set a test part aside: the data's own one or, where they have none, a fifth.

    It is stratified by class, unless there are too many. A class of one row is trained on.
    """
    if rows.X_test is not None:
        return rows
    how = {"test_size": 0.2, "random_state": seed}
    order, kind = np.arange(len(rows.y)), "random"
    if len(order) < 2:
        raise ValueError("there is one row; training needs two at least, and rather a hundred")
    single = order[:0]
    if rows.task == CLASSIFICATION:
        _, classes, counts = np.unique(rows.y, return_inverse=True, return_counts=True)
        is_single = counts[classes] == 1
        n_classes, n_split = (counts > 1).sum(), (~is_single).sum()
        if n_classes and -(-n_split // 5) >= n_classes:
            kind, how["stratify"] = "stratified", classes[~is_single]
            order, single = order[~is_single], order[is_single]
    train, test = train_test_split(order, **how)
    train = np.concatenate([train, single])
    X, X_test = (_taken(rows.X, part) for part in (train, test))
    test_part = f"a {kind} fifth, held out with seed {seed}"
    return rows._replace(
        X=X, y=rows.y[train], X_test=X_test, y_test=rows.y[test], test_part=test_part
    )


def joined(parts: Sequence[Any]) -> Any:
    """Return the rows of frames, or of arrays, one after another."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    from skfcn._files import pandas

    return pandas().concat(parts, ignore_index=True)


def _taken(X: Any, rows: Any) -> Any:
    return X[rows] if isinstance(X, np.ndarray) else X.iloc[rows]


def name_of(source: str) -> str:
    """Return what errors call a source."""
    return "<stdin>" if source == STDIN else source


def content_of(source: str) -> bytes:
    """Return what is in a file, or comes from stdin; OSError if it cannot be read."""
    return sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
