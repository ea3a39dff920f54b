"""`WeightsDisplay`: the weights of the first layer as images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skfcn.displays.axes import DIVERGING, Axes, draw_images, grid_shape, new_axes
from skfcn.displays.models import coefs_of, fitted_model, image_shape_of

_MOST = 64  # units that are shown if nobody chooses


@dataclass(eq=False, repr=False)
class WeightsDisplay:
    """What each unit of the first layer looks for: its weights, laid out as the features are.

    All units share one colour scale, which is white at zero. Make one by `from_estimator`.

    Parameters
    ----------
    weights : array-like of shape (n_units, height, width)
        The weights of each unit.

    Attributes
    ----------
    figure_ : Figure
        The figure.
    ax_ : Axes
        The axes of all the images.
    images_ : list of AxesImage
        One for each unit.
    colorbar_ : Colorbar or None
        The scale.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.displays import WeightsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = FCNClassifier(16, max_iter=5, n_iter_no_change=float("inf"), random_state=0)
    >>> display = WeightsDisplay.from_estimator(clf.fit(X / 16, y))
    >>> len(display.images_)
    16
    >>> plt.close(display.figure_)
    """

    weights: ArrayLike

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        image_shape: Sequence[int] | None = None,
        units: ArrayLike | None = None,
        vmax: float | None = None,
        cmap: Any = DIVERGING,
        colorbar: bool = True,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw the weights of the first layer of a fitted network; return the display.

        Parameters
        ----------
        estimator : estimator
            A fitted `FCNClassifier` or `FCNRegressor`, any estimator with `coefs_`, or a
            pipeline that ends in one; then they are weights of what it is fed with.
        image_shape : tuple of int, default=None
            (height, width), whose product is the number of features; a square if None.
        units : array-like of int, default=None
            The units to show, counted from 0. None means all of them or, if there are more
            than 64, the 64 whose weights have the largest norms.
        vmax : float, default=None
            Weight at which the colours end, on both sides; the largest one if None.
        cmap : str or Colormap, default="RdBu_r"
            A diverging one.
        colorbar : bool, default=True
            Whether to draw the scale.
        ax : Axes, default=None
            Where to draw; a new figure if None.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If it has no `coefs_`, no such unit, or the features make no image of that shape.
        """
        weights = coefs_of(fitted_model(estimator))[0].T
        shape = image_shape_of(image_shape, weights.shape[1])
        weights = weights[_chosen(units, weights)]
        display = cls(weights.reshape(-1, *shape))
        return display.plot(ax, vmax=vmax, cmap=cmap, colorbar=colorbar)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        vmax: float | None = None,
        cmap: Any = DIVERGING,
        colorbar: bool = True,
    ) -> Self:
        """Draw the weights; return the display.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; a new figure if None.
        vmax, cmap, colorbar
            Those of `from_estimator`.

        Raises
        ------
        ValueError
            If `vmax` is not above zero.
        """
        weights = np.asarray(self.weights)
        largest = float(np.abs(weights).max())
        if vmax is None:
            vmax = largest or 1.0
        elif not vmax > 0:
            raise ValueError(f"vmax must be above zero, got {vmax!r}.")
        n_units, height, width = weights.shape
        n_rows, n_columns = grid_shape(n_units, height, width)
        gap = 0.12 * max(height, width)
        pitch = (height + gap, width + gap)
        if ax is None:
            side = 5.0 / max(n_columns * pitch[1], n_rows * pitch[0])
            size = (n_columns * pitch[1] * side + 0.7 * colorbar, n_rows * pitch[0] * side)
            (ax,) = new_axes(1, 1, size)
        style: dict[str, Any] = {"cmap": cmap, "vmin": -vmax, "vmax": vmax}
        self.images_ = draw_images(ax, list(weights), n_columns, pitch, **style)
        self.ax_, self.figure_, self.colorbar_ = ax, ax.figure, None
        if colorbar:
            style = {"label": "Weight", "fraction": 0.04, "aspect": 35, "pad": 0.02}
            style["extend"] = "both" if largest > vmax else "neither"
            self.colorbar_ = ax.figure.colorbar(self.images_[0], ax=ax, **style)
            self.colorbar_.outline.set_visible(False)
        return self


def _chosen(units: ArrayLike | None, weights: NDArray[Any]) -> NDArray[np.intp]:
    """Return the numbers of the units to show."""
    n_units = len(weights)
    if units is None:
        return np.sort(np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")[:_MOST])
    chosen = np.asarray(units)
    is_list = chosen.ndim == 1 and chosen.size > 0 and chosen.dtype.kind in "iu"
    if not is_list or chosen.min() < 0 or chosen.max() >= n_units:
        raise ValueError(
            f"units must be a sequence of integers from 0 to {n_units - 1}, the units of the "
            f"first layer; got {units!r}."
        )
    return chosen
