"""Members against networks of their own."""

import numpy as np
import pytest

from skfcn.activations import Tanh
from skfcn.engine import (
    Activate,
    Dense,
    MemberDense,
    Network,
    Repeat,
    Scale,
    ScaledMemberDense,
    hidden_activations,
    raw_outputs,
)

K, M = 3, 10  # members, and rows of X
X = np.random.default_rng(1).standard_normal((M, 4))
DELTA = np.random.default_rng(2).standard_normal((K, M, 2))


def build(layers, n_inputs=4):
    network = Network(layers, n_inputs)
    vector = network.parameters.vector
    vector[...] = np.random.default_rng(0).normal(0, 0.7, len(vector))
    return network


def ensemble():
    return build([Repeat(K), Scale(K), Dense(5), Activate(Tanh()), MemberDense(K, 2)])


def passes(network, X, delta):
    """Return the raw outputs in training and in prediction, and the gradient of each layer."""
    buffers = network.workspace(len(X)).rows(len(X)).layers
    raw = network.forward(X, buffers).copy()
    gradient = network.parameters.like()
    network.backward(delta.copy(), buffers, gradient)
    return raw, network.predict(X, network.buffers(len(X))), gradient.layers


def arrays_of(network):
    """The arrays of the ensemble: factors, W and b that are shared, and W and b of each member."""
    _, scale, shared, _, own = network.parameters.layers
    return scale["scale"], shared["W"], shared["b"], own["W"], own["b"]


def member(network, k):
    """A network that computes what one member does, of layers that know no members."""
    r, W, b, V, c = arrays_of(network)
    alone = build([Scale(), Dense(5), Activate(Tanh()), Dense(2)])
    scale, first, _, second = alone.parameters.layers
    scale["scale"][...], first["W"][...], first["b"][...] = r[k], W, b
    second["W"][...], second["b"][...] = V[k], c[k]
    return alone


