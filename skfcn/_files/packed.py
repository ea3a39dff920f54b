"""What the bytes of a file are: told by how they begin, whatever the file is called."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from typing import IO, Any

from skfcn._files.atomic import content_errors, too_large, unpacked_limit

_CHUNK = 2**20

# How a file begins that holds no text, and what it is.
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"BM": "picture",
    b"II*\x00": "picture",
    b"MM\x00*": "picture",
    b"PAR1": "parquet",
    b"ARROW1": "feather",
    b"\x93NUMPY": "npy",
    b"\xd0\xcf\x11\xe0": "xls",
    b"MATLAB 5.0": "mat",
    b"\x89HDF": "hdf5",
    b"SQLite format 3": "sqlite",
    b"%PDF": "pdf",
    b"\x00\x00\x08\x01": "idx",
    b"\x00\x00\x08\x03": "idx",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_PACKED: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}


def kind_of(content: bytes | bytearray) -> str:
    """Return what a file holds by how it begins; "text" if by nothing else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "picture"
    if content[:2] == b"BM" and content[6:10] != bytes(4):  # letters are no bitmap
        return "text"
    if content[:4] == b"PK\x03\x04":
        return _kind_of_zip(content)
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    # From protocol 2 on a pickle says so; before, it begins with the mark of a dict or a list.
    is_pickle = content[:1] == b"\x80" and 2 <= content[1] <= 5 if len(content) > 1 else False
    if is_pickle or (content[:2] in (b"(d", b"(l") and content[-1:] == b"."):
        return "pickle"
    return "text"


def _kind_of_zip(content: bytes | bytearray) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return "zip"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    return "npz" if names and all(name.endswith(".npy") for name in names) else "zip"


def unpacked(content: bytes | bytearray, name: str) -> bytes | bytearray:
    """Return what a compressed file holds, up to `unpacked_limit`; other content as it is.

    Of an archive it is the only file; ValueError says if there are several.
    """
    limit = unpacked_limit(len(content))
    for beginning, opened in _PACKED.items():
        if content.startswith(beginning):
            with content_errors(name, "a compressed file"), opened(io.BytesIO(content)) as file:
                content = _read(file, limit)
            break
    if content[:4] == b"PK\x03\x04" and kind_of(content) == "zip":
        with content_errors(name, "a zip archive"):
            archive: Any = zipfile.ZipFile(io.BytesIO(content))
            members = [
                info for info in archive.infolist() if _is_data(info.filename, info.is_dir())
            ]
        content = _only(members, lambda info: info.filename, archive.open, name, limit)
    elif content[257:262] == b"ustar":
        with content_errors(name, "a tar archive"):
            archive = tarfile.TarFile(fileobj=io.BytesIO(content))
            members = [info for info in archive if _is_data(info.name, not info.isfile())]
        content = _only(members, lambda info: info.name, archive.extractfile, name, limit)
    return content


def _is_data(name: str, is_folder: bool) -> bool:
    """Tell whether a member of an archive is a file, and not what macOS adds to each."""
    return not is_folder and "__MACOSX" not in name and not name.split("/")[-1].startswith(".")


def _only(
    members: list[Any], name_of: Any, opened: Any, name: str, limit: int
) -> bytes | bytearray:
    if len(members) != 1:
        names = ", ".join(name_of(member) for member in members[:5]) or "none"
        raise ValueError(f"{name}: an archive of {len(members)} files ({names}); unpack it first")
    with content_errors(name, "an archive"), opened(members[0]) as file:
        return _read(file, limit)


def _read(file: IO[bytes], limit: int) -> bytearray:
    unpacked = bytearray()
    while chunk := file.read(_CHUNK):
        unpacked += chunk
        if len(unpacked) > limit:
            raise too_large(limit)
    return unpacked
