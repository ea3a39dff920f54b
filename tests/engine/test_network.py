"""Forward and backward against plain loops, in our convention and in the textbook's."""

from itertools import pairwise

import numpy as np
import pytest

from skfcn.activations import ELU, Identity, Logistic, ReLU, Tanh
from skfcn.engine import Activate, Dense, Dropout, Layer, Network, Normalize, mlp_layers
from skfcn.normalization import BatchNormalization, LayerNormalization

ACTIVATION_LISTS = {
    "no hidden layer": [],
    "relu": [ReLU()],
    "tanh, elu, logistic": [Tanh(), ELU(0.5), Logistic()],
}
FUNCTIONS = {
    Identity: lambda z: z,
    Logistic: lambda z: 1 / (1 + np.exp(-z)),
    Tanh: np.tanh,
    ReLU: lambda z: np.where(z > 0, z, 0),
    ELU: lambda z: np.where(z > 0, z, 0.5 * (np.exp(z) - 1)),
}
SIZES = (4, 8, 8, 4, 1)


def build(layer_sizes, activations, dtype=np.float64, seed=0):
    network = Network(mlp_layers(layer_sizes[1:], activations), layer_sizes[0], dtype)
    vector = network.parameters.vector
    vector[...] = np.random.default_rng(seed).normal(0, 0.7, vector.shape)
    return network


def buffers_for(network, m):
    return network.workspace(m).rows(m).layers


def textbook(network):
    """W[l] of shape (n[l], n[l-1]) and b[l] as a column, l = 1 … L, in lists from 1."""
    W = [None, *(coef.T for coef in network.parameters.coefs)]
    b = [None, *(intercept[:, np.newaxis] for intercept in network.parameters.intercepts)]
    return W, b


@pytest.mark.parametrize("m", [1, 6])
@pytest.mark.parametrize("name", ACTIVATION_LISTS)
def test_forward_equals_a_plain_loop(name, m):
    activations = ACTIVATION_LISTS[name]
    layer_sizes = (*(5, 4, 3, 6)[: len(activations) + 1], 2)
    network = build(layer_sizes, activations)
    X = np.random.default_rng(1).standard_normal((m, 5))

    expected = X
    for layer, (W, b) in enumerate(
        zip(network.parameters.coefs, network.parameters.intercepts, strict=True)
    ):
        expected = expected @ W + b
        if layer < len(activations):
            expected = FUNCTIONS[type(activations[layer])](expected)

    passes = [
        network.forward(X, buffers_for(network, m)),
        network.predict(X, network.buffers(m)),
    ]
    for raw in passes:
        assert raw.shape == (m, 2)
        np.testing.assert_allclose(raw, expected, rtol=1e-13, atol=1e-14)


