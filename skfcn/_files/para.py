"""Reader of pickled arrays that calls nothing of what the pickle names.

An unpickler that is let loose on a stranger's file can be told to run any function, and even one
that runs none can be told to hash tuples of tuples until the end of days. This one knows only the
instructions that NumPy's arrays need. It records the calls that the file asks for, and makes an
array only of a record that looks like what NumPy writes for one.
"""

import io
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

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_IGNORED = {"PROTO", "FRAME", "STOP"}


def read_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the float arrays of a pickled dict. Raises almost anything on any other content."""
    pickled = _read(content)
    if not isinstance(pickled, dict):
        raise TypeError(f"got a {type(pickled).__name__}")
    arrays = {name: _to_array(value) for name, value in pickled.items()}
    if sum(array.nbytes for array in arrays.values()) > len(content):
        raise ValueError("arrays of the same bytes")  # each will become one of its own
    return arrays


class _Name(str):
    """The full name of a function or a class."""


class _Call:
    """A call that the pickle asks for: kept for `_to_array` to look at, never made."""

    def __init__(self, function: Any, arguments: Any) -> None:
        if not isinstance(function, _Name):
            raise TypeError(f"a call of a {type(function).__name__}")
        self.name = function.rpartition(".")[2]
        self.arguments = arguments
        self.state: Any = None


def _read(content: bytes) -> Any:
    """Carry out a pickle's instructions, which work on a stack; names and calls are recorded."""
    stream = io.BytesIO(content)
    stack: list[Any] = []
    below: list[list[Any]] = []  # what each MARK has set aside
    memo: dict[int, Any] = {}
    argument: Any
    for count, (opcode, argument, _) in enumerate(pickletools.genops(stream), start=1):
        if count > _MAX_OPCODES:
            raise ValueError("more objects than a network has")
        match opcode.name:
            case name if name in _IGNORED:
                pass
            case name if name in _CONSTANTS:
                stack.append(_CONSTANTS[name])
            case "INT" | "BININT" | "BININT1" | "BININT2":
                stack.append(argument)
            case "UNICODE" | "SHORT_BINUNICODE" | "BINUNICODE" | "BINUNICODE8":
                stack.append(argument)
            case "SHORT_BINBYTES" | "BINBYTES" | "BINBYTES8" | "BYTEARRAY8":
                stack.append(argument)
            case "MARK":
                below.append(stack)
                stack = []
            case "TUPLE":
                items, stack = stack, below.pop()
                stack.append(tuple(items))
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name:
                size = int(name[-1])
                stack[-size:] = [tuple(stack[-size:])]
            case "EMPTY_DICT":
                stack.append({})
            case "DICT":
                items, stack = stack, below.pop()
                stack.append({})
                _set_items(stack[-1], items)
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                _set_items(stack[-1], [key, value])
            case "SETITEMS":
                items, stack = stack, below.pop()
                _set_items(stack[-1], items)
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "GLOBAL":
                stack.append(_known(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                attribute, module = stack.pop(), stack.pop()
                stack.append(_known(module, attribute))
            case "REDUCE":
                arguments, function = stack.pop(), stack.pop()
                stack.append(_Call(function, arguments))
            case "BUILD":
                state = stack.pop()
                if not isinstance(stack[-1], _Call):
                    raise TypeError(f"a state for a {type(stack[-1]).__name__}")
                stack[-1].state = state
            case name:
                raise ValueError(f"the instruction {name}, which no array needs")
    if stream.read(1):
        raise ValueError("bytes after its end")
    if below or len(stack) != 1:
        raise ValueError("more or less than one object")
    return stack[0]


def _set_items(mapping: Any, items: list[Any]) -> None:
    keys, values = items[::2], items[1::2]
    # No other keys: to hash a tuple of tuples can take for ever.
    if not (isinstance(mapping, dict) and all(isinstance(key, str) for key in keys)):
        raise TypeError("items that are not those of a dict with names")
    mapping.update(zip(keys, values, strict=True))


def _known(module: Any, attribute: Any) -> _Name:
    if not (isinstance(module, str) and isinstance(attribute, str)):
        raise TypeError("a name that is no text")
    name = _Name(f"{module}.{attribute}")
    if name not in _NAMES:
        raise ValueError(f"it names {str(name)!r}")
    return name


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
