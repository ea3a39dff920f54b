"""Tables: pandas reads the file, columns are picked by name, cells are numbers or categories."""

import sys
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from reprlib import repr as short
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skfcn._cli.output import suggestion
from skfcn._files import content_errors, read_maybe_gzip

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


def load_table(source: str, columns: Columns, has_target: bool = True) -> Rows:
    """Load a CSV file, or stdin, whose first line names the columns.

    ValueError says what is wrong in it, or that there is no pandas to read it with.
    """
    name = "<stdin>" if source == STDIN else source
    cells = _read(source, name)
    header = cells.columns.tolist()
    targets = [header[-1] if columns.target is None else columns.target] if has_target else []
    features = columns.features or [title for title in header if title not in targets]
    if not features:
        raise ValueError(
            f"{name}: line 1: expected columns, separated by commas, got {short(header)}"
        )
    for title in [*features, *targets]:
        if title not in header:
            raise ValueError(
                f"{name}: line 1: expected a column {short(title)}, got {short(header)}"
                f"{suggestion(title, header)}"
            )
    X, text = _features(cells[list(features)], columns.text, name)
    y = _target(cells[targets[0]], name) if has_target else None
    return Rows(X, y, Columns(targets[0] if has_target else None, features, text))


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
            raise ValueError(
                f"{name}: line {words.index[0]}: expected a number in the column {short(title)}, "
                f"got {short(words.iloc[0])}"
            )
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
