"""A network over many rows, a chunk at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from skfcn.engine.network import Network
from skfcn.engine.types import FloatArray
from skfcn.engine.workspace import ForwardBuffers, Workspace

_CHUNK = 2048  # rows that are evaluated at once where there is no batch size


def chunks(n_rows: int) -> Iterator[slice]:
    """Cut `n_rows` rows into slices that are evaluated one at a time."""
    return (slice(start, min(start + _CHUNK, n_rows)) for start in range(0, n_rows, _CHUNK))


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
    n_rows = X.shape[0] if rows is None else len(rows)
    raw = np.empty((n_rows, network.layer_sizes[-1]), dtype=network.dtype)
    for chunk, buffers in _forward(network, X, rows, n_rows):
        raw[chunk] = buffers.pre_activations[-1]
    return raw


def hidden_activations(network: Network, X: Any, layer: int) -> FloatArray:
    """Return the activations of a hidden layer, counted from 0, for all rows of X."""
    n_rows = X.shape[0]
    activations = np.empty((n_rows, network.layer_sizes[layer + 1]), dtype=network.dtype)
    for chunk, buffers in _forward(network, X, None, n_rows):
        activations[chunk] = buffers.activations[layer]
    return activations


def _forward(
    network: Network, X: Any, rows: NDArray[np.intp] | None, n_rows: int
) -> Iterator[tuple[slice, ForwardBuffers]]:
    """Yield each chunk of the rows with what the network computes of it.

    Every call has buffers of its own, so that one network serves many threads.
    """
    buffers = network.forward_buffers(min(n_rows, _CHUNK))
    for chunk in chunks(n_rows):
        chunk_buffers = buffers.rows(chunk.stop - chunk.start)
        network.forward(
            as_batch(X[chunk if rows is None else rows[chunk]], network.dtype), chunk_buffers
        )
        yield chunk, chunk_buffers
