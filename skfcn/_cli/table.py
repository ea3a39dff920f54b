"""Tables: pandas reads the file, columns are picked by name, cells are numbers or categories."""

import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from reprlib import repr  # which cuts what is long
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skfcn._cli.output import suggestion
from skfcn._files import content_errors, read_maybe_gzip

if TYPE_CHECKING:
    from pandas import DataFrame, Series

STDIN = "-"
_MISSING = ["", "?", "NA", "NaN", "nan"]


class Columns(NamedTuple):
    """What the columns of a table are."""

    target: str | None = None  # its name; None for the last column
    features: Sequence[str] | None = None  # their names; None for all others
    text: Sequence[int] | None = None  # which of the features are categories; None to see


class Table(NamedTuple):
    """Features and target of a table."""

    X: NDArray[Any]  # of float64 or, if there are categories, of objects; NaN where missing
    y: Any  # None if none was asked for
    columns: Columns


def is_table(source: str) -> bool:
    """Tell whether a file is a table, by its name."""
    return source == STDIN or source.endswith((".csv", ".csv.gz"))


def load_table(source: str, columns: Columns, has_target: bool = True) -> Table:
    """Load a CSV file, or stdin, whose first line names the columns.

    Raises
    ------
    ValueError
        If it is no such table, if pandas is missing, if a column that was named is missing, if a
        column of numbers holds anything else, or if the target of a row is missing.
    OSError
        If it cannot be read.
    """
    name = "<stdin>" if source == STDIN else source
    cells = _read(source, name)
    header = cells.columns.tolist()
    target = header[-1] if columns.target is None else columns.target
    features = columns.features or [
        column for column in header if not has_target or column != target
    ]
    if not features:
        raise ValueError(
            f"{name}: line 1: expected columns, separated by commas, got {repr(header)}"
        )
    for column in [*features, target] if has_target else features:
        if column not in header:
            raise ValueError(
                f"{name}: line 1: expected a column {repr(column)}, got {repr(header)}"
                f"{suggestion(column, header)}"
            )
    X, text = _features(cells[list(features)], columns.text, name)
    y = _target(cells[target], name) if has_target else None
    return Table(X, y, Columns(target, list(features), text))


def _read(source: str, name: str) -> "DataFrame":
    """Return the cells as text, NaN where missing; the row of line n has the label n."""
    pandas = _pandas()
    content = sys.stdin.buffer.read() if source == STDIN else read_maybe_gzip(Path(source))
    if not content.strip():
        raise ValueError(f"{name}: line 1: the file is empty")
    with content_errors(name, "a CSV table"):
        # All as text, the header too: pandas would rename columns and take words for numbers.
        cells = pandas.read_csv(
            BytesIO(content),
            header=None,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
        )
    cells = cells.apply(lambda column: column.str.strip())
    cells.index += 1
    header = cells.iloc[0]
    if _numbers(header).notna().all():
        problem = "expected a header that names the columns, got only numbers"
    elif "" in header.tolist():
        problem = "expected a name for each column"
    elif not header.is_unique:
        problem = f"expected each name once, got {repr(header[header.duplicated()].iloc[0])} twice"
    elif len(cells) == 1:
        problem = "expected rows after the header"
    else:
        cells = cells.iloc[1:].set_axis(header.tolist(), axis="columns")
        return cells.mask(cells.isin(_MISSING))
    raise ValueError(f"{name}: line 1: {problem}")


def _features(
    cells: "DataFrame", text: Sequence[int] | None, name: str
) -> tuple[NDArray[Any], list[int]]:
    """Return the features, and which of them are categories."""
    columns: dict[Any, Any] = {}
    categories = []
    for index, (title, column) in enumerate(cells.items()):
        numbers = _numbers(column)
        words = column[numbers.isna() & column.notna()]
        if len(words) > 0 if text is None else index in text:
            categories.append(index)
            columns[title] = column
        elif len(words) > 0:
            raise ValueError(
                f"{name}: line {words.index[0]}: expected a number in the column {repr(title)}, "
                f"got {repr(words.iloc[0])}"
            )
        else:
            columns[title] = numbers.astype(float)
    X = _pandas().DataFrame(columns).to_numpy(dtype=object if categories else float)
    return X, categories


def _target(column: "Series", name: str) -> NDArray[Any]:
    """Return integers, other numbers, or text."""
    if column.isna().any():
        line = column.index[column.isna()][0]
        raise ValueError(f"{name}: line {line}: no target in the column {repr(column.name)}")
    numbers = _numbers(column)
    if numbers.isna().any():
        return column.to_numpy(dtype=str)
    return numbers.to_numpy(dtype=None if numbers.dtype == np.int64 else float)


def _numbers(column: "Series") -> "Series":
    """Return the numbers in a column of text, NaN for all else."""
    return _pandas().to_numeric(column, errors="coerce")


def _pandas() -> Any:
    """Return pandas, which is an extra and slow to import."""
    try:
        import pandas
    except ImportError as error:
        raise ValueError('tables are read by pandas: pip install "skfcn[tables]"') from error
    return pandas
