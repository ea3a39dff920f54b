"""The rows of docs/bad_input.md on y, on the weights and on `classes`."""

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.exceptions import DataConversionWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skfcn import FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor

MAKES = [FCNClassifier, FCNRegressor]
X = np.random.default_rng(0).integers(-8, 8, size=(12, 3)).astype(float)
Y = np.arange(12) % 3
W = np.random.default_rng(1).integers(1, 9, size=12) / 8
TEXTS = np.array(["a", "b", "c"])[Y]
DAYS = np.array(["2020-01-01", "2020-01-02", "2020-01-03"], "M8[D]")[Y]
HOT = np.eye(3, dtype=int)[Y]


def new(make, **params):
    start = {"hidden_layer_sizes": 4, "max_iter": 3, "n_iter_no_change": np.inf}
    return make(**start | {"random_state": 0} | params)


def with_value(value, dtype=float, of=Y):
    spoilt = of.astype(dtype)
    spoilt[3] = value
    return spoilt


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def matrix(array):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.asmatrix(array)


# What is passed; where they are not Y, also the labels that it means.
TARGETS = {
    "int8": lambda: Y.astype(np.int8),
    "uint64": lambda: Y.astype(np.uint64) + np.uint64(2**63),
    "big-endian": lambda: Y.astype(">i8"),
    "float16": lambda: Y.astype(np.float16),
    "longdouble": lambda: Y.astype(np.longdouble),
    "bool": lambda: Y > 0,
    "read-only": lambda: read_only(Y),
    "strided": lambda: np.repeat(Y, 2)[::2],
    "backwards": lambda: Y[::-1].copy()[::-1],
    "list": lambda: Y.tolist(),
    "tuple": lambda: tuple(Y.tolist()),
    "series": lambda: pd.Series(Y, index=range(12, 24)),
    "index": lambda: pd.Index(Y),
    "nullable-int": lambda: pd.Series(Y, dtype="Int64"),
    "nullable-float": lambda: pd.Series(Y, dtype="Float64"),
    "nullable-bool": lambda: pd.Series(Y > 0, dtype="boolean"),
    "categories": lambda: pd.Series(Y).astype("category"),
    "polars": lambda: pl.Series(Y),
    "masked": lambda: np.ma.masked_array(Y, mask=Y == 2),
    "one-class": lambda: np.zeros(12, int),
    "column": lambda: Y[:, np.newaxis],
    "frame": lambda: pd.DataFrame({"y": Y}),
    "two-columns": lambda: np.column_stack([Y, Y]),
    "indicators": lambda: HOT,
    "sparse-indicators": lambda: sparse.csr_matrix(HOT),
    "no-label": lambda: np.zeros((12, 2), int),
    "objects": lambda: Y.astype(object),
    "strings": lambda: TEXTS,
    "string-objects": lambda: TEXTS.astype(object),
    "polars-text": lambda: pl.Series(TEXTS),
    "bytes": lambda: TEXTS.astype("S"),
    "mixed-objects": lambda: with_value("a", object),
    "texts-and-a-number": lambda: with_value(3, object, TEXTS),
    "date-objects": lambda: DAYS.astype(object),
    "numbers-and-texts": lambda: [1, "a", 2.0] * 4,
    "days": lambda: DAYS,
    "days-missing": lambda: with_value(np.datetime64("NaT"), DAYS.dtype, DAYS),
    "durations": lambda: Y.astype("m8[s]"),
    "continuous": lambda: Y + 0.5,
    "1e30": lambda: Y * 1e30,
    "1e200": lambda: Y * 1e200,
    "1e-300": lambda: Y * 1e-300,
    "too-large": lambda: Y * np.longdouble("1e4000"),
    "nan": lambda: with_value(np.nan),
    "nan-float32": lambda: with_value(np.nan, np.float32),
    "nan-objects": lambda: with_value(np.nan, object),
    "none-objects": lambda: with_value(None, object),
    "none-and-texts": lambda: with_value(None, object, TEXTS),
    "none-in-a-list": lambda: with_value(None, object, TEXTS).tolist(),
    "na-objects": lambda: with_value(pd.NA, object),
    "nat-objects": lambda: with_value(pd.NaT, object),
    "texts-with-na": lambda: pd.Series(TEXTS, dtype="string").mask(Y == 2),
    "nothing-known": lambda: np.full(12, np.nan),
    "infinity": lambda: with_value(np.inf),
    "complex": lambda: Y + 1j,
    "nullable-with-na": lambda: pd.Series(Y, dtype="Int64").mask(Y == 2),
    "categories-with-na": lambda: pd.Series(TEXTS).astype("category").mask(Y == 2),
    "polars-null": lambda: pl.Series([0, 1, None] * 4),
    "sparse-nan": lambda: sparse.csr_matrix(with_value(np.nan, of=HOT)),
    "sparse-numbers": lambda: sparse.csr_matrix(HOT * 1.5),
    "matrix": lambda: matrix(Y),
    "none": lambda: None,
    "scalar": lambda: 3,
    "0-d": lambda: np.array(3),
    "row": lambda: Y[np.newaxis],
    "3-d": lambda: Y[:, np.newaxis, np.newaxis],
    "short": lambda: Y[:5],
    "long": lambda: np.hstack([Y, Y]),
    "empty": lambda: Y[:0],
    "no-columns": lambda: np.zeros((12, 0)),
    "ragged": lambda: [[1, 2], [0], [1]] * 4,
    "sets": lambda: [{1}, {2}, {0}] * 4,
}
WEIGHTS = {
    "int8": lambda: (W * 8).astype(np.int8),
    "bool": lambda: W > 0.5,
    "float16": lambda: W.astype(np.float16),
    "longdouble": lambda: W.astype(np.longdouble),
    "big-endian": lambda: W.astype(">f8"),
    "read-only": lambda: read_only(W),
    "backwards": lambda: W[::-1].copy()[::-1],
    "list": W.tolist,
    "series": lambda: pd.Series(W, index=range(12, 24)),
    "nullable": lambda: pd.Series(W, dtype="Float64"),
    "polars": lambda: pl.Series(W),
    "objects": lambda: W.astype(object),
    "some-zero": lambda: with_value(0.0, of=W),
    "scalar": lambda: 2.0,
    "1e200": lambda: W * 1e200,
    "1e-200": lambda: W * 1e-200,
    "all-zero": lambda: W * 0,
    "negative": lambda: with_value(-1.0, of=W),
    "nan": lambda: with_value(np.nan, of=W),
    "infinity": lambda: with_value(np.inf, of=W),
    "none-objects": lambda: with_value(None, object, W),
    "nullable-with-na": lambda: pd.Series(W, dtype="Float64").mask(W > 0.5),
    "sum-too-large": lambda: W * 1.7e308,
    "sum-too-small": lambda: W * 1e-310,
    "too-large": lambda: W * np.longdouble("1e4000"),
    "short": lambda: W[:5],
    "empty": lambda: W[:0],
    "column": lambda: W[:, np.newaxis],
    "0-d": lambda: np.array(2.0),
    "text": lambda: "balanced",
    "complex": lambda: W + 1j,
    "datetimes": lambda: Y.astype("M8[s]"),
    "sparse": lambda: sparse.csr_matrix(W),
    "matrix": lambda: matrix(W),
    "dict": lambda: {0: 1.0},
}
CLASSES = {
    "repeated": [0, 1, 2, 0],
    "more-than-in-y": [0, 1, 2, 3],
    "as-floats": [2.0, 1.0, 0.0],
    "range": range(3),
    "not-passed": None,
    "fewer-than-in-y": [0, 1],
    "texts": ["a", "b", "c"],
    "mixed": [0, 1, 2, "a"],
    "continuous": [0.5, 1, 2],
    "nan": [0, 1, 2, np.nan],
    "infinity": [0, 1, 2, np.inf],
    "empty": [],
    "number": 3,
    "text": "abc",
    "set": {0, 1, 2},
    "nested": [[0, 1, 2]],
}
CLASS_WEIGHTS = {
    "zero": {0: 0},
    "float32": {0: np.float32(0.5), 1: np.int8(2)},
    "no-entries": {},
    "all-zero": {0: 0, 1: 0, 2: 0},
    "negative": {0: -1},
    "nan": {0: np.nan},
    "infinity": {0: np.inf},
    "too-large": {0: 10**400},
    "text": {0: "x"},
    "none": {0: None},
    "complex": {0: 1j},
    "unknown-class": {7: 1},
    "list": [1, 2, 3],
    "list-of-dicts": [{0: 1}, {0: 2}, {0: 3}],
    "misspelt": "Balanced",
}


