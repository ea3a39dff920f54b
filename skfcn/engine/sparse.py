"""Products with a sparse X, which only the first layer sees. X is never made dense."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from skfcn.engine.types import FloatArray


def sparse_matmul(a: Any, b: FloatArray, c: FloatArray | int) -> FloatArray:
    """Return ``a @ b + c``, for a sparse matrix `a`; SciPy writes into no array of ours."""
    product: FloatArray = a @ b
    product += c
    return product


def sparse_matmul_transposed_a(a: Any, b: FloatArray, out: FloatArray) -> None:
    """``out = a.T @ b``, for a CSR matrix `a`."""
    if a.nnz >= a.shape[1]:
        out[...] = a.T @ b
        return
    # Most columns of such a batch are empty: multiply without them, twice as fast on text.
    columns, narrow = without_empty_columns(a)
    out.fill(0)
    out[columns] = narrow.T @ b


def without_empty_columns(a: Any) -> tuple[NDArray[np.intp], Any]:
    """Return which columns of a CSR matrix have entries, and the matrix of those alone."""
    used = np.zeros(a.shape[1], dtype=bool)
    used[a.indices] = True
    columns = np.flatnonzero(used)
    position = np.empty(a.shape[1], dtype=a.indices.dtype)
    position[columns] = np.arange(len(columns))
    narrow = csr_matrix((a.data, position[a.indices], a.indptr), (a.shape[0], len(columns)))
    return columns, narrow
