import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from skfcn.preprocessing import PixelScaler


def test_check_estimator():
    results = check_estimator(PixelScaler(), on_skip=None)
    assert {result["status"] for result in results} <= {"passed", "skipped"}


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64, np.float32])
def test_it_divides_into_float32(dtype):
    X = np.array([[0, 45, 225]], dtype=dtype)
    scaler = PixelScaler(divisor=225).fit(X)
    scaled = scaler.transform(X)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, np.array([[0, 0.2, 1]], dtype=np.float32))
    assert X[0, 2] == scaler.data_max_ == 225


def test_names_of_features_stay():
    scaler = PixelScaler().fit(np.ones((2, 3)))
    assert scaler.get_feature_names_out().tolist() == ["x0", "x1", "x2"]


def test_errors():
    with pytest.raises(ValueError, match="divisor"):
        PixelScaler(divisor=0).fit(np.ones((2, 2)))
    with pytest.raises(NotFittedError):
        PixelScaler().transform(np.ones((2, 2)))
