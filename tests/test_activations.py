"""Activations: closed forms, derivatives, buffers, huge and tiny numbers and no allocation."""

import math
import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from skfcn import FCNClassifier
from skfcn._sklearn import resolve
from skfcn.activations import ACTIVATIONS, ELU, GELU, SELU, Activation, LeakyReLU


class Softsign(Activation):
    """A user's own, not registered: f(z) = z / (steepness + |z|)."""

    def __init__(self, steepness=1.0):
        self.steepness = steepness

    def forward(self, z, out):
        np.abs(z, out=out)
        out += self.steepness
        np.divide(z, out, out=out)

    def backward(self, z, out, delta):
        np.abs(z, out=z)
        z += self.steepness
        delta *= self.steepness
        delta /= z
        delta /= z


INSTANCES = {
    **{name: make() for name, make in ACTIVATIONS.items()},
    "leaky_relu(0)": LeakyReLU(slope=0),
    "leaky_relu(0.3)": LeakyReLU(slope=0.3),
    "leaky_relu(1)": LeakyReLU(slope=1),
    "elu(0)": ELU(alpha=0),
    "elu(0.1)": ELU(alpha=0.1),
    "elu(2.5)": ELU(alpha=2.5),
    "Softsign(0.5)": Softsign(steepness=0.5),
}
DTYPES = [np.float32, np.float64]


def leaky_relu(slope):
    return lambda z: np.where(z > 0, z, slope * z), lambda z: np.where(z > 0, 1, slope)


def elu(alpha, scale=1.0):
    return (
        lambda z: scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
        lambda z: scale * np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))),
    )


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softplus(z):
    return np.log1p(np.exp(z))


def normal_density(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


normal_distribution = np.vectorize(lambda z: math.erfc(-z / math.sqrt(2)) / 2, otypes=[float])


def gelu_tanh(z):
    return z * sigmoid(2 * np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))


def gelu_tanh_derivative(z):
    slope = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    tanh = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
    return (1 + tanh) / 2 + z * (1 - tanh**2) * slope / 2


def mish_derivative(z):
    """As in the paper, with its ω and δ."""
    omega = 4 * (z + 1) + 4 * np.exp(2 * z) + np.exp(3 * z) + np.exp(z) * (4 * z + 6)
    delta = 2 * np.exp(z) + np.exp(2 * z) + 2
    return np.exp(z) * omega / delta**2


# Textbook formulas of f and f'. The tests evaluate them in the longest type that NumPy has.
CLOSED_FORMS = {
    "identity": (lambda z: z, lambda z: np.ones_like(z)),
    "logistic": (sigmoid, lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": leaky_relu(0.0),
    "leaky_relu": leaky_relu(0.01),
    "leaky_relu(0)": leaky_relu(0.0),
    "leaky_relu(0.3)": leaky_relu(0.3),
    "leaky_relu(1)": leaky_relu(1.0),
    "elu": elu(1.0),
    "elu(0)": elu(0.0),
    "elu(0.1)": elu(0.1),
    "elu(2.5)": elu(2.5),
    "selu": elu(1.6732632423543772848, 1.0507009873554804934),
    "gelu": (
        lambda z: z * normal_distribution(z),
        lambda z: normal_distribution(z) + z * normal_density(z),
    ),
    "gelu_tanh": (gelu_tanh, gelu_tanh_derivative),
    "silu": (
        lambda z: z * sigmoid(z),
        lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z))),
    ),
    "mish": (lambda z: z * np.tanh(softplus(z)), mish_derivative),
    "softplus": (softplus, sigmoid),
    "Softsign(0.5)": (lambda z: z / (0.5 + abs(z)), lambda z: 0.5 / (0.5 + abs(z)) ** 2),
}
# Limits of f and f' at minus and plus infinity; a string where f goes on like a line.
LIMITS = {
    "identity": (("z", "z"), (1, 1)),
    "logistic": ((0, 1), (0, 0)),
    "tanh": ((-1, 1), (0, 0)),
    "relu": ((0, "z"), (0, 1)),
    "leaky_relu": (("0.01z", "z"), (0.01, 1)),
    "leaky_relu(0)": ((0, "z"), (0, 1)),
    "leaky_relu(0.3)": (("0.3z", "z"), (0.3, 1)),
    "leaky_relu(1)": (("z", "z"), (1, 1)),
    "elu": ((-1, "z"), (0, 1)),
    "elu(0)": ((0, "z"), (0, 1)),
    "elu(0.1)": ((-0.1, "z"), (0, 1)),
    "elu(2.5)": ((-2.5, "z"), (0, 1)),
    "selu": ((-1.7580993408473766, "1.0507009873554805z"), (0, 1.0507009873554805)),
    "gelu": ((0, "z"), (0, 1)),
    "gelu_tanh": ((0, "z"), (0, 1)),
    "silu": ((0, "z"), (0, 1)),
    "mish": ((0, "z"), (0, 1)),
    "softplus": ((0, "z"), (0, 1)),
    "Softsign(0.5)": ((-1, 1), (0, 0)),
}
# Their left tails go to zero like an exponential of z or of -z².
TAILS = ["gelu", "gelu_tanh", "silu", "mish", "softplus"]
# They approach their limits like a power of 1 / z, so that only huge numbers reach them.
SLOW = ["Softsign(0.5)"]
BIG = {
    np.float64: (100, 1e4, 1e160, 1e300),  # the square of 1e160 overflows
    np.float32: (100, 1e4, 1e20, 1e30),
}


