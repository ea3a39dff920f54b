"""Labels that are not written out: the rows of a dense array in a fraction of its memory."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skfcn import FCNClassifier, TabularClassifier
from skfcn.training import ClassTargets, Gather, OneHot, SparseRows, gather

RNG = np.random.RandomState(0)


def one_hot(n_columns):
    columns = RNG.randint(n_columns, size=50)
    return OneHot(columns, n_columns), np.eye(n_columns, dtype=bool)[columns]


def sparse_rows(n_columns):
    dense = RNG.random_sample((50, n_columns)) < 3 / n_columns
    dense[7] = False
    matrix = sparse.csr_array(dense.astype(int))
    matrix.data[0] = 0  # a zero that is stored
    return SparseRows.of(matrix), matrix.toarray() != 0


EACH = pytest.mark.parametrize("make", [one_hot, sparse_rows])
WIDTH = pytest.mark.parametrize("width", [2, 9, 100, 101, 700])


@EACH
@WIDTH
def test_rows_are_those_of_a_dense_array(make, width):
    encoded, dense = make(width)
    assert (len(encoded), encoded.shape, encoded.dtype) == (50, dense.shape, dense.dtype)
    for rows in (slice(None), slice(10, 13), np.array([4, 4, 0]), dense[:, 0]):
        for dtype in (bool, np.float32, np.float64):
            assert_array_equal(encoded[rows].astype(dtype), dense[rows].astype(dtype), strict=True)
    if make is one_hot:
        assert_array_equal(encoded.argmax(axis=1), dense.argmax(axis=1))
        assert_array_equal(encoded.sum(axis=0), dense.sum(axis=0))


@EACH
@WIDTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batches_are_those_of_a_dense_array(make, width, dtype):
    encoded, dense = make(width)
    ours, theirs = gather(encoded, 20, dtype), Gather(dense, 20, dtype)
    for n in (20, 20, 3, 20, 1):
        rows = RNG.permutation(50)[:n]
        found = ours(rows)
        assert np.shares_memory(found, ours.buffer)
        assert_array_equal(found, theirs(rows), strict=True)
        found[...] = np.nan  # as an augmentation may


@pytest.mark.parametrize("of", [int, str, object, float, "M8[D]"], ids=str)
@pytest.mark.parametrize("n_classes", [1, 2, 3, 8, 9, 40])
def test_every_kind_of_label_is_its_class(of, n_classes):
    labels = np.arange(n_classes)
    labels = labels.astype(str).astype(of) if of is object else labels.astype(of)
    codes = RNG.permutation(np.repeat(np.arange(n_classes), 3))
    targets = ClassTargets.of(labels[codes])
    expected = targets.classes == labels[codes][:, None]
    found = targets.encode(labels[codes]).astype(bool)
    assert_array_equal(found, expected[:, 1:] if n_classes == 2 else expected & (n_classes > 1))


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix])
@pytest.mark.parametrize("n_rows", [50, 5000])
def test_sparse_indicators_are_what_dense_ones_are(kind, n_rows):
    dense = (RNG.random_sample((n_rows, 300)) < 0.01).astype(int)
    targets = ClassTargets.of(dense)
    found = targets.encode(sparse.csr_matrix(kind(dense)))
    assert isinstance(found, SparseRows) == (n_rows == 5000)
    assert_array_equal(found.astype(bool), targets.encode(dense))


# ---- memory

N, K = 12_000, 1000
X = RNG.normal(size=(N, 3))
CODES = RNG.permutation(np.arange(N) % K)
PAIRS = RNG.randint([0, K // 2], [K // 2, K], size=(N, 2))  # two labels each
TAGS = sparse.csr_matrix((np.ones(2 * N, int), PAIRS.ravel(), np.arange(0, 2 * N + 1, 2)), (N, K))
BOOLEANS, NUMBERS = N * K, 8 * N * K  # bytes of an array


def network(**params):
    return FCNClassifier(
        (2,), batch_size=20, max_iter=1, n_iter_no_change=np.inf, random_state=0, **params
    )


def peak(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Before scikit-learn 1.9, of `classes` as well, which are all different.
@pytest.mark.filterwarnings("ignore:The number of unique classes is greater")
@pytest.mark.parametrize(
    "y",
    [CODES, CODES.astype(str), CODES.astype(str).astype(object), TAGS],
    ids=["int", "str", "object", "tags"],
)
def test_a_fit_does_not_write_labels_out(y):
    x, y = X[: N // 2], y[: N // 2]
    assert peak(lambda: network().fit(x, y)) < BOOLEANS / 4  # half of the booleans of these rows
    if y.ndim == 1:
        classes = np.unique(y)
        assert peak(lambda: network().partial_fit(x, y, classes=classes)) < BOOLEANS / 4


@pytest.mark.parametrize("y", [CODES, TAGS], ids=["classes", "tags"])
def test_validation_looks_at_some_rows_at_a_time(y):
    held_out = {"X_val": X, "y_val": y}
    assert peak(lambda: network().fit(X, y, **held_out)) < 0.8 * NUMBERS  # it was six times that


def test_predictions_are_decoded_a_chunk_at_a_time():
    model = network().fit(X, CODES)
    assert peak(lambda: model.predict(X)) < 0.45 * NUMBERS
    assert peak(lambda: model.score(X, CODES)) < 0.45 * NUMBERS
    assert peak(lambda: model.predict_proba(X)) < 2 * NUMBERS
    assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])


@pytest.mark.slow
def test_a_table_of_many_classes():
    y = CODES % 500
    model = TabularClassifier(2, (2,), max_iter=2, random_state=0).fit(X, y)
    assert peak(lambda: model.predict(X)) < 8 * N * 500
    assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])


@pytest.mark.parametrize("y", [CODES % 30, TAGS[:, :200]], ids=["classes", "tags"])
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"solver": "lbfgs"}], ids=str)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_weights_are_those_of_labels_written_out(y, params, monkeypatch):
    def fitted():
        return network(**params).fit(X[:2500], y[:2500])._fitted

    ours, encode = fitted(), ClassTargets.encode
    monkeypatch.setattr(ClassTargets, "encode", lambda self, y: encode(self, y).astype(bool))
    theirs = fitted()
    assert_array_equal(ours.model.theta, theirs.model.theta)
    assert {**ours.state.history, "seconds": 0} == {**theirs.state.history, "seconds": 0}
