"""Data larger than memory, and what a fit takes beyond the data."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from skfcn import FCNClassifier

MEGABYTE = 2**20

FIT_BEYOND_MEMORY = """
import resource
import sys
from pathlib import Path

import numpy as np

from skfcn import FCNClassifier

path, dtype, n_rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
X = np.memmap(path, dtype=dtype, mode="w+", shape=(n_rows, 2**17))  # a file of holes
assert X.nbytes == 2**30
y = np.arange(n_rows) % 3
X[0], X[1, ::2], X[-1] = 1, 1, 1
X.flush()

status = dict(line.split(":", 1) for line in open("/proc/self/status"))
private = int(status["VmData"].split()[0]) * 1024
limit = private + 150 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))  # files that are mapped do not count
try:
    np.ones(400 * 2**20, dtype=np.uint8)
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
@pytest.mark.parametrize(("dtype", "n_rows"), [("uint8", 2**13), ("float32", 2**11)])
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


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
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
