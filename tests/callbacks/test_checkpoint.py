"""Checkpoints: what is saved, what goes on from it, what is refused."""

import json
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from skfcn import FCNClassifier, FCNRegressor
from skfcn.callbacks import Callback, Checkpoint, StepLog, Target, TimeLimit
from skfcn.optimizers import Adam
from skfcn.schedules import Cosine

X, Y = load_digits(return_X_y=True)
X, Y = X[:450] / 16, Y[:450]
N_STEPS = 5  # of an epoch


class CutError(Exception):
    """Stands for whatever ends a process."""


class Cut(Callback):
    """Ends the fit with an error after a step."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, estimator, *, step, loss, score):
        if step == self.step:
            raise CutError


def classifier(**params):
    params = {"max_iter": 4, "batch_size": 90, "random_state": 0} | params
    return FCNClassifier((16,), n_iter_no_change=np.inf, **params)


def cut(clf, step, *checkpoint, **params):
    """Fit until a step, with a checkpoint."""
    clf = clone(clf).set_callbacks(Checkpoint(*checkpoint, **params), Cut(step))
    with pytest.raises(CutError):
        clf.fit(X, Y)


def resumed(clf, folder, **params):
    return clone(clf).set_callbacks(Checkpoint(folder, **{"resume": True} | params)).fit(X, Y)


def vector(clf):
    return clf._parameters.vector


def assert_same_fit(one, other):
    assert_array_equal(vector(one), vector(other))
    for name in ("loss_curve_", "validation_scores_", "best_iteration_", "n_iter_", "t_"):
        assert getattr(one, name) == getattr(other, name)
    for name in one.history_.keys() - {"seconds"}:
        assert_array_equal(one.history_[name], other.history_[name])


def files(folder):
    return sorted(path.name for path in Path(folder).rglob("*.joblib"))


# --- going on ---------------------------------------------------------------------------------


KINDS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.1},
    "adamw and cosine": {"solver": "adamw", "learning_rate": Cosine()},
    "nadam": {"solver": "nadam"},
    "rmsprop": {"solver": "rmsprop"},
    "early stopping": {"early_stopping": True, "scoring": ["neg_log_loss", "accuracy"]},
    "plateaus": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "tol": 10,  # no epoch is an improvement, from the second on
        "n_iter_no_change": 1,
        "learning_rate_init": 2e-6,
        "max_iter": 9,
    },
    "average": {"average": 0.9},
    "average and early stopping": {"average": 0.9, "early_stopping": True},
    "dropout and normalization": {"dropout": [0.1, 0.2], "normalization": "batch"},
    "float32": {"dtype": "float32"},
    "in order": {"shuffle": False},
    "class weights": {"class_weight": "balanced"},
}


@pytest.mark.parametrize("step", [1, N_STEPS, 2 * N_STEPS + 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_that_was_cut_off_ends_as_if_it_had_not_been(tmp_path, kind, step):
    clf = classifier().set_params(**KINDS[kind])
    whole = clone(clf).fit(X, Y)
    cut(clf, step + 1, tmp_path, seconds=0)

    assert_same_fit(resumed(clf, tmp_path), whole)


def test_it_may_be_cut_off_again_and_again(tmp_path):
    clf = classifier(early_stopping=True, dropout=0.1)
    for step in (2, 3, 7, 8, 15):
        cut(clf, step, tmp_path, seconds=0, resume="auto")

    assert_same_fit(resumed(clf, tmp_path), clone(clf).fit(X, Y))
    assert len(list(tmp_path.iterdir())) == 1


def noisy(X, y, rng):
    return X + rng.normal(scale=0.1, size=X.shape), y


def test_the_random_numbers_of_an_augmentation_go_on(tmp_path):
    clf = classifier(augmentation=noisy)
    cut(clf, 8, tmp_path, seconds=0)

    assert_same_fit(resumed(clf, tmp_path), clone(clf).fit(X, Y))


def test_regression_on_sparse_data_with_weights_and_validation_data(tmp_path):
    data = csr_matrix(X), Y / 9.0, np.linspace(0, 1, len(Y))
    validation = {"X_val": csr_matrix(X[:50]), "y_val": Y[:50] / 9.0}
    regressor = FCNRegressor((8,), max_iter=4, batch_size=90, random_state=0)
    regressor.set_params(n_iter_no_change=np.inf)
    whole = clone(regressor).fit(*data, **validation)
    with pytest.raises(CutError):
        clone(regressor).set_callbacks(Checkpoint(tmp_path, seconds=0), Cut(13)).fit(
            *data, **validation
        )

    regressor.set_callbacks(Checkpoint(tmp_path, resume=True)).fit(*data, **validation)

    assert_same_fit(regressor, whole)


def test_a_random_state_of_ones_own_goes_on_where_it_would_be(tmp_path):
    first, second = np.random.RandomState(0), np.random.RandomState(0)
    whole = classifier(random_state=first).fit(X, Y)
    cut(classifier(random_state=second), 8, tmp_path, seconds=0)

    again = np.random.RandomState(0)
    clf = classifier(random_state=again).set_callbacks(Checkpoint(tmp_path, resume=True))

    assert_same_fit(clf.fit(X, Y), whole)
    assert again.randint(1000) == first.randint(1000)


def test_without_a_seed_the_global_numbers_stay_as_they_are(tmp_path):
    clf = classifier(random_state=None)
    cut(clf, 8, tmp_path, seconds=0)
    np.random.seed(7)  # noqa: NPY002, the one that random_state=None means

    resumed_clf = clone(clf)
    resumed_clf.set_callbacks(Checkpoint(tmp_path, resume=True), Cut(9))
    drawn_by_init = np.random.RandomState(7)
    clone(clf).set_params(random_state=drawn_by_init, max_iter=1, shuffle=False).fit(X, Y)
    with pytest.raises(CutError):
        resumed_clf.fit(X, Y)

    # The first weights are drawn before the file is found; nothing after.
    assert np.random.randint(1000) == drawn_by_init.randint(1000)  # noqa: NPY002


def test_warm_start_goes_on_from_the_same_network(tmp_path):
    first = classifier(warm_start=True).fit(X, Y)
    whole = joblib.load(_dumped(first, tmp_path / "first")).fit(X, Y)
    second = joblib.load(tmp_path / "first").set_callbacks(
        Checkpoint(tmp_path / "night", seconds=0), Cut(8)
    )
    with pytest.raises(CutError):
        second.fit(X, Y)
    assert_array_equal(vector(second), vector(first))  # a failed fit changes nothing

    third = joblib.load(tmp_path / "first")
    third.set_callbacks(Checkpoint(tmp_path / "night", resume=True)).fit(X, Y)

    assert_same_fit(third, whole)


def test_a_warm_start_is_another_fit_than_a_cold_one(tmp_path):
    cut(classifier(warm_start=True), 8, tmp_path)
    fitted = classifier(warm_start=True).fit(X, Y)

    fitted.set_callbacks(Checkpoint(tmp_path, resume=True))
    with pytest.raises(ValueError, match="the fitted network was None and is now 1210 param"):
        fitted.fit(X, Y)


def _dumped(estimator, path):
    joblib.dump(estimator, path)
    return path


def test_the_log_of_steps_counts_on(tmp_path):
    clf = classifier()
    cut(clf, 8, tmp_path, seconds=0)
    log = StepLog(every=1)

    clf.set_callbacks(log, Checkpoint(tmp_path, resume=True)).fit(X, Y)

    assert log.step_ == list(range(8, 4 * N_STEPS + 1))


def test_a_fit_that_a_time_limit_ended_goes_on(tmp_path):
    clf = classifier()
    limit = TimeLimit(1e-9)
    assert clf.set_callbacks(Checkpoint(tmp_path, every=None), limit).fit(X, Y).n_iter_ == 1
    assert clf.set_callbacks(Checkpoint(tmp_path, resume=True), limit).fit(X, Y).n_iter_ == 2

    assert_same_fit(resumed(clf, tmp_path), classifier().fit(X, Y))


def test_a_finished_fit_is_not_done_again(tmp_path):
    clf = classifier()
    whole = clone(clf).set_callbacks(Checkpoint(tmp_path)).fit(X, Y)
    steps = StepLog(every=1)

    again = clone(clf).set_callbacks(Checkpoint(tmp_path, resume=True), steps).fit(X, Y)

    assert_same_fit(again, whole)
    assert steps.step_ == []
    assert_array_equal(again.predict(X), whole.predict(X))


def test_saving_changes_nothing(tmp_path):
    saved = classifier(average=0.9).set_callbacks(Checkpoint(tmp_path, seconds=0)).fit(X, Y)

    assert_same_fit(saved, classifier(average=0.9).fit(X, Y))


# --- the files --------------------------------------------------------------------------------


def test_a_file_is_the_estimator_that_there_would_be_if_training_had_ended_there(tmp_path):
    clf = classifier(early_stopping=True, average=0.5)
    cut(clf, 2 * N_STEPS + 1, tmp_path)

    loaded = joblib.load(next(tmp_path.rglob("epoch_000002*")))

    two = clone(clf).set_params(max_iter=2).fit(X, Y)
    assert_same_fit(loaded, two)
    assert_array_equal(loaded.predict_proba(X), two.predict_proba(X))
    assert loaded.get_params() == clf.get_params()


@pytest.mark.parametrize("average", [None, 0.9])
def test_partial_fit_goes_on_from_a_file(tmp_path, average):
    clf = classifier(shuffle=False, average=average)
    cut(clf, 2 * N_STEPS + 1, tmp_path)

    loaded = joblib.load(next(tmp_path.rglob("epoch_000002*")))
    for _ in range(2):
        loaded.partial_fit(X, Y)

    assert_array_equal(loaded.predict_proba(X), clone(clf).fit(X, Y).predict_proba(X))


def test_the_newest_files_are_kept(tmp_path):
    classifier(max_iter=7).set_callbacks(Checkpoint(tmp_path / "a", every=2)).fit(X, Y)
    classifier(max_iter=7).set_callbacks(Checkpoint(tmp_path / "b", keep=None)).fit(X, Y)
    classifier(max_iter=7).set_callbacks(Checkpoint(tmp_path / "c", every=None)).fit(X, Y)

    names = [f"epoch_00000{n}_row_000000000.joblib" for n in range(8)]
    assert files(tmp_path / "a") == [names[6], names[7]]
    assert files(tmp_path / "b") == names[1:]
    assert files(tmp_path / "c") == [names[7]]


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path):
    clf = classifier()
    cut(clf, 3 * N_STEPS + 1, tmp_path)
    newest = max(tmp_path.rglob("*.joblib"))
    newest.write_bytes(newest.read_bytes()[:-100])

    with pytest.warns(UserWarning, match=r"epoch_000003.* cannot be read .* written with skfcn "):
        clf_resumed = resumed(clf, tmp_path)

    assert_same_fit(clf_resumed, clone(clf).fit(X, Y))


def test_without_a_file_that_can_be_read_there_is_nothing_to_resume(tmp_path):
    clf = classifier()
    cut(clf, N_STEPS + 1, tmp_path)
    next(tmp_path.rglob("*.joblib")).write_bytes(b"")

    with (
        pytest.warns(UserWarning, match="cannot be read"),
        pytest.raises(ValueError, match="no file that can be read, or another fit is using it"),
    ):
        resumed(clf, tmp_path)
    with pytest.warns(UserWarning, match="cannot be read"):
        assert_same_fit(resumed(clf, tmp_path, resume="auto"), clone(clf).fit(X, Y))


def test_what_a_killed_process_left_behind_is_removed(tmp_path):
    clf = classifier()
    cut(clf, N_STEPS + 1, tmp_path)
    half = next(tmp_path.iterdir()) / ".abc" / "epoch_000002_row_000000000.joblib"
    half.parent.mkdir()
    half.write_bytes(b"half")

    resumed(clf, tmp_path)

    assert not half.parent.exists()


def test_a_fit_that_begins_anew_leaves_what_is_there(tmp_path):
    clf = classifier()
    cut(clf, 3 * N_STEPS + 1, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.joblib")}

    clone(clf).set_callbacks(Checkpoint(tmp_path)).fit(X, Y)

    assert before.items() <= {p: p.read_bytes() for p in tmp_path.rglob("*.joblib")}.items()
    assert len(list(tmp_path.iterdir())) == 2


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"alpha": 0.1}, r"alpha was 0\.0001 and is now 0\.1\."),
        ({"max_iter": 5}, "max_iter was 4 and is now 5"),
        ({"random_state": 1}, "random_state was 0 and is now 1"),
        ({"solver": Adam(beta_1=0.8)}, r"solver was 'adam' and is now Adam\(beta_1=0\.8\)"),
        ({"hidden_layer_sizes": (9,), "tol": 1}, r"sizes was \(16,\) .* \(9,\); tol was 0\.0001"),
        ({"augmentation": noisy}, "augmentation was None and is now noisy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_parameters_are_refused_by_name(tmp_path, params, message):
    clf = classifier()
    cut(clf, 8, tmp_path)

    with pytest.raises(ValueError, match=message) as error:
        resumed(clf.set_params(**params), tmp_path)
    assert "resume=False" in str(error.value)
    assert str(error.value).count(" and is now ") == len(params)


CHANGED = {
    "X": ((X[::-1], Y), {}, r"X was float64 of shape \(450, 64\) and .*, of other values"),
    "y": ((X, Y[::-1]), {}, r"y was int64 of shape \(450,\) and .*, of other values"),
    "labels": ((X, Y + 1), {}, r"y was int64 of shape \(450,\) and .*, of other values"),
    "fewer": ((X[1:], Y[1:]), {}, r"X was .* now float64 of shape \(449, 64\)"),
    "type": ((X.astype(np.float32), Y), {}, r"now float32 of shape \(450, 64\)"),
    "sparse": ((csr_matrix(X), Y), {}, "now sparse float64"),
    "weights": ((X, Y, np.full(450, 2.0)), {}, "sample_weight was None and is now float64"),
    "held out": ((X, Y), {"X_val": X, "y_val": Y}, "X_val was None .* y_val was None"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_other_data_are_refused_by_name(tmp_path, what):
    args, kwargs, message = CHANGED[what]
    clf = classifier()
    cut(clf, 8, tmp_path)

    with pytest.raises(ValueError, match=message):
        clf.set_callbacks(Checkpoint(tmp_path, resume=True)).fit(*args, **kwargs)


def test_what_does_not_change_training_may_differ(tmp_path, capsys):
    clf = classifier()
    cut(clf, 8, tmp_path)
    other = clone(clf).set_params(verbose=True, transform_layer=0)

    assert_same_fit(resumed(other, tmp_path), clf.fit(X, Y))
    assert "Iteration 4" in capsys.readouterr().out


def test_the_same_data_in_another_form_are_the_same(tmp_path):
    clf = classifier()
    cut(clf, 8, tmp_path)
    np.save(tmp_path / "X.npy", np.asfortranarray(X))
    clf.set_callbacks(Checkpoint(tmp_path, resume=True))

    clf.fit(np.load(tmp_path / "X.npy", mmap_mode="r"), Y.tolist())

    assert_same_fit(clf, classifier().fit(X, Y))


@pytest.mark.parametrize("yes", [True, np.True_], ids=["Python", "NumPy"])
def test_nothing_to_resume(tmp_path, yes):
    with pytest.raises(ValueError, match=r"night has nothing .*: it has no checkpoints"):
        resumed(classifier(), tmp_path / "night", resume=yes)
    assert not (tmp_path / "night").exists()


def test_a_fit_that_is_under_way_is_not_resumed_by_another(tmp_path):
    class Second(Callback):
        def on_epoch_end(self, estimator, *, record, fitted_attributes):
            if record["epoch"] == 2:
                with pytest.raises(ValueError, match="another fit is using it"):
                    resumed(classifier(), tmp_path)
                resumed(classifier(), tmp_path, resume="auto")

    clf = classifier().set_callbacks(Checkpoint(tmp_path), Second()).fit(X, Y)

    assert_same_fit(clf, classifier().fit(X, Y))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert names[1] == f"{names[0]}-2"


def test_lbfgs_is_saved_but_not_resumed(tmp_path):
    clf = classifier(solver="lbfgs", max_iter=20, alpha=1.0)
    with pytest.warns(match="lbfgs failed to converge"):
        whole = clone(clf).set_callbacks(Checkpoint(tmp_path, keep=None)).fit(X, Y)
    loaded = joblib.load(min(tmp_path.rglob("epoch_000007*")))
    assert loaded.loss_curve_ == whole.loss_curve_[:7]

    finished = resumed(clf, tmp_path)  # to its end, that is
    assert_array_equal(vector(finished), vector(whole))

    for path in tmp_path.rglob("epoch_000020*"):
        path.unlink()
    with pytest.raises(ValueError, match="solver='lbfgs' cannot be resumed"):
        resumed(clf, tmp_path)


def test_partial_fit_has_nothing_under_way(tmp_path):
    with pytest.raises(ValueError, match="Checkpoint is for fit, not for partial_fit"):
        classifier().set_callbacks(Checkpoint(tmp_path)).partial_fit(X, Y, classes=np.arange(10))


def test_what_cannot_be_saved_is_named_before_any_work(tmp_path):
    clf = classifier(augmentation=lambda X, y, rng: (X, y))
    clf.set_callbacks(Checkpoint(tmp_path / "night"), Cut(1))

    with pytest.raises(ValueError, match=r"augmentation=.*<lambda> cannot be saved .* in a mod"):
        clf.fit(X, Y)
    assert not (tmp_path / "night").exists()


@pytest.mark.parametrize(
    "params",
    [
        {"folder": 3},
        {"every": 0},
        {"every": 1.5},
        {"seconds": -1},
        {"keep": 0},
        {"resume": "yes"},
        {"on_error": "ignore"},
    ],
    ids=str,
)
def test_wrong_parameters_are_named(tmp_path, params):
    name = next(iter(params))
    with pytest.raises(ValueError, match=f"The '{name}' parameter of Checkpoint must be"):
        classifier().set_callbacks(Checkpoint(**{"folder": tmp_path} | params)).fit(X, Y)


# --- many fits --------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_fits_of_a_search_never_share_a_file(tmp_path, n_jobs):
    clf = classifier(max_iter=2).set_callbacks(Checkpoint(tmp_path, resume="auto"))
    # One of the candidates is there twice, and its fits go on at the same time.
    search = GridSearchCV(clf, {"alpha": [0.1, 1.0, 1.0]}, cv=2, n_jobs=n_jobs).fit(X, Y)

    plain = GridSearchCV(classifier(max_iter=2), {"alpha": [0.1, 1.0, 1.0]}, cv=2).fit(X, Y)
    assert_array_equal(search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])
    assert_same_fit(search.best_estimator_, plain.best_estimator_)
    folders = {path.name.partition("-")[0] for path in tmp_path.iterdir()}
    assert len(folders) == 2 * 2 + 1
    for path in tmp_path.iterdir():
        alphas = {joblib.load(file).alpha for file in path.glob("*.joblib")}
        traits = json.loads((path / "fit.json").read_text())["traits"]
        assert [repr(alpha) for alpha in alphas] == [traits["alpha"][0]]


class CutFifteenth(Callback):
    """Interrupts the fifteenth step of all fits, and counts on."""

    n_steps = 0

    def on_step_end(self, estimator, *, step, loss, score):
        CutFifteenth.n_steps += 1
        if CutFifteenth.n_steps == 15:
            raise CutError


def test_a_search_that_was_cut_off_goes_on(tmp_path):
    clf = classifier(max_iter=2)
    grid = {"alpha": [0.1, 1.0]}
    checkpoint = Checkpoint(tmp_path, seconds=0, resume="auto")

    search = GridSearchCV(
        clf.set_callbacks(checkpoint, CutFifteenth()), grid, cv=2, error_score="raise"
    )
    with pytest.raises(CutError):
        search.fit(X, Y)
    search.fit(X, Y)

    plain = GridSearchCV(classifier(max_iter=2), grid, cv=2).fit(X, Y)
    assert_array_equal(search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])
    # Four fits of 2 x 3 steps and one of 2 x 5; one step was cut off before it was saved.
    assert CutFifteenth.n_steps == 4 * 6 + 10 + 1


def test_a_target_ends_it_and_is_saved(tmp_path):
    clf = classifier(max_iter=100)
    clf.set_callbacks(Checkpoint(tmp_path, every=None), Target(1.0, "loss")).fit(X, Y)

    assert joblib.load(next(tmp_path.rglob("*.joblib"))).loss_curve_ == clf.loss_curve_
