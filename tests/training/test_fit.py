"""A fit from its beginning to its end: which weights are trained, and which predict."""

import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

import skfcn
from skfcn import FCNClassifier
from skfcn.callbacks import Callback
from skfcn.training import Observer

X, Y = load_iris(return_X_y=True)
ENDLESS = float("inf")


def classifier(**params):
    common = {"max_iter": 3, "n_iter_no_change": ENDLESS, "random_state": 0, "batch_size": 60}
    return FCNClassifier((5,), **{**common, **params})


class Watch(Callback):
    """Gives an observer to a fit, and the fit to the observer."""

    def __init__(self, watcher):
        self.watcher = watcher

    @contextmanager
    def observer(self, fit):
        self.watcher.fit = fit
        yield self.watcher


def watched(watcher, **params):
    return classifier(**params).set_callbacks(Watch(watcher))


# --- the way to a product ---------------------------------------------------------------------


@pytest.mark.parametrize("params", [{}, {"dropout": 0.5, "early_stopping": True, "average": 0.9}])
def test_nine_frames_lead_from_fit_to_the_matrix_product(monkeypatch, params):
    package, depths = str(Path(skfcn.__file__).parent), []
    stand_in = str(Path(package, "_sklearn", "callbacks.py"))  # for scikit-learn's wrapper

    def count(*args, **kwargs):
        frame, ours = sys._getframe(1), []
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(package) and path != stand_in:
                ours.append(frame.f_code.co_name)
            frame = frame.f_back
        if "run_epoch" in ours:  # else it is one for a prediction
            assert ours[-1] == "fit"
            depths.append(len(ours) + 1)  # the product is one more
        return matmul(*args, **kwargs)

    matmul = skfcn.engine.matmul
    monkeypatch.setattr("skfcn.engine.layers.matmul", count)
    classifier(**params).fit(X, Y)

    assert len(depths) >= 3 * 3 * 2
    assert max(depths) <= 9


# --- how it ends ------------------------------------------------------------------------------


class EndAt(Observer):
    """Ends training by the n-th answer of one hook, and notes the end."""

    def __init__(self, hook=None, n=0, error=None):
        self.n, self.error, self.told, self.ends = n, error, 0, []
        if hook:
            setattr(self, hook, self.answer)

    def answer(self, *arguments):
        self.told += 1
        if self.told == self.n and self.error:
            raise self.error
        return self.told == self.n

    def on_end(self, state):
        self.ends.append((state.finished, state.order is not None, state.n_rows))


@pytest.mark.parametrize(
    ("hook", "n", "n_epochs", "n_rows"),
    [
        ("on_step", 1, 0, 60),
        ("on_step", 3, 1, 0),
        ("on_step", 5, 1, 120),
        ("on_pause", 2, 0, 120),
        ("on_pause", 3, 1, 0),
        ("on_epoch", 2, 2, 0),
    ],
)
def test_a_fit_that_an_observer_ends_says_so_once_and_warns_of_nothing(hook, n, n_epochs, n_rows):
    end = EndAt(hook, n)

    fitted = watched(end, max_iter=9).fit(X, Y)

    assert fitted.n_iter_ == len(fitted.loss_curve_) == n_epochs
    assert end.told == n
    assert end.ends == [(False, True, n_rows)]  # it could go on
    assert fitted.predict(X).shape == (150,)
    state = fitted._fitted.state
    assert (state.finished, state.order, state.n_rows) == (False, None, 0)


def test_a_fit_that_comes_to_its_end_says_so_once():
    end = EndAt()

    state = watched(end).fit(X, Y)._fitted.state

    assert end.ends == [(True, False, 0)]
    assert state.finished


def test_a_plateau_ends_a_fit_by_the_answer_of_an_observer():
    end = EndAt("on_plateau", 1)
    params = {"learning_rate": "adaptive", "n_iter_no_change": 1, "tol": 1e9, "max_iter": 50}

    fitted = watched(end, solver="sgd", **params).fit(X, Y)

    assert fitted.n_iter_ == 3
    assert end.ends == [(False, True, 0)]


def test_an_interrupt_in_the_middle_of_a_step_is_no_place_to_go_on_from():
    end = EndAt("on_step", 5, KeyboardInterrupt())

    with pytest.warns(UserWarning, match="interrupted by user"):
        fitted = watched(end).fit(X, Y)

    assert fitted.n_iter_ == 1
    assert end.ends == []
    assert not fitted._fitted.state.finished


