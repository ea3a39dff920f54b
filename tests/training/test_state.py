"""Where training stands: what a copy shares, what an epoch leaves, what is kept at the end.

How values are counted against scikit-learn's rule is in `test_loop`.
"""

import copy
import pickle
from dataclasses import fields

import numpy as np
import pytest
from numpy.random import RandomState

from skfcn.optimizers import Adam
from skfcn.schedules import Progress
from skfcn.training import Best, MovingAverage, Record, TrainState

THETA = np.array([1.0, -2.0])


def new_state(**known):
    return TrainState(Adam(), {}, RandomState(0), **known)


def used_state():
    """A state in which nothing is as at the beginning."""
    return TrainState(
        solver=Adam(beta_1=0.5),
        moments={"mean": np.array([0.5, 0.25]), "mean_square": np.array([2.0, 3.0])},
        rng=RandomState(3),
        extra_rng=np.random.Generator(np.random.SFC64(5)),
        validates=True,
        progress=Progress(epoch=2, step=5, samples=20, plateaus=1),
        best=0.75,
        n_no_improvement=1,
        best_epoch=1,
        loss_curve=Record([3.0, 2.0]),
        validation_scores=Record([0.75, 0.5]),
        by_loss=Best(-0.5, 1, THETA + 7, 1),
        enough=3,
        records={"seconds": Record([0.1, 0.2])},
        average=MovingAverage(THETA, 0.9),
        theta=THETA + 3,
        n_iter=2,
        finished=True,
        order=np.arange(4),
        held_out=np.arange(4, 6),
        best_theta=THETA + 5,
        n_rows=2,
        rows_loss=1.5,
        learning_rate=0.1,
    )


def change(state):
    """Go on with it for an epoch."""
    for moment in state.moments.values():
        moment += 1
    state.progress.step += 1
    state.average.update(THETA + 1)
    state.loss_curve.append(1.0)
    state.take_epoch(THETA, 0.0, validation_score=0.9, seconds=0.3)
    state.extra_rng.random()


def contents(state):
    """All that a state holds but the random numbers that are shared, in numbers and lists."""
    held = vars(state) | {
        "moments": {name: moment.tolist() for name, moment in state.moments.items()},
        "extra_rng": repr(state.extra_rng.bit_generator.state),
        "progress": vars(state.progress).copy(),
        "average": (state.average.n_updates, state.average.vector.tolist()),
        "solver": repr(state.solver),
        "by_loss": repr(state.by_loss),
    }
    del held["rng"]
    for name, value in held.items():
        if isinstance(value, np.ndarray):
            held[name] = value.tolist()
    return copy.deepcopy(held)


CHANGING = {  # in an epoch, what of it a copy has of its own
    "moments",
    "extra_rng",
    "progress",
    "best",
    "best_epoch",
    "loss_curve",
    "validation_scores",
    "by_loss",
    "records",
    "average",
    "n_iter",
    "n_no_improvement",
    "best_theta",
}


# --- copies -----------------------------------------------------------------------------------


def test_a_copy_holds_the_same_and_shares_the_random_numbers_of_scikit_learn():
    state = used_state()

    twin = state.copy()

    assert contents(twin) == contents(state)
    assert {field.name for field in fields(state)} == {*contents(state), "rng"}
    assert twin.rng is state.rng


def test_nothing_of_the_state_that_the_tests_use_is_as_at_the_beginning():
    used, new = used_state(), new_state()

    for field in fields(TrainState):
        assert repr(getattr(used, field.name)) != repr(getattr(new, field.name)), field.name


@pytest.mark.parametrize("of_the_copy", [True, False])
def test_what_happens_to_one_does_not_happen_to_the_other(of_the_copy):
    state = used_state()
    twin = state.copy()
    trained, kept = (twin, state) if of_the_copy else (state, twin)
    before = contents(kept)

    change(trained)

    assert contents(kept) == before
    after = contents(trained)
    assert {name for name in before if after[name] != before[name]} == CHANGING


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_pickle_holds_the_same_and_draws_the_same(copied):
    state = used_state()
    state.rng.random_sample(5)
    state.extra_rng.random(5)

    twin = copied(state)

    assert contents(twin) == contents(state)
    assert type(twin.extra_rng.bit_generator) is np.random.SFC64
    np.testing.assert_array_equal(twin.rng.random_sample(9), state.rng.random_sample(9))
    np.testing.assert_array_equal(twin.extra_rng.random(9), state.extra_rng.random(9))


