"""Optimizers against their papers and scikit-learn's own, their state, what they leave alone."""

import copy
import pickle

import numpy as np
import pytest
from allocation import peak_of
from sklearn.base import clone
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.utils._param_validation import InvalidParameterError
from threadpoolctl import threadpool_limits

import skfcn.optimizers
from skfcn._sklearn import resolve
from skfcn.optimizers import LBFGS, OPTIMIZERS, SGD, Adam, AdamW, NAdam, Optimizer, RMSprop

N_STEPS = 50
SIZES = [  # the larger ones are more than a part of the vector has in training
    1,
    1000,
    *(pytest.param(size, marks=pytest.mark.slow) for size in (70_000, 200_000)),
]
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


class Steps:
    """Counts the steps, and keeps what an optimizer remembers between them."""

    def __init__(self, optimizer, theta):
        self.optimizer, self.theta, self.t = optimizer, theta, 0
        self.moments = {name: np.zeros_like(theta) for name in optimizer.moments}
        self.scratch = np.full((optimizer.n_scratch, len(theta)), np.nan, theta.dtype)

    def step(self, gradient, rate):
        self.t += 1
        arrays = [*self.moments.values(), *self.scratch]
        self.optimizer.step(self.theta, gradient, *arrays, rate=rate, t=self.t)


def trajectory(optimizer, theta, n_steps=N_STEPS, rate=0.01):
    steps = Steps(optimizer, theta)
    for gradient in gradients(len(theta), n_steps, theta.dtype):
        steps.step(gradient, rate)
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
    steps, reference = Steps(ours, theta), theirs(params)

    for number, gradient in enumerate(gradients(size)):
        rate = 0.01 * 0.98**number
        reference.learning_rate = reference.learning_rate_init = rate
        reference.update_params(params, [gradient])
        steps.step(gradient, rate)

    np.testing.assert_allclose(theta, params[0], rtol=1e-12, atol=1e-12)


def test_defaults_are_scikit_learns():
    for ours, theirs in [(SGD(), SGDOptimizer([])), (Adam(), AdamOptimizer([]))]:
        params = ours.get_params()
        assert not params.pop("lazy")
        assert params == {name: getattr(theirs, name) for name in params}


def test_the_first_step_of_adam_is_the_rate_whatever_the_gradient():
    theta = np.zeros(4)
    gradient = np.array([1e-3, -5.0, 1e4, 0.0])

    Steps(Adam(epsilon=1e-300), theta).step(gradient, 0.1)

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
    steps, rates = Steps(optimizer, theta), [0.01 * 0.98**number for number in range(N_STEPS)]
    changes = paper(optimizer, zip(gradients(size), rates, strict=True))

    for gradient, rate, change in zip(gradients(size), rates, changes, strict=True):
        theta *= 1 - rate * optimizer.weight_decay  # the loop's part
        steps.step(gradient, rate)
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

    Steps(optimizer, theta).step(np.array([1e-3, -5.0, 1e4]), 0.1)

    np.testing.assert_allclose(theta, 0.1 * factor * np.array([-1, 1, -1]), rtol=1e-14)


@pytest.mark.parametrize("make", [RMSprop, Adam, AdamW, NAdam])
def test_epsilon_is_too_small_to_count_by_default(make):
    optimizer, theta = make(), np.zeros(3)

    Steps(optimizer, theta).step(np.array([1e-3, 1, 1e3]), 0.1)

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


def denormals(steps):
    """Names of the arrays that hold numbers which a processor is slow with."""
    tiny = np.finfo(steps.theta.dtype).tiny
    scratch = {f"scratch {i}": row for i, row in enumerate(steps.scratch)}
    arrays = steps.moments | scratch | {"theta": steps.theta}
    return {name for name, a in arrays.items() if ((a != 0) & (abs(a) < tiny)).any()}


def shrink(optimizer, penalty, n_steps, dtype):
    """Which arrays ever hold denormal numbers where the gradient is but that of the penalty."""
    theta, rate = start(200, dtype), 0.001
    theta *= dtype(0.1)
    steps, found = Steps(optimizer, theta), set()
    for _ in range(n_steps):
        theta *= dtype(1 - rate * optimizer.weight_decay)
        steps.step(dtype(penalty) * theta, rate)
        found |= denormals(steps)
    return found


# alpha / batch_size, of 50 weights each; the default of either makes 5e-7.
PENALTIES = np.repeat([1e-2, 1e-3, 1e-5, 5e-7], 50)


@pytest.mark.slow
def test_weights_that_no_sample_uses_never_become_denormal(adaptive):
    assert shrink(adaptive, PENALTIES, 10_000, np.float32) == set()


@pytest.mark.slow
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
    steps = Steps(adaptive, theta)
    # Momentum makes each step count so many times.
    felt = 1.001e-9 * rate / (1 - getattr(adaptive, "momentum", 0))

    for step in range(1, 1001):
        before = theta.copy()
        steps.step(np.zeros(3, dtype), rate)
        assert (abs(theta - before) <= felt).all()
        assert (abs(theta) <= felt * step).all()


@pytest.mark.parametrize("epsilon", [1e-30, 1e-8])
def test_a_gradient_of_zero_makes_no_denormal_numbers(adaptive, epsilon):
    theta = start(10, np.float32)
    adaptive.epsilon = epsilon
    steps = Steps(adaptive, theta)

    for _ in range(100):
        steps.step(np.zeros_like(theta), 0.001)
        assert denormals(steps) == set()


# --- momentum ---------------------------------------------------------------------------------


