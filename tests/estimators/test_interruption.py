"""Ctrl-C from outside, at any moment: what is left is a fitted estimator."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random
from select import select
from signal import SIGINT, default_int_handler, getsignal, raise_signal, signal
from time import sleep

import numpy as np
import pytest

from skfcn import FCNClassifier
from skfcn.callbacks import Callback
from skfcn.training import full_batch

ENDLESS = """
import json
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from skfcn import FCNClassifier

rng = np.random.default_rng(0)
X, X_val = rng.standard_normal((20_000, 40)), rng.standard_normal((2000, 40))
y, y_val = np.digitize(X[:, 0], [-1, 1]), np.digitize(X_val[:, 0], [-1, 1])
params = {"max_iter": 10**9, "n_iter_no_change": np.inf, "tol": 0, "random_state": 0}
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where it was ignored
handler = signal.getsignal(signal.SIGINT)
KINDS = {  # parameters, and how often X is repeated: its checks take time
    "plain": ({}, 1),
    "checks": ({}, 40),
    "held out": ({"early_stopping": True, "validation_fraction": 0.8}, 1),
    "average": ({"average": 0.9, "dropout": 0.2, "l1_ratio": 0.5}, 1),
    "lbfgs": ({"solver": "lbfgs", "max_fun": 10**9}, 1),
    "X_val": ({"solver": "sgd"}, 1),
    "warm": ({"warm_start": True}, 1),
}


def say(**facts):
    print(json.dumps(facts), flush=True)


def say_when_it_has_begun():
    while signal.getsignal(signal.SIGINT) is handler:
        time.sleep(1e-4)
    say(begun=True)


def wait_for_the_last_signal(path):
    while not path.exists():
        time.sleep(1e-3)
    path.unlink()


def limits():
    return [pool["num_threads"] for pool in threadpool_info()], np.geterr()


for line in sys.stdin:
    kind, all_sent = line.strip().split(":")
    all_sent = Path(all_sent)
    more, times = KINDS[kind]
    X_fit, y_fit = np.tile(X, (times, 1)), np.tile(y, times)
    clf = FCNClassifier((30,), **params | more)
    validation = {"X_val": X_val, "y_val": y_val} if kind == "X_val" else {}
    if kind == "warm":
        clf.set_params(max_iter=1).fit(X, y).set_params(max_iter=10**9)
    before = limits()
    threading.Thread(target=say_when_it_has_begun).start()
    raised = True
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            clf.fit(X_fit, y_fit, **validation)
            raised = False
            wait_for_the_last_signal(all_sent)
        except KeyboardInterrupt:  # out of the fit, or too late for it
            wait_for_the_last_signal(all_sent)
    facts = {"raised": raised, "warnings": [str(warning.message) for warning in caught]}
    facts["reaction as before"] = signal.getsignal(signal.SIGINT) is handler
    facts["limits as before"] = limits() == before
    facts["fitted"] = hasattr(clf, "coefs_")
    if facts["fitted"]:
        facts["finite"] = bool(np.isfinite(clf._parameters.vector).all())
        facts["predicts"] = clf.predict(X[:5]).shape == (5,)
        facts["columns"] = len({len(column) for column in clf.history_.values()}) == 1
        if kind == "X_val" and clf.validation_scores_:
            best = max(clf.validation_scores_)
            facts["best"] = clf.score(X_val, y_val) == best == clf.best_validation_score_
    # Nothing is broken: it can be trained on.
    clf.set_params(max_iter=1, early_stopping=False).fit(X[:500], y[:500])
    facts["fits again"] = clf.n_iter_ == 1 and len(clf.predict(X)) == len(X)
    say(**facts)
