"""scikit-learn's own checks of an estimator."""

import numpy as np
import pytest
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    check_estimator,
    check_transformer_preserve_dtypes,
)

from skfcn import FCNClassifier, FCNRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# There is no decision_function, and the array API is switched on by an environment variable.
SKIPPED = {
    "check_array_api_input",
    "check_classifiers_multilabel_output_format_decision_function",
}


def names(results, status):
    return {result["check_name"] for result in results if result["status"] == status}


@pytest.mark.parametrize(
    "estimator", [FCNClassifier, pytest.param(FCNRegressor, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "params",
    [
        pytest.param({}, id="default"),
        pytest.param({"solver": "sgd"}, id="sgd", marks=pytest.mark.slow),
        pytest.param(
            {"solver": "lbfgs", "hidden_layer_sizes": (20, 10)},
            id="lbfgs, two layers",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_no_failure_and_no_expected_failure(estimator, params):
    results = check_estimator(estimator(**params), on_skip=None, on_fail=None)
    assert names(results, "failed") == names(results, "xfail") == set()
    assert names(results, "skipped") <= SKIPPED
    assert len(names(results, "passed")) > 50


@pytest.mark.parametrize("dtype", ["auto", "float32", "float64"])
@pytest.mark.parametrize("estimator", [FCNClassifier, FCNRegressor])
def test_the_tags_say_what_transform_returns(estimator, dtype):
    model = estimator((4,), dtype=dtype, max_iter=2)
    check_transformer_preserve_dtypes(estimator.__name__, model)
    preserved = set(get_tags(model).transformer_tags.preserves_dtype)
    for given in ("float32", "float64"):
        X = np.arange(20, dtype=given).reshape(-1, 1)
        found = model.fit(X, X[:, 0] // 10).transform(X).dtype
        assert (found == given) == (given in preserved)


WEIGHTS = [f"check_sample_weight_equivalence_on_{kind}_data" for kind in ("dense", "sparse")]
PARTIAL_FIT = [
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
]


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [FCNClassifier, FCNRegressor])
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (
            {"early_stopping": True},
            dict.fromkeys(WEIGHTS, "the held-out rows are drawn at random")
            | dict.fromkeys(PARTIAL_FIT, "partial_fit refuses early stopping, as MLPClassifier's")
            | {
                "check_class_weight_classifiers": "the first weights that are right on the few "
                "held-out rows are kept"
            },
        ),
        ({"dtype": "float32"}, dict.fromkeys(WEIGHTS, "it asks for seven digits and more")),
    ],
    ids=["early stopping", "float32"],
)
def test_what_cannot_be_is_all_that_fails(estimator, params, expected):
    results = check_estimator(
        estimator(**params), expected_failed_checks=expected, on_skip=None, on_fail=None
    )
    assert names(results, "failed") == set()
    assert names(results, "xfail") <= set(expected)
    assert names(results, "skipped") <= SKIPPED
