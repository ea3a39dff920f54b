"""Where training stands: what a copy shares, what an epoch leaves, what is kept at the end.

How values are counted against scikit-learn's rule is in `test_training`.
"""

from dataclasses import fields

import numpy as np
import pytest

from skfcn.schedules import Progress
from skfcn.training import MovingAverage, Plateau, Position, TrainingState

THETA = np.array([1.0, -2.0])


def used_state():
    """A state in which nothing is as at the beginning."""
    state = TrainingState(
        {"t": 2, "mean": np.array([0.5, 0.25])},
        progress=Progress(epoch=2, step=5, samples=20, plateaus=1),
        plateau=Plateau(best=0.75, n_no_improvement=1),
        loss_curve=[3.0, 2.0],
        validation_scores=[0.75, 0.5],
        best_epoch=1,
        records={"seconds": [0.1, 0.2]},
        average=MovingAverage(THETA, 0.9),
        n_iter=2,
    )
    state.position = Position(order=np.arange(4), n_rows=2, loss=1.5, learning_rate=0.1)
    return state


def change(state):
    """Go on with it for an epoch."""
    state.optimizer["t"] += 1
    state.optimizer["mean"] += 1
    state.progress.step += 1
    state.average.update(THETA + 1)
    state.loss_curve.append(1.0)
    state.end_epoch(THETA, 0.0, validation_score=0.9, seconds=0.3)


def contents(state):
    """All that a state holds, in plain numbers and lists."""
    return {
        "optimizer": (state.optimizer["t"], state.optimizer["mean"].tolist()),
        "average": (state.average.n_updates, state.average.average.tolist()),
        "progress": vars(state.progress).copy(),
        "plateau": vars(state.plateau).copy(),
        "loss_curve": state.loss_curve.copy(),
        "validation_scores": state.validation_scores.copy(),
        "best_epoch": state.best_epoch,
        "records": {name: column.copy() for name, column in state.records.items()},
        "n_iter": state.n_iter,
    }


# --- copies -----------------------------------------------------------------------------------


def test_a_copy_holds_the_same_and_no_fit_under_way():
    state = used_state()

    copy = state.copy()

    assert contents(copy) == contents(state)
    assert set(contents(state)) | {"position"} == {field.name for field in fields(state)}
    assert copy.position.order is None
    assert (copy.position.n_rows, copy.position.loss) == (0, 0.0)
    assert state.position.n_rows == 2


@pytest.mark.parametrize("of_the_copy", [True, False])
def test_what_happens_to_one_does_not_happen_to_the_other(of_the_copy):
    state = used_state()
    copy = state.copy()
    trained, kept = (copy, state) if of_the_copy else (state, copy)
    before = contents(kept)

    change(trained)

    assert contents(kept) == before
    after = contents(trained)
    assert all(after[name] != before[name] for name in before)


# --- an epoch and its end ---------------------------------------------------------------------


def test_a_new_state_has_done_nothing():
    state = TrainingState({})

    assert (state.n_iter, state.best_epoch, state.average) == (0, None, None)
    assert state.loss_curve == state.validation_scores == []
    assert state.history == {"epoch": [], "loss": []}
    assert np.isnan(state.position.learning_rate)


def test_an_epoch_begins_with_its_first_row():
    position = Position(np.arange(4), n_rows=2, loss=1.5, learning_rate=0.1)

    position.begin_epoch()

    assert (position.n_rows, position.loss) == (0, 0.0)
    assert position.learning_rate == 0.1
    assert len(position.order) == 4


def test_without_a_score_the_loss_decides():
    state = TrainingState({})

    for loss in (3.0, 2.0, 2.5):
        state.loss_curve.append(loss)
        state.end_epoch(THETA, 0.0, seconds=0.1)

    assert state.plateau == Plateau(best=-2.0, n_no_improvement=1)
    assert state.validation_scores == []
    assert state.best_epoch is None
    assert state.position.best_theta is None
    assert state.n_iter == 3


def test_with_a_score_the_first_of_the_best_weights_are_remembered():
    state = TrainingState({})
    theta = THETA.copy()

    for score in (0.5, 0.75, 0.75, 0.25):
        state.loss_curve.append(1.0)
        state.end_epoch(theta, 0.1, validation_score=score)
        theta += 1

    assert state.validation_scores == [0.5, 0.75, 0.75, 0.25]
    assert state.best_epoch == 2
    np.testing.assert_array_equal(state.position.best_theta, THETA + 1)
    assert state.plateau == Plateau(best=0.75, n_no_improvement=2)
    assert state.records == {"validation_score": [0.5, 0.75, 0.75, 0.25]}


@pytest.mark.parametrize(
    ("best", "average", "kept"), [(True, True, 5.0), (False, True, 7.0), (False, False, 1.0)]
)
def test_the_best_weights_are_kept_or_else_the_average_or_else_the_last(best, average, kept):
    state, theta = TrainingState({}), np.ones(2)
    state.position.best_theta = np.full(2, 5.0) if best else None
    state.average = MovingAverage(np.full(2, 7.0), 0.9) if average else None

    state.settle(theta)

    np.testing.assert_array_equal(theta, kept)


# --- the record -------------------------------------------------------------------------------


def test_columns_that_come_later_or_miss_an_epoch_are_filled_with_nan():
    state = TrainingState({})
    state.loss_curve += [3.0, 2.0]
    state.record(rate=0.1)
    state.loss_curve.append(1.0)
    state.record(norm=5.0)

    np.testing.assert_equal(
        state.records, {"rate": [np.nan, 0.1, np.nan], "norm": [np.nan, np.nan, 5.0]}
    )
    np.testing.assert_equal(state.latest, {"epoch": 3, "loss": 1.0, "rate": np.nan, "norm": 5.0})


def test_history_and_latest_have_no_value_that_is_an_epoch_old():
    state = TrainingState({}, loss_curve=[3.0, 2.0, 1.0], records={"rate": [0.1, 0.2]})

    np.testing.assert_equal(
        state.history,
        {"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "rate": [0.1, 0.2, np.nan]},
    )
    np.testing.assert_equal(state.latest, {"epoch": 3, "loss": 1.0, "rate": np.nan})


def test_the_history_is_no_part_of_the_state():
    state = TrainingState({}, loss_curve=[3.0], records={"rate": [0.1]})

    for column in state.history.values():
        column.append(0)

    assert state.history == {"epoch": [1], "loss": [3.0], "rate": [0.1]}
