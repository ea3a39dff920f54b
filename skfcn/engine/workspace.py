"""Every buffer that a batch needs, allocated once.

Training runs thousands of batches of one size and a short last one; the short one uses the
first rows of the same buffers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from skfcn.engine.blas import FloatArray


class Workspace:
    """Buffers for one forward and one backward pass over at most `n_rows` rows.

    Parameters
    ----------
    layer_sizes : sequence of int
        Widths of the layers, inputs first and outputs last.
    in_place : sequence of bool
        For each hidden layer, whether its activation may overwrite its input. Where it may,
        both are one buffer.
    n_rows : int
        The most rows that a batch has.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    pre_activations : list of ndarray of shape (n_rows, layer_sizes[l + 1])
        Z of each layer; the last one holds the raw outputs.
    activations : list of ndarray of shape (n_rows, layer_sizes[l + 1])
        A of each hidden layer.
    deltas : list of ndarray of shape (n_rows, layer_sizes[l + 1])
        Gradient with respect to Z of each hidden layer.
    ones : ndarray of shape (n_rows,)
        Adds up rows in a product.
    losses : ndarray of shape (n_rows,)
        One number a row.
    scratch : ndarray of shape (2, n_rows, layer_sizes[-1])
        Two more buffers of the shape of the raw outputs, for the loss.
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        in_place: Sequence[bool],
        n_rows: int,
        dtype: DTypeLike,
    ) -> None:
        self.n_rows = n_rows
        self.pre_activations = [np.empty((n_rows, n), dtype=dtype) for n in layer_sizes[1:]]
        hidden = self.pre_activations[:-1]
        self.activations = [
            Z if shared else np.empty_like(Z) for Z, shared in zip(hidden, in_place, strict=True)
        ]
        self.deltas = [np.empty_like(Z) for Z in hidden]
        self.ones = np.ones(n_rows, dtype=dtype)
        self.losses = np.empty(n_rows, dtype=dtype)
        self.scratch = np.empty((2, n_rows, layer_sizes[-1]), dtype=dtype)
        self._cuts: dict[int, Workspace] = {}

    def rows(self, n_rows: int) -> "Workspace":
        """Return the same buffers cut to their first `n_rows` rows."""
        if n_rows == self.n_rows:
            return self
        if n_rows not in self._cuts:
            self._cuts[n_rows] = self._cut(n_rows)
        return self._cuts[n_rows]

    def _cut(self, n_rows: int) -> "Workspace":
        def cut(buffers: list[FloatArray]) -> list[FloatArray]:
            return [buffer[:n_rows] for buffer in buffers]

        workspace = Workspace.__new__(Workspace)
        workspace.n_rows = n_rows
        workspace.pre_activations = cut(self.pre_activations)
        workspace.activations = cut(self.activations)
        workspace.deltas = cut(self.deltas)
        workspace.ones = self.ones[:n_rows]
        workspace.losses = self.losses[:n_rows]
        workspace.scratch = self.scratch[:, :n_rows]
        workspace._cuts = {}
        return workspace
