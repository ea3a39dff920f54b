"""One fitted model in many threads: they get what one thread gets, whatever else is done to it."""

import copy
import io
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from threadpoolctl import threadpool_info, threadpool_limits

from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ACTIVATIONS

pytestmark = pytest.mark.slow

N_THREADS = 16
RNG = np.random.RandomState(0)
X, LABELS = RNG.normal(size=(5000, 20)), RNG.randint(4, size=5000)
SIZES = [1, 2, 3, 17, 64, 200, 1000, 2048, 2049, 5000]  # a chunk has 2048 rows
QUIET = {"max_iter": 2, "n_iter_no_change": np.inf, "random_state": 0}
DEEP = {"hidden_layer_sizes": [12] * len(ACTIVATIONS), "activation": list(ACTIVATIONS)}
MODELS = {
    "every activation": lambda: FCNClassifier(**DEEP, **QUIET).fit(X, LABELS),
    "two classes": lambda: FCNClassifier((9,), dtype="float32", **QUIET).fit(X, LABELS > 1),
    "labels": lambda: FCNClassifier((9,), **QUIET).fit(X, np.eye(4, dtype=int)[LABELS]),
    "strings, batch normalization": lambda: FCNClassifier(
        (9, 8), normalization="batch", dropout=0.1, **QUIET
    ).fit(X, np.array(["a", "b", "c", "d"])[LABELS]),
    "regression, layer normalization": lambda: FCNRegressor(
        (9, 8), normalization="layer", **QUIET
    ).fit(X, X[:, :2]),
    # With products that BLAS divides among its threads.
    "wide": lambda: FCNClassifier((300, 40), **QUIET).fit(X[:100], LABELS[:100]),
}
METHODS = ["predict", "predict_proba", "predict_log_proba", "transform"]


@pytest.fixture(autouse=True)
def threads_that_alternate():
    """Let threads take turns often, and BLAS have two of its own."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with threadpool_limits(2, user_api="blas"):
        yield
    sys.setswitchinterval(interval)


def requests(model, sizes):
    """Return what may be asked of a model, as pairs of a method and data."""
    methods = [method for method in METHODS if hasattr(model, method)]
    forms = [
        lambda rows: rows,
        lambda rows: rows.astype(np.float32),
        np.asfortranarray,
        sparse.csr_matrix,
        sparse.csc_matrix,
    ]
    return [
        (methods[i % len(methods)], form(X[-size:]))
        for i, (size, form) in enumerate((s, f) for s in sizes for f in forms)
    ]


def copies(model, until, failures):
    """Copy a model in every way, over and over; each copy predicts the same."""
    expected, n_rounds = model.predict(X[:50]), 0
    while not until.is_set() or n_rounds < 2:
        file = io.BytesIO()
        joblib.dump(model, file)
        file.seek(0)
        for made in (pickle.loads(pickle.dumps(model)), joblib.load(file), copy.deepcopy(model)):
            if not np.array_equal(made.predict(X[:50]), expected):
                failures.append("a copy predicts something else")
        if clone(model).get_params().keys() != model.get_params().keys():
            failures.append("a clone has other parameters")
        n_rounds += 1


@pytest.mark.parametrize("name", MODELS)
def test_sixteen_threads_get_what_one_gets_while_another_copies_the_model(name):
    model = MODELS[name]()
    asked = requests(model, [200, 500] if name == "wide" else SIZES)
    expected = [getattr(model, method)(data) for method, data in asked]
    start, finished, failures = Barrier(N_THREADS), Event(), []

    def serve(number):
        start.wait()
        for i in range(len(asked)):
            k = (i + 7 * number) % len(asked)  # all at once, each something else
            method, data = asked[k]
            if not np.array_equal(getattr(model, method)(data), expected[k]):
                failures.append((number, method, type(data), data.shape))

    with ThreadPoolExecutor(N_THREADS + 1) as pool:
        copying = pool.submit(copies, model, finished, failures)
        serving = [pool.submit(serve, number) for number in range(N_THREADS)]
        try:
            for done in serving:
                done.result()
        finally:
            finished.set()
        copying.result()
    assert failures == []


def test_feature_names_are_checked_in_every_thread():
    frame = pd.DataFrame(X[:200], columns=[f"f{i}" for i in range(20)])
    model = FCNClassifier((9,), **QUIET).fit(frame, LABELS[:200])
    expected, wrong = model.predict_proba(frame), frame.rename(columns={"f3": "g"})

    def serve(number):
        if number % 2:
            with pytest.raises(ValueError, match="feature names"):
                model.predict(wrong)
        return model.predict_proba(frame)

    with ThreadPoolExecutor(N_THREADS) as pool:
        for got in pool.map(serve, range(64)):
            assert_array_equal(got, expected)


def test_a_model_that_is_trained_on_answers_as_before_or_as_after():
    model = FCNClassifier((9,), **QUIET).fit(X[:300], LABELS[:300])
    answers, finished = {model.predict_proba(X[:20]).tobytes()}, Event()

    def serve(_):
        got = set()
        while not finished.is_set():
            got.add(model.predict_proba(X[:20]).tobytes())
        return got

    with ThreadPoolExecutor(4) as pool:
        serving = [pool.submit(serve, number) for number in range(4)]
        for _ in range(15):
            model.partial_fit(X[:300], LABELS[:300])
            answers.add(model.predict_proba(X[:20]).tobytes())
        finished.set()
        got = set().union(*(done.result() for done in serving))
    assert len(answers) == 16
    assert len(got) > 1
    assert got <= answers


def test_predictions_beside_fits_that_limit_the_threads_of_blas():
    # More rows are products that BLAS divides among its threads, where it has any.
    sizes = [size for size in SIZES if size <= 1000]
    model = FCNClassifier((9,), **QUIET).fit(X, LABELS)
    expected, finished = [model.predict_proba(X[:size]) for size in sizes], Event()

    def fit_on_and_on():
        while not finished.is_set():
            FCNClassifier((9,), **QUIET).fit(X[:200], LABELS[:200])

    with ThreadPoolExecutor(6) as pool:
        fitting = [pool.submit(fit_on_and_on) for _ in range(2)]
        try:
            for _ in range(4):
                got = list(pool.map(lambda size: model.predict_proba(X[:size]), sizes))
                for a, b in zip(got, expected, strict=True):
                    assert_array_equal(a, b)
        finally:
            finished.set()
        for done in fitting:
            done.result()
    threads = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    assert threads == {2}
