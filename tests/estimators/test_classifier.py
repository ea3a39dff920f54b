"""`FCNClassifier` by itself; `test_parity.py` holds it against scikit-learn's MLPClassifier."""

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier
from skfcn.activations import ELU, Activation
from skfcn.initializers import Normal
from skfcn.losses import LogLoss
from skfcn.optimizers import LBFGS, SGD, Adam
from skfcn.schedules import Adaptive

EPOCHS = {"n_iter_no_change": np.inf}  # a fixed number of epochs, so no convergence warning


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


@pytest.fixture(scope="module")
def fitted(digits):
    return FCNClassifier((32,), max_iter=15, random_state=0, **EPOCHS).fit(*digits)


def small_data(n=60, n_classes=3, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(n, 4))
    return X, np.arange(n) % n_classes


# ---- scikit-learn's contract


def test_pipeline_and_cross_validation(digits):
    model = make_pipeline(
        StandardScaler(), FCNClassifier((64,), max_iter=60, random_state=0, **EPOCHS)
    )
    assert cross_val_score(model, *digits, cv=3).mean() > 0.92


@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_grid_search_reaches_components(digits, n_jobs):
    X, y = digits
    X, y = X[::3], y[::3]
    grid = {
        "hidden_layer_sizes": [(16,), 24],
        "activation": ["relu", ELU(alpha=0.1)],
        "init": ["auto", "he_normal"],
        "solver__beta_1": [0.5, 0.9],
    }
    model = FCNClassifier(
        solver=Adam(), learning_rate_init=0.01, max_iter=10, random_state=0, **EPOCHS
    )
    search = GridSearchCV(model, grid, cv=2, n_jobs=n_jobs).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert len(scores) == 16
    # Every parameter must make a difference, or the search would be a sham.
    for name in grid:
        by_value = {}
        for params, score in zip(search.cv_results_["params"], scores, strict=True):
            by_value.setdefault(str(params[f"{name}"]), []).append(score)
        first, second = by_value.values()
        assert first != second, name
    assert search.best_estimator_.score(X, y) > 0.9


def test_clone_and_repr():
    clf = FCNClassifier(activation=ELU(alpha=0.1), solver=SGD(momentum=0.5))
    copied = clone(clf)
    assert copied.activation is not clf.activation
    assert repr(copied) == repr(clf)
    assert copied.get_params()["solver__momentum"] == 0.5


def test_fit_changes_no_parameter_and_touches_no_object(digits):
    objects = {
        "activation": ELU(alpha=0.3),
        "solver": Adam(beta_1=0.8),
        "learning_rate": Adaptive(divisor=2.0),
        "loss": LogLoss(),
        "init": Normal(scale=0.1),
    }
    clf = FCNClassifier((8,), max_iter=2, random_state=0, **objects, **EPOCHS)
    before = {name: pickle.dumps(part) for name, part in objects.items()}
    clf.fit(*digits)
    for name, part in objects.items():
        assert getattr(clf, name) is part
        assert pickle.dumps(part) == before[name]


def test_a_users_own_activation_needs_no_registration(digits):
    class Square(Activation):
        def forward(self, z, out):
            np.multiply(z, z, out=out)

        def backward(self, z, out, delta):
            delta *= 2 * z

    clf = FCNClassifier((16,), activation=Square(), solver="lbfgs", random_state=0)
    assert clf.fit(*digits).score(*digits) > 0.9


# ---- labels


@pytest.mark.parametrize(
    "labels",
    [
        ["ant", "bee", "cow"],
        [-5, 0, 700],
        [0.0, 1.0, 2.0],
        np.array(["x", "yy", "zzz"], dtype=object),
        np.array([1, 2, 3], dtype=np.uint8),
        [False, True],
        ["no", "yes"],
    ],
    ids=str,
)
def test_labels_of_any_type_come_back(labels):
    labels = np.asarray(labels)
    X, codes = small_data(n_classes=len(labels))
    X[:, 0] += 3 * codes
    y = labels[codes]
    clf = FCNClassifier((16,), solver="lbfgs", random_state=0).fit(X, y)
    predicted = clf.predict(X)
    # Strings in an object array come back as scikit-learn's MLPClassifier returns them.
    dtype = "<U3" if y.dtype == object else y.dtype
    assert predicted.dtype == clf.classes_.dtype == dtype
    assert_array_equal(clf.classes_, np.unique(y))
    assert clf.score(X, y) > 0.9


