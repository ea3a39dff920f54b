"""``skfcn plot``, and what other commands draw."""

from argparse import Namespace
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from skfcn._cli.model import Model, is_tabular, load_model
from skfcn._cli.output import check_outputs, new_figure, note_files, write_figure
from skfcn.callbacks import StepLog
from skfcn.displays import COLORS, NetworkDisplay, TrainingDisplay, WeightsDisplay, make_tidy


def plot(options: Namespace) -> None:
    """Draw a saved model."""
    path = options.out or Path(f"{options.what}.png")
    check_outputs(figure=path)
    model = load_model(options.model)
    import matplotlib

    matplotlib.use("agg")  # the displays go through pyplot, which may look for a screen
    figure = _draw(options.what, model).figure_
    write_figure(figure, path)
    matplotlib.pyplot.close(figure)
    note_files(options.quiet, path)


def _draw(what: str, model: Model) -> Any:
    names = model.columns.features
    if what == "training":
        return _training(model.network)
    if what == "weights":
        if is_tabular(model.network) or names is not None:
            raise ValueError("weights: the model was trained on a table, which makes no images")
        return WeightsDisplay.from_estimator(model.network)
    if is_tabular(model.network):
        raise ValueError(
            f"network: the model is {model.network.n_estimators} networks, too many to draw; "
            "train one, such as with --hidden 64"
        )
    network = copy(model.network)
    if names is not None:
        # One for each input of the network: a category has one for each of its values.
        inputs = model.estimator[0].get_feature_names_out(np.array(names, object))
        network.feature_names_in_ = np.array([name.partition("__")[2] for name in inputs])
    return NetworkDisplay.from_estimator(network)


def _training(network: Any, axes: list[Any] | None = None) -> TrainingDisplay:
    if not is_tabular(network):
        return TrainingDisplay.from_estimator(network, axes=axes)
    loss, held_out = network.loss_curve_, network.history_["validation_loss"]
    rounds = np.arange(1, len(loss) + 1)
    display = TrainingDisplay(rounds, loss, validation_loss=held_out, position_name="Round")
    return display.plot(axes)


def draw_curves(log: StepLog | None, network: Any, score_name: str, test_score: float) -> Any:
    """Draw the loss and the score of the batches, and what was scored beside them."""
    if log is None or not log.step_:  # "lbfgs" has no batches
        figure = new_figure(5, 3.6)
        _training(network, [figure.subplots()])
        return figure
    figure = new_figure(10, 3.6)
    axes = list(figure.subplots(1, 2))
    TrainingDisplay.from_log(log, axes=axes)
    score = axes[1]
    score.set_ylabel(score_name)
    score.lines[-1].set_label("Training batch")
    if scores := network.validation_scores_:
        steps = network._fitted.state.progress.steps_per_epoch * np.arange(1, len(scores) + 1)
        score.plot(steps, scores, "o-", color=COLORS[2], markersize=3, label="Validation")
    label = f"Test data, at the end: {test_score:.4f}"
    score.axhline(test_score, color=COLORS[1], linestyle="--", label=label)
    if score_name == "R²":  # which at first is as low as can be
        score.set_ylim(max(score.get_ylim()[0], -0.5), 1.05)
    score.legend(loc="lower right")
    return figure


def draw_matrix(matrix: NDArray[np.integer], labels: NDArray[Any]) -> Any:
    """Draw who is mistaken for whom."""
    size = 3 + 0.4 * len(labels)
    figure = new_figure(size, size)
    longest = max(len(str(label)) for label in labels)
    rotation = "vertical" if longest > 8 else "horizontal"  # longer ones would meet
    display = metrics.ConfusionMatrixDisplay(matrix, display_labels=labels)
    display.plot(ax=figure.subplots(), cmap="Blues", colorbar=False, xticks_rotation=rotation)
    return figure


def draw_predictions(y: NDArray[Any], predicted: NDArray[Any], target: str) -> Any:
    """Draw what was predicted beside what is so."""
    figure = new_figure(5, 5)
    ax = figure.subplots()
    ax.axline((y[0], y[0]), slope=1, color="black", linestyle="--")
    ax.scatter(predicted, y, s=12, color=COLORS[0], alpha=0.3, linewidths=0)
    ax.set(xlabel=f"Predicted {target}", ylabel=f"Actual {target}")
    ax.set_aspect("equal", adjustable="datalim")
    make_tidy(ax)
    return figure
