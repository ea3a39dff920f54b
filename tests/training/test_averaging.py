"""The moving average against its sum written out, and what it leaves alone."""

import numpy as np
import pytest

from skfcn.training import MovingAverage


def test_the_average_is_the_weighted_sum_of_the_past():
    rng = np.random.default_rng(0)
    thetas = rng.standard_normal((30, 4))
    average = MovingAverage(thetas[0], decay=0.6)

    for theta in thetas[1:]:
        average.update(theta)

    expected = thetas[0]
    for t, theta in enumerate(thetas[1:], start=1):
        decay = min(0.6, (1 + t) / (10 + t))
        expected = decay * expected + (1 - decay) * theta
    np.testing.assert_allclose(average.average, expected, rtol=1e-13)


def test_the_average_of_a_constant_is_the_constant():
    theta = np.array([1.0, -2, 3])
    average = MovingAverage(theta, decay=0.999)

    for _ in range(100):
        average.update(theta)

    np.testing.assert_allclose(average.average, theta, rtol=1e-14)


def test_a_vector_is_its_average_for_a_while_also_after_an_error():
    theta = np.ones(3)
    average = MovingAverage(np.zeros(3), decay=0.5)

    with average.in_place_of(theta):
        np.testing.assert_array_equal(theta, 0)
    np.testing.assert_array_equal(theta, 1)

    with pytest.raises(RuntimeError, match="stop"), average.in_place_of(theta):
        raise RuntimeError("stop")
    np.testing.assert_array_equal(theta, 1)


def test_descent_goes_on_from_where_it_was():
    theta = np.ones(3)
    average = MovingAverage(np.zeros(3), decay=0.5)

    average.replace(theta)
    np.testing.assert_array_equal(theta, 0)
    average.resume(theta)
    np.testing.assert_array_equal(theta, 1)


def test_before_a_replacement_there_is_nothing_to_resume():
    theta = np.ones(3)

    MovingAverage(theta, decay=0.5).resume(theta)

    np.testing.assert_array_equal(theta, 1)


def test_descent_is_resumed_once():
    theta = np.ones(3)
    average = MovingAverage(np.zeros(3), decay=0.5)
    average.replace(theta)
    average.resume(theta)

    theta[...] = average.average  # by chance
    average.resume(theta)

    np.testing.assert_array_equal(theta, 0)


def test_weights_that_were_assigned_meanwhile_count():
    theta = np.ones(3)
    average = MovingAverage(np.zeros(3), decay=0.5)
    average.replace(theta)

    theta[...] = 7
    average.resume(theta)

    np.testing.assert_array_equal(theta, 7)
