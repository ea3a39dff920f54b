"""Nothing that belongs to the process is changed, also where something fails."""

import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import matplotlib as mpl
import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_info, threadpool_limits

from skfcn import FCNClassifier
from skfcn.callbacks import Callback, Checkpoint, StepLog

RNG = np.random.RandomState(0)
X, Y = RNG.normal(size=(90, 6)), RNG.randint(3, size=90)


def numpys_random_state():
    name, keys, *rest = check_random_state(None).get_state()
    return name, keys.tobytes(), rest


def logging_state():
    root = logging.getLogger()
    return root.manager.disable, root.level, list(root.handlers), logging.lastResort


STATE = {
    "numpy.random": numpys_random_state,
    "random": random.getstate,
    "numpy.geterr": lambda: (np.geterr(), np.geterrcall(), np.get_printoptions()),
    "warnings": lambda: (list(warnings.filters), warnings.showwarning),
    "once": lambda: dict(warnings.onceregistry),
    "threads of BLAS": lambda: [(pool["filepath"], pool["num_threads"]) for pool in pools()],
    "environment": lambda: dict(os.environ),
    "signals": lambda: {number: signal.getsignal(number) for number in signal.valid_signals()},
    "timer": lambda: signal.getitimer(signal.ITIMER_REAL) if hasattr(signal, "getitimer") else 0,
    "sys.path": lambda: list(sys.path),
    "hooks": lambda: (sys.excepthook, sys.displayhook, threading.excepthook, sys.gettrace()),
    "streams": lambda: (sys.stdout, sys.stderr, sys.stdin),
    "recursion": sys.getrecursionlimit,
    "switches": lambda: (sys.getswitchinterval(), gc.isenabled(), gc.get_threshold()),
    "logging": logging_state,
    "matplotlib": lambda: dict(mpl.rcParams),
    "folder": lambda: (os.getcwd(), locale.setlocale(locale.LC_ALL)),  # noqa: PTH109
    "scikit-learn": sklearn.get_config,
    "threads": threading.active_count,
}


def pools():
    return sorted(threadpool_info(), key=lambda pool: pool["filepath"])


def state():
    return {name: get() for name, get in STATE.items()}


@pytest.fixture(autouse=True)
def two_threads_and_settings_of_ones_own():
    """What a program may have set, so that defaults would be noticed."""
    FCNClassifier(2, max_iter=1, n_iter_no_change=np.inf).fit(X, Y)  # what is loaded late
    with threadpool_limits(2, user_api="blas"), np.errstate(over="warn", divide="raise"):
        yield


class Raise(Callback):
    """Raises an error at the third step, or at the end of the first epoch."""

    def __init__(self, error):
        self.error = error

    def on_step_end(self, estimator, *, step, loss, score):
        if step == 3:
            raise self.error

    def on_epoch_end(self, estimator, *, record, fitted_attributes):
        raise self.error


def classifier(**params):
    params = {"max_iter": 3, "batch_size": 20, "random_state": 0} | params
    return FCNClassifier((5,), n_iter_no_change=np.inf, **params)


def failing_augmentation(X, y, rng):
    rng.random(3)
    raise ZeroDivisionError


def scorer(estimator, X, y):
    return estimator.predict_proba(X)[:, 0].mean()