@pytest.fixture(params=INSTANCES)
def activation(request):
    return clone(INSTANCES[request.param])


def forward(activation, z, garbage=np.nan):
    """f(z), in two buffers."""
    z, out = z.copy(), np.full_like(z, garbage)
    activation.forward(z, out)
    return out


def backward(activation, z, delta):
    """delta f'(z), in two buffers."""
    z, out, delta = z.copy(), np.full_like(z, np.nan), delta.copy()
    activation.forward(z, out)
    activation.backward(z, out, delta)
    return delta


def closed_form(name, z):
    """f(z) and f'(z) by the textbook, more precisely than in the type of z."""
    f, derivative = CLOSED_FORMS[name]
    return f(z.astype(np.longdouble)), derivative(z.astype(np.longdouble))


def away_from_kinks(dtype=np.float64):
    """Random numbers, none of them so close to 0 that a step of 1e-6 would cross it."""
    z = np.random.default_rng(0).normal(0, 2, (40, 25)).astype(dtype)
    assert abs(z).min() > 1e-4
    return z


def test_every_registered_activation_is_in_the_tables():
    assert set(CLOSED_FORMS) == set(LIMITS) == set(INSTANCES)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_function_equals_the_textbooks(name, dtype):
    z = np.random.default_rng(0).normal(0, 5, (40, 25)).astype(dtype)

    expected, _ = closed_form(name, z)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(forward(INSTANCES[name], z), expected, rtol=4 * eps, atol=4 * eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_derivative_equals_the_textbooks(name, dtype):
    rng = np.random.default_rng(0)
    z, delta = rng.normal(0, 5, (2, 40, 25)).astype(dtype)

    # 1 - f² and f + alpha cancel: the error is eps times the largest term, not times f'.
    expected = delta * closed_form(name, z)[1]
    atol = 8 * np.finfo(dtype).eps * abs(delta).max()
    np.testing.assert_allclose(backward(INSTANCES[name], z, delta), expected, rtol=0, atol=atol)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TAILS)
def test_the_left_tail_keeps_its_digits(name, dtype):
    """Where 1 + tanh and 1 + erf, for one, would have none left."""
    z = np.linspace(-8, -1, 100, dtype=dtype)[np.newaxis]

    # A rounding error in z² is one of z² eps in exp(-z²).
    expected, _ = closed_form(name, z)
    error = abs(forward(INSTANCES[name], z) / expected - 1)
    assert (error < 4 * np.finfo(dtype).eps * (1 + z**2)).all()


def test_derivative_equals_finite_differences(activation):
    z, step = away_from_kinks(), 1e-6
    delta = np.random.default_rng(1).standard_normal(z.shape)

    numeric = (forward(activation, z + step) - forward(activation, z - step)) / (2 * step)

    # The difference errs by eps |f| / step < 2e-9 and the square of the step.
    np.testing.assert_allclose(
        backward(activation, z, delta), delta * numeric, rtol=1e-8, atol=5e-9
    )