def plain_of(given, make):
    """What odd targets mean: numbers of classes, indicators or real numbers."""
    values = given.toarray() if sparse.issparse(given) else np.asarray(given)
    if make is FCNRegressor:
        values = values.astype(float)
    elif values.ndim == 1 or values.shape[1] == 1:
        return np.unique(values.ravel(), return_inverse=True)
    return None, values.ravel() if values.shape[1:] == (1,) else values


def partly(model, y, sample_weight=None, classes=(0, 1, 2)):
    options = {"classes": classes} if is_classifier(model) else {}
    return model.partial_fit(X, y, sample_weight, **options)


def refusal_of(call):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    return caught.value


def parse(outcome):
    return re.fullmatch(r"(\w+): `+ ?(.*?) ?`+( =)?", outcome).groups()


def check_refusals(calls, fitted, kind, words):
    """Call each; it is to raise what the table says, and to leave what was fitted."""
    before, attributes = fitted.predict(X), {**vars(fitted)}
    errors = {name: refusal_of(call) for name, call in calls.items()}
    for name, error in errors.items():
        assert kind in [cls.__name__ for cls in type(error).__mro__], name
        assert str(error).startswith(words), name
    assert_array_equal(fitted.predict(X), before)
    assert vars(fitted) == attributes
    return errors


