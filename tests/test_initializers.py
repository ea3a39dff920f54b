"""Initializers: published formulas, scikit-learn's own draws, and what `fill` leaves behind."""

import numpy as np
import pytest
from numpy.random import RandomState
from pairwise import pairwise
from scipy.stats import kstest
from sklearn.neural_network import MLPClassifier
from sklearn.utils._param_validation import InvalidParameterError

from skfcn._sklearn import resolve
from skfcn.activations import ACTIVATIONS
from skfcn.initializers import (
    INITIALIZERS,
    Auto,
    Initializer,
    Normal,
    Orthogonal,
    Uniform,
    VarianceScaling,
)

LAYER = FAN_IN, FAN_OUT = 400, 300
N = FAN_IN * FAN_OUT
# Variance and distribution of the weights as published: Glorot & Bengio (2010), equation 16
# and the one before it; He et al. (2015), equation 10; LeCun et al. (1998), equation 16.
PUBLISHED = {
    "auto": (2 / (FAN_IN + FAN_OUT), "uniform"),
    "glorot_uniform": (2 / (FAN_IN + FAN_OUT), "uniform"),
    "glorot_normal": (2 / (FAN_IN + FAN_OUT), "normal"),
    "he_uniform": (2 / FAN_IN, "uniform"),
    "he_normal": (2 / FAN_IN, "normal"),
    "lecun_normal": (1 / FAN_IN, "normal"),
}


def filled(initializer, shape=(40, 30), seed=0, dtype=np.float64):
    """Weights and biases of one layer after `fill`, which found NaN there."""
    coef, intercept = np.full(shape, np.nan, dtype=dtype), np.full(shape[1], np.nan, dtype=dtype)
    assert initializer.fill(coef, intercept, RandomState(seed)) is None
    return coef, intercept


@pytest.fixture(params=INITIALIZERS)
def initializer(request):
    return INITIALIZERS[request.param]()


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (5, 5), (1, 6), (6, 1), (1, 1)])
def test_every_number_of_a_layer_is_filled(initializer, shape):
    coef, intercept = filled(initializer, shape)

    assert np.isfinite(coef).all()
    assert coef.all()
    assert np.isfinite(intercept).all()


def test_the_same_random_numbers_give_the_same_weights_and_others_do_not(initializer):
    first, again, other = (filled(initializer, seed=seed) for seed in (0, 0, 1))

    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first[0] != other[0]).mean() > 0.99


def test_float32_weights_are_the_float64_ones_rounded(initializer):
    double, single = filled(initializer), filled(initializer, dtype=np.float32)

    for a, b in zip(double, single, strict=True):
        assert b.dtype == np.float32
        np.testing.assert_array_equal(b, a.astype(np.float32))


def test_an_initializer_remembers_nothing(initializer):
    before = vars(initializer).copy()

    filled(initializer)

    assert vars(initializer) == before


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name != "auto"])
def test_draw_gives_float64_weights_and_fill_zero_biases(name):
    initializer = INITIALIZERS[name]()

    drawn = initializer.draw(40, 30, RandomState(0))
    coef, intercept = filled(initializer)

    assert drawn.dtype == np.float64
    assert drawn.shape == (40, 30)
    np.testing.assert_array_equal(coef, drawn)
    assert not intercept.any()


def test_ones_own_needs_draw_alone():
    class Ones(Initializer):
        def draw(self, fan_in, fan_out, rng):
            return np.ones((fan_in, fan_out))

    coef, intercept = filled(Ones(), (2, 3))

    np.testing.assert_array_equal(coef, np.ones((2, 3)))
    np.testing.assert_array_equal(intercept, np.zeros(3))


# --- scikit-learn's rule ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_auto_draws_scikit_learns_numbers(activation, dtype):
    theirs = MLPClassifier(activation=activation)
    theirs._random_state = RandomState(3)
    auto = Auto(factor=ACTIVATIONS[activation].init_factor)

    rng = RandomState(3)
    for fan_in, fan_out in [(7, 5), (5, 2)]:  # one after the other, from the same stream
        coef = np.empty((fan_in, fan_out), dtype=dtype)
        intercept = np.empty(fan_out, dtype=dtype)
        auto.fill(coef, intercept, rng)
        expected = theirs._init_coef(fan_in, fan_out, dtype)
        np.testing.assert_array_equal(coef, expected[0])
        np.testing.assert_array_equal(intercept, expected[1])


@pytest.mark.parametrize("factor", [2.0, 6.0])
def test_auto_biases_share_the_bound_of_the_weights(factor):
    coef, intercept = filled(Auto(factor), (30, 20_000))
    bound = np.sqrt(factor / (30 + 20_000))

    for numbers in (coef, intercept):
        assert 0.999 * bound < abs(numbers).max() <= bound


# --- distributions ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_weights_have_the_published_distribution(name):
    variance, distribution = PUBLISHED[name]
    coef, _ = filled(INITIALIZERS[name](), LAYER)
    std = np.sqrt(variance)

    # Five standard errors; those of a variance are sqrt(kurtosis - 1) / sqrt(n).
    assert abs(coef.mean()) < 5 * std / np.sqrt(N)
    assert coef.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / N))
    if distribution == "uniform":
        bound = np.sqrt(3) * std
        assert 0.999 * bound < abs(coef).max() <= bound
        cdf = ("uniform", (-bound, 2 * bound))
    else:
        assert abs(coef).max() > 3.5 * std  # not truncated
        cdf = ("norm", (0, std))
    assert kstest(coef.ravel(), *cdf).pvalue > 1e-3