@pytest.mark.parametrize(
    ("name", "dtype", "big"),
    [
        (name, dtype, big)
        for name in LIMITS
        for dtype in DTYPES
        for big in BIG[dtype]
        if big > 1e4 or name not in SLOW
    ],
)
def test_huge_numbers_reach_the_limits_without_a_warning(name, dtype, big):
    z = np.array([[-big, big]], dtype=dtype)
    values, slopes = LIMITS[name]
    expected = [
        float(v.removesuffix("z") or 1) * z_i if isinstance(v, str) else v
        for v, z_i in zip(values, z[0].astype(float), strict=True)
    ]

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        out = forward(INSTANCES[name], z)
        delta = backward(INSTANCES[name], z, np.ones_like(z))

    eps = np.finfo(dtype).eps
    # At -100 the exponentials are not yet zero, but 100 exp(-100) is below 1e-41.
    np.testing.assert_allclose(out, [expected], rtol=eps, atol=0 if big > 100 else 1e-41)
    np.testing.assert_allclose(delta, [slopes], rtol=0, atol=eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_all_magnitudes_stay_finite_without_a_warning(name, dtype):
    """Where exp, z² and z³ begin to overflow or underflow, and everywhere else."""
    largest = 1e300 if dtype == np.float64 else 1e30
    z = np.geomspace(np.finfo(dtype).smallest_subnormal, largest, 20_000, dtype=np.longdouble)
    z = np.concatenate([-z[::-1], [-0.0, 0.0], z]).astype(dtype)[np.newaxis]

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        out = forward(INSTANCES[name], z)
        delta = backward(INSTANCES[name], z, np.ones_like(z))

    _, slopes = closed_form(name, np.linspace(-10, 10, 20_001))
    assert np.isfinite(out).all()
    assert (abs(out) <= np.maximum(2.5, 1.06 * abs(z))).all()
    assert ((delta > slopes.min() - 0.01) & (delta < slopes.max() + 0.01)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_tiny_numbers_are_no_exception(name, dtype):
    info = np.finfo(dtype)
    tiny = np.array([0, info.smallest_subnormal, 100 * info.smallest_subnormal, info.tiny])
    z = np.concatenate([tiny, -tiny]).astype(dtype)[np.newaxis]  # -0.0 among them

    value, slope = closed_form(name, z)
    np.testing.assert_allclose(
        forward(INSTANCES[name], z), value, rtol=4 * info.eps, atol=2 * info.smallest_subnormal
    )
    np.testing.assert_allclose(
        backward(INSTANCES[name], z, np.ones_like(z)), slope, rtol=4 * info.eps, atol=0
    )


@pytest.mark.parametrize("name", [name for name, (f, _) in CLOSED_FORMS.items() if f(0.0) == 0])
@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_is_kept(name, dtype):
    assert not forward(INSTANCES[name], np.zeros((2, 3), dtype=dtype)).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_and_buffers_are_kept(activation, dtype):
    z = away_from_kinks(dtype)
    out, delta = np.empty_like(z), np.ones_like(z)

    assert activation.forward(z, out) is None
    assert activation.backward(z, out, delta) is None
    assert z.dtype == out.dtype == delta.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name, f in INSTANCES.items() if f.in_place])
def test_one_buffer_gives_what_two_give(name, dtype):
    activation = INSTANCES[name]
    z = away_from_kinks(dtype)
    buffer, delta = z.copy(), np.full_like(z, 0.5)

    activation.forward(buffer, buffer)
    np.testing.assert_array_equal(buffer, forward(activation, z))
    activation.backward(buffer, buffer, delta)
    np.testing.assert_array_equal(delta, backward(activation, z, np.full_like(z, 0.5)))


def test_what_was_in_out_does_not_matter(activation):
    z = away_from_kinks()

    np.testing.assert_array_equal(
        forward(activation, z, garbage=np.nan), forward(activation, z, garbage=1.0)
    )


