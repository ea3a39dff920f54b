"""Ray's backend of joblib: a search over its worker processes."""

import os

import joblib
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV

from skfcn import FCNClassifier

pytestmark = pytest.mark.slow

REASON = "Ray needs its extra: pip install -e '.[ray]'"
ray = pytest.importorskip("ray", reason=REASON)
X, Y = load_iris(return_X_y=True)


@pytest.fixture
def cluster():
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error")
    yield
    ray.shutdown()


def score_with_process(estimator, X, y):
    return {"accuracy": estimator.score(X, y), "process": os.getpid()}


def test_a_search_over_two_processes_gives_the_serial_scores(cluster):
    from ray.util.joblib import register_ray

    register_ray()
    network = FCNClassifier((8,), max_iter=5, n_iter_no_change=float("inf"), random_state=0)
    search = GridSearchCV(
        network, {"alpha": [1e-4, 1.0]}, cv=3, scoring=score_with_process, refit=False
    )
    search.fit(X, Y)
    serial = search.cv_results_["mean_test_accuracy"]
    with joblib.parallel_config("ray", n_jobs=2):
        search.fit(X, Y)

    assert_array_equal(search.cv_results_["mean_test_accuracy"], serial)
    pids = {
        search.cv_results_[f"split{split}_test_process"][i] for split in range(3) for i in (0, 1)
    }
    assert os.getpid() not in pids
    assert len(pids) <= 2


def test_the_guide(cluster, guide_program):
    network = FCNClassifier(solver="lbfgs", max_iter=1000, random_state=0)
    names = {"search": GridSearchCV(network, {"alpha": [0.1, 1.0]}), "X": X, "y": Y}
    exec(guide_program("neighbours.md", "Ray"), names)
    assert names["search"].best_score_ > 0.9
