"""The rows of docs/bad_input.md on the features, X. Each is the test of its id."""

import re
import warnings
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skfcn import FCNClassifier, FCNRegressor

MAKES = [FCNClassifier, FCNRegressor]
THREE_EPOCHS = {"hidden_layer_sizes": 4, "max_iter": 3, "n_iter_no_change": np.inf}
X = np.random.default_rng(0).integers(-8, 8, size=(12, 3)).astype(float)
Y = np.arange(12) % 3
NAMES = ["a", "b", "c"]
TABLE = pd.DataFrame(X, columns=NAMES)


def new(make, **params):
    return make(**{"random_state": 0} | THREE_EPOCHS | params)


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def unaligned(array):
    raw = np.zeros(array.nbytes + 1, np.uint8)[1:]
    copy = raw.view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def csr_of_rows(entries, values):
    """A CSR matrix with the columns `entries` in each row, in that order."""
    n = len(entries)
    return sparse.csr_matrix((values.ravel(), np.tile(entries, 12), np.arange(0, 12 * n + 1, n)))


def with_long_indices():
    matrix = sparse.csr_matrix(X)
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    return matrix


def put(value, dtype=float):
    spoilt = X.astype(dtype)
    spoilt[3, 1] = value
    return spoilt


def sparse_with(value):
    return sparse.csr_matrix(put(value))


def matrix(array):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.asmatrix(array)


# What is passed; where it is not X, also the same numbers as a plain array.
RIGHT = {
    "int8": lambda: X.astype(np.int8),
    "uint8": lambda: ((X + 8).astype(np.uint8), X + 8),
    "int64": lambda: X.astype(np.int64),
    "bool": lambda: (X > 0, (X > 0).astype(float)),
    "float16": lambda: X.astype(np.float16),
    "float32": lambda: X.astype(np.float32),
    "longdouble": lambda: X.astype(np.longdouble),
    "big-endian": lambda: X.astype(">f8"),
    "read-only": lambda: read_only(X),
    "fortran": lambda: np.asfortranarray(X),
    "every-other-row": lambda: np.repeat(X, 2, axis=0)[::2],
    "every-other-column": lambda: np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": lambda: X[::-1, ::-1].copy()[::-1, ::-1],
    "unaligned": lambda: unaligned(X),
    "memory-map": None,  # needs a file
    "masked": lambda: np.ma.masked_array(X, mask=X > 3),
    "list": X.tolist,
    "tuples": lambda: tuple(map(tuple, X)),
    "objects": lambda: X.astype(object),
    "string-objects": lambda: X.astype(str).astype(object),
    "data-frame": lambda: TABLE,
    "mixed-dtypes": lambda: TABLE.astype({"a": "float32", "b": "int8"}),
    "nullable-float": lambda: TABLE.astype("Float64"),
    "nullable-int": lambda: TABLE.astype("Int64"),
    "nullable-bool": lambda: ((TABLE > 0).astype("boolean"), (X > 0).astype(float)),
    "categories-of-numbers": lambda: TABLE.astype(int).astype("category"),
    "sparse-frame": lambda: TABLE.astype(pd.SparseDtype(float, 0.0)),
    "number-names": lambda: pd.DataFrame(X),
    "tuple-names": lambda: pd.DataFrame(X, columns=[("a", 1), ("a", 2), ("b", 1)]),
    "polars": lambda: pl.DataFrame(X, schema=NAMES),
    "csr": lambda: sparse.csr_matrix(X),
    "csr-array": lambda: sparse.csr_array(X),
    "csc": lambda: sparse.csc_matrix(X),
    "coo": lambda: sparse.coo_matrix(X),
    "bsr": lambda: sparse.bsr_matrix(X),
    "dia": lambda: sparse.dia_array(X),
    "lil": lambda: sparse.lil_array(X),
    "dok": lambda: sparse.dok_array(X),
    "sparse-int8": lambda: sparse.csr_array(X.astype(np.int8)),
    "sparse-longdouble": lambda: sparse.csr_array(X.astype(np.longdouble)),
    "unsorted-indices": lambda: csr_of_rows([2, 0, 1], X[:, [2, 0, 1]]),
    "duplicate-indices": lambda: csr_of_rows([0, 1, 2, 0, 1, 2], np.hstack([X / 2, X / 2])),
    "explicit-zeros": lambda: csr_of_rows([0, 1, 2], X),
    "long-indices": with_long_indices,
    "no-entries": lambda: (sparse.csr_matrix((12, 3)), np.zeros((12, 3))),
    "one-feature": lambda: X[:, :1],
    "zero-variance": lambda: X * [1, 0, 1] + [0, 7, 0],
    "tiny": lambda: X * 1e-300,
    "denormal": lambda: X * 1e-320,
    "1e30": lambda: X * 1e30,
}
REFUSED = {
    "nan": lambda: put(np.nan),
    "nan-float32": lambda: put(np.nan, np.float32),
    "nan-longdouble": lambda: put(np.nan, np.longdouble),
    "infinity": lambda: put(np.inf),
    "minus-infinity": lambda: put(-np.inf),
    "too-large": lambda: put("1e4000", np.longdouble),
    "none-among-objects": lambda: put(None, object),
    "text-among-objects": lambda: put("a", object),
    "strings": lambda: X.astype(str),
    "bytes": lambda: X.astype("S"),
    "complex": lambda: X + 0j,
    "datetimes": lambda: X.astype("M8[s]"),
    "durations": lambda: X.astype("m8[s]"),
    "date-column": lambda: TABLE.assign(a=pd.date_range("2020", periods=12)),
    "records": lambda: np.zeros(12, dtype=[("a", float), ("b", float)]),
    "matrix": lambda: matrix(X),
    "scalar": lambda: 3.0,
    "0-d": lambda: np.array(3.0),
    "1-d": lambda: X[:, 0],
    "3-d": lambda: X[np.newaxis],
    "ragged": lambda: [[1, 2, 3]] * 11 + [[1, 2]],
    "none": lambda: None,
    "no-rows": lambda: X[:0],
    "no-features": lambda: X[:, :0],
    "nullable-with-na": lambda: TABLE.astype("Int64").mask(TABLE > 3),
    "categories-of-text": lambda: TABLE.assign(a=pd.Categorical(["u", "v"] * 6)),
    "mixed-names": lambda: pd.DataFrame(X, columns=["a", 1, "c"]),
    "series": lambda: TABLE["a"],
    "polars-null": lambda: pl.DataFrame({"a": [None, *X[1:, 0]], "b": X[:, 1], "c": X[:, 2]}),
    "polars-text": lambda: pl.DataFrame(X.astype(str), schema=NAMES),
    "sparse-nan": lambda: sparse_with(np.nan),
    "sparse-infinity": lambda: sparse_with(np.inf),
    "sparse-complex": lambda: sparse.csr_matrix(X + 1j),
    "sparse-no-rows": lambda: sparse.csr_matrix((0, 3)),
}
AT_PREDICT = {
    "too-few-features": lambda: X[:, :2],
    "too-many-features": lambda: np.hstack([X, X]),
    "sparse-too-few": lambda: sparse.csr_matrix(X[:, :2]),
    "other-names": lambda: TABLE.rename(columns={"a": "z"}),
    "other-order": lambda: TABLE[["b", "a", "c"]],
    "names-missing": lambda: X,
    "names-unexpected": lambda: TABLE,
    "huge": lambda: np.sign(X) * 1.7e308,
}


