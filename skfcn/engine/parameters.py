"""All weights and biases of a network as one vector, ``[W1 … WL | b1 … bL]``.

A snapshot, a checkpoint, an optimizer's step or a gradient check is one line on that vector;
the layers see it through views. Weights come first, so a penalty on weights is one call on
a prefix. It is also the order in which scikit-learn packs the parameters for L-BFGS.

Normalized layers add their gains, and after those, where no optimizer looks, the running
statistics of batch normalization: ``[W | b | gains | statistics]``.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from skfcn.engine.types import FloatArray


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
    normalized : collection of int, default=()
        The layers that have gains, counted from 0.
    tracked : collection of int, default=()
        Those of them that have running statistics.

    Attributes
    ----------
    vector : ndarray of shape (n_parameters,)
        Everything, weights first.
    trainable : ndarray of shape (n_trainable,)
        The part of `vector` that an optimizer moves, a view; all but the statistics.
    weights : ndarray of shape (n_weights,)
        The part of `vector` that holds weights, a view.
    coefs : list of ndarray of shape (n_in, n_out)
        Weights of each layer, views. (Textbooks write W[l] as (n_out, n_in), its transpose.)
    intercepts : list of ndarray of shape (n_out,)
        Biases of each layer, views.
    gains : dict of int to ndarray of shape (n_out,)
        Factors on the normalized units of each normalized layer, views; one at first.
    statistics : dict of int to ndarray of shape (2, n_out)
        Running mean and variance of each tracked layer, views; zero and one at first.
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        dtype: DTypeLike = np.float64,
        *,
        normalized: Collection[int] = (),
        tracked: Collection[int] = (),
    ) -> None:
        n_weights = sum(n_in * n_out for n_in, n_out in pairwise(layer_sizes))
        n_biases = sum(layer_sizes[1:])
        n_gains = sum(layer_sizes[layer + 1] for layer in normalized)
        n_statistics = sum(2 * layer_sizes[layer + 1] for layer in tracked)
        vector = np.zeros(n_weights + n_biases + n_gains + n_statistics, dtype=dtype)
        self._bind(tuple(layer_sizes), tuple(normalized), tuple(tracked), vector)
        for gain in self.gains.values():
            gain[...] = 1
        for _, variance in self.statistics.values():
            variance[...] = 1

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

    def _bind(
        self,
        layer_sizes: tuple[int, ...],
        normalized: tuple[int, ...],
        tracked: tuple[int, ...],
        vector: FloatArray,
    ) -> None:
        self.layer_sizes, self.normalized, self.tracked = layer_sizes, normalized, tracked
        self.vector = vector
        start = 0

        def view(*shape: int) -> FloatArray:
            nonlocal start
            start += prod(shape)
            return vector[start - prod(shape) : start].reshape(shape)

        self.coefs = LayerArrays(view(*shape) for shape in pairwise(layer_sizes))
        self.weights = vector[:start]
        self.intercepts = LayerArrays(view(n_out) for n_out in layer_sizes[1:])
        self.gains = {layer: view(layer_sizes[layer + 1]) for layer in normalized}
        self.trainable = vector[:start]
        self.statistics = {layer: view(2, layer_sizes[layer + 1]) for layer in tracked}

    def size_of_layer(self, layer: int) -> int:
        """Return how many numbers an optimizer moves in a layer, counted from 0."""
        n_gains = self.gains[layer].size if layer in self.gains else 0
        return self.coefs[layer].size + self.intercepts[layer].size + n_gains

    def like(self) -> "Parameters":
        """Return parameters of the same shapes and type, with values of their own."""
        return Parameters(
            self.layer_sizes,
            self.vector.dtype,
            normalized=self.normalized,
            tracked=self.tracked,
        )

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
        cast = Parameters(
            self.layer_sizes, dtype, normalized=self.normalized, tracked=self.tracked
        )
        cast.vector[...] = self.vector
        return cast

    # Pickle and deepcopy would turn views into copies: save the vector, rebind on load.
    def __getstate__(self) -> dict[str, Any]:
        names = ("layer_sizes", "normalized", "tracked", "vector")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._bind(**state)
