"""A table as the commands see it: which column is the target, and which others are learned."""

import warnings
from collections.abc import Sequence
from reprlib import repr as short
from typing import Any

from skfcn._cli.data import Columns, Rows, content_of, name_of
from skfcn._cli.output import some
from skfcn._cli.target import check_target, targets_of
from skfcn._files import meaning_of, read_table
from skfcn._sklearn import did_you_mean
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
        check_there(name, title, titles)
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
        reasons = ", ".join(f"{title} ({why})" for title, why in list(left_out.items())[:5])
        raise ValueError(
            f"{name}: there is no column to learn from; left out: {reasons}. Of free text skrub's "
            "TableVectorizer makes columns, in Python"
        )
    X, kinds = X[features], {title: kinds[title] for title in features}
    n_unnamed = None if table.has_header else len(titles)
    chosen = Columns(target, features, kinds, n_unnamed=n_unnamed)
    said = [f"the target is {target!r}, {how}", *table.said, *of_target, *assumed]
    return Rows(X, compact(y), chosen, said, left_out, n_without, task)


def compact(y: Any) -> Any:
    """Return texts, now that they are known to be classes, as NumPy's strings."""
    return y.astype(str) if y is not None and y.dtype == object else y


def _choose_target(name: str, columns: Columns, titles: list[str]) -> tuple[str, str]:
    """Return the name of the target, and in words why it is the one."""
    if columns.target is not None:
        check_there(name, columns.target, titles)
        if columns.target in columns.drop:
            raise ValueError(f"{name}: {columns.target!r} is the target; it cannot be dropped")
        return columns.target, "as asked for"
    left = [title for title in titles if title not in columns.drop]
    if not left:
        raise ValueError(f"{name}: --drop leaves no column")
    likely = likely_target(left)
    return (likely, "by its name") if likely else (left[-1], "the last column")


def likely_target(titles: Sequence[str]) -> str | None:
    """Return the column that has the name of a target; the last one if it has."""
    if titles and titles[-1].lower() in TARGETS:
        return titles[-1]
    lower = {title.lower(): title for title in reversed(titles)}
    return next((lower[each] for each in TARGETS if each in lower), None)


def check_there(name: str, title: str | None, titles: list[str]) -> None:
    if title not in titles:
        hint = did_you_mean(str(title), titles, after=".")
        raise ValueError(f"{name}: expected a column {short(title)}, got {some(titles)}{hint}")


def _useless(X: Any) -> dict[str, str]:
    """Return the columns that the encoder leaves out, and why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says of the former what is said in the summary
        kinds = TableEncoder().fit(X).kinds_
    return {
        title: _REASONS[kind] for title, kind in zip(X, kinds, strict=True) if kind in _REASONS
    }
