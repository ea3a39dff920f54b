"""Dropout: in each batch, every row leaves out units at random.

What is left is scaled up, so that the next layer sees the same mean as without; prediction
then leaves nothing out and needs no scaling ("inverted" dropout). Where a unit that is left out
has another value than zero, scale and shift keep mean and variance of units that have mean 0
and variance 1 (alpha dropout).

References
----------
Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov (2014), "Dropout: a simple way to
prevent neural networks from overfitting"; Klambauer, Unterthiner, Mayr & Hochreiter (2017),
"Self-normalizing neural networks", section 3. :arxiv:`1706.02515`
"""

from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse import issparse

from skfcn.engine.blas import axpy
from skfcn.engine.types import FloatArray


class Dropout:
    """Dropout on the inputs of one layer, with the buffers that it needs.

    Parameters
    ----------
    rate : float
        Probability that a unit is left out, in (0, 1).
    n_rows, n_units : int
        The most rows that a batch has, and the units of a row.
    dtype : dtype
        float32 or float64.
    noise : numpy.random.Generator
        Chooses the units.
    dropped_value : float, default=0.0
        What a unit that is left out is set to.
    """

    def __init__(
        self,
        rate: float,
        n_rows: int,
        n_units: int,
        dtype: DTypeLike,
        noise: np.random.Generator,
        dropped_value: float = 0.0,
    ) -> None:
        self.rate, self.noise, self.dropped_value = rate, noise, dropped_value
        keep = 1 - rate
        if dropped_value:
            self.scale = (keep * (1 + rate * dropped_value**2)) ** -0.5
        else:
            self.scale = 1 / keep
        self.mask = np.empty((n_rows, n_units), dtype=dtype)
        self.output = np.empty_like(self.mask)

    def forward(self, A: Any) -> Any:
        """Return A, an array or a CSR matrix, with some units left out."""
        if issparse(A):
            return self._forward_sparse(A)
        mask, output = self.mask, self.output
        self.noise.random(dtype=mask.dtype, out=mask)
        np.greater_equal(mask, self.rate, out=mask)
        mask *= self.scale
        np.multiply(A, mask, out=output)
        if self.dropped_value:
            # scale (A or dropped_value) + shift, for ones and zeros in mask / scale, where the
            # shift is -scale rate dropped_value.
            axpy(-self.dropped_value, mask.reshape(-1), output.reshape(-1))
            output += self.scale * (1 - self.rate) * self.dropped_value
        return output

    def _forward_sparse(self, A: Any) -> Any:
        # Zeros stay zeros whether they are left out or not.
        kept = self.noise.random(len(A.data), dtype=A.dtype) >= self.rate
        dropped = A.copy()
        dropped.data *= kept * A.dtype.type(self.scale)
        return dropped

    def backward(self, delta: FloatArray) -> None:
        """Turn the gradient with respect to the output into that with respect to A."""
        delta *= self.mask

    def rows(self, n_rows: int) -> Self:
        """Return the same with buffers cut to their first rows."""
        cut = copy(self)
        cut.mask, cut.output = self.mask[:n_rows], self.output[:n_rows]
        return cut
