"""Kill fits with SIGKILL at random moments, resume them, and count which end as if uninterrupted.

Run as ``python tests/callbacks/kill_and_resume.py N_KILLS SEED``; prints what happened as JSON.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.datasets import load_digits

from skfcn import FCNClassifier
from skfcn.callbacks import Checkpoint

X, Y = load_digits(return_X_y=True)
X, Y = X[:600] / 16, Y[:600]

KINDS = [
    ({}, {"every": 1}),
    ({"early_stopping": True, "solver": "nadam"}, {"seconds": 0}),
    ({"dropout": 0.2, "normalization": "batch", "average": 0.9}, {"seconds": 0.01}),
    ({"solver": "sgd", "learning_rate": "cosine", "dtype": "float32"}, {"seconds": 0, "keep": 1}),
    ({"hidden_layer_sizes": (300, 200), "solver": "rmsprop"}, {"seconds": 0}),
]


def fit(kind, folder, resume):
    """Fit with a checkpoint; return what the fit has come to."""
    params, checkpoint = KINDS[kind]
    clf = FCNClassifier(batch_size=100, max_iter=8, n_iter_no_change=np.inf, random_state=0)
    clf.set_params(**params)
    clf.set_callbacks(Checkpoint(folder, resume=resume, **checkpoint)).fit(X, Y)
    return np.concatenate([clf._parameters.vector, clf.loss_curve_])


def start(kind, folder, resume, result=None):
    """Fit in a process of its own, which is single-threaded and so may be forked."""
    pid = os.fork()
    if pid:
        return pid
    try:
        vector = fit(kind, folder, resume)
        if result is not None:
            np.save(result, vector)
        os._exit(0)
    finally:
        os._exit(1)


def kill_within(pid, seconds):
    """Kill a process after a while; tell whether it was still at work."""
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def main(n_kills, seed):
    """Kill and resume; return the counts."""
    rng = np.random.default_rng(seed)
    counts = dict.fromkeys(
        ("kills", "within an epoch", "while writing", "resumed", "identical"), 0
    )
    # In memory, where there is such a folder: a disk takes milliseconds to sync a file.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with TemporaryDirectory(dir=memory) as temporary:
        whole, seconds = [], []
        for kind in range(len(KINDS)):
            begin = time.perf_counter()
            whole.append(fit(kind, Path(temporary, "whole"), False))
            seconds.append(time.perf_counter() - begin)
        trial = 0
        while counts["kills"] < n_kills:
            trial += 1
            kind, folder = trial % len(KINDS), Path(temporary, str(trial))
            # Every third fit is killed once more when it has been resumed.
            for _ in range(min(1 + (trial % 3 == 0), n_kills - counts["kills"])):
                pid = start(kind, folder, "auto")
                counts["kills"] += kill_within(pid, rng.uniform(0, seconds[kind]))
                files = sorted(folder.glob("*/epoch*.joblib"))
                counts["within an epoch"] += bool(files) and "row_000000000" not in files[-1].name
                counts["while writing"] += any(folder.glob("*/.*"))
            counts["resumed"] += bool(files)
            result = folder.with_suffix(".npy")
            _, status = os.waitpid(start(kind, folder, "auto", result), 0)
            assert status == 0, f"the resumed fit of {KINDS[kind]} failed"
            counts["identical"] += np.load(result).tobytes() == whole[kind].tobytes()
        return counts | {"fits": trial}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
