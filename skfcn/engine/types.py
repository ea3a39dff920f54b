"""What passes between a network and its layers: arrays, buffers, and protocols of components."""

from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating[Any]]

Arrays = dict[str, FloatArray]  # what a layer learns, or its gradient, by name
Rows = NDArray[np.intp]  # of an array, by number


class Buffers(SimpleNamespace):
    """What a layer computes, by name, and what its forward pass leaves for its backward pass."""

    def __getattr__(self, name: str) -> Any:  # for the type checker: any name may be there
        raise AttributeError(name)


class NewBuffer(Protocol):
    """Makes buffers of the network's type; a layer asks it for what it needs."""

    rng: np.random.Generator

    def __call__(self, *shape: int) -> Any:
        """Return an uninitialized array."""

    def constant(self, values: ArrayLike) -> FloatArray:
        """Return these numbers in an array of the network's type that nobody overwrites."""

    def integers(self, *shape: int) -> NDArray[np.intp]:
        """Return an uninitialized array of integers."""


class ActivationFunction(Protocol):
    """What `Activate` asks of an activation; `skfcn.activations` has them."""

    in_place: bool
    dropped_value: float

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        """Write f(z) into `out`."""

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        """Multiply `delta` by f'(z)."""


class LayerNormalizer(Protocol):
    """What `Normalize` asks of a normalization; `skfcn.normalization` has them."""

    axis: int
    tracks: bool

    def forward(
        self, z: FloatArray, gain: FloatArray, buffers: Buffers, statistics: FloatArray | None
    ) -> None:
        """Normalize z and multiply it by `gain`, in training."""

    def backward(
        self,
        delta: FloatArray,
        z: FloatArray,
        gain: FloatArray,
        gain_gradient: FloatArray,
        buffers: Buffers,
    ) -> None:
        """Turn the gradient with respect to the output into that with respect to the input."""

    def predict(self, z: FloatArray, gain: FloatArray, statistics: FloatArray | None) -> None:
        """Normalize z and multiply it by `gain`, in prediction."""
