"""Every buffer that a batch needs, allocated once.

The buffers of a short last batch lie in the same memory.
"""

from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from skfcn.engine.types import Buffers, FloatArray

_ALIGNMENT = 64  # bytes, a line of the processor's cache


class NewArray:
    """Makes each buffer as an array of its own, of float32 or float64."""

    rng: np.random.Generator

    def __init__(self, dtype: DTypeLike) -> None:
        self.dtype = np.dtype(dtype)

    def __call__(self, *shape: int) -> FloatArray | None:
        """Return an uninitialized array."""
        return np.empty(shape, self.dtype)

    def constant(self, values: ArrayLike) -> FloatArray:
        """Return numbers that never lie in shared memory, where another batch overwrites them."""
        return np.array(values, self.dtype)

    def integers(self, *shape: int) -> NDArray[np.intp]:
        """Return an uninitialized array of integers."""
        return np.empty(shape, np.intp)


class _Layout(Protocol):
    """What a workspace asks of a network."""

    @property
    def dtype(self) -> "np.dtype[Any]":
        """The type of the buffers."""

    def output_shape(self, n_rows: int) -> tuple[int, int]:
        """Return the shape of the raw outputs for so many rows of X."""

    def training_buffers(self, n_rows: int, new: NewArray) -> list[Buffers]:
        """Return the buffers of each layer."""


class Workspace(NewArray):
    """Buffers for the passes of at most `n_rows` rows and for the loss, in one block of memory.

    Dropout takes its random numbers from `rng`.
    """

    def __init__(
        self, network: _Layout, n_rows: int, rng: np.random.Generator | None = None
    ) -> None:
        super().__init__(network.dtype)
        self.network, self.rng = network, rng or np.random.default_rng()
        self._memory: FloatArray | None = None
        self._of_rows: dict[int, Buffers] = {}
        self._lay_out(n_rows)  # counts the numbers that are needed
        n_bytes = self._used * self.dtype.itemsize
        memory = np.empty(n_bytes + _ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % _ALIGNMENT
        self._memory = memory[start : start + n_bytes].view(self.dtype)

    def __call__(self, *shape: int) -> FloatArray | None:
        """Return the next part of the memory; None as long as it is only counted."""
        start, size = self._used, prod(shape)
        numbers_a_line = _ALIGNMENT // self.dtype.itemsize
        self._used += -(-size // numbers_a_line) * numbers_a_line
        return None if self._memory is None else self._memory[start : start + size].reshape(shape)

    def rows(self, n_rows: int) -> Buffers:
        """Return the buffers for a batch of `n_rows` rows.

        They are `layers`, a list with the buffers of each layer; and for the loss `losses`, a
        number for each row, and `scratch`, two more arrays of the shape of the raw outputs.
        """
        if n_rows not in self._of_rows:
            self._of_rows[n_rows] = self._lay_out(n_rows)
        return self._of_rows[n_rows]

    def _lay_out(self, n_rows: int) -> Buffers:
        self._used = 0
        raw_shape = self.network.output_shape(n_rows)
        return Buffers(
            layers=self.network.training_buffers(n_rows, self),
            losses=self(raw_shape[0]),
            scratch=self(2, *raw_shape),
        )
