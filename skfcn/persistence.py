"""Weights in files: written atomically, read without running anything that a file asks for."""

import io
import math
import pickle
import pickletools
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr  # which cuts what is long
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from skfcn._files import StrPath, atomic_path, content_errors, too_large, unpacked_limit

Layers = tuple[list[NDArray[Any]], list[NDArray[Any]]]

# What NumPy writes into a .npz archive.
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_READ_HEADER = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}

_MAX_PARA_BYTES = 2**30
# NumPy writes at most 40 instructions for an array, so this is enough for 60 layers. Python's
# hash of a tuple that is nested more deeply could overflow the stack of a thread.
_MAX_INSTRUCTIONS = 5_000

# Every name that NumPy writes for an array of floats, from 1.x on and in any pickle protocol: the
# last two in protocol 5, and in 0 to 2, which cannot write bytes.
_PARA_NAMES = re.compile(
    r"numpy\.(ndarray|dtype|_?core\.(multiarray\._reconstruct|numeric\._frombuffer))"
    r"|_codecs\.encode"
)
# How the instructions end whose results NumPy uses twice: names, types, texts, bytes.
_SHARED = ("GLOBAL", "REDUCE", "UNICODE", "BYTES", "BYTES8")
# EXT1 to EXT4 may take a class from a table of the process without asking `find_class`.
_REFUSED = {"DUP", "EXT1", "EXT2", "EXT4"}


def save_weights(estimator: Any, path: StrPath) -> None:
    """Save the weights of a fitted network as an ``.npz`` archive.

    The archive holds ``coef_0``, ``intercept_0``, ``coef_1`` and so on. It is written
    atomically and under exactly the name given: no suffix is added.

    Parameters
    ----------
    estimator : object
        Has ``coefs_``, arrays of shape (n_in, n_out), and ``intercepts_``, of shape (n_out,).
    path : str or path-like
        The file to write or to replace.

    Raises
    ------
    ValueError
        If the weights are not finite floats in shapes that fit each other, or if they are not
        all that the network consists of, since it has normalized layers.

    Examples
    --------
    >>> from skfcn import FCNRegressor
    >>> from skfcn.persistence import load_weights, save_weights
    >>> network = FCNRegressor.from_weights([[[2.0]]], [[0.5]])
    >>> save_weights(network, "weights.npz")
    >>> load_weights("weights.npz")
    ([array([[2.]])], [array([0.5])])
    """
    if fitted := getattr(estimator, "_fitted", None):
        p = fitted.model.network.parameters
        if sum(array.size for array in (*p.coefs, *p.intercepts)) < p.vector.size:
            raise ValueError(
                "The network has normalized layers, whose parameters this file does not hold; "
                "save the estimator with joblib.dump instead."
            )
    coefs, intercepts = _checked_layers("weights", estimator.coefs_, estimator.intercepts_)
    arrays: dict[str, Any] = {f"coef_{i}": coef for i, coef in enumerate(coefs)}
    arrays |= {f"intercept_{i}": intercept for i, intercept in enumerate(intercepts)}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def load_weights(path: StrPath) -> Layers:
    """Load weights that `save_weights` saved.

    Parameters
    ----------
    path : str or path-like
        The ``.npz`` archive, which may unpack to 100 times its size, or to 16 MiB if more.

    Returns
    -------
    coefs : list of ndarray of shape (n_in, n_out)
        The weights of each layer.
    intercepts : list of ndarray of shape (n_out,)
        The biases of each layer.

    Raises
    ------
    ValueError
        If it is no such archive, unpacks to more, or holds no finite floats of shapes that fit.

    Examples
    --------
    See `save_weights`.
    """
    content = Path(path).read_bytes()
    with content_errors(path, "an .npz archive of weights"):
        arrays = _read_npz(content)
    return _checked_layers(path, *_by_layer(path, arrays, "coef_", "intercept_", first=0))


