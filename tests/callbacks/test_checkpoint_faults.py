"""Checkpoints where something goes wrong: killed processes, full disks, folders that are none."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from signal import SIGINT, default_int_handler, signal

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits

from skfcn import FCNClassifier
from skfcn.callbacks import Callback, Checkpoint

X, Y = load_digits(return_X_y=True)
X, Y = X[:300] / 16, Y[:300]


def classifier(**params):
    params = {"max_iter": 4, "batch_size": 100, "random_state": 0} | params
    return FCNClassifier((16,), n_iter_no_change=np.inf, **params)


def run(*args, **environment):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment
    return subprocess.run(
        [sys.executable, *map(str, args)],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    ).stdout


# --- the process is killed --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_50_random_moments_and_resumed_the_weights_are_the_same_to_the_bit():
    counts = json.loads(run(Path(__file__).with_name("kill_and_resume.py"), 50, 0))

    assert counts["kills"] == 50
    assert counts["identical"] == counts["fits"]
    assert counts["within an epoch"] > 5
    assert counts["while writing"] > 0


# --- files cannot be written ------------------------------------------------------------------


LIMITED = """
import resource, signal, sys, warnings
import joblib
sys.path.insert(0, {tests!r})
from test_checkpoint_faults import X, Y, Checkpoint, Callback, classifier

class FullDisk(Callback):
    # From the third epoch on no file can grow: writing fails as on a full disk.
    def on_epoch_end(self, estimator, *, record, fitted_attributes):
        if record["epoch"] == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
        if record["epoch"] == 7 and {recovers}:
            resource.setrlimit(
                resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            )

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    clf = classifier(max_iter=8).set_callbacks(
        FullDisk(), Checkpoint({folder!r}, keep=1, on_error={on_error!r})
    )
    try:
        clf.fit(X, Y)
        print(clf.n_iter_)
    except OSError as error:
        print(type(error).__name__, error.strerror)
print(*[warning.message for warning in caught], sep="\\n")
"""


def limited(folder, on_error, recovers=False):
    tests = str(Path(__file__).parent)
    code = LIMITED.format(
        tests=tests, folder=str(folder), on_error=on_error, recovers=recovers, limit=1000
    )
    return run("-c", code).splitlines()


needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="there are no limits on files")


@pytest.mark.slow
@needs_limits
def test_on_a_full_disk_training_goes_on_with_one_warning(tmp_path):
    ended, *warnings = limited(tmp_path, "warn")

    assert ended == "8"
    assert len(warnings) == 1
    assert f"Checkpoint: cannot save to {tmp_path}" in warnings[0]
    assert "File too large" in warnings[0]
    (last,) = tmp_path.rglob("*.joblib")  # the last good one is whole
    assert_array_equal(joblib.load(last).coefs_[0], classifier(max_iter=2).fit(X, Y).coefs_[0])
    assert not list(tmp_path.glob("*/.*"))  # and nothing else is left


@pytest.mark.slow
@needs_limits
def test_once_there_is_room_again_it_is_saved_again(tmp_path):
    ended, *warnings = limited(tmp_path, "warn", recovers=True)

    assert ended == "8"
    assert len(warnings) == 1
    (last,) = tmp_path.rglob("*.joblib")
    assert_array_equal(joblib.load(last).coefs_[0], classifier(max_iter=8).fit(X, Y).coefs_[0])


@pytest.mark.slow
@needs_limits
def test_on_a_full_disk_training_ends_if_that_is_asked_for(tmp_path):
    assert limited(tmp_path, "raise")[0] == "OSError File too large"

    (last,) = tmp_path.rglob("*.joblib")
    assert joblib.load(last).n_iter_ == 2


def places(tmp_path):
    (tmp_path / "file").write_text("here")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "folder")
    yield tmp_path / "file"
    yield tmp_path / "file" / "folder"
    yield tmp_path / "link"
    if Path("/proc/self").exists():
        yield Path("/proc/skfcn")
    if os.geteuid():  # the superuser may write anywhere
        (tmp_path / "locked").mkdir(mode=0o500)
        yield tmp_path / "locked" / "folder"


def test_where_no_folder_can_be_made_training_goes_on_with_one_warning(tmp_path):
    whole = classifier().fit(X, Y)
    for place in places(tmp_path):
        with pytest.warns(UserWarning, match="cannot save to .* Training goes on") as caught:
            clf = classifier().set_callbacks(Checkpoint(place, seconds=0)).fit(X, Y)
        assert len(caught) == 1
        assert_array_equal(clf.coefs_[0], whole.coefs_[0])
    assert (tmp_path / "file").read_text() == "here"


def test_where_no_folder_can_be_made_an_error_comes_before_any_step(tmp_path):
    class Step(Callback):
        def on_step_end(self, estimator, *, step, loss, score):
            raise AssertionError("it trains")

    for place in places(tmp_path):
        clf = classifier().set_callbacks(Checkpoint(place, on_error="raise"), Step())
        with pytest.raises(OSError, match=place.name):
            clf.fit(X, Y)


def test_attempts_that_fail_leave_no_folders(tmp_path, monkeypatch):
    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("skfcn.callbacks.folder.atomic_path", full)
        clf = classifier().set_callbacks(Checkpoint(tmp_path, seconds=0))
        with pytest.warns(UserWarning, match="No space left on device") as caught:
            clf.fit(X, Y)

    assert len(caught) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_taken_away_is_missed_once_and_then_done_without(tmp_path):
    class TakeAway(Callback):
        def on_epoch_end(self, estimator, *, record, fitted_attributes):
            if record["epoch"] == 2:
                (tmp_path / "night").rename(tmp_path / "elsewhere")

    with pytest.warns(UserWarning, match="Training goes on") as caught:
        clf = classifier().set_callbacks(TakeAway(), Checkpoint(tmp_path / "night")).fit(X, Y)
    assert len(caught) == 1
    assert clf.n_iter_ == 4


def test_a_link_to_a_folder_is_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")

    classifier().set_callbacks(Checkpoint(tmp_path / "link")).fit(X, Y)

    assert len(list((tmp_path / "folder").rglob("*.joblib"))) == 2
    assert (tmp_path / "link").is_symlink()


# --- the user interrupts it -------------------------------------------------------------------


class Interrupt(Callback):
    """Sends SIGINT to its own process after a step."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, estimator, *, step, loss, score):
        if step == self.step:
            os.kill(os.getpid(), SIGINT)


@pytest.fixture
def pythons_handler():
    """Python's own reaction, which a process in the background does not begin with."""
    before = signal(SIGINT, default_int_handler)
    yield
    signal(SIGINT, before)


@pytest.mark.usefixtures("pythons_handler")
@pytest.mark.parametrize("step", [1, 4, 6])
def test_a_fit_that_was_interrupted_goes_on_where_it_was(tmp_path, step):
    clf = classifier().set_callbacks(Checkpoint(tmp_path, every=None), Interrupt(step))
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        clf.fit(X, Y)
    assert len(clf.loss_curve_) == step // 3

    clf.set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, Y)

    assert_array_equal(clf.coefs_[0], classifier().fit(X, Y).coefs_[0])
