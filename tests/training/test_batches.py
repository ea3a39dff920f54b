"""Gathering rows of any array, covering all of them, and evaluating them in chunks."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import RandomState
from scipy import sparse
from sklearn.utils import shuffle

import skfcn.engine.evaluate
from skfcn.activations import ReLU, Tanh
from skfcn.engine import Network, chunks, mlp_layers, raw_outputs
from skfcn.training import Batches, Gather, SparseGather

DTYPES = [np.float32, np.float64]
NUMBERS = np.random.default_rng(0).integers(0, 256, (30, 7))


def memmap(path):
    on_disk = np.memmap(path / "numbers.dat", dtype=np.float64, mode="w+", shape=NUMBERS.shape)
    on_disk[...] = NUMBERS
    on_disk.flush()
    return np.memmap(path / "numbers.dat", dtype=np.float64, mode="r", shape=NUMBERS.shape)


def read_only(array):
    array.flags.writeable = False
    return array


def misaligned(array):
    raw = np.empty(array.nbytes + 1, dtype=np.uint8)
    result = raw[1:].view(array.dtype).reshape(array.shape)
    result[...] = array
    assert not result.flags.aligned
    return result


# The same numbers, each time in another form.
SOURCES = {
    "float64": lambda _: NUMBERS.astype(np.float64),
    "float32": lambda _: NUMBERS.astype(np.float32),
    "float16": lambda _: NUMBERS.astype(np.float16),
    "uint8": lambda _: NUMBERS.astype(np.uint8),
    "int64": lambda _: NUMBERS.astype(np.int64),
    "big-endian": lambda _: NUMBERS.astype(">f8"),
    "big-endian integers": lambda _: NUMBERS.astype(">i2"),
    "Fortran": lambda _: np.asfortranarray(NUMBERS, dtype=np.float64),
    "Fortran uint8": lambda _: np.asfortranarray(NUMBERS, dtype=np.uint8),
    "every other row": lambda _: np.repeat(NUMBERS, 2, axis=0).astype(np.float64)[::2],
    "every other column": lambda _: np.repeat(NUMBERS, 2, axis=1).astype(np.float64)[:, ::2],
    "backwards": lambda _: NUMBERS[::-1, ::-1].astype(np.float64)[::-1, ::-1],
    "read-only": lambda _: read_only(NUMBERS.astype(np.float64)),
    "misaligned": lambda _: misaligned(NUMBERS.astype(np.float64)),
    "memmap": memmap,
    "1-D": lambda _: NUMBERS[:, 0].astype(np.float64),
    "1-D strided": lambda _: NUMBERS.astype(np.float64)[:, 0],
    "1-D integers": lambda _: NUMBERS[:, 0].copy(),
    "one column": lambda _: NUMBERS[:, :1].astype(np.float64),
    "bool": lambda _: NUMBERS > 128,
}


@pytest.fixture(params=SOURCES)
def source(request, tmp_path):
    return SOURCES[request.param](tmp_path)


# --- Gather -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_gather_copies_the_chosen_rows_in_their_order(source, dtype):
    gather = Gather(source, 5, dtype)
    before = source.copy()

    for rows in ([3, 1, 29, 0, 3], [28, 2], [7], []):
        result = gather(np.array(rows, dtype=np.intp))
        assert result.dtype == dtype
        assert result.flags.c_contiguous
        np.testing.assert_array_equal(result, source[rows].astype(dtype))
    np.testing.assert_array_equal(source, before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gather_always_writes_into_its_one_buffer(source, dtype):
    gather = Gather(source, 5, dtype)

    for rows in ([3, 1, 29, 0, 3], [28, 2]):
        result = gather(np.array(rows))
        assert type(result) is np.ndarray
        assert result.ctypes.data == gather.buffer.ctypes.data
        assert not np.shares_memory(result, source)


def test_writing_into_the_buffer_leaves_the_source_alone():
    source = NUMBERS.astype(np.float64)
    gather = Gather(source, 30, np.float64)

    gather(np.arange(30))[...] = -1

    np.testing.assert_array_equal(source, NUMBERS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "big",
    [
        lambda: np.zeros((20_000, 500), dtype=np.uint8),
        lambda: np.zeros((20_000, 500), dtype=np.uint8, order="F"),
        lambda: np.zeros((4000, 500), order="F"),
        lambda: np.zeros((4000, 500)),
        lambda: np.zeros((4000, 500), dtype=">f8"),
        lambda: np.zeros((8000, 500))[::2],
        lambda: misaligned(np.zeros((4000, 500))),
    ],
    ids=["uint8", "Fortran uint8", "Fortran", "C", "big-endian", "strided", "misaligned"],
)
def test_gather_never_copies_the_source_whole(big, dtype):
    source = big()
    assert source.nbytes >= 10_000_000

    tracemalloc.start()
    try:
        gather = Gather(source, 100, dtype)
        for start in range(0, 1000, 100):
            gather(np.arange(start, start + 100))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # One buffer, and one of the source's dtype, of 100 × 500 numbers each.
    assert peak < 2 * 100 * 500 * 8 + 50_000


# --- Batches ----------------------------------------------------------------------------------


def rows_of(batches):
    """One epoch's row numbers, batch by batch; X, y and weight must belong together."""
    epoch = []
    for X, y, weight in batches:
        np.testing.assert_array_equal(X[:, 0], y[:, 0])
        assert weight is None or (weight == X[:, 0]).all()
        epoch.append(X[:, 0].astype(int).tolist())
    return epoch


