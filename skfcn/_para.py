"""Reader of pickled arrays that calls nothing of what the pickle names.

An unpickler that is let loose on a stranger's file can be told to run any function. This one
records the calls that the file asks for, and makes an array only of a record that looks like
what NumPy writes for one.
"""

import io
import pickle
import pickletools
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# NumPy writes at most 40 opcodes per array, so this is enough for 250 layers.
_MAX_OPCODES = 20_000

# Every name that NumPy writes for an array of floats, from 1.x on and in any pickle protocol.
_NAMES = {
    "numpy.ndarray",
    "numpy.dtype",
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.core.numeric._frombuffer",  # protocol 5
    "numpy._core.numeric._frombuffer",
    "_codecs.encode",  # protocols 0 to 2, which cannot write bytes
}


def read_arrays(content: bytes) -> dict[Any, NDArray[Any]]:
    """Return the float arrays of a pickled dict. Raises almost anything on any other content."""
    _check_opcodes(content)
    pickled = _RecordingUnpickler(io.BytesIO(content)).load()
    if not isinstance(pickled, dict):
        raise TypeError(f"got a {type(pickled).__name__}")
    return {name: _to_array(value) for name, value in pickled.items()}


def _check_opcodes(content: bytes) -> None:
    """Refuse a pickle that could exhaust memory or the stack, which a few bytes can do."""
    stream = io.BytesIO(content)
    for count, (opcode, argument, _) in enumerate(pickletools.genops(stream), start=1):
        # The unpickler's memo is an array as long as the largest index that a PUT names.
        index = int(argument or 0) if opcode.name.endswith("PUT") else 0
        if max(count, index) > _MAX_OPCODES:
            raise ValueError("more objects than a network has")
    if stream.read(1):
        raise ValueError("bytes after its end")


class _Call:
    """A call that the pickle asks for: kept for `_to_array` to look at, never made."""

    name: str
    state: Any = None

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _RecordingUnpickler(pickle.Unpickler):
    """Reads a pickle without importing or calling anything that it names."""

    def find_class(self, module: str, name: str) -> type[_Call]:
        if f"{module}.{name}" not in _NAMES:
            raise pickle.UnpicklingError(f"it names {f'{module}.{name}'!r}")
        return type(name, (_Call,), {"name": name})


def _to_array(value: Any) -> NDArray[Any]:
    """Make the array that `value` describes, if it is what NumPy writes for one."""
    match value:
        case _Call(name="_reconstruct", state=(1, shape, dtype, bool(is_fortran), raw)):
            order: Literal["C", "F"] = "F" if is_fortran else "C"
        case _Call(name="_frombuffer", arguments=(raw, dtype, shape, "C" | "F" as order)):
            pass
        case _:
            raise TypeError(f"a {type(value).__name__} in the place of an array")
    match dtype:
        case _Call(
            name="dtype", arguments=("f4" | "f8" as code, *_), state=(3, "<" | ">" as endian, *_)
        ):
            dtype = np.dtype(endian + code)
        case _:
            raise TypeError("an array of something other than float32 or float64")
    match raw:
        case _Call(name="encode", arguments=(str(text), "latin1")):
            raw = text.encode("latin1")
    return np.frombuffer(raw, dtype).reshape(shape, order=order)
