"""All weights and biases of a network as one vector, ``[W1 … WL | b1 … bL]``.

A snapshot, a checkpoint, an optimizer's step or a gradient check is one line on that vector;
the layers see it through views. Weights come first, so a penalty on weights is one call on
a prefix. It is also the order in which scikit-learn packs the parameters for L-BFGS.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from skfcn.engine.blas import FloatArray


class LayerArrays(list[NDArray[Any]]):
    """One array a layer; assigning to an item writes into the shared vector."""

    def __setitem__(self, index: Any, value: Any) -> None:
        own, new = (self[index], value) if isinstance(index, slice) else ([self[index]], [value])
        expected, got = [array.shape for array in own], [np.shape(array) for array in new]
        if expected != got:
            raise ValueError(f"Layer {index}: expected arrays of shape {expected}, got {got}.")
        for array, values in zip(own, new, strict=True):
            array[...] = values


class Parameters:
    """One vector, and the weights and biases of each layer as views of it.

    Parameters
    ----------
    layer_sizes : sequence of int
        Widths of the layers, inputs first and outputs last.
    dtype : dtype, default=float64
        float32 or float64.

    Attributes
    ----------
    vector : ndarray of shape (n_parameters,)
        Everything, weights first.
    weights : ndarray of shape (n_weights,)
        The part of `vector` that holds weights, a view.
    coefs : list of ndarray of shape (n_in, n_out)
        Weights of each layer, views. (Textbooks write W[l] as (n_out, n_in), its transpose.)
    intercepts : list of ndarray of shape (n_out,)
        Biases of each layer, views.
    """

    def __init__(self, layer_sizes: Sequence[int], dtype: DTypeLike = np.float64) -> None:
        n_weights = sum(n_in * n_out for n_in, n_out in pairwise(layer_sizes))
        vector = np.zeros(n_weights + sum(layer_sizes[1:]), dtype=dtype)
        self._bind(tuple(layer_sizes), vector)

    @classmethod
    def from_arrays(
        cls, coefs: Sequence[ArrayLike], intercepts: Sequence[ArrayLike]
    ) -> "Parameters":
        """Pack arrays, one pair a layer, into one vector of their common float type."""
        arrays = [np.asarray(array) for array in (*coefs, *intercepts)]
        weights, biases = arrays[: len(coefs)], arrays[len(coefs) :]
        if not weights or len(weights) != len(biases):
            raise ValueError(
                "Expected as many coefs as intercepts and at least one of each, got "
                f"{len(weights)} and {len(biases)}."
            )
        if any(W.ndim != 2 for W in weights):
            raise ValueError(
                f"Each of coefs must be 2-D (n_in, n_out), got {[W.shape for W in weights]}."
            )
        layer_sizes = [weights[0].shape[0], *(W.shape[1] for W in weights)]
        dtype = np.result_type(*arrays)
        packed = cls(layer_sizes, dtype if dtype == np.float32 else np.float64)
        packed.assign(weights, biases)
        return packed

    def _bind(self, layer_sizes: tuple[int, ...], vector: FloatArray) -> None:
        self.layer_sizes = layer_sizes
        self.vector = vector
        self.coefs, self.intercepts = LayerArrays(), LayerArrays()
        start = 0
        for n_in, n_out in pairwise(layer_sizes):
            self.coefs.append(vector[start : start + n_in * n_out].reshape(n_in, n_out))
            start += n_in * n_out
        self.weights = vector[:start]
        for n_out in layer_sizes[1:]:
            self.intercepts.append(vector[start : start + n_out])
            start += n_out

    def assign(self, coefs: Sequence[ArrayLike], intercepts: Sequence[ArrayLike]) -> None:
        """Copy values into the vector, after all their shapes have been checked."""
        for name, own, new in (
            ("coefs", self.coefs, coefs),
            ("intercepts", self.intercepts, intercepts),
        ):
            expected, got = [a.shape for a in own], [np.shape(a) for a in new]
            if expected != got:
                raise ValueError(f"{name} must have the shapes {expected}, got {got}.")
        self.coefs[:], self.intercepts[:] = coefs, intercepts

    def astype(self, dtype: DTypeLike) -> "Parameters":
        """Return the same numbers in another type."""
        cast = Parameters(self.layer_sizes, dtype)
        cast.vector[...] = self.vector
        return cast

    # Pickle and deepcopy would turn views into copies: save the vector, rebind on load.
    def __getstate__(self) -> dict[str, Any]:
        return {"layer_sizes": self.layer_sizes, "vector": self.vector}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._bind(state["layer_sizes"], state["vector"])
