"""Reader of ``.npz`` archives of floats that takes no memory on a file's word.

`numpy.load` unpacks whatever a zip archive holds, by any method that it knows, and makes an array
of the size that a header names before it looks for the values.
"""

import io
import math
import zipfile
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from skfcn._files.atomic import read_limited, too_large, unpacked_limit

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those that NumPy writes
_READ_HEADER = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_MAX_HEADER = 2**14  # NumPy reads none of more than 10,000 bytes


def read_npz(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays that an archive holds. Raises almost anything on a corrupt one."""
    limit = unpacked_limit(len(content))
    arrays: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > limit:
            raise too_large(limit)
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"{name} is there twice")
            if member.compress_type not in _METHODS:
                raise ValueError(f"{name} is compressed in a way that NumPy does not use")
            with archive.open(member) as file:
                unpacked = read_limited(file, limit)  # the sizes may have been lies
            limit -= len(unpacked)
            arrays[name] = _read_npy(unpacked)
    return arrays


def _read_npy(content: bytearray) -> NDArray[Any]:
    header = io.BytesIO(content[:_MAX_HEADER])
    version = npy.read_magic(header)
    shape, is_fortran, dtype = _READ_HEADER[version](header)
    if dtype.kind != "f":
        raise TypeError(f"an array of {dtype} instead of floats")
    start = header.tell()
    if math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError("an array of another size than its header says")
    values = np.frombuffer(content, dtype, offset=start)
    return values.reshape(shape, order="F" if is_fortran else "C")
