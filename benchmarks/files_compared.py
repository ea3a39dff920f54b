"""``python -m benchmarks files-compared FOLDER ...``: the command's default beside boosted trees.

Each CSV file is read as ``python -m skfcn train --data FILE`` reads it. Both learn the same rows,
and are scored on the same others; trees get dates as days.
"""

import argparse
import time
import tracemalloc
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.files import csv_files
from benchmarks.tables_contenders import Task, hist_gradient_boosting, skfcn
from skfcn._cli.data import CLASSIFICATION, Columns, Rows, with_test_part
from skfcn._cli.table import load_to_train
from skfcn.tabular import TableEncoder

_MOST_ROWS = 5000


class Compared(NamedTuple):
    """What was found on a file.

    The error is the share of labels that are wrong, or the root of the mean squared error over
    the deviation of the targets; the mean over splits.
    """

    is_classification: bool
    error: float
    error_of_trees: float
    seconds: float  # of the encoding of all rows
    megabytes: float


def main(arguments: list[str]) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks files-compared",
        description="Compare the command's default with HistGradientBoosting on CSV files, at "
        f"most {_MOST_ROWS:,} rows of each; time the encoding of all rows.",
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--most", type=int, default=60, metavar="N", help="files (default: 60)")
    parser.add_argument("--fewest-rows", type=int, default=100, metavar="N", help="default: 100")
    parser.add_argument("--splits", type=int, default=3, metavar="N", help="default: 3")
    args = parser.parse_args(arguments)
    found: list[Compared] = []
    for path in csv_files(args.folders):
        if len(found) == args.most:
            break
        rows = _read(path)
        if rows is None or len(rows.y) < args.fewest_rows:
            continue
        found.append(compare(rows, args.splits))
        each = found[-1]
        print(
            f"{len(found)}/{args.most} {path.name}, {len(rows.y):,} rows: error {each.error:.3f}, "
            f"of trees {each.error_of_trees:.3f}; encoding {each.seconds:.2f} s, "
            f"{each.megabytes:.1f} MB",
            flush=True,
        )
    print(report(found))


def compare(rows: Rows, n_splits: int) -> Compared:
    """Train both on splits of a file, and time its encoding."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds, megabytes = _encoding(rows.X)
        ours, theirs = np.mean([_errors(rows, seed) for seed in range(n_splits)], axis=0)
    return Compared(rows.task == CLASSIFICATION, ours, theirs, seconds, megabytes)


def report(found: Iterable[Compared]) -> str:
    """Return what is to say of all files."""
    found = list(found)
    lines = []
    for what, is_classification in (("classes", True), ("quantities", False)):
        chosen = [each for each in found if each.is_classification == is_classification]
        if chosen:
            less = np.array([each.error_of_trees - each.error for each in chosen])
            ours, theirs = np.mean([each[1:3] for each in chosen], axis=0)
            files = "file" if len(chosen) == 1 else "files"
            lines.append(
                f"{len(chosen)} {files} with {what}: mean error {ours:.3f}, of trees "
                f"{theirs:.3f}; "
                f"median difference {np.median(less):+.3f}; better on {(less > 0).sum()}, "
                f"the same on {(less == 0).sum()}, worse on {(less < 0).sum()}"
            )
    seconds, megabytes = np.max([each[3:] for each in found] or [(0, 0)], axis=0)
    return "\n".join([*lines, f"encoding: at most {seconds:.2f} s and {megabytes:.1f} MB"])


def _read(path: Path) -> Rows | None:
    """Return the rows of a file, as a regression if that is the remedy; None if it is refused."""
    for task in (None, "regression"):
        try:
            return load_to_train(str(path), Columns(), task)
        except ValueError as error:
            if "--task regression" not in str(error):
                return None
    return None


def _encoding(X: Any) -> tuple[float, float]:
    start = time.perf_counter()
    TableEncoder().fit_transform(X)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    TableEncoder().fit_transform(X)
    megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return seconds, megabytes


def _errors(rows: Rows, seed: int) -> tuple[float, float]:
    """Return the error of the command's default and that of trees on one split."""
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(rows.y))[:_MOST_ROWS])
    part = with_test_part(rows._replace(X=rows.X.iloc[chosen], y=rows.y[chosen]), seed)
    dates = part.X.select_dtypes(["datetime", "timedelta"]).columns
    words = part.X.select_dtypes("object").columns
    task = Task(part.task == CLASSIFICATION, tuple(words), 1, seed)
    as_days = [X.assign(**{d: _days(X[d]) for d in dates}) for X in (part.X, part.X_test)]
    ours = skfcn(task).fit(part.X, part.y).predict(part.X_test)
    theirs = hist_gradient_boosting(task).fit(as_days[0], part.y).predict(as_days[1])
    return _error(task, part.y_test, ours), _error(task, part.y_test, theirs)


def _days(column: Any) -> Any:
    return column.astype(np.int64).where(column.notna())


def _error(task: Task, y: Any, predicted: Any) -> float:
    if task.is_classification:
        return float(np.mean(predicted != y))
    return float(np.sqrt(np.mean((predicted - y) ** 2)) / (np.std(y) or 1))
