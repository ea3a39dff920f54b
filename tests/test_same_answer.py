"""The same seed gives the same bits: in every process, in any company, of any array.

At the same number of BLAS threads and on the same CPU; ``python -m benchmarks.same_answer``
measures what other numbers and CPUs change.
"""

import json
import os
import subprocess
import sys
from multiprocessing import get_all_start_methods
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pairwise import pairwise
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from sklearn.utils import check_random_state

from skfcn import FCNClassifier, FCNRegressor

ANSWERS = Path(__file__).with_name("answers.py")
IN_ONE_PROCESS = ["serial", "watched", "verbose", "after other work", "threads", "threading"]
IN_SEVERAL = [*get_all_start_methods(), "loky", "multiprocessing"]


def start(hash_seed, *ways):
    # Two threads, so that "wide" has two; the other fits limit themselves to one.
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "OPENBLAS_NUM_THREADS": "2"}
    return subprocess.Popen(
        [sys.executable, ANSWERS, *ways],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def answers():
    """What two processes answered, which began with other hashes of strings."""
    processes = start("0", "wide", *IN_ONE_PROCESS), start("7", "serial", "wide", *IN_SEVERAL)
    found = []
    for process in processes:
        out, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors
        found.append(json.loads(out))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("way", [*IN_ONE_PROCESS, *IN_SEVERAL])
def test_all_kinds_of_fits_give_the_same_bits_in_all_ways(answers, way):
    first, second = answers
    expected = first["serial"]
    assert len(set(expected.values())) == len(expected) > 10  # each fit has bits of its own
    got = first[way] if way in IN_ONE_PROCESS else second[way]
    assert got == {name: expected[name] for name in got}
    assert len(got) == len(expected) or way == "verbose"  # L-BFGS has no such lines


@pytest.mark.slow
def test_another_process_gives_the_same_bits(answers):
    first, second = answers
    assert second["serial"] == first["serial"]
    assert second["wide"] == first["wide"]  # where BLAS uses two threads


# ---- of any array

X, Y = load_digits(return_X_y=True)
X = X[:300] / 16
LABELS, TARGETS = Y[:300], np.random.RandomState(0).normal(size=(300, 3))
WEIGHTS = np.random.RandomState(1).uniform(0.5, 1, 300)
FITS = {
    "stochastic": {"max_iter": 3, "early_stopping": True, "dropout": 0.2, "average": 0.9},
    "lbfgs": {"solver": "lbfgs", "max_iter": 3, "max_fun": 9, "tol": 10},
}
FORMS = {
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
    "another byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "an odd address": lambda a: at_odd_address(a),
    "read-only": lambda a: read_only(a.copy()),
    "memory-mapped": lambda a: a.view(np.memmap),
}


def at_odd_address(a):
    buffer = np.zeros(a.nbytes + 1, dtype=np.uint8)
    moved = buffer[1:].view(a.dtype).reshape(a.shape)
    moved[...] = a
    assert not moved.flags.aligned
    return moved


def read_only(a):
    a.flags.writeable = False
    return a


def fit(Estimator, kind, *data):
    params = {"n_iter_no_change": np.inf, "alpha": 0.01, "l1_ratio": 0.5, "random_state": 0}
    return Estimator((9, 8), **(params | FITS[kind])).fit(*data)


def assert_same(a, b):
    assert a._fitted.model.network.dtype == b._fitted.model.network.dtype
    assert_array_equal(a._parameters.vector, b._parameters.vector)
    assert a.loss_curve_ == b.loss_curve_
    assert a.validation_scores_ == b.validation_scores_
    assert a.history_.get("validation_loss") == b.history_.get("validation_loss")


GRID = {
    "Estimator": [FCNClassifier, FCNRegressor],
    "kind": FITS,
    "form": FORMS,
    "dtype": [np.float32, np.float64],
}


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize(tuple(GRID), pairwise(**GRID))
def test_the_form_of_an_array_does_not_matter(Estimator, kind, form, dtype):
    change = FORMS[form]
    x, y, w = X.astype(dtype), LABELS if Estimator is FCNClassifier else TARGETS, WEIGHTS
    expected = fit(Estimator, kind, x, y, w)
    assert_same(fit(Estimator, kind, change(x), y, w), expected)
    assert_same(fit(Estimator, kind, x, change(y), change(w)), expected)
    for method in ("predict", "transform", *["predict_proba"] * (Estimator is FCNClassifier)):
        predict = getattr(expected, method)
        assert_array_equal(predict(change(x)), predict(x))


@pytest.mark.parametrize("kind", ["lists", "DataFrame", "float32"])
def test_containers_of_the_same_numbers_do_not_matter(kind):
    expected = fit(FCNClassifier, "stochastic", X, LABELS)
    other = {
        "lists": lambda: (X.tolist(), LABELS.tolist()),
        "DataFrame": lambda: (pd.DataFrame(X), pd.Series(LABELS)),
        "float32": lambda: (X.astype(np.float32).astype(float), LABELS),  # sixteenths are exact
    }[kind]()
    assert_same(fit(FCNClassifier, "stochastic", *other), expected)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize("kind", FITS)
def test_the_format_of_a_sparse_matrix_does_not_matter(kind):
    expected = fit(FCNClassifier, kind, sparse.csr_matrix(X), LABELS)
    for make in (sparse.csc_matrix, sparse.coo_matrix, sparse.csr_array, sparse.lil_matrix):
        assert_same(fit(FCNClassifier, kind, make(X), LABELS), expected)


# ---- where the random numbers come from

SEEDED = {"max_iter": 3, "n_iter_no_change": np.inf, "solver": "sgd"}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning")
def test_None_draws_from_the_global_numbers_as_scikit_learn_does():
    numpys = check_random_state(None)
    before = numpys.get_state()
    try:
        numpys.seed(3)
        ours, left = FCNClassifier((9,), **SEEDED).fit(X, LABELS), numpys.random_sample()
        numpys.seed(3)
        theirs = MLPClassifier((9,), **SEEDED).fit(X, LABELS)
        assert numpys.random_sample() == left  # both have drawn as many
    finally:
        numpys.set_state(before)
    for coef, their_coef in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(coef, their_coef, rtol=1e-6, atol=1e-9)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning")
def test_a_RandomState_is_drawn_from_and_goes_on_as_scikit_learns_does():
    states = np.random.RandomState(3), np.random.RandomState(3)
    for _ in range(2):
        ours = FCNClassifier((9,), random_state=states[0], **SEEDED).fit(X, LABELS)
        theirs = MLPClassifier((9,), random_state=states[1], **SEEDED).fit(X, LABELS)
        np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-6, atol=1e-9)
    assert states[0].random_sample() == states[1].random_sample()


def test_a_second_fit_with_a_number_gives_the_same_bits():
    for kind in FITS:
        clf = FCNClassifier((9,), random_state=0, n_iter_no_change=np.inf, **FITS[kind])
        if kind == "lbfgs":
            clf.set_params(max_iter=1000, tol=0.1)
        first = clf.fit(X, LABELS)._parameters.vector.copy()
        curve = list(clf.loss_curve_)
        assert_array_equal(clf.fit(X, LABELS)._parameters.vector, first)
        assert clf.loss_curve_ == curve
