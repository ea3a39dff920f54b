"""Optimizers against their papers and scikit-learn's own, their state, what they leave alone."""

import copy
import pickle
import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.utils._param_validation import InvalidParameterError
from threadpoolctl import threadpool_limits

import skfcn.optimizers
from skfcn._sklearn import resolve
from skfcn.optimizers import OPTIMIZERS, SGD, Adam, AdamW, NAdam, Optimizer, RMSprop

N_STEPS = 50
SIZES = [1, 1000, 70_000, 200_000]  # the last two are several blocks and a part of one
INSTANCES = {
    **{name: make() for name, make in OPTIMIZERS.items()},
    "plain sgd": SGD(momentum=0),
    "sgd with momentum": SGD(nesterov=False),
    "rmsprop with momentum": RMSprop(momentum=0.9),
}
ADAPTIVE = [name for name, optimizer in INSTANCES.items() if hasattr(optimizer, "epsilon")]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """BLAS's threads wait for each other, and long where another program wants the core."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(params=INSTANCES)
def optimizer(request):
    return clone(INSTANCES[request.param])


@pytest.fixture(params=ADAPTIVE)
def adaptive(request):
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


# --- scikit-learn's steps ---------------------------------------------------------------------


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
    ids=[
        "sgd",
        "momentum",
        "nesterov",
        "adam",
        "adam with other betas",
        "adam with none",
    ],
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


def test_defaults_are_scikit_learns():
    for ours, theirs in [(SGD(), SGDOptimizer([])), (Adam(), AdamOptimizer([]))]:
        assert ours.get_params() == {name: getattr(theirs, name) for name in ours.get_params()}


def test_the_first_step_of_adam_is_the_rate_whatever_the_gradient():
    theta = np.zeros(4)
    gradient = np.array([1e-3, -5.0, 1e4, 0.0])

    Adam(epsilon=1e-300).step(theta, gradient, Adam().init(theta), 0.1)

    np.testing.assert_allclose(theta[:-1], [-0.1, 0.1, -0.1], rtol=1e-14)
    assert abs(theta[-1]) < 1e-18 * 0.1  # see below: nothing that can be felt


# --- the papers -------------------------------------------------------------------------------
# Each generator takes pairs of a gradient and a rate, and yields what is added to theta. Adam
# and NAdam add epsilon before the bias of v is corrected, as at the end of section 2 of Adam's.


def sgd(optimizer, steps):
    """Sutskever et al. (2013), equations 1 to 4, in terms of what is differentiated at."""
    velocity = 0
    for g, rate in steps:
        velocity = optimizer.momentum * velocity - rate * g
        yield optimizer.momentum * velocity - rate * g if optimizer.nesterov else velocity


def adam(optimizer, steps):
    """Kingma & Ba (2015), algorithm 1."""
    beta_1, beta_2, m, v = optimizer.beta_1, optimizer.beta_2, 0, 0
    for t, (g, rate) in enumerate(steps, start=1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
        yield -rate * m_hat / (np.sqrt(v_hat) + optimizer.epsilon / np.sqrt(1 - beta_2**t))


def nadam(optimizer, steps):
    """Dozat (2016), algorithm 2, with a constant momentum."""
    mu, nu, m, v = optimizer.beta_1, optimizer.beta_2, 0, 0
    for t, (g, rate) in enumerate(steps, start=1):
        m = mu * m + (1 - mu) * g
        v = nu * v + (1 - nu) * g**2
        m_hat = mu * m / (1 - mu ** (t + 1)) + (1 - mu) * g / (1 - mu**t)
        v_hat = v / (1 - nu**t)
        yield -rate * m_hat / (np.sqrt(v_hat) + optimizer.epsilon / np.sqrt(1 - nu**t))


def rmsprop(optimizer, steps):
    """Tieleman & Hinton (2012); the momentum is that of gradient descent."""
    mean_square, velocity = 0, 0
    for g, rate in steps:
        mean_square = optimizer.decay * mean_square + (1 - optimizer.decay) * g**2
        descent = rate * g / (np.sqrt(mean_square) + optimizer.epsilon)
        velocity = optimizer.momentum * velocity - descent
        yield velocity


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("optimizer", "paper"),
    [
        (SGD(), sgd),
        (SGD(momentum=0), sgd),
        (SGD(momentum=0.5, nesterov=False), sgd),
        (Adam(), adam),
        (Adam(0.5, 0.8, 1e-3), adam),
        (Adam(0, 0), adam),
        (AdamW(), adam),
        (AdamW(0.5, 0.8, 1e-3, weight_decay=5), adam),
        (NAdam(), nadam),
        (NAdam(0.5, 0.8, 1e-3), nadam),
        (NAdam(0, 0), nadam),
        (RMSprop(), rmsprop),
        (RMSprop(0.5, 1e-3, momentum=0.8), rmsprop),
        (RMSprop(0), rmsprop),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_steps_are_the_papers(optimizer, paper, size):
    theta, expected = start(size), start(size)
    state, rates = optimizer.init(theta), [0.01 * 0.98**number for number in range(N_STEPS)]
    changes = paper(optimizer, zip(gradients(size), rates, strict=True))

    for gradient, rate, change in zip(gradients(size), rates, changes, strict=True):
        theta *= 1 - rate * optimizer.weight_decay  # the loop's part
        optimizer.step(theta, gradient, state, rate)
        # Loshchilov & Hutter (2019), algorithm 2, line 12, both parts at the same rate.
        expected += change - rate * optimizer.weight_decay * expected

    np.testing.assert_allclose(theta, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "factor"),
    [
        (RMSprop(0.75, epsilon=1e-300), 2),  # the mean square has taken a quarter of g²
        (RMSprop(0.75, epsilon=1e-300, momentum=0.9), 2),
        (NAdam(beta_1=0.5, epsilon=1e-300), 4 / 3),  # m is g / 2; half of m / (3 / 4), plus g
    ],
    ids=repr,
)
def test_the_first_step_is_a_multiple_of_the_rate_whatever_the_gradient(optimizer, factor):
    theta = np.zeros(3)

    optimizer.step(theta, np.array([1e-3, -5.0, 1e4]), optimizer.init(theta), 0.1)

    np.testing.assert_allclose(theta, 0.1 * factor * np.array([-1, 1, -1]), rtol=1e-14)


@pytest.mark.parametrize("make", [RMSprop, Adam, AdamW, NAdam])
def test_epsilon_is_too_small_to_count_by_default(make):
    optimizer, theta = make(), np.zeros(3)

    optimizer.step(theta, np.array([1e-3, 1, 1e3]), optimizer.init(theta), 0.1)

    assert theta[2] < 0
    np.testing.assert_allclose(theta, theta[2], rtol=1e-3)


def test_with_no_mean_of_the_gradient_the_three_are_one():
    thetas = [
        trajectory(optimizer, start(1000))
        for optimizer in (Adam(beta_1=0), NAdam(beta_1=0), AdamW(beta_1=0))
    ]

    np.testing.assert_array_equal(thetas[0], thetas[2])
    np.testing.assert_allclose(thetas[0], thetas[1], rtol=1e-14)


def test_only_adamw_decays_weights_by_itself():
    decays = {name: make().weight_decay for name, make in OPTIMIZERS.items()}

    assert decays == dict.fromkeys(OPTIMIZERS, 0) | {"adamw": 0.01}
    assert AdamW(weight_decay=0.3).weight_decay == 0.3


def test_a_users_own_optimizer_need_not_know_of_the_decay():
    assert Optimizer().weight_decay == 0


# --- denormal numbers -------------------------------------------------------------------------


def denormals(theta, state):
    """Names of the arrays that hold numbers which a processor is slow with."""
    tiny = np.finfo(theta.dtype).tiny
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    arrays["theta"] = theta
    return {name for name, a in arrays.items() if ((a != 0) & (abs(a) < tiny)).any()}


def shrink(optimizer, penalty, n_steps, dtype):
    """Which arrays ever hold denormal numbers where the gradient is but that of the penalty."""
    theta, rate = start(200, dtype), 0.001
    theta *= dtype(0.1)
    state, found = optimizer.init(theta), set()
    for _ in range(n_steps):
        theta *= dtype(1 - rate * optimizer.weight_decay)
        optimizer.step(theta, dtype(penalty) * theta, state, rate)
        found |= denormals(theta, state)
    return found


# alpha / batch_size; the default of either makes 5e-7.
@pytest.mark.parametrize("penalty", [1e-2, 1e-3, 1e-5, 5e-7])
def test_weights_that_no_sample_uses_never_become_denormal(adaptive, penalty):
    assert shrink(adaptive, penalty, 10_000, np.float32) == set()


def test_weights_that_no_sample_uses_never_become_denormal_in_float64(adaptive):
    assert shrink(adaptive, 1e-5, 12_000, np.float64) == set()  # Adam's mean takes 10,000


def test_a_decay_alone_makes_no_denormal_numbers():
    assert shrink(AdamW(weight_decay=100), 0, 10_000, np.float32) == set()


def test_without_the_drift_they_would(adaptive, monkeypatch):
    monkeypatch.setitem(skfcn.optimizers._REST, np.dtype(np.float32), 0.0)

    found = shrink(adaptive, 1e-5, 3000, np.float32)

    assert "theta" in found
    assert "mean" in found or not isinstance(adaptive, Adam)


def test_a_decay_alone_would_as_well(monkeypatch):
    monkeypatch.setitem(skfcn.optimizers._REST, np.dtype(np.float32), 0.0)

    assert shrink(AdamW(weight_decay=100), 0, 10_000, np.float32) == {"theta"}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("epsilon", [1e-30, 1e-8, 1.0])
def test_nothing_is_felt_of_the_drift_where_the_gradient_is_zero(adaptive, epsilon, dtype):
    theta, rate = np.zeros(3, dtype), 0.1
    adaptive.epsilon = epsilon
    state = adaptive.init(theta)
    # Momentum makes each step count so many times.
    felt = 1.001e-9 * rate / (1 - getattr(adaptive, "momentum", 0))

    for step in range(1, 1001):
        before = theta.copy()
        adaptive.step(theta, np.zeros(3, dtype), state, rate)
        assert (abs(theta - before) <= felt).all()
        assert (abs(theta) <= felt * step).all()


@pytest.mark.parametrize("epsilon", [1e-30, 1e-8])
def test_a_gradient_of_zero_makes_no_denormal_numbers(adaptive, epsilon):
    theta = start(10, np.float32)
    adaptive.epsilon = epsilon
    state = adaptive.init(theta)

    for _ in range(100):
        adaptive.step(theta, np.zeros_like(theta), state, 0.001)
        assert denormals(theta, state) == set()


# --- momentum ---------------------------------------------------------------------------------


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


# --- what all have in common ------------------------------------------------------------------


def test_theta_is_updated_in_place_and_neighbours_are_left_alone(optimizer):
    buffer = np.full(12, 7.0)
    theta = buffer[1:-1]
    theta[...] = start(10)

    trajectory(optimizer, theta, n_steps=3)

    assert (theta != start(10)).sum() >= 6  # a third of the gradients is zero
    np.testing.assert_array_equal(buffer[[0, -1]], 7)


def test_the_gradient_is_left_as_it_is(optimizer):
    theta = start(1000)
    state = optimizer.init(theta)

    for gradient in gradients(1000, 5):
        before = gradient.copy()
        optimizer.step(theta, gradient, state, 0.01)
        np.testing.assert_array_equal(gradient, before)


@pytest.fixture
def small_iterator_buffers():
    """NumPy's iterators have buffers of their own, of 8192 numbers each however long an array."""
    before = np.setbufsize(16)
    yield
    np.setbufsize(before)