def load_para(path: StrPath) -> Layers:
    """Load a ``.para`` file: a pickled dict of the arrays W1, B1, W2, B2 and so on.

    Weights have the shape (n_out, n_in) there, and biases (n_out, 1); the names may be in small
    letters. A pickle can ask for any function to be run; here none is. The arrays are made from
    the bytes in the file, and a file that describes anything but arrays is refused.

    Parameters
    ----------
    path : str or path-like
        The ``.para`` file, of at most 1 GiB and 60 layers.

    Returns
    -------
    coefs, intercepts : list of ndarray
        Those of `load_weights`, of shape (n_in, n_out) and (n_out,).

    Raises
    ------
    ValueError
        If it is no such pickle, or its arrays are no finite floats of shapes that fit.

    Examples
    --------
    >>> import pickle
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skfcn.persistence import load_para
    >>> parameters = {"W1": np.ones((3, 2)), "B1": np.ones((3, 1))}
    >>> _ = Path("model.para").write_bytes(pickle.dumps(parameters))
    >>> coefs, intercepts = load_para("model.para")
    >>> coefs[0].shape, intercepts[0].shape
    ((2, 3), (3,))
    """
    path = Path(path)
    if path.stat().st_size > _MAX_PARA_BYTES:
        raise ValueError(f"{path}: larger than 1 GiB, the most that is accepted")
    content = path.read_bytes()
    with content_errors(path, "a pickled dict of float arrays"):
        arrays = _in_capitals(_read_para(content))
    weights, biases = _by_layer(path, arrays, "W", "B", first=1)
    if any(bias.shape[1:] != (1,) for bias in biases):
        raise ValueError(f"{path}: expected biases of shape (n_out, 1)")
    return _checked_layers(path, [W.T for W in weights], [bias.ravel() for bias in biases])


