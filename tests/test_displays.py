import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from skfcn import FCNClassifier
from skfcn.callbacks import StepLog
from skfcn.displays import TrainingDisplay

X, Y = load_digits(return_X_y=True)
X = X / 16


@pytest.fixture(autouse=True)
def headless():
    matplotlib.use("Agg")
    yield
    plt.close("all")


def fitted(**params):
    return FCNClassifier((8,), max_iter=30, n_iter_no_change=np.inf, random_state=0, **params)


def test_from_estimator_draws_its_loss_curve():
    clf = fitted().fit(X, Y)
    display = TrainingDisplay.from_estimator(clf)
    (ax,) = display.axes_
    assert_array_equal(ax.lines[0].get_xdata(), np.arange(1, 31))
    assert_array_equal(ax.lines[0].get_ydata(), clf.loss_curve_)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Epoch", "Training loss")
    assert display.figure_ is ax.figure


def test_from_estimator_draws_validation_scores():
    clf = fitted(early_stopping=True).fit(X, Y)
    _, ax = TrainingDisplay.from_estimator(clf).axes_
    assert_array_equal(ax.lines[0].get_ydata(), clf.validation_scores_)
    assert ax.get_ylabel() == "Validation score"


def test_from_estimator_takes_scikit_learns_too():
    with pytest.warns(match="Maximum iterations"):
        mlp = MLPClassifier((4,), max_iter=3).fit(X, Y)
    assert len(TrainingDisplay.from_estimator(mlp).axes_) == 1


def test_from_log_draws_points_and_their_running_mean():
    log = StepLog(every=1)
    fitted(batch_size=100).set_callbacks(log).fit(X, Y)
    display = TrainingDisplay.from_log(log)
    for ax, values in zip(display.axes_, (log.loss_, log.score_), strict=True):
        points, mean = ax.lines
        assert_array_equal(points.get_xdata(), log.step_)
        assert_array_equal(points.get_ydata(), values)
        width = max(5, len(values) // 20)
        assert_allclose(mean.get_ydata()[0], np.mean(values[:width]))
        assert_allclose(mean.get_ydata()[-1], np.mean(values[-width:]))
        assert len(mean.get_xdata()) == len(mean.get_ydata())


def test_it_draws_where_it_is_told():
    _, axes = plt.subplots(1, 2)
    display = TrainingDisplay([1, 2], [3, 4], [0.1, 0.2]).plot(list(axes))
    assert display.axes_ == list(axes)
    with pytest.raises(ValueError, match="argument 2"):
        TrainingDisplay([1, 2], [3, 4], [0.1, 0.2]).plot([axes[0]])