def test_every_row_has_a_test_and_every_test_a_row(bad_input_table):
    assert [*bad_input_table("y")] == [*TARGETS]
    assert [*bad_input_table("Sample weights")] == [*WEIGHTS]
    assert [*bad_input_table("Classes of `partial_fit`")] == [*CLASSES]
    assert [*bad_input_table("Class weights")] == [*CLASS_WEIGHTS]


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("row", TARGETS)
def test_targets(bad_input_table, request, row, make):
    given, outcome = TARGETS[row](), bad_input_table("y")[row][1 + MAKES.index(make)]
    if not outcome.startswith("right"):
        check_refused_targets(request, given, make, *parse(outcome))
        return

    classes, plain = plain_of(given, make)
    expected = new(make).fit(X, plain, X_val=X, y_val=plain)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = new(make).fit(X, given, X_val=X, y_val=given)
        resumed = partly(new(make), given, classes=np.arange(3) if classes is None else classes)
    known = np.arange(3) if classes is None else np.arange(len(classes))
    resumed_expected = partly(new(make), plain, classes=known)

    kinds = {warning.category for warning in caught}
    assert kinds == ({DataConversionWarning} if "DataConversionWarning" in outcome else set())
    for one, other in zip(
        [*model.coefs_, *resumed.coefs_, model.validation_scores_],
        [*expected.coefs_, *resumed_expected.coefs_, expected.validation_scores_],
        strict=True,
    ):
        assert np.isfinite(one).all()
        assert_array_equal(one, other)
    predicted, meant = model.predict(X), expected.predict(X)
    if sparse.issparse(predicted):
        predicted = predicted.toarray()
    assert_array_equal(predicted, meant if classes is None else classes[meant])