"""

SECONDS = 60  # far more than it takes
INTERRUPTED = ["Training interrupted by user."]
RANDOM = Random(0)
MOMENTS = [
    ("checks", 0.0),
    ("checks", 0.03),
    ("held out", 0.0),
    *[(kind, RANDOM.uniform(0, 0.2)) for kind in ("plain", "average", "lbfgs", "warm") * 2],
    *[(kind, RANDOM.uniform(0.05, 0.4)) for kind in ("held out", "X_val", "X_val", "lbfgs")],
]


@pytest.fixture
def all_sent(tmp_path):
    """A file that says that no signal will follow."""
    return tmp_path / "all_sent"


@pytest.fixture(scope="module")
def endless():
    """A process that begins an endless fit of the kind that it is told."""
    if sys.platform == "win32":
        pytest.skip("Windows has no signal to send to another process alone")
    command = [sys.executable, "-c", ENDLESS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield process
        process.stdin.close()
        try:
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()  # where it goes on


def interrupt(process, all_sent, kind, delay, pause=None):
    """Begin a fit and send a SIGINT, and another after a pause; return what came of it."""

    def answer():
        ready, _, _ = select([process.stdout], [], [], SECONDS)
        assert ready, "it goes on"
        return json.loads(process.stdout.readline())

    process.stdin.write(f"{kind}:{all_sent}\n")
    assert answer() == {"begun": True}
    sleep(delay)
    process.send_signal(SIGINT)
    if pause is not None:
        sleep(pause)
        process.send_signal(SIGINT)
    all_sent.touch()
    return answer()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "delay"), MOMENTS)
def test_one_signal_leaves_a_fitted_estimator_and_one_warning(endless, all_sent, kind, delay):
    facts = interrupt(endless, all_sent, kind, delay)
    assert facts.pop("raised") is False
    assert facts.pop("warnings") == INTERRUPTED
    assert {"fitted", "finite", "predicts", "columns", "fits again"} < set(facts)
    assert all(facts.values()), facts


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.0003, 0.003])
@pytest.mark.parametrize("kind", ["checks", "held out", "average", "lbfgs", "warm"])
def test_a_second_signal_ends_it_at_once_and_breaks_nothing(endless, all_sent, kind, pause):
    facts = interrupt(endless, all_sent, kind, RANDOM.uniform(0, 0.1), pause)
    raised, warned = facts.pop("raised"), facts.pop("warnings")
    assert warned in (INTERRUPTED, []) if raised else warned == INTERRUPTED
    if raised and kind != "warm":
        del facts["fitted"]  # if it was raised before or after training, it may be either
    assert all(facts.values()), facts


# ---- other programs' reactions

X, Y = np.random.default_rng(0).standard_normal((60, 3)), np.arange(60) % 2


class AtStep(Callback):
    """Calls a function at a step."""

    def __init__(self, function, step=2):
        self.function = function
        self.step = step

    def on_step_end(self, estimator, *, step, loss, score):
        if step == self.step:
            self.function()


def classifier(function):
    clf = FCNClassifier(4, max_iter=5, n_iter_no_change=np.inf, batch_size=20, random_state=0)
    return clf.set_callbacks(AtStep(function))


@pytest.fixture(autouse=True)
def pythons_handler():
    """Python's own reaction, which a process in the background does not begin with."""
    before = signal(SIGINT, default_int_handler)
    yield
    signal(SIGINT, before)


@pytest.fixture
def own_handler():
    """A reaction of the user's program, as Jupyter and web servers have one."""
    came = []

    def handler(number, frame):
        came.append(number)

    before = signal(SIGINT, handler)
    yield handler, came
    signal(SIGINT, before)


def test_a_reaction_of_ones_own_is_left_alone(own_handler):
    handler, came = own_handler
    seen = []

    def interrupt_and_look():
        raise_signal(SIGINT)
        seen.append(getsignal(SIGINT))

    clf = classifier(interrupt_and_look).fit(X, Y)

    assert came == [SIGINT]
    assert seen == [handler]
    assert getsignal(SIGINT) is handler
    assert clf.n_iter_ == 5


def test_a_reaction_that_a_callback_sets_stays(own_handler):
    handler, _ = own_handler
    signal(SIGINT, default_int_handler)
    classifier(lambda: signal(SIGINT, handler)).fit(X, Y)
    assert getsignal(SIGINT) is handler


def test_a_fit_in_another_thread_touches_nothing():
    before, seen = getsignal(SIGINT), []
    with ThreadPoolExecutor(1) as pool:
        pool.submit(classifier(lambda: seen.append(getsignal(SIGINT))).fit, X, Y).result()
    assert seen == [before] == [default_int_handler]


def test_a_signal_within_a_fit_waits_for_the_step():
    clf = classifier(lambda: raise_signal(SIGINT))
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        clf.fit(X, Y)
    assert clf._fitted.state.progress.step == 2
    assert clf.n_iter_ == 0  # an epoch has three steps
    assert getsignal(SIGINT) is default_int_handler


def test_lbfgs_does_not_go_on_to_the_end_of_its_step(monkeypatch):
    evaluate, calls = full_batch, []

    def interrupted_evaluation(*args):
        calls.append(args)
        if len(calls) == 3:
            raise_signal(SIGINT)
        return evaluate(*args)

    monkeypatch.setattr("skfcn.training.lbfgs.full_batch", interrupted_evaluation)
    clf = FCNClassifier(4, solver="lbfgs", random_state=0)
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        clf.fit(X, Y)
    assert len(calls) == 3
    assert len(clf.predict(X)) == len(X)


def test_a_signal_after_the_last_step_is_not_swallowed(monkeypatch):
    publish = FCNClassifier._publish

    def interrupted_publish(self, attributes):
        raise_signal(SIGINT)
        publish(self, attributes)

    monkeypatch.setattr(FCNClassifier, "_publish", interrupted_publish)
    clf = FCNClassifier(4, max_iter=2, n_iter_no_change=np.inf)
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        clf.fit(X, Y)
    assert clf.n_iter_ == 2


def test_an_error_of_a_fit_puts_the_reaction_back():
    def fail():
        raise RuntimeError("of a callback")

    with pytest.raises(RuntimeError, match="of a callback"):
        classifier(fail).fit(X, Y)
    assert getsignal(SIGINT) is default_int_handler
