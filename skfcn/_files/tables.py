"""Tables in other people's files become data frames, by pandas and what else reads them."""

import io
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from skfcn._files.arff import is_arff, read_arff
from skfcn._files.atomic import content_errors, unpacked_limit
from skfcn._files.layout import MISSING, Layout, has_header, is_missing, layout_of
from skfcn._files.packed import kind_of, unpacked

_WIDEST_SPARSE = 2**27  # cells that a sparse table is made dense of

# What a file that is no table is, and what to do.
_NO_TABLE = {
    "pickle": "is a pickle, of weights or anything else, which is not data and may run code; "
    "evaluate, predict and info take a model",
    "npz": "holds arrays of NumPy, such as weights, not a table; save the data as a CSV file",
    "npy": "holds an array of NumPy; save it as a CSV file with numpy.savetxt",
    "hdf5": "is an HDF5 file; save the table as a CSV file",
    "sqlite": "is a data base; save the table as a CSV file",
    "pdf": "is a PDF document; save the table as a CSV file",
    "mat": "is a MATLAB file; only one like mnist_all.mat is read, by train and evaluate",
    "idx": "is an IDX file; name the folder that holds images and labels",
    "picture": "is a picture; to train, name a folder with a folder of pictures for each class",
}
# What reads the others.
_READERS = {"parquet": "pyarrow", "feather": "pyarrow", "xlsx": "openpyxl", "xls": "xlrd"}
_READERS |= {"zstd": "zstandard"}