def check_refused_targets(request, given, make, kind, words, as_sklearn):
    fitted = new(make, warm_start=True).fit(X, Y)
    calls = {
        "fit": lambda: new(make).fit(X, given),
        "partial_fit": lambda: partly(new(make), given),
        "warm start": lambda: fitted.fit(X, given),
        "more": lambda: partly(fitted, given),
        "lbfgs": lambda: new(make, solver="lbfgs").fit(X, given),
    }
    if not words.startswith("Solver"):
        request.getfixturevalue("no_work")
        if given is not None:
            calls["y_val"] = lambda: new(make).fit(X, Y, X_val=X, y_val=given)
    errors = check_refusals(calls, fitted, kind, words)
    if as_sklearn:
        theirs = {FCNClassifier: MLPClassifier, FCNRegressor: MLPRegressor}[make]
        expected = refusal_of(lambda: theirs().fit(X, given))
        assert type(errors["fit"]) is type(expected)
        assert str(errors["fit"]) == str(expected).replace("MLP", "FCN")


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (
            with_value("a", object),
            "y holds objects of the types int and str; make strings",
        ),
        (with_value(3, object, TEXTS), "y holds objects of the types int and str; make"),
        (Y.astype(object), "y is an array of objects, all of them int; pass y.astype(int)."),
        ((Y > 0).astype(object), "all of them bool; pass y.astype(bool)."),
        (DAYS.astype(object), "y holds objects of the type date, which are no classes; make str"),
        (np.array([{1}, {2}, {0}] * 4, object), "y holds objects of the type set"),
    ],
    ids=["int and str", "str and int", "int", "bool", "date", "set"],
)
@pytest.mark.parametrize("make", [FCNClassifier, TabularClassifier])
def test_objects_that_are_no_classes_are_named(make, y, words):
    error = refusal_of(lambda: make().fit(X, y))
    assert str(error).startswith("Unknown label type: unknown. ")
    assert words in str(error)


@pytest.mark.parametrize("make", [TabularClassifier, TabularRegressor])
@pytest.mark.parametrize("row", ["nan", "none-objects", "na-objects", "nullable-with-na"])
def test_missing_targets_of_a_table_are_counted(make, row):
    error = refusal_of(lambda: make().fit(X, TARGETS[row]()))
    assert re.match(r"Input y contains NaN\. Missing are \d of 12 (labels|targets)", str(error))


def test_missing_classes_are_named():
    clf = new(FCNClassifier)
    error = refusal_of(lambda: clf.partial_fit(X, TEXTS, classes=["a", "b", None]))
    assert str(error).startswith(
        "Input y contains NaN. Missing are 1 of 3 classes (None), in row 2"
    )


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("row", WEIGHTS)
def test_sample_weights(bad_input_table, request, row, make):
    given, outcome = WEIGHTS[row](), bad_input_table("Sample weights")[row][-1]
    if outcome != "right":
        kind, words, as_sklearn = parse(outcome)
        fitted = new(make, warm_start=True).fit(X, Y)
        request.getfixturevalue("no_work")
        calls = {
            "fit": lambda: new(make).fit(X, Y, given),
            "partial_fit": lambda: partly(new(make), Y, given),
            "warm start": lambda: fitted.fit(X, Y, given),
            "lbfgs": lambda: new(make, solver="lbfgs").fit(X, Y, given),
            "sample_weight_val": lambda: new(make).fit(
                X, Y, X_val=X, y_val=Y, sample_weight_val=given
            ),
        }
        errors = check_refusals(calls, fitted, kind, words)
        assert "sample_weight_val" in errors["sample_weight_val"].__notes__[0]
        if as_sklearn:
            theirs = {FCNClassifier: MLPClassifier, FCNRegressor: MLPRegressor}[make]
            expected = refusal_of(lambda: theirs().fit(X, Y, given))
            assert type(errors["fit"]) is type(expected)
            assert str(errors["fit"]) == str(expected)
        return

    plain = np.broadcast_to(np.asarray(given, float), 12).copy()
    weight_of = {"X_val": X, "y_val": Y}
    model = new(make).fit(X, Y, given, **weight_of, sample_weight_val=given)
    expected = new(make).fit(X, Y, plain, **weight_of, sample_weight_val=plain)
    resumed, resumed_expected = partly(new(make), Y, given), partly(new(make), Y, plain)
    for one, other in zip(
        [*model.coefs_, *resumed.coefs_, model.validation_scores_],
        [*expected.coefs_, *resumed_expected.coefs_, expected.validation_scores_],
        strict=True,
    ):
        assert np.isfinite(one).all()
        assert_array_equal(one, other)


