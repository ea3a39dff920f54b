"""One update: the order of clipping, decay, step and constraint, each against its formula."""

from types import SimpleNamespace

import numpy as np
import pytest
from pairwise import pairwise

from skfcn.activations import ReLU
from skfcn.engine import Dense, Embed, Layer, MemberDense, Network, Scale, mlp_layers
from skfcn.normalization import BatchNormalization
from skfcn.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Optimizer
from skfcn.schedules import Constant, Cosine, Progress
from skfcn.training import Update, clip_column_norms, clip_norm, first_moments

BLOCK = 65_536  # numbers that the optimizer is given at once, at most


class Spy(Optimizer):
    """Takes plain steps and notes all that it is given."""

    n_scratch = 1
    moments = ("sum",)

    def __init__(self):
        self.calls = []

    def step(self, theta, gradient, *arrays, rate, t):
        self.calls.append(SimpleNamespace(theta=theta, arrays=arrays, rate=rate, t=t))
        theta -= rate * gradient


def make(layers=None, n_inputs=4, dtype=np.float64):
    """A network and a gradient, both of random numbers."""
    network = Network(layers or mlp_layers((3, 2), [ReLU()]), n_inputs, dtype)
    gradient, rng = network.parameters.like(), np.random.default_rng(0)
    for vector in (network.parameters.vector, gradient.vector):
        vector[...] = rng.standard_normal(len(vector))
    return network, gradient


def update_of(network, gradient, optimizer=None, schedule=None, learning_rate=1.0, **bounds):
    optimizer = optimizer or SGD(momentum=0)
    moments = first_moments(optimizer, network.parameters.trainable)
    schedule = schedule or Constant()
    return Update(network, gradient, moments, optimizer, schedule, learning_rate, **bounds)


# --- the bounds -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("limit", [0.1, 1.0, 1e6])
def test_a_gradient_is_scaled_down_to_a_norm_and_never_up(limit, dtype):
    vector = np.array([3, 4, 0], dtype)

    clip_norm(vector, limit)

    np.testing.assert_allclose(vector, np.array([3, 4, 0]) * min(1, limit / 5), rtol=1e-6)


def test_a_gradient_of_zero_stays():
    vector = np.zeros(3)

    clip_norm(vector, 1.0)

    assert not vector.any()


def test_columns_are_scaled_down_each_to_its_norm_and_never_up():
    coef = np.array([[3.0, 0.3, 0], [4.0, 0.4, 0]])

    clip_column_norms(coef, 1.0, np.full((2, 3), np.nan))

    np.testing.assert_allclose(coef, [[0.6, 0.3, 0], [0.8, 0.4, 0]], rtol=1e-15)


def test_the_columns_of_each_matrix_in_a_stack_are_scaled_down():
    coef = np.array([[[3.0, 0.3], [4.0, 0.4]], [[0.3, 30], [0.4, 40]]])

    clip_column_norms(coef, 1.0, np.full((2, 2, 2), np.nan))

    expected = [[[0.6, 0.3], [0.8, 0.4]], [[0.3, 0.6], [0.4, 0.8]]]
    np.testing.assert_allclose(coef, expected, rtol=1e-15)


# --- a step -----------------------------------------------------------------------------------


def test_a_plain_step_is_the_optimizers():
    (network, gradient), (twin, _) = make(), make()

    update_of(network, gradient).step(0.25, 1)
    SGD(momentum=0).step(twin.parameters.vector, gradient.vector, rate=0.25, t=1)

    np.testing.assert_array_equal(network.parameters.vector, twin.parameters.vector)


def test_the_rate_is_the_schedules_factor_times_the_learning_rate():
    progress = Progress(step=5, steps_per_epoch=10, max_epochs=1)
    update = update_of(*make(), schedule=Cosine(), learning_rate=0.5)

    assert update.rate(progress) == pytest.approx(0.25)


def test_decay_shrinks_weights_and_no_biases_before_the_step():
    (network, gradient), (before, _) = make(), make()
    gradient.vector[...] = 0

    update_of(network, gradient, AdamW(weight_decay=0.1)).step(0.5, 1)

    own, old = network.parameters, before.parameters
    np.testing.assert_allclose(own.weights, old.weights * (1 - 0.5 * 0.1), atol=1e-15)
    for bias, expected in zip(own.intercepts, old.intercepts, strict=True):
        np.testing.assert_allclose(bias, expected, atol=1e-15)


def test_the_decay_comes_before_the_step():
    (network, gradient), (before, _) = make(), make()
    optimizer = SGD(momentum=0)
    optimizer.weight_decay = 0.1

    update_of(network, gradient, optimizer).step(0.5, 1)

    expected = before.parameters.weights * (1 - 0.5 * 0.1) - 0.5 * gradient.weights
    np.testing.assert_allclose(network.parameters.weights, expected, rtol=1e-14)


