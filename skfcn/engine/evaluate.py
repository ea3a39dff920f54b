"""A network over many rows, a chunk at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import issparse

from skfcn.engine.network import Network
from skfcn.engine.types import FloatArray
from skfcn.engine.workspace import Workspace

_CHUNK = 2048  # rows that are evaluated at once where there is no batch size
_FEW = 64  # rows for which it does not matter
_OF_SPARSE = 2**22  # numbers of a layer that are made at once of a sparse matrix
_OF_MEMBERS = 1024  # of all members together, whose buffers then stay in cache


def chunks(n_rows: int, size: int | None = None) -> Iterator[slice]:
    """Cut `n_rows` rows into slices that are evaluated one at a time."""
    size = size or _CHUNK
    return (slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size))


def chunk_workspace(network: Network, n_rows: int) -> Workspace:
    """Allocate the buffers for training on the chunks of `n_rows` rows."""
    return network.workspace(min(n_rows, _CHUNK))


def as_batch(X: Any, dtype: DTypeLike) -> Any:
    """Return some rows in a form that the network takes, without a copy where they have it."""
    if isinstance(X, np.ndarray):
        return np.ascontiguousarray(X, dtype=dtype)
    return X.astype(dtype, copy=False)


def raw_outputs(network: Network, X: Any, rows: NDArray[np.intp] | None = None) -> FloatArray:
    """Return the network's raw outputs, for all rows of X or for the chosen ones."""
    return _outputs(network, X, rows, len(network.layers))


def raw_chunks(network: Network, X: Any) -> Iterator[tuple[slice, FloatArray]]:
    """Yield which rows, and their raw outputs, a chunk at a time; the next overwrites them."""
    return _chunk_outputs(network, X, None, len(network.layers))


def hidden_activations(network: Network, X: Any, layer: int) -> FloatArray:
    """Return the activations of a hidden layer, counted from 0, for all rows of X."""
    return _outputs(network, X, None, network.end_of_hidden_layer(layer))


def _at_once(network: Network) -> int:
    members, _ = network.output_shape(1)
    return _CHUNK if members == 1 else max(_OF_MEMBERS // members, 1)


def _outputs(network: Network, X: Any, rows: NDArray[np.intp] | None, n_layers: int) -> FloatArray:
    """Return what comes out of the first layers.

    Every call has buffers of its own, so that one network serves many threads.
    """
    n_rows = X.shape[0] if rows is None else len(rows)
    members, width = network.output_shape(1, n_layers)  # each row comes back once a member
    outputs = None
    for chunk, found in _chunk_outputs(network, X, rows, n_layers):
        if chunk.stop - chunk.start == n_rows:  # the buffer that they are in is nobody else's
            return found
        if outputs is None:
            outputs = np.empty((members, n_rows, width), network.dtype)
        outputs[:, chunk] = found.reshape(members, -1, width)
    return np.empty((0, width), network.dtype) if outputs is None else outputs.reshape(-1, width)


def _chunk_outputs(
    network: Network, X: Any, rows: NDArray[np.intp] | None, n_layers: int
) -> Iterator[tuple[slice, FloatArray]]:
    """Yield what comes out of the first layers, a chunk of rows at a time."""
    n_rows = X.shape[0] if rows is None else len(rows)
    size = _CHUNK if n_rows <= _FEW else _at_once(network)
    if issparse(X):  # whose rows are cut by making copies, or if it is CSC by making it CSR
        size = max(size, _OF_SPARSE // max(network.layer_sizes[1:]))
    if 0 < n_rows <= size:
        chosen = X if rows is None else X[rows]
        buffers = network.buffers(n_rows, issparse(X))
        yield slice(0, n_rows), network.predict(as_batch(chosen, network.dtype), buffers, n_layers)
        return
    if issparse(X):
        X = X.tocsr()  # whose rows can be cut
    n_buffered, buffers = 0, []
    for chunk in chunks(n_rows, size):
        if chunk.stop - chunk.start != n_buffered:  # the first, and a shorter last one
            n_buffered, buffers = chunk.stop - chunk.start, []  # the last ones go before
            buffers = network.buffers(n_buffered, issparse(X))
        chosen = chunk if rows is None else rows[chunk]
        # The batch has no name here, so that it goes before the next one comes.
        yield chunk, network.predict(as_batch(X[chosen], network.dtype), buffers, n_layers)
