import pickle
from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skfcn import FCNClassifier, FCNRegressor
from skfcn.activations import ELU
from skfcn.callbacks import StepLog
from skfcn.displays import (
    COLORS,
    NEGATIVE,
    POSITIVE,
    DistributionDisplay,
    LearningRateDisplay,
    MisclassifiedDisplay,
    NetworkDisplay,
    TrainingDisplay,
    WeightsDisplay,
)
from skfcn.losses import QuantileLoss
from skfcn.training import Objective

pytestmark = pytest.mark.slow  # to draw takes long, and is seldom broken from afar

X, Y = load_digits(return_X_y=True)
X = X / 16
QUICK = {"max_iter": 3, "n_iter_no_change": np.inf, "random_state": 0}

DRAW = {
    "training": lambda model, **ax: TrainingDisplay.from_estimator(model, **ax),
    "weights": lambda model, **ax: WeightsDisplay.from_estimator(model, **ax),
    "distributions": lambda model, **ax: DistributionDisplay.from_estimator(model, X, Y, **ax),
    "network": lambda model, **ax: NetworkDisplay.from_estimator(model, **ax),
    "misclassified": lambda model, **ax: MisclassifiedDisplay.from_estimator(model, X, Y, **ax),
}
TAKES_AXES = {"training": 1, "distributions": 4}


@pytest.fixture(autouse=True)
def headless():
    mpl.use("Agg")
    yield
    plt.close("all")


def fitted(**params):
    return FCNClassifier((8,), max_iter=30, n_iter_no_change=np.inf, random_state=0, **params)


def quick(hidden=(8, 6), **params):
    return FCNClassifier(hidden, **(QUICK | params)).fit(X, Y)


def mlp(hidden=(8, 6), kind=MLPClassifier, **params):
    with pytest.warns(match="Maximum iterations"):
        return kind(hidden_layer_sizes=hidden, max_iter=3, random_state=0, **params).fit(X, Y)


class Recorded(BaseEstimator):
    """A fitted estimator that has nothing but a record of its training."""

    def fit(self, **attributes):
        vars(self).update(attributes)
        return self


# ---- what all of them promise


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_an_unfitted_estimator_is_refused(draw):
    for estimator in (FCNClassifier(), make_pipeline(StandardScaler(), FCNClassifier())):
        with pytest.raises(NotFittedError, match="FCNClassifier instance is not fitted"):
            draw(estimator)


@pytest.mark.parametrize("name", DRAW)
def test_the_axes_that_are_given_are_used(name):
    figure = Figure()
    if name in TAKES_AXES:
        axes = list(np.ravel(figure.subplots(1, TAKES_AXES[name])))
        display = DRAW[name](quick(), axes=axes)
        assert display.axes_ == axes
    else:
        ax = figure.subplots()
        display = DRAW[name](quick(), ax=ax)
        assert display.ax_ is ax
    assert display.figure_ is figure
    assert plt.get_fignums() == []
    figure.savefig(BytesIO())


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_new_figure_is_drawn_and_can_be_drawn_again(draw):
    display = draw(quick())
    assert plt.get_fignums() == [display.figure_.number]
    display.figure_.canvas.draw()
    again = display.plot()
    assert again is display
    assert plt.get_fignums() == [1, 2]


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"dropout": 0.5, "normalization": "batch"},
        {"activation": "gelu", "normalization": "layer", "early_stopping": True, "average": 0.9},
    ],
    ids=str,
)
def test_drawing_changes_nothing_in_the_estimator(draw, params):
    model = quick(**params)
    before, predicted = pickle.dumps(model), model.predict_proba(X)
    draw(model)
    assert pickle.dumps(model) == before
    assert_array_equal(model.predict_proba(X), predicted)


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_scikit_learns_are_drawn_and_stay_as_they_are(draw):
    model = mlp()
    before = pickle.dumps(model)
    assert draw(model).figure_.axes
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_a_pipeline_is_drawn_by_its_last_step(draw):
    model = make_pipeline(StandardScaler(), FCNClassifier((8, 6), **QUICK)).fit(X, Y)
    assert draw(model).figure_.axes


# ---- training


def test_from_estimator_draws_its_loss_curve():
    clf = fitted().fit(X, Y)
    display = TrainingDisplay.from_estimator(clf)
    (ax,) = display.axes_
    assert_array_equal(ax.lines[0].get_xdata(), np.arange(1, 31))
    assert_array_equal(ax.lines[0].get_ydata(), clf.loss_curve_)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Epoch", "Training loss")
    assert display.figure_ is ax.figure
    assert ax.get_legend() is None


