"""`TrainingDisplay`: the course of a training, or of several."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skfcn.callbacks import StepLog
from skfcn.displays.axes import COLORS, Axes, given_axes, make_tidy, new_axes
from skfcn.displays.models import class_names, read_training

Curves = ArrayLike | Mapping[str, ArrayLike]
Line = tuple[NDArray[Any], NDArray[Any], dict[str, Any]]  # position, values, style


@dataclass(eq=False, repr=False)
class TrainingDisplay:
    """Curves of one training or of several: the loss and, where they are known, the scores.

    Make one by `from_estimator`, `from_estimators` or `from_log`. A validation loss is dashed.

    Parameters
    ----------
    position : array-like of shape (n_points,) or dict of str to array-like
        Where the points stand: epochs or steps. For several models, here and below, a dict
        from their names; one array will do if all are the same.
    loss : array-like of shape (n_points,) or dict of str to array-like
        The loss at each of them.
    score : array-like of shape (n_points,) or dict of str to array-like, default=None
        The score at each of them. A dict may leave models out.
    validation_loss : array-like of shape (n_points,) or dict of str to array-like, default=None
        The loss on data held out, beside `loss`. A dict may leave models out.
    position_name : str, default="Epoch"
        Label of the horizontal axis.
    loss_name, score_name : str, default="Training loss", "Score"
        Labels of the vertical axes.
    smooth : bool, default=False
        Whether to draw the points pale and a running mean strong, for noisy curves.

    Attributes
    ----------
    figure_ : Figure
        The figure.
    axes_ : list of Axes
        The axes of the loss and, if there is a score, of the score.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_iris
    >>> from skfcn import FCNClassifier
    >>> from skfcn.displays import TrainingDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = FCNClassifier(max_iter=5, n_iter_no_change=float("inf"), random_state=0).fit(X, y)
    >>> display = TrainingDisplay.from_estimator(clf)
    >>> display.axes_[0].get_ylabel()
    'Training loss'
    >>> plt.close(display.figure_)
    """

    position: Curves
    loss: Curves
    score: Curves | None = None
    _: KW_ONLY
    validation_loss: Curves | None = None
    position_name: str = "Epoch"
    loss_name: str = "Training loss"
    score_name: str = "Score"
    smooth: bool = False

    @classmethod
    def from_estimator(cls, estimator: Any, *, axes: "list[Axes] | None" = None) -> Self:
        """Draw the curves of a fitted estimator against the epoch; return the display.

        Parameters
        ----------
        estimator : estimator
            A fitted `FCNClassifier` or `FCNRegressor`, any estimator with a `loss_curve_`, or
            a pipeline that ends in one. If it was validated while it was trained, its
            validation score is drawn, and its validation loss if it recorded that.
        axes : list of Axes, default=None
            Where to draw; a new figure if None.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If it has no record of its training, as after scikit-learn's "lbfgs".
        """
        return cls._of_fits(**read_training(estimator)).plot(axes)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Any] | Sequence[Any],
        *,
        axes: "list[Axes] | None" = None,
    ) -> Self:
        """Draw the curves of several fitted estimators, with a legend; return the display.

        Parameters
        ----------
        estimators : dict of str to estimator, or list of estimator
            Fitted ones, as `from_estimator` takes them, by the names that the legend gives
            them. Those of a list are named after their classes.
        axes : list of Axes, default=None
            Where to draw; a new figure if None.

        Raises
        ------
        NotFittedError
            If one of the estimators is not fitted.
        ValueError
            If there is none, or one has no record of its training.
        """
        if not isinstance(estimators, Mapping):
            estimators = dict(zip(class_names(estimators), estimators, strict=True))
        if not estimators:
            raise ValueError(f"estimators must hold at least one estimator, got {estimators!r}.")
        records = {name: read_training(estimator) for name, estimator in estimators.items()}
        curves: dict[str, dict[str, ArrayLike]] = {}
        for name, record in records.items():
            for curve, values in record.items():
                curves.setdefault(curve, {})[name] = values
        return cls._of_fits(**curves).plot(axes)

    @classmethod
    def _of_fits(cls, **curves: Any) -> Self:
        loss_name = "Loss" if "validation_loss" in curves else "Training loss"
        return cls(**curves, loss_name=loss_name, score_name="Validation score")

    @classmethod
    def from_log(cls, log: StepLog, *, axes: "list[Axes] | None" = None) -> Self:
        """Draw the curves of a `StepLog` against the step; return the display.

        Parameters
        ----------
        log : StepLog
            The callback, after the fit.
        axes : list of Axes, default=None
            Where to draw; a new figure if None.
        """
        names: dict[str, Any] = {"loss_name": "Loss of the batch", "position_name": "Step"}
        names["score_name"] = "Score of the batch"
        return cls(log.step_, log.loss_, log.score_, smooth=True, **names).plot(axes)

    def plot(self, axes: "list[Axes] | None" = None) -> Self:
        """Draw the curves; return the display.

        Parameters
        ----------
        axes : list of Axes, default=None
            One for the loss and, if there is a score, one for it; a new figure if None.

        Raises
        ------
        ValueError
            If `axes` are too many or too few, or the dicts are not of the same models.
        """
        losses = _by_name(self.loss)
        positions = self._positions(losses)
        several = isinstance(self.loss, Mapping)
        colors = {name: COLORS[i % len(COLORS)] for i, name in enumerate(losses)}

        def lines(parameter: str, linestyle: str, colors: dict[str, str]) -> list[Line]:
            curves = _by_name(getattr(self, parameter))
            _check_names(parameter, curves, losses)
            return [
                (positions[name], values, {"color": colors[name], "linestyle": linestyle})
                for name, values in curves.items()
            ]

        validation = lines("validation_loss", "--", colors if several else {"": COLORS[1]})
        panels = [(lines("loss", "-", colors) + validation, self.loss_name)]
        if self.score is not None:
            panels.append((lines("score", "-", colors), self.score_name))
        # Many curves leave no room for a legend among them: a new figure has it beside them.
        beside = axes is None and several
        size = (5.0 * len(panels) + 1.8 * beside, 3.6)
        purpose = " and ".join(["one for the loss", "one for the score"][: len(panels)])
        axes = given_axes(axes, len(panels), purpose) or new_axes(1, len(panels), size)
        for ax, panel in zip(axes, panels, strict=True):
            self._draw(ax, *panel)
        if several or validation:
            handles = _handles(colors if several else {}, bool(validation))
            legend = axes[-1 if beside else 0].legend(handles=handles, frameon=False, loc="best")
            if beside:
                legend.set(loc="center left", bbox_to_anchor=(1.0, 0.5))
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _positions(self, losses: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return where the points of each model stand, which can be the same for all."""
        positions = _by_name(self.position)
        if not isinstance(self.position, Mapping):
            return dict.fromkeys(losses, positions[""])
        _check_names("position", positions, losses)
        _check_names("loss", losses, positions)
        return positions

    def _draw(self, ax: "Axes", lines: list[Line], label: str) -> None:
        from matplotlib.ticker import MaxNLocator

        for position, values, style in lines:
            if self.smooth and len(values) > 20:
                ax.plot(position, values, alpha=0.3, linewidth=0.9, **style)
                width = max(5, len(values) // 20)
                position = position[width // 2 :][: len(values) - width + 1]
                values = np.convolve(values, np.full(width, 1 / width), mode="valid")
            ax.plot(position, values, linewidth=1.8, **style)
        ax.set(xlabel=self.position_name, ylabel=label)
        if all((position % 1 == 0).all() for position, *_ in lines):
            ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        make_tidy(ax)


def _by_name(curves: Curves | None) -> dict[str, NDArray[Any]]:
    """Return the curves of each model, "" being the name of the only one."""
    if curves is None:
        return {}
    named = curves if isinstance(curves, Mapping) else {"": curves}
    return {name: np.asarray(values, dtype=float) for name, values in named.items()}


def _check_names(parameter: str, curves: dict[str, Any], models: dict[str, Any]) -> None:
    """Raise ValueError if there are curves of a model of which the rest is missing."""
    if unknown := [name for name in curves if name not in models]:
        raise ValueError(
            f"position and loss must be of the same models, and {parameter} of none but theirs; "
            f"{parameter} has {unknown}, which are not among {list(models)}."
        )


def _handles(models: dict[str, str], validated: bool) -> list[Any]:
    """Name the models by their colours, and say what is solid and what is dashed."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=color, label=name) for name, color in models.items()]
    if validated:
        solid, dashed = ("0.3", "0.3") if models else COLORS[:2]
        handles.append(Line2D([], [], color=solid, label="Training"))
        handles.append(Line2D([], [], color=dashed, linestyle="--", label="Validation"))
    return handles
