"""Schedules: closed forms, no memory, and scikit-learn's own rates."""

import copy
import pickle
import re
from itertools import pairwise
from math import cos, nan, pi

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer
from sklearn.utils._param_validation import InvalidParameterError

from skfcn import FCNClassifier
from skfcn._sklearn import resolve
from skfcn.schedules import (
    SCHEDULES,
    Adaptive,
    Constant,
    Cosine,
    CosineLog,
    Exponential,
    FunctionSchedule,
    InverseScaling,
    OneCycle,
    Progress,
    Schedule,
    StepDecay,
    WarmUp,
)

STAGES = [
    Progress(),
    Progress(epoch=0, samples=500),
    Progress(epoch=1, step=10, samples=100, steps_per_epoch=10, max_epochs=8),
    Progress(epoch=7, step=70, samples=700, plateaus=3, steps_per_epoch=10, max_epochs=8),
]


def course(schedule, max_epochs=20, steps_per_epoch=10, beyond=0):
    """The factor at each step of a plan, and of `beyond` steps after its end."""
    plan = {"steps_per_epoch": steps_per_epoch, "max_epochs": max_epochs}
    stages = []
    for step in range(max_epochs * steps_per_epoch + beyond):
        epoch = step // steps_per_epoch
        stages.append(Progress(epoch, step, samples=100 * epoch, **plan))
    return np.array([schedule(stage) for stage in stages])


def half_squared_cosine(start, end, part):
    """Annealing in another form: (1 + cos(π part)) / 2 = cos²(π part / 2)."""
    return end + (start - end) * cos(pi * part / 2) ** 2


# --- progress ---------------------------------------------------------------------------------


def test_progress_starts_at_zero_of_one_step():
    assert Progress() == Progress(
        epoch=0, step=0, samples=0, plateaus=0, steps_per_epoch=1, max_epochs=1
    )
    assert Progress().epochs == 0
    assert Progress().fraction == 0


def test_progress_knows_the_part_of_the_epoch_and_of_the_plan():
    progress = Progress(epoch=2, step=25, steps_per_epoch=10, max_epochs=4)

    assert progress.epochs == 2.5
    assert progress.fraction == 0.625


def test_the_fraction_stays_at_one_and_the_epochs_go_on():
    progress = Progress(step=41, steps_per_epoch=10, max_epochs=4)

    assert progress.fraction == 1
    assert progress.epochs == 4.1


def test_progress_of_before_there_were_plans_can_be_read():
    old = Progress(epoch=3)
    del old.__dict__["steps_per_epoch"], old.__dict__["max_epochs"]

    assert pickle.loads(pickle.dumps(old)) == Progress(epoch=3)


# --- closed forms -----------------------------------------------------------------------------


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


@pytest.mark.parametrize("make", [Constant, InverseScaling, Adaptive])
def test_the_rates_of_scikit_learn_are_constant_within_an_epoch(make):
    # The loop counts epochs, samples and plateaus between epochs only.
    stages = [Progress(3, step, 900, 2, steps_per_epoch=10) for step in range(30, 40)]

    assert len({make()(stage) for stage in stages}) == 1


def test_step_decay_divides_by_ten_every_ten_epochs_by_default():
    factors = course(StepDecay(), steps_per_epoch=1)

    np.testing.assert_allclose(factors, [1.0] * 10 + [0.1] * 10, rtol=1e-15)


@pytest.mark.parametrize(("every", "factor"), [(10, 0.1), (1, 0.5), (7, 0.9), (3, 1.0)])
def test_step_decay_multiplies_every_so_many_epochs(every, factor):
    factors = course(StepDecay(every, factor))

    by_hand, rate = [], 1.0
    for epoch in range(20):
        if epoch and epoch % every == 0:
            rate *= factor
        by_hand += [rate] * 10
    np.testing.assert_allclose(factors, by_hand, rtol=1e-14)


