"""One step: the order of clipping, decay, step and constraint, each against its formula."""

import numpy as np
import pytest

from skfcn.engine import Parameters
from skfcn.optimizers import SGD, AdamW
from skfcn.schedules import Cosine, Progress
from skfcn.training import Descent, limit_column_norms, limit_norm


def make(seed=0, dtype=np.float64):
    parameters = Parameters((4, 3, 2), dtype)
    parameters.vector[...] = np.random.default_rng(seed).standard_normal(len(parameters.vector))
    return parameters


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("limit", [0.1, 1.0, 1e6])
def test_a_gradient_is_scaled_down_to_a_norm_and_never_up(limit, dtype):
    vector = np.array([3, 4, 0], dtype)

    limit_norm(vector, limit)

    np.testing.assert_allclose(vector, np.array([3, 4, 0]) * min(1, limit / 5), rtol=1e-6)


def test_a_gradient_of_zero_stays():
    vector = np.zeros(3)

    limit_norm(vector, 1.0)

    assert not vector.any()


def test_columns_are_scaled_down_each_to_its_norm_and_never_up():
    coef = np.array([[3.0, 0.3, 0], [4.0, 0.4, 0]])

    limit_column_norms(coef, 1.0)

    np.testing.assert_allclose(coef, [[0.6, 0.3, 0], [0.8, 0.4, 0]], rtol=1e-15)


def test_a_plain_step_is_the_optimizers():
    parameters, gradient, expected = make(0), make(1), make(0)
    descent, optimizer = Descent(SGD(momentum=0), Cosine(), 0.5), SGD(momentum=0)

    descent.step(parameters, gradient, {}, 0.25)
    optimizer.step(expected.vector, gradient.vector, {}, 0.25)

    np.testing.assert_array_equal(parameters.vector, expected.vector)


def test_the_rate_is_the_schedules_factor_times_the_learning_rate():
    progress = Progress(step=5, steps_per_epoch=10, max_epochs=1)

    assert Descent(SGD(), Cosine(), 0.5).rate(progress) == pytest.approx(0.25)


def test_decay_shrinks_weights_and_no_biases_before_the_step():
    parameters, before = make(0), make(0)
    gradient = Parameters((4, 3, 2))
    optimizer = AdamW(weight_decay=0.1)

    Descent(optimizer, Cosine(), 1.0).step(
        parameters, gradient, optimizer.init(parameters.trainable), 0.5
    )

    np.testing.assert_allclose(parameters.weights, before.weights * (1 - 0.5 * 0.1), atol=1e-15)
    for own, other in zip(parameters.intercepts, before.intercepts, strict=True):
        np.testing.assert_allclose(own, other, atol=1e-15)


def test_the_gradient_is_clipped_before_the_step():
    parameters, gradient, before = make(0), make(1), make(0)

    Descent(SGD(momentum=0), Cosine(), 1.0, max_grad_norm=0.01).step(parameters, gradient, {}, 1.0)

    step = np.linalg.norm(parameters.vector - before.vector)
    assert step == pytest.approx(0.01, rel=1e-10)


def test_no_unit_has_longer_weights_than_max_norm_after_a_step():
    parameters, gradient = make(0), make(1)
    biases = [b - 3.0 * g for b, g in zip(parameters.intercepts, gradient.intercepts, strict=True)]

    Descent(SGD(momentum=0), Cosine(), 1.0, max_norm=0.5).step(parameters, gradient, {}, 3.0)

    for coef in parameters.coefs:
        lengths = np.linalg.norm(coef, axis=0)
        assert (lengths <= 0.5 * (1 + 1e-12)).all()
        assert (lengths > 0.49).any()
    for own, expected in zip(parameters.intercepts, biases, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-14)


def test_running_statistics_are_not_stepped():
    parameters = Parameters((4, 3, 2), normalized=[0], tracked=[0])
    gradient = parameters.like()
    gradient.vector[...] = 1
    before = parameters.vector.copy()

    Descent(SGD(momentum=0), Cosine(), 1.0).step(parameters, gradient, {}, 1.0)

    assert (parameters.trainable != before[: len(parameters.trainable)]).all()
    np.testing.assert_array_equal(parameters.statistics[0], [[0, 0, 0], [1, 1, 1]])
