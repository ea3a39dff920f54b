"""`MisclassifiedDisplay`: the samples that a classifier is surest of, and wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.utils import check_consistent_length, column_or_1d

from skfcn.displays.axes import Axes, draw_images, grid_shape, new_axes
from skfcn.displays.models import check_count, fitted_model, image_shape_of


@dataclass(eq=False, repr=False)
class MisclassifiedDisplay:
    """Images with their true and their predicted class, and how probable that was.

    Make one by `from_estimator`.

    Parameters
    ----------
    images : array-like of shape (n_samples, height, width)
        Grey values; the lowest are drawn white, the highest black. There may be no images.
    y_true, y_pred : array-like of shape (n_samples,)
        Classes.
    probability : array-like of shape (n_samples,)
        Probability that was predicted for `y_pred`.

    Attributes
    ----------
    figure_ : Figure
        The figure.
    ax_ : Axes
        The axes of all the images.
    images_ : list of AxesImage
        One for each sample.
    texts_ : list of Text
        What is written above each.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skfcn.displays import MisclassifiedDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = LogisticRegression(max_iter=500).fit(X[:1000] / 16, y[:1000])
    >>> display = MisclassifiedDisplay.from_estimator(clf, X[1000:] / 16, y[1000:], n_samples=9)
    >>> len(display.images_)
    9
    >>> plt.close(display.figure_)
    """

    images: ArrayLike
    y_true: ArrayLike
    y_pred: ArrayLike
    probability: ArrayLike

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        image_shape: Sequence[int] | None = None,
        n_samples: int = 25,
        cmap: Any = "gray_r",
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw the samples that a fitted classifier is surest of, and wrong; return the display.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier with `predict_proba`, or a pipeline that ends in one. The class
            with the highest probability counts as predicted.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data, as the estimator takes them. Of shape (n_samples, height, width), if the
            estimator takes that, they bring their image_shape along.
        y : array-like of shape (n_samples,)
            Their true classes.
        image_shape : tuple of int, default=None
            (height, width), whose product is the number of features; a square if None.
        n_samples : int, default=25
            How many samples to draw at most, the surest ones.
        cmap : str or Colormap, default="gray_r"
            Of the images.
        ax : Axes, default=None
            Where to draw; a new figure if None.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If it has no `predict_proba`, the features make no image of that shape, y has more
            than one column, or `n_samples` is not a positive integer.
        """
        fitted_model(estimator)
        if not hasattr(estimator, "predict_proba"):
            raise ValueError(f"estimator must have predict_proba, got {estimator!r}.")
        n_samples = check_count("n_samples", n_samples, 1)
        check_consistent_length(X, y)
        y_true = column_or_1d(y)
        shape = X.shape[1:] if hasattr(X, "shape") else np.shape(X)[1:]
        shape = shape if len(shape) == 2 else image_shape_of(image_shape, shape[0])

        probabilities = np.asarray(estimator.predict_proba(X))
        best = probabilities.argmax(axis=1)
        y_pred, probability = np.asarray(estimator.classes_)[best], probabilities.max(axis=1)
        wrong = np.flatnonzero(y_pred != y_true)
        surest = wrong[np.argsort(-probability[wrong], kind="stable")][:n_samples]
        images = _rows(X, surest).reshape(-1, *shape)
        display = cls(images, y_true[surest], y_pred[surest], probability[surest])
        return display.plot(ax, cmap=cmap)

    def plot(self, ax: "Axes | None" = None, *, cmap: Any = "gray_r") -> Self:
        """Draw the images, or a text that there are none; return the display.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; a new figure if None.
        cmap : str or Colormap, default="gray_r"
            Of the images.
        """
        images = np.asarray(self.images)
        if len(images):
            self._draw(images, ax, cmap)
        else:
            if ax is None:
                (ax,) = new_axes(1, 1, (4.0, 1.5))
            ax.set_axis_off()
            text = ax.text(0.5, 0.5, "No sample is misclassified", transform=ax.transAxes)
            text.set(ha="center", va="center", color="0.3")
            self.ax_, self.images_, self.texts_ = ax, list[Any](), [text]
        self.figure_ = self.ax_.figure
        return self

    def _draw(self, images: NDArray[Any], ax: "Axes | None", cmap: Any) -> None:
        n_images, height, width = images.shape
        pairs = zip(np.asarray(self.y_true), np.asarray(self.y_pred), strict=True)
        arrows = [f"{true} → {predicted}" for true, predicted in pairs]
        # In inches: an image, the two lines of text above it, and a column, wide enough for both.
        image, text = 0.8, 0.38
        cell = max(image, 0.075 * max(map(len, arrows))) + 0.15
        pixels = width / image
        pitch = (height + text * pixels, cell * pixels)
        n_rows, n_columns = grid_shape(n_images, height, width)
        if ax is None:
            size = (n_columns * cell + 0.1, n_rows * (height / pixels + text) + 0.1)
            (ax,) = new_axes(1, 1, size)
        style = {"cmap": cmap, "vmin": images.min(), "vmax": images.max()}
        self.images_ = draw_images(ax, list(images), n_columns, pitch, **style)
        bottom, top = ax.get_ylim()
        ax.set_ylim(bottom, top - text * pixels)
        self.texts_ = []
        each = zip(self.images_, arrows, np.asarray(self.probability), strict=True)
        for drawn, arrow, p in each:
            left, right, _, y = drawn.get_extent()
            label = ax.text((left + right) / 2, y - 0.03 * pixels, f"{arrow}\n{p:.1%}")
            label.set(ha="center", va="bottom", fontsize=8, linespacing=1.1)
            self.texts_.append(label)
        self.ax_ = ax


def _rows(X: Any, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Return some rows as an array of numbers."""
    if issparse(X):
        return X.tocsr()[rows].toarray()
    chosen = X.iloc[rows] if hasattr(X, "iloc") else np.asarray(X)[rows]
    return np.asarray(chosen, dtype=float)