def test_labels_do_not_change_the_network(digits):
    X, y = digits
    names = np.array(list("abcdefghij"))
    settings = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0, **EPOCHS}
    numbers, letters = (
        FCNClassifier(**settings).fit(X, y),
        FCNClassifier(**settings).fit(X, names[y]),
    )
    assert_array_equal(numbers.predict_proba(X), letters.predict_proba(X))
    assert_array_equal(names[numbers.predict(X)], letters.predict(X))


def test_one_class_is_always_predicted():
    X, _ = small_data()
    clf = FCNClassifier((4,), max_iter=3, **EPOCHS).fit(X, ["only"] * len(X))
    assert set(clf.predict(X)) == {"only"}


def test_multilabel_targets():
    X, Y = make_multilabel_classification(n_samples=200, n_classes=4, random_state=0)
    X = StandardScaler().fit_transform(X)
    clf = FCNClassifier((32,), solver="lbfgs", random_state=0).fit(X, Y)
    assert clf.out_activation_ == "logistic"
    assert clf.predict_proba(X).shape == clf.predict(X).shape == Y.shape
    assert clf.score(X, Y) > 0.9


# ---- probabilities


def test_probabilities_sum_to_one_and_decide(fitted, digits):
    X, _ = digits
    probability = fitted.predict_proba(X)
    assert probability.shape == (len(X), 10)
    assert_allclose(probability.sum(axis=1), 1, rtol=1e-12)
    assert_array_equal(fitted.predict(X), fitted.classes_[probability.argmax(axis=1)])
    assert_allclose(fitted.predict_log_proba(X), np.log(probability), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", [1, 1e3])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_log_probabilities_are_finite_where_probabilities_underflow(scale, n_outputs):
    clf = FCNClassifier.from_weights(
        [np.ones((1, n_outputs)) * [1, -1, 2][:n_outputs]], [np.zeros(n_outputs)]
    )
    X = np.array([[-800.0], [800.0]]) * scale
    log_probability = clf.predict_log_proba(X)
    assert np.isfinite(log_probability).all()
    assert_allclose(log_probability.min(), np.log(np.finfo(float).tiny))


def test_squared_error_classifies_too(digits):
    clf = FCNClassifier((32,), loss="squared_error", max_iter=100, random_state=0, **EPOCHS)
    clf.fit(*digits)
    assert clf.score(*digits) > 0.97
    assert clf.out_activation_ == "softmax"
    assert_allclose(clf.predict_proba(digits[0]).sum(axis=1), 1, rtol=1e-12)
    binary = clone(clf).fit(digits[0], digits[1] > 4)
    assert binary.out_activation_ == "logistic"
    assert binary.score(digits[0], digits[1] > 4) > 0.97


# ---- data of every kind


def as_fortran(X):
    return np.asfortranarray(X)


def as_strided(X):
    return np.repeat(X, 2, axis=1)[:, ::2]


def as_read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def as_big_endian(X):
    return X.astype(">f8")


def as_list(X):
    return X.tolist()


@pytest.mark.parametrize(
    "convert",
    [as_fortran, as_strided, as_read_only, as_big_endian, as_list],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("shuffle", [True, False])
def test_the_layout_of_X_does_not_matter(digits, convert, shuffle):
    X, y = digits[0][:300], digits[1][:300]
    settings = {
        "hidden_layer_sizes": (8,),
        "max_iter": 2,
        "random_state": 0,
        "shuffle": shuffle,
        **EPOCHS,
    }
    expected = FCNClassifier(**settings).fit(X, y)
    got = FCNClassifier(**settings).fit(convert(X), y)
    assert_array_equal(got.predict_proba(convert(X)), expected.predict_proba(X))


def test_a_memory_mapped_X_is_read_in_place(digits, tmp_path):
    X, y = digits
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    settings = {"hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0, **EPOCHS}
    expected, got = FCNClassifier(**settings).fit(X, y), FCNClassifier(**settings).fit(mapped, y)
    assert_array_equal(got.predict_proba(mapped), expected.predict_proba(X))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float16, bool, np.longdouble])
def test_other_dtypes_are_computed_in_float64(digits, dtype):
    X, y = (digits[0] * 4).astype(dtype), digits[1]
    settings = {"hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0, **EPOCHS}
    expected = FCNClassifier(**settings).fit(X.astype(np.float64), y)
    got = FCNClassifier(**settings).fit(X, y)
    assert got.coefs_[0].dtype == np.float64
    assert_array_equal(got.predict_proba(X), expected.predict_proba(X))


def test_float32_stays_float32(digits):
    X, y = digits[0].astype(np.float32), digits[1]
    clf = FCNClassifier((8,), max_iter=2, random_state=0, **EPOCHS).fit(X, y)
    assert {a.dtype for a in clf.coefs_ + clf.intercepts_} == {np.dtype(np.float32)}
    assert clf.predict_proba(X).dtype == np.float32


@pytest.mark.slow
def test_X_is_never_copied_or_converted_whole():
    code = """
import tracemalloc, numpy as np
from skfcn import FCNClassifier
rng = np.random.RandomState(0)
y = np.arange(20_000) % 2
clf = FCNClassifier((4,), max_iter=1, n_iter_no_change=np.inf, random_state=0)
clf.fit(np.ones((10, 2)), y[:10])  # imports and caches
for X in (rng.randint(0, 255, (20_000, 500), dtype=np.uint8),
          np.asfortranarray(rng.normal(size=(20_000, 500)))):
    tracemalloc.start()
    clf.fit(X, y).predict(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12e6, (X.dtype, peak)  # X is 10 MB of uint8, 80 MB of float64
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_sparse_X_is_never_made_dense():
    code = """
import tracemalloc, numpy as np
from scipy.sparse import random
from skfcn import FCNClassifier
X = random(4_000, 20_000, density=0.001, format="csr", random_state=0)  # 640 MB dense
y = np.arange(4_000) % 3
clf = FCNClassifier((4,), max_iter=2, n_iter_no_change=np.inf, early_stopping=True)
tracemalloc.start()
clf.fit(X, y).predict(X)
peak = tracemalloc.get_traced_memory()[1]
assert peak < 20e6, peak
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---- saving, copying, sharing


def test_pickle_and_deepcopy_go_on_training_alike(fitted, digits):
    copies = [pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)]
    original = copy.deepcopy(fitted).partial_fit(*digits)
    for other in copies:
        other.partial_fit(*digits)
        assert_array_equal(other.predict_proba(digits[0]), original.predict_proba(digits[0]))
        # The layers are views of the one vector again, not copies of it.
        assert np.shares_memory(other.coefs_[0], other._parameters.vector)


@pytest.mark.slow
def test_joblib_in_a_fresh_process(fitted, digits, tmp_path):
    joblib.dump(fitted, tmp_path / "model.joblib")
    np.save(tmp_path / "X.npy", digits[0])
    code = (
        "import sys, joblib, numpy as np; folder = sys.argv[1]; "
        "model = joblib.load(folder + '/model.joblib'); "
        "np.save(folder + '/p.npy', model.predict_proba(np.load(folder + '/X.npy')))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert_array_equal(np.load(tmp_path / "p.npy"), fitted.predict_proba(digits[0]))


def test_one_model_serves_many_threads(fitted, digits):
    X, _ = digits
    expected = fitted.predict_proba(X)
    with ThreadPoolExecutor(8) as pool:
        for got in pool.map(fitted.predict_proba, [X] * 40):
            assert_array_equal(got, expected)


def test_coefs_can_be_assigned(fitted, digits):
    X, _ = digits
    clf = copy.deepcopy(fitted)
    zeros = [np.zeros_like(W) for W in clf.coefs_]
    clf.coefs_ = zeros
    clf.intercepts_[-1] = np.arange(10.0)
    assert set(clf.predict(X)) == {9}
    with pytest.raises(ValueError, match=r"coefs must have the shapes"):
        clf.coefs_ = zeros[::-1]


def test_from_weights_equals_the_network_they_came_from(fitted, digits):
    X, _ = digits
    again = FCNClassifier.from_weights(fitted.coefs_, fitted.intercepts_)
    assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.hidden_layer_sizes == (32,)
    assert not np.shares_memory(again.coefs_[0], fitted.coefs_[0])
    again.partial_fit(*digits)
    assert again.n_iter_ == 1


@pytest.mark.parametrize("n_classes", [2, 3])
def test_from_weights_sorts_the_outputs_by_label(n_classes):
    X, y = small_data(n_classes=n_classes)
    names = np.array(["b", "a", "c"])[:n_classes]
    clf = FCNClassifier((5,), max_iter=5, random_state=0, **EPOCHS).fit(X, y)
    named = FCNClassifier.from_weights(clf.coefs_, clf.intercepts_, classes=names)
    assert_array_equal(named.classes_, np.sort(names))
    assert_array_equal(named.predict(X), names[clf.predict(X)])
    order = np.argsort(names)
    assert_allclose(named.predict_proba(X), clf.predict_proba(X)[:, order], rtol=1e-12)


@pytest.mark.parametrize(
    ("coefs", "intercepts", "classes", "message"),
    [
        ([], [], None, "at least one"),
        ([np.ones((2, 3))], [np.ones(3), np.ones(3)], None, "as many"),
        ([np.ones((2, 3)), np.ones((4, 2))], [np.ones(3), np.ones(2)], None, "shapes"),
        ([np.ones(3)], [np.ones(3)], None, "2-D"),
        ([np.full((2, 3), np.nan)], [np.ones(3)], None, "finite"),
        ([np.ones((2, 3))], [np.ones(3)], ["a", "b"], "3 different labels"),
        ([np.ones((2, 3))], [np.ones(3)], ["a", "b", "b"], "3 different labels"),
    ],
)
def test_from_weights_says_what_is_wrong(coefs, intercepts, classes, message):
    with pytest.raises(ValueError, match=message):
        FCNClassifier.from_weights(coefs, intercepts, classes=classes)


# ---- going on


def test_partial_fit_k_times_is_fit_of_k_epochs(digits):
    settings = {"hidden_layer_sizes": (16,), "random_state": 3, "learning_rate": "invscaling"}
    whole = FCNClassifier(max_iter=4, **settings, **EPOCHS).fit(*digits)
    parts = FCNClassifier(**settings)
    for _ in range(4):
        parts.partial_fit(*digits, classes=np.arange(10))
    # fit shuffles what the last epoch shuffled, partial_fit the rows as they are given.
    assert parts.t_ == whole.t_ == 4 * len(digits[0])
    assert len(parts.loss_curve_) == len(whole.loss_curve_) == 4
    unshuffled = [
        FCNClassifier(max_iter=4, shuffle=False, **settings, **EPOCHS).fit(*digits),
        FCNClassifier(shuffle=False, **settings),
    ]
    for _ in range(4):
        unshuffled[1].partial_fit(*digits, classes=np.arange(10))
    assert_array_equal(unshuffled[0].coefs_[0], unshuffled[1].coefs_[0])
    assert unshuffled[0].loss_curve_ == unshuffled[1].loss_curve_


def test_partial_fit_shuffles_anew_each_time(digits):
    order = []

    class Spy(SGD):
        def step(self, theta, gradient, *arrays, rate, t):
            order.append(gradient.copy())
            theta += 0

    clf = FCNClassifier((4,), solver=Spy(), batch_size=1000, random_state=0)
    clf.partial_fit(*digits, classes=np.arange(10)).partial_fit(*digits)
    assert not np.allclose(order[0], order[2], rtol=1e-6)


def test_a_changed_optimizer_starts_afresh(digits):
    clf = FCNClassifier((8,), random_state=0).partial_fit(*digits, classes=np.arange(10))
    clf.set_params(solver="sgd").partial_fit(*digits)
    assert set(clf._fitted.state.moments) == {"velocity"}
    assert clf.t_ == 2 * len(digits[0])


# ---- errors, before any work is done


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": (10, 0)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (10.5,)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": -1}, "hidden_layer_sizes"),
        ({"activation": "sigmoid"}, "activation"),
        ({"activation": ELU}, "activation"),
        ({"activation": ELU(alpha=-1)}, "'alpha' parameter of ELU"),
        ({"solver": "rprop"}, "solver"),
        ({"solver": Adam(beta_1=1.0)}, "'beta_1' parameter of Adam"),
        ({"learning_rate": "warm"}, "learning_rate"),
        ({"learning_rate_init": 0}, "learning_rate_init"),
        ({"loss": "hinge"}, "loss"),
        ({"init": "xavier"}, "init"),
        ({"alpha": -1}, "alpha"),
        ({"batch_size": 0}, "batch_size"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": float("nan")}, "tol"),
        ({"momentum": 1.5}, "momentum"),
        ({"validation_fraction": 1.0}, "validation_fraction"),
    ],
    ids=str,
)
def test_wrong_parameters_are_named(params, message):
    X, y = small_data()
    clf = FCNClassifier(**params)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y)
    assert not hasattr(clf, "classes_")


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.full((4, 2), np.nan), [0, 1, 0, 1], "NaN"),
        (np.full((4, 2), np.inf), [0, 1, 0, 1], "infinity"),
        (np.ones((4, 2)) * 1j, [0, 1, 0, 1], "Complex"),
        (np.array([["a", "b"]] * 4), [0, 1, 0, 1], "string|numeric"),
        (np.zeros((4, 2), dtype="datetime64[s]"), [0, 1, 0, 1], "datetime|real"),
        (np.ones((0, 2)), [], "minimum of 1"),
        (np.ones((4, 2, 2)), [0, 1, 0, 1], "dim 3"),
        (np.ones((4, 2)), [0, 1, 0], "inconsistent"),
        (np.ones((4, 2)), [0.5, 0.1, 0.2, 0.7], "Unknown label type"),
        (np.ones((4, 2)), None, "requires y to be passed"),
    ],
)
def test_wrong_data_are_refused(X, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        FCNClassifier((3,)).fit(X, y)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.zeros(60), "at least one non-zero"),
        (-np.ones(60), "(?i)negative"),
        (np.full(60, np.nan), "NaN"),
        (np.ones(59), "shape"),
    ],
    ids=["zeros", "negative", "nan", "length"],
)
def test_wrong_sample_weights_are_refused(weight, message):
    with pytest.raises(ValueError, match=message):
        FCNClassifier((3,)).fit(*small_data(), sample_weight=weight)


