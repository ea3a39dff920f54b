"""The loop: its steps by hand, its stopping against scikit-learn's rule, its observers."""

from time import perf_counter

import numpy as np
import pytest
from allocation import peak_of
from numpy.random import RandomState
from pairwise import pairwise
from sklearn.neural_network import MLPRegressor
from sklearn.utils import shuffle

from skfcn.activations import ACTIVATIONS, SELU, ReLU, Tanh
from skfcn.engine import Activate, Dense, Dropout, Network, Scale, mlp_layers
from skfcn.losses import LOSSES, BinaryBrierLoss, BinaryLogLoss, BrierLoss, LogLoss, SquaredError
from skfcn.normalization import NORMALIZATIONS
from skfcn.optimizers import OPTIMIZERS, SGD, Adam, Optimizer
from skfcn.schedules import SCHEDULES, Adaptive, Constant, InverseScaling, Progress
from skfcn.training import (
    Batches,
    MovingAverage,
    Objective,
    Observer,
    Outcome,
    TrainState,
    Update,
    first_moments,
    run_epoch,
    train,
)

RATE = 0.05


class Recorder(Observer):
    """Notes all that it is told; ends training after `last_epoch`, or interrupts it."""

    def __init__(self, last_epoch=None, interrupt_at_step=None, theta=None):
        self.last_epoch = last_epoch
        self.interrupt_at_step = interrupt_at_step
        self.theta = theta
        self.losses, self.X, self.y, self.epochs, self.rates, self.thetas = ([] for _ in range(6))

    def on_step(self, loss, X, y):
        self.losses.append(loss)
        self.X.append(X.copy())
        self.y.append(y.copy())
        if self.theta is not None:
            self.thetas.append(self.theta.copy())
        if len(self.losses) == self.interrupt_at_step:
            raise KeyboardInterrupt
        return False

    def on_epoch(self, epoch, state):
        self.epochs.append(epoch)
        return epoch == self.last_epoch

    def on_plateau(self, learning_rate):
        self.rates.append(learning_rate)
        return False


class Spy(Optimizer):
    """Takes plain steps and notes their rates and numbers."""

    def __init__(self):
        self.rates, self.numbers = [], []

    def step(self, theta, gradient, *, rate, t):
        self.rates.append(rate)
        self.numbers.append(t)
        theta -= rate * gradient


class Problem:
    """Ten samples of a linear model, in batches of four, and how to train it."""

    def __init__(
        self, optimizer=None, weight=None, X=None, batch_size=4, dropout=None, seed=0, alpha=0.0
    ):
        rng = np.random.default_rng(0)
        self.X = rng.standard_normal((10, 3)) if X is None else X
        self.y = rng.standard_normal((10, 2))
        self.weight = weight
        network = Network([*([Dropout(dropout)] if dropout else []), Dense(2)], 3)
        self.theta = network.parameters.vector
        self.objective = Objective(network, SquaredError(), alpha)
        self.batches = Batches(self.X, self.y, weight, np.arange(10), batch_size, np.float64)
        self.optimizer = optimizer or SGD(momentum=0)
        self.state = self.new_state(seed)

    def new_state(self, seed=0):
        moments = first_moments(self.optimizer, self.theta)
        return TrainState(self.optimizer, moments, RandomState(seed))

    def update(self, schedule=None, learning_rate=RATE):
        network, gradient = self.objective.network, self.objective.gradient
        schedule = schedule or Constant()
        return Update(
            network, gradient, self.state.moments, self.optimizer, schedule, learning_rate
        )

    def go_on(self, max_epochs=5, schedule=None, learning_rate=RATE, **changes):
        """Train, and leave the fit as if it were under way."""
        return train(
            self.objective,
            self.batches,
            self.update(schedule, learning_rate),
            self.state,
            max_epochs=max_epochs,
            **{"patience": 10, "tol": 1e-4, "shuffle": False} | changes,
        )

    def train(self, *args, **changes):
        """Train, and note the weights that are kept."""
        outcome = self.go_on(*args, **changes)
        self.kept = self.state.kept_weights(self.theta).copy()
        self.state.end_fit()
        return outcome

    def still(self):
        """The same with targets that it meets already: the loss stays where it is."""
        self.y[...] = 0
        return self


# --- the plateau rule -------------------------------------------------------------------------


LOSS_CURVES = [
    [3, 2, 1, 0.5],
    [1, 1, 1, 1, 1],
    [1, 1.5, 0.5, 0.6, 0.7, 0.4, 0.8],
    [1, 0.95, 0.9, 0.85, 0.8],  # each step is smaller than the tolerance, and still counts
    [1, 0.9, 0.8, 0.7],  # each step is the tolerance, but for rounding
    [-1, -2, -2.05, -3, -2],
    np.random.default_rng(0).standard_normal(200).cumsum().tolist(),
]


