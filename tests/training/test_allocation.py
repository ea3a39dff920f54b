"""A step allocates no array: its parts one by one are in `test_loop`, here they come together."""

import numpy as np
import pytest
from allocation import peak_of

from skfcn.activations import ELU, SELU, ReLU, Tanh
from skfcn.engine import (
    Activate,
    Dense,
    Dropout,
    Embed,
    MemberDense,
    Network,
    Normalize,
    Repeat,
    Scale,
    mlp_layers,
)
from skfcn.losses import LogLoss
from skfcn.normalization import BatchNormalization, LayerNormalization
from skfcn.optimizers import OPTIMIZERS, SGD, Adam, AdamW
from skfcn.schedules import Constant
from skfcn.training import Objective, Update, clip_column_norms, first_moments

BOUNDS = {"max_grad_norm": 1e-3, "max_norm": 0.5}  # both scale down in each step
pytestmark = pytest.mark.usefixtures("small_iterator_buffers")

KINDS = {0: BatchNormalization(), 1: LayerNormalization()}


def embedded():
    """Layers that nothing but the engine knows of, with rates and a decay of their own."""
    layers = [Embed([3, 2], 4, lr=0.5, decay=0.1), Dense(24, bias=False)]
    layers += [Normalize(BatchNormalization()), Activate(ReLU()), Repeat(2), Scale(2, lr=2.0)]
    layers += [Dropout(0.2), Dense(24), Activate(Tanh()), MemberDense(2, 3, lr={"b": 0.5})]
    return layers


NETWORKS = {
    "max_norm": lambda: mlp_layers([48, 24, 3], [ReLU(), ELU()]),
    "batch normalization": lambda: mlp_layers([48, 24, 3], [ReLU(), ELU()], {0: KINDS[0]}),
    "both normalizations": lambda: mlp_layers([48, 24, 3], [ReLU(), ELU()], KINDS),
    "everything": lambda: mlp_layers(
        [48, 24, 3], [Tanh(), SELU()], KINDS, {0: 0.1, 1: 0.2, 2: 0.3}
    ),
    "members and embeddings": embedded,
}
SOLVERS = {name: make() for name, make in OPTIMIZERS.items()} | {
    "sgd without momentum": SGD(momentum=0),
    "adamw that decays more": AdamW(weight_decay=0.1),
}


def step_of(layers, optimizer, dtype, m):
    """Return a function that takes a step on m rows, and the network."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (m, 20)).astype(dtype)
    network = Network(layers, 20, dtype)
    network.initialize(np.random.RandomState(0))
    network.parameters.weights[...] = rng.normal(0, 0.3, len(network.parameters.weights))
    objective = Objective(network, LogLoss(), 1e-3, 0.5)
    buffers = network.workspace(m, rng).rows(m)
    n_rows, n_outputs = network.output_shape(m)
    y = np.eye(n_outputs, dtype=dtype)[rng.integers(0, n_outputs, n_rows)]
    weight = rng.random(n_rows).astype(dtype)
    moments = first_moments(optimizer, network.parameters.trainable)
    update = Update(network, objective.gradient, moments, optimizer, Constant(), 1e-3, **BOUNDS)

    def step():
        objective(X, y, weight, buffers)
        update.step(1e-3, 7)

    return step, network


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_allocates_no_array_whatever_comes_together(name, dtype):
    # A number for each row, even of one byte, takes 8 KB.
    step, network = step_of(NETWORKS[name](), Adam(), dtype, 8192)
    before = network.parameters.vector.copy()

    # Iterators, views and numbers; add.at of NumPy 1.26 has 7.4 KB of its own, however many rows.
    assert peak_of(step) < 8000

    assert np.isfinite(network.parameters.vector).all()
    assert (network.parameters.vector != before).mean() > 0.5
    for coef in network.parameters.coefs:
        lengths = np.linalg.norm(coef, axis=-2)
        assert (lengths <= 0.5 * (1 + 1e-5)).all()
        assert (lengths > 0.49).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SOLVERS)
def test_no_step_allocates_a_number_for_each_parameter_or_unit(name, dtype):
    layers = mlp_layers([9000, 3], [ReLU()], {0: BatchNormalization()}, {1: 0.2})
    step, _ = step_of(layers, SOLVERS[name], dtype, 4)

    assert peak_of(step) < 7000


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 9000), (9000, 4), (9000, 2, 3), (3, 9000, 2)], ids=str)
def test_max_norm_allocates_no_number_for_each_weight_or_unit(shape, dtype):
    matrix = np.random.default_rng(0).uniform(1, 2, shape).astype(dtype)
    lengths = np.empty((2, *shape[:-2], shape[-1]), dtype)

    assert peak_of(lambda: clip_column_norms(matrix, 0.5, lengths)) < 7000

    np.testing.assert_allclose(np.linalg.norm(matrix, axis=-2), 0.5, rtol=1e-5)
