"""`LearningRateDisplay`: the curve of a learning rate range test."""

from dataclasses import dataclass
from typing import Any, Self

from skfcn.displays.axes import COLORS, Axes, make_tidy, new_axes
from skfcn.tuning import RangeTest, learning_rate_range_test


@dataclass(eq=False, repr=False)
class LearningRateDisplay:
    """The loss while the learning rate rises, and the rate that is suggested.

    Make one by `from_estimator`.

    Parameters
    ----------
    result : RangeTest
        What `learning_rate_range_test` has found.

    Attributes
    ----------
    figure_ : Figure
        The figure.
    ax_ : Axes
        The axes.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.displays import LearningRateDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> display = LearningRateDisplay.from_estimator(FCNClassifier(random_state=0), X / 16, y)
    >>> display.ax_.get_xlabel()
    'Learning rate'
    >>> plt.close(display.figure_)
    """

    result: RangeTest

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, ax: "Axes | None" = None, **options: Any
    ) -> Self:
        """Make a range test and draw it; return the display.

        Parameters
        ----------
        estimator : FCNClassifier or FCNRegressor
            With a stochastic solver; it is cloned, never fitted itself.
        X, y : array-like
            Training data.
        ax : Axes, default=None
            Where to draw; a new figure if None.
        **options
            What `learning_rate_range_test` takes.
        """
        return cls(learning_rate_range_test(estimator, X, y, **options)).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the losses, pale and smoothed, and the suggestion; return the display.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; a new figure if None.
        """
        ax = ax or new_axes(1, 1, (5.5, 3.6))[0]
        result = self.result
        ax.plot(result.rates, result.losses, color=COLORS[0], alpha=0.3, linewidth=0.9)
        ax.plot(result.rates, result.smoothed, color=COLORS[0], linewidth=1.8)
        ax.axvline(result.suggestion, color=COLORS[1], linewidth=1.2, linestyle="--")
        place: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "xytext": (4, -4)}
        place |= {"textcoords": "offset points", "va": "top"}
        text = f"{result.suggestion:.2g}"
        ax.annotate(text, (result.suggestion, 1), color=COLORS[1], **place)
        lowest, first = result.smoothed.min(), result.losses[0]
        ax.set(xscale="log", xlabel="Learning rate", ylabel="Loss of the batch")
        ax.set_ylim(lowest - 0.1 * (first - lowest), first + 0.5 * (first - lowest))
        make_tidy(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self
