"""Tables from CSV files."""

import csv
import io
import math
import os
from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from reprlib import repr  # which cuts what is long
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from skfcn._files import StrPath, read_maybe_gzip, unpacked_limit

_MISSING = {"", "?", "NA", "NaN", "nan"}


def load_csv(
    path: StrPath | IO[bytes],
    *,
    target_column: str | None = None,
    feature_columns: Sequence[str] | None = None,
    categorical_features: Collection[int] | None = None,
    return_X_y: bool = False,
) -> Any:
    r"""Load a CSV file one of whose columns, by default the last, is the target.

    The first line names the columns. A column is numeric if every cell of it is a number or
    missing; a cell is missing if it is empty, ``?``, ``NA``, ``NaN`` or ``nan``. Spaces around
    a cell are ignored, and so are empty lines.

    Parameters
    ----------
    path : str, path-like or binary file
        The file, in UTF-8, plain or with the suffix ``.gz``. The latter may unpack to 100 times
        its size, or to 16 MiB if that is more; beyond that, unpack it first. An open file, such
        as ``sys.stdin.buffer``, is read to its end and taken as plain.
    target_column : str, default=None
        The name of the target; None for the last column.
    feature_columns : sequence of str, default=None
        The names of the features, in the order that they are wanted in; None for all columns
        but the target. Pass the `feature_names` of an earlier file for one that is to match it.
    categorical_features : collection of int, default=None
        The indices of the feature columns that hold text; the others must be numeric. If None,
        they are found in the file. Pass them for a file that is to match an earlier one, since
        a text column may happen to hold nothing but numbers.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        With ``data`` of shape (n_samples, n_features), float64 if all features are numeric, and
        otherwise objects: floats and strings, NaN where missing; ``target``, int64 if all its
        cells are integers, float64 if they are numbers, and otherwise strings;
        ``categorical_features``, the indices of the text columns; ``feature_names``;
        ``target_names``, the name of the target's column; and ``DESCR``.
    (data, target) : tuple
        If `return_X_y` is true.

    Raises
    ------
    ValueError
        If the file is not such a file, if it unpacks to more, if it lacks a column that was
        named, or if the target of a row is missing.

    See Also
    --------
    load_csv_features : Load a CSV file that has no target.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skfcn.datasets import load_csv
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "fruit.csv")
    ...     _ = path.write_text("weight,colour,fruit\n120,green,apple\n,yellow,banana\n")
    ...     fruit = load_csv(path)
    >>> fruit.data
    array([[120.0, 'green'],
           [nan, 'yellow']], dtype=object)
    >>> fruit.target
    array(['apple', 'banana'], dtype='<U6')
    >>> fruit.categorical_features
    [1]
    """
    table = _read_table(path, min_columns=2)
    target = table.header[-1] if target_column is None else target_column
    if feature_columns is None:
        feature_columns = [name for name in table.header if name != target]
    table = _select(table, [*feature_columns, target])
    dataset = _features_bunch(table, len(table.header) - 1, categorical_features)
    dataset.update(target=_target(table), target_names=table.header[-1:])
    return (dataset.data, dataset.target) if return_X_y else dataset


def load_csv_features(
    path: StrPath | IO[bytes],
    *,
    feature_columns: Sequence[str] | None = None,
    categorical_features: Collection[int] | None = None,
) -> Any:
    r"""Load a CSV file all of whose columns are features.

    It is read as `load_csv` reads one, with no target.

    Parameters
    ----------
    path : str, path-like or binary file
        The file, as for `load_csv`.
    feature_columns : sequence of str, default=None
        The names of the features, in the order that they are wanted in; None for all columns.
    categorical_features : collection of int, default=None
        As in `load_csv`: pass what it found in the training data.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        With ``data``, ``feature_names``, ``categorical_features`` and ``DESCR``.

    Raises
    ------
    ValueError
        If the file is not such a file, if it unpacks to more, or if it lacks a column that was
        named.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skfcn.datasets import load_csv_features
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "fruit.csv")
    ...     _ = path.write_text("weight,colour\n120,green\n")
    ...     load_csv_features(path).data
    array([[120.0, 'green']], dtype=object)
    """
    table = _read_table(path, min_columns=1)
    if feature_columns is not None:
        table = _select(table, feature_columns)
    return _features_bunch(table, len(table.header), categorical_features)


class _Table(NamedTuple):
    path: Path
    n_bytes: int
    header: list[str]
    lines: Sequence[int]  # where each row ends, for messages
    columns: list[list[str]]


