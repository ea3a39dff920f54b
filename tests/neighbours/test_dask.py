"""Dask: searches over worker processes, and training on data that no single machine holds."""

import os

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier, TabularClassifier
from skfcn.callbacks import Checkpoint

pytestmark = pytest.mark.slow

REASON = "Dask needs its extra: pip install -e '.[dask]'"
distributed = pytest.importorskip("distributed", reason=REASON)
da = pytest.importorskip("dask.array", reason=REASON)
preprocessing = pytest.importorskip("dask_ml.preprocessing", reason=REASON)
wrappers = pytest.importorskip("dask_ml.wrappers", reason=REASON)

X, Y = load_digits(return_X_y=True)
X, Y = X[:600], Y[:600]
GRID = {"fcnclassifier__alpha": [1e-4, 1.0], "fcnclassifier__activation": ["relu", "tanh"]}


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def model(**params):
    params = {"max_iter": 5, "n_iter_no_change": np.inf, "random_state": 0} | params
    return make_pipeline(StandardScaler(), FCNClassifier((16,), **params))


def test_a_grid_search_over_two_processes_gives_the_serial_scores(client):
    serial = GridSearchCV(model(), GRID, cv=3).fit(X, Y)
    with joblib.parallel_config("dask"):
        parallel = GridSearchCV(model(), GRID, cv=3).fit(X, Y)

    for split in range(3):
        key = f"split{split}_test_score"
        assert_array_equal(parallel.cv_results_[key], serial.cv_results_[key])
    assert parallel.best_params_ == serial.best_params_
    assert_array_equal(parallel.predict_proba(X), serial.predict_proba(X))


def test_committees_for_tables_learn_on_the_workers(client):
    committees = [
        (f"{seed}", TabularClassifier(2, max_iter=40, random_state=seed)) for seed in (0, 1)
    ]
    frame = (
        pd.DataFrame(X).add_prefix("pixel ").assign(shape=np.where(X[:, 20] > 8, "round", "long"))
    )

    serial = VotingClassifier(committees, voting="soft").fit(frame, Y)
    with joblib.parallel_config("dask"):
        parallel = VotingClassifier(committees, voting="soft", n_jobs=2).fit(frame, Y)

    assert_array_equal(parallel.predict_proba(frame), serial.predict_proba(frame))


def score_with_process(estimator, X, y):
    return {"accuracy": estimator.score(X, y), "process": os.getpid()}


def test_the_work_is_done_by_the_workers(client):
    with joblib.parallel_config("dask"):
        search = GridSearchCV(model(), GRID, cv=3, scoring=score_with_process, refit=False)
        search.fit(X, Y)
    pids = {
        search.cv_results_[f"split{split}_test_process"][i] for split in range(3) for i in range(4)
    }
    workers = set(client.run(os.getpid).values())
    assert len(workers) == 2
    assert pids == workers


def test_checkpoints_of_a_search_do_not_meet(client, tmp_path):
    checked = model()
    checked[-1].set_callbacks(Checkpoint(tmp_path, resume="auto"))
    with joblib.parallel_config("dask"):
        search = GridSearchCV(checked, GRID, cv=3, refit=False).fit(X, Y)
        again = GridSearchCV(checked, GRID, cv=3, refit=False).fit(X, Y)

    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 12
    key = "mean_test_score"
    assert_array_equal(search.cv_results_[key], again.cv_results_[key])
    assert_array_equal(
        search.cv_results_[key], GridSearchCV(model(), GRID, cv=3).fit(X, Y).cv_results_[key]
    )


def test_incremental_training_is_partial_fit_chunk_by_chunk(client):
    chunks = [slice(start, start + 150) for start in range(0, 600, 150)]
    ours = FCNClassifier((16,), random_state=0)
    for chunk in chunks:
        ours.partial_fit(X[chunk] / 16, Y[chunk], classes=np.arange(10))

    incremental = wrappers.Incremental(FCNClassifier((16,), random_state=0), shuffle_blocks=False)
    lazy_X, lazy_y = da.from_array(X / 16, chunks=(150, 64)), da.from_array(Y, chunks=150)
    incremental.fit(lazy_X, lazy_y, classes=np.arange(10))

    for theirs, mine in zip(incremental.estimator_.coefs_, ours.coefs_, strict=True):
        assert_array_equal(theirs, mine)
    assert_array_equal(incremental.predict(lazy_X).compute(), ours.predict(X / 16))
    assert 0 <= incremental.score(lazy_X, lazy_y) <= 1


def test_incremental_training_at_the_end_of_a_pipeline(client):
    lazy_X, lazy_y = da.from_array(X, chunks=(150, 64)), da.from_array(Y, chunks=150)
    incremental = wrappers.Incremental(FCNClassifier((16,), random_state=0), shuffle_blocks=False)
    pipeline = make_pipeline(preprocessing.StandardScaler(), incremental)
    pipeline.fit(lazy_X, lazy_y, incremental__classes=np.arange(10))

    scaled = StandardScaler().fit_transform(X)
    ours = FCNClassifier((16,), random_state=0)
    for start in range(0, 600, 150):
        rows = slice(start, start + 150)
        ours.partial_fit(scaled[rows], Y[rows], classes=np.arange(10))
    # The two scalers add up in different orders.
    assert_allclose(pipeline[-1].estimator_.coefs_[0], ours.coefs_[0], rtol=1e-6, atol=1e-10)
    assert_array_equal(pipeline.predict(lazy_X).compute(), ours.predict(scaled))


def test_the_guide(client, tmp_path, monkeypatch, guide_program):
    monkeypatch.chdir(tmp_path)
    program = guide_program("neighbours.md", "Dask")
    names = {}
    # Other tests have a cluster as well, so its dashboard cannot have the usual port.
    exec(program.replace("Client(", 'Client(dashboard_address=":0", '), names)
    assert names["search"].best_score_ > 0.9
    assert names["accuracy"] > 0.9
    assert np.mean(names["labels"] == names["y"]) > 0.85
    names["client"].cluster.close()


def test_what_cannot_be_trained_by_pieces_says_why(client):
    incremental = wrappers.Incremental(FCNClassifier(early_stopping=True), shuffle_blocks=False)
    lazy = da.from_array(X, chunks=(150, 64)), da.from_array(Y, chunks=150)
    for data in ((X, Y), lazy):
        with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
            incremental.fit(*data, classes=np.arange(10))
