"""L-BFGS: the closed-form minimum, the loss curve, and how it stops."""

import numpy as np
import pytest
from numpy.random import RandomState
from scipy.optimize import minimize
from sklearn.utils._param_validation import InvalidParameterError

from skfcn._sklearn import resolve
from skfcn.activations import Tanh
from skfcn.engine import Network, chunk_workspace, mlp_layers
from skfcn.losses import LogLoss, SquaredError
from skfcn.optimizers import LBFGS
from skfcn.training import (
    Objective,
    Observer,
    Outcome,
    TrainState,
    first_moments,
    full_batch,
    train_lbfgs,
)

DTYPES = [np.float32, np.float64]
F_TOL = 2.220446049250313e-09  # SciPy's: it stops once a step gains less, relative to max(f, 1)


def over_all(objective, X, y, weight):
    return full_batch(objective, X, y, weight, chunk_workspace(objective.network, len(X)))


def new_state():
    return TrainState(LBFGS(), {}, RandomState(0))


class Stop(Observer):
    def __init__(self, last_epoch=None):
        self.last_epoch, self.epochs = last_epoch, []

    def on_epoch(self, epoch, state):
        self.epochs.append(epoch)
        return epoch == self.last_epoch


class Problem:
    """Half a hundred samples with two targets, and a network that starts at zero."""

    def __init__(self, alpha=0.1, hidden=(), dtype=np.float64, loss=None):
        rng = np.random.default_rng(0)
        self.X = rng.standard_normal((50, 4)).astype(dtype)
        self.y = (self.X[:, :2] + rng.standard_normal((50, 2))).astype(dtype)
        self.weight = rng.uniform(0.1, 3, 50).astype(dtype)
        network = Network(mlp_layers((*hidden, 2), [Tanh() for _ in hidden]), 4, dtype)
        self.parameters = network.parameters
        self.theta = self.parameters.vector
        if hidden:
            self.theta[...] = rng.standard_normal(len(self.theta))
        self.objective = Objective(network, loss or SquaredError(), alpha)
        self.state = new_state()

    def train(self, weight=None, max_iter=1000, tol=1e-9, solver=None, observers=()):
        return train_lbfgs(
            self.objective,
            solver or LBFGS(),
            self.X,
            self.y,
            weight,
            self.state,
            max_iter=max_iter,
            tol=tol,
            observers=observers,
        )


def ridge(X, y, weight, alpha):
    """Weights and biases that minimise Σ w |X W + b - y|² + alpha |W|²."""
    x_mean, y_mean = (np.average(a, axis=0, weights=weight) for a in (X, y))
    X, y = X - x_mean, y - y_mean
    gram = (X.T * weight) @ X + alpha * np.eye(X.shape[1])
    W = np.linalg.solve(gram, (X.T * weight) @ y)
    return W, y_mean - x_mean @ W