@pytest.mark.parametrize("row", CLASSES)
def test_classes_of_partial_fit(bad_input_table, request, row):
    given, outcome = CLASSES[row], bad_input_table("Classes of `partial_fit`")[row][-1]
    if outcome == "right":
        model = partly(new(FCNClassifier), Y, classes=given)
        expected = partly(new(FCNClassifier), Y, classes=np.unique(given))
        assert_array_equal(model.classes_, np.unique(given))
        assert_array_equal(model.coefs_[0], expected.coefs_[0])
        return
    kind, words, as_sklearn = parse(outcome)
    fitted = new(FCNClassifier).fit(X, Y)
    request.getfixturevalue("no_work")
    first = {"first call": lambda: partly(new(FCNClassifier), Y, classes=given)}
    errors = check_refusals(first, fitted, kind, words)
    if as_sklearn:
        expected = refusal_of(lambda: MLPClassifier().partial_fit(X, Y, classes=given))
        assert type(errors["first call"]) is type(expected)
        assert str(errors["first call"]) == str(expected)
    if given is not None:  # later calls need none, but may have the same
        again = {"later": lambda: partly(fitted, Y, classes=given)}
        check_refusals(again, fitted, kind, "")


@pytest.mark.parametrize("row", CLASS_WEIGHTS)
def test_class_weights(bad_input_table, request, row):
    given, outcome = CLASS_WEIGHTS[row], bad_input_table("Class weights")[row][-1]
    if outcome == "right":
        model = new(FCNClassifier, class_weight=given).fit(X, Y)
        weights = np.array([float(given.get(label, 1)) for label in Y])
        expected = new(FCNClassifier).fit(X, Y, weights)
        assert_array_equal(model.coefs_[0], expected.coefs_[0])
        return
    kind, words, _ = parse(outcome)
    fitted = new(FCNClassifier, warm_start=True).fit(X, Y).set_params(class_weight=given)
    request.getfixturevalue("no_work")
    calls = {
        "fit": lambda: new(FCNClassifier, class_weight=given).fit(X, Y),
        "warm start": lambda: fitted.fit(X, Y),
        "lbfgs": lambda: new(FCNClassifier, class_weight=given, solver="lbfgs").fit(X, Y),
    }
    check_refusals(calls, fitted, kind, words)


@pytest.mark.parametrize("make", [FCNClassifier, TabularClassifier])
@pytest.mark.parametrize(
    "given", [{0: 1, 1: 2}, {}, [{0: 1}], [1, 2, 3], [{0: -1}, {}, {}]], ids=str
)
def test_class_weights_of_several_labels_are_a_list_of_dicts(make, given):
    error = refusal_of(lambda: make(class_weight=given).fit(X, HOT))
    if isinstance(given, list) and len(given) == 3:
        words = "class_weight must have finite numbers of at least 0"
    else:
        words = (
            "For multi-output, class_weight should be a list of dicts, or the string 'balanced'"
        )
        assert "one dict for each of the labels, here 3, such as {0: 1, 1: 2}" in str(error)
    assert str(error).startswith(words)
    weighted = new(FCNClassifier, class_weight=[{0: 1, 1: 2}, {0: 1, 1: 1}, {1: 3}]).fit(X, HOT)
    expected = new(FCNClassifier).fit(X, HOT, np.array([2.0, 1.0, 3.0])[Y])
    assert_array_equal(weighted.coefs_[0], expected.coefs_[0])


NEW_LABELS = "`y` has classes not in `self.classes_`"