def test_from_estimator_draws_validation_scores():
    clf = fitted(early_stopping=True).fit(X, Y)
    _, ax = TrainingDisplay.from_estimator(clf).axes_
    assert_array_equal(ax.lines[0].get_ydata(), clf.validation_scores_)
    assert ax.get_ylabel() == "Validation score"


def test_from_estimator_takes_scikit_learns_too():
    assert len(TrainingDisplay.from_estimator(mlp()).axes_) == 1
    model = mlp(early_stopping=True)
    _, ax = TrainingDisplay.from_estimator(model).axes_
    assert_array_equal(ax.lines[0].get_ydata(), model.validation_scores_)


def test_a_validation_loss_stands_beside_the_training_loss():
    history = {
        "epoch": [4, 5, 6],
        "loss": [3.0, 2.0, 1.0],
        "learning_rate": [0.1, 0.1, 0.1],
        "validation_loss": [3.5, 3.0, None],
        "validation_score": [0.1, 0.2, 0.3],
    }
    display = TrainingDisplay.from_estimator(Recorded().fit(history_=history))
    loss, score = display.axes_
    training, validation = loss.lines
    assert_array_equal(training.get_xydata().T, [[4, 5, 6], [3, 2, 1]])
    assert_array_equal(validation.get_xydata().T, [[4, 5, 6], [3.5, 3, np.nan]])
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert training.get_color() != validation.get_color()
    texts, handles = loss.get_legend().get_texts(), loss.get_legend().get_lines()
    assert [text.get_text() for text in texts] == ["Training", "Validation"]
    assert [h.get_color() for h in handles] == [training.get_color(), validation.get_color()]
    assert loss.get_ylabel() == "Loss"
    assert_array_equal(score.lines[0].get_xydata().T, [[4, 5, 6], [0.1, 0.2, 0.3]])


def test_scores_that_began_late_end_with_the_losses():
    model = Recorded().fit(loss_curve_=[4.0, 3.0, 2.0, 1.0], validation_scores_=[0.5, 0.6])
    _, ax = TrainingDisplay.from_estimator(model).axes_
    assert_array_equal(ax.lines[0].get_ydata(), [np.nan, np.nan, 0.5, 0.6])


def test_several_models_are_laid_over_each_other():
    models = {
        "stopped": fitted(early_stopping=True).fit(X, Y),
        "plain": quick(),
        "theirs": mlp(),
    }
    display = TrainingDisplay.from_estimators(models)
    loss, score = display.axes_
    solid = [line for line in loss.lines if line.get_linestyle() == "-"]
    assert [line.get_color() for line in solid] == list(COLORS[:3])
    for line, model in zip(solid, models.values(), strict=True):
        assert_array_equal(line.get_ydata(), model.loss_curve_)
    (line,) = score.lines
    assert line.get_color() == COLORS[0]
    assert_array_equal(line.get_ydata(), models["stopped"].validation_scores_)
    names = [text.get_text() for text in score.get_legend().get_texts()]
    assert names[:3] == ["stopped", "plain", "theirs"]
    assert loss.get_legend() is None


def test_several_models_with_validation_losses():
    history = {"loss": [3.0, 2.0], "validation_loss": [3.5, 3.0]}
    models = {"a": Recorded().fit(history_={"loss": [1.0]}), "b": Recorded().fit(history_=history)}
    (ax,) = TrainingDisplay.from_estimators(models).axes_
    a, b, validation = ax.lines
    assert_array_equal(validation.get_ydata(), [3.5, 3.0])
    assert validation.get_color() == b.get_color() != a.get_color()
    assert validation.get_linestyle() == "--"
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["a", "b", "Training", "Validation"]


def test_a_list_of_models_goes_by_their_classes():
    pipeline = make_pipeline(StandardScaler(), FCNClassifier((4,), **QUICK)).fit(X, Y)
    display = TrainingDisplay.from_estimators([quick(), mlp(), pipeline])
    legend = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert legend[:3] == ["FCNClassifier 1", "MLPClassifier", "FCNClassifier 2"]


def test_one_position_serves_all_models():
    (ax,) = TrainingDisplay([1, 2], {"a": [3, 4], "b": [5, 6]}).plot().axes_
    assert_array_equal([line.get_xdata() for line in ax.lines], [[1, 2], [1, 2]])


def test_a_training_without_record_is_refused():
    for model in (MLPClassifier(solver="lbfgs", max_iter=1000), LinearRegression()):
        with pytest.raises(ValueError, match=r"history_ or loss_curve_.*\(.*\) has none"):
            TrainingDisplay.from_estimator(model.fit(X[:100], Y[:100]))
    weights = [np.ones((2, 1))], [np.ones(1)]
    with pytest.raises(ValueError, match="at least one epoch"):
        TrainingDisplay.from_estimator(FCNRegressor.from_weights(*weights))
    with pytest.raises(ValueError, match=r"estimators must hold at least one.*got \{\}"):
        TrainingDisplay.from_estimators([])


