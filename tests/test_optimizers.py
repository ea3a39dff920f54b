"""Optimizers against scikit-learn's own, their state, and what they leave alone."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.utils._param_validation import InvalidParameterError
from threadpoolctl import threadpool_limits

import skfcn.optimizers
from skfcn._components import resolve
from skfcn.optimizers import OPTIMIZERS, SGD, Adam

N_STEPS = 50
SIZES = [1, 1000, 70_000, 200_000]  # the last two are several blocks and a part of one
INSTANCES = {
    **{name: make() for name, make in OPTIMIZERS.items()},
    "plain sgd": SGD(momentum=0),
    "sgd with momentum": SGD(nesterov=False),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """BLAS's threads wait for each other, and long where another program wants the core."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(params=INSTANCES)
def optimizer(request):
    return clone(INSTANCES[request.param])


def start(size, dtype=np.float64):
    return np.random.default_rng(0).standard_normal(size).astype(dtype)


def gradients(size, n_steps=N_STEPS, dtype=np.float64):
    """Random gradients of ever other scale, every third entry of them zero."""
    rng = np.random.default_rng(1)
    for step in range(n_steps):
        gradient = rng.standard_normal(size) * 10.0 ** (step % 5 - 2)
        gradient[2::3] = 0
        yield gradient.astype(dtype)


def trajectory(optimizer, theta, n_steps=N_STEPS, rate=0.01):
    state = optimizer.init(theta)
    for gradient in gradients(len(theta), n_steps, theta.dtype):
        optimizer.step(theta, gradient, state, rate)
    return theta


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            SGD(momentum=0),
            lambda params: SGDOptimizer(params, momentum=0, nesterov=False),
        ),
        (
            SGD(momentum=0.9, nesterov=False),
            lambda params: SGDOptimizer(params, momentum=0.9, nesterov=False),
        ),
        (
            SGD(momentum=0.9, nesterov=True),
            lambda params: SGDOptimizer(params, momentum=0.9, nesterov=True),
        ),
        (Adam(), lambda params: AdamOptimizer(params)),
        (
            Adam(beta_1=0.5, beta_2=0.8, epsilon=1e-3),
            lambda params: AdamOptimizer(params, beta_1=0.5, beta_2=0.8, epsilon=1e-3),
        ),
        (
            Adam(beta_1=0, beta_2=0),
            lambda params: AdamOptimizer(params, beta_1=0, beta_2=0),
        ),
    ],
    ids=["sgd", "momentum", "nesterov", "adam", "adam with other betas", "adam with none"],
)
def test_steps_are_scikit_learns(ours, theirs, size):
    theta, params = start(size), [start(size)]
    state, reference = ours.init(theta), theirs(params)

    for number, gradient in enumerate(gradients(size)):
        rate = 0.01 * 0.98**number
        reference.learning_rate = reference.learning_rate_init = rate
        reference.update_params(params, [gradient])
        ours.step(theta, gradient, state, rate)

    np.testing.assert_allclose(theta, params[0], rtol=1e-12, atol=1e-12)


def test_the_first_step_of_adam_is_the_rate_whatever_the_gradient():
    theta = np.zeros(4)
    gradient = np.array([1e-3, -5.0, 1e4, 0.0])

    Adam(epsilon=1e-300).step(theta, gradient, Adam().init(theta), 0.1)

    np.testing.assert_allclose(theta[:-1], [-0.1, 0.1, -0.1], rtol=1e-14)
    assert abs(theta[-1]) < 1e-18 * 0.1  # see below: nothing that can be felt


@pytest.mark.parametrize("adam", [Adam(), Adam(0.5, 0.8, 1e-3), Adam(0, 0)], ids=repr)
def test_adam_follows_the_papers_formula(adam):
    theta = start(1000)
    state = adam.init(theta)
    expected, m, v = start(1000), np.zeros(1000), np.zeros(1000)

    for t, gradient in enumerate(gradients(1000), start=1):
        m = adam.beta_1 * m + (1 - adam.beta_1) * gradient
        v = adam.beta_2 * v + (1 - adam.beta_2) * gradient**2
        step = 0.01 * np.sqrt(1 - adam.beta_2**t) / (1 - adam.beta_1**t)
        expected -= step * m / (np.sqrt(v) + adam.epsilon)
        adam.step(theta, gradient, state, 0.01)

    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def denormals(theta, state):
    """Names of the arrays that hold numbers which a processor is slow with."""
    tiny = np.finfo(theta.dtype).tiny
    arrays = {"theta": theta, "mean": state["mean"], "mean_square": state["mean_square"]}
    return {name for name, a in arrays.items() if ((a != 0) & (abs(a) < tiny)).any()}


def shrink(penalty, n_steps, dtype):
    """Which arrays ever hold denormal numbers where the gradient is but that of the penalty."""
    theta = start(200, dtype)
    theta *= dtype(0.1)
    adam, found = Adam(), set()
    state = adam.init(theta)
    for _ in range(n_steps):
        adam.step(theta, dtype(penalty) * theta, state, 0.001)
        found |= denormals(theta, state)
    return found


# alpha / batch_size; the default of either makes 5e-7.
@pytest.mark.parametrize("penalty", [1e-2, 1e-3, 1e-5, 5e-7])
def test_weights_that_no_sample_uses_never_become_denormal(penalty):
    assert shrink(penalty, 10_000, np.float32) == set()


def test_weights_that_no_sample_uses_never_become_denormal_in_float64():
    assert shrink(1e-5, 12_000, np.float64) == set()  # the mean takes 10,000 to get there