def partly(model, X, y):
    return model.partial_fit(X, y, **({"classes": [0, 1, 2]} if is_classifier(model) else {}))


def everything(make, X, **params):
    """What comes out of all methods that take X."""
    model = new(make, **params).fit(X, Y, X_val=X, y_val=Y)
    resumed = partly(partly(new(make, **params), X, Y), X, Y)
    results = [*model.coefs_, *model.intercepts_, *resumed.coefs_, model.validation_scores_]
    results += [model.predict(X), model.transform(X), model.score(X, Y)]
    return results + ([model.predict_proba(X)] if is_classifier(model) else [])


@cache
def of_X(make, dtype):
    return everything(make, X, dtype=dtype)


def test_every_row_has_a_test_and_every_test_a_row(bad_input_table):
    assert [*bad_input_table("X that is taken")] == [*RIGHT]
    assert [*bad_input_table("X that is refused")] == [*REFUSED]
    assert [*bad_input_table("X that does not fit the network")] == [*AT_PREDICT]


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("row", RIGHT)
def test_what_is_taken_is_the_same_as_a_plain_array(bad_input_table, tmp_path, row, make):
    if row == "memory-map":
        np.save(tmp_path / "X.npy", X)
        given = np.load(tmp_path / "X.npy", mmap_mode="r")
    else:
        given = RIGHT[row]()
    given, plain = given if isinstance(given, tuple) and len(given) == 2 else (given, X)
    if row in ("one-feature", "zero-variance", "tiny", "denormal", "1e30"):
        plain = given
    outcome = bad_input_table("X that is taken")[row][-1]
    dtype = "float32" if outcome == "right, in float32" else "float64"

    results = everything(make, given)
    expected = of_X(make, dtype) if plain is X else everything(make, plain, dtype=dtype)

    for one, other in zip(results, expected, strict=True):
        assert np.isfinite(one).all()
        if outcome == "right, to round-off":
            assert_allclose(one, other, rtol=1e-9, atol=1e-12)
        else:
            assert outcome in ("right", "right, in float32")
            assert_array_equal(one, other)
            assert np.asarray(one).dtype == np.asarray(other).dtype


