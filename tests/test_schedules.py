"""Schedules: closed forms, no memory, and scikit-learn's own rates."""

import copy

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer
from sklearn.utils._param_validation import InvalidParameterError

from skfcn._components import resolve
from skfcn.schedules import SCHEDULES, Adaptive, Constant, InverseScaling, Progress

STAGES = [
    Progress(),
    Progress(epoch=0, samples=500),
    Progress(epoch=1, step=10, samples=100),
    Progress(epoch=7, step=70, samples=700, plateaus=3),
]


def test_progress_starts_at_zero():
    assert Progress() == Progress(epoch=0, step=0, samples=0, plateaus=0)


@pytest.mark.parametrize("progress", STAGES)
def test_constant_is_one(progress):
    assert Constant()(progress) == 1


@pytest.mark.parametrize("power", [0, 0.5, 1.0, 2.0])
def test_inverse_scaling_is_one_in_the_first_epoch_even_if_samples_were_seen(power):
    assert InverseScaling(power)(Progress(epoch=0, samples=500)) == 1


@pytest.mark.parametrize("power", [0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("samples", [1, 99, 60_000])
def test_inverse_scaling_divides_by_a_power_of_the_samples(power, samples):
    factor = InverseScaling(power)(Progress(epoch=1, samples=samples))

    assert factor == pytest.approx(1 / (samples + 1) ** power, rel=1e-15)


def test_inverse_scaling_is_scikit_learns():
    theirs = SGDOptimizer([np.zeros(1)], 0.1, "invscaling", power_t=0.3)
    progress = Progress()
    for _ in range(5):
        ours = 0.1 * InverseScaling(power=0.3)(progress)
        assert ours == pytest.approx(theirs.learning_rate, rel=1e-15)
        progress.epoch += 1
        progress.samples += 150
        theirs.iteration_ends(progress.samples)


@pytest.mark.parametrize("plateaus", [0, 1, 4])
def test_adaptive_divides_once_for_each_plateau(plateaus):
    progress = Progress(epoch=9, step=90, samples=900, plateaus=plateaus)

    assert Adaptive()(progress) == pytest.approx(5.0**-plateaus, rel=1e-15)
    assert Adaptive(divisor=2)(progress) == 2.0**-plateaus


@pytest.mark.parametrize("learning_rate_init", [0.001, 0.0015, 0.003125, 0.1, 1.0])
def test_adaptive_is_scikit_learns_down_to_the_end(learning_rate_init):
    theirs = SGDOptimizer([np.zeros(1)], learning_rate_init, "adaptive")
    schedule, progress = Adaptive(), Progress()
    for _ in range(20):
        ours = learning_rate_init * schedule(progress)
        assert ours == pytest.approx(theirs.learning_rate, rel=1e-14)
        goes_on = schedule.survives_plateau(ours)
        assert goes_on is not theirs.trigger_stopping("", verbose=False)
        if not goes_on:
            break
        progress.plateaus += 1
    assert not goes_on
    assert ours <= 1e-6


def test_adaptive_survives_plateaus_above_its_least_rate():
    schedule = Adaptive(min_rate=0.01)

    assert schedule.survives_plateau(0.0101)
    assert not schedule.survives_plateau(0.01)
    assert not schedule.survives_plateau(0.001)


@pytest.mark.parametrize("make", [Constant, InverseScaling])
def test_the_others_survive_no_plateau(make):
    assert not make().survives_plateau(1.0)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_starts_at_one(name):
    assert SCHEDULES[name]()(Progress()) == 1


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_no_memory_and_leaves_progress_alone(name):
    schedule, stages = SCHEDULES[name](), copy.deepcopy(STAGES)

    forwards = [schedule(stage) for stage in stages]
    backwards = [schedule(stage) for stage in reversed(stages)]

    assert forwards == backwards[::-1]
    assert stages == STAGES
    assert all(0 < factor <= 1 for factor in forwards)


@pytest.mark.parametrize(
    ("schedule", "name"),
    [
        (InverseScaling(power=-0.1), "power"),
        (Adaptive(divisor=1), "divisor"),
        (Adaptive(divisor=0.5), "divisor"),
        (Adaptive(min_rate=-1e-6), "min_rate"),
    ],
)
def test_wrong_parameters_are_named(schedule, name):
    message = f"'{name}' parameter of {type(schedule).__name__}"
    with pytest.raises(InvalidParameterError, match=message):
        resolve(schedule, SCHEDULES)
