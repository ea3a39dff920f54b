"""Reader of real arrays in MATLAB files of version 5 to 7.

SciPy's reader of this format can crash the interpreter on a corrupt file, which no `except`
catches (scipy/scipy#25829, open as of SciPy 1.17); this one cannot. The format is level 5 of
MathWorks' "MAT-File Format".
"""

import struct
import zlib
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn._files.atomic import too_large, unpacked_limit

# The header's end by byte order, and the codes of elements and of stored types.
_ORDERS = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_TYPES |= {12: "i8", 13: "u8"}


def read_mat(content: bytes, names: Collection[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays that have these names. Raises almost anything on a corrupt file."""
    order = _ORDERS.get(content[124:128])
    if order is None:
        raise ValueError("it has no such header")
    arrays: dict[str, NDArray[Any]] = {}
    limit = unpacked_limit(len(content))
    for kind, body in _elements(memoryview(content)[128:], order):
        if kind == _COMPRESSED:
            unpacked = _decompress(body, limit)
            limit -= len(unpacked)
            ((kind, body),) = _elements(memoryview(unpacked), order)
        if kind != _MATRIX:
            raise ValueError(f"an element of type {kind} in the place of a variable")
        # A variable has four parts; five are enough to see that there are too many.
        (_, flags), (_, dims), (_, name), *values = islice(_elements(body, order), 5)
        key = bytes(name).decode("latin1")
        if key not in names:
            continue
        if key in arrays:
            raise ValueError(f"{key} is there twice")
        # The lowest byte is the class, 6 to 15 for numbers; 0x800 marks complex ones.
        (bits,) = struct.unpack_from(order + "I", flags)
        if not 6 <= bits & 0xFF <= 15 or bits & 0x800:
            raise ValueError(f"{key} is not an array of real numbers")
        ((code, data),) = values
        shape = struct.unpack(f"{order}{len(dims) // 4}I", dims)
        arrays[key] = np.frombuffer(data, order + _TYPES[code]).reshape(shape, order="F")
    return arrays


def _decompress(packed: memoryview, limit: int) -> bytes:
    decompressor = zlib.decompressobj()
    unpacked = decompressor.decompress(packed, limit + 1)
    if len(unpacked) > limit:
        raise too_large(limit)
    if not decompressor.eof:
        raise ValueError("its compressed data end too early")
    return unpacked


def _elements(content: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Yield the type and the content of each element of a file or of a variable."""
    position = 0
    while position < len(content):
        kind, size = struct.unpack_from(order + "II", content, position)
        start = position + 8
        if kind > 0xFFFF:  # a small element: its size is next to its type, its content follows
            kind, size = kind & 0xFFFF, kind >> 16
            start -= 4
            position += 8
        else:
            padding = 0 if kind == _COMPRESSED else -size % 8
            position = start + size + padding
        if start + size > len(content):
            raise ValueError("it ends too early")
        yield kind, content[start : start + size]
