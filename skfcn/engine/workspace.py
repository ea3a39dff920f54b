"""Every buffer that a batch needs, allocated once.

Training runs thousands of batches of one size and a short last one; the short one uses the
first rows of the same buffers.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from skfcn.engine.dropout import Dropout
from skfcn.engine.types import FloatArray


class ForwardBuffers:
    """What a forward pass over at most `n_rows` rows writes into.

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
        self.activations = [
            Z if shared else np.empty_like(Z)
            for Z, shared in zip(self.pre_activations[:-1], in_place, strict=True)
        ]
        self._cuts: dict[int, Self] = {}

    def rows(self, n_rows: int) -> Self:
        """Return the same buffers cut to their first `n_rows` rows."""
        if n_rows == self.n_rows:
            return self
        if n_rows not in self._cuts:
            self._cuts[n_rows] = self._cut(n_rows)
        return self._cuts[n_rows]

    def _cut(self, n_rows: int) -> Self:
        cut = copy(self)
        cut.n_rows = n_rows
        cut.pre_activations = _first_rows(self.pre_activations, n_rows)
        cut.activations = _first_rows(self.activations, n_rows)
        cut._cuts = {}
        return cut


class NormalizationBuffers:
    """What the normalization of one layer keeps from forward to backward.

    Parameters
    ----------
    n_rows, n_units : int
        The most rows that a batch has, and the units of the layer.
    axis : int
        Along which mean and variance are taken.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    normalized : ndarray of shape (n_rows, n_units)
        The normalized pre-activations.
    mean, deviation : ndarray of shape (n_rows, 1) or (1, n_units)
        One number for each row or unit.
    """

    def __init__(self, n_rows: int, n_units: int, axis: int, dtype: DTypeLike) -> None:
        self.normalized = np.empty((n_rows, n_units), dtype=dtype)
        shape = (1, n_units) if axis == 0 else (n_rows, 1)
        self.mean, self.deviation = np.empty(shape, dtype=dtype), np.empty(shape, dtype=dtype)

    def rows(self, n_rows: int) -> Self:
        """Return the same buffers cut to their first rows."""
        cut = copy(self)
        cut.normalized = self.normalized[:n_rows]
        cut.mean, cut.deviation = self.mean[:n_rows], self.deviation[:n_rows]
        return cut


class Workspace(ForwardBuffers):
    """Buffers for one forward and one backward pass, and for the loss between them.

    Attributes
    ----------
    inputs : list of ndarray or CSR matrix of shape (n_rows, layer_sizes[l])
        What the last forward pass fed to each layer: X or activations, after dropout.
    deltas : list of ndarray of shape (n_rows, layer_sizes[l + 1])
        Gradient with respect to Z of each hidden layer.
    ones : ndarray of shape (n_rows,)
        Adds up rows in a product.
    losses : ndarray of shape (n_rows,)
        One number a row.
    scratch : ndarray of shape (2, n_rows, layer_sizes[-1])
        Two more buffers of the shape of the raw outputs, for the loss.
    dropout : dict of int to Dropout
        For the layers whose inputs have it, counted from 0.
    normalization : dict of int to NormalizationBuffers
        For the layers that are normalized.
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        in_place: Sequence[bool],
        n_rows: int,
        dtype: DTypeLike,
    ) -> None:
        super().__init__(layer_sizes, in_place, n_rows, dtype)
        self.inputs: list[Any] = [None] * len(self.pre_activations)
        self.deltas = [np.empty_like(Z) for Z in self.pre_activations[:-1]]
        self.ones = np.ones(n_rows, dtype=dtype)
        self.losses = np.empty(n_rows, dtype=dtype)
        self.scratch = np.empty((2, n_rows, layer_sizes[-1]), dtype=dtype)
        self.dropout: dict[int, Dropout] = {}
        self.normalization: dict[int, NormalizationBuffers] = {}

    def _cut(self, n_rows: int) -> Self:
        cut = super()._cut(n_rows)
        cut.inputs = list(self.inputs)
        cut.deltas = _first_rows(self.deltas, n_rows)
        cut.ones, cut.losses = self.ones[:n_rows], self.losses[:n_rows]
        cut.scratch = self.scratch[:, :n_rows]
        cut.dropout = {layer: item.rows(n_rows) for layer, item in self.dropout.items()}
        cut.normalization = {
            layer: item.rows(n_rows) for layer, item in self.normalization.items()
        }
        return cut


def _first_rows(buffers: list[FloatArray], n_rows: int) -> list[FloatArray]:
    return [buffer[:n_rows] for buffer in buffers]
