"""The weighted mean of the losses, the penalty, and the sum over chunks.

The gradient is held against finite differences in `test_gradients`.
"""

import numpy as np
import pytest

import skfcn.engine.evaluate
from skfcn.activations import ReLU, Tanh
from skfcn.engine import Dense, Network, chunk_workspace, mlp_layers
from skfcn.losses import LogLoss, SquaredError
from skfcn.training import Objective, full_batch

ALPHAS = [0, 0.3]
DTYPES = [np.float32, np.float64]


def over_all(objective, X, y, weight):
    return full_batch(objective, X, y, weight, chunk_workspace(objective.network, len(X)))


def make_objective(alpha=0.0, loss=None, dtype=np.float64, l1_ratio=0.0):
    network = Network(mlp_layers((5, 3), [Tanh()]), 4, dtype)
    vector = network.parameters.vector
    vector[...] = np.random.default_rng(0).standard_normal(len(vector))
    return Objective(network, loss or LogLoss(), alpha, l1_ratio)


def make_data(n_samples, dtype=np.float64):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n_samples, 4)).astype(dtype)
    y = np.eye(3, dtype=dtype)[rng.integers(0, 3, n_samples)]
    return X, y, rng.uniform(0.1, 3, n_samples).astype(dtype)


def evaluate(objective, X, y, weight):
    value = objective(X, y, weight, objective.network.workspace(len(X)).rows(len(X)))
    return value, objective.gradient.vector.copy()


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("weighted", [False, True])
def test_value_is_the_weighted_mean_of_the_losses_plus_the_penalty(weighted, alpha):
    objective = make_objective(alpha)
    X, y, weight = make_data(20)
    p = objective.network.parameters
    raw = np.tanh(X @ p.coefs[0] + p.intercepts[0]) @ p.coefs[1] + p.intercepts[1]
    losses = np.log(np.exp(raw).sum(axis=1)) - (y * raw).sum(axis=1)
    total_weight = weight.sum() if weighted else 20
    squares = (p.coefs[0] ** 2).sum() + (p.coefs[1] ** 2).sum()

    value, _ = evaluate(objective, X, y, weight if weighted else None)

    mean = np.average(losses, weights=weight if weighted else None)
    assert value == pytest.approx(mean + alpha / 2 * squares / total_weight, rel=1e-14)
    assert type(value) is float


def test_the_penalty_pulls_at_weights_and_leaves_biases_free():
    X, y, weight = make_data(20)
    objective, free = make_objective(0.3), make_objective(0)
    _, gradient = evaluate(objective, X, y, weight)
    _, without = evaluate(free, X, y, weight)
    p = objective.network.parameters

    pull = gradient - without

    n_weights = len(p.weights)
    np.testing.assert_allclose(
        pull[:n_weights], 0.3 * p.weights / weight.sum(), rtol=1e-13, atol=1e-15
    )
    assert not pull[n_weights:].any()


def test_penalty_adds_to_the_gradient_that_is_there():
    objective = make_objective(0.3)
    objective.gradient.vector[...] = 7
    weights = objective.network.parameters.weights

    value = objective.penalty(2.0)

    assert value == pytest.approx(0.3 / 2 * (weights**2).sum() / 2.0, rel=1e-14)
    np.testing.assert_allclose(objective.gradient.weights, 7 + 0.3 * weights / 2, rtol=1e-15)
    np.testing.assert_array_equal(np.concatenate(objective.gradient.intercepts), 7)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("l1_ratio", [0.0, 0.25, 1.0])
def test_a_part_of_the_penalty_is_l1(l1_ratio, dtype):
    objective = make_objective(0.3, dtype=dtype, l1_ratio=l1_ratio)
    weights = objective.network.parameters.weights
    objective.gradient.vector[...] = 1

    value = objective.penalty(2.0)

    exact = weights.astype(np.float64)
    l1, l2 = 0.15 * l1_ratio, 0.15 * (1 - l1_ratio)
    assert value == pytest.approx(l1 * np.abs(exact).sum() + l2 * (exact**2).sum() / 2, rel=1e-6)
    np.testing.assert_allclose(
        objective.gradient.weights, 1 + l1 * np.sign(exact) + l2 * exact, rtol=1e-6
    )
    assert all((intercept == 1).all() for intercept in objective.gradient.intercepts)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_penalty_does_not_depend_on_where_in_memory_the_weights_lie(dtype):
    # BLAS's own sum of absolute values does, for vectors as long as this one.
    weights = np.random.default_rng(0).standard_normal(40 * 50).astype(dtype)
    values = set()
    for offset in (0, 16, 32, 48):
        network = Network([Dense(50)], 40, dtype)
        n_bytes = network.parameters.vector.nbytes
        buffer = np.zeros(n_bytes + 128, dtype=np.uint8)
        start = -buffer.ctypes.data % 64 + offset
        network = network.bound_to(buffer[start : start + n_bytes].view(dtype))
        network.parameters.weights[...] = weights
        assert network.parameters.weights.ctypes.data % 64 == offset
        objective = Objective(network, LogLoss(), 0.3, l1_ratio=0.5)
        values.add(objective.penalty(1.0))
    assert len(values) == 1


def test_the_penalty_is_l2_by_default():
    network = make_objective().network

    penalties = [Objective(network, LogLoss(), 0.3, *l1).penalty(2.0) for l1 in ([], [0.0])]

    assert penalties[0] == penalties[1] > 0


