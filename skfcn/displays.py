"""Plots in the form of scikit-learn's Displays; matplotlib is imported when one is drawn."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skfcn.callbacks import StepLog

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class TrainingDisplay:
    """Curves of a training: the loss and, where it is known, the score.

    Make one by `from_estimator` or `from_log`.

    Parameters
    ----------
    position : array-like of shape (n_points,)
        Where the points stand: epochs or steps.
    loss : array-like of shape (n_points,)
        The loss at each of them.
    score : array-like of shape (n_points,), default=None
        The score at each of them.
    position_name : str, default="Epoch"
        Label of the horizontal axis.
    loss_name, score_name : str, default="Training loss", "Score"
        Labels of the curves.
    smooth : bool, default=False
        Whether to draw the points pale and a running mean of them strong, for noisy curves.

    Attributes
    ----------
    figure_ : Figure
        The figure.
    axes_ : list of Axes
        The axes of the loss and, if there is a score, of the score.
    """

    def __init__(
        self,
        position: ArrayLike,
        loss: ArrayLike,
        score: ArrayLike | None = None,
        *,
        position_name: str = "Epoch",
        loss_name: str = "Training loss",
        score_name: str = "Score",
        smooth: bool = False,
    ) -> None:
        self.position = position
        self.loss = loss
        self.score = score
        self.position_name = position_name
        self.loss_name = loss_name
        self.score_name = score_name
        self.smooth = smooth

    @classmethod
    def from_estimator(cls, estimator: Any, *, axes: "list[Axes] | None" = None) -> Self:
        """Draw the curves of a fitted estimator against the epoch.

        Parameters
        ----------
        estimator : estimator
            A fitted `FCNClassifier`, or any estimator with a `loss_curve_`. The score is
            drawn if it was trained with `early_stopping`.
        axes : list of Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        display : TrainingDisplay
            With what was drawn.
        """
        loss = estimator.loss_curve_
        score = getattr(estimator, "validation_scores_", None)
        display = cls(np.arange(1, len(loss) + 1), loss, score, score_name="Validation score")
        return display.plot(axes)

    @classmethod
    def from_log(cls, log: StepLog, *, axes: "list[Axes] | None" = None) -> Self:
        """Draw the curves of a `StepLog` against the step.

        Parameters
        ----------
        log : StepLog
            The callback, after the fit.
        axes : list of Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        display : TrainingDisplay
            With what was drawn.
        """
        display = cls(
            log.step_,
            log.loss_,
            log.score_,
            position_name="Step",
            loss_name="Loss of the batch",
            score_name="Score of the batch",
            smooth=True,
        )
        return display.plot(axes)

    def plot(self, axes: "list[Axes] | None" = None) -> Self:
        """Draw the curves.

        Parameters
        ----------
        axes : list of Axes, default=None
            One for the loss and, if there is a score, one for it; a new figure if None.

        Returns
        -------
        display : TrainingDisplay
            This one.
        """
        curves = [(self.loss, self.loss_name)]
        if self.score is not None:
            curves.append((self.score, self.score_name))
        if axes is None:
            import matplotlib.pyplot as plt

            width = 5.0 * len(curves)
            _, grid = plt.subplots(
                1, len(curves), figsize=(width, 3.6), layout="constrained", squeeze=False
            )
            axes = list(grid[0])
        for ax, (values, name) in zip(axes, curves, strict=True):
            self._draw(ax, np.asarray(values), name)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _draw(self, ax: "Axes", values: NDArray[Any], name: str) -> None:
        if self.smooth and len(values) > 20:
            ax.plot(self.position, values, color="C0", alpha=0.3, linewidth=0.9)
            width = max(5, len(values) // 20)
            middle = np.asarray(self.position)[width // 2 :][: len(values) - width + 1]
            mean = np.convolve(values, np.full(width, 1 / width), mode="valid")
            ax.plot(middle, mean, color="C0", linewidth=1.8)
        else:
            ax.plot(self.position, values, color="C0", linewidth=1.8)
        ax.set(xlabel=self.position_name, ylabel=name)
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
