"""Forward and backward through a stack of fully connected layers.

The network hands out raw outputs and takes back their gradient. What the outputs mean, a
probability or a price, is the business of the loss.

With X of shape (m, n[0]) and layer l = 1 … L holding W[l] of shape (n[l-1], n[l]) and b[l]::

    Z[l] = A[l-1] @ W[l] + b[l]         A[0] = X,   A[l] = f(Z[l]) for l < L

and, given dZ[L], the gradient with respect to the raw outputs Z[L]::

    dW[l] = A[l-1].T @ dZ[l]            db[l] = dZ[l] summed over the rows
    dA[l-1] = dZ[l] @ W[l].T            dZ[l-1] = dA[l-1] * f'(Z[l-1])

Two things come in between, where they are asked for. Dropout leaves out some of A[l-1], in
training only; normalization makes it Z[l] = gain[l] * normalize(A[l-1] @ W[l]) + b[l].
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import issparse

from skfcn.engine.blas import matmul, matmul_transposed_a, matmul_transposed_b, sum_rows
from skfcn.engine.dropout import Dropout
from skfcn.engine.parameters import Parameters
from skfcn.engine.sparse import add_sparse_matmul, sparse_matmul_transposed_a
from skfcn.engine.types import ActivationFunction, FloatArray, LayerNormalizer
from skfcn.engine.workspace import ForwardBuffers, NormalizationBuffers, Workspace


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
    normalization : mapping of int to normalization, default={}
        For the layers that have one, counted from 0.
    dropout : mapping of int to float, default={}
        For the layers whose inputs have it, the part of them that is left out.
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        activations: Sequence[ActivationFunction],
        dtype: DTypeLike = np.float64,
        *,
        normalization: Mapping[int, LayerNormalizer] | None = None,
        dropout: Mapping[int, float] | None = None,
    ) -> None:
        if len(activations) != len(layer_sizes) - 2:
            raise ValueError(
                f"{len(layer_sizes) - 2} hidden layers need as many activations, "
                f"got {len(activations)}."
            )
        self.activations: Sequence[ActivationFunction] = activations
        self.normalization: Mapping[int, LayerNormalizer] = normalization or {}
        self.dropout: Mapping[int, float] = dropout or {}
        tracked = [layer for layer, kind in self.normalization.items() if kind.tracks]
        self.parameters = Parameters(
            layer_sizes, dtype, normalized=list(self.normalization), tracked=tracked
        )

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Widths of the layers, inputs first and outputs last."""
        return self.parameters.layer_sizes

    @property
    def dtype(self) -> "np.dtype[np.floating]":
        """The type that the network computes in."""
        return self.parameters.vector.dtype

    def workspace(self, n_rows: int, noise: np.random.Generator | None = None) -> Workspace:
        """Allocate the buffers for training on batches of at most `n_rows` rows.

        Dropout takes its random numbers from `noise`.
        """
        sizes, dtype = self.layer_sizes, self.dtype
        workspace = Workspace(sizes, self._in_place, n_rows, dtype)
        for layer, kind in self.normalization.items():
            workspace.normalization[layer] = NormalizationBuffers(
                n_rows, sizes[layer + 1], kind.axis, dtype
            )
        for layer, rate in self.dropout.items():
            value = self.activations[layer - 1].dropped_value if layer else 0.0
            workspace.dropout[layer] = Dropout(
                rate, n_rows, sizes[layer], dtype, noise or np.random.default_rng(), value
            )
        return workspace

    def forward_buffers(self, n_rows: int) -> ForwardBuffers:
        """Allocate the buffers for evaluating at most `n_rows` rows at once."""
        return ForwardBuffers(self.layer_sizes, self._in_place, n_rows, self.dtype)

    @property
    def _in_place(self) -> list[bool]:
        return [activation.in_place for activation in self.activations]

    def forward(self, X: Any, buffers: ForwardBuffers) -> FloatArray:
        """Compute the raw outputs, for prediction.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (m, n_inputs)
            Of the network's dtype; an array must be C-contiguous.
        buffers : ForwardBuffers
            Of m rows.

        Returns
        -------
        raw : ndarray of shape (m, n_outputs)
            One of the buffers.
        """
        p, A = self.parameters, X
        for layer, Z in enumerate(buffers.pre_activations):
            self._multiply(layer, A, Z)
            if layer in self.normalization:
                self.normalization[layer].predict(Z, p.gains[layer], p.statistics.get(layer))
                Z += p.intercepts[layer]
            if layer < len(self.activations):
                A = buffers.activations[layer]
                self.activations[layer].forward(Z, A)
        return Z

    def forward_training(self, X: Any, workspace: Workspace) -> FloatArray:
        """Compute the raw outputs with dropout, and keep in `workspace` what `backward` needs.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (m, n_inputs)
            Of the network's dtype; an array must be C-contiguous.
        workspace : Workspace
            Of m rows.

        Returns
        -------
        raw : ndarray of shape (m, n_outputs)
            One of the buffers; `backward` takes it back with the gradient in it.
        """
        p, A = self.parameters, X
        for layer, Z in enumerate(workspace.pre_activations):
            if layer in workspace.dropout:
                A = workspace.dropout[layer].forward(A)
            workspace.inputs[layer] = A
            self._multiply(layer, A, Z)
            if layer in self.normalization:
                self.normalization[layer].forward(
                    Z, p.gains[layer], workspace.normalization[layer], p.statistics.get(layer)
                )
                Z += p.intercepts[layer]
            if layer < len(self.activations):
                A = workspace.activations[layer]
                self.activations[layer].forward(Z, A)
        return Z

    def _multiply(self, layer: int, A: Any, Z: FloatArray) -> None:
        """``Z = A @ W + b``, without b where it comes after a normalization."""
        Z[...] = 0 if layer in self.normalization else self.parameters.intercepts[layer]
        if layer == 0 and issparse(A):
            add_sparse_matmul(A, self.parameters.coefs[layer], out=Z)
        else:
            matmul(A, self.parameters.coefs[layer], out=Z, beta=1.0)

    def backward(
        self, output_delta: FloatArray, workspace: Workspace, gradient: Parameters
    ) -> None:
        """Compute the gradient with respect to all weights, biases and gains.

        Parameters
        ----------
        output_delta : ndarray of shape (m, n_outputs)
            Gradient with respect to the raw outputs.
        workspace : Workspace
            What `forward_training` wrote into; its contents are used up.
        gradient : Parameters
            Takes the gradient, summed over the rows.
        """
        p, dZ = self.parameters, output_delta
        for layer in reversed(range(len(self.activations) + 1)):
            A = workspace.inputs[layer]
            sum_rows(dZ, workspace.ones, out=gradient.intercepts[layer])
            if layer in self.normalization:
                self.normalization[layer].backward(
                    dZ,
                    workspace.pre_activations[layer],
                    p.gains[layer],
                    gradient.gains[layer],
                    workspace.normalization[layer],
                )
            if layer == 0 and issparse(A):
                sparse_matmul_transposed_a(A, dZ, out=gradient.coefs[layer])
            else:
                matmul_transposed_a(A, dZ, out=gradient.coefs[layer])
            if layer > 0:
                dA = workspace.deltas[layer - 1]
                matmul_transposed_b(dZ, p.coefs[layer], out=dA)
                if layer in workspace.dropout:
                    workspace.dropout[layer].backward(dA)
                self.activations[layer - 1].backward(
                    workspace.pre_activations[layer - 1],
                    workspace.activations[layer - 1],
                    delta=dA,
                )
                dZ = dA
