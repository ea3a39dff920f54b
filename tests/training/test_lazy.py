"""Lazy steps: the dense ones to the last bit where all rows are in use, else by an oracle."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pairwise import pairwise
from scipy.sparse import csr_array, csr_matrix

from skfcn.activations import ReLU
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
        network=NETWORKS,
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


def rows_of(X, sizes):
    """Return the rows in use of the first array, by the data alone."""
    if not isinstance(X, np.ndarray):
        return np.unique(X.indices)
    return np.unique(X[:, 1:].astype(int) + np.array([0, sizes[0]]))


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
        rows, before, lazy.t = rows_of(X, (6, 4)), table.copy(), lazy.t + 1
        penalty = oracle_step(usual, X, y, rows, name)
        lazy.objective.data_term(X, y, None, M, lazy.buffers)
        assert lazy.objective.penalty(M) == pytest.approx(penalty, rel=1e-12)
        lazy.update.step(0.1, lazy.t)
        for one, other in zip(lazy.vectors, usual.vectors, strict=True):
            assert_allclose(one, other, rtol=1e-9, atol=1e-12)
        assert_array_equal(np.flatnonzero((table != before).any(axis=1)), rows)