@pytest.mark.parametrize("source", [np.random.PCG64, np.random.SFC64])
def test_a_pickle_draws_the_same_whatever_the_source_of_random_numbers(source):
    state = new_state()
    state.rng = np.random.RandomState(source(3))
    state.rng.normal()  # which leaves a second number for the next call

    twin = pickle.loads(pickle.dumps(state))

    np.testing.assert_array_equal(twin.rng.normal(size=9), state.rng.normal(size=9))


def test_a_pickle_of_a_state_without_extra_random_numbers_has_none():
    twin = pickle.loads(pickle.dumps(new_state()))

    assert twin.extra_rng is None


# --- an epoch and its end ---------------------------------------------------------------------


def test_a_new_state_has_done_nothing():
    state = new_state()

    assert (state.n_iter, state.best_epoch, state.average) == (0, None, None)
    assert (state.best, state.n_no_improvement, state.finished) == (-np.inf, 0, False)
    assert state.loss_curve == state.validation_scores == []
    assert state.history == {"epoch": [], "loss": []}
    assert np.isnan(state.learning_rate)
    assert state.progress == Progress()


def test_the_end_of_a_fit_forgets_what_only_a_fit_under_way_needs():
    state = used_state()
    before = contents(state)

    state.end_fit()

    after = contents(state)
    changed = {name: after[name] for name in after if after[name] != before[name]}
    assert np.isnan(changed.pop("learning_rate"))
    assert changed.pop("by_loss") == repr(Best(-0.5, 1, None, 1))
    assert changed == {
        "order": None,
        "held_out": None,
        "best_theta": None,
        "n_rows": 0,
        "rows_loss": 0.0,
    }


def test_without_a_score_the_loss_decides():
    state = new_state()

    for loss in (3.0, 2.0, 2.5):
        state.loss_curve.append(loss)
        state.take_epoch(THETA, 0.0, seconds=0.1)

    assert (state.best, state.n_no_improvement) == (-2.0, 1)
    assert state.validation_scores == []
    assert state.best_epoch is None
    assert state.best_theta is None
    assert state.n_iter == 3


def test_with_a_score_the_first_of_the_best_weights_are_remembered():
    state = new_state()
    theta = THETA.copy()

    for score in (0.5, 0.75, 0.75, 0.25):
        state.loss_curve.append(1.0)
        state.take_epoch(theta, 0.1, validation_score=score)
        theta += 1

    assert state.validation_scores == [0.5, 0.75, 0.75, 0.25]
    assert state.best_epoch == 2
    np.testing.assert_array_equal(state.best_theta, THETA + 1)
    assert (state.best, state.n_no_improvement) == (0.75, 2)
    assert state.records == {"validation_score": [0.5, 0.75, 0.75, 0.25]}


@pytest.mark.parametrize(
    ("best", "average", "kept"), [(True, True, 5.0), (False, True, 7.0), (False, False, 1.0)]
)
def test_the_best_weights_are_kept_or_else_the_average_or_else_the_last(best, average, kept):
    state, theta = new_state(), np.ones(2)
    state.best_theta = np.full(2, 5.0) if best else None
    state.average = MovingAverage(np.full(2, 7.0), 0.9) if average else None

    found = state.kept_weights(theta)

    np.testing.assert_array_equal(found, kept)
    np.testing.assert_array_equal(theta, 1)  # nothing is put in its place
    assert (found is theta) == (not best and not average)


# --- the record -------------------------------------------------------------------------------


def test_columns_that_come_later_or_miss_an_epoch_are_filled_with_nan():
    state = new_state()
    state.loss_curve = Record([3.0, 2.0])
    state.record(rate=0.1)
    state.loss_curve.append(1.0)
    state.record(norm=5.0)

    columns = {name: list(column) for name, column in state.records.items()}
    np.testing.assert_equal(columns, {"rate": [np.nan, 0.1, np.nan], "norm": [np.nan, np.nan, 5]})
    np.testing.assert_equal(state.latest, {"epoch": 3, "loss": 1.0, "rate": np.nan, "norm": 5.0})


def test_history_and_latest_have_no_value_that_is_an_epoch_old():
    state = new_state(loss_curve=Record([3.0, 2.0, 1.0]), records={"rate": Record([0.1, 0.2])})

    np.testing.assert_equal(
        state.history,
        {"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "rate": [0.1, 0.2, np.nan]},
    )
    np.testing.assert_equal(state.latest, {"epoch": 3, "loss": 1.0, "rate": np.nan})


def test_the_history_is_no_part_of_the_state():
    state = new_state(loss_curve=Record([3.0]), records={"rate": Record([0.1])})

    for column in state.history.values():
        column.append(0)

    assert state.history == {"epoch": [1], "loss": [3.0], "rate": [0.1]}