def test_one_row_gives_what_many_give(activation):
    z = away_from_kinks()

    np.testing.assert_allclose(forward(activation, z)[:1], forward(activation, z[:1]), rtol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_large_array_is_allocated(activation, dtype):
    z = np.random.default_rng(0).standard_normal((1000, 1000)).astype(dtype)
    out = z if activation.in_place else np.empty_like(z)
    delta = np.ones_like(z)

    tracemalloc.start()
    try:
        activation.forward(z, out)
        activation.backward(z, out, delta)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 100_000  # bytes; one array has 4 or 8 million


# --- parameters -------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [-1, -1e-9, "1", None])
def test_elu_names_a_wrong_alpha(alpha):
    with pytest.raises(InvalidParameterError, match="'alpha' parameter of ELU"):
        resolve(ELU(alpha=alpha), ACTIVATIONS)


@pytest.mark.parametrize("slope", [-0.01, 1.01, "0.1", None])
def test_leaky_relu_names_a_wrong_slope(slope):
    with pytest.raises(InvalidParameterError, match="'slope' parameter of LeakyReLU"):
        resolve(LeakyReLU(slope=slope), ACTIVATIONS)


@pytest.mark.parametrize("approximate", ["tanh", 1, None])
def test_gelu_names_a_wrong_approximate(approximate):
    with pytest.raises(InvalidParameterError, match="'approximate' parameter of GELU"):
        resolve(GELU(approximate=approximate), ACTIVATIONS)


@pytest.mark.parametrize(
    ("make", "number"), [(ELU, 0.5), (ELU, 0.3), (LeakyReLU, 0.5), (LeakyReLU, 0.3)]
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_parameter_may_be_a_numpy_number(make, number, dtype):
    """As in a grid made with np.linspace."""
    z = away_from_kinks(dtype)

    plain, numpys = (resolve(make(n), ACTIVATIONS) for n in (number, np.float64(number)))

    assert forward(numpys, z).dtype == dtype
    np.testing.assert_array_equal(forward(numpys, z), forward(plain, z))
    np.testing.assert_array_equal(backward(numpys, z, z), backward(plain, z, z))


# --- what only one of them can get wrong ------------------------------------------------------


def test_selu_keeps_mean_0_and_variance_1():
    """Its two constants are made for that: the integrals over the normal density."""
    step = 1e-4
    z = np.arange(-12, 12, step)[np.newaxis] + step / 2

    out = forward(SELU(), z)

    probability = step * normal_density(z)
    assert abs((out * probability).sum()) < 1e-8
    assert abs((out**2 * probability).sum() - 1) < 1e-8


def test_dropped_values_are_zero_but_for_selu():
    dropped = {name: make().dropped_value for name, make in ACTIVATIONS.items()}

    assert dropped.pop("selu") == -1.7580993408473766
    assert set(dropped.values()) == {0.0}


def test_selu_drops_to_its_limit():
    np.testing.assert_allclose(forward(SELU(), np.full((1, 1), -1e4)), SELU.dropped_value)


def test_the_two_gelus_are_close_but_not_the_same():
    z = np.linspace(-6, 6, 1000)[np.newaxis]

    difference = abs(forward(GELU(), z) - forward(GELU(approximate=True), z))

    assert 1e-4 < difference.max() < 1e-3


def test_their_names_mean_the_two_gelus():
    assert resolve("gelu", ACTIVATIONS).get_params() == {"approximate": False}
    assert resolve("gelu_tanh", ACTIVATIONS).get_params() == {"approximate": True}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LeakyReLU(slope=0), "relu"),
        (LeakyReLU(slope=1), "identity"),
        (ELU(alpha=0), "relu"),
    ],
)
def test_special_cases_equal_others(one, other):
    z = away_from_kinks()

    np.testing.assert_array_equal(forward(one, z), forward(INSTANCES[other], z))
    np.testing.assert_array_equal(backward(one, z, z), backward(INSTANCES[other], z, z))


# --- one's own --------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_a_users_own_activation_trains_without_registration(solver):
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), ["no", "yes", "yes", "no"]  # xor
    mine = Softsign(steepness=0.5)
    model = FCNClassifier(
        (8,),
        activation=mine,
        solver=solver,
        learning_rate_init=0.05,
        max_iter=300,
        tol=0,
        n_iter_no_change=np.inf,
        random_state=0,
    ).fit(X, y)

    assert list(model.predict(X)) == y
    assert model.get_params()["activation"] is mine
    assert clone(model).set_params(activation__steepness=2.0).activation.steepness == 2.0
    (W1, W2), (b1, b2) = model.coefs_, model.intercepts_
    hidden = X @ W1 + b1
    raw = hidden / (0.5 + abs(hidden)) @ W2 + b2
    np.testing.assert_allclose(model.predict_proba(X)[:, 1:], sigmoid(raw), rtol=1e-12)