def test_exponential_decays_by_the_same_part_with_each_step():
    factors = course(Exponential(decay=0.8), max_epochs=5, steps_per_epoch=4)

    np.testing.assert_allclose(factors[::4], [1, 0.8, 0.64, 0.512, 0.4096], rtol=1e-14)
    np.testing.assert_allclose(factors[1:] / factors[:-1], 0.8**0.25, rtol=1e-14)
    assert (course(Exponential(decay=1)) == 1).all()


@pytest.mark.parametrize("final", [0.0, 0.1, 1.0])
def test_cosine_anneals_over_the_plan(final):
    factors = course(Cosine(final), beyond=5)

    expected = [half_squared_cosine(1, final, step / 200) for step in range(200)]
    np.testing.assert_allclose(factors[:200], expected, rtol=1e-12, atol=1e-15)
    assert factors[0] == 1
    assert factors[100] == pytest.approx((1 + final) / 2, rel=1e-15)
    assert (factors[200:] == final).all()
    assert (np.diff(factors[:201]) < 0).all() == (final < 1)


@pytest.mark.parametrize("rise", [0.0, 0.1, 0.3, 0.5, 1.0])
def test_one_cycle_rises_to_one_and_falls(rise):
    cycle = OneCycle(rise, start=0.1, final=0.01)

    factors = course(cycle, beyond=5)

    top = round(200 * rise)
    up = [half_squared_cosine(0.1, 1, step / top) for step in range(top)]
    down = [half_squared_cosine(1, 0.01, step / (200 - top)) for step in range(200 - top)]
    np.testing.assert_allclose(factors[:200], up + down, rtol=1e-12, atol=1e-15)
    assert (np.diff(factors[: top + 1]) > 0).all()
    assert (np.diff(factors[top:201]) < 0).all()
    assert factors[top] == pytest.approx(1, rel=1e-14)
    assert (factors[200:] == (1 if rise == 1 else 0.01)).all()


def test_one_cycle_rises_from_a_25th_and_falls_to_a_10_000th_of_that():
    factors = course(OneCycle(), beyond=1)

    assert factors[0] == 0.04 == 1 / 25
    assert factors[-1] == 4e-6 == pytest.approx(0.04 / 10_000, rel=1e-15)
    assert factors.argmax() == 60


@pytest.mark.parametrize("cycles", [1, 2, 4])
def test_each_cycle_of_the_logarithm_is_twice_as_long_as_the_one_before(cycles):
    n = 2**cycles - 1
    factors = course(CosineLog(cycles), max_epochs=n, steps_per_epoch=60, beyond=5)

    ends = [60 * (2**cycle - 1) for cycle in range(cycles + 1)]
    assert ends[-1] == 60 * n
    np.testing.assert_allclose(factors[ends], 0, atol=1e-25)
    for start, end in pairwise(ends):
        cycle = factors[start : end + 1]
        assert cycle.max() == pytest.approx(1, abs=2e-3)
        assert (np.diff(np.sign(np.diff(cycle))) < 0).sum() == 1  # up, then down
        assert (np.diff(np.sign(np.diff(cycle))) > 0).sum() == 0
    np.testing.assert_allclose(factors[60 * n :], 0, atol=1e-25)


def test_the_logarithm_has_four_cycles_by_default():
    assert CosineLog().cycles == 4


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_plan_of_one_step_is_its_beginning(name):
    start = {"one_cycle": 0.04, "cosine_log": 0}.get(name, 1)

    assert course(SCHEDULES[name](), max_epochs=1, steps_per_epoch=1).tolist() == [start]
    assert course(WarmUp(name), max_epochs=1, steps_per_epoch=1).tolist() == [start]


# --- warm-up ----------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [0, 0.05, 1, 2.5, 20, 50])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_warm_up_multiplies_by_a_ramp(name, epochs):
    plain, warm = course(SCHEDULES[name]()), course(WarmUp(name, epochs))

    n_steps = epochs * 10
    ramp = [(step + 1) / n_steps if step + 1 < n_steps else 1 for step in range(200)]
    np.testing.assert_allclose(warm, plain * ramp, rtol=1e-14)


