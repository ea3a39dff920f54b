import copy
import pickle
from math import ceil

import numpy as np
import pytest
import sklearn
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.utils.fixes import parse_version

from skfcn import FCNClassifier, FCNRegressor
from skfcn.callbacks import Callback, StepLog, Target, TimeLimit

X, Y = load_digits(return_X_y=True)
X = X / 16
NEW = parse_version(sklearn.__version__) >= parse_version("1.9")


def classifier(**params):
    params = {"max_iter": 4, "batch_size": 100, "random_state": 0} | params
    return FCNClassifier((16,), n_iter_no_change=np.inf, **params)


def test_every_so_many_steps_are_recorded():
    log = StepLog(every=10)
    classifier().set_callbacks(log).fit(X, Y)
    n_steps = 4 * ceil(len(X) / 100)
    assert log.step_ == list(range(10, n_steps + 1, 10))
    assert len(log.loss_) == len(log.score_) == len(log.step_)
    assert log.loss_[-1] < log.loss_[0]
    assert log.score_[-1] > log.score_[0]


def test_the_mean_of_an_epochs_losses_is_its_loss():
    log = StepLog(every=1)
    clf = classifier(batch_size=599, max_iter=2).set_callbacks(log).fit(X[:1797], Y)
    assert len(X) == 3 * 599  # so that all batches are of one size
    np.testing.assert_allclose(np.reshape(log.loss_, (2, 3)).mean(axis=1), clf.loss_curve_)


def test_the_score_is_that_of_the_batch_after_the_step():
    log = StepLog(every=1)
    clf = classifier(batch_size=len(X), max_iter=3).set_callbacks(log).fit(X, Y)
    assert log.score_[-1] == clf.score(X, Y)


@pytest.mark.parametrize("target", [Y > 4, np.eye(10, dtype=int)[Y]], ids=["binary", "multilabel"])
def test_scores_of_other_targets(target):
    log = StepLog(every=1)
    clf = classifier(batch_size=len(X), max_iter=30).set_callbacks(log).fit(X, target)
    assert log.score_[-1] == clf.score(X, target)


def test_watching_changes_nothing():
    plain = classifier().fit(X, Y)
    watched = classifier().set_callbacks(StepLog(every=1)).fit(X, Y)
    assert_array_equal(plain.coefs_[0], watched.coefs_[0])
    assert plain.loss_curve_ == watched.loss_curve_


def test_unrecorded_steps_are_not_scored():
    calls = []

    class Spy(StepLog):
        def on_step_end(self, estimator, *, step, loss, score):
            super().on_step_end(estimator, step=step, loss=loss, score=calls.append)

    log = Spy(every=1000)
    classifier().set_callbacks(log).fit(X, Y)
    assert calls == log.step_ == []


def test_divergence_is_what_is_said_of_it_also_where_steps_are_scored():
    regressor = FCNRegressor(solver="sgd", learning_rate_init=1e300, random_state=0)
    with pytest.raises(ValueError, match=r"non-finite .* learning rate 1e\+300"):
        regressor.set_callbacks(StepLog(every=1)).fit(X, Y)


def test_each_fit_begins_a_new_record():
    log = StepLog(every=20)
    clf = classifier().set_callbacks(log).fit(X, Y)
    first = log.step_, log.loss_
    clf.fit(X, Y)
    assert (log.step_, log.loss_) == first


def test_removing_callbacks():
    log = StepLog(every=20)
    clf = classifier().set_callbacks(log).set_callbacks().fit(X, Y)
    assert not hasattr(log, "step_")
    assert clf.n_iter_ == 4


def test_what_is_no_callback_is_refused():
    for wrong in (StepLog, object(), print):
        with pytest.raises(TypeError, match="FitCallback protocol"):
            classifier().set_callbacks(wrong)


def test_wrong_parameter():
    with pytest.raises(ValueError, match="'every' parameter of StepLog"):
        classifier().set_callbacks(StepLog(every=0)).fit(X, Y)


def test_a_log_and_its_estimator_can_be_copied():
    log = StepLog(every=20)
    clf = classifier().set_callbacks(log).fit(X, Y)
    assert pickle.loads(pickle.dumps(log)).loss_ == log.loss_
    assert copy.deepcopy(clf).score(X, Y) == pickle.loads(pickle.dumps(clf)).score(X, Y)
    assert clone(log).get_params() == {"every": 20}


def test_teardown_comes_even_after_an_error():
    events = []

    class Spy(StepLog):
        def setup(self, estimator, context):
            super().setup(estimator, context)
            events.append("setup")

        def teardown(self, estimator, context):
            events.append("teardown")

        def on_step_end(self, estimator, *, step, loss, score):
            raise RuntimeError("stop here")

    with pytest.raises(RuntimeError, match="stop here"):
        classifier().set_callbacks(Spy()).fit(X, Y)
    assert events == ["setup", "teardown"]