@pytest.mark.usefixtures("small_iterator_buffers")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_allocates_no_array(optimizer, dtype):
    theta = start(70_000, dtype)
    gradient, state = theta.copy(), optimizer.init(theta)
    optimizer.step(theta, gradient, state, 0.01)

    tracemalloc.start()
    try:
        optimizer.step(theta, gradient, state, 0.01)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        optimizer.step(theta, gradient, state, 0.01)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak - before < 3500  # iterators, slices and numbers


def test_the_state_holds_no_part_of_theta_and_init_leaves_it_alone(optimizer):
    theta = start(10)

    state = optimizer.init(theta)

    np.testing.assert_array_equal(theta, start(10))
    arrays = [value for value in state.values() if isinstance(value, np.ndarray)]
    assert not any(np.shares_memory(array, theta) for array in arrays)


@pytest.mark.parametrize(
    ("name", "n_vectors"),
    [
        ("plain sgd", 0),
        ("sgd", 1),
        ("sgd with momentum", 1),
        ("rmsprop", 1),
        ("rmsprop with momentum", 2),
        ("adam", 2),
        ("adamw", 2),
        ("nadam", 2),
    ],
)
def test_the_state_holds_as_many_vectors_as_the_formula_has(name, n_vectors):
    state = INSTANCES[name].init(np.zeros(100_000))

    sizes = [value.size for value in state.values() if isinstance(value, np.ndarray)]
    assert sizes.count(100_000) == n_vectors


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
        (AdamW(beta_1=1.0), "beta_1"),
        (AdamW(weight_decay=-0.1), "weight_decay"),
        (NAdam(beta_2=1.0), "beta_2"),
        (RMSprop(decay=1.0), "decay"),
        (RMSprop(epsilon=0), "epsilon"),
        (RMSprop(momentum=1.0), "momentum"),
    ],
)
def test_wrong_parameters_are_named(optimizer, name):
    message = f"'{name}' parameter of {type(optimizer).__name__}"
    with pytest.raises(InvalidParameterError, match=message):
        resolve(optimizer, OPTIMIZERS)