def error_of(call):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("row", REFUSED)
def test_what_is_refused_is_refused_at_once_and_nothing_is_lost(
    bad_input_table, request, row, make
):
    """By every method that takes X, with the class and the words of the table."""
    given, outcome = REFUSED[row](), bad_input_table("X that is refused")[row][-1]
    kind, words, as_sklearn = re.fullmatch(r"(\w+): `+ ?(.*?) ?`+( =)?", outcome).groups()
    good = TABLE if isinstance(given, pd.DataFrame | pl.DataFrame) else X
    fitted = new(make, warm_start=True).fit(good, Y)
    before, attributes = fitted.predict(good), {**vars(fitted)}
    request.getfixturevalue("no_work")

    calls = {
        "fit": lambda: new(make).fit(given, Y),
        "fit by lbfgs": lambda: new(make, solver="lbfgs").fit(given, Y),
        "partial_fit": lambda: partly(new(make), given, Y),
        "warm start": lambda: fitted.fit(given, Y),
        "more": lambda: partly(fitted, given, Y),
        "predict": lambda: fitted.predict(given),
        "transform": lambda: fitted.transform(given),
        "score": lambda: fitted.score(given, Y),
    }
    if is_classifier(fitted):
        calls["predict_proba"] = lambda: fitted.predict_proba(given)
        calls["predict_log_proba"] = lambda: fitted.predict_log_proba(given)
    if given is not None:
        calls["X_val"] = lambda: new(make).fit(good, Y, X_val=given, y_val=Y)
    errors = {name: error_of(call) for name, call in calls.items()}

    for name, error in errors.items():
        assert kind in [cls.__name__ for cls in type(error).__mro__], name
        assert str(error).startswith(words), name
    if given is not None:
        assert "X_val" in errors["X_val"].__notes__[0]
    assert_array_equal(fitted.predict(good), before)
    assert vars(fitted) == attributes
    if as_sklearn:
        theirs = {FCNClassifier: MLPClassifier, FCNRegressor: MLPRegressor}[make]
        expected = error_of(lambda: theirs().fit(given, Y))
        assert type(errors["fit"]) is type(expected)
        assert str(errors["fit"]).startswith(str(expected).replace("MLP", "FCN"))


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("row", AT_PREDICT)
def test_what_does_not_fit_the_network(bad_input_table, row, make):
    given, outcome = AT_PREDICT[row](), bad_input_table("X that does not fit the network")[row][-1]
    kind, words = re.fullmatch(r"(\w+): `(.*?)`", outcome).groups()
    named = row in ("other-names", "other-order", "names-missing")
    model = new(make, activation="identity", init="orthogonal").fit(TABLE if named else X, Y)
    model.coefs_[0][...] *= 10
    before = model.predict(TABLE if named else X)
    methods = ["predict", "transform"] + ["predict_proba"] * is_classifier(model)
    words = words.replace("NAME", make.__name__)

    for method in methods:
        if kind == "UserWarning":
            with pytest.warns(UserWarning, match=re.escape(words)):
                result = getattr(model, method)(given)
            plain = getattr(model, method)(TABLE if named else X)
            assert_array_equal(result, plain)
        else:
            error = error_of(lambda method=method: getattr(model, method)(given))
            assert type(error).__name__ == kind
            assert str(error).startswith(words)
    assert_array_equal(model.predict(TABLE if named else X), before)


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("coef", [[[1.0]], [[1.0, -1.0, 0.5]]])
def test_huge_outputs_make_probabilities_without_a_warning(method, coef):
    model = FCNClassifier.from_weights([coef], [np.zeros(len(coef[0]))])
    result = getattr(model, method)([[1.7e308], [-1.7e308]])
    p = np.exp(result) if method == "predict_log_proba" else result
    assert_allclose(p.max(axis=1), 1)
    assert_allclose(p.sum(axis=1), 1)
