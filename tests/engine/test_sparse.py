import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csc_array, csr_array, csr_matrix

from skfcn.activations import ReLU
from skfcn.engine import (
    Network,
    mlp_layers,
    raw_outputs,
    sparse_matmul,
    sparse_matmul_transposed_a,
)

DTYPES = [np.float32, np.float64]


def thin(rng, shape, dtype):
    return (rng.normal(size=shape) * (rng.uniform(size=shape) < 0.3)).astype(dtype)


@pytest.mark.parametrize("form", [csr_array, csr_matrix])
@pytest.mark.parametrize("dtype", DTYPES)
def test_products_are_those_of_the_dense_matrix(form, dtype):
    rng = np.random.RandomState(0)
    A, B, c = thin(rng, (6, 9), dtype), thin(rng, (9, 4), dtype), np.ones(4, dtype)
    expected, out = A @ B + c, sparse_matmul(form(A), B, c)
    assert_allclose(out, expected, rtol=10 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)

    gradient = np.full((9, 4), np.nan, dtype)
    sparse_matmul_transposed_a(form(A), expected, gradient)
    assert_allclose(gradient, A.T @ expected, rtol=1e-5 if dtype == np.float32 else 1e-13)
    assert out.dtype == gradient.dtype == dtype


def wide(form, dtype, *, n_columns=500, indices=np.int32, duplicates=False):
    """Six rows with fewer entries than columns, one row without any, some entries zero."""
    rng = np.random.RandomState(1)
    columns = rng.randint(n_columns, size=(6, 5))
    columns[:, -1] = columns[:, 0]  # duplicates, in every row
    columns[0, 0] = columns[1, 0] = n_columns - 1
    values = rng.normal(size=columns.shape).astype(dtype)
    values[2, 1] = 0
    starts = np.array([0, 5, 10, 10, 15, 20, 25])
    A = form((values.ravel()[:25], columns.ravel()[:25], starts), (6, n_columns))
    if not duplicates:
        A.sum_duplicates()
    A.indices, A.indptr = A.indices.astype(indices), A.indptr.astype(indices)
    return A


@pytest.mark.parametrize("duplicates", [False, True], ids=["summed", "duplicates"])
@pytest.mark.parametrize("indices", [np.int32, np.int64])
@pytest.mark.parametrize("n_columns", [26, 500])
@pytest.mark.parametrize("form", [csr_array, csr_matrix])
@pytest.mark.parametrize("dtype", DTYPES)
def test_products_with_mostly_empty_columns(dtype, form, n_columns, indices, duplicates):
    A = wide(form, dtype, n_columns=n_columns, indices=indices, duplicates=duplicates)
    assert A.nnz <= n_columns
    assert A.has_canonical_format != duplicates
    before = A.copy()
    B = np.random.RandomState(2).normal(size=(6, 3)).astype(dtype)
    vector = np.full(n_columns * 3 + 2, np.nan, dtype)

    sparse_matmul_transposed_a(A, B, out=vector[1:-1].reshape(n_columns, 3))

    out, eps = vector[1:-1].reshape(n_columns, 3), np.finfo(dtype).eps
    assert_allclose(out, before.toarray().T @ B, rtol=0, atol=20 * eps)
    empty = np.setdiff1d(np.arange(n_columns), before.indices)
    assert len(empty) > 0
    assert not out[empty].any()
    assert np.isnan(vector[[0, -1]]).all()
    for name in ("data", "indices", "indptr"):
        assert_array_equal(getattr(A, name), getattr(before, name))


@pytest.mark.parametrize("form", [csr_array, csr_matrix])
@pytest.mark.parametrize("n_entries", [29, 30, 31])
def test_both_ways_agree_where_one_takes_over(n_entries, form):
    rng = np.random.RandomState(0)
    dense = np.zeros(6 * 30)
    dense[rng.permutation(dense.size)[:n_entries]] = rng.normal(size=n_entries)
    dense, B, out = dense.reshape(6, 30), rng.normal(size=(6, 3)), np.full((30, 3), np.nan)

    sparse_matmul_transposed_a(form(dense), B, out)

    assert_allclose(out, dense.T @ B, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("shape", [(4, 7), (1, 1), (7, 1)], ids=str)
@pytest.mark.parametrize("form", [csr_array, csr_matrix])
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_empty_matrix_gives_zeros(dtype, form, shape):
    out = np.full((shape[1], 3), np.nan, dtype)

    sparse_matmul_transposed_a(form(shape, dtype=dtype), np.ones((shape[0], 3), dtype), out)

    assert_array_equal(out, 0)


@pytest.mark.parametrize("form", [csr_array, csr_matrix])
def test_one_column_may_hold_every_entry(form):
    dense = np.zeros((5, 40))
    dense[:, 17] = np.arange(5)
    out = np.full((40, 2), np.nan)

    sparse_matmul_transposed_a(form(dense), np.ones((5, 2)), out)

    assert_array_equal(out[17], 10)
    assert_array_equal(np.delete(out, 17, axis=0), 0)


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)], ids=str)
def test_a_network_computes_the_same_from_sparse_and_dense(hidden):
    rng = np.random.RandomState(0)
    X = thin(rng, (7, 6), np.float64)
    X[3] = 0
    network = Network(mlp_layers([*hidden, 2], [ReLU()] * len(hidden)), 6)
    network.parameters.vector[:] = rng.normal(size=network.parameters.vector.size)
    results = []
    for inputs in (X, csr_array(X)):
        buffers, gradient = network.workspace(7).rows(7).layers, network.parameters.like()
        raw = network.forward(inputs, buffers).copy()
        network.backward(raw.copy(), buffers, gradient)
        predicted = network.predict(inputs, network.buffers(7)).copy()
        results.append((raw, gradient.vector, predicted))
    for dense, sparse in zip(*results, strict=True):
        assert_allclose(sparse, dense, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("limit", [1, 2**22])
@pytest.mark.parametrize("form", [csr_array, csr_matrix, csc_array])
def test_outputs_of_many_sparse_rows_are_those_of_dense_ones(form, limit, monkeypatch):
    monkeypatch.setattr("skfcn.engine.evaluate._OF_SPARSE", limit)
    network = Network(mlp_layers([3, 2], [ReLU()]), 9)
    network.parameters.vector[:] = np.linspace(-1, 1, len(network.parameters.vector))
    X = thin(np.random.RandomState(0), (5000, 9), np.float64)
    assert_allclose(raw_outputs(network, form(X)), raw_outputs(network, X), rtol=1e-12, atol=1e-12)
