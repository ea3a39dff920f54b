"""Weights in files: written atomically, read without running anything that a file asks for."""

from collections.abc import Sequence
from pathlib import Path
from reprlib import repr  # which cuts what is long
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn._files import StrPath, atomic_path, content_errors, read_arrays, read_npz

Layers = tuple[list[NDArray[Any]], list[NDArray[Any]]]

_MAX_PARA_BYTES = 2**30


def save_weights(estimator: Any, path: StrPath) -> None:
    """Save the weights of a fitted network as an ``.npz`` archive.

    The archive holds ``coef_0``, ``intercept_0``, ``coef_1`` and so on. It is written
    atomically and under exactly the name given: no suffix is added.

    Parameters
    ----------
    estimator : object
        Has ``coefs_``, a list of arrays of shape (n_in, n_out), and ``intercepts_``, a list of
        arrays of shape (n_out,).
    path : str or path-like
        The file to write or to replace.

    Raises
    ------
    ValueError
        If the weights are not finite floats in shapes that fit each other, or if they are not
        all that the network consists of, since it has normalized layers.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.neural_network import MLPRegressor
    >>> from skfcn.persistence import load_weights, save_weights
    >>> network = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs")
    >>> _ = network.fit([[0, 0], [1, 1]], [0, 1])
    >>> with TemporaryDirectory() as folder:
    ...     save_weights(network, Path(folder, "weights.npz"))
    ...     coefs, intercepts = load_weights(Path(folder, "weights.npz"))
    >>> [coef.shape for coef in coefs], [intercept.shape for intercept in intercepts]
    ([(2, 3), (3, 1)], [(3,), (1,)])
    """
    fitted = getattr(estimator, "_fitted", None)
    if fitted is not None and not _is_all_there(fitted.model.network.parameters):
        raise ValueError(
            "The network has normalized layers, whose parameters this file does not hold; save "
            "the estimator with joblib.dump instead."
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
        The ``.npz`` archive. It may be compressed, and may unpack to 100 times its size, or to
        16 MiB if that is more.

    Returns
    -------
    coefs : list of ndarray of shape (n_in, n_out)
        The weights of each layer.
    intercepts : list of ndarray of shape (n_out,)
        The biases of each layer.

    Raises
    ------
    ValueError
        If the file is not such an archive, if it unpacks to more, or if the arrays in it are
        not finite floats in shapes that fit each other.

    Examples
    --------
    See `save_weights`.
    """
    content = Path(path).read_bytes()
    with content_errors(path, "an .npz archive of weights"):
        arrays = read_npz(content)
    coefs = [f"coef_{i}" for i in range(len(arrays) // 2)]
    intercepts = [f"intercept_{i}" for i in range(len(arrays) // 2)]
    if arrays.keys() != {*coefs, *intercepts}:
        raise ValueError(
            f"{path}: expected the arrays coef_0, intercept_0, coef_1, intercept_1 and so on, "
            f"got {repr(list(arrays))}"
        )
    return _checked_layers(
        path, [arrays[name] for name in coefs], [arrays[name] for name in intercepts]
    )


def load_para(path: StrPath) -> Layers:
    """Load a ``.para`` file: a pickled dict of the arrays W1, B1, W2, B2 and so on.

    Weights have the shape (n_out, n_in) there, and biases (n_out, 1). A pickle can ask for any
    function to be run; here none is. The arrays are made from the bytes in the file, and a
    file that describes anything but arrays is refused.

    Parameters
    ----------
    path : str or path-like
        The ``.para`` file, of at most 1 GiB.

    Returns
    -------
    coefs : list of ndarray of shape (n_in, n_out)
        The weights of each layer.
    intercepts : list of ndarray of shape (n_out,)
        The biases of each layer.

    Raises
    ------
    ValueError
        If the file is not such a pickle, or if the arrays in it are not finite floats in
        shapes that fit each other.

    Examples
    --------
    >>> import pickle
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from skfcn.persistence import load_para
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.para")
    ...     _ = path.write_bytes(pickle.dumps({"W1": np.ones((3, 2)), "B1": np.ones((3, 1))}))
    ...     coefs, intercepts = load_para(path)
    >>> coefs[0].shape, intercepts[0].shape
    ((2, 3), (3,))
    """
    path = Path(path)
    if path.stat().st_size > _MAX_PARA_BYTES:
        raise ValueError(f"{path}: larger than 1 GiB, the most that is accepted")
    content = path.read_bytes()
    with content_errors(path, "a pickled dict of float arrays"):
        arrays = read_arrays(content)
    layers = range(1, len(arrays) // 2 + 1)
    if arrays.keys() != {f"{letter}{i}" for letter in "WB" for i in layers}:
        raise ValueError(f"{path}: expected the keys W1, B1, W2, B2 and so on, and no others")
    if any(arrays[f"B{i}"].shape[1:] != (1,) for i in layers):
        raise ValueError(f"{path}: expected biases of shape (n_out, 1)")
    return _checked_layers(
        path, [arrays[f"W{i}"].T for i in layers], [arrays[f"B{i}"].ravel() for i in layers]
    )


def _is_all_there(parameters: Any) -> bool:
    """Tell whether weights and biases are all that a network consists of."""
    arrays = (*parameters.coefs, *parameters.intercepts)
    return sum(array.size for array in arrays) == parameters.vector.size


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
    copies = [_finite_copy(source, array) for array in (*coefs, *intercepts)]
    return copies[: len(coefs)], copies[len(coefs) :]


def _finite_copy(source: object, array: NDArray[Any]) -> NDArray[Any]:
    native = array.dtype.newbyteorder("=")
    if native not in (np.float32, np.float64):
        raise ValueError(f"{source}: expected arrays of float32 or float64, got {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{source}: NaN or infinity in an array of shape {array.shape}")
    return np.array(array, dtype=native, order="C")
