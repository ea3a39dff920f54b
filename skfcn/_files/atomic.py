"""Files: read within bounds, with errors that name them; written completely or not at all."""

import errno
import gzip
import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

StrPath = str | os.PathLike[str]

_CHUNK = 2**20
_LONGEST_REASON = 300  # characters; some parsers quote all that they were given


@contextmanager
def content_errors(path: StrPath, expected: str) -> Iterator[None]:
    """Turn whatever a parser raises on malformed content into a ValueError naming the file.

    Parsers raise almost any exception on corrupt input, OSError included: read the file before
    the block, so that the operating system's own errors pass through. Warnings are silenced.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        if len(reason) > _LONGEST_REASON:
            reason = reason[:_LONGEST_REASON] + " …"
        raise ValueError(f"{path}: cannot be read as {expected} ({reason})") from error


@contextmanager
def atomic_path(path: StrPath) -> Iterator[Path]:
    """Replace a file by one that is written completely, or not at all.

    The block writes to the path that it is given, and that file then takes the place of the
    final one. If the block raises, the final file is left as it was and nothing else remains.
    If the process is killed, the final file is left as it was or is the new one; a temporary
    folder, ``.tmp`` and random letters, may remain beside it. A symbolic link stays, and what
    it points to is replaced. OSError says that `path` is no regular file, is protected, or
    stands in a folder in which the system refuses to write.
    """
    target = Path(os.path.realpath(path))
    if os.path.lexists(target) and not target.is_file():  # a link that leads to itself, too
        raise FileExistsError(errno.EEXIST, "Exists and is not a regular file", os.fspath(path))
    if target.exists() and not os.access(target, os.W_OK):
        # A rename would not mind, but whoever protected the file does.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    try:
        # The folder is private, the file is not: it gets the mode that any new file would have.
        folder = TemporaryDirectory(prefix=".tmp", dir=target.parent)
    except OSError as error:
        error.filename = os.fspath(path)  # what the user knows, not the folder's random name
        raise
    with folder:
        temporary = Path(folder.name, target.name)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Let a rename outlast a power cut; where the system cannot, one of the two files will."""
    if os.name == "posix":
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def unpacked_limit(n_bytes: int) -> int:
    """Return how many bytes may be made of a file of `n_bytes`: 100 times as many, or 16 MiB.

    Tables usually unpack to 2 to 10 times their size, sparse ones to 75 times; a file of zeros,
    made to exhaust the memory, to 1000 times its size.
    """
    return max(2**24, 100 * n_bytes)


def too_large(limit: int) -> ValueError:
    """Return the error for a file that unpacks to more than `unpacked_limit` allows."""
    return ValueError(
        f"it unpacks to more than {limit:,} bytes, which is more than 100 times its size and "
        "more than 16 MiB; if that is right, save it uncompressed"
    )


def read_maybe_gzip(path: Path) -> bytes | bytearray:
    """Read a file, unpacked (up to `unpacked_limit`) if its name ends in ``.gz``."""
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    limit, unpacked = unpacked_limit(len(content)), bytearray()
    with content_errors(path, "a gzip file"), gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        while chunk := file.read(_CHUNK):
            unpacked += chunk
            if len(unpacked) > limit:
                raise too_large(limit)
    return unpacked
