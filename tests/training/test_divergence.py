"""What is said when training has left the finite numbers."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.neural_network import MLPRegressor

from skfcn import FCNRegressor
from skfcn.training import all_finite, divergence

X, Y = np.array([[0.5, -2.0]]), np.array([[1.0]])
RATE, OWN = "the learning rate is too high", "a component of your own"


def causes(*args):
    message = str(divergence(*args))
    return [part.split(") ", 1)[1] for part in message.split("likeliest first: ")[1].split("; (")]


def starts(found, *expected):
    return [cause.startswith(start) for cause, start in zip(found, expected, strict=True)]


def test_the_place_the_rate_and_the_loss_are_named():
    error = divergence("at step 3 of epoch 2", np.inf, X, Y, 0.5)

    assert isinstance(error, ValueError)
    assert "happened at step 3 of epoch 2, learning rate 0.5; the loss is inf. " in str(error)


def test_a_solver_without_a_rate_has_none_to_lower():
    assert "learning rate" not in str(divergence("here", np.nan, X, Y, None))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (1, 1, (RATE, OWN)),
        (-50, 1, (RATE, "X holds values up to 50: scale it", OWN)),
        (-5000, 1, ("X holds values up to 5000: scale it", RATE, OWN)),
        (1, -1e6, ("y holds values up to 1e+06: scale it", RATE, OWN)),
        (1e5, 1e6, ("X holds", "y holds", RATE, OWN)),
        (np.nan, 1, ("the augmentation returned NaN or infinity", RATE, OWN)),
        (1, np.inf, ("the augmentation", "y holds values up to inf", RATE, OWN)),
    ],
)
def test_the_likeliest_cause_comes_first(x, y, expected, sparse):
    data = np.array([[0.5, x]])
    found = causes("here", np.nan, csr_matrix(data) if sparse else data, np.array([[y]]), 0.1)

    assert all(starts(found, *expected))


def test_a_batch_without_a_number_has_no_largest_one():
    assert all(starts(causes("here", np.nan, csr_matrix((2, 3)), Y, 0.1), RATE, OWN))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_number_is_found(bad):
    assert all_finite(np.ones(3))
    assert not all_finite(np.array([1, bad, 1]))


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (np.nan, 1, ("X holds NaN",)),
        (1, np.inf, ("y holds NaN",)),
        (np.inf, np.nan, ("X h", "y h")),
    ],
)
def test_data_that_nobody_checked_are_named(x, y, expected):
    with config_context(assume_finite=True):
        found = causes("here", np.nan, np.array([[0.5, x]]), np.array([[y]]), 0.1)
        assert all(starts(found[: len(expected)], *expected))
        assert not any("augmentation" in cause for cause in found)
        with pytest.raises(ValueError, match="which assume_finite=True lets through"):
            FCNRegressor(2).fit(np.array([[0.5, x]] * 4), np.array([y] * 4, float))


@pytest.mark.parametrize("make", [MLPRegressor, FCNRegressor])
def test_the_error_begins_with_the_sentence_of_scikit_learns(make):
    theirs = "Solver produced non-finite parameter weights. The input data may contain large"
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=f"^{theirs} values and need to be preprocessed\\."):
            make(learning_rate_init=1e300).fit([[1e200], [-1e200]], [1e300, 2e300])