@pytest.mark.parametrize(
    ("curves", "match"),
    [
        ({"position": {"a": [1]}}, r"loss has \['b'\], which are not among \['a'\]"),
        ({"position": {"a": [1], "b": [1], "c": [1]}}, r"position has \['c'\]"),
        ({"score": {"c": [1]}}, r"score has \['c'\], which are not among \['a', 'b'\]"),
        ({"validation_loss": [1]}, r"validation_loss has \[''\]"),
    ],
)
def test_curves_belong_to_models(curves, match):
    with pytest.raises(ValueError, match=match):
        TrainingDisplay(**{"position": [1], "loss": {"a": [2], "b": [3]}} | curves).plot()


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
    with pytest.raises(ValueError, match=r"2 Axes, one for the loss and one for the score; got 1"):
        TrainingDisplay([1, 2], [3, 4], [0.1, 0.2]).plot([axes[0]])


def test_the_legend_of_several_models_stays_within_axes_that_are_given():
    axes = Figure().subplots(1, 2)
    scores = {"a": [0.1, 0.2]}
    TrainingDisplay([1, 2], {"a": [3, 4]}, scores).plot(axes)
    assert axes[0].get_legend() is not None
    assert axes[1].get_legend() is None


def test_epochs_have_whole_numbers():
    (ax,) = TrainingDisplay([1, 2, 3], [3, 2, 1]).plot().axes_
    assert all(tick % 1 == 0 for tick in ax.get_xticks())
    (ax,) = TrainingDisplay([0.1, 0.2, 0.3], [3, 2, 1]).plot().axes_
    assert not all(tick % 1 == 0 for tick in ax.get_xticks())


# ---- weights


def test_weights_are_images_on_one_scale():
    model = quick((12,))
    display = WeightsDisplay.from_estimator(model)
    assert len(display.images_) == 12
    assert list(display.ax_.images) == display.images_
    limit = np.abs(model.coefs_[0]).max()
    for unit, image in enumerate(display.images_):
        assert_array_equal(image.get_array(), model.coefs_[0][:, unit].reshape(8, 8))
        assert image.get_clim() == (-limit, limit)
        assert image.get_cmap().name == "RdBu_r"
    assert display.colorbar_.extend == "neither"
    assert not display.ax_.axison


def test_weights_lie_side_by_side():
    display = WeightsDisplay.from_estimator(quick((12,)))
    extents = np.array([image.get_extent() for image in display.images_])
    left, right, bottom, top = extents.T
    assert_allclose(right - left, 8)
    assert_allclose(bottom - top, 8)  # the first row of pixels is on top
    for i, one in enumerate(extents):
        for other in extents[:i]:
            apart = max(one[0], other[0]) >= min(one[1], other[1])
            assert apart or max(one[3], other[3]) >= min(one[2], other[2])
    assert display.ax_.get_xlim()[0] <= left.min()
    assert display.ax_.get_xlim()[1] >= right.max()
    assert display.ax_.get_ylim()[0] >= bottom.max()
    assert display.ax_.get_ylim()[1] <= top.min()


def test_the_user_chooses_units_shape_and_scale():
    model = mlp((12,))
    display = WeightsDisplay.from_estimator(
        model, image_shape=(4, 16), units=[5, 2], vmax=0.01, cmap="PuOr", colorbar=False
    )
    one, other = display.images_
    assert_array_equal(one.get_array(), model.coefs_[0][:, 5].reshape(4, 16))
    assert_array_equal(other.get_array(), model.coefs_[0][:, 2].reshape(4, 16))
    assert one.get_clim() == (-0.01, 0.01)
    assert one.get_cmap().name == "PuOr"
    assert display.colorbar_ is None
    assert display.figure_.axes == [display.ax_]
    assert WeightsDisplay.from_estimator(model, vmax=0.01).colorbar_.extend == "both"


def test_of_many_units_those_with_the_largest_weights_are_shown():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(4, 100)) * np.arange(100)[rng.permutation(100)]
    model = FCNRegressor.from_weights([weights, np.ones((100, 1))], [np.zeros(100), [0.0]])
    shown = WeightsDisplay.from_estimator(model).images_
    largest = np.sort(np.argsort(np.linalg.norm(weights, axis=0))[-64:])
    assert_array_equal([np.ravel(image.get_array()) for image in shown], weights.T[largest])