@pytest.mark.parametrize(("loss", "n_shown"), [(LogLoss(), 1), (SquaredError(), 3)], ids=repr)
def test_the_curve_is_averaged_over_the_outputs_if_the_loss_says_so(loss, n_shown):
    objective = make_objective(0.3, loss)
    X, y, weight = make_data(20)
    value, _ = evaluate(objective, X, y, weight)
    penalty = objective.penalty(float(weight.sum()))

    shown = objective.curve_loss(value - penalty, 3)

    assert shown == pytest.approx((value - penalty) / n_shown, rel=1e-14)


def test_losses_are_divided_by_the_weight_of_the_batch():
    _, y, weight = make_data(20)

    assert Objective.total_weight(y, None) == 20.0
    assert Objective.total_weight(y, weight) == pytest.approx(weight.sum(), rel=1e-15)
    assert {type(Objective.total_weight(y, w)) for w in (None, weight)} == {float}


def test_a_weight_of_zero_is_not_pulled():
    objective = make_objective(0.3, l1_ratio=1.0)
    objective.network.parameters.weights[0] = 0
    objective.gradient.vector[...] = 0

    objective.penalty(1.0)

    assert objective.gradient.weights[0] == 0
    assert (np.abs(objective.gradient.weights[1:]) == 0.3).all()


def test_value_is_the_data_term_and_the_penalty():
    objective = make_objective(0.3)
    X, y, weight = make_data(20)
    value, gradient = evaluate(objective, X, y, weight)

    buffers = objective.network.workspace(20).rows(20)
    data = objective.data_term(X, y, weight, float(weight.sum()), buffers)

    assert value == data + objective.penalty(float(weight.sum()))
    np.testing.assert_array_equal(objective.gradient.vector, gradient)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_integer_weights_equal_repeated_rows(alpha):
    X, y, _ = make_data(20)
    weight = np.random.default_rng(2).integers(0, 4, 20)
    objective = make_objective(alpha)

    value, gradient = evaluate(objective, X, y, weight.astype(float))
    repeated, gradient_repeated = evaluate(
        objective, X.repeat(weight, axis=0), y.repeat(weight, axis=0), None
    )

    assert value == pytest.approx(repeated, rel=1e-14)
    np.testing.assert_allclose(gradient, gradient_repeated, rtol=1e-13, atol=1e-15)


def test_equal_weights_are_no_weights():
    X, y, _ = make_data(16)
    objective = make_objective()

    value, gradient = evaluate(objective, X, y, np.full(16, 3.0))
    expected, gradient_expected = evaluate(objective, X, y, None)

    assert value == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(gradient, gradient_expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_inputs_are_left_alone_and_may_be_read_only(dtype):
    arrays = make_data(20, dtype)
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    objective = make_objective(0.3, dtype=dtype)
    theta = objective.network.parameters.vector.copy()

    evaluate(objective, *arrays)

    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(objective.network.parameters.vector, theta)
    assert objective.gradient.vector.dtype == dtype


def test_float32_agrees_with_float64():
    X, y, weight = make_data(20, np.float32)
    single, double = (make_objective(0.3, dtype=dtype) for dtype in DTYPES)
    double.network.parameters.vector[...] = single.network.parameters.vector

    value, gradient = evaluate(single, X, y, weight)
    expected, gradient_expected = evaluate(
        double, *(array.astype(np.float64) for array in (X, y, weight))
    )

    assert value == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(gradient, gradient_expected, rtol=1e-5, atol=1e-6)


# --- over all data, chunk by chunk ------------------------------------------------------------


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("chunk", [1, 7, 20, 50])
def test_the_sum_over_chunks_equals_one_batch(monkeypatch, chunk, weighted, alpha):
    monkeypatch.setattr("skfcn.engine.evaluate._CHUNK", chunk)
    X, y, weight = make_data(20)
    weight = weight if weighted else None
    objective = make_objective(alpha)

    value, gradient = evaluate(objective, X, y, weight)
    total = over_all(objective, X, y, weight)

    assert total == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(objective.gradient.vector, gradient, rtol=1e-13, atol=1e-15)


def test_the_sum_over_chunks_of_the_default_size_equals_one_batch():
    X, y, weight = make_data(5000)
    objective = make_objective(0.3)
    assert 2 * skfcn.engine.evaluate._CHUNK < 5000

    value, gradient = evaluate(objective, X, y, weight)
    total = over_all(objective, X, y, weight)

    assert total == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(objective.gradient.vector, gradient, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_full_batch_takes_data_of_any_dtype_and_order(dtype):
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.integers(0, 255, (20, 4), dtype=np.uint8))
    y = rng.integers(0, 9, (20, 3))
    weight = rng.integers(1, 3, 20).astype(dtype)
    network = Network(mlp_layers((5, 3), [ReLU()]), 4, dtype)
    network.parameters.vector[...] = 0.01
    objective = Objective(network, SquaredError(), 0.3)
    value, gradient = evaluate(
        objective, np.ascontiguousarray(X, dtype=dtype), y.astype(dtype), weight
    )

    assert over_all(objective, X, y, weight) == value
    np.testing.assert_array_equal(objective.gradient.vector, gradient)
