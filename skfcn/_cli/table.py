"""A table as the commands see it: which column is the target, and which others are learned."""

import warnings
from collections.abc import Sequence
from reprlib import repr as short
from typing import Any

import numpy as np

from skfcn._cli.data import Columns, Rows, content_of, name_of
from skfcn._cli.output import some, suggestion
from skfcn._cli.target import check_target, targets_of
from skfcn._files import Table, meaning_of, read_table
from skfcn.tabular import TableEncoder

TARGETS = ("target", "class", "label", "y")  # names that say it, of several the first

_REASONS = {
    "identifier": "nearly every row has a value of its own",
    "constant": "never varies",
}


def load_to_train(source: str, columns: Columns, task: str | None) -> Rows:
    """Choose target and features of a table; raise ValueError with what to do if it is not fit."""
    name = name_of(source)
    table = read_table(content_of(source), name, columns.header)
    titles = list(table.frame.columns)
    for title in columns.drop:
        _check_there(name, title, titles)
    target, how = _choose_target(name, columns, titles)
    if len(titles) < 2:
        raise ValueError(
            f"{name}: there is no column but the target {target!r}; has it another separator?"
        )
    frame, y, of_target = targets_of(table.frame, target, name)
    n_without = len(table.frame) - len(frame)
    task = check_target(name, target, y, task, [title for title in titles if title != target])
    features = [title for title in titles if title not in (target, *columns.drop)]
    if not features:
        raise ValueError(f"{name}: --drop leaves no column but the target {target!r}")
    X, kinds, assumed = meaning_of(frame[features], {}, name)
    left_out = dict.fromkeys(columns.drop, "--drop") | _useless(X)
    features = [title for title in features if title not in left_out]
    if not features:
        reasons = ", ".join(f"{title} {why}" for title, why in left_out.items())
        raise ValueError(f"{name}: there is no column to learn from: {reasons}"[:400])
    X, kinds = X[features], {title: kinds[title] for title in features}
    n_unnamed = None if table.has_header else len(titles)
    chosen = Columns(target, features, kinds, n_unnamed=n_unnamed)
    said = [f"the target is {target!r}, {how}", *table.said, *of_target, *assumed]
    return Rows(X, y, chosen, said, left_out, n_without, task)


def load_as_trained(source: str, columns: Columns, has_target: bool, n_features: int) -> Rows:
    """Read a table as the training of a model did, by the names of the columns.

    A model that was trained on no table takes all columns but the target, in their order.
    """
    name = name_of(source)
    names = [] if columns.features is None else list(columns.features)
    header = columns.header if columns.n_unnamed is None else False
    table = read_table(content_of(source), name, header, names)
    features, target = list(columns.features or []), columns.target
    titles = list(table.frame.columns)
    if columns.features is None:
        if has_target or len(titles) > n_features:
            target = target or _likely_target(titles) or (titles[-1] if has_target else None)
        features = [title for title in titles if title != target]
    frame = _with_absent(table, features)
    if len(titles) + 1 == columns.n_unnamed and table.absent is None:  # the target is not there
        places = [str(n + 1) for n in range(columns.n_unnamed) if str(n + 1) != target]
        frame = frame.set_axis(places, axis="columns")
    for title in features if not has_target else [*features, target]:
        _check_there(name, title, list(frame.columns))
    n_rows, y = len(frame), None
    if has_target:
        frame, y, _ = targets_of(frame, str(target), name)
        if not len(frame):
            raise ValueError(f"{name}: the target {target!r} is missing in all rows")
    kinds = dict(columns.kinds)
    X, _, assumed = meaning_of(frame[features], kinds, name)
    return Rows(
        X, y, columns._replace(target=target), [*table.said, *assumed], {}, n_rows - len(frame)
    )


def _with_absent(table: Table, features: Sequence[str]) -> Any:
    """Return the frame with columns of zeros that a sparse table leaves out."""
    if table.absent is None:
        return table.frame
    absent = {title: table.absent for title in features if title not in table.frame.columns}
    return table.frame.assign(**absent)


def _choose_target(name: str, columns: Columns, titles: list[str]) -> tuple[str, str]:
    """Return the name of the target, and in words why it is the one."""
    if columns.target is not None:
        _check_there(name, columns.target, titles)
        if columns.target in columns.drop:
            raise ValueError(f"{name}: {columns.target!r} is the target; it cannot be dropped")
        return columns.target, "as asked for"
    left = [title for title in titles if title not in columns.drop]
    if not left:
        raise ValueError(f"{name}: --drop leaves no column")
    likely = _likely_target(left)
    return (likely, "by its name") if likely else (left[-1], "the last column")


def _likely_target(titles: Sequence[str]) -> str | None:
    """Return the column that has the name of a target; the last one if it has."""
    if titles and titles[-1].lower() in TARGETS:
        return titles[-1]
    lower = {title.lower(): title for title in reversed(titles)}
    return next((lower[each] for each in TARGETS if each in lower), None)


def _check_there(name: str, title: str | None, titles: list[str]) -> None:
    if title not in titles:
        hint = suggestion(str(title), titles)
        raise ValueError(f"{name}: expected a column {short(title)}, got {some(titles)}{hint}")


def _useless(X: Any) -> dict[str, str]:
    """Return the columns that the encoder leaves out, and why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says of the former what is said in the summary
        kinds = TableEncoder().fit(X).kinds_
    return {
        title: _REASONS[kind] for title, kind in zip(X, kinds, strict=True) if kind in _REASONS
    }


def check_features(source: str, n_features: int, expected: int) -> None:
    """Raise ValueError if a model takes another number of features."""
    if n_features != expected:
        raise ValueError(f"{source}: has {n_features} features, the model takes {expected}")


def as_pixels(source: str, X: Any, white: float | None, expected: int) -> Any:
    """Return the columns of a table as pixels; ValueError names one that can be none."""
    check_features(source, X.shape[1], expected)
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