def test_weights_of_zero_have_a_scale_as_well():
    model = FCNRegressor.from_weights([np.zeros((4, 1))], [[0.0]])
    (image,) = WeightsDisplay.from_estimator(model).images_
    assert image.get_clim() == (-1, 1)


def test_an_image_shape_is_needed_where_it_cannot_be_inferred():
    X, y = load_iris(return_X_y=True)
    model = FCNClassifier((5,), **QUICK).fit(X[:, :3], y)
    with pytest.raises(ValueError, match=r"n_features=3 is not the square.*image_shape=\(height"):
        WeightsDisplay.from_estimator(model)
    for shape in [(2, 2), (3,), (1, 3, 1), 3, (-1, -3), "ab"]:
        with pytest.raises(ValueError, match=r"image_shape must be two integers .* got "):
            WeightsDisplay.from_estimator(model, image_shape=shape)
    assert len(WeightsDisplay.from_estimator(model, image_shape=(1, 3)).images_) == 5


@pytest.mark.parametrize("units", [[12], [-1], [], 3, [0.5], [[1]]], ids=str)
def test_units_must_exist(units):
    with pytest.raises(ValueError, match="units must be a sequence of integers from 0 to 11"):
        WeightsDisplay.from_estimator(quick((12,)), units=units)


def test_other_wrong_weights():
    with pytest.raises(ValueError, match=r"estimator must have coefs_.*LinearRegression"):
        WeightsDisplay.from_estimator(LinearRegression().fit(X, Y))
    with pytest.raises(ValueError, match="vmax must be above zero, got 0"):
        WeightsDisplay.from_estimator(quick(), vmax=0)


# ---- distributions


def histogram(ax):
    """Shares and edges of the filled histogram."""
    values, edges, _ = ax.patches[0].get_data()
    return values, edges


def test_activations_are_those_of_transform():
    model = quick((8, 6))
    display = DistributionDisplay.from_estimator(model, X[:200])
    assert len(display.axes_) == 2
    for layer, ax in enumerate(display.axes_):
        expected = model.set_params(transform_layer=layer).transform(X[:200])
        assert_array_equal(display.activations[layer], expected)
        shares, edges = histogram(ax)
        counts, expected_edges = np.histogram(expected[expected != 0], 40)
        assert_allclose(edges, expected_edges)
        assert_allclose(shares, counts / expected.size)
        assert f"{np.mean(expected == 0):.0%} zeros" in ax.texts[0].get_text()
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == ["Hidden 1: 8 relu", "Hidden 2: 6 relu"]


def with_dead_units():
    """A network whose hidden units 1 and 3 are zero wherever X is positive."""
    first = np.array([[1.0, -1.0, 2.0, -1.0], [1.0, -2.0, 1.0, -1.0]])
    second = np.array([[1.0, -1.0], [1.0, 2.0], [-1.0, 1.0], [3.0, 1.0]])
    last = np.array([[1.0], [2.0]])
    zeros = [np.zeros(4), np.zeros(2), np.zeros(1)]
    return FCNRegressor.from_weights([first, second, last], zeros)


def test_dead_units_are_counted():
    rng = np.random.default_rng(0)
    display = DistributionDisplay.from_estimator(
        with_dead_units(), rng.uniform(0.1, 1, (50, 2)), rng.normal(size=50)
    )
    assert_array_equal(display.dead_units_[0], [1, 3])
    texts = [ax.texts[0].get_text() for ax in display.axes_]
    assert texts[0] == "50% zeros\n2 of 4 units dead"
    assert texts[2] == "50% zeros\n2 of 4 units without gradient"


def test_a_layer_that_is_all_zero():
    model = FCNRegressor.from_weights([-np.ones((1, 3)), np.ones((3, 1))], [np.zeros(3), [0.0]])
    display = DistributionDisplay.from_estimator(model, [[1.0], [2.0]], [0.0, 1.0])
    assert [ax.texts[0].get_text() for ax in display.axes_] == [
        "100% zeros\n3 of 3 units dead",
        "100% zeros\n3 of 3 units without gradient",
    ]
    assert histogram(display.axes_[0])[0].sum() == 0


def test_gradients_are_those_of_the_loss():
    rng = np.random.default_rng(1)
    X, y = rng.uniform(0.1, 1, (20, 2)), rng.normal(size=20)
    model = with_dead_units()
    display = DistributionDisplay.from_estimator(model, X, y)
    first, second, last = model.coefs_
    Z1 = X @ first
    Z2 = np.maximum(Z1, 0) @ second
    error = np.maximum(Z2, 0) @ last - y[:, np.newaxis]
    dZ2 = error @ last.T * (Z2 > 0)
    dZ1 = dZ2 @ second.T * (Z1 > 0)
    assert_allclose(display.gradients[1], dZ2)
    assert_allclose(display.gradients[0], dZ1)
    shares, edges = histogram(display.axes_[2])
    magnitudes = np.abs(dZ1[dZ1 != 0])
    assert_allclose(shares.sum(), magnitudes.size / dZ1.size)
    assert_allclose(shares[1:], np.histogram(magnitudes, edges)[0][1:] / dZ1.size)
    assert_allclose(edges, histogram(display.axes_[3])[1])
    assert display.axes_[2].get_xscale() == "log"


