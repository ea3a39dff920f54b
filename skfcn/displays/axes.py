"""What the displays share of drawing: colours, axes, images in a grid."""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:  # matplotlib is imported when something is drawn
    Axes = Any

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

# Signs: a diverging map that is white at zero, and colours near its ends.
DIVERGING = "RdBu_r"
NEGATIVE, POSITIVE = "#2166AC", "#B2182B"


def new_axes(n_rows: int, n_columns: int, figsize: tuple[float, float]) -> "list[Axes]":
    """Return the axes of a new figure of pyplot's, row by row."""
    import matplotlib.pyplot as plt

    _, grid = plt.subplots(n_rows, n_columns, figsize=figsize, layout="constrained", squeeze=False)
    return list(grid.flat)


def given_axes(axes: Any, n_axes: int, purpose: str) -> "list[Axes]":
    """Return the axes that the user passed in as a list, if they are as many as needed."""
    if axes is None:
        return []
    each = list(np.ravel(np.asarray(axes, dtype=object)))
    if len(each) != n_axes:
        raise ValueError(f"axes must hold {n_axes} Axes, {purpose}; got {len(each)}.")
    return each


def make_tidy(ax: "Axes") -> None:
    """Give the axes of a curve or a histogram the style that all of them have."""
    ax.grid(alpha=0.25)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def grid_shape(n_images: int, height: float, width: float) -> tuple[int, int]:
    """Return rows and columns of a grid of images: nearly square, with few places left over."""
    square = ceil(sqrt(n_images * height / width))
    candidates = [min(n_images, n) for n in range(square, int(1.7 * square) + 1)]
    n_columns = min(candidates, key=lambda n: -n_images % n)
    return ceil(n_images / n_columns), n_columns


def draw_images(
    ax: "Axes",
    images: Sequence[NDArray[Any]],
    n_columns: int,
    pitch: tuple[float, float],
    **style: Any,
) -> list[Any]:
    """Draw images of one shape into one Axes, row by row, and a thin frame around each.

    They begin so far apart, `pitch`, downwards and to the right, in pixels of theirs. The Axes
    loses its ticks and its frame; `style` is what `Axes.imshow` takes.
    """
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    height, width = images[0].shape
    n_rows = ceil(len(images) / n_columns)
    drawn, frames = [], []
    for i, image in enumerate(images):
        row, column = divmod(i, n_columns)
        top, left = row * pitch[0], column * pitch[1]
        extent = (left, left + width, top + height, top)
        drawn.append(ax.imshow(image, extent=extent, interpolation="nearest", **style))
        frames.append(Rectangle((left, top), width, height))
    edges = PatchCollection(frames, facecolor="none", edgecolor="0.7", linewidth=0.6)
    ax.add_collection(edges, autolim=False)
    edge = 0.02 * max(height, width)  # or half of an outer frame would be cut off
    ax.set_xlim(-edge, (n_columns - 1) * pitch[1] + width + edge)
    ax.set_ylim((n_rows - 1) * pitch[0] + height + edge, -edge)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return drawn