@pytest.mark.parametrize("tol", [0, 0.1])
@pytest.mark.parametrize("curve", LOSS_CURVES)
def test_losses_are_counted_as_scikit_learn_counts_them(curve, tol):
    theirs = MLPRegressor(tol=tol)
    theirs.loss_curve_, theirs.best_loss_, theirs._no_improvement_count = [], np.inf, 0
    ours = Problem().state

    for loss in curve:
        theirs.loss_curve_.append(loss)
        theirs._update_no_improvement_count(False, None, None, None)
        ours.take_score(-loss, tol)
        assert ours.n_no_improvement == theirs._no_improvement_count
        assert ours.best == -theirs.best_loss_


@pytest.mark.parametrize("tol", [0, 0.1])
@pytest.mark.parametrize("curve", LOSS_CURVES)
def test_scores_are_counted_as_scikit_learn_counts_them(curve, tol):
    class Scripted(MLPRegressor):
        def _score(self, X, y, sample_weight=None):
            return score

    theirs = Scripted(tol=tol)
    theirs.coefs_, theirs.intercepts_, theirs.validation_scores_ = [], [], []
    theirs.best_validation_score_, theirs._no_improvement_count = -np.inf, 0
    ours = Problem().state

    for score in curve:
        theirs._update_no_improvement_count(True, None, None, None)
        ours.take_score(score, tol)
        assert ours.n_no_improvement == theirs._no_improvement_count
        assert ours.best == theirs.best_validation_score_


def test_a_rise_below_the_tolerance_counts_as_none_but_is_remembered():
    state = Problem().state

    state.take_score(1.0, tol=0.5)
    state.take_score(1.25, tol=0.5)

    assert (state.best, state.n_no_improvement) == (1.25, 1)


def test_a_rise_by_the_tolerance_is_an_improvement():
    state = Problem().state
    state.best, state.n_no_improvement = 1.0, 3

    state.take_score(1.5, tol=0.5)

    assert (state.best, state.n_no_improvement) == (1.5, 0)


# --- one epoch after the other ----------------------------------------------------------------


def gradient_descent_by_hand(problem, n_epochs, rate=RATE, order=None):
    """Plain loops over batches of four; returns the parameters and the loss of each step.

    The loss is the one that is reported: averaged over the two outputs, as scikit-learn's.
    """
    W, b, losses = np.zeros((3, 2)), np.zeros(2), []
    order = np.arange(10) if order is None else order
    for _ in range(n_epochs):
        for rows in (order[:4], order[4:8], order[8:]):
            X, y = problem.X[rows], problem.y[rows]
            w = np.ones(len(rows)) if problem.weight is None else problem.weight[rows]
            if not w.any():
                continue
            error = X @ W + b - y
            alpha = problem.objective.alpha / w.sum()
            losses.append((w * (error**2).mean(axis=1)).sum() / 2 / w.sum())
            losses[-1] += alpha / 2 * (W**2).sum()
            dZ = error * w[:, np.newaxis] / w.sum()
            W, b = W - rate * (X.T @ dZ + alpha * W), b - rate * dZ.sum(axis=0)
    return np.concatenate([W.ravel(), b]), losses