@pytest.mark.parametrize(
    ("kind", "dtype", "params", "y"),
    [
        (FCNClassifier, "float32", {}, Y),
        (FCNClassifier, "float64", {}, Y),
        (FCNClassifier, "float64", {}, Y > 4),
        (FCNClassifier, "float64", {}, np.array(["even", "odd"])[Y % 2]),
        (FCNClassifier, "float64", {}, Y[:, np.newaxis] > [2, 5, 7]),
        (FCNClassifier, "float64", {"loss": "focal", "warm_start": True}, Y),
        (FCNClassifier, "float64", {"activation": ["tanh", ELU(alpha=0.5)]}, Y),
        (FCNRegressor, "float32", {}, Y),
        (FCNRegressor, "float64", {}, Y),
        (FCNRegressor, "float64", {"loss": "poisson"}, np.stack([Y, Y + 1], axis=1)),
        (FCNRegressor, "float32", {"loss": QuantileLoss([0.1, 0.9])}, Y),
    ],
)
def test_gradients_add_up_to_those_of_the_biases(kind, dtype, params, y):
    model = kind((8, 6), dtype=dtype, alpha=0.0, **(QUICK | params)).fit(X, y)
    display = DistributionDisplay.from_estimator(model, X[:100], y[:100])
    encoded = model._fitted.model.targets.encode(np.asarray(y))[:100]
    network = model._fitted.model.network
    objective = Objective(network, model._fitted.model.loss, 0.0)
    batch = X[:100].astype(dtype), encoded.astype(dtype)
    objective(*batch, None, network.workspace(100).rows(100))
    for gradients, total in zip(
        display.gradients, objective.gradient.intercepts[:-1], strict=True
    ):
        assert gradients.dtype == dtype
        tolerance = 1e-4 if dtype == "float32" else 1e-10
        assert_allclose(gradients.mean(axis=0), total, rtol=tolerance, atol=tolerance)


def test_dropout_is_left_out():
    plain = quick()
    dropped = FCNClassifier.from_weights(
        plain.coefs_, plain.intercepts_, dropout=0.5, random_state=0
    )
    expected = DistributionDisplay.from_estimator(plain, X, Y)
    got = DistributionDisplay.from_estimator(dropped, X, Y)
    assert_array_equal(got.gradients[0], expected.gradients[0])
    assert_array_equal(got.activations[1], expected.activations[1])


def test_max_rows_are_spread_over_the_data():
    model = quick()
    display = DistributionDisplay.from_estimator(model, X[:100], Y[:100], max_rows=4)
    chosen = DistributionDisplay.from_estimator(model, X[:100:25], Y[:100:25])
    for one, other in zip(
        display.activations + display.gradients, chosen.activations + chosen.gradients, strict=True
    ):
        assert_array_equal(one, other)
    assert len(DistributionDisplay.from_estimator(model, X).activations[0]) == 1000


@pytest.mark.parametrize("convert", [csr_matrix, np.asfortranarray, list, pd.DataFrame])
def test_distributions_take_all_kinds_of_data(convert):
    model = quick()
    expected = DistributionDisplay.from_estimator(model, X[:50], Y[:50])
    display = DistributionDisplay.from_estimator(model, convert(X[:50]), list(Y[:50]))
    assert_allclose(display.activations[1], expected.activations[1], rtol=1e-10, atol=1e-12)
    assert_allclose(display.gradients[0], expected.gradients[0], rtol=1e-10, atol=1e-12)


def test_a_pipeline_transforms_the_data():
    pipeline = make_pipeline(StandardScaler(), FCNClassifier((8,), **QUICK)).fit(X, Y)
    display = DistributionDisplay.from_estimator(pipeline, X, Y, max_rows=50)
    expected = DistributionDisplay.from_estimator(
        pipeline[-1], pipeline[0].transform(X), Y, max_rows=50
    )
    assert_array_equal(display.activations[0], expected.activations[0])
    assert_array_equal(display.gradients[0], expected.gradients[0])
    alone = make_pipeline(FCNClassifier((8,), **QUICK)).fit(X, Y)
    assert len(DistributionDisplay.from_estimator(alone, X).axes_) == 1


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_scikit_learns_networks_are_looked_into(kind):
    model = mlp(kind=kind, activation="tanh")
    display = DistributionDisplay.from_estimator(model, X, Y)
    first = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    rows = np.arange(1000) * len(X) // 1000
    assert_allclose(display.activations[0], first[rows], rtol=1e-6)
    assert len(display.axes_) == 4
    assert display.axes_[0].get_title() == "Hidden 1: 8 tanh"


