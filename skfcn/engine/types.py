"""What passes between the network and its parts: arrays, and two protocols."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


class ActivationFunction(Protocol):
    """What the network asks of an activation; `skfcn.activations` has them."""

    in_place: bool
    dropped_value: float

    def forward(self, z: FloatArray, out: FloatArray) -> None:
        """Write f(z) into `out`."""

    def backward(self, z: FloatArray, out: FloatArray, delta: FloatArray) -> None:
        """Multiply `delta` by f'(z)."""


class LayerNormalizer(Protocol):
    """What the network asks of a normalization; `skfcn.normalization` has them."""

    axis: int
    tracks: bool

    def forward(
        self,
        z: FloatArray,
        gain: FloatArray,
        buffers: Any,
        statistics: FloatArray | None,
    ) -> None:
        """Normalize z and multiply it by `gain`, in training."""

    def backward(
        self,
        delta: FloatArray,
        z: FloatArray,
        gain: FloatArray,
        gain_gradient: FloatArray,
        buffers: Any,
    ) -> None:
        """Turn the gradient with respect to the output into that with respect to the input."""

    def predict(self, z: FloatArray, gain: FloatArray, statistics: FloatArray | None) -> None:
        """Normalize z and multiply it by `gain`, in prediction."""
