"""Activations: closed forms, derivatives, buffers, huge numbers and no allocation."""

import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from skfcn._components import resolve
from skfcn.activations import ACTIVATIONS, ELU

INSTANCES = {
    **{name: make() for name, make in ACTIVATIONS.items()},
    "elu(0)": ELU(alpha=0),
    "elu(0.1)": ELU(alpha=0.1),
    "elu(2.5)": ELU(alpha=2.5),
}
DTYPES = [np.float32, np.float64]


def elu(alpha):
    return (
        lambda z: np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1)),
        lambda z: np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))),
    )


# Textbook formulas of f and f'.
CLOSED_FORMS = {
    "identity": (lambda z: z, lambda z: np.ones_like(z)),
    "logistic": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0), lambda z: np.where(z > 0, 1, 0)),
    "elu": elu(1.0),
    "elu(0)": elu(0.0),
    "elu(0.1)": elu(0.1),
    "elu(2.5)": elu(2.5),
}
# Limits of f and f' at minus and plus infinity; z itself where f goes on like z.
LIMITS = {
    "identity": (("z", "z"), (1, 1)),
    "logistic": ((0, 1), (0, 0)),
    "tanh": ((-1, 1), (0, 0)),
    "relu": ((0, "z"), (0, 1)),
    "elu": ((-1, "z"), (0, 1)),
    "elu(0)": ((0, "z"), (0, 1)),
    "elu(0.1)": ((-0.1, "z"), (0, 1)),
    "elu(2.5)": ((-2.5, "z"), (0, 1)),
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


def away_from_kinks(dtype=np.float64):
    """Random numbers, none of them so close to 0 that a step of 1e-6 would cross it."""
    z = np.random.default_rng(0).normal(0, 2, (40, 25)).astype(dtype)
    assert abs(z).min() > 1e-4
    return z


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_function_equals_the_textbooks(name, dtype):
    z = np.random.default_rng(0).normal(0, 5, (40, 25)).astype(dtype)

    # Near 0, exp(z) - 1 of the plain formula itself errs by eps times its terms.
    eps = np.finfo(dtype).eps
    expected = CLOSED_FORMS[name][0](z.astype(np.float64))
    np.testing.assert_allclose(forward(INSTANCES[name], z), expected, rtol=4 * eps, atol=4 * eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_derivative_equals_the_textbooks(name, dtype):
    rng = np.random.default_rng(0)
    z, delta = rng.normal(0, 5, (2, 40, 25)).astype(dtype)

    # 1 - f² and f + alpha cancel: the error is eps times the largest term, not times f'.
    expected = delta * CLOSED_FORMS[name][1](z.astype(np.float64))
    atol = 8 * np.finfo(dtype).eps * abs(delta).max()
    np.testing.assert_allclose(backward(INSTANCES[name], z, delta), expected, rtol=0, atol=atol)


def test_derivative_equals_finite_differences(activation):
    z, step = away_from_kinks(), 1e-6
    delta = np.random.default_rng(1).standard_normal(z.shape)

    numeric = (forward(activation, z + step) - forward(activation, z - step)) / (2 * step)

    # The difference errs by eps |f| / step < 2e-9 and the square of the step.
    np.testing.assert_allclose(
        backward(activation, z, delta), delta * numeric, rtol=1e-8, atol=5e-9
    )


@pytest.mark.parametrize(
    ("dtype", "big"),
    [(np.float64, 1e4), (np.float64, 1e300), (np.float32, 1e4), (np.float32, 1e30)],
)
@pytest.mark.parametrize("name", LIMITS)
def test_huge_numbers_reach_the_limits_without_a_warning(name, dtype, big):
    z = np.array([[-big, big]], dtype=dtype)
    values, slopes = LIMITS[name]
    expected = np.where([v == "z" for v in values], z, [0 if v == "z" else v for v in values])

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        out = forward(INSTANCES[name], z)
        delta = backward(INSTANCES[name], z, np.ones_like(z))

    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(out, expected, rtol=eps, atol=0)
    np.testing.assert_allclose(delta, [slopes], rtol=0, atol=eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_huge_numbers_stay_finite_without_a_warning(activation, dtype):
    big = 1e300 if dtype == np.float64 else 1e30
    z = np.array([[-big, -1e4, -0.0, 0.0, 1e4, big]], dtype=dtype)

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        out = forward(activation, z)
        delta = backward(activation, z, np.ones_like(z))

    assert np.isfinite(out).all()
    assert np.isfinite(delta).all()


@pytest.mark.parametrize("name", ["relu", "elu", "elu(0.1)", "identity", "tanh"])
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


@pytest.mark.parametrize("alpha", [-1, -1e-9, "1", None])
def test_elu_names_a_wrong_alpha(alpha):
    with pytest.raises(InvalidParameterError, match="'alpha' parameter of ELU"):
        resolve(ELU(alpha=alpha), ACTIVATIONS)


@pytest.mark.parametrize("dtype", DTYPES)
def test_alpha_may_be_a_numpy_number(dtype):
    """As in a grid made with np.linspace."""
    z = away_from_kinks(dtype)

    number = forward(resolve(ELU(alpha=np.float64(0.5)), ACTIVATIONS), z)

    assert number.dtype == dtype
    np.testing.assert_array_equal(number, forward(ELU(alpha=0.5), z))