class Table(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    frame : data frame
        Its columns have names that differ; its rows are numbered from 1.
    has_header : bool
        Whether the names are the file's own; else they count from "1".
    said : list of str
        What was assumed.
    absent : float or None
        What columns hold that are not there: 0 in a sparse table.
    """

    frame: Any
    has_header: bool
    said: list[str]
    absent: float | None = None


def pandas() -> Any:
    """Return pandas, an extra that is slow to import."""
    try:
        import pandas
    except ImportError as error:
        raise ValueError('tables are read by pandas: pip install "skfcn[tables]"') from error
    return pandas


def read_table(
    content: bytes | bytearray,
    name: str,
    header: bool | None = None,
    names: Sequence[str] = (),
) -> Table:
    """Read a table, told by its content.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        What errors call it.
    header : bool or None, default=None
        Whether the first row has the names of the columns; None to see.
    names : sequence of str, default=()
        Names that its columns are likely to have.

    Raises
    ------
    ValueError
        If it is no table; the text says what to do.
    """
    pandas()
    content = unpacked(content, name)
    if not content.strip():
        raise ValueError(f"{name}: the file is empty")
    kind = kind_of(content)
    if kind in _NO_TABLE:
        raise ValueError(f"{name}: {_NO_TABLE[kind]}")
    if kind == "zstd":
        content = _by_package(kind, name, lambda: _unzstd(content))
        kind = kind_of(content)
    if kind in ("parquet", "feather"):
        read = getattr(pandas(), f"read_{kind}")
        frame = _by_package(kind, name, lambda: read(io.BytesIO(content)))
        return _named(frame.reset_index(drop=True), None, name, [])
    if kind in ("xlsx", "xls"):
        return _read_excel(content, kind, name, header, names)
    if is_arff(content):
        with content_errors(name, "an ARFF file"):
            frame = read_arff(content)
        return _named(frame, None, name, [])
    if _is_svmlight(content):
        return _read_svmlight(content, name)
    layout = layout_of(content, header, names)
    try:
        with content_errors(name, "a table"):
            frame = _read_text(content, layout)
    except ValueError as error:
        found = re.search(r"Expected \d+ fields in line (\d+), saw (\d+)", str(error))
        if found is None:
            raise
        raise ValueError(
            f"{name}: line {found[1]} has {found[2]} cells, and others {layout.width}; does it "
            "hold a separator outside of quotes?"
        ) from error
    return _named(frame, layout.header, name, layout.said, layout.width)


def _by_package(kind: str, name: str, read: Any) -> Any:
    """Return what a reader reads; ValueError says what to install if it is not there."""
    package = _READERS[kind]
    try:
        with content_errors(name, f"a {kind} file"):
            return read()
    except ValueError as error:
        if isinstance(error.__cause__, ImportError):
            text = f"{name}: {kind} files are read by {package}: pip install {package}"
            raise ValueError(text) from error
        raise


def _unzstd(content: bytes | bytearray) -> bytes:
    import zstandard

    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content))
    return reader.read(unpacked_limit(len(content)))


def _read_text(content: bytes | bytearray, layout: Layout) -> Any:
    """Return a frame with a column more than the rows are wide, for what should not be there.

    Numbers are read as such, as far as they are plain; a column with a word among its first rows
    is read as text, since pandas would make booleans of some.
    """
    width = layout.width + 1
    texts = {
        place: object
        for place in range(width)
        if any(
            _is_word(row[place].replace(layout.decimal, "."))
            for row in layout.rows
            if place < len(row)
        )
    }
    return pandas().read_csv(
        io.BytesIO(content),
        encoding=layout.encoding,
        sep=r"\s+" if layout.separator == " " else layout.separator,
        quotechar=layout.quote,
        escapechar=layout.escape,
        decimal=layout.decimal,
        skiprows=layout.skip,
        header=None,
        names=range(width),
        index_col=False,
        dtype=texts,
        skipinitialspace=True,
        keep_default_na=False,
        na_values=sorted({"None", *_spellings(MISSING)}),
        low_memory=False,
    )


def _is_word(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not is_missing(cell)
    return "_" in cell


def _spellings(words: set[str]) -> set[str]:
    return {each for word in words for each in (word, word.upper(), word.capitalize())} | {"NaN"}


def _is_svmlight(content: bytes | bytearray) -> bool:
    """Tell whether lines have a number, and pairs of a place and a number."""
    lines = bytes(content[:100_000]).split(b"\n")[:20]
    lines = [line for line in lines if line.strip() and not line.startswith(b"#")]
    pairs = rb"[-+\d.eE,]+\s+(qid:\d+\s+)?(\d+:[-+\d.eE]+\s*)*(#.*)?\r?"
    return b":" in content[:100_000] and all(
        re.fullmatch(pairs, line) for line in lines[:-1] or lines
    )


def _read_svmlight(content: bytes | bytearray, name: str) -> Table:
    from sklearn.datasets import load_svmlight_file

    with content_errors(name, "an svmlight file"):
        X, y = load_svmlight_file(io.BytesIO(content))
    n_rows, n_columns = X.shape
    if n_rows * n_columns > _WIDEST_SPARSE:
        raise ValueError(
            f"{name}: {n_rows:,} rows of {n_columns:,} columns, nearly all 0, are too many to be "
            "made a table; in Python FCNClassifier takes the matrix of "
            "sklearn.datasets.load_svmlight_file as it is"
        )
    frame = pandas().DataFrame(X.toarray(), columns=[str(j + 1) for j in range(n_columns)])
    frame["target"] = y.astype(int) if (y == y.astype(int)).all() else y
    frame.index += 1
    return Table(frame, False, ["read as svmlight, the target first"], 0.0)


def _read_excel(
    content: bytes | bytearray, kind: str, name: str, header: bool | None, names: Sequence[str]
) -> Table:
    read = pandas().read_excel
    frame = _by_package(
        kind, name, lambda: read(io.BytesIO(content), header=None, engine=_READERS[kind])
    )
    frame = frame.dropna(how="all").reset_index(drop=True)
    rows = [["" if cell != cell else str(cell) for cell in row] for row in frame[:200].values]
    if not rows:
        raise ValueError(f"{name}: the file is empty")
    if header is None:
        header = set(names) <= set(rows[0]) if names else has_header(rows, len(rows[0]))
    if header:
        frame = frame[1:].infer_objects().reset_index(drop=True)
    return _named(frame, rows[0] if header else None, name, ["the first sheet"], len(rows[0]))


# ---- names of columns


def _named(
    frame: Any, header: list[str] | None, name: str, said: list[str], width: int | None = None
) -> Table:
    """Return a table whose columns have names that differ, without those that hold nothing."""
    if len(frame) == 0:
        raise ValueError(f"{name}: there are no rows, only a header {header}")
    has_header = width is None or header is not None
    frame.index = range(1, len(frame) + 1)
    if width is None:
        header = [str(title) for title in frame.columns]
        width = len(header)
    elif header is None:
        if frame.shape[1] > width and not _is_empty(frame.iloc[:, -1]):
            width += 1
        header = [str(number) for number in range(1, width + 1)]
        said = [*said, f"no header: the columns are called 1 to {width}"]
    elif len(header) < frame.shape[1] and not _is_empty(frame.iloc[:, len(header)]):
        header = ["", *header]  # of R, for the names of rows
    header = [title.strip() for title in header]
    width = max(width, len(header))
    header += [""] * (frame.shape[1] - len(header))
    frame = frame.set_axis(header[: frame.shape[1]], axis="columns")
    keep = [
        bool(title) or not _is_empty(frame.iloc[:, j]) for j, title in enumerate(frame.columns)
    ]
    if not all(keep[:width]):
        said = [*said, "a column without a name or a value is left out"]
    frame = frame.loc[:, keep]
    if frame.shape[1] > 1 and _names_rows(frame):
        said = [*said, "the first column numbers or names the rows: left out"]
        frame = frame.iloc[:, 1:]
    return Table(frame.set_axis(_different(frame.columns), axis="columns"), has_header, said)


def _is_empty(column: Any) -> bool:
    return bool(column.isna().all())


def _names_rows(frame: Any) -> bool:
    """Tell whether the first column has no name, and a value of its own for each row."""
    title, column = frame.columns[0], frame.iloc[:, 0]
    nameless = title == "" or re.fullmatch(r"Unnamed: 0(\.\d+)*|__index_level_0__", title)
    is_whole = column.dtype.kind != "f"  # numbers with a fraction are data
    return bool(nameless) and is_whole and bool(column.is_unique)


def _different(titles: Sequence[str]) -> list[str]:
    """Return names of columns that differ, as pandas makes them."""
    found: dict[str, None] = {}
    for place, title in enumerate(titles, 1):
        own = title = title or f"unnamed {place}"
        again = 0
        while own in found:
            again += 1
            own = f"{title}.{again}"
        found[own] = None
    return list(found)
