"""Forward and backward through a stack of fully connected layers.

The network hands out raw outputs and takes back their gradient. What the outputs mean, a
probability or a price, is the business of the loss.

With X of shape (m, n[0]) and layer l = 1 … L holding W[l] of shape (n[l-1], n[l]) and b[l]::

    Z[l] = A[l-1] @ W[l] + b[l]         A[0] = X,   A[l] = f(Z[l]) for l < L

and, given dZ[L], the gradient with respect to the raw outputs Z[L]::

    dW[l] = A[l-1].T @ dZ[l]            db[l] = dZ[l] summed over the rows
    dA[l-1] = dZ[l] @ W[l].T            dZ[l-1] = dA[l-1] * f'(Z[l-1])
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import issparse

from skfcn.engine.blas import (
    FloatArray,
    matmul,
    matmul_transposed_a,
    matmul_transposed_b,
    sum_rows,
)
from skfcn.engine.parameters import Parameters
from skfcn.engine.sparse import add_sparse_matmul, sparse_matmul_transposed_a
from skfcn.engine.workspace import ForwardBuffers, Workspace


class ActivationFunction(Protocol):
    """What the network asks of an activation; `skfcn.activations` has them."""

    in_place: bool

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        """Write f(z) into `out`."""

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        """Multiply `delta` by f'(z)."""


class Network:
    """A list of layer widths, an activation for each hidden layer, and one vector.

    Parameters
    ----------
    layer_sizes : sequence of int
        Widths of the layers, inputs first and outputs last. Two of them make a linear model.
    activations : sequence of activation
        One for each hidden layer, ``len(layer_sizes) - 2`` in all.
    dtype : dtype, default=float64
        float32 or float64; all products are computed in it.
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        activations: Sequence[ActivationFunction],
        dtype: DTypeLike = np.float64,
    ) -> None:
        if len(activations) != len(layer_sizes) - 2:
            raise ValueError(
                f"{len(layer_sizes) - 2} hidden layers need as many activations, "
                f"got {len(activations)}."
            )
        self.parameters = Parameters(layer_sizes, dtype)
        self.activations = list(activations)

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Widths of the layers, inputs first and outputs last."""
        return self.parameters.layer_sizes

    @property
    def dtype(self) -> "np.dtype[np.floating]":
        """The type that the network computes in."""
        return self.parameters.vector.dtype

    def workspace(self, n_rows: int) -> Workspace:
        """Allocate the buffers for training on batches of at most `n_rows` rows."""
        return Workspace(self.layer_sizes, self._in_place, n_rows, self.dtype)

    def forward_buffers(self, n_rows: int) -> ForwardBuffers:
        """Allocate the buffers for evaluating at most `n_rows` rows at once."""
        return ForwardBuffers(self.layer_sizes, self._in_place, n_rows, self.dtype)

    @property
    def _in_place(self) -> list[bool]:
        return [activation.in_place for activation in self.activations]

    def forward(self, X: Any, buffers: ForwardBuffers) -> FloatArray:
        """Compute the raw outputs.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (m, n_inputs)
            Of the network's dtype; an array must be C-contiguous.
        buffers : ForwardBuffers
            Of m rows.

        Returns
        -------
        raw : ndarray of shape (m, n_outputs)
            One of the buffers; `backward` takes it back with the gradient in it.
        """
        p, hidden = self.parameters, len(self.activations)
        A = X
        for layer, Z in enumerate(buffers.pre_activations):
            Z[...] = p.intercepts[layer]
            if layer == 0 and issparse(X):
                add_sparse_matmul(A, p.coefs[layer], out=Z)
            else:
                matmul(A, p.coefs[layer], out=Z, beta=1.0)
            if layer < hidden:
                A = buffers.activations[layer]
                self.activations[layer].forward(Z, A)
        return Z

    def backward(
        self, X: Any, output_delta: FloatArray, workspace: Workspace, gradient: Parameters
    ) -> None:
        """Compute the gradient with respect to all weights and biases.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (m, n_inputs)
            What went into `forward`.
        output_delta : ndarray of shape (m, n_outputs)
            Gradient with respect to the raw outputs.
        workspace : Workspace
            What `forward` wrote into; its contents are used up.
        gradient : Parameters
            Takes the gradient, summed over the rows.
        """
        dZ = output_delta
        for layer in reversed(range(len(self.activations) + 1)):
            A = workspace.activations[layer - 1] if layer > 0 else X
            if layer == 0 and issparse(X):
                sparse_matmul_transposed_a(A, dZ, out=gradient.coefs[layer])
            else:
                matmul_transposed_a(A, dZ, out=gradient.coefs[layer])
            sum_rows(dZ, workspace.ones, out=gradient.intercepts[layer])
            if layer > 0:
                dA = workspace.deltas[layer - 1]
                matmul_transposed_b(dZ, self.parameters.coefs[layer], out=dA)
                self.activations[layer - 1].backward(
                    workspace.pre_activations[layer - 1], A, delta=dA
                )
                dZ = dA