def test_a_failed_fit_leaves_the_fitted_network(fitted, digits):
    clf = copy.deepcopy(fitted)
    before = clf.predict_proba(digits[0])
    with pytest.raises(ValueError, match="Unknown label type"):
        clf.fit(digits[0], np.linspace(0, 1, len(digits[0])))
    with pytest.raises(ValueError, match="Unknown label type"):
        clf.fit(digits[0][:, :3], np.linspace(0, 1, len(digits[0])))
    with pytest.raises(ValueError, match="alpha"):
        clf.set_params(alpha=-1).fit(*digits)
    assert_array_equal(clf.predict_proba(digits[0]), before)


def test_divergence_is_an_error_that_names_step_epoch_rate_and_causes():
    X, y = small_data()
    clf = FCNClassifier(
        (3,), solver="sgd", learning_rate_init=1e200, activation="identity", max_iter=9
    )
    with pytest.raises(
        ValueError,
        match=r"happened at step 1 of epoch 2, learning rate 1e\+200; the loss is nan\. Likely "
        r"causes, .*: \(1\) X holds values up to 2\.\d+e\+100: scale it.*\(2\) the learning rate",
    ):
        clf.fit(X * 1e100, y)


def test_unfitted(digits):
    for method in ("predict", "predict_proba", "predict_log_proba"):
        with pytest.raises(NotFittedError):
            getattr(FCNClassifier(), method)(digits[0])
    assert not hasattr(FCNClassifier(), "coefs_")