def test_without_the_drift_they_would(monkeypatch):
    monkeypatch.setitem(skfcn.optimizers._REST, np.dtype(np.float32), 0.0)

    assert {"theta", "mean"} <= shrink(1e-5, 3000, np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("epsilon", [1e-30, 1e-8, 1.0])
def test_nothing_is_felt_of_the_drift_where_the_gradient_is_zero(epsilon, dtype):
    theta, rate = np.zeros(3, dtype), 0.1
    adam = Adam(epsilon=epsilon)
    state = adam.init(theta)

    for step in range(1, 1001):
        before = theta.copy()
        adam.step(theta, np.zeros(3, dtype), state, rate)
        assert (abs(theta - before) <= 1.001e-9 * rate).all()
        assert (abs(theta) <= 1.001e-9 * rate * step).all()


@pytest.mark.parametrize("epsilon", [1e-30, 1e-8])
def test_a_gradient_of_zero_makes_no_denormal_numbers(epsilon):
    theta = start(10, np.float32)
    adam = Adam(epsilon=epsilon)
    state = adam.init(theta)

    for _ in range(100):
        adam.step(theta, np.zeros_like(theta), state, 0.001)
        assert denormals(theta, state) == set()


def test_momentum_sums_a_geometric_series():
    theta = np.zeros(1)
    optimizer = SGD(momentum=0.5, nesterov=False)
    state = optimizer.init(theta)
    for _ in range(3):
        optimizer.step(theta, np.ones(1), state, 1.0)

    assert theta[0] == -(1 + 1.5 + 1.75)


def test_nesterov_looks_one_step_ahead():
    theta = np.zeros(1)
    optimizer = SGD(momentum=0.5, nesterov=True)
    state = optimizer.init(theta)
    for _ in range(2):
        optimizer.step(theta, np.ones(1), state, 1.0)

    # v = -1, then -1.5; theta moves by 0.5 v - 1 each time.
    assert theta[0] == -(1.5 + 1.75)


def test_theta_is_updated_in_place_and_neighbours_are_left_alone(optimizer):
    buffer = np.full(12, 7.0)
    theta = buffer[1:-1]
    theta[...] = start(10)

    trajectory(optimizer, theta, n_steps=3)

    assert (theta != start(10)).sum() >= 6  # a third of the gradients is zero
    np.testing.assert_array_equal(buffer[[0, -1]], 7)


def test_the_state_holds_no_part_of_theta_and_init_leaves_it_alone(optimizer):
    theta = start(10)

    state = optimizer.init(theta)

    np.testing.assert_array_equal(theta, start(10))
    arrays = [value for value in state.values() if isinstance(value, np.ndarray)]
    assert not any(np.shares_memory(array, theta) for array in arrays)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copied_state_goes_on_identically(optimizer, copied):
    steps = list(gradients(1000))
    theta = start(1000)
    state = optimizer.init(theta)
    for gradient in steps[:20]:
        optimizer.step(theta, gradient.copy(), state, 0.01)
    twin, twin_state, twin_optimizer = copied(theta), copied(state), copied(optimizer)

    for gradient in steps[20:]:
        optimizer.step(theta, gradient.copy(), state, 0.01)
    between = twin.copy()
    for gradient in steps[20:]:
        twin_optimizer.step(twin, gradient.copy(), twin_state, 0.01)

    assert (between != theta).any()
    np.testing.assert_array_equal(twin, theta)


def test_one_object_may_serve_two_fits(optimizer):
    alone = trajectory(optimizer, start(10))
    before = vars(optimizer).copy()
    thetas = [start(10), start(10)]
    states = [optimizer.init(theta) for theta in thetas]
    for gradient in gradients(10):
        for theta, state in zip(thetas, states, strict=True):
            optimizer.step(theta, gradient.copy(), state, 0.01)

    np.testing.assert_array_equal(thetas[0], alone)
    np.testing.assert_array_equal(thetas[1], alone)
    assert vars(optimizer) == before


def test_float32_stays_float32_and_near_float64(optimizer):
    single = trajectory(optimizer, start(1000, np.float32))
    double = trajectory(optimizer, start(1000))

    assert single.dtype == np.float32
    # Fifty steps, each off by some 6e-8 of the largest number that enters it.
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-5 * max(1, abs(double).max()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_state_has_the_dtype_of_theta(optimizer, dtype):
    theta = start(10, dtype)
    state = optimizer.init(theta)
    for gradient in gradients(10, 3, dtype):
        optimizer.step(theta, gradient, state, 0.01)

    arrays = [value for value in state.values() if isinstance(value, np.ndarray)]
    assert all(array.dtype == dtype for array in arrays)
    assert theta.dtype == dtype


def test_a_convex_quadratic_is_minimised(optimizer):
    # ½ (theta - target)ᵀ H (theta - target) with a condition number of 4.
    H, target = np.diag([0.25, 0.5, 1.0]), np.array([1.0, -2.0, 3.0])
    theta = np.zeros(3)
    state = optimizer.init(theta)
    for step in range(2000):
        optimizer.step(theta, H @ (theta - target), state, 0.1 * 0.997**step)

    np.testing.assert_allclose(theta, target, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [
        (SGD(momentum=-0.1), "momentum"),
        (SGD(momentum=1.1), "momentum"),
        (SGD(nesterov="yes"), "nesterov"),
        (Adam(beta_1=1.0), "beta_1"),
        (Adam(beta_1=-0.1), "beta_1"),
        (Adam(beta_2=1.0), "beta_2"),
        (Adam(epsilon=0), "epsilon"),
    ],
)
def test_wrong_parameters_are_named(optimizer, name):
    message = f"'{name}' parameter of {type(optimizer).__name__}"
    with pytest.raises(InvalidParameterError, match=message):
        resolve(optimizer, OPTIMIZERS)
