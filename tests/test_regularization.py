"""What keeps a network from learning by heart, in the estimators: alone and together."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from skfcn import FCNClassifier, FCNRegressor
from skfcn.normalization import BatchNormalization, LayerNormalization
from skfcn.optimizers import SGD
from skfcn.persistence import save_weights

ENDLESS = float("inf")
SETTINGS = {
    "dropout": {"dropout": 0.3},
    "dropout of the inputs": {"dropout": (0.2, 0.3)},
    "layer normalization": {"normalization": "layer"},
    "batch normalization": {"normalization": "batch"},
    "l1": {"alpha": 0.1, "l1_ratio": 0.7},
    "max_norm": {"max_norm": 0.8},
    "max_grad_norm": {"max_grad_norm": 0.05},
    "average": {"average": 0.9},
    "augmentation": {"augmentation": lambda X, y, rng: (X + rng.normal(0, 0.1, X.shape), y)},
    "all of them": {
        "dropout": (0.1, 0.3),
        "normalization": "batch",
        "alpha": 0.1,
        "l1_ratio": 0.5,
        "max_norm": 2.0,
        "max_grad_norm": 1.0,
        "average": 0.9,
        "solver": "adamw",
        "learning_rate": "cosine",
        "activation": "gelu",
    },
}


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, random_state=0)


def iris():
    X, y = load_iris(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def classifier(**params):
    common = {
        "hidden_layer_sizes": (12,),
        "max_iter": 5,
        "batch_size": 32,
        "n_iter_no_change": ENDLESS,
        "learning_rate_init": 0.01,
        "random_state": 0,
    }
    return FCNClassifier(**{**common, **params})


@pytest.fixture(params=SETTINGS)
def settings(request):
    return SETTINGS[request.param]


# --- every setting, alone and together --------------------------------------------------------


def test_it_changes_the_weights_and_a_seed_repeats_them(settings):
    X, y = iris()

    plain = classifier(alpha=settings.get("alpha", 0.0001)).fit(X, y)
    first, second = (classifier(**settings).fit(X, y) for _ in range(2))

    assert (first.coefs_[0] != plain.coefs_[0]).any()
    np.testing.assert_array_equal(first.coefs_[0], second.coefs_[0])


def test_epochs_one_by_one_are_the_epochs_of_a_fit(settings):
    X, y = iris()
    options = {"shuffle": False, **settings}  # a fit shuffles what it has shuffled before

    whole = classifier(**options).fit(X, y)
    parts = classifier(**options)
    for _ in range(5):
        parts.partial_fit(X, y, classes=[0, 1, 2])

    np.testing.assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))
    assert parts.loss_curve_ == whole.loss_curve_


def test_a_pickle_predicts_and_goes_on_as_the_original(settings):
    settings = {name: value for name, value in settings.items() if name != "augmentation"}
    X, y = iris()
    fitted = classifier(**settings).fit(X, y)

    loaded = pickle.loads(pickle.dumps(fitted))

    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(
        loaded.partial_fit(X, y).predict_proba(X), fitted.partial_fit(X, y).predict_proba(X)
    )


def test_sparse_gives_what_dense_gives(settings):
    if "augmentation" in settings or settings.get("dropout") in [(0.2, 0.3), (0.1, 0.3)]:
        # A sparse batch has other numbers to leave out or to change.
        settings = {"dropout": 0.3}
    X, y = iris()

    dense = classifier(**settings).fit(X, y)
    sparse = classifier(**settings).fit(csr_array(X), y)

    np.testing.assert_allclose(sparse.predict_proba(csr_array(X)), dense.predict_proba(X), 1e-7)


def test_weights_of_one_are_no_weights(settings):
    X, y = iris()

    weighted = classifier(**settings).fit(X, y, sample_weight=np.ones(len(y)))

    expected = classifier(**settings).fit(X, y)
    np.testing.assert_allclose(weighted.predict_proba(X), expected.predict_proba(X), 1e-9)


def test_it_works_in_a_clone_and_in_float32(settings):
    X, y = iris()

    fitted = clone(classifier(dtype="float32", **settings)).fit(X, y)

    assert fitted.coefs_[0].dtype == np.float32
    assert fitted.score(X, y) > 0.4


def test_a_regressor_has_it_too(settings):
    X, _ = iris()
    regressor = FCNRegressor((12,), max_iter=40, n_iter_no_change=ENDLESS, random_state=0)
    regressor.set_params(learning_rate_init=0.02, **settings)

    regressor.fit(X[:, :3], X[:, 3])

    assert regressor.score(X[:, :3], X[:, 3]) > 0.5


def test_early_stopping_brings_back_the_best_network(settings):
    X, y = iris()
    fitted = classifier(early_stopping=True, max_iter=15, **settings).fit(X, y)

    scores = fitted.validation_scores_
    assert len(scores) == 15
    assert fitted.best_validation_score_ == max(scores)
    best = scores.index(max(scores)) + 1
    shorter = classifier(early_stopping=True, **settings).set_params(max_iter=best)
    if settings.get("learning_rate") != "cosine":  # whose course depends on max_iter
        np.testing.assert_array_equal(fitted.predict_proba(X), shorter.fit(X, y).predict_proba(X))


# --- dropout ----------------------------------------------------------------------------------


def test_dropout_of_zero_is_no_dropout():
    X, y = iris()

    for dropout in (0, 0.0, (0, 0)):
        fitted = classifier(dropout=dropout).fit(X, y)
        np.testing.assert_array_equal(fitted.coefs_[0], classifier().fit(X, y).coefs_[0])


@pytest.mark.slow
def test_dropout_keeps_a_large_network_from_learning_wrong_labels_by_heart(digits):
    X, X_test, y, y_test = digits
    X, y, rng = X[:400], y[:400].copy(), np.random.default_rng(0)
    y[:120] = rng.permutation(y[:120])
    scores = {}
    for rates in (0.0, (0.2, 0.5)):
        model = classifier(hidden_layer_sizes=(256,), dropout=rates, max_iter=100).fit(X, y)
        scores[rates] = model.score(X, y), model.score(X_test, y_test)

    assert scores[0.0][0] == 1.0  # by heart
    assert scores[0.2, 0.5][0] < 0.95
    assert scores[0.2, 0.5][1] > scores[0.0][1] + 0.05


@pytest.mark.parametrize(
    ("dropout", "message"),
    [
        (1.0, "dropout"),
        (-0.1, "dropout"),
        ("half", "dropout"),
        ((0.5,), "one entry for each layer, input included, 2 in all"),
        ((0.5, 0.5, 0.5), "one entry for each layer, input included, 2 in all"),
        ((0.5, 1.0), r"dropout must lie in \[0, 1\)"),
        ((0.5, np.nan), r"dropout must lie in \[0, 1\)"),
        ((0.5, "x"), "dropout has an entry of a wrong type"),
    ],
)
def test_wrong_dropout_is_named(dropout, message):
    with pytest.raises(ValueError, match=message):
        classifier(dropout=dropout).fit(*iris())


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.5},
        {"normalization": "batch"},
        {"max_norm": 1.0},
        {"average": 0.9},
        {"augmentation": lambda X, y, rng: (X, y)},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_what_needs_steps_is_refused_with_lbfgs(settings):
    name = next(iter(settings))
    with pytest.raises(ValueError, match=f"{name}=.* needs a stochastic solver, got solver='lbfg"):
        classifier(solver="lbfgs", **settings).fit(*iris())


def test_lbfgs_takes_layer_normalization():
    X, y = iris()

    # A long valley: 200 to 2,300 iterations, by the rounding of BLAS.
    fitted = classifier(solver="lbfgs", normalization="layer", max_iter=10_000).fit(X, y)

    assert fitted.score(X, y) > 0.9
    assert fitted.loss_ < fitted.loss_curve_[0] / 4
    assert (gains(fitted)[0] != 1).all()


def test_lbfgs_comes_near_the_minimum_of_an_l1_penalty():
    X, y = iris()
    settings = {"alpha": 3.0, "l1_ratio": 1.0, "tol": 1e-3}

    lbfgs = classifier(solver="lbfgs", max_iter=1000, **settings).fit(X, y)

    adam = classifier(max_iter=500, batch_size=150, **settings).fit(X, y)
    assert lbfgs.loss_ == pytest.approx(adam.loss_, rel=0.1)


# --- normalization ----------------------------------------------------------------------------


def gains(fitted):
    layers = fitted._parameters.layers
    return [layer["gain"] for layer in layers if "gain" in layer]


def arrays(fitted):
    """Kind and shape of every array that is learnt or counted."""
    spec = fitted._parameters.spec
    return [array for layer in spec for array in layer.values()]


def test_each_layer_may_have_its_own():
    X, y = iris()
    kinds = [None, "batch", LayerNormalization(epsilon=1e-3)]

    fitted = classifier(hidden_layer_sizes=(8, 7, 6), normalization=kinds).fit(X, y)

    assert [len(gain) for gain in gains(fitted)] == [7, 6]
    assert [shape for kind, shape in arrays(fitted) if kind == "statistic"] == [(2, 7)]
    assert (gains(fitted)[0] != 1).all()


def test_normalization_parameters_stand_in_a_grid():
    X, y = iris()
    grid = {"normalization__momentum": [0.01, 0.5], "dropout": [0.0, 0.2]}

    search = GridSearchCV(classifier(normalization=BatchNormalization()), grid, cv=3).fit(X, y)

    assert len({tuple(row) for row in search.cv_results_["mean_test_score"].reshape(4, 1)}) > 1


def test_another_normalization_cannot_go_on():
    X, y = iris()
    fitted = classifier(normalization="batch", warm_start=True).fit(X, y)

    with pytest.raises(ValueError, match="normalization='layer' now asks for another"):
        fitted.set_params(normalization="layer").fit(X, y)


def test_weights_alone_are_not_a_normalized_network(tmp_path):
    X, y = iris()
    fitted = classifier(normalization="layer").fit(X, y)

    with pytest.raises(ValueError, match="save the estimator with joblib"):
        save_weights(fitted, tmp_path / "weights.npz")
    with pytest.raises(ValueError, match="parameters of its own"):
        FCNClassifier.from_weights(fitted.coefs_, fitted.intercepts_, normalization="layer")
    with pytest.raises(ValueError, match=r"cannot express normalization=\[LayerNormalization"):
        fitted.to_sklearn()


def test_weights_alone_are_no_normalized_network_whatever_is_set_later(tmp_path):
    fitted = classifier(normalization="layer").fit(*iris()).set_params(normalization=None)

    with pytest.raises(ValueError, match="save the estimator with joblib"):
        save_weights(fitted, tmp_path / "weights.npz")
    with pytest.raises(ValueError, match=r"cannot express normalization=\[LayerNormalization"):
        fitted.to_sklearn()


# --- penalties and bounds ---------------------------------------------------------------------


def test_l1_brings_more_weights_near_zero_than_l2():
    X, y = iris()
    near_zero = {}
    for l1_ratio in (0.0, 1.0):
        fitted = classifier(alpha=3.0, l1_ratio=l1_ratio, max_iter=300).fit(X, y)
        weights = np.abs(np.concatenate([coef.ravel() for coef in fitted.coefs_]))
        near_zero[l1_ratio] = (weights < 0.02 * weights.max()).mean()

    assert near_zero[1.0] > near_zero[0.0] + 0.2


def test_max_norm_holds():
    X, y = iris()

    fitted = classifier(max_norm=0.5, max_iter=50).fit(X, y)

    lengths = np.concatenate([np.linalg.norm(coef, axis=0) for coef in fitted.coefs_])
    assert lengths.max() == pytest.approx(0.5, rel=1e-12)


def test_a_step_is_no_longer_than_the_rate_times_max_grad_norm():
    X, y = iris()
    options = {"solver": SGD(momentum=0), "max_grad_norm": 0.01, "learning_rate_init": 1.0}

    start = classifier(max_iter=1, batch_size=150, **{**options, "learning_rate_init": 1e-300})
    start.fit(X, y)
    after = classifier(max_iter=1, batch_size=150, **options).fit(X, y)

    difference = after._parameters.vector - start._parameters.vector
    assert np.linalg.norm(difference) == pytest.approx(0.01, rel=1e-9)


# --- averaging --------------------------------------------------------------------------------


def test_the_average_predicts_and_the_descent_goes_on():
    X, y = iris()
    plain, averaged = classifier(), classifier(average=0.9)

    plain.fit(X, y)
    averaged.fit(X, y)

    assert (averaged.coefs_[0] != plain.coefs_[0]).any()
    assert averaged.loss_curve_ == plain.loss_curve_  # which is that of the descent
    np.testing.assert_array_equal(averaged._fitted.state.theta, plain._parameters.vector)


# --- augmentation -----------------------------------------------------------------------------


def test_augmentation_sees_each_batch_encoded_and_a_generator():
    X, y = iris()
    calls = []

    def watch(X, y, rng):
        calls.append((X.shape, y.shape, y.sum(), rng.random()))
        return X, y

    fitted = classifier(augmentation=watch, batch_size=60, max_iter=1, shuffle=False).fit(X, y)

    assert [(x, t, s) for x, t, s, _ in calls] == [
        ((60, 4), (60, 3), 60),
        ((60, 4), (60, 3), 60),
        ((30, 4), (30, 3), 30),
    ]
    assert len({number for *_, number in calls}) == 3
    # What changes nothing changes nothing.
    plain = classifier(batch_size=60, max_iter=1, shuffle=False).fit(X, y)
    np.testing.assert_array_equal(fitted.coefs_[0], plain.coefs_[0])


def test_augmentation_may_mix_samples():
    X, y = iris()

    def mixup(X, y, rng):
        share, other = rng.beta(0.4, 0.4, (len(X), 1)), rng.permutation(len(X))
        return share * X + (1 - share) * X[other], share * y + (1 - share) * y[other]

    fitted = classifier(augmentation=mixup, max_iter=100).fit(X, y)

    assert fitted.score(X, y) > 0.93
    # Between two classes it has learnt to be unsure.
    plain = classifier(max_iter=100).fit(X, y)
    assert fitted.predict_proba(X).max() < plain.predict_proba(X).max()


def test_augmentation_never_changes_the_users_data():
    X, y = iris()
    before = X.copy()

    def ruin(X, y, rng):
        X[...] = 0
        y[...] = 1 / 3
        return X, y

    fitted = classifier(augmentation=ruin).fit(X, y)

    np.testing.assert_array_equal(X, before)
    assert np.ptp(fitted.predict_proba(X[:1])) < 0.2


@pytest.mark.parametrize(
    "wrong", [lambda X, y, rng: (X[:-1], y), lambda X, y, rng: (X, y[:, :1])], ids=["X", "y"]
)
def test_augmentation_must_keep_shapes(wrong):
    with pytest.raises(ValueError, match="augmentation must return X and y of the shapes"):
        classifier(augmentation=wrong).fit(*iris())


# --- class weights ----------------------------------------------------------------------------


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 5.0, 2: 0.5}], ids=str)
@pytest.mark.parametrize("sample_weight", [False, True])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_class_weights_are_sample_weights(class_weight, sample_weight, solver):
    X, y = iris()
    X, y = X[:120], y[:120]  # not balanced
    own = np.random.default_rng(0).uniform(0.5, 2, 120) if sample_weight else None
    both = compute_sample_weight(class_weight, y) * (1 if own is None else own)

    options = {"solver": solver, "max_iter": 5 if solver == "adam" else 1000, "alpha": 1.0}

    weighted = classifier(class_weight=class_weight, **options).fit(X, y, own)

    expected = classifier(**options).fit(X, y, both)
    np.testing.assert_allclose(weighted.coefs_[0], expected.coefs_[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("names", [["no", "yes"], [False, True], [-1, 1]], ids=str)
def test_weights_of_two_classes_go_by_label(names):
    X, y = iris()
    X, labels = X[50:], np.array(names)[(y[50:] == 2).astype(int)]
    weights = {names[0]: 1.0, names[1]: 20.0}

    fitted = classifier(class_weight=weights, max_iter=40).fit(X, labels)

    plain = classifier(max_iter=40).fit(X, labels)
    assert (fitted.predict(X) == names[1]).sum() > (plain.predict(X) == names[1]).sum()


def test_multilabel_targets_are_weighted_as_scikit_learn_does():
    X, y = iris()
    Y = np.column_stack([y == 1, y == 2, y > 0]).astype(int)

    weighted = classifier(class_weight="balanced").fit(X, Y)

    expected = classifier().fit(X, Y, compute_sample_weight("balanced", Y))
    np.testing.assert_allclose(weighted.coefs_[0], expected.coefs_[0], rtol=1e-9, atol=1e-12)


def test_partial_fit_takes_a_dict_and_says_how_to_make_one():
    X, y = iris()
    with pytest.raises(ValueError, match="class_weight='balanced' is not supported for partial"):
        classifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])

    classes = np.unique(y)
    weights = compute_class_weight("balanced", classes=classes, y=y[:120])
    parts = classifier(class_weight=dict(zip(classes, weights, strict=True)), max_iter=1)
    whole = clone(parts).set_params(class_weight="balanced").fit(X[:120], y[:120])
    parts.partial_fit(X[:120], y[:120], classes=classes)
    np.testing.assert_allclose(parts.coefs_[0], whole.coefs_[0], rtol=1e-12)
    parts.partial_fit(X[:40], y[:40])  # which has one class of the three


@pytest.mark.parametrize("class_weight", ["even", 2.0, [1, 2, 3]])
def test_wrong_class_weight_is_named(class_weight):
    with pytest.raises(ValueError, match="class_weight"):
        classifier(class_weight=class_weight).fit(*iris())