def test_partial_fit_needs_classes_and_keeps_them():
    X, y = small_data()
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        FCNClassifier().partial_fit(X, y)
    clf = FCNClassifier((3,)).partial_fit(X, y, classes=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="is not the same as on last call"):
        clf.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="has classes not in"):
        clf.partial_fit(X, y + 2)
    for params in ({"solver": "lbfgs"}, {"solver": LBFGS()}):
        assert not hasattr(FCNClassifier(**params), "partial_fit")
    assert clf.predict_proba(X).shape == (60, 4)


def test_classes_by_position_mean_what_they_meant_before_scikit_learn_1_7():
    X, y = small_data()
    settings = {"hidden_layer_sizes": 3, "random_state": 0}
    named = FCNClassifier(**settings).partial_fit(X, y, classes=[0, 1, 2])
    by_position = FCNClassifier(**settings).partial_fit(X, y, [0, 1, 2])
    for _ in range(2):
        named.partial_fit(X, y)
        by_position.partial_fit(X, y, [0, 1, 2])
    assert_array_equal(named.coefs_[0], by_position.coefs_[0])
    with pytest.raises(ValueError, match=r"by name: partial_fit\(X, y, classes=classes\)"):
        FCNClassifier(**settings).partial_fit(X[:3], y[:3], [0, 1, 2])  # could be weights
    with pytest.raises(ValueError, match=r"sample_weight\.shape"):
        named.partial_fit(X, y, [1.0, 2.0])