def _in_capitals(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return arrays by names in capital letters, W1 for w1."""
    found = {name.upper() if isinstance(name, str) else name: a for name, a in arrays.items()}
    if len(found) < len(arrays):
        raise ValueError(f"names that differ by their letters' size only: {repr(list(arrays))}")
    return found


def _by_layer(
    path: StrPath, arrays: dict[str, NDArray[Any]], weights: str, biases: str, first: int
) -> Layers:
    """Return weights and biases in the order of the numbers in their names."""
    layers = range(first, first + len(arrays) // 2)
    if arrays.keys() != {f"{kind}{i}" for kind in (weights, biases) for i in layers}:
        expected = ", ".join(f"{kind}{first + i}" for i in (0, 1) for kind in (weights, biases))
        raise ValueError(
            f"{path}: expected the arrays {expected} and so on, got {repr(list(arrays))}"
        )
    return [arrays[f"{weights}{i}"] for i in layers], [arrays[f"{biases}{i}"] for i in layers]


def _read_npz(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of an archive.

    `numpy.load` would reserve the memory that an array's header names before it looks for the
    values, and unpack a member that is no array to any size, whatever the directory says.
    """
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
            if member.compress_type not in _ZIP_METHODS:
                raise ValueError(f"{name} is compressed in a way that NumPy does not use")
            with archive.open(member) as file:
                arrays[name] = _read_npy(file.read(member.file_size))
    return arrays


def _read_npy(content: bytes) -> NDArray[Any]:
    file = io.BytesIO(content)
    shape, is_fortran, dtype = _READ_HEADER[npy.read_magic(file)](file)
    if dtype.kind != "f":
        raise TypeError(f"an array of {dtype} instead of floats")
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError("an array of another size than its header says")
    values = np.frombuffer(content, dtype, offset=file.tell())
    return values.reshape(shape, order="F" if is_fortran else "C")


@dataclass(eq=False)
class _Call:
    """A function that a pickle names, or a call of it: it is recorded and never made."""

    name: str
    arguments: tuple[Any, ...] = ()
    state: Any = None

    def __call__(self, *arguments: Any) -> "_Call":
        return _Call(self.name, arguments)

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _ParaUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if not _PARA_NAMES.fullmatch(f"{module}.{name}"):
            raise ValueError(f"it names '{module}.{name}'")
        return _Call(name)


def _read_para(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the float arrays of a pickled dict. Raises almost anything on any other content."""
    file = io.BytesIO(content)
    _check_instructions(file)
    file.seek(0)
    pickled = _ParaUnpickler(file).load()
    if not isinstance(pickled, dict):
        raise TypeError(f"got a {type(pickled).__name__}")
    arrays = {name: _to_array(value) for name, value in pickled.items()}
    if sum(array.nbytes for array in arrays.values()) > len(content):
        raise ValueError("arrays of the same bytes")  # each will become one of its own
    return arrays


def _check_instructions(file: io.BytesIO) -> None:
    """Refuse a pickle that could take more memory than it has bytes, or time without an end.

    Python's unpickler reserves the memory that a length or a place in its memo asks for. Tuples
    of tuples that are used twice double with each instruction, and so does the time to hash them.
    """
    memo: dict[int, str] = {}  # the instruction that made what is there
    made_by = ""
    for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
        name, place = opcode.name, len(memo) if argument is None else argument
        is_write = name.endswith(("PUT", "MEMOIZE"))
        if count >= _MAX_INSTRUCTIONS or (is_write and place >= _MAX_INSTRUCTIONS):
            raise ValueError("more objects than a network has")
        if name in _REFUSED or (name.endswith("GET") and not memo[place].endswith(_SHARED)):
            raise ValueError(f"the instruction {name}, as no array needs it")
        if is_write:
            memo[place] = made_by
        elif name != "FRAME":
            made_by = name
    if file.read(1):
        raise ValueError("bytes after its end")


def _to_array(value: Any) -> NDArray[Any]:
    """Make the array that `value` describes, if it is what NumPy writes for one."""
    match value:
        case _Call("_reconstruct", state=(1, shape, dtype, bool(is_fortran), raw)):
            order: Literal["C", "F"] = "F" if is_fortran else "C"
        case _Call("_frombuffer", (raw, dtype, shape, "C" | "F" as order)):
            pass
        case _:
            raise TypeError(f"a {type(value).__name__} in the place of an array")
    match dtype:
        case _Call("dtype", ("f4" | "f8" as code, *_), (3, "<" | ">" as endian, *_)):
            dtype = np.dtype(endian + code)
        case _:
            raise TypeError("an array of something other than float32 or float64")
    match raw:
        case _Call("encode", (str(text), "latin1")):
            raw = text.encode("latin1")
    return np.frombuffer(raw, dtype).reshape(shape, order=order)


def _checked_layers(source: object, coefs: Sequence[Any], intercepts: Sequence[Any]) -> Layers:
    """Return copies of the arrays, C-contiguous and in native byte order, or say what is wrong."""
    if not 0 < len(coefs) == len(intercepts):
        raise ValueError(
            f"{source}: expected weights and biases of at least one layer, "
            f"got {len(coefs)} arrays of weights and {len(intercepts)} of biases"
        )
    n_inputs = np.shape(coefs[0])[:1]
    for i, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True), start=1):
        n_outputs = np.shape(intercept)
        if len(n_outputs) != 1 or np.shape(coef) != n_inputs + n_outputs or 0 in np.shape(coef):
            raise ValueError(
                f"{source}: layer {i}: weights of shape {np.shape(coef)} do not lead from inputs "
                f"of shape {n_inputs} to biases of shape {n_outputs}"
            )
        n_inputs = n_outputs
    copies = []
    for array in (*coefs, *intercepts):
        native = array.dtype.newbyteorder("=")
        if native not in (np.float32, np.float64):
            raise ValueError(f"{source}: expected arrays of float32 or float64, got {array.dtype}")
        if not np.isfinite(array).all():
            raise ValueError(f"{source}: NaN or infinity in an array of shape {array.shape}")
        copies.append(np.array(array, dtype=native, order="C"))
    return copies[: len(coefs)], copies[len(coefs) :]
