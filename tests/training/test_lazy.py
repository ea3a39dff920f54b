"""Lazy steps: the dense ones to the last bit where all rows are in use, else by an oracle."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from allocation import peak_of
from numpy.testing import assert_allclose, assert_array_equal
from pairwise import pairwise
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone

from skfcn import FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor
from skfcn.activations import ReLU
from skfcn.callbacks import Callback, Checkpoint
from skfcn.engine import Dense, Embed, Network, mlp_layers
from skfcn.losses import SquaredError
from skfcn.normalization import BatchNormalization
from skfcn.optimizers import OPTIMIZERS, SGD, AdamW
from skfcn.schedules import Constant
from skfcn.training import first_moments, kinds_of_step

SOLVERS = {
    **OPTIMIZERS,
    "plain sgd": lambda: SGD(momentum=0),
    "adamw that decays": lambda: AdamW(weight_decay=0.5),
}
M, N_OUTPUTS, ALPHA, L1_RATIO = 6, 2, 0.2, 0.3


def text(n_features, *, full=False, dtype=np.float64, form=csr_matrix):
    """Batches of six rows; each but the first uses few columns, or all have all of them."""
    rng, batches = np.random.default_rng(0), []
    for n_used in (n_features, 5, 3, 0, 7, 2):
        used = np.arange(n_features) if full else rng.choice(n_features, n_used, replace=False)
        X = np.zeros((M, n_features))
        X[:, used] = rng.normal(size=(M, len(used))) * (rng.random((M, len(used))) < 0.6)
        X[0, used] = 1
        batches.append((form(X.astype(dtype)), rng.normal(size=(M, N_OUTPUTS)).astype(dtype)))
    return batches


def codes(*, full=False, dtype=np.float64, **_):
    rng, batches = np.random.default_rng(0), []
    for n_used in (6, 1, 2, 3, 1, 2):
        X = np.column_stack([rng.normal(size=M), rng.integers(0, n_used, M), np.arange(M) % 4])
        X[:, 1] = np.arange(M) if full else X[:, 1]
        X[:, 2] = X[:, 2] if full else 1 + X[:, 2] % n_used // 2
        batches.append((X.astype(dtype), rng.normal(size=(M, N_OUTPUTS)).astype(dtype)))
    return batches


NETWORKS = {
    "dense": (lambda: mlp_layers([4, 2], [ReLU()]), 20, text),
    "one layer": (lambda: [Dense(2)], 20, text),
    "batch normalization": (
        lambda: mlp_layers([4, 2], [ReLU()], {0: BatchNormalization()}),
        20,
        text,
    ),
    "embeddings of members": (
        lambda: [Embed([6, 4], 3, members=2, lr=0.5, decay=0.1), Dense(2)],
        3,
        codes,
    ),
    "embeddings": (lambda: [Embed([6, 4], 3, lr=0.5, decay=0.1), Dense(2)], 3, codes),
}


class Training:
    """A network and its steps."""

    def __init__(self, layers, n_inputs, solver, dtype, lazy, max_grad_norm=None):
        self.network = Network(layers, n_inputs, dtype)
        vector = self.network.parameters.vector
        vector[...] = np.random.default_rng(1).normal(size=len(vector))
        objective_kind, update_kind = kinds_of_step(lazy)
        self.objective = objective_kind(self.network, SquaredError(), ALPHA, L1_RATIO)
        self.solver, self.t = solver, 0
        self.moments = first_moments(solver, self.network.parameters.trainable)
        self.update = update_kind(
            self.network,
            self.objective.gradient,
            self.moments,
            solver,
            Constant(),
            0.1,
            max_grad_norm,
        )
        self.buffers = self.network.workspace(M).rows(M)

    def step(self, X, y):
        self.t += 1
        loss = self.objective(X, y, None, self.buffers)
        self.update.step(0.1, self.t)
        return loss

    @property
    def vectors(self):
        return [self.network.parameters.vector, *self.moments.values()]


@pytest.mark.parametrize(
    ("network", "solver", "dtype", "max_grad_norm"),
    pairwise(
        network=[name for name in NETWORKS if "members" not in name],
        solver=SOLVERS,
        dtype=[np.float32, np.float64],
        max_grad_norm=[None, 0.5],
    ),
)
def test_where_all_rows_are_in_use_it_is_the_dense_step_to_the_last_bit(
    network, solver, dtype, max_grad_norm
):
    make, n_inputs, data = NETWORKS[network]
    lazy, usual = (
        Training(make(), n_inputs, SOLVERS[solver](), dtype, way, max_grad_norm)
        for way in (True, False)
    )

    for X, y in data(n_features=n_inputs, full=True, dtype=dtype):
        assert lazy.step(X, y) == usual.step(X, y)

    for one, other in zip(lazy.vectors, usual.vectors, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_vector_is_cut_into_the_same_blocks(dtype):
    lazy, usual = (
        Training(mlp_layers([301, 2], [ReLU()]), 301, OPTIMIZERS["adam"](), dtype, way)
        for way in (True, False)
    )
    for X, y in text(301, full=True, dtype=dtype)[:3]:
        lazy.step(X, y), usual.step(X, y)
    assert [len(arrays[0]) for _, arrays in lazy.update.blocks] == [65_536, 301**2 + 905 - 65_536]
    for one, other in zip(lazy.vectors, usual.vectors, strict=True):
        assert_array_equal(one, other)


def rows_of(X, network):
    """Return the rows in use of the first array, by the data alone."""
    if not isinstance(X, np.ndarray):
        return np.unique(X.indices)
    member = np.arange(M) // (3 if network == "embeddings of members" else M)
    return np.unique(X[:, 1:].astype(int) + np.array([0, 6]) + 10 * member[:, np.newaxis])


def oracle_step(usual, X, y, rows, table):
    """Take the dense step without the gradient of rows that are not in use, and take them back.

    Return the penalty on all others.
    """
    theta, gradient = usual.network.parameters, usual.objective.gradient
    unused = np.zeros(len(theta.vector), bool)
    unused[theta.slices[0, table]] = True
    unused[theta.slices[0, table]].reshape(-1, theta.layers[0][table].shape[-1])[rows] = False
    before = [vector.copy() for vector in usual.vectors]
    usual.objective(X if isinstance(X, np.ndarray) else X.toarray(), y, None, usual.buffers)
    gradient.vector[unused] = 0
    penalised = theta.weights[~unused[: len(theta.weights)]]
    penalty = (L1_RATIO * abs(penalised) + (1 - L1_RATIO) / 2 * penalised**2).sum() * ALPHA / M
    usual.t += 1
    usual.update.step(0.1, usual.t)
    for vector, old in zip(usual.vectors, before, strict=True):
        vector[unused[: len(vector)]] = old[unused[: len(vector)]]
    return penalty


@pytest.mark.parametrize(
    ("network", "solver", "max_grad_norm", "form"),
    pairwise(
        network=NETWORKS, solver=SOLVERS, max_grad_norm=[None, 0.5], form=[csr_matrix, csr_array]
    ),
)
def test_rows_that_are_not_in_use_stay_and_others_take_the_dense_step(
    network, solver, max_grad_norm, form
):
    make, n_inputs, data = NETWORKS[network]
    lazy, usual = (
        Training(make(), n_inputs, SOLVERS[solver](), np.float64, way, max_grad_norm)
        for way in (True, False)
    )
    theta = lazy.network.parameters
    name = next(iter(theta.layers[0]))
    table = theta.layers[0][name].reshape(-1, theta.layers[0][name].shape[-1])

    for X, y in data(n_features=n_inputs, form=form):
        rows, before, lazy.t = rows_of(X, network), table.copy(), lazy.t + 1
        penalty = oracle_step(usual, X, y, rows, name)
        lazy.objective.data_term(X, y, None, M, lazy.buffers)
        assert lazy.objective.penalty(M) == pytest.approx(penalty, rel=1e-12)
        lazy.update.step(0.1, lazy.t)
        for one, other in zip(lazy.vectors, usual.vectors, strict=True):
            assert_allclose(one, other, rtol=1e-9, atol=1e-12)
        assert_array_equal(np.flatnonzero((table != before).any(axis=1)), rows)


# --- fits -------------------------------------------------------------------------------------


def questions(n_rows=60, n_features=50, *, full=False, seed=0):
    """Rows of few words, of which the last ten are never used, or rows of all words."""
    rng = np.random.default_rng(seed)
    X = rng.random((n_rows, n_features)) * (full | (rng.random((n_rows, n_features)) < 0.05))
    if not full:
        X[:, -10:] = 0
    return csr_matrix(X), np.arange(n_rows) % 3


def network(make=FCNClassifier, solver="adam", **params):
    optimizer = SOLVERS[solver]().set_params(lazy=True)
    few = {"batch_size": 7, "max_iter": 4, "n_iter_no_change": np.inf, "random_state": 0}
    few["hidden_layer_sizes"] = (8,)
    return make(solver=optimizer, **few | params)


def vectors(model):
    return [model._parameters.vector, *model._state.moments.values()]


def assert_same(one, other):
    assert one.loss_curve_ == other.loss_curve_
    for ours, theirs in zip(vectors(one), vectors(other), strict=True):
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("make", [FCNClassifier, FCNRegressor])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("form", ["all words", "dense"])
def test_a_fit_of_rows_that_use_all_features_is_the_usual_one_to_the_last_bit(form, solver, make):
    X, y = questions(full=True)
    X = X.toarray() if form == "dense" else X
    lazy = network(make, solver, max_norm=None)
    assert_same(lazy.fit(X, y), clone(lazy).set_params(solver__lazy=False).fit(X, y))


WITH = {
    "float32": {"dtype": "float32"},
    "dropout of features": {"dropout": [0.2, 0.5]},
    "batch normalization": {"normalization": "batch"},
    "l1": {"alpha": 0.1, "l1_ratio": 0.5},
    "no penalty": {"alpha": 0},
    "clipping": {"max_grad_norm": 0.1},
    "average": {"average": 0.9},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2},
    "one cycle": {"learning_rate": "one_cycle"},
    "no hidden layer": {"hidden_layer_sizes": ()},
    "augmentation": {"augmentation": lambda X, y, rng: (X * rng.random(), y)},
    "dense augmentation": {"augmentation": lambda X, y, rng: (X.toarray(), y)},
}


@pytest.mark.parametrize("solver", ["adam", "sgd", "adamw that decays"])
@pytest.mark.parametrize("params", WITH)
def test_words_that_no_row_uses_keep_their_first_weights(params, solver):
    X, y = questions()
    lazy = network(solver=solver, **WITH[params]).fit(X, y)
    first = clone(lazy).set_params(max_iter=1, learning_rate_init=1e-300).fit(X, y)
    n, width = first.coefs_[0].shape
    used = slice(None) if params == "dense augmentation" else slice(n - 10)
    for one, other in zip(vectors(lazy), vectors(first), strict=True):
        moved = one != other
        if params == "average":  # which rounds
            moved = ~np.isclose(one, other, rtol=1e-14, atol=0)
        moved = moved[: n * width].reshape(n, width).any(axis=1)
        assert moved[used].mean() > 0.9  # but for rare words of rows that are held out
        assert params == "dense augmentation" or not moved[n - 10 :].any()
    assert np.isfinite(lazy.predict_proba(X)).all()


@pytest.mark.parametrize("X", [csr_matrix((20, 5)), questions(20, 50)[0]], ids=["empty", "few"])
def test_rows_without_words_teach_what_they_can(X):
    y = np.arange(20) % 3
    lazy = network().fit(X, y)
    first = network(max_iter=1, learning_rate_init=1e-300).fit(X, y)
    used = np.unique(X.indices)
    assert_array_equal(np.delete(lazy.coefs_[0], used, 0), np.delete(first.coefs_[0], used, 0))
    assert (lazy.intercepts_[0] != first.intercepts_[0]).any()


@pytest.mark.parametrize("make", [TabularClassifier, TabularRegressor])
def test_vectors_of_a_table_s_categories_are_rows(make):
    rng = np.random.default_rng(0)
    codes = rng.integers(60, size=600)
    table = pd.DataFrame({"city": [f"c{code}" for code in codes], "x": rng.normal(size=600)})
    y = (codes % 2) if make is TabularClassifier else codes % 2 + 0.1 * table.x
    few = {"n_estimators": 2, "max_iter": 200, "batch_size": 32, "random_state": 0}
    lazy, usual = (make(solver=AdamW(lazy=way), **few).fit(table, y) for way in (True, False))
    assert lazy.encoder_.embedding_sizes_
    assert min(lazy.score(table, y), usual.score(table, y)) > 0.9
    assert (lazy._fitted.model.network.vector != usual._fitted.model.network.vector).any()


def test_pieces_are_epochs_and_a_warm_start_goes_on():
    X, y = questions()
    whole = network(shuffle=False).fit(X, y)
    pieces = network(shuffle=False)
    for _ in range(4):
        pieces.partial_fit(X, y, classes=np.arange(3))
    assert_same(whole, pieces)
    warm = network(max_iter=2, shuffle=False, warm_start=True).fit(X, y)
    before = warm.coefs_[0].copy()
    assert_array_equal(warm.fit(X, y).coefs_[0][-10:], before[-10:])
    assert (warm.coefs_[0] != before).any()


class Fails(Callback):
    """Ends the fit with an error after a step."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, estimator, *, step, loss, score):
        if step == self.step:
            raise ArithmeticError


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("normalization", [None, "batch"])
@pytest.mark.parametrize("average", [None, 0.9])
def test_a_piece_trains_the_network_itself_and_leaves_it_as_it_was_if_it_fails(
    average, normalization, solver
):
    X, y = questions()
    lazy = network(solver=solver, normalization=normalization, average=average)
    lazy.partial_fit(X, y, classes=np.arange(3))
    other, vector, before = clone(lazy), lazy._parameters.vector, deepcopy(lazy)
    other.partial_fit(X, y, classes=np.arange(3))
    piece = questions(seed=1)
    for step in (1, 4, 9):
        with pytest.raises(ArithmeticError):
            lazy.set_callbacks(Fails(step)).partial_fit(*piece)
        assert_same(lazy.set_callbacks(), before)
    with pytest.raises(ValueError, match="non-finite"):
        lazy.set_params(learning_rate_init=1e300).partial_fit(*piece)
    assert_same(lazy.set_params(learning_rate_init=0.001), before)
    assert_same(lazy.partial_fit(*piece), other.partial_fit(*piece))
    assert (lazy._parameters.vector is vector) == (average is None)


