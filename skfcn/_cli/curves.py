"""The curves that ``skfcn train`` draws."""

from typing import TYPE_CHECKING, Any

from skfcn._cli.files import new_figure
from skfcn.callbacks import StepLog
from skfcn.displays import COLORS, TrainingDisplay

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_curves(log: StepLog, network: Any, score_name: str, test_score: float) -> "Figure":
    """Draw the loss and the score of the batches, and what was scored beside them.

    Parameters
    ----------
    log : StepLog
        Of the fit; empty for "lbfgs", which has no batches.
    network : FCNClassifier or FCNRegressor
        Fitted.
    score_name : str
        "accuracy" or "R2".
    test_score : float
        At the end, of data that training never saw.
    """
    if not log.step_:
        figure = new_figure(5, 3.6)
        TrainingDisplay.from_estimator(network, axes=[figure.subplots()])
        return figure
    figure = new_figure(10, 3.6)
    axes = list(figure.subplots(1, 2))
    TrainingDisplay.from_log(log, axes=axes)
    axes[0].set_ylabel("Loss of the training batch")
    name = "Accuracy" if score_name == "accuracy" else "R²"
    axes[1].set_ylabel(name)
    axes[1].lines[-1].set_label("Training batch")
    if scores := network.validation_scores_:
        n_steps = network._run.state.progress.steps_per_epoch
        steps = [n_steps * epoch for epoch in range(1, len(scores) + 1)]
        axes[1].plot(steps, scores, "o-", color=COLORS[2], markersize=3, label="Validation")
    axes[1].axhline(
        test_score,
        color=COLORS[1],
        linestyle="--",
        label=f"Test data, at the end: {test_score:.4f}",
    )
    if name == "R²":  # which at first is as low as can be
        axes[1].set_ylim(max(axes[1].get_ylim()[0], -0.5), 1.05)
    axes[1].legend(loc="lower right")
    return figure