def _read_table(source: StrPath | IO[bytes], min_columns: int) -> _Table:
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        content = read_maybe_gzip(path)
    else:
        path = Path(str(getattr(source, "name", "<file>")))  # for messages
        content = source.read()
    _check_encoding(path, content)
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True, skipinitialspace=True)
    rows = filter(None, reader)
    lines = array("Q")
    try:
        header = [name.strip() for name in next(rows, [])]
        if not header:
            raise ValueError(f"{path}: line 1: the file is empty; expected a header and rows")
        where = f"{path}: line {reader.line_num}"
        _check_header(where, header, min_columns)
        # By columns: a list for each short row would take 100 times the memory of the text.
        columns: list[list[str]] = [[] for _ in header]
        for row in rows:
            if len(row) != len(header):
                raise ValueError(
                    f"{path}: line {reader.line_num}: {len(row)} cells, "
                    f"but the header has {len(header)}"
                )
            lines.append(reader.line_num)
            for column, cell in zip(columns, row, strict=True):
                column.append(cell.strip())
    except csv.Error as error:
        raise ValueError(f"{path}: line {reader.line_num}: not CSV ({error})") from error
    if not lines:
        raise ValueError(f"{where}: expected rows after the header")
    return _Table(path, len(content), header, lines, columns)


def _select(table: _Table, names: Sequence[str]) -> _Table:
    """Return a table of the columns of these names, in their order."""
    missing = [name for name in names if name not in table.header]
    if missing:
        raise ValueError(
            f"{table.path}: line 1: expected a column {repr(missing[0])}, got {repr(table.header)}"
        )
    columns = dict(zip(table.header, table.columns, strict=True))
    return table._replace(header=list(names), columns=[columns[name] for name in names])


def _check_encoding(path: Path, content: bytes | bytearray) -> None:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}: line {line}: expected UTF-8 ({error.reason})") from error


def _check_header(where: str, header: list[str], min_columns: int) -> None:
    if len(header) < min_columns:
        raise ValueError(
            f"{where}: expected at least {min_columns} columns, separated by commas, "
            f"got {len(header)}"
        )
    if all(_parse_number(name) is not None for name in header):
        raise ValueError(f"{where}: expected a header that names the columns, got only numbers")
    if "" in header:
        raise ValueError(f"{where}: column {header.index('') + 1} has no name")
    name, count = Counter(header).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{where}: expected each name once, got {repr(name)} more than once")


def _features_bunch(
    table: _Table, n_features: int, categorical_features: Collection[int] | None
) -> Bunch:
    columns: list[NDArray[np.float64] | list[float | str]] = []
    text_columns = []
    for j, cells in enumerate(table.columns[:n_features]):
        numbers = [_parse_number(cell) for cell in cells]
        is_text = None in numbers if categorical_features is None else j in categorical_features
        if is_text:
            text_columns.append(j)
            columns.append([math.nan if cell in _MISSING else cell for cell in cells])
        elif None in numbers:
            i = numbers.index(None)
            raise ValueError(
                f"{table.path}: line {table.lines[i]}: expected a number in the column "
                f"{repr(table.header[j])}, got {repr(cells[i])}"
            )
        else:
            columns.append(np.array(numbers, dtype=np.float64))
    data = np.empty((len(table.lines), n_features), dtype=object if text_columns else np.float64)
    for j, column in enumerate(columns):
        data[:, j] = column
    return Bunch(
        data=data,
        feature_names=table.header[:n_features],
        categorical_features=text_columns,
        DESCR=f"{len(data)} rows of {n_features} features, from {table.path}",
    )


def _target(table: _Table) -> NDArray[Any]:
    cells = table.columns[-1]
    for line, cell in zip(table.lines, cells, strict=True):
        if cell in _MISSING:
            raise ValueError(
                f"{table.path}: line {line}: expected a target in the column "
                f"{repr(table.header[-1])}, got {repr(cell)}"
            )
    numbers = [_parse_number(cell) for cell in cells]
    if None in numbers:
        return _labels(table)
    try:
        return np.array([int(cell) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):  # 0.5, or beyond 64 bits
        return np.array(numbers, dtype=np.float64)


def _labels(table: _Table) -> NDArray[np.str_]:
    cells = table.columns[-1]
    longest = max(cells, key=len)
    # In the array, each label takes as much memory as the longest one does: 4 bytes a character.
    if 4 * len(longest) * len(cells) > unpacked_limit(table.n_bytes):
        raise ValueError(
            f"{table.path}: line {table.lines[cells.index(longest)]}: the target {repr(longest)} "
            f"has {len(longest)} characters, far more than the others"
        )
    return np.array(cells)


def _parse_number(cell: str) -> float | None:
    """Return NaN for a missing cell and None for text."""
    if cell in _MISSING:
        return math.nan
    try:
        number = float(cell)
    except ValueError:
        return None
    # float also takes 1_000 and, in other spellings than ours, NaN.
    return None if "_" in cell or math.isnan(number) else number
