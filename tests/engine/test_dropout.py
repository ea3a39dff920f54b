"""Dropout against its definition: what is left out and scaled, which mean and variance stay."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skfcn.activations import SELU, ReLU, Tanh
from skfcn.engine import Dropout, Network, mlp_layers

SELU_DROPPED = SELU.dropped_value


class Dropping:
    """A layer of dropout with its buffers for a batch of one shape."""

    def __init__(self, rate, shape, dtype=np.float64, seed=0, **options):
        self.layer = Dropout(rate, **options)
        network = Network([self.layer], shape[1], dtype)
        self.workspace = network.workspace(shape[0], np.random.default_rng(seed))
        self.buffers = self.workspace.rows(shape[0]).layers[0]

    def forward(self, A):
        return self.layer.forward(A, {}, self.buffers)

    def backward(self, delta):
        return self.layer.backward(delta, {}, {}, self.buffers)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_units_are_left_out_or_scaled(rate, dtype):
    A = np.random.default_rng(1).uniform(1, 2, (500, 200)).astype(dtype)
    before = A.copy()

    out = Dropping(rate, A.shape, dtype).forward(A)

    left = out != 0
    assert out.dtype == dtype
    np.testing.assert_array_equal(A, before)
    np.testing.assert_allclose(out[left], A[left] / (1 - rate), rtol=1e-6)
    # 100,000 draws: five standard deviations are less than 0.008.
    assert left.mean() == pytest.approx(1 - rate, abs=0.008)
    assert out.mean() == pytest.approx(A.mean(), rel=0.05)


def test_every_call_draws_anew_and_a_seed_repeats_it():
    A = np.ones((20, 30))
    one, other = Dropping(0.5, A.shape, seed=3), Dropping(0.5, A.shape, seed=3)

    first, second = one.forward(A).copy(), one.forward(A).copy()

    assert (first != second).any()
    np.testing.assert_array_equal(other.forward(A), first)
    np.testing.assert_array_equal(other.forward(A), second)


def test_each_row_leaves_out_units_of_its_own():
    out = Dropping(0.5, (20, 30)).forward(np.ones((20, 30)))

    assert len(np.unique(out, axis=0)) == 20


def test_backward_is_the_derivative_of_forward():
    A = np.random.default_rng(1).standard_normal((6, 5))
    dropout = Dropping(0.4, A.shape)
    out = dropout.forward(A).copy()
    delta = np.ones_like(A)

    assert dropout.backward(delta) is delta

    np.testing.assert_allclose(delta * A, out, rtol=1e-15)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    A = np.random.default_rng(1).standard_normal((2000, 500))

    out = Dropping(rate, A.shape, dropped_value=SELU_DROPPED).forward(A)

    # A million draws; five standard deviations of the variance are less than 0.02.
    assert out.mean() == pytest.approx(0, abs=0.01)
    assert out.var() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
def test_alpha_dropout_follows_the_papers_formula(rate):
    A = np.random.default_rng(1).standard_normal((40, 30))
    keep, value = 1 - rate, SELU_DROPPED
    a = (keep + value**2 * keep * rate) ** -0.5
    b = -a * rate * value

    dropout = Dropping(rate, A.shape, dropped_value=value)
    out = dropout.forward(A).copy()
    delta = np.ones_like(A)
    dropout.backward(delta)

    left = np.random.default_rng(0).random(A.shape) >= rate
    np.testing.assert_allclose(out, a * np.where(left, A, value) + b, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(delta, a * left, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sparse_batch_loses_entries_and_stays_sparse(dtype):
    rng = np.random.default_rng(1)
    dense = rng.uniform(1, 2, (50, 400)) * (rng.random((50, 400)) < 0.5)
    X = csr_array(dense.astype(dtype))
    before = X.copy()

    out = Dropping(0.25, X.shape, dtype).forward(X)

    assert out.dtype == dtype
    np.testing.assert_array_equal(X.toarray(), before.toarray())
    left = out.toarray() != 0
    assert left.sum() / (dense != 0).sum() == pytest.approx(0.75, abs=0.02)
    np.testing.assert_allclose(out.toarray()[left], dense[left] / 0.75, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sparse_batch_that_stores_every_entry_loses_what_a_dense_one_does(dtype):
    A = np.random.default_rng(1).uniform(1, 2, (20, 30)).astype(dtype)

    dense, sparse = (Dropping(0.25, A.shape, dtype).forward(X) for X in (A, csr_array(A)))

    np.testing.assert_array_equal(sparse.toarray(), dense)


def test_a_short_batch_uses_the_first_rows_of_the_buffers():
    dropout = Dropping(0.5, (10, 4))
    (cut,) = dropout.workspace.rows(3).layers

    out = dropout.layer.forward(np.ones((3, 4)), {}, cut)

    assert out is cut.out
    assert (out.shape, cut.mask.shape) == ((3, 4), (3, 4))
    assert out.base is cut.mask.base is dropout.buffers.mask.base


# --- in a network -----------------------------------------------------------------------------


def network_with(dropout, activations=None):
    activations = activations or [Tanh(), ReLU()]
    network = Network(mlp_layers([8, 6, 2], activations, dropout=dropout), 5)
    rng = np.random.default_rng(0)
    network.parameters.vector[...] = rng.normal(0, 0.7, len(network.parameters.vector))
    return network


@pytest.mark.parametrize("rates", [{0: 0.3}, {1: 0.3}, {0: 0.2, 1: 0.3, 2: 0.5}], ids=str)
def test_the_gradient_of_a_network_with_dropout_equals_finite_differences(rates):
    network = network_with(rates, [Tanh(), SELU()])
    X = np.random.default_rng(1).standard_normal((7, 5))
    weights = np.random.default_rng(2).standard_normal((7, 2))
    gradient, theta = network.parameters.like(), network.parameters.vector

    def value():
        workspace = network.workspace(7, np.random.default_rng(5))  # the same units each time
        buffers = workspace.rows(7).layers
        return (network.forward(X, buffers) * weights).sum(), buffers

    _, buffers = value()
    network.backward(weights.copy(), buffers, gradient)

    numeric = np.empty_like(theta)
    for i in range(len(theta)):
        at = theta[i]
        theta[i] = at + 1e-6
        above = value()[0]
        theta[i] = at - 1e-6
        numeric[i] = (above - value()[0]) / 2e-6
        theta[i] = at
    np.testing.assert_allclose(gradient.vector, numeric, rtol=1e-6, atol=1e-7)


def test_each_layer_drops_to_the_value_of_the_activation_before_it():
    network = network_with({0: 0.1, 1: 0.2, 2: 0.3}, [Tanh(), SELU()])

    dropout = {i: layer for i, layer in enumerate(network.layers) if isinstance(layer, Dropout)}

    assert {i: one.rate for i, one in dropout.items()} == {0: 0.1, 3: 0.2, 6: 0.3}
    assert [one.dropped_value for one in dropout.values()] == [0, 0, SELU_DROPPED]


def test_prediction_leaves_nothing_out():
    X = np.random.default_rng(1).standard_normal((7, 5))
    with_dropout, without = network_with({0: 0.5, 1: 0.5, 2: 0.5}), network_with({})

    expected = without.predict(X, without.buffers(7))

    predicted = with_dropout.predict(X, with_dropout.buffers(7))
    np.testing.assert_array_equal(predicted, expected)


def test_the_mean_of_many_passes_is_the_prediction_of_a_linear_model():
    network = Network(mlp_layers([2], [], dropout={0: 0.5}), 5)
    network.parameters.vector[...] = np.random.default_rng(0).standard_normal(12)
    X = np.random.default_rng(1).standard_normal((3, 5))
    buffers = network.workspace(3, np.random.default_rng(2)).rows(3).layers

    passes = [network.forward(X, buffers).copy() for _ in range(4000)]

    expected = network.predict(X, network.buffers(3))
    error = np.std(passes, axis=0) / np.sqrt(4000)
    assert (np.abs(np.mean(passes, axis=0) - expected) < 5 * error).all()


def test_what_observers_see_of_a_batch_is_whole():
    network = network_with({0: 0.5})
    X = np.ones((7, 5))

    network.forward(X, network.workspace(7, np.random.default_rng(0)).rows(7).layers)

    np.testing.assert_array_equal(X, np.ones((7, 5)))