def test_histograms_leave_room_for_their_text():
    display = DistributionDisplay.from_estimator(quick(), X, Y, bins=7)
    for ax in display.axes_:
        shares, edges = histogram(ax)
        assert len(edges) == 8
        assert shares.max() < 0.75 * ax.get_ylim()[1]


def test_what_distributions_refuse():
    model = quick()

    def draw(*data, model=model, **params):
        DistributionDisplay.from_estimator(model, *data, **params)

    with pytest.raises(TypeError, match=r"must be an FCNClassifier.*LogisticRegression"):
        draw(X, model=LogisticRegression(max_iter=1000).fit(X, Y))
    with pytest.raises(ValueError, match=r"one hidden layer, got hidden_layer_sizes=\(\)"):
        draw(X, model=FCNClassifier((), **QUICK).fit(X, Y))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        draw(X, Y[:5])
    with pytest.raises(ValueError, match="64 features"):
        draw(X[:, :5])
    with pytest.raises(ValueError, match="classes not in"):
        draw(X, Y + 1)
    regressor = FCNRegressor((8,), **QUICK).fit(X, Y)
    with pytest.raises(ValueError, match=r"n_outputs_=1; got an array of shape \(1797, 2\)"):
        draw(X, np.stack([Y, Y], axis=1), model=regressor)
    for wrong in (0, 2.5, True, "all"):
        with pytest.raises(ValueError, match="max_rows must be an integer of at least 1, got "):
            draw(X, max_rows=wrong)
        with pytest.raises(ValueError, match="bins must be an integer of at least 1, got "):
            draw(X, bins=wrong)
    with pytest.raises(ValueError, match="4 Axes, one for the activations and the gradients"):
        draw(X, Y, axes=[Figure().subplots()])


# ---- network


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def iris(**params):
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    return FCNClassifier((5,), **(QUICK | params)).fit(X, names)


def test_a_small_network_is_drawn_whole():
    model = iris()
    display = NetworkDisplay.from_estimator(model)
    assert [len(nodes.get_paths()) for nodes in display.nodes_] == [4, 5, 3]
    assert [len(edges.get_segments()) for edges in display.edges_] == [20, 15]
    assert_array_equal(display.units_[1], np.arange(5))
    assert len(display.ax_.collections) == 3 + 2  # and no ellipsis
    assert texts_of(display.ax_) == [
        *("Input", "4", "Hidden", "5 relu", "Output", "3 softmax"),
        *model.feature_names_in_,
        *("setosa", "versicolor", "virginica"),
    ]
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["positive weight", "negative weight"]


def centres(nodes):
    return np.array([path.get_extents().get_points().mean(axis=0) for path in nodes.get_paths()])


def test_edges_are_the_weights():
    model = iris()
    display = NetworkDisplay.from_estimator(model)
    for layer, (coef, edges) in enumerate(zip(model.coefs_, display.edges_, strict=True)):
        one, other = (centres(nodes) for nodes in display.nodes_[layer : layer + 2])
        drawn = np.zeros_like(coef)
        lines = zip(edges.get_segments(), edges.get_colors(), edges.get_linewidths(), strict=True)
        for (start, end), color, width in lines:
            i = np.linalg.norm(one - start, axis=1).argmin()
            j = np.linalg.norm(other - end, axis=1).argmin()
            assert_allclose([one[i], other[j]], [start, end], atol=1e-9)
            sign = {to_rgb(POSITIVE): 1, to_rgb(NEGATIVE): -1}[tuple(color[:3])]
            drawn[i, j] = sign * (width - 0.3) / 2
            assert_allclose(color[3], 0.05 + 0.85 * abs(drawn[i, j]))
        assert_allclose(drawn, coef / np.abs(coef).max(), atol=1e-9)
        assert np.all(np.diff(edges.get_linewidths()) >= 0)  # the largest are on top