@pytest.mark.parametrize("alpha", [0.0, 0.7])
@pytest.mark.parametrize("weighted", [False, True])
def test_training_equals_gradient_descent_by_hand(weighted, alpha):
    weight = np.random.default_rng(1).uniform(0, 2, 10) if weighted else None
    problem, recorder = Problem(weight=weight, alpha=alpha), Recorder()

    outcome = problem.train(max_epochs=3, observers=[recorder])

    theta, losses = gradient_descent_by_hand(problem, 3)
    assert outcome is Outcome.MAX_EPOCHS
    np.testing.assert_allclose(problem.theta, theta, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(recorder.losses, losses, rtol=1e-13)


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples():
    problem = Problem()

    problem.train(max_epochs=3)

    _, losses = gradient_descent_by_hand(problem, 3)
    means = np.average(np.reshape(losses, (3, 3)), axis=1, weights=[4, 4, 2])
    np.testing.assert_allclose(problem.state.loss_curve, means, rtol=1e-13)


def test_observers_see_the_batch_and_its_loss_before_the_step():
    problem = Problem(batch_size=10)
    recorder, second = Recorder(), Recorder()
    start = 0.5 * (problem.y**2).mean()  # all weights are zero

    problem.train(max_epochs=1, observers=[recorder, second])

    assert recorder.losses == second.losses
    assert recorder.losses == [pytest.approx(start, rel=1e-14)]
    np.testing.assert_array_equal(recorder.X[0], problem.X)
    np.testing.assert_array_equal(recorder.y[0], problem.y)


def test_without_shuffling_the_rows_stay_in_order():
    problem, recorder = Problem(), Recorder()

    problem.train(max_epochs=2, observers=[recorder])

    np.testing.assert_array_equal(np.vstack(recorder.X), np.vstack([problem.X] * 2))


def test_rows_are_shuffled_before_each_epoch_as_scikit_learn_does():
    problem, recorder = Problem(seed=5), Recorder()

    problem.train(max_epochs=3, shuffle=True, observers=[recorder])

    rng, order, expected = RandomState(5), np.arange(10), []
    for _ in range(3):
        order = shuffle(order, random_state=rng)
        expected.append(problem.X[order])
    np.testing.assert_array_equal(np.vstack(recorder.X), np.vstack(expected))


def test_progress_counts_epochs_steps_and_samples():
    problem = Problem()

    problem.train(max_epochs=3)

    assert problem.state.progress == Progress(epoch=3, step=9, samples=30, plateaus=0)


def test_a_second_call_goes_on_where_the_first_stopped():
    whole, parts = Problem(Adam()), Problem(Adam())

    whole.train(max_epochs=5, schedule=InverseScaling(), shuffle=True)
    for n_epochs in (2, 3):
        parts.train(max_epochs=n_epochs, schedule=InverseScaling(), shuffle=True)

    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert parts.state.progress == whole.state.progress
    assert parts.state.loss_curve == whole.state.loss_curve
    assert parts.state.best == whole.state.best
    assert parts.state.n_no_improvement == whole.state.n_no_improvement


def test_observers_count_the_epochs_of_this_call():
    problem, recorder = Problem(), Recorder()
    problem.train(max_epochs=2)

    problem.train(max_epochs=3, observers=[recorder])

    assert recorder.epochs == [1, 2, 3]


def test_the_schedule_sets_the_rate_of_each_epoch():
    problem = Problem(Spy())

    problem.train(max_epochs=3, schedule=InverseScaling(power=0.5))

    expected = np.repeat([RATE, RATE / np.sqrt(11), RATE / np.sqrt(21)], 3)
    np.testing.assert_allclose(problem.optimizer.rates, expected, rtol=1e-15)


def test_no_epochs_change_nothing():
    problem = Problem()

    assert problem.train(max_epochs=0) is Outcome.MAX_EPOCHS

    assert not problem.theta.any()
    before = vars(problem.new_state())
    after = vars(problem.state)
    changed = {name for name in before if repr(after[name]) != repr(before[name])}
    assert changed <= {"rng"}  # whose address is another
    np.testing.assert_array_equal(after["rng"].get_state()[1], before["rng"].get_state()[1])


@pytest.mark.parametrize("zero", [slice(0, 4), slice(4, 8), slice(8, 10)])
def test_a_batch_of_zero_weights_is_skipped(zero):
    weight = np.random.default_rng(1).uniform(0.5, 2, 10)
    weight[zero] = 0
    problem, recorder = Problem(weight=weight), Recorder()

    problem.train(max_epochs=2, observers=[recorder])

    theta, losses = gradient_descent_by_hand(problem, 2)
    np.testing.assert_allclose(problem.theta, theta, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(recorder.losses, losses, rtol=1e-13)
    assert problem.state.progress == Progress(epoch=2, step=4, samples=20)


def test_a_skipped_batch_does_not_move_the_optimizer():
    weight = np.ones(10)
    weight[4:8] = 0
    problem = Problem(Spy(), weight=weight)

    problem.train(max_epochs=2)

    assert problem.optimizer.numbers == [1, 2, 3, 4]


def test_what_is_known_of_each_epoch_is_recorded():
    problem, scores = Problem(), [0.25, 0.5]
    start = perf_counter()
    problem.train(max_epochs=2, validate=Scores(problem.theta, scores))
    elapsed = perf_counter() - start

    records = problem.state.records
    assert set(records) == {"learning_rate", "gradient_norm", "validation_score", "seconds"}
    assert records["learning_rate"] == [RATE, RATE]
    assert records["validation_score"] == scores
    assert records["gradient_norm"][1] == np.linalg.norm(problem.objective.gradient.vector)
    assert min(records["seconds"]) > 0
    assert sum(records["seconds"]) <= elapsed


def test_the_random_numbers_of_dropout_are_those_that_are_passed():
    thetas = []
    for seed in (0, 0, 1):
        problem = Problem(dropout=0.5)
        problem.state.extra_rng = np.random.default_rng(seed)
        problem.train()
        thetas.append(problem.theta)

    np.testing.assert_array_equal(thetas[0], thetas[1])
    assert (thetas[0] != thetas[2]).all()


def averages_by_hand(n_epochs, decay):
    """The average of the weights after each epoch of three steps."""
    problem = Problem()
    problem.train(max_epochs=n_epochs, observers=[recorder := Recorder(theta=problem.theta)])
    average, averages = MovingAverage(np.zeros_like(problem.theta), decay), []
    for theta in recorder.thetas:
        average.update(theta)
        averages.append(average.vector.copy())
    return averages[2::3]


def test_the_average_is_what_is_noted_as_the_best():
    problem = Problem()
    problem.state.average = MovingAverage(problem.theta, 0.5)
    validate = Scores(problem.state.average.vector, [0.1, 0.3, 0.2])

    problem.train(max_epochs=3, validate=validate)

    expected = averages_by_hand(3, 0.5)
    np.testing.assert_array_equal(validate.thetas, expected)
    np.testing.assert_array_equal(problem.kept, expected[1])  # it scored best


@pytest.mark.parametrize("calls", [[3], [1, 2]])
def test_the_average_is_kept_and_descent_goes_on_without_it(calls):
    problem = Problem()
    problem.state.average = MovingAverage(problem.theta, 0.5)

    for n_epochs in calls:
        problem.train(max_epochs=n_epochs)

    np.testing.assert_array_equal(problem.kept, averages_by_hand(3, 0.5)[-1])
    theta, _ = gradient_descent_by_hand(problem, 3)
    np.testing.assert_allclose(problem.theta, theta, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("averaged", [False, True])
def test_the_weights_that_are_trained_are_the_same_vector_all_along(averaged):
    class Watch(Observer):
        """Looks after each step whether anything but the step has changed the weights."""

        last = np.zeros(8)

        def on_step(self, loss, X, y):
            np.testing.assert_allclose(
                problem.theta, self.last - RATE * problem.objective.gradient.vector, rtol=1e-13
            )
            self.last = problem.theta.copy()
            return False

        def look(self, *arguments):
            np.testing.assert_array_equal(problem.theta, self.last)
            return False

        on_epoch = on_pause = look

    def validate():
        watch.look()
        return {"validation_score": next(scores)}

    problem, watch, scores = Problem(), Watch(), iter([0.1, 0.9, 0.5])
    vector = problem.objective.network.parameters.vector
    if averaged:
        problem.state.average = MovingAverage(problem.theta, 0.5)

    problem.go_on(max_epochs=3, validate=validate, observers=[watch])

    watch.look()
    assert problem.objective.network.parameters.vector is vector
    for other in (
        problem.state.best_theta,
        problem.state.average and problem.state.average.vector,
    ):
        assert other is None or not np.shares_memory(other, vector)
    assert (problem.state.best_theta != vector).any()


def test_one_epoch_alone():
    problem = Problem()
    workspace = problem.objective.network.workspace(4)

    stop = run_epoch(
        problem.objective, problem.batches, workspace, problem.update(), problem.state
    )

    theta, losses = gradient_descent_by_hand(problem, 1)
    assert stop is False
    assert problem.state.n_rows == 10
    assert problem.state.rows_loss / 10 == pytest.approx(
        np.average(losses, weights=[4, 4, 2]), rel=1e-13
    )
    np.testing.assert_allclose(problem.theta, theta, rtol=1e-13, atol=1e-15)
    assert problem.state.loss_curve == []


def test_an_epoch_under_way_goes_on_with_the_rows_that_are_left():
    problem, recorder = Problem(), Recorder()
    workspace = problem.objective.network.workspace(4)
    problem.state.n_rows = 4

    run_epoch(
        problem.objective, problem.batches, workspace, problem.update(), problem.state, [recorder]
    )

    assert problem.state.n_rows == 10
    np.testing.assert_array_equal(np.vstack(recorder.X), problem.X[4:])


# --- stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [0, 2, 5])
def test_training_converges_when_patience_is_exceeded(patience):
    problem, recorder = Problem().still(), Recorder()

    outcome = problem.train(max_epochs=50, patience=patience, observers=[recorder])

    # The first epoch is an improvement, and then more than `patience` are none.
    assert outcome is Outcome.CONVERGED
    assert problem.state.loss_curve == [0] * (patience + 2)
    assert recorder.epochs == list(range(1, patience + 3))
    assert recorder.rates == [None]


def test_training_ends_after_all_epochs():
    problem, recorder = Problem(), Recorder()

    assert problem.train(max_epochs=4, observers=[recorder]) is Outcome.MAX_EPOCHS
    assert len(problem.state.loss_curve) == 4
    assert recorder.rates == []


def test_infinite_patience_never_converges():
    problem = Problem().still()

    assert problem.train(max_epochs=30, patience=np.inf) is Outcome.MAX_EPOCHS


def test_an_observer_may_end_training():
    problem = Problem()
    first, second = Recorder(last_epoch=2), Recorder()

    assert problem.train(max_epochs=9, observers=[first, second]) is Outcome.STOPPED

    assert first.epochs == second.epochs == [1, 2]  # the other one is told as well
    np.testing.assert_allclose(
        problem.theta, gradient_descent_by_hand(problem, 2)[0], rtol=1e-13, atol=1e-15
    )


def test_an_interrupt_keeps_the_weights():
    problem = Problem()
    recorder = Recorder(interrupt_at_step=5, theta=problem.theta)

    assert problem.train(max_epochs=9, observers=[recorder]) is Outcome.INTERRUPTED

    assert problem.theta.any()
    np.testing.assert_array_equal(problem.theta, recorder.thetas[4])
    assert len(problem.state.loss_curve) == 1


def test_an_interrupt_before_the_first_score_keeps_the_weights():
    problem = Problem()
    recorder = Recorder(interrupt_at_step=2, theta=problem.theta)

    problem.train(validate=Scores(problem.theta, []), observers=[recorder])

    np.testing.assert_array_equal(problem.kept, recorder.thetas[1])
    assert problem.theta.any()


def test_an_epoch_whose_validation_is_interrupted_counts_as_none():
    def interrupt():
        raise KeyboardInterrupt

    problem = Problem()
    problem.train(max_epochs=2)
    problem.state.n_iter = 1  # as if a fit had been cut off after the second of these epochs
    problem.state.order = np.arange(10)

    outcome = problem.train(max_epochs=3, validate=interrupt)

    assert outcome is Outcome.INTERRUPTED
    assert len(problem.state.loss_curve) == 2
    assert problem.state.n_iter == 1


class Pauses(Observer):
    """Notes at each pause how many rows are done, and in which order."""

    def __init__(self):
        self.states, self.rows, self.orders = [], [], []

    def on_epoch(self, epoch, state):
        self.states.append(state)
        return False

    def on_pause(self, state):
        self.states.append(state)
        self.rows.append(state.n_rows)
        self.orders.append(state.order.copy())
        return False


@pytest.mark.parametrize(
    ("end", "rows"),
    [
        ({}, [4, 8, 0, 4, 8, 0]),
        ({"last_epoch": 1}, [4, 8]),  # it ends: that is for whoever called
        ({"interrupt_at_step": 5}, [4, 8, 0, 4]),  # within a step
    ],
    ids=str,
)
def test_training_pauses_between_steps_and_between_epochs(end, rows):
    problem, pauses = Problem(), Pauses()

    problem.go_on(max_epochs=2, shuffle=True, observers=[pauses, Recorder(**end)])

    assert pauses.rows == rows
    assert all(state is problem.state for state in pauses.states)
    order = shuffle(np.arange(10), random_state=RandomState(0))
    np.testing.assert_array_equal(pauses.orders[0], order)
    np.testing.assert_array_equal(problem.state.order, problem.batches.order)


class EndAt(Observer):
    """Ends training by the n-th answer of one hook."""

    def __init__(self, hook, n=1):
        self.n, self.told = n, 0
        setattr(self, hook, self.answer)

    def answer(self, *arguments):
        self.told += 1
        return self.told == self.n


HOOKS = [  # a hook, whose n-th answer ends training, and what is done by then: epochs, rows, steps
    ("on_step", 1, 0, 4, 1),
    ("on_step", 2, 0, 8, 2),
    ("on_step", 3, 1, 0, 3),  # the last one of an epoch
    ("on_step", 5, 1, 8, 5),
    ("on_pause", 1, 0, 4, 1),
    ("on_pause", 2, 0, 8, 2),
    ("on_pause", 3, 1, 0, 3),
    ("on_pause", 4, 1, 4, 4),
    ("on_epoch", 1, 1, 0, 3),
    ("on_epoch", 2, 2, 0, 6),
]


@pytest.mark.parametrize(("hook", "n", "n_epochs", "n_rows", "n_steps"), HOOKS)
@pytest.mark.parametrize("first", [False, True])
def test_any_hook_ends_training_by_true(hook, n, n_epochs, n_rows, n_steps, first):
    problem, end, recorder = Problem(), EndAt(hook, n), Recorder()
    others = [EndAt(hook, 0), recorder]  # are told, and end nothing
    end_here = [end, *others] if first else [*others, end]

    outcome = problem.go_on(max_epochs=5, observers=end_here)

    assert outcome is Outcome.STOPPED
    assert end.told == others[0].told == n
    state = problem.state
    assert (state.n_iter, state.n_rows, state.progress.step) == (n_epochs, n_rows, n_steps)
    assert len(state.loss_curve) == n_epochs
    assert len(recorder.losses) == n_steps
    assert recorder.epochs == list(range(1, n_epochs + 1))  # an epoch that is whole is reported


@pytest.mark.parametrize(("hook", "n"), [case[:2] for case in HOOKS])
def test_a_fit_that_a_hook_has_ended_goes_on_as_if_it_had_not_been(hook, n):
    whole, parts = Problem(Adam()), Problem(Adam())

    whole.go_on(max_epochs=3, shuffle=True)
    parts.go_on(max_epochs=3, shuffle=True, observers=[EndAt(hook, n)])
    assert (parts.theta != whole.theta).any()
    parts.go_on(max_epochs=3, shuffle=True)

    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert parts.state.loss_curve == whole.state.loss_curve
    assert parts.state.progress == whole.state.progress


def test_the_answer_to_a_plateau_ends_training():
    schedule = Adaptive(divisor=2, min_rate=RATE / 100)
    problem, end, recorder = Problem().still(), EndAt("on_plateau"), Recorder()

    outcome = problem.go_on(100, schedule, patience=1, observers=[end, recorder])

    assert outcome is Outcome.STOPPED
    assert recorder.rates == [RATE / 2]
    assert len(problem.state.loss_curve) == 3


def test_a_plateau_does_not_undo_the_answer_to_its_epoch():
    problem, end = Problem().still(), EndAt("on_epoch", 3)

    outcome = problem.go_on(100, Adaptive(), patience=1, observers=[end])

    assert outcome is Outcome.STOPPED
    assert problem.state.progress.plateaus == 1  # after the epoch that ended it
    assert problem.state.n_iter == 3


def test_the_answer_to_the_last_plateau_changes_nothing():
    problem = Problem().still()

    outcome = problem.go_on(100, patience=1, observers=[EndAt("on_plateau")])

    assert outcome is Outcome.CONVERGED


def test_no_hook_but_that_of_lbfgs_is_left_out():
    class Everything(Observer):
        def __init__(self):
            self.told = set()
            for name in vars(Observer):
                if name.startswith("on_"):
                    setattr(self, name, lambda *arguments, name=name: self.told.add(name))

    problem, everything = Problem().still(), Everything()

    problem.go_on(50, patience=1, observers=[everything])

    assert everything.told == {"on_epoch_begin", "on_step", "on_epoch", "on_plateau", "on_pause"}


def test_other_errors_of_an_observer_come_out():
    class Broken(Observer):
        def on_epoch(self, epoch, state):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        Problem().train(observers=[Broken()])


def test_an_observer_need_not_do_anything():
    problem = Problem().still()

    outcome = problem.train(max_epochs=50, patience=1, observers=[Observer()])

    assert outcome is Outcome.CONVERGED


# --- the adaptive schedule --------------------------------------------------------------------


def test_adaptive_divides_at_each_plateau_and_goes_on_down_to_its_least_rate():
    problem, recorder = Problem(Spy()).still(), Recorder()

    outcome = problem.train(
        max_epochs=100,
        schedule=Adaptive(divisor=2, min_rate=RATE / 4),
        patience=1,
        observers=[recorder],
    )

    # One epoch more at first, because the first one is an improvement.
    assert outcome is Outcome.CONVERGED
    assert recorder.rates == [RATE / 2, RATE / 4, None]
    expected = np.repeat([RATE, RATE / 2, RATE / 4], [9, 6, 6])
    np.testing.assert_array_equal(problem.optimizer.rates, expected)
    assert problem.state.progress.plateaus == 2


def test_adaptive_plateaus_stay_counted_from_call_to_call():
    problem = Problem(Spy()).still()
    problem.train(max_epochs=3, schedule=Adaptive(divisor=2), patience=1)

    problem.train(max_epochs=1, schedule=Adaptive(divisor=2), patience=1)

    assert problem.optimizer.rates[-1] == RATE / 2


# --- validation -------------------------------------------------------------------------------


class Scores:
    """Scores from a list, with a copy of the weights that they were asked for."""

    def __init__(self, theta, scores):
        self.theta, self.scores, self.thetas = theta, iter(scores), []

    def __call__(self):
        self.thetas.append(self.theta.copy())
        return {"validation_score": next(self.scores)}


def test_the_weights_that_scored_best_are_kept():
    problem = Problem()
    scores = [0.1, 0.9, 0.5, 0.9, 0.8]
    validate = Scores(problem.theta, scores)

    outcome = problem.train(max_epochs=5, validate=validate)

    assert outcome is Outcome.MAX_EPOCHS
    assert problem.state.validation_scores == scores
    assert problem.state.best == 0.9
    np.testing.assert_array_equal(problem.kept, validate.thetas[1])  # the first of equals
    np.testing.assert_array_equal(problem.theta, validate.thetas[4])  # where training stands
    assert (problem.kept != validate.thetas[4]).all()


def test_the_score_decides_and_not_the_loss():
    problem = Problem()  # the loss falls all the time
    validate = Scores(problem.theta, [0.5] * 50)

    assert problem.train(max_epochs=50, patience=2, validate=validate) is Outcome.CONVERGED

    assert len(problem.state.loss_curve) == 4
    np.testing.assert_array_equal(problem.kept, validate.thetas[0])


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ({"last_epoch": 3}, Outcome.STOPPED),
        ({"interrupt_at_step": 10}, Outcome.INTERRUPTED),
    ],
)
def test_the_best_weights_are_kept_however_training_ends(end, outcome):
    problem = Problem()
    validate = Scores(problem.theta, [0.1, 0.9, 0.5, 0.4])

    assert problem.train(validate=validate, observers=[Recorder(**end)]) is outcome

    np.testing.assert_array_equal(problem.kept, validate.thetas[1])


def test_a_second_call_compares_with_the_best_of_the_first():
    problem = Problem()
    problem.train(max_epochs=2, validate=Scores(problem.theta, [0.9, 0.1]))
    problem.theta[...] = best = problem.kept  # what predicts is what a fit goes on from

    problem.train(max_epochs=2, validate=Scores(problem.theta, [0.5, 0.6]))

    np.testing.assert_array_equal(problem.kept, best)


def test_without_validation_the_last_weights_stay():
    problem = Problem()

    problem.train(max_epochs=3, learning_rate=0.7)  # a rate at which the loss may rise

    theta, _ = gradient_descent_by_hand(problem, 3, rate=0.7)
    np.testing.assert_allclose(problem.kept, theta, rtol=1e-12)
    assert problem.state.validation_scores == []


# --- divergence -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_divergence_names_epoch_and_rate_and_warns_of_nothing(name):
    problem = Problem(OPTIMIZERS[name]())
    message = r"It happened at step \d+ of epoch \d+, learning rate 1e\+200;"

    with pytest.raises(ValueError, match=message):
        problem.train(max_epochs=50, learning_rate=1e200)


def test_divergence_of_a_classifier_warns_of_nothing():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((10, 3)), np.eye(3)[rng.integers(0, 3, 10)]
    network = Network(mlp_layers((5, 3), [Tanh()]), 3, np.float32)
    network.parameters.vector[...] = 1
    objective, optimizer = Objective(network, LogLoss(), alpha=1.0), SGD()
    moments = first_moments(optimizer, network.parameters.vector)

    with pytest.raises(ValueError, match=r"of epoch 1, learning rate 1e\+38"):
        train(
            objective,
            Batches(X, y, None, np.arange(10), 2, np.float32),
            Update(network, objective.gradient, moments, optimizer, Constant(), 1e38),
            TrainState(optimizer, moments, RandomState(0)),
            max_epochs=1,
            patience=10,
            tol=1e-4,
            shuffle=False,
        )


def test_divergence_names_the_epoch_of_this_call_and_the_scheduled_rate():
    problem = Problem()
    problem.train(max_epochs=2)

    problem.theta[...] = np.inf
    expected = f"{RATE / np.sqrt(21):g}"
    with pytest.raises(
        ValueError, match=f"at step 1 of epoch 1, learning rate {expected}; the loss"
    ):
        problem.train(schedule=InverseScaling())


class Losing(Observer):
    """Loses the weights where none looks for it: the last step of an epoch does."""

    def __init__(self, theta, hook, end):
        self.theta, self.end = theta, end
        setattr(self, hook, self.lose)

    def lose(self, *arguments):
        self.theta[0] = np.nan
        if self.end == "an interrupt":
            raise KeyboardInterrupt
        return True


@pytest.mark.parametrize("end", ["an interrupt", "True"])
@pytest.mark.parametrize("hook", ["on_step", "on_pause", "on_epoch"])
def test_weights_that_were_lost_before_an_interrupt_are_noticed(hook, end):
    problem = Problem()
    message = (
        r"^Solver produced .* It happened before the interruption; the loss is nan\. "
        r"Likely causes, the likeliest first: \(1\) a component of your own returned"
    )
    with pytest.raises(ValueError, match=message):
        problem.train(observers=[Losing(problem.theta, hook, end)])


def test_weights_that_were_lost_in_the_last_step_are_noticed_if_no_other_batch_has_a_weight():
    weight = np.ones(10)
    weight[4:] = 0
    problem = Problem(weight=weight)
    problem.y[:4] = 1e100  # the loss is finite, and so is the gradient

    with pytest.raises(ValueError, match="happened before the end; the loss is nan"):
        problem.train(max_epochs=1, learning_rate=1e300)


@pytest.mark.parametrize("end", ["an interrupt", "True"])
def test_the_best_weights_are_kept_where_the_last_ones_are_lost(end):
    problem = Problem()
    validate = Scores(problem.theta, [0.9])

    problem.train(validate=validate, observers=[Losing(problem.theta, "on_epoch", end)])

    np.testing.assert_array_equal(problem.kept, validate.thetas[0])
    assert np.isfinite(problem.kept).all()


def test_data_that_are_not_finite_are_noticed():
    X = np.ones((10, 3))
    X[7, 1] = np.nan

    with pytest.raises(
        ValueError, match=r"at step 2 of epoch 1, .* the loss is nan.*augmentation"
    ):
        Problem(X=X).train()


# --- memory -----------------------------------------------------------------------------------


STEPS = {
    **{f"loss {name}": {"loss": make()} for name, make in LOSSES.items()},
    "loss binary log_loss": {"loss": BinaryLogLoss()},
    "loss brier": {"loss": BrierLoss()},
    "loss binary brier": {"loss": BinaryBrierLoss()},
    "loss smoothed": {"loss": LogLoss(label_smoothing=0.1)},
    **{f"activation {name}": {"activation": make()} for name, make in ACTIVATIONS.items()},
    **{f"solver {name}": {"optimizer": make()} for name, make in OPTIMIZERS.items()},
    **{f"schedule {name}": {"schedule": make()} for name, make in SCHEDULES.items()},
    **{f"normalization {name}": {"kind": make()} for name, make in NORMALIZATIONS.items()},
    "dropout": {"dropout": {0: 0.2, 1: 0.5, 2: 0.5}},
    "alpha dropout": {"activation": SELU(), "dropout": {1: 0.2, 2: 0.2}},
    "l1": {"l1_ratio": 0.5},
    "bounded": {"max_grad_norm": 1.0, "max_norm": 1.0},
    "averaged": {"average": 0.9},
    "two rates": {"layers": [Scale(lr=0.1), Dense(48), Activate(ReLU()), Dense(3)]},
}


GRID = {
    "step": STEPS,
    "dtype": [np.float32, np.float64],
    "bytes_": [False, True],
    "weighted": [False, True],
}


@pytest.mark.usefixtures("small_iterator_buffers")
@pytest.mark.parametrize(tuple(GRID), pairwise(**GRID))
def test_a_step_allocates_no_array(step, dtype, bytes_, weighted):
    # A number for each row, even of one byte, takes 8 KB; one for each parameter 9 KB.
    batch_size, n_samples = 8192, 8192 + 100
    parts = STEPS[step]
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (n_samples, 20)).astype(np.uint8 if bytes_ else dtype)
    y = np.eye(3, dtype=bool)[rng.integers(0, 3, n_samples)]
    weight = rng.random(n_samples).astype(dtype) if weighted else None
    kind = parts.get("kind")
    normalization = {0: kind, 1: kind} if kind else {}
    activations = [parts.get("activation", ReLU())] * 2
    layers = mlp_layers((48, 24, 3), activations, normalization, parts.get("dropout"))
    network = Network(parts.get("layers", layers), 20, dtype)
    network.initialize(RandomState(0))
    theta = network.parameters.vector
    network.parameters.weights[...] = rng.normal(0, 0.1, len(network.parameters.weights))
    objective = Objective(network, parts.get("loss", LogLoss()), 1e-3, parts.get("l1_ratio", 0.0))
    workspace = network.workspace(batch_size, rng)
    batches = Batches(X, y, weight, np.arange(n_samples), batch_size, dtype)
    optimizer, schedule = parts.get("optimizer", Adam()), parts.get("schedule", Constant())
    bounds = (parts.get("max_grad_norm"), parts.get("max_norm"))
    moments = first_moments(optimizer, network.parameters.trainable)
    update = Update(network, objective.gradient, moments, optimizer, schedule, 1e-3, *bounds)
    state = TrainState(optimizer, moments, RandomState(0))
    if "average" in parts:
        state.average = MovingAverage(theta, parts["average"])

    def epoch():
        state.n_rows = 0
        run_epoch(objective, batches, workspace, update, state)

    assert peak_of(epoch) < 7000  # iterators, slices and numbers
    assert np.isfinite(theta).all()