def test_warm_start_keeps_its_layers_and_classes():
    X, y = small_data()
    clf = FCNClassifier((3,), warm_start=True, max_iter=2, **EPOCHS).fit(X, y)
    with pytest.raises(ValueError, match="go on with the layers of the first fit"):
        clf.set_params(hidden_layer_sizes=(4,)).fit(X, y)
    with pytest.raises(ValueError, match="same classes as in the previous"):
        clf.set_params(hidden_layer_sizes=(3,)).fit(X, y + 1)
    with pytest.raises(ValueError, match="expecting 4 features"):
        clf.fit(X[:, :2], y)


def test_warm_start_may_begin_and_end_early_stopping():
    X, y = small_data()
    clf = FCNClassifier((3,), warm_start=True, max_iter=3, **EPOCHS).fit(X, y)
    clf.set_params(early_stopping=True).fit(X, y)
    assert clf.best_loss_ is None
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    clf.set_params(early_stopping=False).fit(X, y)
    assert clf.best_loss_ == min(clf.loss_curve_[-3:])
    assert clf.best_validation_score_ is None


def test_lbfgs_holds_nothing_out():
    X, y = small_data()
    clf = FCNClassifier((3,), solver="lbfgs", early_stopping=True, max_iter=2000, random_state=0)
    clf.fit(X, y)
    assert clf.validation_scores_ is None
    assert clf.best_loss_ == clf.loss_


