"""The moving average against its sum written out, and what it leaves alone."""

import numpy as np

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
    np.testing.assert_allclose(average.vector, expected, rtol=1e-13)


def test_the_average_of_a_constant_is_the_constant():
    theta = np.array([1.0, -2, 3])
    average = MovingAverage(theta, decay=0.999)

    for _ in range(100):
        average.update(theta)

    np.testing.assert_allclose(average.vector, theta, rtol=1e-14)


def test_the_average_is_a_vector_of_its_own_and_leaves_the_weights_alone():
    theta = np.array([1.0, -2, 3])
    average = MovingAverage(theta, decay=0.5)
    assert not np.shares_memory(average.vector, theta)
    np.testing.assert_array_equal(average.vector, theta)

    average.update(theta + 1)

    np.testing.assert_array_equal(theta, [1, -2, 3])
    assert (average.vector > theta).all()


def test_the_average_stays_the_same_memory():
    average = MovingAverage(np.zeros(3), decay=0.5)
    vector = average.vector

    average.update(np.ones(3))

    assert average.vector is vector
    assert vector.all()