FANS = {"fan_in": lambda i, o: i, "fan_out": lambda i, o: o, "fan_avg": lambda i, o: 350}
GRID = {
    "mode": FANS,
    "distribution": ["uniform", "normal"],
    "shape": [(400, 300), (300, 400)],
    "scale": [0.5, 2.0],
}


@pytest.mark.parametrize(tuple(GRID), pairwise(**GRID))
def test_variance_scaling_has_variance_scale_over_fan(mode, distribution, shape, scale):
    coef, _ = filled(VarianceScaling(scale, mode, distribution), shape)

    assert coef.var() == pytest.approx(scale / FANS[mode](*shape), rel=5 * np.sqrt(2 / N))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("glorot_uniform", ()),
        ("glorot_uniform", (1, "fan_avg", "uniform")),
        ("glorot_normal", (1, "fan_avg", "normal")),
        ("he_uniform", (2, "fan_in", "uniform")),
        ("he_normal", (2, "fan_in", "normal")),
        ("lecun_normal", (1, "fan_in", "normal")),
    ],
)
def test_a_name_is_variance_scaling_with_parameters_set(name, parameters):
    np.testing.assert_array_equal(
        filled(INITIALIZERS[name]())[0], filled(VarianceScaling(*parameters))[0]
    )


def test_auto_has_the_weights_of_glorot_uniform():
    # The bound is sqrt(6 / sum) here and sqrt(3) sqrt(1 / mean) there: a rounding apart.
    bound = np.sqrt(6 / (40 + 30))
    np.testing.assert_allclose(
        filled(Auto())[0], filled(INITIALIZERS["glorot_uniform"]())[0], rtol=0, atol=4e-16 * bound
    )


@pytest.mark.parametrize(("mode", "fan"), [("fan_in", FAN_IN), ("fan_out", FAN_OUT)])
def test_the_tutorials_scaled_randn_is_variance_scaling(mode, fan):
    theirs = RandomState(0).randn(FAN_IN, FAN_OUT) * np.sqrt(2 / fan)

    np.testing.assert_array_equal(filled(VarianceScaling(2, mode, "normal"), LAYER)[0], theirs)


def test_the_tutorials_rand_is_uniform_from_zero():
    theirs = RandomState(0).rand(FAN_IN, FAN_OUT) * 0.01

    np.testing.assert_allclose(filled(Uniform(0, 0.01), LAYER)[0], theirs, rtol=2e-16)


def test_uniform_fills_its_interval():
    coef, _ = filled(Uniform(-1, 3), LAYER)

    assert -1 <= coef.min() < -0.999
    assert 2.999 < coef.max() <= 3
    assert kstest(coef.ravel(), "uniform", (-1, 4)).pvalue > 1e-3


def test_uniform_takes_an_empty_interval_and_refuses_a_reversed_one():
    point = resolve(Uniform(0.5, 0.5), INITIALIZERS)

    np.testing.assert_array_equal(filled(point)[0], 0.5)
    message = r"^Uniform needs low <= high, got low=1, high=0.5\.$"
    with pytest.raises(ValueError, match=message):
        resolve(Uniform(1, 0.5), INITIALIZERS)


def test_normal_has_its_mean_and_scale():
    coef, _ = filled(Normal(loc=2.0, scale=0.5), LAYER)

    assert kstest(coef.ravel(), "norm", (2, 0.5)).pvalue > 1e-3
    np.testing.assert_array_equal(filled(Normal(loc=2.0, scale=0))[0], 2)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("uniform", -0.01, 0.01), ("normal", -np.inf, np.inf)]
)
def test_named_uniform_and_normal_are_small(name, low, high):
    coef, _ = filled(INITIALIZERS[name](), LAYER)

    assert low <= coef.min() < 0 < coef.max() <= high
    std = 0.01 / np.sqrt(3) if name == "uniform" else 0.01
    assert coef.std() == pytest.approx(std, rel=0.02)


@pytest.mark.parametrize("gain", [1.0, np.sqrt(2)])
@pytest.mark.parametrize("shape", [(40, 10), (10, 40), (20, 20), (1, 5), (5, 1), (1, 1)])
def test_orthogonal_has_orthonormal_rows_or_columns_times_the_gain(shape, gain):
    Q, _ = filled(Orthogonal(gain), shape)
    product = Q.T @ Q if shape[0] >= shape[1] else Q @ Q.T

    np.testing.assert_allclose(product, gain**2 * np.eye(min(shape)), atol=1e-14)


def test_orthogonal_is_drawn_uniformly():
    # Of a Haar matrix every entry has mean 0 and variance 1 / n; QR's own signs break that.
    rng = RandomState(0)
    draws = np.array([Orthogonal().draw(3, 3, rng) for _ in range(4000)])

    assert abs(draws.mean(axis=0)).max() < 5 * np.sqrt(1 / 3 / 4000)
    np.testing.assert_allclose((draws**2).mean(axis=0), 1 / 3, atol=5 * np.sqrt(0.09 / 4000))


@pytest.mark.parametrize(
    ("initializer", "name"),
    [
        (Auto(factor=0), "factor"),
        (Uniform(low=np.nan), "low"),
        (Uniform(high=np.inf), "high"),
        (Normal(loc=np.nan), "loc"),
        (Normal(scale=-1), "scale"),
        (VarianceScaling(scale=0), "scale"),
        (VarianceScaling(mode="fan"), "mode"),
        (VarianceScaling(distribution="cauchy"), "distribution"),
        (Orthogonal(gain=0), "gain"),
    ],
)
def test_wrong_parameters_are_named(initializer, name):
    message = f"'{name}' parameter of {type(initializer).__name__}"
    with pytest.raises(InvalidParameterError, match=message):
        resolve(initializer, INITIALIZERS)