@pytest.mark.parametrize("alpha", [0.1, 20.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("chunk", [7, 2048])
def test_a_linear_model_reaches_the_ridge_solution(monkeypatch, chunk, weighted, alpha):
    monkeypatch.setattr("skfcn.engine.evaluate._CHUNK", chunk)
    problem = Problem(alpha)
    weight = problem.weight if weighted else np.ones(50)

    first = problem.train(weight if weighted else None)
    for _ in range(5):  # each stops once a step gains little, and the next goes on from there
        problem.train(weight if weighted else None)

    # A minimum whose value is known to eps is known to the root of eps.
    W, b = ridge(problem.X, problem.y, weight, alpha)
    root = np.sqrt(np.finfo(np.float64).eps)
    np.testing.assert_allclose(problem.parameters.coefs[0], W, rtol=0, atol=root)
    np.testing.assert_allclose(problem.parameters.intercepts[0], b, rtol=0, atol=root)
    minimum = over_all(problem.objective, problem.X, problem.y, weight)
    assert first.success
    assert minimum <= first.fun <= minimum + F_TOL


def test_it_is_scipys_own_run():
    problem = Problem(hidden=(3,))
    reference = Problem(hidden=(3,))

    def value_and_gradient(theta):
        reference.theta[...] = theta
        buffers = reference.objective.network.workspace(50).rows(50)
        value = reference.objective(reference.X, reference.y, None, buffers)
        return value, reference.objective.gradient.vector.copy()

    theirs = minimize(
        value_and_gradient,
        reference.theta.copy(),
        method="L-BFGS-B",
        jac=True,
        options={"gtol": 1e-4, "maxiter": 20, "maxfun": 15_000},
    )
    ours = problem.train(max_iter=20, tol=1e-4)

    assert (ours.nit, ours.nfev, ours.status) == (theirs.nit, theirs.nfev, theirs.status)
    np.testing.assert_array_equal(problem.theta, theirs.x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_the_loss_curve_falls_to_the_value_of_the_result(hidden, dtype):
    problem = Problem(hidden=hidden, dtype=dtype)

    result = problem.train(max_iter=200, tol=1e-4)

    curve = problem.state.loss_curve
    assert len(curve) == result.nit
    assert (np.diff(curve) <= 0).all()
    assert curve[-1] == result.fun
    assert curve[0] > 1.01 * curve[-1]
    assert problem.state.best == -result.fun


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_network_ends_at_the_result(dtype):
    problem = Problem(hidden=(5,), dtype=dtype)

    result = problem.train(problem.weight, max_iter=30)

    np.testing.assert_array_equal(problem.theta, result.x.astype(dtype))
    value = over_all(problem.objective, problem.X, problem.y, problem.weight)
    assert value == pytest.approx(result.fun, rel=4 * float(np.finfo(dtype).eps))
    assert problem.theta.dtype == dtype


def test_the_vector_stays_the_same_memory():
    problem = Problem(hidden=(5,))
    vector = problem.theta

    problem.train(max_iter=3)

    assert problem.objective.network.parameters.vector is vector
    assert np.shares_memory(problem.parameters.coefs[0], vector)


def test_an_observer_may_stop_it():
    problem = Problem(hidden=(5,))
    stop, other = Stop(last_epoch=3), Stop()

    result = problem.train(observers=[stop, other])

    assert stop.epochs == other.epochs == [1, 2, 3]
    assert result.nit == len(problem.state.loss_curve) == 3
    assert problem.state.loss_curve[-1] == result.fun
    np.testing.assert_array_equal(problem.theta, result.x)


def test_observers_see_the_weights_of_the_iteration_and_not_the_last_point_tried():
    problem, values = Problem(hidden=(5,)), []
    twin = Problem(hidden=(5,))

    class Evaluate(Observer):
        def on_epoch(self, epoch, state):
            twin.theta[...] = problem.theta
            values.append(over_all(twin.objective, twin.X, twin.y, None))
            return False

    problem.train(max_iter=100, tol=0, observers=[Evaluate()])

    assert len(values) > 30
    assert problem.state.loss_curve == values


def test_a_failed_line_search_leaves_the_network_at_the_result(monkeypatch):
    def uphill(objective, *data):
        value = full_batch(objective, *data)
        objective.gradient.vector *= -1
        return value

    problem = Problem(hidden=(5,))
    start = problem.theta.copy()
    monkeypatch.setattr("skfcn.training.lbfgs.full_batch", uphill)

    result = problem.train()

    assert not result.success
    assert result.nfev > 1
    np.testing.assert_array_equal(result.x, start)
    np.testing.assert_array_equal(problem.theta, start)
    assert problem.state.loss_curve == [over_all(problem.objective, problem.X, problem.y, None)]


def test_it_remembers_nothing():
    assert first_moments(LBFGS(), np.ones(3)) == {}


class NoteIterations(Observer):
    def __init__(self, theta):
        self.theta, self.thetas = theta, []

    def on_epoch(self, epoch, state):
        self.thetas.append(self.theta.copy())
        return False


@pytest.mark.parametrize("end", ["True", "an interrupt"])
@pytest.mark.parametrize("n", [1, 2, 15])
def test_whoever_ends_it_before_an_evaluation_leaves_the_last_iteration(n, end):
    problem = Problem(hidden=(5,))
    start, iterations, asked = problem.theta.copy(), NoteIterations(problem.theta), []

    class End(Observer):
        def on_evaluation(self):
            asked.append("before")
            if len(asked) == n and end == "an interrupt":
                raise KeyboardInterrupt
            return len(asked) == n

    result = problem.train(tol=0, observers=[iterations, End()])

    assert result is (Outcome.STOPPED if end == "True" else Outcome.INTERRUPTED)
    assert len(asked) == n
    np.testing.assert_array_equal(problem.theta, [start, *iterations.thetas][-1])
    assert problem.state.n_iter == len(problem.state.loss_curve) == len(iterations.thetas)
    assert (problem.state.n_iter > 0) == (n == 15)


def test_every_observer_is_asked_before_an_evaluation_also_if_another_ends_it():
    asked = []

    class End(Observer):
        def on_evaluation(self):
            asked.append(self)
            return len(asked) == 1

    first, second = End(), End()
    Problem(hidden=(5,)).train(observers=[first, second])

    assert asked == [first, second]


def test_whoever_ends_it_at_a_pause_leaves_the_last_iteration():
    problem = Problem(hidden=(5,))
    iterations = NoteIterations(problem.theta)

    class End(Observer):
        def on_pause(self, state):
            return state.n_iter == 3

    result = problem.train(tol=0, observers=[iterations, End()])

    assert result is Outcome.STOPPED
    assert problem.state.n_iter == len(problem.state.loss_curve) == 3
    np.testing.assert_array_equal(problem.theta, iterations.thetas[2])


def test_observers_are_told_of_every_iteration():
    problem, observer = Problem(hidden=(5,)), Stop()

    result = problem.train(max_iter=7, tol=0, observers=[observer])

    assert result.nit == 7
    assert not result.success
    assert observer.epochs == list(range(1, 8))


def test_max_fun_limits_the_evaluations():
    problem = Problem(hidden=(5,))

    result = problem.train(solver=LBFGS(max_fun=5), tol=0)

    # SciPy looks at the number after each iteration, whose line search takes 20 at most.
    assert 5 <= result.nfev <= 5 + 20
    assert not result.success


def test_tol_is_the_gradient_at_which_it_stops():
    problem = Problem()

    result = problem.train(tol=1e-2)

    assert result.success
    over_all(problem.objective, problem.X, problem.y, None)
    assert abs(problem.objective.gradient.vector).max() <= 1e-2


def test_starting_at_the_minimum_leaves_one_loss():
    problem = Problem()
    problem.train()
    theta = problem.theta.copy()
    problem.state = new_state()

    result = problem.train(tol=1e-2)

    assert result.nit == 0
    assert problem.state.loss_curve == [result.fun]
    np.testing.assert_array_equal(problem.theta, theta)


def test_a_second_run_appends_to_the_curve():
    problem = Problem(hidden=(5,))

    problem.train(max_iter=3, tol=0)
    problem.train(max_iter=4, tol=0)

    assert len(problem.state.loss_curve) == 7
    assert (np.diff(problem.state.loss_curve) <= 0).all()


def test_data_and_weights_are_left_alone():
    problem = Problem(hidden=(5,))
    arrays = problem.X, problem.y, problem.weight
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False

    problem.train(problem.weight, max_iter=5)

    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_a_classifier_is_trained_without_a_warning_however_far_the_line_search_goes():
    problem = Problem(alpha=0, hidden=(5,), dtype=np.float32, loss=LogLoss())
    problem.X *= 1e6
    problem.y = np.eye(2, dtype=np.float32)[(problem.X[:, 0] > 0).astype(int)]

    problem.train(max_iter=50)

    assert np.isfinite(problem.state.loss_curve).all()
    assert problem.state.loss_curve[-1] < problem.state.loss_curve[0]


@pytest.mark.parametrize("max_fun", [0, 1.5, None])
def test_a_wrong_max_fun_is_named(max_fun):
    with pytest.raises(InvalidParameterError, match="'max_fun' parameter of LBFGS"):
        resolve(LBFGS(max_fun=max_fun), {})