def test_a_warm_up_ends_at_one_with_its_last_step():
    factors = course(WarmUp(epochs=2))

    np.testing.assert_allclose(np.diff(factors[:20]), 0.05, rtol=1e-12)
    assert factors[0] == 0.05
    assert (factors[19:] == 1).all()


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_name_in_a_warm_up_means_the_same_as_the_object(name):
    np.testing.assert_array_equal(course(WarmUp(name)), course(WarmUp(SCHEDULES[name]())))


def test_a_warm_up_survives_what_the_other_survives():
    assert WarmUp(Adaptive(min_rate=0.01)).survives_plateau(0.0101)
    assert not WarmUp(Adaptive(min_rate=0.01)).survives_plateau(0.01)
    assert WarmUp("adaptive").survives_plateau(0.01)
    assert not WarmUp("constant").survives_plateau(0.01)


@pytest.mark.parametrize("copied", [clone, lambda s: pickle.loads(pickle.dumps(s)), copy.deepcopy])
@pytest.mark.parametrize("inner", ["cosine", Cosine(final=0.2), WarmUp(OneCycle(), epochs=3)])
def test_a_used_warm_up_can_be_copied(inner, copied):
    schedule = WarmUp(inner, epochs=2)
    factors = course(schedule)

    twin = copied(schedule)

    assert repr(twin) == repr(schedule)
    np.testing.assert_array_equal(course(twin), factors)
    assert vars(schedule) == {"schedule": inner, "epochs": 2}


def test_a_grid_reaches_the_schedule_that_is_warmed_up():
    classifier = FCNClassifier(learning_rate=WarmUp(Cosine()))
    grid = ParameterGrid(
        {
            "learning_rate__schedule__final": [0.0, 0.5],
            "learning_rate__epochs": [2],
        }
    )

    ends = [course(clone(classifier).set_params(**p).learning_rate, beyond=1)[-1] for p in grid]

    assert ends == [0, 0.5]
    replaced = clone(classifier).set_params(learning_rate__schedule="step")
    assert course(replaced.learning_rate)[-1] == pytest.approx(0.1, rel=1e-15)
    assert course(classifier.learning_rate, beyond=1)[-1] == 0


# --- functions --------------------------------------------------------------------------------


def halve_each_epoch(progress):
    return 0.5**progress.epoch


def test_a_function_is_asked_for_the_factor():
    schedule = FunctionSchedule(halve_each_epoch)

    np.testing.assert_array_equal(course(schedule), np.repeat(0.5 ** np.arange(20), 10))
    assert not schedule.planned
    assert not schedule.survives_plateau(1.0)


@pytest.mark.parametrize("value", [0, 1, 2.5, True, np.float32(0.5), np.int64(3)])
def test_any_real_number_is_a_factor(value):
    factor = FunctionSchedule(lambda progress: value)(Progress())

    assert type(factor) is float
    assert factor == value


@pytest.mark.parametrize(
    "value", [-0.1, nan, np.inf, None, "0.1", 1j, np.ones(1), np.float32(nan)]
)
def test_a_function_that_returns_something_else_is_named(value):
    schedule = FunctionSchedule(lambda progress: value)

    returned = re.escape(f"returned {value!r} at Progress(epoch=3, ")
    with pytest.raises(ValueError, match="finite number of at least 0; .*<lambda>.* " + returned):
        schedule(Progress(epoch=3))


