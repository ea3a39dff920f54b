"""Products with a sparse X, which only the first layer sees. X is never made dense."""

from typing import Any

from skfcn.engine.blas import FloatArray


def add_sparse_matmul(a: Any, b: FloatArray, out: FloatArray) -> None:
    """``out += a @ b``, for a CSR matrix `a`."""
    out += a @ b


def sparse_matmul_transposed_a(a: Any, b: FloatArray, out: FloatArray) -> None:
    """``out = a.T @ b``, for a CSR matrix `a`."""
    out[...] = a.T @ b