@pytest.mark.parametrize(("hook", "n"), [("on_evaluation", 20), ("on_pause", 5)])
def test_lbfgs_is_ended_by_an_observer_without_a_warning(hook, n):
    end = EndAt(hook, n)

    fitted = watched(end, solver="lbfgs", max_iter=1000).fit(X, Y)

    assert end.told == n
    assert 0 < fitted.n_iter_ == len(fitted.loss_curve_) <= n
    assert end.ends == [(False, False, 0)]


def test_lbfgs_is_interrupted_with_a_warning():
    end = EndAt("on_evaluation", 20, KeyboardInterrupt())

    with pytest.warns(UserWarning, match="interrupted by user"):
        fitted = watched(end, solver="lbfgs", max_iter=1000).fit(X, Y)

    assert 0 < fitted.n_iter_ == len(fitted.loss_curve_)
    assert end.ends == []


# --- weights that are trained, and weights that predict ---------------------------------------


class Vectors(Observer):
    """Holds the trained vector against what its last step left."""

    last = None

    def on_step(self, loss, X, y):
        self.last = self.fit.theta.copy()
        return False

    def look(self, *arguments):
        np.testing.assert_array_equal(self.fit.theta, self.last)
        return False

    on_epoch = on_pause = look


@pytest.mark.parametrize("average", [None, 0.9])
def test_while_others_predict_the_trained_vector_stays_as_it_is(average):
    vectors, seen = Vectors(), []

    def score(estimator, X, y):
        vectors.look()
        predicting = estimator._fitted.model.network.parameters.vector
        seen.append(np.shares_memory(predicting, vectors.fit.theta))
        return estimator.score(X, y)

    params = {"early_stopping": True, "scoring": score, "average": average}
    fitted = watched(vectors, **params).fit(X, Y)

    vectors.look()
    assert seen == [average is None] * 3
    predicting = fitted._fitted.model.network.parameters.vector
    assert not np.shares_memory(predicting, vectors.fit.theta)  # the best are others


def test_what_predicts_in_training_is_the_average():
    class Compare(Observer):
        def on_epoch(self, epoch, state):
            predicting = self.fit.fitted.model.network.parameters.vector
            np.testing.assert_array_equal(predicting, state.average.vector)
            assert state.theta is None  # for fits that are over
            return False

    watched(Compare(), average=0.9).fit(X, Y)


def vector(fitted):
    return fitted._fitted.model.network.parameters.vector


def test_descent_goes_on_from_where_it_was_and_not_from_the_average():
    plain, averaged = classifier(), classifier(average=0.9)

    for _ in range(3):
        plain.partial_fit(X, Y, classes=[0, 1, 2])
        averaged.partial_fit(X, Y, classes=[0, 1, 2])

        np.testing.assert_array_equal(averaged._fitted.state.theta, vector(plain))
        np.testing.assert_array_equal(vector(averaged), averaged._fitted.state.average.vector)
        assert (vector(averaged) != vector(plain)).any()
    assert averaged.loss_curve_ == plain.loss_curve_


def test_weights_that_were_assigned_meanwhile_count():
    averaged = classifier(average=0.9, alpha=0).fit(X, Y)
    before = averaged._fitted.state.average.vector.copy()
    averaged.coefs_[0][...] = 0
    averaged.coefs_[1][...] = 0
    averaged.intercepts_[0][...] = -1  # no unit is on, and no weight learns
    averaged.intercepts_[1][...] = 7
    assigned = vector(averaged).copy()
    np.testing.assert_array_equal(averaged._fitted.state.average.vector, before)

    averaged.partial_fit(X, Y)

    weights = averaged._fitted.state.theta[: assigned.size - 3]
    np.testing.assert_allclose(weights, assigned[:-3], atol=0.05)
    np.testing.assert_allclose(averaged._fitted.state.theta[-3:], 7, atol=0.05)


def test_what_a_fit_has_kept_is_no_part_of_the_average_that_goes_on():
    fitted = classifier(average=0.9).fit(X, Y)

    assert not np.shares_memory(vector(fitted), fitted._fitted.state.average.vector)
    assert not np.shares_memory(vector(fitted), fitted._fitted.state.theta)


def test_the_best_weights_are_gone_on_from():
    vectors = Vectors()
    clf = watched(vectors, early_stopping=True, warm_start=True, learning_rate_init=0.5)
    best = vector(clf.fit(X, Y)).copy()
    assert (best != vectors.last).any()

    class First(Observer):
        def on_step(self, loss, X, y):
            return True

    with pytest.raises(AssertionError):  # they are no longer what was trained last
        np.testing.assert_array_equal(best, vectors.last)
    clf.set_params(solver="sgd", learning_rate_init=1e-300)
    clf.set_callbacks(Watch(First())).fit(X, Y)

    np.testing.assert_array_equal(vector(clf), best)
