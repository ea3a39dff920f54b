"""Matrix products and vector updates in place, on row-major arrays.

NumPy's and SciPy's wheels each bring an OpenBLAS with threads of its own, and calls that
alternate between the two make the pools spin against each other (measured: an epoch of
0.41 s becomes 6.5 s). So everything in this package goes through SciPy's; ``@`` and ``np.dot``
are not used. SciPy's wrappers also let a bias or a scaling ride on the product.

The wrappers think in columns. A row-major array is the transpose of a column-major one, so
``out = a @ b`` is asked for as ``out.T = b.T @ a.T``: no copy is made. An ``out`` of another
order or dtype would be copied silently and lost; callers own their buffers, and a test holds
that every call wrote in place. Arguments go in by position: by keyword, a call on small
matrices takes twice as long (0.55 µs against 0.25).
"""

import numpy as np
from scipy.linalg import blas

from skfcn.engine.types import FloatArray

_GEMM = {np.dtype(np.float32): blas.sgemm, np.dtype(np.float64): blas.dgemm}
_AXPY = {np.dtype(np.float32): blas.saxpy, np.dtype(np.float64): blas.daxpy}
_SCAL = {np.dtype(np.float32): blas.sscal, np.dtype(np.float64): blas.dscal}
_DOT = {np.dtype(np.float32): blas.sdot, np.dtype(np.float64): blas.ddot}
_GEMV = {np.dtype(np.float32): blas.sgemv, np.dtype(np.float64): blas.dgemv}

_OVERWRITE, _TRANSPOSE = 1, 1


def matmul(a: FloatArray, b: FloatArray, out: FloatArray, beta: float = 0.0) -> None:
    """``out = a @ b + beta * out``."""
    _GEMM[out.dtype](1.0, b.T, a.T, beta, out.T, 0, 0, _OVERWRITE)


def matmul_transposed_a(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    """``out = a.T @ b``."""
    _GEMM[out.dtype](1.0, b.T, a.T, 0.0, out.T, 0, _TRANSPOSE, _OVERWRITE)


def matmul_transposed_b(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    """``out = a @ b.T``."""
    _GEMM[out.dtype](1.0, b.T, a.T, 0.0, out.T, _TRANSPOSE, 0, _OVERWRITE)


def matmul_stacks(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    """``out[k] = a[k] @ b[k]`` for each k.

    SciPy has no product of stacks, so this one is NumPy's: small members need no second thread,
    and one thread does not spin against another.
    """
    if a.shape[-1] == 1:  # an outer product, for which BLAS takes six times as long
        np.multiply(a, b, out=out)
    else:
        np.matmul(a, b, out=out)


def sum_rows(a: FloatArray, ones: FloatArray, out: FloatArray) -> None:
    """``out = ones @ a``, the rows added up; `ones` has one for each (3 × as fast as np.sum)."""
    _GEMV[out.dtype](1.0, a.T, ones, 0.0, out, 0, 1, 0, 1, 0, _OVERWRITE)


def axpy(alpha: float, x: FloatArray, y: FloatArray) -> None:
    """``y += alpha * x``, for contiguous vectors."""
    _AXPY[y.dtype](x, y, len(y), alpha)


def scal(alpha: float, x: FloatArray) -> None:
    """``x *= alpha``, for a contiguous vector."""
    _SCAL[x.dtype](alpha, x)


def dot(x: FloatArray, y: FloatArray) -> float:
    """Inner product of two contiguous vectors."""
    return float(_DOT[x.dtype](x, y))
