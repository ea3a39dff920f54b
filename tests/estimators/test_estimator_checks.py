"""scikit-learn's own checks of an estimator."""

import pytest
from sklearn.utils.estimator_checks import check_estimator

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
        pytest.param({"solver": "lbfgs"}, id="lbfgs", marks=pytest.mark.slow),
        pytest.param({"solver": "sgd"}, id="sgd", marks=pytest.mark.slow),
        pytest.param({"hidden_layer_sizes": (20, 10)}, id="two layers", marks=pytest.mark.slow),
    ],
)
def test_no_failure_and_no_expected_failure(estimator, params):
    results = check_estimator(estimator(**params), on_skip=None, on_fail=None)
    assert names(results, "failed") == names(results, "xfail") == set()
    assert names(results, "skipped") <= SKIPPED
    assert len(names(results, "passed")) > 50


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [FCNClassifier, FCNRegressor])
def test_early_stopping(estimator):
    expected = {
        f"check_sample_weight_equivalence_on_{kind}_data": "the held-out rows are drawn at random"
        for kind in ("dense", "sparse")
    }
    expected["check_class_weight_classifiers"] = (
        "the first weights that are right on the few held-out rows are kept"
    )
    results = check_estimator(
        estimator(early_stopping=True),
        expected_failed_checks=expected,
        on_skip=None,
        on_fail=None,
    )
    assert names(results, "failed") == set()
    assert names(results, "xfail") <= set(expected)
    assert names(results, "skipped") <= SKIPPED