def test_forward_leaves_inputs_and_parameters_alone_and_takes_them_read_only():
    network = build((5, 4, 2), [ReLU()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    before = X.copy(), network.parameters.vector.copy()
    X.flags.writeable = network.parameters.vector.flags.writeable = False

    network.forward(X, buffers_for(network, 6))
    network.predict(X, network.buffers(6))

    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(network.parameters.vector, before[1])


def test_forward_writes_into_the_workspace():
    network = build((5, 4, 2), [ReLU()])
    training, prediction = buffers_for(network, 6), network.buffers(6)

    raw = network.forward(np.ones((6, 5)), training)
    predicted = network.predict(np.ones((6, 5)), prediction)

    assert raw is training[-1].Z
    assert predicted is prediction[-1].Z


def test_a_short_batch_gives_what_a_batch_of_its_own_size_gives():
    network = build((5, 4, 3, 6, 2), [Tanh(), ELU(0.5), Logistic()])
    X = np.random.default_rng(1).standard_normal((7, 5))
    workspace = network.workspace(7)
    network.forward(X, workspace.rows(7).layers)  # leaves numbers in every buffer

    short = network.forward(X[:3], workspace.rows(3).layers).copy()

    # Batches of another size may be summed in another order: equal to a few roundings.
    alone = network.forward(X[:3], buffers_for(network, 3))
    np.testing.assert_allclose(short, alone, rtol=1e-13)


def test_textbook_forward_is_the_transpose():
    activations = [ReLU(), Tanh(), Logistic()]
    network = build(SIZES, activations)
    W, b = textbook(network)
    X = np.random.default_rng(1).standard_normal((4, 10))  # one column a sample
    f = [None, *(FUNCTIONS[type(activation)] for activation in activations)]

    assert [w.shape for w in W[1:]] == [(n_out, n_in) for n_in, n_out in pairwise(SIZES)]
    A1 = f[1](W[1] @ X + b[1])
    A2 = f[2](W[2] @ A1 + b[2])
    A3 = f[3](W[3] @ A2 + b[3])
    Z4 = W[4] @ A3 + b[4]

    raw = network.forward(np.ascontiguousarray(X.T), buffers_for(network, 10))
    np.testing.assert_allclose(raw, Z4.T, rtol=1e-13, atol=1e-14)


def test_textbook_backward_is_the_transpose():
    network = build(SIZES, [ReLU(), Tanh(), Logistic()])
    W, b = textbook(network)
    rng = np.random.default_rng(1)
    X, dZ4 = rng.standard_normal((4, 10)), rng.standard_normal((1, 10))

    Z1 = W[1] @ X + b[1]
    A1 = np.maximum(Z1, 0)
    A2 = np.tanh(W[2] @ A1 + b[2])
    A3 = 1 / (1 + np.exp(-(W[3] @ A2 + b[3])))
    dZ3 = (W[4].T @ dZ4) * A3 * (1 - A3)
    dZ2 = (W[3].T @ dZ3) * (1 - A2**2)
    dZ1 = (W[2].T @ dZ2) * (Z1 > 0)
    dW = [dZ1 @ X.T, dZ2 @ A1.T, dZ3 @ A2.T, dZ4 @ A3.T]
    db = [dZ.sum(axis=1) for dZ in (dZ1, dZ2, dZ3, dZ4)]

    buffers, gradient = buffers_for(network, 10), network.parameters.like()
    inputs = np.ascontiguousarray(X.T)
    network.forward(inputs, buffers)
    network.backward(np.ascontiguousarray(dZ4.T), buffers, gradient)

    for own, textbooks in zip(gradient.coefs, dW, strict=True):
        np.testing.assert_allclose(own, textbooks.T, rtol=1e-12, atol=1e-14)
    for own, textbooks in zip(gradient.intercepts, db, strict=True):
        np.testing.assert_allclose(own, textbooks, rtol=1e-12, atol=1e-14)


def test_backward_takes_the_gradient_in_the_buffer_of_the_raw_outputs():
    network = build((5, 4, 2), [Tanh()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    delta = np.random.default_rng(2).standard_normal((6, 2))
    apart, same = network.parameters.like(), network.parameters.like()
    buffers = buffers_for(network, 6)

    network.forward(X, buffers)
    network.backward(delta.copy(), buffers, apart)
    raw = network.forward(X, buffers)
    raw[...] = delta
    network.backward(raw, buffers, same)

    np.testing.assert_array_equal(same.vector, apart.vector)


def test_backward_overwrites_what_was_in_the_gradient():
    network = build((5, 4, 2), [Tanh()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    clean, dirty = network.parameters.like(), network.parameters.like()
    dirty.vector[...] = np.nan
    for gradient in (clean, dirty):
        buffers = buffers_for(network, 6)
        network.forward(X, buffers)
        network.backward(np.ones((6, 2)), buffers, gradient)

    np.testing.assert_array_equal(dirty.vector, clean.vector)


def test_the_gradient_is_summed_over_the_rows():
    network = build((5, 4, 2), [Tanh()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    gradient, total = network.parameters.like(), 0.0
    for start, stop in [(0, 6), (0, 2), (2, 6)]:
        buffers = buffers_for(network, stop - start)
        network.forward(X[start:stop], buffers)
        network.backward(np.ones((stop - start, 2)), buffers, gradient)
        if start == 0 and stop == 6:
            whole = gradient.vector.copy()
        else:
            total += gradient.vector

    np.testing.assert_allclose(total, whole, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_in_is_dtype_out(dtype):
    network = build(SIZES, [ReLU(), ELU(), Logistic()], dtype)
    buffers, gradient = buffers_for(network, 3), network.parameters.like()
    X = np.ones((3, 4), dtype=dtype)

    raw = network.forward(X, buffers)
    network.backward(raw, buffers, gradient)

    predicted = network.predict(X, network.buffers(3))
    assert network.dtype == raw.dtype == predicted.dtype == gradient.vector.dtype == dtype
    assert gradient.vector.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalization_and_dropout_compute_in_the_networks_dtype(dtype):
    kinds = {0: BatchNormalization(), 1: LayerNormalization()}
    network = Network(mlp_layers([5, 3], [ReLU()], kinds, {0: 0.5, 1: 0.5}), 4, dtype)
    network.initialize(np.random.RandomState(0))

    buffers = buffers_for(network, 3)
    raw = network.forward(np.ones((3, 4), dtype), buffers)

    arrays = [raw]
    for own in buffers:
        arrays += [array for array in vars(own).values() if isinstance(array, np.ndarray)]
    assert len(arrays) > 20
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_float32_agrees_with_float64():
    networks = [build(SIZES, [ReLU(), ELU(), Logistic()], d) for d in (np.float32, np.float64)]
    networks[1].parameters.vector[...] = networks[0].parameters.vector
    X = np.random.default_rng(1).standard_normal((10, 4)).astype(np.float32)

    single, double = (n.forward(X.astype(n.dtype), buffers_for(n, 10)) for n in networks)

    # Four layers of at most nine terms: some tens of roundings of 6e-8.
    np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n_activations", [0, 1, 3])
def test_another_number_of_activations_is_refused(n_activations):
    message = f"2 hidden layers need as many activations, got {n_activations}"
    with pytest.raises(ValueError, match=message):
        mlp_layers((4, 3, 2), [ReLU()] * n_activations)


@pytest.mark.parametrize("training", [True, False])
def test_activations_say_whether_they_are_in_place(training):
    network = build((5, 4, 3, 2), [ReLU(), ELU()])
    buffers = buffers_for(network, 6) if training else network.buffers(6)
    first, relu, second, elu, _ = buffers

    (network.forward if training else network.predict)(np.ones((6, 5)), buffers)

    assert relu.out is first.Z
    assert elu.z is second.Z
    assert not np.shares_memory(elu.out, second.Z)


# --- what there is to know of it --------------------------------------------------------------


def test_the_layers_of_a_multilayer_perceptron():
    relu, elu, batch = ReLU(), ELU(), BatchNormalization()

    layers = mlp_layers([4, 3, 2], [relu, elu], {1: batch}, {0: 0.1, 2: 0.2})

    kinds = [Dropout, Dense, Activate, Dense, Normalize, Activate, Dropout, Dense]
    assert [type(layer) for layer in layers] == kinds
    assert [layers[index].n_out for index in (1, 3, 7)] == [4, 3, 2]
    assert [layers[index].bias for index in (1, 3, 7)] == [True, False, True]
    assert (layers[2].f, layers[5].f, layers[4].kind) == (relu, elu, batch)
    assert (layers[0].rate, layers[6].rate) == (0.1, 0.2)


def test_the_largest_product_of_a_batch():
    network = build((64, 100, 10), [ReLU()])

    assert network.largest_product(32, 64) == 32 * 64 * 100
    assert network.largest_product(10_000, 64) == 10_000 * 64 * 100
    assert network.largest_product(32, 0) == 32 * 100 * 10  # a sparse X takes another way


@pytest.mark.parametrize("layers", [[], [Layer()]], ids=len)
def test_there_may_be_no_product(layers):
    assert Network(layers, 3).largest_product(32, 3) == 0


def test_the_stages_add_up_to_what_is_trained():
    network = Network(mlp_layers([3, 5, 2], [ReLU(), ELU()], {1: BatchNormalization()}), 4)

    stages = network.summary()

    assert [stage.n_units for stage in stages] == [4, 3, 5, 2]
    sizes = [stage.n_parameters for stage in stages]
    assert sizes == [0, 4 * 3 + 3, 3 * 5 + 5 + 5, 5 * 2 + 2]
    assert sum(sizes) == network.parameters.trainable.size


def test_weights_begin_a_stage_of_as_many_units_too():
    stages = Network(mlp_layers([3, 3], [ReLU()]), 3).summary()

    assert [(stage.n_units, stage.n_parameters) for stage in stages] == [(3, 0), (3, 12), (3, 12)]


def test_a_network_that_is_bound_to_another_vector_leaves_this_one_alone():
    network = build((5, 4, 2), [ReLU()])
    X, before = np.ones((6, 5)), network.parameters.vector.copy()
    expected = network.predict(X, network.buffers(6)).copy()

    twin, zeros = network.copy(), network.bound_to(np.zeros_like(before))
    twin.parameters.vector *= 2

    np.testing.assert_array_equal(network.parameters.vector, before)
    np.testing.assert_array_equal(network.predict(X, network.buffers(6)), expected)
    assert not zeros.predict(X, zeros.buffers(6)).any()
    assert zeros.layers is network.layers


@pytest.mark.parametrize("layers", [[], [Layer()], [Dropout(0.5), Layer()]], ids=len)
def test_a_network_may_learn_nothing(layers):
    network, X = Network(layers, 3), np.ones((4, 3))
    buffers = buffers_for(network, 4)

    network.forward(X, buffers)
    network.backward(np.ones((4, 3)), buffers, network.parameters.like())

    np.testing.assert_array_equal(network.predict(X, network.buffers(4)), X)
