"""Callbacks of scikit-learn's protocol, its own among them, see a fit and its epochs as tasks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor
from skfcn.callbacks import Callback, Checkpoint, StepLog, TimeLimit

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has it from 1.9 on")

X, Y = load_iris(return_X_y=True)
QUICK = {"max_iter": 3, "random_state": 0}
FOREVER = {**QUICK, "n_iter_no_change": np.inf}
NETWORKS = [
    FCNClassifier((4,), **FOREVER),
    FCNRegressor((4,), **FOREVER),
    FCNClassifier((4,), **FOREVER, early_stopping=True),
    FCNRegressor((4,), solver="lbfgs", tol=0.1, random_state=0),
]
TABLES = [TabularClassifier(2, (4,), **QUICK), TabularRegressor(2, (4,), **QUICK)]
EVERY_MODEL = pytest.mark.parametrize("model", NETWORKS + TABLES, ids=lambda m: repr(m)[:50])


class Tasks:
    """Writes down each task that begins or ends, and what can predict then."""

    def __init__(self, stop_after=np.inf):
        self.events, self.scores, self.stop_after = [], [], stop_after

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X, y, metadata):
        self.events.append(f"{context.task_name} begins")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self.events.append(f"{context.task_name} ends")
        if fitted_estimator is not None:
            self.scores.append(fitted_estimator.score(X, y, **metadata))
        return self.events.count("epoch ends") >= self.stop_after


def fitted(model, *callbacks, X=X, y=Y, **weights):
    model = clone(model)
    return model.set_callbacks(*callbacks).fit(X, y, **weights)


@EVERY_MODEL
@pytest.mark.parametrize("weighted", [False, True])
def test_each_task_begins_and_ends_in_its_place(model, weighted):
    pandas = pytest.importorskip("pandas")
    frame, tasks = pandas.DataFrame(X, columns=["a", "b", "c", "d"]), Tasks()
    weights = {"sample_weight": 1.0 + np.arange(len(Y)) % 3} if weighted else {}
    model = fitted(model, tasks, X=frame, **weights)

    n_epochs = len(model.loss_curve_)
    expected = ["fit begins", *["epoch begins", "epoch ends"] * n_epochs, "fit ends"]
    assert tasks.events == ["setup", *expected, "teardown"]
    assert len(tasks.scores) == n_epochs + 1
    assert_allclose(tasks.scores[-1], model.score(frame, Y, **weights))


def test_epochs_begin_before_their_first_step():
    class Both(Tasks, Callback):
        def on_step_end(self, estimator, *, step, loss, score):
            self.events.append(f"step {step}")

    tasks = Both()
    fitted(FCNClassifier((4,), batch_size=75, **FOREVER | {"max_iter": 1}), tasks)
    steps = ["fit begins", "epoch begins", "step 1", "step 2", "epoch ends", "fit ends"]
    assert tasks.events == ["setup", *steps, "teardown"]


@pytest.mark.parametrize("model", [NETWORKS[0], *TABLES], ids=["network", "classes", "numbers"])
def test_a_callback_ends_training_after_an_epoch(model):
    tasks = Tasks(stop_after=2)
    assert len(fitted(model, tasks).loss_curve_) == 2
    assert tasks.events[-3:] == ["epoch ends", "fit ends", "teardown"]


def test_partial_fit_is_a_fit_of_one_epoch():
    tasks = Tasks()
    FCNRegressor((4,)).set_callbacks(tasks).partial_fit(X, Y)
    assert tasks.events[1:-1] == ["fit begins", "epoch begins", "epoch ends", "fit ends"]


def test_a_fit_that_is_cut_off_ends_its_tasks(tmp_path):
    class Cut(Callback):
        def on_step_end(self, estimator, *, step, loss, score):
            return step == 3

    model, tasks = FCNClassifier((4,), batch_size=75, **FOREVER), Tasks()
    fitted(model, tasks, Cut(), Checkpoint(tmp_path, every=None))
    cut = ["fit begins", *["epoch begins", "epoch ends"] * 2, "fit ends"]
    assert tasks.events[1:-1] == cut
    assert len(tasks.scores) == 2  # of the second epoch nothing is known
    tasks = Tasks()
    fitted(model, tasks, Checkpoint(tmp_path, resume=True))
    assert tasks.events[1:-1] == cut


def test_a_fit_that_fails_is_torn_down():
    tasks = Tasks()
    model = FCNRegressor((4,), solver="sgd", learning_rate_init=1e300, batch_size=15, **FOREVER)
    with pytest.raises(ValueError, match="non-finite"):
        fitted(model, tasks)
    assert tasks.events == ["setup", "fit begins", "epoch begins", "teardown"]


# ---- scikit-learn's own


def bars(capsys):
    """Return the lines that are on the screen in the end: what is done, and how much of it."""
    lines = [line for line in capsys.readouterr().out.splitlines() if " - " in line]
    return [(line.split("━")[0].rsplit(" #")[0].strip(), "100%" in line) for line in lines]


@pytest.fixture
def wide(monkeypatch):
    pytest.importorskip("rich", reason="ProgressBar draws with it")
    monkeypatch.setenv("COLUMNS", "200")


@EVERY_MODEL
def test_a_bar_is_drawn(model, wide, capsys):
    fitted(model, callback.ProgressBar(), TimeLimit(1000))
    assert bars(capsys) == [(f"{type(model).__name__} - fit", True)]


@pytest.mark.parametrize("model", [NETWORKS[0], TABLES[0]], ids=["network", "table"])
def test_bars_and_scores_in_a_pipeline(model, wide, capsys):
    monitor, name = callback.ScoringMonitor(scoring="accuracy"), type(model).__name__
    last = clone(model).set_callbacks(monitor)
    pipeline = make_pipeline(StandardScaler(), last).set_callbacks(callback.ProgressBar())
    pipeline.fit(X, Y)

    drawn = [f"Pipeline - fit-final-estimator | {name} - fit", "Pipeline - fit"]
    assert {(line, True) for line in drawn} < set(bars(capsys))
    data = monitor.get_logs().data
    assert [row["task_name"] for row in data] == ["fit", *["epoch"] * len(last.loss_curve_)]
    assert data[0]["accuracy"] == pipeline.score(X, Y)


@pytest.mark.slow
@pytest.mark.parametrize("model", [NETWORKS[0], TABLES[0]], ids=["network", "table"])
def test_bars_and_scores_of_a_search_in_two_processes(model, wide, capsys):
    monitor, name = callback.ScoringMonitor(scoring="accuracy"), type(model).__name__
    own = [StepLog()] if isinstance(model, FCNClassifier) else [TimeLimit(1000)]
    model = clone(model).set_callbacks(monitor, *own)
    search = GridSearchCV(model, {"max_iter": [2, 3]}, cv=2, n_jobs=2)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, Y)

    drawn = [line for line, done in bars(capsys) if done]
    evaluated = f"GridSearchCV - candidate-split-evaluation | {name} - fit"
    assert drawn.count(evaluated) == 4
    assert f"GridSearchCV - refit-with-best-params | {name} - fit" in drawn
    rows = [row["task_name"] for row in monitor.get_logs().data]
    n_refit = search.best_params_["max_iter"]
    assert (rows.count("fit"), rows.count("epoch")) == (5, 2 * 2 + 2 * 3 + n_refit)
