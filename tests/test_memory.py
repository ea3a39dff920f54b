"""Data larger than memory, and what a fit takes beyond the data."""

import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skfcn import FCNClassifier

pytestmark = pytest.mark.slow

MEGABYTE = 2**20

FIT_BEYOND_MEMORY = """
import resource
import sys
from pathlib import Path

import numpy as np

from skfcn import FCNClassifier

path, dtype, n_rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
X = np.memmap(path, dtype=dtype, mode="w+", shape=(n_rows, 2**17))  # a file of holes
assert X.nbytes == 2**28
y = np.arange(n_rows) % 3
X[0], X[1, ::2], X[-1] = 1, 1, 1
X.flush()

status = dict(line.split(":", 1) for line in open("/proc/self/status"))
private = int(status["VmData"].split()[0]) * 1024
limit = private + 150 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))  # files that are mapped do not count
try:
    np.ones(X.nbytes, dtype=np.uint8)
except MemoryError:
    pass
else:
    sys.exit("there is no limit")

clf = FCNClassifier(4, batch_size=16, max_iter=1, n_iter_no_change=np.inf, random_state=0)
clf.fit(X, y)
assert clf.t_ == n_rows
assert np.isfinite(clf.loss_)
assert clf.predict(X[:20]).shape == (20,)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux limits private memory alone"
)
@pytest.mark.parametrize(("dtype", "n_rows"), [("uint8", 2**11), ("float32", 2**9)])
def test_a_memory_mapped_X_may_be_larger_than_memory(tmp_path, dtype, n_rows):
    path = tmp_path / "X.dat"
    try:
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", FIT_BEYOND_MEMORY, path, dtype, str(n_rows)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        path.unlink(missing_ok=True)

    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("dtype", "early_stopping"),
    [(np.float32, True), (np.float64, True), (np.uint8, True), (np.float64, False)],
)
def test_a_fit_takes_little_memory_beyond_the_data(dtype, early_stopping):
    X = np.zeros((60_000, 784), dtype=dtype)
    X[::7, ::5] = 1
    y = np.arange(len(X)) % 10
    clf = FCNClassifier(32, batch_size=128, max_iter=1, n_iter_no_change=np.inf)
    clf.set_params(early_stopping=early_stopping)

    tracemalloc.start()
    try:
        clf.fit(X, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # A copy of the held-out tenth alone would be 38 MB in float64.
    assert peak < 36 * MEGABYTE


def test_remarks_on_the_scale_of_wide_data_take_little_memory():
    X = np.full((2_000, 5_000), 200, dtype=np.uint8)
    clf = FCNClassifier(4, batch_size=64, max_iter=2)

    tracemalloc.start()
    try:
        with pytest.warns(ConvergenceWarning, match="X is not scaled"):
            clf.fit(X, np.arange(len(X)) % 10)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 36 * MEGABYTE  # X in float64 is 80 MB


MANY_FITS = """
import gc
import json
import sys
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
from scipy import sparse

from skfcn import FCNClassifier, FCNRegressor
from skfcn.callbacks import Callback, StepLog, TimeLimit

warnings.simplefilter("ignore")
rng = np.random.RandomState(0)
X, y = rng.normal(size=(40, 8)), rng.randint(2, size=40)
S = sparse.csr_matrix(X)


class Raise(Callback):
    def __init__(self, error):
        self.error = error

    def on_step_end(self, estimator, *, step, loss, score):
        if step == 3:
            raise self.error


def classifier(*callbacks, **params):
    params = {"max_iter": 2, "n_iter_no_change": np.inf, "batch_size": 20} | params
    return FCNClassifier((64,), random_state=0, **params).set_callbacks(*callbacks)


def failing(estimator, X):
    try:
        estimator.fit(X, y)
    except (RuntimeError, ValueError):
        return
    raise AssertionError("it did not fail")


diverging, interrupted, watched = Raise(RuntimeError), Raise(KeyboardInterrupt), StepLog(1)
fitted, limit, lost = classifier().fit(X, y), TimeLimit(1000), X * np.nan
regressor = FCNRegressor((64,), max_iter=2, early_stopping=True, dropout=0.1, average=0.9)
JOBS = {
    "fit": lambda: classifier().fit(X, y),
    "the same estimator": lambda: fitted.fit(X, y),
    "regression": lambda: regressor.fit(X, y),
    "a callback that raises": lambda: failing(classifier(diverging), X),
    "bad data": lambda: failing(classifier(), lost),
    "interruption": lambda: classifier(interrupted).fit(S, y),
    "callbacks": lambda: classifier(watched, limit).fit(X, y),
    "partial_fit": lambda: classifier().partial_fit(X, y, classes=[0, 1]).partial_fit(S, y),
    "lbfgs": lambda: classifier(solver="lbfgs").fit(X, y),
    "predict": lambda: (fitted.predict(X), fitted.predict_proba(S), fitted.transform(X)),
}


def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def repeat(job, times):
    for _ in range(times):
        job()
    gc.collect()


grown = {}
for name, job in JOBS.items():
    repeat(job, 5)
    tracemalloc.start()
    repeat(job, 3)
    objects, (traced, _) = len(gc.get_objects()), tracemalloc.get_traced_memory()
    repeat(job, 20)
    now, _ = tracemalloc.get_traced_memory()
    grown[name] = (len(gc.get_objects()) - objects, now - traced)
    tracemalloc.stop()
before = resident()
repeat(JOBS["fit"], 1000)
json.dump({"grown": grown, "resident": resident() - before}, sys.stdout)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_thousand_fits_leave_memory_where_it_was():
    run = subprocess.run(
        [sys.executable, "-c", MANY_FITS], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    for name, (objects, traced) in found["grown"].items():
        assert objects < 10, (name, objects)  # half an object for each fit
        assert traced < 50_000, (name, traced)  # half of the weights
    assert found["resident"] < 2.5 * MEGABYTE  # half of the weights
