import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, csr_matrix

from skfcn.activations import ReLU
from skfcn.engine import Network, Parameters
from skfcn.engine.sparse import add_sparse_matmul, sparse_matmul_transposed_a

DTYPES = [np.float32, np.float64]


def thin(rng, shape, dtype):
    return (rng.normal(size=shape) * (rng.uniform(size=shape) < 0.3)).astype(dtype)


@pytest.mark.parametrize("form", [csr_array, csr_matrix])
@pytest.mark.parametrize("dtype", DTYPES)
def test_products_are_those_of_the_dense_matrix_and_in_place(form, dtype):
    rng = np.random.RandomState(0)
    A, B, out = thin(rng, (6, 9), dtype), thin(rng, (9, 4), dtype), thin(rng, (6, 4), dtype)
    expected, memory = out + A @ B, out.ctypes.data
    add_sparse_matmul(form(A), B, out)
    assert_allclose(out, expected, rtol=10 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)

    gradient = np.full((9, 4), np.nan, dtype)
    sparse_matmul_transposed_a(form(A), expected, gradient)
    assert_allclose(gradient, A.T @ expected, rtol=1e-5 if dtype == np.float32 else 1e-13)
    assert (out.ctypes.data, out.dtype, gradient.dtype) == (memory, dtype, dtype)


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)], ids=str)
def test_a_network_computes_the_same_from_sparse_and_dense(hidden):
    rng = np.random.RandomState(0)
    X = thin(rng, (7, 6), np.float64)
    X[3] = 0
    network = Network((6, *hidden, 2), [ReLU()] * len(hidden))
    network.parameters.vector[:] = rng.normal(size=network.parameters.vector.size)
    results = []
    for inputs in (X, csr_array(X)):
        workspace, gradient = network.workspace(7), Parameters(network.layer_sizes)
        raw = network.forward(inputs, workspace).copy()
        network.backward(inputs, raw, workspace, gradient)
        results.append((raw, gradient.vector))
    for dense, sparse in zip(*results, strict=True):
        assert_allclose(sparse, dense, rtol=1e-13, atol=1e-13)
