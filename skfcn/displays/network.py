"""`NetworkDisplay`: a fitted network, drawn as nodes and edges."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skfcn.displays.axes import NEGATIVE, POSITIVE, Axes, new_axes
from skfcn.displays.models import check_count, coefs_of, fitted_model, hidden_layers

_RADIUS = 0.33  # of a node; nodes are 1 apart


@dataclass(eq=False, repr=False)
class NetworkDisplay:
    """The layers of a network as columns of nodes, and its weights as edges between them.

    The colour of an edge is the sign of its weight; its width and its strength are the magnitude,
    relative to the largest weight between the same layers. Make one by `from_estimator`.

    Parameters
    ----------
    coefs : list of array-like of shape (n_in, n_out)
        Weights of each layer.
    labels : list of str, default=None
        What stands beneath each layer, input and output included; the widths if None.
    max_units : int, default=12
        How many nodes to draw of a layer at most. Of a wider one they are the units with the
        largest weights, before and behind an ellipsis.
    input_names, output_names : list of str, default=None
        Names of the units, written beside their nodes.

    Attributes
    ----------
    figure_ : Figure
        The figure.
    ax_ : Axes
        The axes.
    units_ : list of ndarray of int
        The units of each layer that are drawn, counted from 0, from the top down.
    nodes_ : list of PatchCollection
        The nodes of each layer.
    edges_ : list of LineCollection
        The weights between each two layers, the largest last.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_iris
    >>> from skfcn import FCNClassifier
    >>> from skfcn.displays import NetworkDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = FCNClassifier(5, max_iter=5, n_iter_no_change=float("inf"), random_state=0)
    >>> display = NetworkDisplay.from_estimator(clf.fit(X, y))
    >>> [len(edges.get_segments()) for edges in display.edges_]
    [20, 15]
    >>> plt.close(display.figure_)
    """

    coefs: Sequence[ArrayLike]
    _: KW_ONLY
    labels: Sequence[str] | None = None
    max_units: int = 12
    input_names: Sequence[str] | None = None
    output_names: Sequence[str] | None = None

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, max_units: int = 12, ax: "Axes | None" = None
    ) -> Self:
        """Draw a fitted network, with the names of its features and classes; return the display.

        Parameters
        ----------
        estimator : estimator
            A fitted `FCNClassifier` or `FCNRegressor`, or scikit-learn's `MLPClassifier` or
            `MLPRegressor`, or a pipeline that ends in one.
        max_units : int, default=12
            How many nodes to draw of a layer at most, at least 2.
        ax : Axes, default=None
            Where to draw; a new figure if None.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If it has no `coefs_`, or `max_units` is not an integer of at least 2.
        """
        model = fitted_model(estimator)
        coefs = coefs_of(model)
        n_features, n_outputs = len(coefs[0]), coefs[-1].shape[1]
        hidden = [f"{name}\n{width} {f}" for name, width, f in hidden_layers(model)]
        output = f"Output\n{n_outputs} {model.out_activation_}"
        display = cls(
            coefs,
            labels=[f"Input\n{n_features}", *hidden, output],
            max_units=max_units,
            input_names=_texts(getattr(model, "feature_names_in_", None), n_features),
            output_names=_texts(getattr(model, "classes_", None), n_outputs),
        )
        return display.plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the network; return the display.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; a new figure if None.

        Raises
        ------
        ValueError
            If `max_units` is not an integer of at least 2.
        """
        from matplotlib.lines import Line2D

        max_units = check_count("max_units", self.max_units, 2)
        coefs = [np.asarray(coef) for coef in self.coefs]
        widths = [len(coefs[0]), *(coef.shape[1] for coef in coefs)]
        self.units_ = _most_important(coefs, max_units)
        heights = [_heights(width, max_units) for width in widths]
        n_slots = max(1 + 2 * max(map(max, heights)), 2.0)
        spacing = max(2.8, 0.55 * n_slots)  # of the layers
        if ax is None:
            unit = float(np.clip(4.2 / n_slots, 0.25, 0.55))  # inches
            named = sum(max(map(len, n or [""])) for n in (self.input_names, self.output_names))
            width = unit * (spacing * (len(widths) - 1) + 1) + 0.07 * named + 0.6
            (ax,) = new_axes(1, 1, (width, unit * n_slots + 0.9))

        self.edges_: list[Any] = []
        self.nodes_: list[Any] = []
        for layer, coef in enumerate(coefs):
            shown = coef[np.ix_(self.units_[layer], self.units_[layer + 1])]
            ends = (layer * spacing, heights[layer]), ((layer + 1) * spacing, heights[layer + 1])
            self.edges_.append(_draw_edges(ax, shown, *ends))
        labels = self.labels or [str(width) for width in widths]
        for layer, label in enumerate(labels):
            self._draw_layer(ax, layer * spacing, heights[layer], widths[layer] > max_units)
            for i, line in enumerate(label.splitlines()):
                below, color = (0, -10 - 13 * i), "0.35" if i else "black"
                text = ax.annotate(line, (layer * spacing, -n_slots / 2), below, fontsize=9)
                text.set(anncoords="offset points", ha="center", va="baseline", color=color)
        right = spacing * len(coefs)
        sides = (0, self.input_names, -0.5, "right"), (-1, self.output_names, right + 0.5, "left")
        for layer, names, x, align in sides:
            for unit, y in zip(self.units_[layer], heights[layer], strict=True):
                if names is not None:
                    ax.text(x, y, names[unit], ha=align, va="center", fontsize=8)
        ax.set_xlim(-0.5, right + 0.5)
        ax.set_ylim(-n_slots / 2, n_slots / 2)
        ax.set_aspect("equal")
        ax.set_axis_off()
        signs = (POSITIVE, "positive weight"), (NEGATIVE, "negative weight")
        handles = [Line2D([], [], color=color, linewidth=2, label=sign) for color, sign in signs]
        place: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 2}
        ax.legend(handles=handles, frameon=False, fontsize=9, **place)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_layer(self, ax: "Axes", x: float, heights: NDArray[Any], truncated: bool) -> None:
        from matplotlib.collections import PatchCollection
        from matplotlib.patches import Circle

        nodes = PatchCollection([Circle((x, y), _RADIUS) for y in heights], zorder=3)
        nodes.set(facecolor="white", edgecolor="0.25", linewidth=1)
        self.nodes_.append(ax.add_collection(nodes))
        if truncated:
            middle = (heights[(len(heights) - 1) // 2] + heights[(len(heights) + 1) // 2]) / 2
            dots = [Circle((x, middle + y), 0.07) for y in (-0.28, 0, 0.28)]
            ax.add_collection(PatchCollection(dots, facecolor="0.25", zorder=3))


def _texts(names: Any, n_units: int) -> list[str] | None:
    """Return one name for each unit, if there are as many; one output means the second class."""
    if names is None:
        return None
    if n_units == 1 and len(names) == 2:
        names = names[1:]
    return [str(name) for name in names] if len(names) == n_units else None


def _most_important(coefs: Sequence[NDArray[Any]], max_units: int) -> list[NDArray[np.intp]]:
    """Return, in order, the units of each layer with the largest weights, in and out."""
    shares = [coef / (np.abs(coef).max() or 1.0) for coef in coefs]
    into = [0.0, *(np.linalg.norm(share, axis=0) for share in shares)]
    out_of = [*(np.linalg.norm(share, axis=1) for share in shares), 0.0]
    norms = [np.hypot(one, other) for one, other in zip(into, out_of, strict=True)]
    return [np.sort(np.argsort(-norm, kind="stable")[:max_units]) for norm in norms]


def _heights(width: int, max_units: int) -> NDArray[Any]:
    """Return where the nodes of a layer stand, from the top down, around zero."""
    if width <= max_units:
        return (width - 1) / 2 - np.arange(width)
    heights = max_units / 2 - np.arange(max_units + 1)  # one place for the ellipsis
    return np.delete(heights, (max_units + 1) // 2)


def _draw_edges(ax: "Axes", coef: NDArray[Any], start: Any, end: Any) -> Any:
    """Draw the weights between two layers, given x and the heights of each."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgba

    segments = [[(start[0], y), (end[0], other)] for y in start[1] for other in end[1]]
    weights = coef.ravel()
    magnitude = np.abs(weights) / (np.abs(weights).max() or 1.0)
    colors = np.where(weights[:, np.newaxis] > 0, to_rgba(POSITIVE), to_rgba(NEGATIVE))
    colors[:, 3] = 0.05 + 0.85 * magnitude
    order = np.argsort(magnitude, kind="stable")
    edges = LineCollection(
        [segments[i] for i in order],
        colors=colors[order],
        linewidths=0.3 + 2.0 * magnitude[order],
        zorder=1,
    )
    ax.add_collection(edges)
    return edges