@pytest.mark.parametrize(
    ("again", "words"),
    [
        (lambda model: partly(model, Y + 1), NEW_LABELS),
        (lambda model: partly(model, TEXTS), NEW_LABELS),
        (lambda model: model.fit(X, Y + 1), "warm_start can only be used where `y` has the same"),
        (lambda model: model.fit(X, TEXTS), "warm_start can only be used where `y` has the same"),
        (lambda model: model.fit(X, HOT), "The object was not fitted with multilabel input"),
        (lambda model: model.fit(X[:, :2], Y), "X has 2 features, but FCNClassifier is expecting"),
    ],
    ids=["more", "texts", "warm-more", "warm-texts", "multilabel", "features"],
)
def test_other_labels_later_are_refused(request, again, words):
    fitted = new(FCNClassifier, warm_start=not words.startswith(NEW_LABELS)).fit(X, Y)
    request.getfixturevalue("no_work")
    check_refusals({"again": lambda: again(fitted)}, fitted, "ValueError", words)


@pytest.mark.parametrize("y", [Y + 1, TEXTS], ids=["more", "texts"])
def test_validation_labels_that_were_not_trained_on_are_refused(no_work, y):
    error = refusal_of(lambda: new(FCNClassifier).fit(X, Y, X_val=X, y_val=y))
    assert str(error).startswith(NEW_LABELS)
    assert "y_val" in error.__notes__[0]


@pytest.mark.parametrize("y", [[0], [0, 1], [[0, 1]]], ids=str)
@pytest.mark.parametrize("make", MAKES)
def test_few_rows_are_learned(make, y):
    model = new(make).fit(X[: len(y)], y)
    assert np.isfinite(model.coefs_[0]).all()
    assert model.predict(X).shape == (12, *np.shape(y)[1:])


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba"])
def test_one_class_is_certain(method):
    model = new(FCNClassifier).fit(X, ["only"] * 12)
    assert_array_equal(getattr(model, method)(X), np.full((12, 1), method == "predict_proba"))
    assert_array_equal(model.predict(X), ["only"] * 12)
    assert model.score(X, ["only"] * 12) == 1


@pytest.mark.parametrize("make", MAKES)
def test_early_stopping_refuses_a_part_without_weight(make):
    weight = np.zeros(12)
    weight[5] = 1  # held out or trained on, but not both
    with pytest.raises(ValueError, match="sample_weight is zero for all rows that early_stopping"):
        new(make, early_stopping=True).fit(X, Y, weight)


def test_the_error_of_a_scorer_names_scoring():
    error = refusal_of(lambda: new(FCNClassifier, scoring="roc_auc").fit(X, Y, X_val=X, y_val=Y))
    assert "multi_class" in str(error)  # scikit-learn's words
    assert error.__notes__ == ["This comes of scoring='roc_auc' on the validation data."]


def test_losses_whose_sum_overflows_are_divergence():
    huge = np.full(12, 1e308)
    error = refusal_of(lambda: new(FCNRegressor, loss="absolute_error").fit(X, huge))
    assert "preprocessed. It happened at step 1" in str(error)


@pytest.mark.parametrize("scoring", [None, "r2"])
def test_huge_validation_targets_are_scored_with_one_warning(scoring):
    with pytest.warns(UserWarning, match="was NaN in all 3 epochs") as caught:  # ours, not NumPy's
        model = new(FCNRegressor, scoring=scoring).fit(X, Y, X_val=X, y_val=Y * 1e200)
    assert len(caught) == 1
    assert len(model.validation_scores_) == 3


def test_weights_reach_functions_among_several_scorers():
    def total(model, X, y, sample_weight=None):
        return float(np.sum(sample_weight))

    scoring = {"accuracy": "accuracy", "total": total}
    model = new(FCNClassifier, scoring=scoring).fit(X, Y, X_val=X, y_val=Y, sample_weight_val=W)
    assert model.history_["validation_total"] == [W.sum()] * 3
    assert model.history_["validation_score"] == model.history_["validation_accuracy"]
