"""Encoded labels that are never written out as a whole: each batch becomes rows of ones and zeros.

A boolean array of 40,000 rows and 5,000 classes would take 200 MB; the places of its ones take
0.3 MB. Both classes have what training asks of an array of booleans.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_array

_TABLE = 100  # columns up to which rows are taken from a table faster than they are written


class OneHot:
    """Rows with a single one each, kept as the columns of the ones."""

    dtype = np.dtype(bool)

    def __init__(self, columns: NDArray[np.intp], n_columns: int) -> None:
        self.columns, self.shape = columns, (len(columns), n_columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def content(self) -> NDArray[np.intp]:
        """What the rows are kept in."""
        return self.columns

    def __getitem__(self, rows: Any) -> "OneHot":
        return OneHot(self.columns[rows], self.shape[1])

    def argmax(self, axis: int) -> NDArray[np.intp]:
        """Return the column of each row's one."""
        return self.columns

    def sum(self, axis: int) -> NDArray[np.intp]:
        """Return how many ones each column has."""
        return np.bincount(self.columns, minlength=self.shape[1])

    def astype(self, dtype: DTypeLike, copy: bool = True) -> NDArray[Any]:
        """Return the rows written out."""
        out = np.zeros(self.shape, dtype)
        out[np.arange(len(self)), self.columns] = 1
        return out

    def gather(self, n_rows: int, dtype: DTypeLike) -> "OneHotGather":
        """Return what writes chosen rows into one buffer."""
        return OneHotGather(self, n_rows, dtype)


class OneHotGather:
    """Writes chosen rows into one buffer of `n_rows`, as `Gather` does."""

    def __init__(self, source: OneHot, n_rows: int, dtype: DTypeLike) -> None:
        width = source.shape[1]
        self.source, self.buffer = source, np.zeros((n_rows, width), dtype)
        self.columns = np.empty(n_rows, np.intp)
        self.starts = np.arange(n_rows) * width
        self.table = np.eye(width, dtype=dtype) if width <= _TABLE else None

    def __call__(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Return ``source[rows]`` in the buffer, which the next call overwrites."""
        n = len(rows)
        out, columns = self.buffer[:n], self.columns[:n]
        self.source.columns.take(rows, out=columns, mode="clip")
        if self.table is not None:
            return self.table.take(columns, axis=0, out=out, mode="clip")
        columns += self.starts[:n]
        out.fill(0)
        self.buffer.reshape(-1)[columns] = 1
        return out


class SparseRows:
    """Rows with few ones, kept as a sparse matrix."""

    dtype = np.dtype(bool)

    def __init__(self, matrix: Any) -> None:
        self.matrix, self.shape = matrix, matrix.shape

    @classmethod
    def of(cls, y: Any) -> "SparseRows":
        """Return the rows of a sparse matrix, in which what is not zero is one."""
        matrix = csr_array(y, copy=True)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return cls(matrix.astype(bool))

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def content(self) -> csr_array:
        """What the rows are kept in."""
        return self.matrix

    def __getitem__(self, rows: Any) -> "SparseRows":
        return SparseRows(self.matrix[rows])

    def astype(self, dtype: DTypeLike, copy: bool = True) -> NDArray[Any]:
        """Return the rows written out."""
        return self.matrix.astype(dtype).toarray()

    def gather(self, n_rows: int, dtype: DTypeLike) -> "SparseRowsGather":
        """Return what writes chosen rows into one buffer."""
        return SparseRowsGather(self, n_rows, dtype)


class SparseRowsGather:
    """Writes chosen rows into one buffer of `n_rows`, as `Gather` does."""

    def __init__(self, source: SparseRows, n_rows: int, dtype: DTypeLike) -> None:
        self.matrix, self.buffer = source.matrix, np.zeros((n_rows, source.shape[1]), dtype)

    def __call__(self, rows: NDArray[np.intp]) -> NDArray[Any]:
        """Return ``source[rows]`` in the buffer, which the next call overwrites."""
        begin = self.matrix.indptr[rows]
        counts = self.matrix.indptr[rows + 1] - begin
        ends = np.cumsum(counts)
        places = np.repeat(begin - ends + counts, counts) + np.arange(counts.sum())
        out = self.buffer[: len(rows)]
        out.fill(0)
        out[np.repeat(np.arange(len(rows)), counts), self.matrix.indices[places]] = 1
        return out
