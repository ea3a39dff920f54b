"""scikit-learn's tools, each in a program that runs with its networks and with ours.

What a program returns must be the same: scores, predictions, tables of results. Real data, and
few epochs.
"""

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.inspection import (
    DecisionBoundaryDisplay,
    PartialDependenceDisplay,
    permutation_importance,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    PredictionErrorDisplay,
    RocCurveDisplay,
    get_scorer,
)
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OneHotEncoder,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import estimator_html_repr
from threadpoolctl import threadpool_limits

from skfcn import FCNClassifier, FCNRegressor

pytestmark = [
    pytest.mark.slow,  # many of them start processes
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

DIGITS, DIGIT = load_digits(return_X_y=True)
DIGITS, DIGIT = DIGITS[:600] / 16, DIGIT[:600]
ATTRIBUTES = np.column_stack([DIGIT % 2, DIGIT > 4, np.isin(DIGIT, [0, 6, 8, 9])]).astype(int)

CELL_FRAME, BENIGN = load_breast_cancer(as_frame=True, return_X_y=True)
CELLS, BENIGN = StandardScaler().fit_transform(CELL_FRAME.to_numpy()), BENIGN.to_numpy()

PATIENT_FRAME, PROGRESSION = load_diabetes(as_frame=True, scaled=False, return_X_y=True)
PATIENTS = StandardScaler().fit_transform(PATIENT_FRAME.to_numpy())
PROGRESSION = PROGRESSION.to_numpy()
STANDARD_PROGRESSION = StandardScaler().fit_transform(PROGRESSION[:, None])[:, 0]

WEIGHTS = np.random.RandomState(0).uniform(0.1, 3, 600)
TRAIN, TEST = slice(0, 300), slice(300, None)
NETWORKS = [(MLPClassifier, FCNClassifier), (MLPRegressor, FCNRegressor)]
FRAMES = {"pandas": pd.DataFrame, "polars": lambda frame: pl.DataFrame(frame.to_dict("list"))}


@pytest.fixture(autouse=True)
def _one_blas_thread():
    """Let the threads of scikit-learn's small products not wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(autouse=True)
def _no_windows():
    with mpl.rc_context({"backend": "Agg"}):
        yield
        plt.close("all")


def small(network, **params):
    """A network of few units, trained for few epochs."""
    default = {"hidden_layer_sizes": (16,), "max_iter": 20, "batch_size": 50, "random_state": 0}
    return network(**default | {"learning_rate_init": 0.01} | params)


def held_out(model, X, y, methods=("predict", "predict_proba")):
    """Fit, and return the score and the predictions on other rows."""
    model.fit(X[TRAIN], y[TRAIN])
    return model.score(X[TEST], y[TEST]), [getattr(model, name)(X[TEST]) for name in methods]


def numbers_of(results):
    """What a table of results says, but not how long it took."""
    return {
        name: np.asarray(column)
        for name, column in results.items()
        if not name.endswith("_time") and np.asarray(column).dtype.kind in "biuf"
    }


def assert_same(theirs, ours):
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            assert_same(theirs[key], ours[key])
    elif isinstance(theirs, list | tuple):
        for expected, got in zip(theirs, ours, strict=True):
            assert_same(expected, got)
    else:
        theirs, ours = np.asarray(theirs), np.asarray(ours)
        assert ours.dtype == theirs.dtype
        if theirs.dtype.kind == "f":
            assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
        else:
            assert_array_equal(ours, theirs)


def check(program, theirs, ours, above):
    """Run a program with both networks; it returns a score and whatever else must be the same."""
    expected, got = program(theirs), program(ours)
    assert_same(expected, got)
    assert got[0] > above


def with_classifiers(above):
    """Make a test of a program: the same results with both classifiers, and a good score."""

    def make_test(program):
        def test():
            check(program, MLPClassifier, FCNClassifier, above)

        return test

    return make_test


def with_regressors(above):
    """Make a test of a program, as `with_classifiers` does."""

    def make_test(program):
        def test():
            check(program, MLPRegressor, FCNRegressor, above)

        return test

    return make_test


# ---- pipelines and data frames


@with_classifiers(above=0.9)
def test_pipeline(network):
    model = make_pipeline(StandardScaler(), PCA(8, random_state=0), small(network))
    return held_out(model, CELL_FRAME, BENIGN, ["predict", "predict_proba", "predict_log_proba"])


@pytest.mark.parametrize("library", FRAMES)
def test_column_transformer(library):
    """The network is given a data frame."""

    def program(network):
        columns = make_column_transformer(
            (OneHotEncoder(sparse_output=False), ["sex"]),
            (StandardScaler(), [name for name in PATIENT_FRAME if name != "sex"]),
        ).set_output(transform=library)
        model = make_pipeline(columns, small(network))
        X = FRAMES[library](PATIENT_FRAME)
        score, predictions = held_out(model, X, STANDARD_PROGRESSION, ["predict"])
        return score, predictions, model[-1].feature_names_in_

    check(program, MLPRegressor, FCNRegressor, above=0.3)


@pytest.mark.parametrize("library", FRAMES)
def test_targets_in_a_series(library):
    series = {"pandas": pd.Series, "polars": pl.Series}[library]

    def program(network):
        model = small(network).fit(CELLS[TRAIN], series(BENIGN[TRAIN]))
        return model.score(CELLS[TEST], series(BENIGN[TEST])), model.predict_proba(CELLS)

    check(program, MLPClassifier, FCNClassifier, above=0.9)


@with_classifiers(above=0.9)
def test_sparse_text(network):
    """A sentence about each cell."""
    names = [name.replace(" ", "_") for name in CELL_FRAME]
    sizes = np.array(["tiny", "small", "large", "huge"])[np.digitize(CELLS, [-1, 0, 1])]
    text = [" ".join(f"{s}_{n}" for s, n in zip(row, names, strict=True)) for row in sizes]
    vectorizer = TfidfVectorizer()
    assert sparse.issparse(vectorizer.fit_transform(text))
    return held_out(make_pipeline(vectorizer, small(network)), np.array(text), BENIGN)


@with_regressors(above=0.3)
def test_sparse_categories(network):
    bins = KBinsDiscretizer(
        5, encode="ordinal", strategy="uniform", subsample=None, random_state=0
    )
    encoder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(bins, encoder, small(network, max_iter=10))
    score, predictions = held_out(model, PATIENTS, STANDARD_PROGRESSION, ["predict"])
    assert sparse.issparse(model[:-1].transform(PATIENTS))
    return score, predictions


# ---- searches and curves


@with_classifiers(above=0.8)
def test_grid_search(network):
    grid = {"hidden_layer_sizes": [(8,), (16, 8)], "alpha": [1e-4, 1.0]}
    search = GridSearchCV(small(network), grid, cv=3, n_jobs=2, return_train_score=True)
    search.fit(DIGITS, DIGIT)
    return (
        search.best_score_,
        search.best_params_,
        search.best_estimator_.predict_proba(DIGITS),
        numbers_of(search.cv_results_),
    )


@with_classifiers(above=0.9)
def test_randomized_search(network):
    space = {"alpha": loguniform(1e-5, 1), "activation": ["tanh", "relu"]}
    search = RandomizedSearchCV(small(network), space, n_iter=4, cv=3, n_jobs=2, random_state=0)
    search.fit(CELLS, BENIGN)
    return search.best_score_, search.best_params_, numbers_of(search.cv_results_)


@pytest.mark.parametrize("resource", ["n_samples", "max_iter"])
def test_halving_grid_search(resource):
    def program(network):
        search = HalvingGridSearchCV(
            small(network, batch_size="auto"),
            {"alpha": [1e-4, 1.0], "activation": ["tanh", "relu"]},
            resource=resource,
            max_resources="auto" if resource == "n_samples" else 16,
            factor=2,
            cv=3,
            random_state=0,
        ).fit(CELLS, BENIGN)
        return (
            search.best_score_,
            search.best_params_,
            search.n_resources_,
            numbers_of(search.cv_results_),
        )

    check(program, MLPClassifier, FCNClassifier, above=0.9)


@with_classifiers(above=0.8)
def test_cross_validate(network):
    scorers = ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr", "top_k_accuracy"]
    results = cross_validate(
        small(network), DIGITS, DIGIT, scoring=scorers, return_train_score=True, n_jobs=2
    )
    return results["test_accuracy"].min(), numbers_of(results)


@with_classifiers(above=0.8)
def test_cross_val_predict(network):
    probability = cross_val_predict(small(network), DIGITS, DIGIT, method="predict_proba")
    return np.mean(probability.argmax(axis=1) == DIGIT), probability


@with_classifiers(above=0.8)
def test_learning_curve(network):
    _, train, test = learning_curve(
        small(network), DIGITS, DIGIT, train_sizes=[0.2, 0.6, 1.0], cv=3, n_jobs=2
    )
    return test[-1].min(), train, test


@with_classifiers(above=0.9)
def test_learning_curve_by_partial_fit(network):
    """Not shuffled: scikit-learn shuffles alike at each call, and we do not."""
    _, train, test = learning_curve(
        small(network, shuffle=False, batch_size=10),
        CELLS,
        BENIGN,
        cv=3,
        exploit_incremental_learning=True,
    )
    return test[-1].min(), train, test


@with_classifiers(above=0.8)
def test_validation_curve(network):
    train, test = validation_curve(
        small(network),
        DIGITS,
        DIGIT,
        param_name="max_iter",
        param_range=[1, 5, 20],
        cv=3,
        n_jobs=2,
    )
    return test[-1].min(), train, test


# ---- estimators of estimators


@pytest.mark.parametrize("ensemble", [False, True])
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated_classifier(method, ensemble):
    def program(network):
        model = CalibratedClassifierCV(
            small(network), method=method, ensemble=ensemble, cv=3, n_jobs=2
        )
        return held_out(model, DIGITS, DIGIT)

    check(program, MLPClassifier, FCNClassifier, above=0.75)


@pytest.mark.parametrize("voting", ["hard", "soft"])
def test_voting_classifier(voting):
    def program(network):
        members = [
            ("wide", small(network, hidden_layer_sizes=(32,))),
            ("deep", small(network, hidden_layer_sizes=(16, 16), activation="tanh")),
            ("linear", LogisticRegression()),
        ]
        model = VotingClassifier(members, voting=voting, weights=[2, 1, 1], n_jobs=2)
        return held_out(model, DIGITS, DIGIT, ["predict", "transform"])

    check(program, MLPClassifier, FCNClassifier, above=0.8)


@with_regressors(above=0.35)
def test_voting_regressor(network):
    members = [("network", small(network)), ("linear", Ridge())]
    model = VotingRegressor(members, n_jobs=2)
    return held_out(model, PATIENTS, STANDARD_PROGRESSION, ["predict", "transform"])


@with_classifiers(above=0.8)
def test_stacking_classifier(network):
    members = [("network", small(network)), ("linear", LogisticRegression())]
    final = small(network, max_iter=30)
    model = StackingClassifier(members, final, passthrough=True, cv=3, n_jobs=2)
    return held_out(model, DIGITS, DIGIT)


@with_regressors(above=0.35)
def test_stacking_regressor(network):
    members = [("network", small(network)), ("linear", Ridge())]
    model = StackingRegressor(members, Ridge(), cv=3, n_jobs=2)
    return held_out(model, PATIENTS, STANDARD_PROGRESSION, ["predict", "transform"])


@with_classifiers(above=0.8)
def test_bagging_classifier(network):
    model = BaggingClassifier(
        small(network), 20, max_features=0.8, oob_score=True, n_jobs=2, random_state=0
    )
    results = held_out(model, DIGITS, DIGIT)
    return *results, model.oob_score_


@with_regressors(above=0.35)
def test_bagging_regressor(network):
    model = BaggingRegressor(small(network), 5, n_jobs=2, random_state=0)
    return held_out(model, PATIENTS, STANDARD_PROGRESSION, ["predict"])


@with_classifiers(above=0.75)
def test_ada_boost_classifier(network):
    """By sample weights."""
    model = AdaBoostClassifier(small(network, max_iter=5), n_estimators=5, random_state=0)
    results = held_out(model, DIGITS, DIGIT)
    return *results, model.estimator_weights_, model.estimator_errors_


@with_regressors(above=0.35)
def test_ada_boost_regressor(network):
    model = AdaBoostRegressor(small(network), n_estimators=5, random_state=0)
    results = held_out(model, PATIENTS, STANDARD_PROGRESSION, ["predict"])
    return *results, model.estimator_weights_


@with_classifiers(above=0.8)
def test_one_vs_rest(network):
    model = OneVsRestClassifier(small(network), n_jobs=2)
    return held_out(model, DIGITS, DIGIT)


@with_classifiers(above=0.75)
def test_one_vs_rest_by_partial_fit(network):
    model = OneVsRestClassifier(small(network, shuffle=False, batch_size=10), n_jobs=2)
    for _ in range(5):
        model.partial_fit(DIGITS[TRAIN], DIGIT[TRAIN], classes=np.arange(10))
    return model.score(DIGITS[TEST], DIGIT[TEST]), model.predict_proba(DIGITS)


@with_classifiers(above=0.8)
def test_one_vs_one(network):
    model = OneVsOneClassifier(small(network), n_jobs=2)
    return held_out(model, DIGITS, DIGIT, ["predict", "decision_function"])


@with_classifiers(above=0.8)
def test_output_code(network):
    model = OutputCodeClassifier(small(network), code_size=2, random_state=0, n_jobs=2)
    return held_out(model, DIGITS, DIGIT, ["predict"])


@with_classifiers(above=0.7)
def test_classifier_chain(network):
    model = ClassifierChain(small(network), order="random", cv=3, random_state=0)
    return held_out(model, DIGITS, ATTRIBUTES)


@with_regressors(above=0.3)
def test_regressor_chain(network):
    y = np.column_stack([STANDARD_PROGRESSION, PATIENTS[:, 4], PATIENTS[:, 5]])
    model = RegressorChain(small(network), order=[1, 2, 0], cv=3)
    return held_out(model, PATIENTS[:, [0, 1, 2, 3, 6, 7, 8, 9]], y, ["predict"])


@with_classifiers(above=0.75)
def test_multi_output_classifier(network):
    model = MultiOutputClassifier(small(network), n_jobs=2)
    return held_out(model, DIGITS, ATTRIBUTES)


@with_regressors(above=0.3)
def test_multi_output_regressor(network):
    y = np.column_stack([STANDARD_PROGRESSION, PATIENTS[:, 4], PATIENTS[:, 5]])
    model = MultiOutputRegressor(small(network), n_jobs=2)
    return held_out(model, PATIENTS[:, [0, 1, 2, 3, 6, 7, 8, 9]], y, ["predict"])


@with_classifiers(above=0.8)
def test_self_training_classifier(network):
    y = np.where(np.arange(len(DIGIT)) % 4, -1, DIGIT)
    model = SelfTrainingClassifier(small(network), threshold=0.9, max_iter=3).fit(DIGITS, y)
    unlabelled = y == -1
    return (
        model.score(DIGITS[unlabelled], DIGIT[unlabelled]),
        model.predict_proba(DIGITS),
        model.transduction_,
        model.labeled_iter_,
    )


@with_classifiers(above=0.95)
def test_tuned_threshold(network):
    model = TunedThresholdClassifierCV(
        small(network), scoring="f1", cv=3, n_jobs=2, store_cv_results=True, random_state=0
    )
    results = held_out(model, CELLS, BENIGN)
    return *results, model.best_threshold_, model.best_score_, dict(model.cv_results_)


@with_classifiers(above=0.9)
def test_fixed_threshold(network):
    model = FixedThresholdClassifier(small(network), threshold=0.8)
    return held_out(model, CELLS, BENIGN)


@with_regressors(above=0.3)
def test_transformed_target(network):
    model = TransformedTargetRegressor(
        small(network),
        transformer=QuantileTransformer(n_quantiles=100, output_distribution="normal"),
    )
    return held_out(model, PATIENTS, PROGRESSION, ["predict"])


@with_regressors(above=0.3)
def test_iterative_imputer(network):
    """The network fills in what is missing, and predicts from it."""
    X = PATIENTS.copy()
    X[np.random.RandomState(0).uniform(size=X.shape) < 0.05] = np.nan
    imputer = IterativeImputer(small(network), max_iter=2, random_state=0)
    model = make_pipeline(imputer, small(network))
    results = held_out(model, X, STANDARD_PROGRESSION, ["predict"])
    return *results, imputer.transform(X)


@with_classifiers(above=0.85)
def test_sequential_feature_selector(network):
    selector = SequentialFeatureSelector(small(network), n_features_to_select=2, cv=2, n_jobs=2)
    model = make_pipeline(selector, small(network))
    results = held_out(model, CELLS[:, :6], BENIGN)
    return *results, selector.get_support()


@with_classifiers(above=0.9)
def test_frozen_estimator(network):
    """A network that is calibrated after it was trained, on other data."""
    fitted = small(network).fit(CELLS[TRAIN], BENIGN[TRAIN])
    before = [coef.copy() for coef in fitted.coefs_]
    model = CalibratedClassifierCV(clone(FrozenEstimator(fitted)))
    model.fit(CELLS[300:430], BENIGN[300:430])
    assert_same(before, list(fitted.coefs_))
    assert_same(fitted.predict(CELLS), FrozenEstimator(fitted).fit(DIGITS, DIGIT).predict(CELLS))
    return model.score(CELLS[430:], BENIGN[430:]), model.predict_proba(CELLS)


# ---- inspection


@with_classifiers(above=0.03)
def test_permutation_importance(network):
    """Of the most important feature."""
    model = small(network).fit(CELLS[:, :10], BENIGN)
    importance = permutation_importance(
        model, CELLS[:, :10], BENIGN, n_repeats=3, n_jobs=2, random_state=0
    )
    return importance.importances_mean.max(), importance.importances


@with_regressors(above=0.3)
def test_partial_dependence_display(network):
    """The progression increases with the body mass index, in the second column."""
    model = small(network).fit(PATIENT_FRAME - PATIENT_FRAME.mean(), STANDARD_PROGRESSION)
    display = PartialDependenceDisplay.from_estimator(
        model,
        PATIENT_FRAME - PATIENT_FRAME.mean(),
        ["bmi", ("bmi", "bp")],
        grid_resolution=8,
        n_jobs=2,
    )
    bmi, both = (dict(result) for result in display.pd_results)
    rise = bmi["average"][0, -1] - bmi["average"][0, 0]
    return rise, bmi["average"], both["average"]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_decision_boundary_display(classes, method):
    def program(network):
        rows = classes > DIGIT
        X, y = PCA(2, random_state=0).fit_transform(DIGITS[rows]), DIGIT[rows]
        model = small(network).fit(X, y)
        display = DecisionBoundaryDisplay.from_estimator(
            model,
            X,
            grid_resolution=20,
            response_method=method,
            class_of_interest=1 if method == "predict_proba" else None,
        )
        return model.score(X, y), display.response

    check(program, MLPClassifier, FCNClassifier, above=0.9)


@with_classifiers(above=0.9)
def test_displays_of_classifiers(network):
    model = small(network).fit(CELLS[TRAIN], BENIGN[TRAIN])
    X, y = CELLS[TEST], BENIGN[TEST]
    roc = RocCurveDisplay.from_estimator(model, X, y)
    matrix = ConfusionMatrixDisplay.from_estimator(model, X, y)
    calibration = CalibrationDisplay.from_estimator(model, X, y)
    lines = [display.line_.get_xydata() for display in (roc, calibration)]
    return model.score(X, y), matrix.confusion_matrix, lines


@with_regressors(above=0.3)
def test_display_of_a_regressor(network):
    model = small(network).fit(PATIENTS[TRAIN], STANDARD_PROGRESSION[TRAIN])
    X, y = PATIENTS[TEST], STANDARD_PROGRESSION[TEST]
    display = PredictionErrorDisplay.from_estimator(model, X, y, subsample=None)
    return model.score(X, y), display.y_pred


@pytest.mark.parametrize("network", [FCNClassifier, FCNRegressor])
def test_diagram(network):
    model = make_pipeline(StandardScaler(), small(network))
    unfitted = estimator_html_repr(model)
    fitted = estimator_html_repr(model.fit(CELLS, BENIGN))
    assert network.__name__ in unfitted
    assert "Not fitted" in unfitted
    assert "Not fitted" not in fitted


# ---- metadata routing


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize(("theirs", "ours"), NETWORKS)
def test_same_requests_and_those_of_validation_data(theirs, ours):
    expected, got = theirs().get_metadata_routing(), ours().get_metadata_routing()
    for method in ("partial_fit", "predict", "score"):
        assert getattr(got, method).requests == getattr(expected, method).requests
    assert expected.fit.requests == {"sample_weight": None}
    added = dict.fromkeys(["X_val", "y_val", "sample_weight_val"])
    assert got.fit.requests == {"sample_weight": None, **added}
    setters = ["set_fit_request", "set_partial_fit_request", "set_score_request"]
    assert [hasattr(ours, name) for name in setters] == [True] * 3


@pytest.mark.usefixtures("routing")
def test_weights_that_nobody_asked_for():
    search = GridSearchCV(small(FCNClassifier), {"alpha": [1e-4, 1.0]})
    with pytest.raises(UnsetMetadataPassedError, match=r"FCNClassifier\.fit"):
        search.fit(DIGITS, DIGIT, sample_weight=WEIGHTS)


@pytest.mark.usefixtures("routing")
@with_classifiers(above=0.8)
def test_weights_through_a_pipeline(network):
    model = (
        small(network).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    )
    pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=True), model)
    pipeline.fit(DIGITS[TRAIN], DIGIT[TRAIN], sample_weight=WEIGHTS[TRAIN])
    score = pipeline.score(DIGITS[TEST], DIGIT[TEST], sample_weight=WEIGHTS[TEST])
    assert score != pipeline.score(DIGITS[TEST], DIGIT[TEST])
    return score, pipeline.predict_proba(DIGITS)


@pytest.mark.parametrize("fit", [False, True])
@pytest.mark.parametrize("score", [False, True])
@pytest.mark.usefixtures("routing")
def test_weights_through_a_grid_search(fit, score):
    """They reach what asked for them, and nothing else."""

    def program(network):
        model = small(network).set_fit_request(sample_weight=fit)
        model.set_score_request(sample_weight=score)
        search = GridSearchCV(model, {"alpha": [1e-4, 1.0]}, cv=3)
        plain = clone(search).fit(DIGITS, DIGIT)
        weights = {"sample_weight": WEIGHTS} if fit or score else {}
        search.fit(DIGITS, DIGIT, **weights)
        same = np.array_equal(search.predict_proba(DIGITS), plain.predict_proba(DIGITS))
        assert same == (not fit)
        assert (search.best_score_ == plain.best_score_) == (not weights)
        return search.best_score_, search.predict_proba(DIGITS), numbers_of(search.cv_results_)

    check(program, MLPClassifier, FCNClassifier, above=0.8)


@pytest.mark.usefixtures("routing")
@with_classifiers(above=0.8)
def test_weights_through_a_pipeline_in_a_grid_search(network):
    model = small(network).set_fit_request(sample_weight=True)
    pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
    scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
    grid = {f"{network.__name__.lower()}__alpha": [1e-4, 1.0]}
    search = GridSearchCV(pipeline, grid, scoring=scorer, cv=3)
    search.fit(DIGITS, DIGIT, sample_weight=WEIGHTS)
    return search.best_score_, list(search.cv_results_["mean_test_score"])


@pytest.mark.usefixtures("routing")
@with_regressors(above=0.25)
def test_weights_through_cross_validate(network):
    model = small(network).set_fit_request(sample_weight=True)
    pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
    scorer = get_scorer("r2").set_score_request(sample_weight=True)
    weight = WEIGHTS[: len(PATIENTS)]
    results = cross_validate(
        pipeline, PATIENTS, STANDARD_PROGRESSION, scoring=scorer, params={"sample_weight": weight}
    )
    plain = cross_validate(
        pipeline, PATIENTS, STANDARD_PROGRESSION, scoring=scorer, params={"sample_weight": None}
    )
    assert not np.any(results["test_score"] == plain["test_score"])
    return results["test_score"].min(), numbers_of(results)


@pytest.mark.usefixtures("routing")
@with_classifiers(above=0.75)
def test_weights_through_partial_fit(network):
    model = small(network, shuffle=False, batch_size=10)
    model = OneVsRestClassifier(model.set_partial_fit_request(sample_weight=True))
    plain = clone(model)
    for _ in range(5):
        X, y, weight = DIGITS[TRAIN], DIGIT[TRAIN], WEIGHTS[TRAIN]
        model.partial_fit(X, y, classes=np.arange(10), sample_weight=weight)
        plain.partial_fit(X, y, classes=np.arange(10))
    probability = model.predict_proba(DIGITS)
    assert not np.allclose(probability, plain.predict_proba(DIGITS))
    return model.score(DIGITS[TEST], DIGIT[TEST]), probability


@pytest.mark.usefixtures("routing")
@with_classifiers(above=0.65)
def test_weights_through_partial_fit_of_several_outputs(network):
    model = small(network, shuffle=False, batch_size=10)
    model = MultiOutputClassifier(model.set_partial_fit_request(sample_weight=True))
    for _ in range(5):
        model.partial_fit(
            DIGITS[TRAIN],
            ATTRIBUTES[TRAIN],
            classes=[np.arange(2)] * 3,
            sample_weight=WEIGHTS[TRAIN],
        )
    return model.score(DIGITS[TEST], ATTRIBUTES[TEST]), model.predict_proba(DIGITS)


# ---- feature names


@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(("theirs", "ours"), NETWORKS)
def test_feature_names(theirs, ours, method, library):
    X = FRAMES[library](CELL_FRAME.iloc[:50])
    kwargs = {"classes": [0, 1]} if method == "partial_fit" and ours is FCNClassifier else {}
    models = [
        getattr(small(network), method)(X, BENIGN[:50], **kwargs) for network in (theirs, ours)
    ]
    names = list(CELL_FRAME.columns)
    for model in models:
        assert list(model.feature_names_in_) == names
        assert_allclose(model.predict(X), models[0].predict(X))

    others = FRAMES[library](CELL_FRAME.iloc[:50].rename(columns={names[0]: "weight"}))
    reordered = FRAMES[library](CELL_FRAME.iloc[:50][names[::-1]])
    fewer = FRAMES[library](CELL_FRAME.iloc[:50][names[:-1]])
    for wrong in (others, reordered, fewer):
        said = []
        for model in models:
            with pytest.raises(ValueError, match="feature names should match") as error:
                model.predict(wrong)
            said.append(str(error.value))
        assert said[0] == said[1]

    for model in models:
        message = f"X does not have valid feature names, but {type(model).__name__} was fitted"
        with pytest.warns(UserWarning, match=message):
            model.predict(X.to_numpy())


@pytest.mark.parametrize(("theirs", "ours"), NETWORKS)
def test_a_frame_for_a_network_without_feature_names(theirs, ours):
    for network in (theirs, ours):
        model = small(network).fit(CELLS, BENIGN)
        assert not hasattr(model, "feature_names_in_")
        with pytest.warns(UserWarning, match="fitted without feature names"):
            model.predict(CELL_FRAME)
