"""Embeddings against a product with ones and zeros, bins against NumPy's interpolation."""

from itertools import pairwise

import numpy as np
import pytest

from skfcn.engine import Choose, Dense, Embed, Network, PiecewiseLinear, Repeat

M = 10  # rows
DELTA = np.random.default_rng(2).standard_normal((M, 2))


def build(layers, n_inputs):
    network = Network(layers, n_inputs)
    vector = network.parameters.vector
    vector[...] = np.random.default_rng(0).normal(0, 0.7, len(vector))
    return network


def passes(network, X, delta):
    """Return the raw outputs in training and in prediction, and the gradient of each layer."""
    buffers = network.workspace(len(X)).rows(len(X)).layers
    raw = network.forward(X, buffers).copy()
    gradient = network.parameters.like()
    network.backward(delta.copy(), buffers, gradient)
    return raw, network.predict(X, network.buffers(len(X))), gradient.layers


# --- embeddings -------------------------------------------------------------------------------


SIZES, WIDTH = (3, 2, 4), 2


def coded(m, seed=3):
    """Return two numbers and three codes a row, and the codes as ones and zeros."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, SIZES, (m, 3))
    ones = [np.eye(size)[codes[:, column]] for column, size in enumerate(SIZES)]
    return np.hstack([rng.standard_normal((m, 2)), codes]), ones


def embedding():
    return build([Embed(SIZES, WIDTH), Dense(2)], n_inputs=5)


def test_an_embedding_is_the_product_of_its_table_with_ones_and_zeros():
    network, (X, ones) = embedding(), coded(M)
    (table,), (W, b) = (list(p.values()) for p in network.parameters.layers)
    table = table[0]
    tables = np.split(table, np.cumsum(SIZES)[:-1])

    raw, predicted, (embed, dense) = passes(network, X, DELTA)

    out = np.hstack([X[:, :2], *(one @ part for one, part in zip(ones, tables, strict=True))])
    assert out.shape == (M, 2 + 3 * WIDTH)
    for outputs in (raw, predicted):
        np.testing.assert_allclose(outputs, out @ W + b, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(dense["W"], out.T @ DELTA, rtol=1e-12, atol=1e-14)
    dA = np.split((DELTA @ W.T)[:, 2:], 3, axis=1)
    expected = np.vstack([one.T @ d for one, d in zip(ones, dA, strict=True)])
    np.testing.assert_allclose(embed["table"][0], expected, rtol=1e-12, atol=1e-14)


def test_the_gradients_of_a_code_that_is_repeated_are_summed():
    network = build([Embed([3], WIDTH)], n_inputs=1)
    codes = np.array([[1.0], [2.0], [1.0], [1.0]])
    delta = np.array([[1.0, 10], [2, 20], [3, 30], [4, 40]])

    _, _, (embed,) = passes(network, codes, delta)

    np.testing.assert_array_equal(embed["table"], [[[0, 0], [8, 80], [2, 20]]])


@pytest.mark.parametrize(
    ("code", "row"), [(-1.0, 0), (-1e9, 0), (0.0, 0), (2.0, 2), (3.0, 2), (1e9, 2)]
)
def test_a_code_that_is_unknown_is_taken_for_the_nearest(code, row):
    network = build([Embed([3, 2], WIDTH)], n_inputs=2)
    (table,) = network.parameters.layers[0]["table"]
    X = np.array([[code, 5.0]])

    raw, predicted, _ = passes(network, X, np.ones((1, 4)))

    for outputs in (raw, predicted):
        np.testing.assert_array_equal(outputs, [[*table[row], *table[4]]])


def test_vectors_begin_as_normal_numbers():
    network = Network([Embed([300, 200], 20)], 2)

    network.initialize(np.random.RandomState(0))

    (table,) = network.parameters.layers[0]["table"]
    assert table.shape == (500, 20)
    assert table.mean() == pytest.approx(0, abs=0.05)
    assert table.std() == pytest.approx(1, abs=0.05)


def test_each_member_has_an_embedding_of_its_own():
    k, (X, _) = 2, coded(M)
    network = build([Repeat(k), Embed(SIZES, WIDTH, members=k)], n_inputs=5)
    tables = network.parameters.layers[1]["table"]
    delta = np.random.default_rng(7).standard_normal((k * M, 2 + 3 * WIDTH))

    raw, predicted, (_, embed) = passes(network, X, delta)

    for member in range(k):
        alone = build([Embed(SIZES, WIDTH)], n_inputs=5)
        alone.parameters.layers[0]["table"][0] = tables[member]
        rows = slice(member * M, (member + 1) * M)
        expected, _, (gradient,) = passes(alone, X, delta[rows])
        for outputs in (raw, predicted):
            np.testing.assert_array_equal(outputs[rows], expected)
        np.testing.assert_array_equal(embed["table"][member], gradient["table"][0])


# --- a choice of columns ----------------------------------------------------------------------


def test_the_chosen_columns_are_handed_on():
    network = build([Choose([3, 1, 3])], n_inputs=4)

    raw, predicted, _ = passes(network, NUMBERS, np.zeros((50, 3)))

    np.testing.assert_array_equal(raw, NUMBERS[:, [3, 1, 3]])
    np.testing.assert_array_equal(predicted, raw)


def test_no_column_may_be_chosen():
    network = build([Choose([])], n_inputs=4)

    raw, predicted, _ = passes(network, NUMBERS, np.zeros((50, 0)))

    assert raw.shape == predicted.shape == (50, 0)


# --- bins -------------------------------------------------------------------------------------

EDGES = [[-1.0, 0.5, 2.0, 3.0], [], [0.0, 0.7]]
NUMBERS = np.random.default_rng(4).normal(0, 2, (50, 4))


def test_each_bin_shows_where_a_number_lies_in_it():
    network = build([PiecewiseLinear(EDGES)], n_inputs=4)

    raw, predicted, _ = passes(network, NUMBERS, np.zeros((50, 4 + 3 * 3)))

    bins = np.zeros((50, 3, 3))
    for column, edges in enumerate(EDGES):
        for number, ends in enumerate(pairwise(edges)):
            bins[:, column, number] = np.interp(NUMBERS[:, column], ends, [0, 1])
    for outputs in (raw, predicted):
        np.testing.assert_array_equal(outputs[:, :4], NUMBERS)
        np.testing.assert_allclose(outputs[:, 4:], bins.reshape(50, -1), rtol=1e-14, atol=1e-15)


def test_slopes_of_edges_in_float32_are_computed_in_float64():
    edges = np.float32([0.1, 0.7, 12345.6])

    ours, exact = PiecewiseLinear([edges]), PiecewiseLinear([edges.astype(np.float64)])

    np.testing.assert_array_equal(ours.slope, exact.slope)


def test_a_sum_of_bins_bends_at_the_edges():
    edges, heights = [-2.0, -1.0, 0.5, 2.0], [1.0, -3.0, 2.0]
    network = build([PiecewiseLinear([edges]), Dense(1)], n_inputs=1)
    network.parameters.layers[1]["W"][:, 0] = [0, *heights]
    network.parameters.layers[1]["b"][0] = 0.5
    x = np.linspace(-4, 4, 81)

    raw, _, _ = passes(network, x[:, None], np.zeros((81, 1)))

    expected = np.interp(x, edges, 0.5 + np.cumsum([0, *heights]))
    np.testing.assert_allclose(raw[:, 0], expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("edges", [[], [[]], [[], []], [[1.0], []]])
def test_without_any_bins_the_numbers_are_handed_on(edges):
    network = build([PiecewiseLinear(edges)], n_inputs=2)

    raw, predicted, _ = passes(network, NUMBERS[:, :2].copy(), np.zeros((50, 2)))

    np.testing.assert_array_equal(raw, NUMBERS[:, :2])
    np.testing.assert_array_equal(predicted, NUMBERS[:, :2])