# ---- what it says


def test_warnings_say_what_to_do():
    X, y = small_data()
    with pytest.warns(ConvergenceWarning, match="Raise max_iter, or set n_iter_no_change"):
        FCNClassifier((3,), max_iter=2).fit(X, y)
    with pytest.warns(
        ConvergenceWarning, match=r"lbfgs failed to converge after 2 iteration\(s\)"
    ):
        FCNClassifier((3,), solver="lbfgs", max_iter=2).fit(X, y)
    with pytest.warns(UserWarning, match="going to be clipped"):
        FCNClassifier((3,), batch_size=100, max_iter=2, **EPOCHS).fit(X, y)


def test_warnings_point_at_the_users_line():
    X, y = small_data()
    for params in ({}, {"solver": "lbfgs"}):
        with pytest.warns(ConvergenceWarning) as record:
            FCNClassifier((3,), max_iter=2, **params).fit(X, y)
        assert [warning.filename for warning in record] == [__file__]


def test_it_is_silent_by_default(digits, capfd):
    FCNClassifier((4,), max_iter=2, **EPOCHS).fit(*digits)
    assert capfd.readouterr() == ("", "")


def test_early_stopping_keeps_the_best_weights_of_a_stratified_split(digits):
    X, y = digits
    clf = FCNClassifier((32,), early_stopping=True, max_iter=60, random_state=0, **EPOCHS)
    clf.fit(X, y)
    assert len(clf.validation_scores_) == clf.n_iter_ == 60
    assert clf.best_validation_score_ == max(clf.validation_scores_) > 0.95
    assert clf.best_loss_ is None
    from skfcn.training import held_out_split

    one_hot = np.eye(10, dtype=bool)[y]
    _, held_out = held_out_split(one_hot, "multiclass", 0.1, np.random.RandomState(0))
    counts = np.bincount(y[held_out])
    assert counts.max() - counts.min() <= 1


def test_a_rare_class_does_not_stop_early_stopping():
    X, y = small_data(n=60)
    y[0] = 3  # the only one of its class
    clf = FCNClassifier((3,), early_stopping=True, max_iter=3, **EPOCHS).fit(X, y)
    assert len(clf.validation_scores_) == 3