@pytest.mark.parametrize("copied", [clone, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_function_can_be_copied_warmed_up_and_checked(copied):
    schedule = copied(WarmUp(FunctionSchedule(halve_each_epoch), epochs=1))

    np.testing.assert_allclose(
        course(schedule, max_epochs=2, steps_per_epoch=2), [0.5, 1, 0.5, 0.5]
    )
    resolved = resolve(schedule, SCHEDULES)
    assert resolved.get_params()["schedule__function"] is halve_each_epoch


# --- what all have in common ------------------------------------------------------------------


@pytest.mark.parametrize("make", [Constant, InverseScaling, StepDecay, Exponential, Cosine])
def test_the_others_survive_no_plateau(make):
    assert not make().survives_plateau(1.0)


def test_three_are_laid_out_over_the_whole_of_training():
    planned = {name for name, make in SCHEDULES.items() if make().planned}
    assert planned == {"cosine", "cosine_log", "one_cycle"}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_warm_up_is_planned_if_the_other_is(name):
    inner = SCHEDULES[name]()

    assert WarmUp(name).planned is WarmUp(inner).planned is inner.planned


def test_a_users_own_schedule_may_say_that_it_is_planned_by_an_attribute():
    class Linear(Schedule):
        planned = True

        def __call__(self, progress):
            return 1 - progress.fraction

    assert WarmUp(Linear()).planned
    assert not Schedule().planned
    np.testing.assert_allclose(course(Linear()), 1 - np.arange(200) / 200, rtol=1e-14)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_starts_at_one_or_where_its_parameter_says(name):
    schedule = SCHEDULES[name]()

    assert schedule(Progress()) == (0 if name == "cosine_log" else getattr(schedule, "start", 1))


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_no_memory_and_leaves_progress_alone(name):
    for schedule in (SCHEDULES[name](), WarmUp(name)):
        before, stages = vars(schedule).copy(), copy.deepcopy(STAGES)

        forwards = [schedule(stage) for stage in stages]
        backwards = [schedule(stage) for stage in reversed(stages)]

        assert forwards == backwards[::-1]
        assert stages == STAGES
        assert vars(schedule) == before
        assert all(0 <= factor <= 1 for factor in forwards)


@pytest.mark.parametrize(
    ("schedule", "name"),
    [
        (InverseScaling(power=-0.1), "power"),
        (Adaptive(divisor=1), "divisor"),
        (Adaptive(divisor=0.5), "divisor"),
        (Adaptive(min_rate=-1e-6), "min_rate"),
        (StepDecay(every=0), "every"),
        (StepDecay(every=2.5), "every"),
        (StepDecay(factor=0), "factor"),
        (StepDecay(factor=1.1), "factor"),
        (Exponential(decay=0), "decay"),
        (Exponential(decay=1.1), "decay"),
        (Cosine(final=-0.1), "final"),
        (Cosine(final=1.1), "final"),
        (OneCycle(rise=-0.1), "rise"),
        (OneCycle(rise=1.1), "rise"),
        (OneCycle(start=-0.1), "start"),
        (OneCycle(start=1.1), "start"),
        (OneCycle(final=-0.1), "final"),
        (OneCycle(final=1.1), "final"),
        (WarmUp(epochs=-1), "epochs"),
        (WarmUp("warm"), "schedule"),
        (WarmUp(lambda progress: 1.0), "schedule"),
        (FunctionSchedule(0.5), "function"),
    ],
)
def test_wrong_parameters_are_named(schedule, name):
    message = f"'{name}' parameter of {type(schedule).__name__}"
    with pytest.raises(InvalidParameterError, match=message):
        resolve(schedule, SCHEDULES)


def test_a_warm_up_checks_what_it_warms_up():
    message = "'final' parameter of Cosine"
    with pytest.raises(InvalidParameterError, match=message):
        resolve(WarmUp(Cosine(final=2)), SCHEDULES)
    with pytest.raises(InvalidParameterError, match=message):
        resolve(WarmUp(WarmUp(Cosine(final=2))), SCHEDULES)


@pytest.mark.parametrize(
    "extreme",
    [
        InverseScaling(power=0),
        Adaptive(divisor=1.001, min_rate=0),
        StepDecay(every=1, factor=1),
        Exponential(decay=1),
        Cosine(final=1),
        OneCycle(rise=0, start=0, final=0),
        OneCycle(rise=1, start=1, final=1),
        WarmUp(epochs=0),
    ],
    ids=repr,
)
def test_ends_of_the_ranges_are_accepted(extreme):
    assert repr(resolve(extreme, SCHEDULES)) == repr(extreme)
    assert np.isfinite(course(extreme, beyond=5)).all()