def test_an_ensemble_computes_what_each_member_does_by_hand():
    network = ensemble()
    r, W, b, V, c = arrays_of(network)

    raw, predicted, _ = passes(network, X, DELTA.reshape(-1, 2))

    assert raw.shape == (K * M, 2)
    for k in range(K):
        expected = np.tanh((X * r[k]) @ W + b) @ V[k] + c[k]
        rows = slice(k * M, (k + 1) * M)
        np.testing.assert_allclose(raw[rows], expected, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(predicted[rows], expected, rtol=1e-13, atol=1e-14)


def test_the_gradient_of_an_ensemble_is_that_of_its_members_by_hand():
    network = ensemble()
    r, W, b, V, _ = arrays_of(network)

    _, _, (_, scale, shared, _, own) = passes(network, X, DELTA.reshape(-1, 2))

    dW, db = np.zeros_like(W), np.zeros_like(b)
    for k in range(K):
        A = np.tanh((X * r[k]) @ W + b)
        dZ = (DELTA[k] @ V[k].T) * (1 - A**2)
        np.testing.assert_allclose(own["W"][k], A.T @ DELTA[k], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(own["b"][k], DELTA[k].sum(axis=0), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(
            scale["scale"][k], (dZ @ W.T * X).sum(axis=0), rtol=1e-12, atol=1e-14
        )
        dW += (X * r[k]).T @ dZ
        db += dZ.sum(axis=0)
    np.testing.assert_allclose(shared["W"], dW, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(shared["b"], db, rtol=1e-12, atol=1e-14)


def test_an_ensemble_equals_networks_of_layers_that_know_no_members():
    network = ensemble()

    raw, _, (_, scale, shared, _, own) = passes(network, X, DELTA.reshape(-1, 2))

    total = 0
    for k in range(K):
        one, _, (factors, first, _, second) = passes(member(network, k), X, DELTA[k])
        np.testing.assert_allclose(raw.reshape(K, M, 2)[k], one, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(scale["scale"][k], factors["scale"][0], rtol=1e-12)
        for name in ("W", "b"):
            np.testing.assert_allclose(own[name][k], second[name], rtol=1e-12, atol=1e-14)
        total += first["W"]
    np.testing.assert_allclose(shared["W"], total, rtol=1e-12, atol=1e-14)


def test_a_dense_layer_of_members_equals_a_dense_layer_for_each():
    network = build([Scale(), MemberDense(K, 2)])
    scale, own = network.parameters.layers
    stacked = np.random.default_rng(3).standard_normal((K * M, 4))

    raw, predicted, gradient = passes(network, stacked, DELTA.reshape(-1, 2))

    total = 0
    for k, rows in enumerate(stacked.reshape(K, M, 4)):
        alone = build([Scale(), Dense(2)])
        alone.parameters.layers[0]["scale"][...] = scale["scale"]
        alone.parameters.coefs[0], alone.parameters.intercepts[0] = own["W"][k], own["b"][k]
        one, _, (factors, dense) = passes(alone, rows, DELTA[k])
        for outputs in (raw, predicted):
            np.testing.assert_allclose(outputs.reshape(K, M, 2)[k], one, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(gradient[1]["W"][k], dense["W"], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(gradient[1]["b"][k], dense["b"], rtol=1e-12, atol=1e-14)
        total += factors["scale"]
    np.testing.assert_allclose(gradient[0]["scale"], total, rtol=1e-12, atol=1e-14)


def test_a_scaled_layer_equals_a_scale_and_a_dense_layer():
    network, apart = build([ScaledMemberDense(K, 2)]), build([Scale(K), MemberDense(K, 2)])
    (whole,), (scale, dense) = network.parameters.layers, apart.parameters.layers
    for name, array in {**scale, **dense}.items():
        array[...] = whole[name]
    stacked = np.random.default_rng(3).standard_normal((K * M, 4))

    raw, predicted, (gradient,) = passes(network, stacked, DELTA.reshape(-1, 2))

    expected, _, (factors, own) = passes(apart, stacked, DELTA.reshape(-1, 2))
    for outputs in (raw, predicted):
        np.testing.assert_allclose(outputs, expected, rtol=1e-13, atol=1e-14)
    for name, array in {**factors, **own}.items():
        np.testing.assert_allclose(gradient[name], array, rtol=1e-12, atol=1e-14)


def test_members_begin_as_one():
    network = Network([Repeat(K), Scale(K), Dense(5)], 4)
    network.initialize(np.random.RandomState(0))
    network.parameters.coefs[0] = np.random.default_rng(0).standard_normal((4, 5))

    raw = network.predict(X, network.buffers(M)).reshape(K, M, 5)

    factors = network.parameters.layers[1]["scale"]
    assert factors.shape == (K, 4)
    np.testing.assert_array_equal(factors, 1)
    np.testing.assert_allclose(raw[1], raw[0], rtol=1e-14)
    np.testing.assert_allclose(raw[2], raw[0], rtol=1e-14)


@pytest.mark.parametrize("layer", [Scale(K), ScaledMemberDense(K, 2)])
def test_factors_begin_at_one(layer):
    network = Network([layer], 4)

    network.initialize(np.random.RandomState(0))

    np.testing.assert_array_equal(network.parameters.layers[0]["scale"], np.ones((K, 4)))


def test_rows_that_are_repeated_sum_their_gradients():
    network = build([Dense(2), Repeat(K)])

    raw, _, (dense, _) = passes(network, X, DELTA.reshape(-1, 2))

    np.testing.assert_array_equal(raw.reshape(K, M, 2)[1], raw[:M])
    np.testing.assert_allclose(dense["W"], X.T @ DELTA.sum(axis=0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(dense["b"], DELTA.sum(axis=(0, 1)), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("chunk", [1, 3, 4, 5, 10, 11])
@pytest.mark.parametrize("rows", [None, [7, 0, 0, 9, 3]], ids=["all rows", "some rows"])
def test_raw_outputs_are_member_after_member_however_many_chunks_there_are(
    chunk, rows, monkeypatch
):
    monkeypatch.setattr("skfcn.engine.evaluate._CHUNK", chunk)
    network, rows = ensemble(), None if rows is None else np.array(rows)
    chosen = X if rows is None else X[rows]

    raw = raw_outputs(network, X, rows)

    assert raw.shape == (K * len(chosen), 2)
    for k, own in enumerate(raw.reshape(K, len(chosen), 2)):
        np.testing.assert_allclose(
            own, raw_outputs(member(network, k), chosen), rtol=1e-13, atol=1e-14
        )


@pytest.mark.parametrize("chunk", [3, 10])
def test_hidden_activations_are_member_after_member(chunk, monkeypatch):
    monkeypatch.setattr("skfcn.engine.evaluate._CHUNK", chunk)
    network = ensemble()

    hidden = hidden_activations(network, X, 0)

    assert hidden.shape == (K * M, 5)
    for k, own in enumerate(hidden.reshape(K, M, 5)):
        alone = hidden_activations(member(network, k), X, 0)
        np.testing.assert_allclose(own, alone, rtol=1e-13, atol=1e-14)


def test_the_largest_product_counts_the_rows_of_members():
    network = ensemble()

    assert network.largest_product(M, 4) == K * M * 4 * 5
    assert build([MemberDense(K, 2)]).largest_product(K * M, 4) == M * 4 * 2