def test_momentum_sums_a_geometric_series():
    theta = np.zeros(1)
    optimizer = SGD(momentum=0.5, nesterov=False)
    steps = Steps(optimizer, theta)
    for _ in range(3):
        steps.step(np.ones(1), 1.0)

    assert theta[0] == -(1 + 1.5 + 1.75)


def test_nesterov_looks_one_step_ahead():
    theta = np.zeros(1)
    optimizer = SGD(momentum=0.5, nesterov=True)
    steps = Steps(optimizer, theta)
    for _ in range(2):
        steps.step(np.ones(1), 1.0)

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
    steps = Steps(optimizer, start(1000))

    for gradient in gradients(1000, 5):
        before = gradient.copy()
        steps.step(gradient, 0.01)
        np.testing.assert_array_equal(gradient, before)


@pytest.mark.usefixtures("small_iterator_buffers")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_allocates_no_array(optimizer, dtype):
    theta = start(70_000, dtype)
    gradient, steps = theta.copy(), Steps(optimizer, theta)
    assert peak_of(lambda: steps.step(gradient, 0.01)) < 3500  # iterators, slices and numbers


def test_a_step_leaves_other_parts_of_the_vectors_alone(optimizer):
    n_arrays = 2 + len(optimizer.moments) + optimizer.n_scratch
    arrays = np.full((n_arrays, 12), 7.0)
    arrays[:, 1:-1] = 0
    arrays[:2, 1:-1] = start(10)

    optimizer.step(*arrays[:, 1:-1], rate=0.01, t=1)

    np.testing.assert_array_equal(arrays[:, [0, -1]], 7)
    assert (arrays[0, 1:-1] != start(10)).all()


def test_an_array_that_may_be_overwritten_is_written_before_it_is_read(optimizer):
    clean, dirty = start(1000), start(1000)
    steps = [Steps(optimizer, theta) for theta in (clean, dirty)]
    assert np.isnan(steps[1].scratch).all()

    for gradient in gradients(1000, 5):
        steps[0].scratch[...] = 0
        steps[1].scratch[...] = np.nan
        for each in steps:
            each.step(gradient, 0.01)

    np.testing.assert_array_equal(clean, dirty)


def test_parts_of_a_vector_step_as_the_whole(optimizer):
    whole, parts = start(1000), start(1000)
    steps, memory = Steps(optimizer, whole), Steps(optimizer, parts)

    for t, gradient in enumerate(gradients(1000), start=1):
        steps.step(gradient, 0.01)
        for part in (slice(0, 640), slice(640, 1000)):
            arrays = [a[part] for a in (*memory.moments.values(), *memory.scratch)]
            optimizer.step(parts[part], gradient[part], *arrays, rate=0.01, t=t)

    np.testing.assert_allclose(parts, whole, rtol=1e-13, atol=1e-15)


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
def test_as_many_vectors_are_remembered_as_the_formula_has(name, n_vectors):
    assert len(INSTANCES[name].moments) == len(set(INSTANCES[name].moments)) == n_vectors


def test_lbfgs_calls_the_objective_15_000_times_at_most_by_default():
    assert LBFGS().max_fun == 15_000


def test_nothing_is_remembered_by_default_nor_by_lbfgs():
    assert Optimizer().moments == LBFGS().moments == ()
    assert Optimizer().n_scratch == 0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copied_state_goes_on_identically(optimizer, copied):
    all_gradients = list(gradients(1000))
    steps = Steps(optimizer, start(1000))
    for gradient in all_gradients[:20]:
        steps.step(gradient.copy(), 0.01)
    twin = copied(steps)

    for gradient in all_gradients[20:]:
        steps.step(gradient.copy(), 0.01)
    between = twin.theta.copy()
    for gradient in all_gradients[20:]:
        twin.step(gradient.copy(), 0.01)

    assert (between != steps.theta).any()
    np.testing.assert_array_equal(twin.theta, steps.theta)


def test_one_object_may_serve_two_fits(optimizer):
    alone = trajectory(optimizer, start(10))
    before = vars(optimizer).copy()
    fits = [Steps(optimizer, start(10)) for _ in range(2)]
    for gradient in gradients(10):
        for steps in fits:
            steps.step(gradient.copy(), 0.01)

    for steps in fits:
        np.testing.assert_array_equal(steps.theta, alone)
    assert vars(optimizer) == before


def test_float32_stays_float32_and_near_float64(optimizer):
    single = trajectory(optimizer, start(1000, np.float32))
    double = trajectory(optimizer, start(1000))

    assert single.dtype == np.float32
    # Fifty steps, each off by some 6e-8 of the largest number that enters it.
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-5 * max(1, abs(double).max()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_does_with_the_type_of_theta(optimizer, dtype):
    steps = Steps(optimizer, start(10, dtype))
    arrays = [steps.theta, *steps.moments.values(), *steps.scratch]
    for gradient in gradients(10, 3, dtype):
        steps.step(gradient, 0.01)

    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    assert all(np.isfinite(array).all() for array in arrays)  # all were written into


def test_a_convex_quadratic_is_minimised(optimizer):
    # ½ (theta - target)ᵀ H (theta - target) with a condition number of 4.
    H, target = np.diag([0.25, 0.5, 1.0]), np.array([1.0, -2.0, 3.0])
    steps = Steps(optimizer, np.zeros(3))
    for step in range(2000):
        steps.step(H @ (steps.theta - target), 0.1 * 0.997**step)

    np.testing.assert_allclose(steps.theta, target, rtol=0, atol=1e-3)


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