def test_the_gradient_is_clipped_before_the_step():
    (network, gradient), (before, _) = make(), make()

    update_of(network, gradient, max_grad_norm=0.01).step(1.0, 1)

    step = np.linalg.norm(network.parameters.vector - before.parameters.vector)
    assert step == pytest.approx(0.01, rel=1e-10)


def test_no_unit_has_longer_weights_than_max_norm_after_a_step():
    (network, gradient), (before, _) = make(), make()

    update_of(network, gradient, max_norm=0.5).step(3.0, 1)

    for coef in network.parameters.coefs:
        lengths = np.linalg.norm(coef, axis=0)
        assert (lengths <= 0.5 * (1 + 1e-12)).all()
        assert (lengths > 0.49).any()
    for own, old, slope in zip(
        network.parameters.intercepts,
        before.parameters.intercepts,
        gradient.intercepts,
        strict=True,
    ):
        np.testing.assert_allclose(own, old - 3.0 * slope, rtol=1e-14)


def test_no_unit_of_a_member_has_longer_weights_than_max_norm():
    network, gradient = make([MemberDense(2, 3)])

    update_of(network, gradient, max_norm=0.5).step(3.0, 1)

    lengths = np.linalg.norm(network.parameters.coefs[0], axis=1)
    assert lengths.shape == (2, 3)
    assert (lengths <= 0.5 * (1 + 1e-12)).all()
    assert (lengths > 0.49).any()


def test_running_statistics_are_neither_stepped_nor_decayed_nor_clipped():
    layers = mlp_layers((3, 2), [ReLU()], normalization={0: BatchNormalization()})
    network, gradient = make(layers)
    statistics = network.parameters.layers[1]["statistics"]
    gradient.vector[...] = 1
    gradient.vector[len(gradient.trainable) :] = 1e300  # nobody looks there
    before = network.parameters.vector.copy()

    update_of(network, gradient, AdamW(weight_decay=0.1), max_grad_norm=1e3).step(1.0, 1)

    n_trainable = len(network.parameters.trainable)
    assert (network.parameters.trainable != before[:n_trainable]).all()
    np.testing.assert_array_equal(statistics.reshape(-1), before[n_trainable:])
    assert statistics.size == 6
    assert (gradient.trainable == 1).all()


# --- rates and decays of layers ---------------------------------------------------------------


def test_a_layer_that_learns_at_another_rate_is_a_block_of_its_own():
    network, gradient = make([Dense(3), Scale(lr=0.1), Scale(lr=0.1), Dense(2)])
    before, spy = network.parameters.vector.copy(), Spy()

    update_of(network, gradient, spy).step(0.5, 7)

    # Both matrices, then both biases, are neighbours; so are both scales.
    assert [len(call.theta) for call in spy.calls] == [12 + 6 + 3 + 2, 6]
    assert [call.rate for call in spy.calls] == [0.5, 0.5 * 0.1]
    assert [call.t for call in spy.calls] == [7, 7]
    rates = np.repeat([0.5, 0.05], [23, 6])
    np.testing.assert_allclose(
        network.parameters.vector, before - rates * gradient.vector, rtol=1e-15
    )


def test_the_arrays_of_a_layer_may_learn_at_rates_of_their_own():
    network, gradient = make([MemberDense(2, 3, lr={"b": 0.1}), MemberDense(2, 1, lr=4.0)])
    before = network.copy()

    update_of(network, gradient).step(0.5, 1)

    own, old = network.parameters.layers, before.parameters.layers
    for layer, name, rate in [(0, "W", 0.5), (0, "b", 0.05), (1, "W", 2.0), (1, "b", 2.0)]:
        expected = old[layer][name] - rate * gradient.layers[layer][name]
        np.testing.assert_allclose(own[layer][name], expected, rtol=1e-14)