def test_partial_fit_has_steps_too():
    log = StepLog(every=1)
    clf = classifier().set_callbacks(log)
    clf.partial_fit(X, Y, classes=np.arange(10))
    assert len(log.step_) == ceil(len(X) / 100)


# ---- scikit-learn's own protocol


@pytest.mark.slow
@pytest.mark.skipif(not NEW, reason="scikit-learn has callbacks from version 1.9 on")
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_scikit_learns_scoring_monitor_sees_each_epoch(solver):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    clf = classifier(solver=solver, max_iter=200).set_callbacks(monitor, StepLog()).fit(X, Y)
    data = monitor.get_logs().data
    epochs = [row for row in data if row["task_name"] == "epoch"]
    assert len(epochs) == clf.n_iter_
    assert epochs[-1]["accuracy"] == clf.score(X, Y)
    assert epochs[0]["accuracy"] < epochs[-1]["accuracy"]


@pytest.mark.skipif(not NEW, reason="scikit-learn has callbacks from version 1.9 on")
def test_a_callback_can_end_training():
    class Enough(StepLog):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None, X=None, y=None):
            return fitted_estimator is not None and fitted_estimator.score(X, y) > 0.8

    clf = classifier(max_iter=500).set_callbacks(Enough()).fit(X, Y)
    assert clf.n_iter_ < 500
    assert 0.8 < clf.score(X, Y) < 0.95


@pytest.mark.skipif(not NEW, reason="scikit-learn has callbacks from version 1.9 on")
def test_callbacks_inside_a_pipeline_and_a_search():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    clf = classifier(max_iter=3).set_callbacks(monitor)
    GridSearchCV(clf, {"alpha": [0.1, 1.0]}, cv=2, refit=False).fit(X, Y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(rows) == 2 * 2 * 3


# --- callbacks that end training or save it ---------------------------------------------------


def test_training_ends_when_the_time_is_up(monkeypatch):
    clock = iter([100.0, 101.0, 102.0, 103.5])
    monkeypatch.setattr("skfcn.callbacks.stopping.monotonic", lambda: next(clock))

    clf = classifier(max_iter=100).set_callbacks(TimeLimit(3)).fit(X, Y)

    assert clf.n_iter_ == 3


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_the_fits_of_a_search_have_callbacks_too(n_jobs):
    clf = classifier(max_iter=10_000).set_callbacks(TimeLimit(0.05))

    with parallel_config(backend="threading"):
        search = GridSearchCV(clf, {"alpha": [0.1, 1.0]}, cv=2, n_jobs=n_jobs).fit(X, Y)

    assert search.best_estimator_.n_iter_ < 10_000
    assert search.cv_results_["mean_fit_time"].max() < 10


@pytest.mark.parametrize(
    ("target", "column", "reached"),
    [
        (Target(0.9), "validation_score", lambda values: values >= 0.9),
        (Target(0.5, "validation_loss"), "validation_loss", lambda values: values <= 0.5),
        (Target(0.4, name="loss"), "loss", lambda values: values <= 0.4),
    ],
    ids=["score", "validation loss", "loss"],
)
def test_training_ends_when_a_value_is_reached(target, column, reached):
    clf = classifier(max_iter=200, early_stopping=True).set_callbacks(target).fit(X, Y)

    assert 1 < clf.n_iter_ < 200
    values = reached(np.array(clf.history_[column]))
    assert values[-1]
    assert not values[:-1].any()


def test_a_target_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"name must be one of .*, got 'validation_score'"):
        classifier().set_callbacks(Target(0.9)).fit(X, Y)


@pytest.mark.parametrize(
    "callback",
    [TimeLimit(0), TimeLimit("1"), Target("x"), Target(0.5, 3)],
    ids=repr,
)
def test_wrong_parameters_are_named(callback):
    with pytest.raises(ValueError, match=r"seconds|value|name"):
        classifier().set_callbacks(callback).fit(X, Y)


def test_ones_own_callback_sees_each_epoch_and_ends_training():
    records = []

    class Own(Callback):
        def on_epoch_end(self, estimator, *, record, fitted_attributes):
            records.append(record)
            return record["epoch"] == 3

    clf = classifier(max_iter=10).set_callbacks(Own()).fit(X, Y)

    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert [record["loss"] for record in records] == clf.loss_curve_
    assert set(records[0]) == set(clf.history_)


def test_callbacks_of_lbfgs():
    clf = FCNClassifier((8,), solver="lbfgs", max_iter=50, alpha=1.0, random_state=0)

    clf.set_callbacks(Target(1.0, name="loss")).fit(X, Y)

    assert clf.loss_ <= 1.0 < clf.loss_curve_[-2]
