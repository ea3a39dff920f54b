"""Files: read with errors that name them, written completely or not at all."""

import errno
import gzip
import io
import os
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

StrPath = str | os.PathLike[str]


@contextmanager
def content_errors(path: StrPath, expected: str) -> Iterator[None]:
    """Turn whatever a parser raises on malformed content into a ValueError naming the file.

    Parsers raise almost any exception on corrupt input, OSError included: read the file before
    the block, so that the operating system's own errors pass through. Warnings are silenced,
    as the caller checks what it has read.

    Parameters
    ----------
    path : str or path-like
        The file, for the message.
    expected : str
        What the file should be, for the message.

    Raises
    ------
    ValueError
        If the block raises any exception.

    Examples
    --------
    >>> from skfcn._files import content_errors
    >>> with content_errors("weights.npz", "an .npz archive"):
    ...     {}["coef_0"]
    Traceback (most recent call last):
    ...
    ValueError: weights.npz: cannot be read as an .npz archive (KeyError: 'coef_0')
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path}: cannot be read as {expected} ({reason})") from error


@contextmanager
def atomic_path(path: StrPath) -> Iterator[Path]:
    """Replace a file by one that is written completely, or not at all.

    The block writes to the path that it is given, and that file then takes the place of the
    final one. If the block raises, the final file is left as it was and nothing else remains.
    A symbolic link stays, and what it points to is replaced.

    Parameters
    ----------
    path : str or path-like
        The final file, which may exist.

    Yields
    ------
    temporary : pathlib.Path
        Where to write: a file of the same name, in a temporary folder beside the final file.

    Raises
    ------
    FileExistsError
        If `path` is a directory, a device or anything else that is not a regular file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skfcn._files import atomic_path
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "score.txt")
    ...     with atomic_path(path) as temporary:
    ...         _ = temporary.write_text("0.98")
    ...     path.read_text()
    '0.98'
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "Exists and is not a regular file", os.fspath(path))
    # The folder is private, the file is not: it gets the mode that any new file would have.
    with TemporaryDirectory(prefix=".", dir=target.parent) as folder:
        temporary = Path(folder, target.name)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)


@contextmanager
def open_maybe_gzip(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a file to read bytes, unpacked if its name ends in ``.gz``."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path}: cannot be read as a gzip file ({error})") from error