def test_moments_are_those_of_the_block():
    network, gradient = make([Dense(3), Scale(lr=0.1)])
    optimizer = Adam()
    moments = first_moments(optimizer, network.parameters.trainable)
    twin, ours = network.parameters.vector.copy(), network.parameters.vector
    theirs = first_moments(optimizer, twin)
    update = Update(network, gradient, moments, optimizer, Constant(), 1.0)

    for t in (1, 2, 3):
        update.step(0.5, t)
        for part, rate in ((slice(0, 15), 0.5), (slice(15, 18), 0.05)):
            arrays = [theirs["mean"][part], theirs["mean_square"][part], np.empty_like(twin[part])]
            optimizer.step(twin[part], gradient.vector[part], *arrays, rate=rate, t=t)

    np.testing.assert_allclose(ours, twin, rtol=1e-14)
    for name, moment in moments.items():
        np.testing.assert_allclose(moment, theirs[name], rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_layer_has_a_decay_of_its_own(dtype):
    network, gradient = make([Embed([5, 4], 3, decay=0.2), Dense(2)], 3, dtype)
    before = network.copy()
    gradient.vector[...] = 0

    update_of(network, gradient).step(0.5, 1)

    table, expected = (n.parameters.layers[0]["table"] for n in (network, before))
    np.testing.assert_allclose(table, expected * dtype(1 - 0.5 * 0.2), rtol=1e-6)
    for name in ("W", "b"):
        own, old = (n.parameters.layers[1][name] for n in (network, before))
        np.testing.assert_array_equal(own, old)


def test_the_decay_of_a_layer_adds_to_the_optimizers_and_spares_biases():
    class Decayed(Dense):
        decay = 0.2

    network, gradient = make([Decayed(3), Dense(2), Embed([2], 3, decay=0.3)])
    before = network.copy()
    gradient.vector[...] = 0
    optimizer = SGD(momentum=0)
    optimizer.weight_decay = 0.1

    update_of(network, gradient, optimizer).step(0.5, 1)

    own, old = network.parameters.layers, before.parameters.layers
    for layer, name, decay in [
        (0, "W", 0.3),
        (0, "b", 0),
        (1, "W", 0.1),
        (1, "b", 0),
        (2, "table", 0.3),  # the optimizer's is for weights
    ]:
        expected = old[layer][name] * (1 - 0.5 * decay)
        np.testing.assert_allclose(own[layer][name], expected, rtol=1e-15)


# --- blocks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "n_numbers", "dtype"),
    pairwise(
        name=OPTIMIZERS,
        n_numbers=[BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17],
        dtype=[np.float32, np.float64],
    ),
)
def test_many_blocks_equal_one(name, n_numbers, dtype):
    network, gradient = make([Dense(1, bias=False)], n_numbers, dtype)
    optimizer = OPTIMIZERS[name]()
    moments = first_moments(optimizer, network.parameters.trainable)
    update = Update(network, gradient, moments, optimizer, Constant(), 1.0)
    one, memory = network.parameters.vector.copy(), first_moments(optimizer, gradient.vector)
    scratch = np.empty((optimizer.n_scratch, n_numbers), dtype)

    for t in (1, 2, 3):
        one *= dtype(1 - 0.01 * optimizer.weight_decay)
        optimizer.step(one, gradient.vector, *memory.values(), *scratch, rate=0.01, t=t)
        update.step(0.01, t)

    rounding = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(network.parameters.vector, one, rtol=rounding, atol=rounding)
    for name, moment in moments.items():
        np.testing.assert_allclose(moment, memory[name], rtol=rounding, atol=rounding)


def test_blocks_are_in_order_and_cover_all_of_it_and_no_array_is_larger():
    n_numbers = 2 * BLOCK + 100
    network, gradient = make([Dense(1, bias=False), Scale(lr=0.5)], n_numbers)
    spy, vector = Spy(), network.parameters.vector

    update_of(network, gradient, spy).step(1.0, 1)

    assert [len(call.theta) for call in spy.calls] == [BLOCK, BLOCK, 100, 1]
    start = 0
    for call in spy.calls:
        assert call.theta.ctypes.data == vector[start:].ctypes.data
        assert [len(array) for array in call.arrays] == [len(call.theta)] * 2
        start += len(call.theta)
    assert start == len(vector)
    assert np.shares_memory(spy.calls[0].arrays[1], spy.calls[3].arrays[1])  # scratch
    assert not np.shares_memory(spy.calls[0].arrays[0], spy.calls[3].arrays[0])  # a moment


def test_layers_that_learn_nothing_are_passed_by():
    network, gradient = make([Layer(), Dense(2), Layer()])
    before = network.parameters.vector.copy()

    update_of(network, gradient).step(1.0, 1)

    np.testing.assert_array_equal(network.parameters.vector, before - gradient.vector)


# --- first moments ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_moments_are_zero_at_first_and_no_part_of_theta(name, dtype):
    theta = np.ones(10, dtype)

    moments = first_moments(OPTIMIZERS[name](), theta)

    assert tuple(moments) == OPTIMIZERS[name]().moments
    for moment in moments.values():
        assert moment.shape == theta.shape
        assert moment.dtype == dtype
        assert not moment.any()
        assert not np.shares_memory(moment, theta)
    assert (theta == 1).all()