WORK = {
    "fit": lambda: classifier().fit(X, Y),
    "everything": lambda: (
        classifier(dropout=0.2, average=0.9, normalization="batch", verbose=True, l1_ratio=0.5)
        .set_params(early_stopping=True, scoring={"acc": "accuracy", "own": scorer})
        .set_callbacks(StepLog(1))
        .fit(X, Y)
    ),
    "sparse": lambda: classifier(dropout=[0.1, 0.1]).fit(sparse.csr_matrix(X), Y),
    "lbfgs": lambda: classifier(solver="lbfgs", max_iter=500).fit(X, Y),
    "partial_fit": lambda: classifier().partial_fit(X, Y, classes=[0, 1, 2]).partial_fit(X, Y),
    "predict": lambda: [
        getattr(classifier().fit(X, Y), name)(X)
        for name in ("predict", "predict_proba", "predict_log_proba", "transform")
    ],
}
FAILING = {
    "a callback": (
        RuntimeError,
        lambda: classifier().set_callbacks(Raise(RuntimeError())).fit(X, Y),
    ),
    "a callback of L-BFGS": (
        RuntimeError,
        lambda: classifier(solver="lbfgs").set_callbacks(Raise(RuntimeError())).fit(X, Y),
    ),
    "Ctrl-C, and a filter that makes an error of the warning": (
        UserWarning,
        lambda: classifier().set_callbacks(Raise(KeyboardInterrupt())).fit(X, Y),
    ),
    "SystemExit": (SystemExit, lambda: classifier().set_callbacks(Raise(SystemExit())).fit(X, Y)),
    "an augmentation": (
        ZeroDivisionError,
        lambda: classifier(augmentation=failing_augmentation).fit(X, Y),
    ),
    "a scorer": (
        ZeroDivisionError,
        lambda: classifier(early_stopping=True, scoring=lambda *args: 1 / 0).fit(X, Y),
    ),
    "divergence": (
        ValueError,
        lambda: classifier(solver="sgd", activation="identity", learning_rate_init=1e200).fit(
            X, Y
        ),
    ),
    "partial_fit": (
        RuntimeError,
        lambda: (
            classifier().set_callbacks(Raise(RuntimeError())).partial_fit(X, Y, classes=[0, 1, 2])
        ),
    ),
    "not finite": (ValueError, lambda: classifier().fit(np.full_like(X, np.nan), Y)),
    "too few labels": (ValueError, lambda: classifier().fit(X, Y[1:])),
    "a parameter": (ValueError, lambda: classifier(alpha=-1).fit(X, Y)),
    "prediction of another width": (
        ValueError,
        lambda: classifier().fit(X, Y).predict(X[:, 1:]),
    ),
    "prediction of what is not finite": (
        ValueError,
        lambda: classifier().fit(X, Y).predict_proba(np.full_like(X, np.inf)),
    ),
}


@pytest.mark.parametrize("name", WORK)
def test_work_leaves_all_as_it_was(name):
    before = state()
    WORK[name]()
    assert state() == before


@pytest.mark.parametrize("name", FAILING)
def test_a_failure_leaves_all_as_it_was(name):
    error, work = FAILING[name]
    before = state()
    with pytest.raises(error):
        work()
    assert state() == before


def test_a_checkpoint_and_its_failure_leave_all_as_it_was(tmp_path):
    before = state()
    classifier().set_callbacks(Checkpoint(tmp_path / "night")).fit(X, Y)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        classifier().set_callbacks(Checkpoint(tmp_path / "file", on_error="raise")).fit(X, Y)
    assert state() == before


def test_what_would_be_noticed(monkeypatch):
    # The checks above can fail: each of these is seen.
    before = state()
    monkeypatch.setenv("SKFCN_TEST", "1")
    monkeypatch.setitem(mpl.rcParams, "lines.linewidth", 77)
    monkeypatch.syspath_prepend("nowhere")
    with threadpool_limits(1), np.errstate(divide="ignore"):
        changed = {name for name, value in state().items() if value != before[name]}
    expected = {"environment", "matplotlib", "sys.path", "numpy.geterr", "threads of BLAS"}
    assert expected <= changed


def test_None_alone_moves_numpys_random_numbers():
    for random_state, moves in [(None, True), (0, False), (np.random.RandomState(0), False)]:
        before = numpys_random_state()
        classifier(random_state=random_state, dropout=0.1).fit(X, Y)
        assert (numpys_random_state() != before) is moves


class AtSteps(Callback):
    """Calls functions at steps."""

    def __init__(self, functions):
        self.functions = functions

    def on_step_end(self, estimator, *, step, loss, score):
        self.functions.get(step, bool)()


@pytest.mark.parametrize("fails", [False, True])
def test_two_overlapping_fits_leave_the_threads_of_blas_as_they_were(fails):
    def threads():
        return {pool["num_threads"] for pool in pools() if pool["user_api"] == "blas"}

    def fail():
        if fails:
            raise RuntimeError

    begun, other_begun, ended, seen = Event(), Event(), Event(), []
    first = {1: begun.set, 2: lambda: other_begun.wait(60), 3: fail}
    other = {1: other_begun.set, 2: lambda: ended.wait(60), 3: lambda: seen.append(threads())}
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(classifier().set_callbacks(AtSteps(first)).fit, X, Y)
        one.add_done_callback(lambda future: ended.set())
        assert begun.wait(60)
        two = pool.submit(classifier().set_callbacks(AtSteps(other)).fit, X, Y)
        assert isinstance(one.exception(), RuntimeError) is fails
        assert two.exception() is None
    assert seen == [{1}]
    assert threads() == {2}