@pytest.mark.parametrize("step", [1, 9, 20, 26])
def test_a_checkpoint_goes_on_with_the_same_bits(step, tmp_path):
    class Cut(Callback):
        def on_step_end(self, estimator, *, step, loss, score):
            return step == self.at

    X, y = questions()
    lazy = network(dropout=0.2, early_stopping=True)
    cut = Cut()
    cut.at = step
    stopped = clone(lazy).set_callbacks(Checkpoint(tmp_path), cut).fit(X, y)
    resumed = clone(lazy).set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, y)
    assert_same(resumed, lazy.fit(X, y))
    assert stopped.n_iter_ < lazy.n_iter_


def test_a_step_takes_memory_for_the_rows_in_use():
    n = 100_000
    rng = np.random.default_rng(0)
    words = rng.integers(n, size=10 * M)
    X = csr_matrix((np.ones(10 * M), words, np.arange(0, 10 * M + 1, 10)), (M, n))
    training = Training(mlp_layers([32, 2], [ReLU()]), n, OPTIMIZERS["adam"](), np.float64, True)
    # A byte and a position for each column, to find those in use; weights take 26 MB.
    assert peak_of(lambda: training.step(X, np.ones((M, 2)))) < 5 * n + 200_000


@pytest.mark.parametrize("make", [FCNClassifier, FCNRegressor])
def test_what_cannot_be_lazy_is_refused_before_any_work(make):
    X, y = questions()
    with pytest.raises(ValueError, match=r"^max_norm=2.0 bounds .* lazy=True"):
        network(make, max_norm=2.0).fit(X, y)
    fitted = network(make).fit(X, y)
    with pytest.raises(ValueError, match=r"scikit-learn cannot express solver=Adam\(lazy=True\)"):
        fitted.to_sklearn()
    assert not hasattr(fitted.set_params(solver__lazy=False).to_sklearn(), "lazy")