def numbered(n_samples, batch_size, rows=None, weighted=False):
    """Batches of data in which everything is the number of its row."""
    column = np.arange(n_samples)
    return Batches(
        np.column_stack([column, column]),
        column[:, np.newaxis],
        column.astype(float) if weighted else None,
        np.arange(n_samples) if rows is None else rows,
        batch_size,
        np.float64,
    )


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.booleans(), st.data())
def test_every_row_comes_once_an_epoch(n_samples, batch_size, weighted, data):
    rows = np.array(data.draw(st.permutations(range(n_samples))))[: max(1, n_samples // 2)]
    batches = numbered(n_samples, batch_size, rows, weighted)
    rng = RandomState(data.draw(st.integers(0, 1000)))
    assert len(batches) == len(rows)

    for _ in range(3):
        epoch = rows_of(batches)
        assert sorted(row for batch in epoch for row in batch) == sorted(rows)
        sizes = [len(batch) for batch in epoch]
        assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
        assert 1 <= sizes[-1] <= batch_size
        batches.shuffle(rng)


def test_the_last_batch_is_short():
    assert rows_of(numbered(7, 3)) == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("weighted", [False, True])
def test_an_epoch_may_begin_at_a_later_batch(weighted):
    batches = numbered(7, 3, rows=np.array([4, 6, 1, 0, 3, 5, 2]), weighted=weighted)

    assert rows_of(batches.from_row(0)) == rows_of(batches) == [[4, 6, 1], [0, 3, 5], [2]]
    assert rows_of(batches.from_row(3)) == [[0, 3, 5], [2]]
    assert rows_of(batches.from_row(6)) == [[2]]
    assert rows_of(batches.from_row(7)) == []


def test_a_batch_larger_than_the_data_is_all_of_it():
    assert rows_of(numbered(3, 200)) == [[0, 1, 2]]


def test_rows_come_in_their_order_until_shuffled():
    batches = numbered(7, 2, rows=np.array([5, 1, 3]))

    assert rows_of(batches) == rows_of(batches) == [[5, 1], [3]]


def test_shuffling_is_scikit_learns_epoch_after_epoch():
    batches, ours, theirs = numbered(50, 50), RandomState(3), RandomState(3)
    expected = np.arange(50)

    for _ in range(4):
        batches.shuffle(ours)
        expected = shuffle(expected, random_state=theirs)
        assert rows_of(batches) == [expected.tolist()]
    assert ours.randint(1_000_000) == theirs.randint(1_000_000)


def test_shuffling_leaves_the_callers_rows_alone():
    rows = np.arange(50)
    batches = numbered(50, 50, rows=rows)

    batches.shuffle(RandomState(0))

    np.testing.assert_array_equal(rows, np.arange(50))
    assert rows_of(batches) != [rows.tolist()]


def test_there_are_weights_if_weights_were_given():
    assert all(weight is None for *_, weight in numbered(7, 3))
    assert all(weight is not None for *_, weight in numbered(7, 3, weighted=True))


@pytest.mark.parametrize("dtype", DTYPES)
def test_everything_is_cast_to_the_dtype(dtype):
    batches = Batches(
        NUMBERS.astype(np.uint8),
        NUMBERS[:, :2],
        NUMBERS[:, 0].astype(np.float64),
        np.arange(30),
        8,
        dtype,
    )

    for batch in batches:
        assert [array.dtype for array in batch] == [dtype] * 3
        assert [array.shape[1:] for array in batch] == [(7,), (2,), ()]


# --- chunks and raw_outputs -------------------------------------------------------------------


@pytest.mark.parametrize("n_rows", [0, 1, 2047, 2048, 2049, 5000])
def test_chunks_cover_all_rows_in_order(n_rows):
    slices = list(chunks(n_rows))

    assert [row for s in slices for row in range(s.start, s.stop)] == list(range(n_rows))
    assert all(0 < s.stop - s.start <= skfcn.engine.evaluate._CHUNK for s in slices)


def make_network(dtype=np.float64):
    network = Network(mlp_layers((5, 4, 2), [ReLU(), Tanh()]), 7, dtype)
    vector = network.parameters.vector
    vector[...] = np.random.default_rng(0).normal(0, 0.3, vector.shape)
    return network


def by_hand(network, X):
    p = network.parameters
    A = np.maximum(X @ p.coefs[0] + p.intercepts[0], 0)
    A = np.tanh(A @ p.coefs[1] + p.intercepts[1])
    return A @ p.coefs[2] + p.intercepts[2]


@pytest.mark.parametrize("n_rows", [1, 100, 2048, 5000])
@pytest.mark.parametrize("chosen", [False, True])
def test_raw_outputs_in_chunks_equal_one_forward(n_rows, chosen):
    network = make_network()
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n_rows, 7))
    rows = rng.permutation(n_rows)[: max(1, n_rows // 2 + n_rows // 4)] if chosen else None

    raw = raw_outputs(network, X, rows)

    expected = by_hand(network, X if rows is None else X[rows])
    assert raw.shape == expected.shape
    np.testing.assert_allclose(raw, expected, rtol=1e-12, atol=1e-14)


def test_raw_outputs_of_no_rows_are_empty():
    network = make_network()

    assert raw_outputs(network, np.empty((0, 7))).shape == (0, 2)
    assert raw_outputs(network, np.ones((3, 7)), np.array([], dtype=np.intp)).shape == (0, 2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_raw_outputs_take_any_array(source, dtype):
    if source.ndim == 1:
        source = source[:, np.newaxis]
    X = source[:, [0] * 7] if source.shape[1] == 1 else source
    network = make_network(dtype)
    plain = np.ascontiguousarray(X, dtype=dtype)
    before = X.copy()

    raw = raw_outputs(network, X)

    assert raw.dtype == dtype
    np.testing.assert_array_equal(raw, raw_outputs(network, plain))
    np.testing.assert_array_equal(X, before)


def test_raw_outputs_of_one_call_survive_the_next():
    network = make_network()
    first = raw_outputs(network, np.ones((3, 7)))
    copy = first.copy()

    raw_outputs(network, np.zeros((3, 7)))

    np.testing.assert_array_equal(first, copy)


def test_raw_outputs_of_a_big_source_need_little_memory():
    source = np.zeros((20_000, 500), dtype=np.uint8)
    network = Network(mlp_layers((5, 2), [ReLU()]), 500, np.float32)

    tracemalloc.start()
    try:
        raw = raw_outputs(network, source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # One chunk cast to float32, one that is about to be, and what is small beside them.
    assert peak < 2 * 2048 * 500 * 4 + raw.nbytes + 500_000


# --- sparse -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_stay_sparse_and_are_cast(dtype):
    X = sparse.random(50, 30, density=0.2, format="csr", random_state=0)
    rows = np.array([3, 3, 49, 0])

    batch = SparseGather(X, dtype)(rows)

    assert sparse.issparse(batch)
    assert batch.format == "csr"
    assert batch.dtype == dtype
    np.testing.assert_array_equal(batch.toarray(), X.toarray()[rows].astype(dtype))


def test_raw_outputs_of_a_sparse_matrix_over_many_chunks():
    X = sparse.random(5000, 30, density=0.2, format="csr", random_state=0)
    network = Network(mlp_layers((4, 3), [ReLU()]), 30)
    network.parameters.vector[:] = np.random.RandomState(0).normal(size=139)
    rows = np.random.RandomState(1).permutation(5000)[:4500]

    dense = raw_outputs(network, X.toarray())

    np.testing.assert_allclose(raw_outputs(network, X), dense, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(raw_outputs(network, X, rows), dense[rows], rtol=1e-13, atol=1e-13)
