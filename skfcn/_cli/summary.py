"""What is said of data before training: five lines at most."""

from collections import Counter, defaultdict

import numpy as np

from skfcn._cli.data import CLASSIFICATION, Rows
from skfcn._cli.output import as_count, some
from skfcn._files import kind_alone

_PLURALS = {"category": "categories"}


def summary_of(source: str, rows: Rows) -> list[str]:
    """Return rows, target, kinds of columns, what is left out and why, what was assumed."""
    n_rows, n_test = len(rows.y), len(rows.y_test)
    lines = [f"{source}: {n_rows:,} rows to train on, {n_test:,} to test on"]
    said = list(rows.said)
    if rows.columns.target is not None:
        lines.append(
            f"target     {said.pop(0).removeprefix('the target is ')}; {_of_target(rows)}"
        )
        lines.append(f"columns    {_kinds(rows)}")
        left_out = [*_left_out(rows), *as_count(rows.n_without_target, "row", "without a target")]
        lines += [f"left out   {'; '.join(left_out)}"] * bool(left_out)
    return lines + [f"assumed    {'; '.join(said)}"] * bool(said)


def _of_target(rows: Rows) -> str:
    y = np.concatenate([rows.y, rows.y_test])
    if rows.task == CLASSIFICATION:
        classes = np.unique(y)
        return f"{len(classes)} classes: {some(classes, 5)}"
    return f"numbers from {y.min():,g} to {y.max():,g}"


def _kinds(rows: Rows) -> str:
    counts = Counter(kind_alone(kind) for kind in rows.columns.kinds.values())
    return ", ".join(
        f"{n:,} {kind if n == 1 else _PLURALS.get(kind, kind + 's')}"
        for kind, n in counts.most_common()
    )


def _left_out(rows: Rows) -> list[str]:
    by_reason = defaultdict(list)
    for title, reason in rows.left_out.items():
        by_reason[reason].append(title)
    return [f"{some(titles, 5)} ({reason})" for reason, titles in by_reason.items()]
