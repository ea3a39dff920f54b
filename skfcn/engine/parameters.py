"""All that a network learns, as one vector: ``[weights | biases | free | statistics]``.

A snapshot, a checkpoint, an optimizer's step or a gradient check is one line on that vector;
the layers see it through views. It is ordered by kind. Weights come first, so a penalty on
weights is one call on a prefix; weights and then biases is also the order in which scikit-learn
packs them for L-BFGS. Free arrays, the gains of a normalization, are trained without a penalty.
Statistics come last, where no optimizer looks: those of batch normalization are averages.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from skfcn.engine.types import Arrays, FloatArray

KINDS = ("weight", "bias", "free", "statistic")

Spec = Sequence[Mapping[str, tuple[str, tuple[int, ...]]]]  # a layer: {name: (kind, shape)}


def size_of(spec: Spec) -> int:
    """Return how many numbers a network has."""
    return sum(prod(shape) for arrays in spec for _, shape in arrays.values())


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
    """One vector, and the arrays of each layer as views of it.

    Parameters
    ----------
    spec : sequence of dict
        For each layer its arrays, ``{name: (kind, shape)}``; `KINDS` are the kinds.
    vector : ndarray of shape (n_parameters,), default=None
        What the views show; zeros if None.
    dtype : dtype, default=float64
        Of the zeros: float32 or float64.

    Attributes
    ----------
    vector : ndarray of shape (n_parameters,)
        Everything, weights first.
    layers : list of dict of str to ndarray
        The arrays of each layer by name, views.
    slices : dict of (int, str) to slice
        Where the array of a layer stands in `vector`, in its order.
    weights, trainable : ndarray
        The parts of `vector` that hold weights, and all but statistics; views.
    coefs, intercepts : list of ndarray
        Weights of shape (n_in, n_out) and biases of shape (n_out,) of each layer, views.
        (Textbooks write W[l] as (n_out, n_in), its transpose.)
    """

    def __init__(
        self, spec: Spec, vector: FloatArray | None = None, dtype: DTypeLike = np.float64
    ) -> None:
        if vector is None:
            vector = np.zeros(size_of(spec), dtype)
        self.bind(spec, vector)

    def bind(self, spec: Spec, vector: FloatArray) -> None:
        """Show this vector, laid out for these arrays."""
        self.spec, self.vector = spec, vector
        self.layers: list[Arrays] = [{} for _ in spec]
        self.slices: dict[tuple[int, str], slice] = {}
        stop, end = 0, {}
        for kind in KINDS:
            for layer, arrays in enumerate(spec):
                for name, (its_kind, shape) in arrays.items():
                    if its_kind == kind:
                        start, stop = stop, stop + prod(shape)
                        self.slices[layer, name] = slice(start, stop)
                        self.layers[layer][name] = vector[start:stop].reshape(shape)
            end[kind] = stop
        self.weights, self.trainable = vector[: end["weight"]], vector[: end["free"]]
        self.coefs, self.intercepts = self._of_kind("weight"), self._of_kind("bias")

    def _of_kind(self, kind: str) -> LayerArrays:
        return LayerArrays(
            self.layers[layer][name]
            for layer, arrays in enumerate(self.spec)
            for name, (its_kind, _) in arrays.items()
            if its_kind == kind
        )

    def like(self) -> "Parameters":
        """Return zeros of the same shapes and type."""
        return Parameters(self.spec, np.zeros_like(self.vector))

    def assign(self, coefs: Sequence[ArrayLike], intercepts: Sequence[ArrayLike]) -> None:
        """Copy weights and biases into the vector, after all their shapes have been checked."""
        for name, own, new in (
            ("coefs", self.coefs, coefs),
            ("intercepts", self.intercepts, intercepts),
        ):
            expected, got = [a.shape for a in own], [np.shape(a) for a in new]
            if expected != got:
                raise ValueError(f"{name} must have the shapes {expected}, got {got}.")
        self.coefs[:], self.intercepts[:] = coefs, intercepts

    # Pickle and deepcopy would turn views into copies: keep the vector, and bind it again.
    def __getstate__(self) -> dict[str, Any]:
        return {"spec": self.spec, "vector": self.vector}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.bind(**state)
