"""What the commands train on, score and label: images, and tables that pandas reads."""

import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from reprlib import repr as short
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.utils.multiclass import type_of_target

from skfcn._cli.output import suggestion
from skfcn._files import content_errors, read_maybe_gzip
from skfcn.datasets import load_mnist_idx, load_mnist_mat

CLASSIFICATION, REGRESSION = "classification", "regression"
STDIN = "-"
_MISSING = ["", "?", "NA", "NaN", "nan"]


class Columns(NamedTuple):
    """What the columns of a table are."""

    target: str | None = None  # its name; None for the last column
    features: Sequence[str] | None = None  # their names; None for all others
    text: Sequence[int] | None = None  # which of the features are categories; None to see


class Rows(NamedTuple):
    """Features and targets, of a table or of images."""

    X: NDArray[Any]  # of a table float64 or, if there are categories, objects; NaN where missing
    y: Any  # integers, other numbers, or text; None if no target was asked for
    columns: Columns = Columns()  # of a table
    white: float | None = None  # the value of a white pixel; None for tables
    X_test: Any = None  # the part to test on, if one is set aside, and in words which it is
    y_test: Any = None
    test_part: str = "the data's own test part"

    @property
    def fingerprint(self) -> str:
        """A digest of the values, by which the same data are known again."""
        digest = sha256()
        for array in (self.X, self.y):
            is_plain = array.dtype.kind in "iuf"
            digest.update(array.tobytes() if is_plain else repr(array.tolist()).encode())
        return digest.hexdigest()


def is_table(source: str) -> bool:
    """Tell whether a file is a table, by its name."""
    return source == STDIN or source.endswith((".csv", ".csv.gz"))


def load_rows(source: str, task: str, columns: Columns) -> Rows:
    """Load what the user gave as ``--data``; raise ValueError or OSError if it is not right."""
    if not is_table(source):
        if task == REGRESSION:
            raise ValueError(f"{source}: regression needs a table")
        return _load_images(source, Path(source))
    rows = load_table(source, columns)
    what = f"{source}: the target {rows.columns.target!r} must hold"
    if task == REGRESSION and rows.y.dtype.kind not in "if":
        raise ValueError(f"{what} numbers for regression")
    if task == CLASSIFICATION and (kind := type_of_target(rows.y)) not in ("binary", "multiclass"):
        hint = "for quantities there is --task regression, for another column --target"
        raise ValueError(f"{what} classes, but it looks {kind}; {hint}")
    return rows


def _load_images(source: str, path: Path) -> Rows:
    if source == "digits":
        X, y = load_digits(return_X_y=True)
        return Rows(X.astype(np.uint8), y, white=16.0)
    path.stat()  # a missing file is an OSError, whatever its name looks like
    if not path.is_dir() and path.suffix != ".mat":
        known = "digits, a .mat file, a folder of IDX files, a .csv or .csv.gz file"
        raise ValueError(f"{path}: expected {known}, or - for a table from stdin")
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
        how = {"test_size": 0.2, "stratify": stratify, "random_state": seed}
        X, X_test, y, y_test = train_test_split(rows.X, rows.y, **how)
    except ValueError as error:  # a class is too rare to be in both parts
        hint = "; for quantities there is --task regression" if rows.y.dtype.kind == "i" else ""
        raise ValueError(f"{source}: {error}{hint}") from error
    test_part = f"a {kind} fifth, held out with seed {seed}"
    return rows._replace(X=X, y=y, X_test=X_test, y_test=y_test, test_part=test_part)


def load_table(source: str, columns: Columns, has_target: bool = True) -> Rows:
    """Load a CSV file, or stdin, whose first line names the columns; ValueError if it is none."""
    name = "<stdin>" if source == STDIN else source
    cells = _read(source, name)
    header = cells.columns.tolist()
    target = (columns.target or header[-1]) if has_target else None
    features = list(columns.features or [title for title in header if title != target])
    where, got = f"{name}: line 1: expected", short(header)
    if not features:
        raise ValueError(f"{where} columns, separated by commas, got {got}")
    for title in features if target is None else [*features, target]:
        if title not in header:
            hint = suggestion(title, header)
            raise ValueError(f"{where} a column {short(title)}, got {got}{hint}")
    X, text = _features(cells[features], columns.text, name)
    y = _target(cells[target], name) if has_target else None
    return Rows(X, y, Columns(target, features, text))


def _read(source: str, name: str) -> Any:
    """Return a data frame of text, NaN where missing; the row of line n has the label n."""
    try:
        import pandas  # an extra, and slow to import
    except ImportError as error:
        raise ValueError('tables are read by pandas: pip install "skfcn[tables]"') from error
    content = sys.stdin.buffer.read() if source == STDIN else read_maybe_gzip(Path(source))
    if not content.strip():
        raise ValueError(f"{name}: line 1: the file is empty")
    # All as text, the header too: pandas would rename columns and take words for numbers.
    form = {"header": None, "dtype": str, "keep_default_na": False, "skipinitialspace": True}
    with content_errors(name, "a CSV table"):
        cells = pandas.read_csv(BytesIO(content), encoding="utf-8-sig", **form)
    cells = cells.apply(lambda column: column.str.strip())
    cells.index += 1
    header, has_names = cells.iloc[0].tolist(), _numbers(cells.iloc[0]).isna().any()
    problems = {
        "expected a header that names the columns, got only numbers": not has_names,
        "expected a name for each column": "" in header,
        f"expected each name once, got {short(header)}": len(set(header)) < len(header),
        "expected rows after the header": len(cells) == 1,
    }
    for problem, is_there in problems.items():
        if is_there:
            raise ValueError(f"{name}: line 1: {problem}")
    cells = cells.iloc[1:].set_axis(header, axis="columns")
    return cells.mask(cells.isin(_MISSING))


def _features(cells: Any, text: Sequence[int] | None, name: str) -> tuple[NDArray[Any], list[int]]:
    """Return the features in a data frame, and which of them are categories."""
    columns, categories = [], []
    for index, (title, column) in enumerate(cells.items()):
        numbers = _numbers(column)
        words = column[numbers.isna() & column.notna()]
        if len(words) > 0 if text is None else index in text:
            categories.append(index)
        elif len(words) > 0:
            where, got = f"{name}: line {words.index[0]}", short(words.iloc[0])
            raise ValueError(f"{where}: expected a number in the column {short(title)}, got {got}")
        columns.append(column if index in categories else numbers.astype(float))
    dtype = object if categories else float
    return np.column_stack([column.to_numpy(dtype) for column in columns]), categories


def _target(column: Any, name: str) -> NDArray[Any]:
    if column.isna().any():
        line = column.index[column.isna()][0]
        raise ValueError(f"{name}: line {line}: no target in the column {short(column.name)}")
    numbers = _numbers(column)
    if numbers.isna().any():
        return column.to_numpy(dtype=str)
    return numbers.to_numpy(dtype=None if numbers.dtype == np.int64 else float)


def _numbers(column: Any) -> Any:
    """Return the numbers in a column of text, NaN for all else."""
    import pandas

    return pandas.to_numeric(column, errors="coerce")
