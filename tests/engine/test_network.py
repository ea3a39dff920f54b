"""Forward and backward against plain loops, in our convention and in the textbook's."""

from itertools import pairwise

import numpy as np
import pytest

from skfcn.activations import ELU, Identity, Logistic, ReLU, Tanh
from skfcn.engine import Network, Parameters
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
    network = Network(layer_sizes, activations, dtype)
    vector = network.parameters.vector
    vector[...] = np.random.default_rng(seed).normal(0, 0.7, vector.shape)
    return network


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

    raw = network.forward(X, network.workspace(m))
    assert raw.shape == (m, 2)
    np.testing.assert_allclose(raw, expected, rtol=1e-13, atol=1e-14)


def test_forward_leaves_inputs_and_parameters_alone_and_takes_them_read_only():
    network = build((5, 4, 2), [ReLU()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    before = X.copy(), network.parameters.vector.copy()
    X.flags.writeable = network.parameters.vector.flags.writeable = False

    network.forward(X, network.workspace(6))

    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(network.parameters.vector, before[1])


def test_forward_writes_into_the_workspace():
    network = build((5, 4, 2), [ReLU()])
    workspace = network.workspace(6)

    raw = network.forward(np.ones((6, 5)), workspace)

    assert raw is workspace.pre_activations[-1]


def test_a_short_batch_gives_what_a_batch_of_its_own_size_gives():
    network = build((5, 4, 3, 6, 2), [Tanh(), ELU(0.5), Logistic()])
    X = np.random.default_rng(1).standard_normal((7, 5))
    workspace = network.workspace(7)
    network.forward(X, workspace)  # leaves numbers in every buffer

    short = network.forward(X[:3], workspace.rows(3)).copy()

    # Batches of another size may be summed in another order: equal to a few roundings.
    np.testing.assert_allclose(short, network.forward(X[:3], network.workspace(3)), rtol=1e-13)


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

    raw = network.forward(np.ascontiguousarray(X.T), network.workspace(10))
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

    workspace, gradient = network.workspace(10), Parameters(SIZES)
    inputs = np.ascontiguousarray(X.T)
    network.forward_training(inputs, workspace)
    network.backward(np.ascontiguousarray(dZ4.T), workspace, gradient)

    for own, textbooks in zip(gradient.coefs, dW, strict=True):
        np.testing.assert_allclose(own, textbooks.T, rtol=1e-12, atol=1e-14)
    for own, textbooks in zip(gradient.intercepts, db, strict=True):
        np.testing.assert_allclose(own, textbooks, rtol=1e-12, atol=1e-14)


def test_backward_takes_the_gradient_in_the_buffer_of_the_raw_outputs():
    network = build((5, 4, 2), [Tanh()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    delta = np.random.default_rng(2).standard_normal((6, 2))
    apart, same = Parameters((5, 4, 2)), Parameters((5, 4, 2))
    workspace = network.workspace(6)

    network.forward_training(X, workspace)
    network.backward(delta.copy(), workspace, apart)
    raw = network.forward_training(X, workspace)
    raw[...] = delta
    network.backward(raw, workspace, same)

    np.testing.assert_array_equal(same.vector, apart.vector)


def test_backward_overwrites_what_was_in_the_gradient():
    network = build((5, 4, 2), [Tanh()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    clean, dirty = Parameters((5, 4, 2)), Parameters((5, 4, 2))
    dirty.vector[...] = np.nan
    for gradient in (clean, dirty):
        workspace = network.workspace(6)
        network.forward_training(X, workspace)
        network.backward(np.ones((6, 2)), workspace, gradient)

    np.testing.assert_array_equal(dirty.vector, clean.vector)


def test_the_gradient_is_summed_over_the_rows():
    network = build((5, 4, 2), [Tanh()])
    X = np.random.default_rng(1).standard_normal((6, 5))
    gradient, total = Parameters((5, 4, 2)), 0.0
    for start, stop in [(0, 6), (0, 2), (2, 6)]:
        workspace = network.workspace(stop - start)
        network.forward_training(X[start:stop], workspace)
        network.backward(np.ones((stop - start, 2)), workspace, gradient)
        if start == 0 and stop == 6:
            whole = gradient.vector.copy()
        else:
            total += gradient.vector

    np.testing.assert_allclose(total, whole, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_in_is_dtype_out(dtype):
    network = build(SIZES, [ReLU(), ELU(), Logistic()], dtype)
    workspace, gradient = network.workspace(3), Parameters(SIZES, dtype)
    X = np.ones((3, 4), dtype=dtype)

    raw = network.forward_training(X, workspace)
    network.backward(raw, workspace, gradient)

    predicted = network.forward(X, network.forward_buffers(3))
    assert network.dtype == raw.dtype == predicted.dtype == gradient.vector.dtype == dtype
    assert gradient.vector.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalization_and_dropout_compute_in_the_networks_dtype(dtype):
    kinds = {0: BatchNormalization(), 1: LayerNormalization()}
    network = Network((4, 5, 3), [ReLU()], dtype, normalization=kinds, dropout={0: 0.5, 1: 0.5})

    workspace = network.workspace(3)
    raw = network.forward_training(np.ones((3, 4), dtype), workspace)

    buffers = [raw, *workspace.inputs]
    for layer in (0, 1):
        buffers += vars(workspace.normalization[layer]).values()
        buffers.append(workspace.dropout[layer].mask)
    assert len(buffers) > 6
    assert {buffer.dtype for buffer in buffers} == {np.dtype(dtype)}


def test_float32_agrees_with_float64():
    networks = [build(SIZES, [ReLU(), ELU(), Logistic()], d) for d in (np.float32, np.float64)]
    networks[1].parameters.vector[...] = networks[0].parameters.vector
    X = np.random.default_rng(1).standard_normal((10, 4)).astype(np.float32)

    single, double = (n.forward(X.astype(n.dtype), n.workspace(10)) for n in networks)

    # Four layers of at most nine terms: some tens of roundings of 6e-8.
    np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n_activations", [0, 1, 3])
def test_another_number_of_activations_is_refused(n_activations):
    message = f"2 hidden layers need as many activations, got {n_activations}"
    with pytest.raises(ValueError, match=message):
        Network((5, 4, 3, 2), [ReLU()] * n_activations)


def test_the_workspace_asks_the_activations_whether_they_are_in_place():
    workspace = Network((5, 4, 3, 2), [ReLU(), ELU()]).workspace(6)

    assert workspace.n_rows == 6
    assert workspace.activations[0] is workspace.pre_activations[0]
    assert workspace.activations[1] is not workspace.pre_activations[1]
