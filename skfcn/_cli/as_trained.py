"""A table as the training of a model read it, or an error that says what does not fit."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skfcn._cli.data import Columns, Rows, content_of, name_of
from skfcn._cli.table import check_there, compact, likely_target
from skfcn._cli.target import targets_of
from skfcn._files import Table, meaning_of, read_table


def load_as_trained(source: str, columns: Columns, has_target: bool) -> Rows:
    """Read a table by the names of the columns that a model was trained on."""
    assert columns.features is not None
    name, features, target = name_of(source), list(columns.features), columns.target
    header = columns.header if columns.n_unnamed is None else False
    table = read_table(content_of(source), name, header, features)
    frame = _with_absent(table, features)
    n_unnamed = columns.n_unnamed or 0
    if table.absent is None and frame.shape[1] + 1 == n_unnamed:  # the target is not there
        places = [str(n + 1) for n in range(n_unnamed) if str(n + 1) != target]
        frame = frame.set_axis(places, axis="columns")
    for title in [*features, target] if has_target else features:
        check_there(name, title, list(frame.columns))
    return _rows(name, table, frame, columns, target if has_target else None)


def load_by_place(
    source: str, columns: Columns, has_target: bool, n_features: int, classes: Sequence[Any]
) -> Rows:
    """Read a table for a model that knows no names: all columns but the target, in their order."""
    name, target = name_of(source), columns.target
    table = read_table(content_of(source), name, columns.header)
    titles = list(table.frame.columns)
    if target is not None:
        check_there(name, target, titles)
    elif has_target or len(titles) == n_features + 1:
        check_features(source, len(titles) - 1, n_features)
        target = likely_target(titles) or _of_classes(name, table.frame, classes, has_target)
    features = [title for title in titles if title != target]
    check_features(source, len(features), n_features)
    kept = columns._replace(features=features)
    rows = _rows(name, table, table.frame, kept, target if has_target else None)
    if target is not None and columns.target is None:
        rows = rows._replace(said=[*rows.said, f"the column {target!r} holds labels"])
    return rows._replace(columns=columns._replace(target=target))


def _rows(name: str, table: Table, frame: Any, columns: Columns, target: str | None) -> Rows:
    n_rows, y = len(frame), None
    if target is not None:
        frame, y, _ = targets_of(frame, target, name)
        if not len(frame):
            raise ValueError(f"{name}: the target {target!r} is missing in all rows")
    X, _, assumed = meaning_of(frame[list(columns.features or [])], columns.kinds, name)
    said = [*table.said, *assumed]
    return Rows(X, compact(y), columns, said, n_without_target=n_rows - len(frame))


def _of_classes(name: str, frame: Any, classes: Sequence[Any], has_target: bool) -> str:
    """Return the first or the last column, the one that holds nothing but classes."""
    known = {str(label) for label in classes}
    ends = dict.fromkeys([frame.columns[0], frame.columns[-1]])
    fit = [title for title in ends if set(map(str, frame[title].dropna().unique())) <= known]
    fit = [title for title in fit if frame[title].nunique() > 1] or fit
    if len(fit) == 1 or not known:
        return fit[0] if fit else str(frame.columns[-1])
    if not fit:
        raise ValueError(
            f"{name}: neither the first nor the last column has labels that the model knows: "
            f"{', '.join(sorted(known)[:10])}"
        )
    what = "say --target " if has_target else "leave the labels out, the column "
    raise ValueError(f"{name}: two columns look like labels; {what}{' or '.join(fit)}")


def _with_absent(table: Table, features: Sequence[str]) -> Any:
    """Return the frame with columns of zeros that a sparse table leaves out."""
    if table.absent is None:
        return table.frame
    absent = {title: table.absent for title in features if title not in table.frame.columns}
    return table.frame.assign(**absent)


def check_features(source: str, n_features: int, expected: int) -> None:
    """Raise ValueError if a model takes another number of features."""
    if n_features != expected:
        raise ValueError(f"{source}: has {n_features} features, the model takes {expected}")


def as_numbers(source: str, X: Any, white: float | None) -> Any:
    """Return the columns of a table as an array; ValueError names what is no number, or no pixel.

    Pixels are from 0 to white.
    """
    for title in X:
        if X[title].dtype.kind not in "iuf":
            got = next(value for value in X[title] if value is not None)
            raise ValueError(f"{source}: expected numbers in the column {title!r}, got {got!r}")
    if white is not None:
        for title in X:
            wrong = X[title][(X[title] < 0) | (X[title] > white) | X[title].isna()]
            if len(wrong):
                raise ValueError(
                    f"{source}: row {wrong.index[0]}: {title!r} is {wrong.iloc[0]:g}; the model "
                    f"was trained on pixels from 0 to {white:g}"
                )
    return X.to_numpy(np.float64)