def test_a_wide_network_is_truncated():
    model = quick((32, 12), activation=["tanh", ELU(alpha=0.5)])
    display = NetworkDisplay.from_estimator(model)
    assert [len(nodes.get_paths()) for nodes in display.nodes_] == [12, 12, 12, 10]
    assert [len(edges.get_segments()) for edges in display.edges_] == [144, 144, 120]
    assert len(display.ax_.collections) == 4 + 3 + 2  # two layers have an ellipsis
    labels = ["Input", "64", "Hidden 1", "32 tanh", "Hidden 2", "12 ELU(alpha=0.5)"]
    assert texts_of(display.ax_) == [*labels, "Output", "10 softmax", *"0123456789"]
    for nodes in display.nodes_:
        _, y = centres(nodes).T
        assert_allclose(y, -y[::-1], atol=1e-9)
        assert np.diff(y).max() <= -1 + 1e-9


def test_the_units_with_the_largest_weights_are_drawn():
    first, last = np.full((30, 6), 0.01), np.full((6, 1), 0.01)
    first[[3, 17, 28], 2] = 1, -2, 3
    last[4] = -1
    model = FCNRegressor.from_weights([first, last], [np.zeros(6), [0.0]])
    display = NetworkDisplay.from_estimator(model, max_units=3)
    assert_array_equal(display.units_[0], [3, 17, 28])
    assert {2, 4} < set(display.units_[1].tolist())
    assert_array_equal(display.units_[2], [0])
    assert texts_of(display.ax_)[-2:] == ["Output", "1 identity"]


@pytest.mark.parametrize("max_units", [2, 3, 5])
def test_truncated_layers_leave_one_place_for_the_ellipsis(max_units):
    display = NetworkDisplay.from_estimator(quick(), max_units=max_units)
    for nodes in display.nodes_:
        _, y = centres(nodes).T
        assert len(y) == max_units
        assert_allclose(np.sort(-np.diff(y)), [1] * (max_units - 2) + [2], atol=1e-9)


def test_one_output_goes_by_the_second_class():
    model = FCNClassifier((3,), **QUICK).fit(X, np.where(Y > 4, "large", "small"))
    assert texts_of(NetworkDisplay.from_estimator(model).ax_)[-2:] == ["1 logistic", "small"]


def test_a_linear_model_and_scikit_learns_have_their_labels():
    linear = FCNRegressor((), **QUICK).fit(X, Y)
    assert texts_of(NetworkDisplay.from_estimator(linear).ax_) == [
        *("Input", "64", "Output", "1 identity")
    ]
    theirs = NetworkDisplay.from_estimator(mlp((8,), activation="logistic"))
    assert texts_of(theirs.ax_)[:6] == [
        *("Input", "64", "Hidden", "8 logistic", "Output", "10 softmax")
    ]


def test_a_network_can_be_drawn_of_arrays():
    display = NetworkDisplay([np.zeros((3, 1))]).plot()
    assert texts_of(display.ax_) == ["3", "1"]
    assert_allclose(display.edges_[0].get_linewidths(), 0.3)


def test_what_the_network_display_refuses():
    for wrong in (1, 2.5, True, None):
        with pytest.raises(ValueError, match="max_units must be an integer of at least 2, got "):
            NetworkDisplay.from_estimator(quick(), max_units=wrong)
    with pytest.raises(ValueError, match="estimator must have coefs_"):
        NetworkDisplay.from_estimator(LinearRegression().fit(X, Y))


# ---- misclassified


def expected_errors(model, X, y, n_samples):
    probability = model.predict_proba(X)
    predicted = model.classes_[probability.argmax(axis=1)]
    wrong = np.flatnonzero(predicted != y)
    order = wrong[np.argsort(-probability.max(axis=1)[wrong], kind="stable")][:n_samples]
    return order, predicted[order], probability.max(axis=1)[order]


MODELS = {
    "ours": lambda: quick(),
    "theirs": lambda: mlp(),
    "pipeline": lambda: make_pipeline(StandardScaler(), quick()).fit(X, Y),
    "linear": lambda: LogisticRegression(max_iter=20, tol=0.5).fit(X, Y),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_the_surest_errors_are_drawn(make):
    model = make()
    display = MisclassifiedDisplay.from_estimator(model, X, Y, n_samples=7)
    rows, predicted, probability = expected_errors(model, X, Y, 7)
    assert len(display.images_) == 7
    for image, row in zip(display.images_, rows, strict=True):
        assert_array_equal(image.get_array(), X[row].reshape(8, 8))
        assert image.get_clim() == (X[rows].min(), X[rows].max())
    assert [text.get_text() for text in display.texts_] == [
        f"{true} → {wrong}\n{p:.1%}"
        for true, wrong, p in zip(Y[rows], predicted, probability, strict=True)
    ]


def test_texts_stand_above_their_images():
    display = MisclassifiedDisplay.from_estimator(quick(), X, Y, n_samples=10)
    display.figure_.canvas.draw()
    renderer = display.figure_.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in display.texts_]
    images = [image.get_window_extent(renderer) for image in display.images_]
    for i, (box, image) in enumerate(zip(boxes, images, strict=True)):
        assert box.y0 > image.y1
        assert image.x0 < (box.x0 + box.x1) / 2 < image.x1
        assert not any(box.overlaps(other) for other in [*boxes[:i], *boxes[i + 1 :], *images])


