"""Rows of the data, a batch at a time, cast to the computing dtype on the way.

The data are never shuffled, split, copied or converted as a whole: a split or a shuffle is an
array of row numbers, and a batch is gathered into a buffer of its own.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator, RandomState
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import issparse

from skfcn.engine import FloatArray, as_batch

Batch = tuple[Any, FloatArray, FloatArray | None]  # X, y, sample_weight
Augmentation = Callable[[Any, FloatArray, Any], tuple[Any, Any]]


class Gather:
    """Copies chosen rows of an array into one buffer of `n_rows`, in another dtype if need be.

    The source may have any real dtype and any memory order.
    """

    def __init__(self, source: NDArray[Any], n_rows: int, dtype: DTypeLike) -> None:
        self.source = source
        shape = (n_rows, *source.shape[1:])
        self.buffer = np.empty(shape, dtype=dtype)
        # np.take is the fastest gather, but it copies a source of another order whole.
        flags = source.flags
        self.takes = flags.c_contiguous and flags.aligned and source.dtype.isnative
        direct = source.dtype == self.buffer.dtype or not self.takes
        self.staging = self.buffer if direct else np.empty(shape, dtype=source.dtype)

    def __call__(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Return ``source[rows]`` in the buffer, which the next call overwrites."""
        whole = len(rows) == len(self.buffer)
        out = self.buffer if whole else self.buffer[: len(rows)]
        if not self.takes:
            out[...] = self.source[rows]
            return out
        if self.staging is self.buffer:
            # mode="clip" is what lets take write straight into `out`; the rows are all valid.
            return self.source.take(rows, axis=0, out=out, mode="clip")
        staging = self.staging if whole else self.staging[: len(rows)]
        out[...] = self.source.take(rows, axis=0, out=staging, mode="clip")
        return out


class SparseGather:
    """Takes chosen rows of a CSR matrix, in another dtype if need be; they stay sparse."""

    def __init__(self, source: Any, dtype: DTypeLike) -> None:
        self.source = source
        self.dtype = dtype

    def __call__(self, rows: NDArray[np.intp]) -> Any:
        """Return ``source[rows]``."""
        return self.source[rows].astype(self.dtype, copy=False)


def gather(y: Any, n_rows: int, dtype: DTypeLike) -> Callable[..., NDArray[Any]]:
    """Return what copies chosen rows of encoded targets into one buffer of `n_rows`."""
    own: Callable[..., Any] = y.gather if hasattr(y, "gather") else partial(Gather, y)
    return own(n_rows, dtype)


class Batches:
    """The training data in batches; iterating is one epoch.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Inputs.
    y : ndarray, OneHot or SparseRows of shape (n_samples, n_outputs)
        Encoded targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights.
    rows : ndarray of int
        The rows to train on.
    batch_size : int
        Rows in a batch; the last one of an epoch may be shorter.
    dtype : dtype
        Of the batches.
    augmentation : callable, default=None
        Maps X, y and `rng` of a batch to another X and y of the same shapes.
    rng : Generator, default=None
        Random numbers for it.
    """

    def __init__(
        self,
        X: Any,
        y: NDArray[Any],
        sample_weight: FloatArray | None,
        rows: NDArray[np.intp],
        batch_size: int,
        dtype: DTypeLike,
        augmentation: Augmentation | None = None,
        rng: Generator | None = None,
    ) -> None:
        self.order = rows.copy()
        self.batch_size = batch_size
        self._X = SparseGather(X, dtype) if issparse(X) else Gather(X, batch_size, dtype)
        self._y = gather(y, batch_size, dtype)
        self._weight = None if sample_weight is None else Gather(sample_weight, batch_size, dtype)
        self._augmentation, self._rng = augmentation, rng

    def __len__(self) -> int:
        """Return the number of rows of an epoch."""
        return len(self.order)

    def shuffle(self, rng: RandomState) -> None:
        """Put the rows into another order."""
        rng.shuffle(self.order)

    def __iter__(self) -> Iterator[Batch]:
        """Yield X, y and sample_weight of each batch; the next batch overwrites them."""
        return self.from_row(0)

    def from_row(self, n: int) -> Iterator[Batch]:
        """Yield the batches of an epoch from its n-th row on."""
        for start in range(n, len(self.order), self.batch_size):
            rows = self.order[start : start + self.batch_size]
            weight = None if self._weight is None else self._weight(rows)
            X, y = self._X(rows), self._y(rows)
            if self._augmentation is not None:
                X, y = self._augmented(self._augmentation, X, y)
            yield X, y, weight

    def _augmented(
        self, augmentation: Augmentation, X: Any, y: FloatArray
    ) -> tuple[Any, FloatArray]:
        new_X, new_y = augmentation(X, y, self._rng)
        new_X, new_y = as_batch(new_X, X.dtype), as_batch(new_y, y.dtype)
        if new_X.shape != X.shape or new_y.shape != y.shape:
            raise ValueError(
                "augmentation must return X and y of the shapes that it was given, "
                f"{X.shape} and {y.shape}, got {new_X.shape} and {new_y.shape}."
            )
        return new_X, new_y
