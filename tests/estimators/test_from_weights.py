"""Weights from elsewhere: which arrays a network is made of, and which it is not made of."""

import numpy as np
import pytest

from skfcn import FCNRegressor


def shapes(model):
    return [coef.shape for coef in model.coefs_]


def numbers(model):
    return [array.ravel().tolist() for array in (*model.coefs_, *model.intercepts_)]


@pytest.mark.parametrize(
    ("coef_dtype", "intercept_dtype", "expected"),
    [
        (np.float32, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.int64, np.int64, np.float64),
        (np.float32, np.int64, np.float64),
    ],
)
def test_weights_and_biases_come_into_their_common_float_type(
    coef_dtype, intercept_dtype, expected
):
    model = FCNRegressor.from_weights(
        [np.ones((2, 1), dtype=coef_dtype)], [np.ones(1, dtype=intercept_dtype)]
    )

    assert model.coefs_[0].dtype == model.intercepts_[0].dtype == expected
    assert numbers(model) == [[1, 1], [1]]


def test_nested_lists_are_arrays():
    model = FCNRegressor.from_weights([[[1, 2]], [[3], [4]]], [[5, 6], [7]])

    assert shapes(model) == [(1, 2), (2, 1)]
    assert numbers(model) == [[1, 2], [3, 4], [5, 6], [7]]


def test_the_arrays_are_copied():
    coef, intercept = np.ones((2, 1)), np.ones(1)

    model = FCNRegressor.from_weights([coef], [intercept])
    coef[...] = intercept[...] = 7

    assert numbers(model) == [[1, 1], [1]]


@pytest.mark.parametrize(
    ("coefs", "intercepts", "match"),
    [
        ([], [], "at least one of each, got 0 and 0"),
        ([np.zeros((2, 1))], [], "got 1 and 0"),
        ([np.zeros((2, 1))], [np.zeros(1), np.zeros(1)], "got 1 and 2"),
        ([np.zeros(2)], [np.zeros(1)], "must be 2-D"),
        ([np.zeros((2, 3)), np.zeros((4, 1))], [np.zeros(3), np.zeros(1)], "coefs must have"),
        ([np.zeros((2, 3))], [np.zeros(2)], "intercepts must have"),
    ],
)
def test_what_is_no_network_is_refused(coefs, intercepts, match):
    with pytest.raises(ValueError, match=match):
        FCNRegressor.from_weights(coefs, intercepts)