def test_long_names_get_wide_columns():
    names = np.array([f"the {n} digit" for n in range(10)])
    model = FCNClassifier((8,), **QUICK).fit(X, names[Y])
    display = MisclassifiedDisplay.from_estimator(model, X, names[Y], n_samples=6)
    display.figure_.canvas.draw()
    boxes = [text.get_window_extent() for text in display.texts_]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert display.texts_[0].get_text().startswith("the ")


@pytest.mark.parametrize("convert", [csr_matrix, pd.DataFrame, np.ndarray.tolist])
def test_misclassified_takes_all_kinds_of_data(convert):
    model = FCNClassifier((8,), **QUICK).fit(convert(X), Y)
    display = MisclassifiedDisplay.from_estimator(model, convert(X), list(Y), n_samples=3)
    rows, *_ = expected_errors(model, convert(X), Y, 3)
    images = [image.get_array() for image in display.images_]
    assert_array_equal(images, X[rows].reshape(-1, 8, 8))


def test_images_bring_their_shape():
    flatten = FunctionTransformer(lambda images: images.reshape(len(images), -1))
    model = make_pipeline(flatten, FCNClassifier((8,), **QUICK))
    images = X.reshape(-1, 4, 16)
    display = MisclassifiedDisplay.from_estimator(model.fit(images, Y), images, Y)
    assert len(display.images_) == 25
    assert display.images_[0].get_array().shape == (4, 16)


def test_an_image_shape_can_be_given():
    display = MisclassifiedDisplay.from_estimator(quick(), X, Y, image_shape=(2, 32), cmap="Blues")
    assert display.images_[0].get_array().shape == (2, 32)
    assert display.images_[0].get_cmap().name == "Blues"


def test_a_model_without_errors_has_a_text():
    model = quick()
    correct = model.predict(X)
    display = MisclassifiedDisplay.from_estimator(model, X, correct)
    assert display.images_ == []
    assert texts_of(display.ax_) == ["No sample is misclassified"]
    assert not display.ax_.axison
    ax = Figure().subplots()
    assert MisclassifiedDisplay.from_estimator(model, X, correct, ax=ax).ax_ is ax


def test_what_misclassified_refuses():
    X_iris, y_iris = load_iris(return_X_y=True)
    model = FCNClassifier((5,), **QUICK).fit(X_iris[:, :3], y_iris)

    def draw(*data, model=model, **params):
        MisclassifiedDisplay.from_estimator(model, *data, **params)

    with pytest.raises(ValueError, match="n_features=3 is not the square"):
        draw(X_iris[:, :3], y_iris)
    with pytest.raises(ValueError, match="must have predict_proba, got RidgeClassifier"):
        draw(X, Y, model=RidgeClassifier().fit(X, Y))
    labels = Y[:, np.newaxis] > [2, 5]
    with pytest.raises(ValueError, match="1d array"):
        draw(X, labels, model=FCNClassifier((5,), **QUICK).fit(X, labels))
    with pytest.raises(ValueError, match="n_samples must be an integer of at least 1, got 0"):
        draw(X, Y, model=quick(), n_samples=0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        draw(X, Y[:3], model=quick())


# --- the learning rate ------------------------------------------------------------------------


def test_the_range_test_is_drawn_over_the_logarithm_of_the_rate():
    X, y = load_digits(return_X_y=True)

    display = LearningRateDisplay.from_estimator(
        FCNClassifier((8,), random_state=0), X / 16, y, n_steps=30, start=1e-4, stop=1.0
    )

    losses, smoothed, suggestion = display.ax_.lines
    np.testing.assert_array_equal(losses.get_xdata(), display.result.rates)
    np.testing.assert_array_equal(losses.get_ydata(), display.result.losses)
    np.testing.assert_array_equal(smoothed.get_ydata(), display.result.smoothed)
    assert suggestion.get_xdata()[0] == display.result.suggestion
    assert display.ax_.get_xscale() == "log"
    assert display.figure_ is display.ax_.figure


def test_the_range_test_is_drawn_where_the_user_says():
    X, y = load_digits(return_X_y=True)
    figure, ax = plt.subplots()

    display = LearningRateDisplay.from_estimator(
        FCNClassifier((8,), random_state=0), X / 16, y, n_steps=20, ax=ax
    )

    assert display.ax_ is ax
    assert plt.get_fignums() == [figure.number]
