"""Pictures of any size and colour, as grey ink of the size that a network takes."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn._files.atomic import content_errors

Grey = NDArray[np.floating]

_LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_FAINT = 0.1  # of the darkest ink; less is paper


def read_grey(content: bytes | bytearray, name: str) -> Grey:
    """Return a picture as grey from 0, black, to 1; what is transparent shows white paper."""
    from matplotlib.image import imread

    with content_errors(name, "a picture"):
        # By Pillow, which tells the format by the content, whatever is said.
        image = imread(io.BytesIO(content), format="jpg")
        most = np.iinfo(image.dtype).max if image.dtype.kind in "ui" else 1
        pixels = np.atleast_3d(image / most)  # the last axis are the channels
        if pixels.shape[2] in (2, 4):
            alpha = pixels[..., -1:]
            pixels = pixels[..., :-1] * alpha + (1 - alpha)
        return pixels @ _LUMINANCE if pixels.shape[2] == 3 else pixels[..., 0]


def is_on_light_paper(grey: Grey) -> bool:
    """Tell whether ink is dark: whether most of the picture's edge is light."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return bool(np.median(edge) > (grey.min() + grey.max()) / 2)


def ink_of(grey: Grey, is_dark: bool | None = None) -> Grey:
    """Return how much ink is where, from 0 to 1; `is_dark` says which it is, None to see."""
    dark = is_on_light_paper(grey) if is_dark is None else is_dark
    return 1 - grey if dark else grey


def fitted(ink: Grey, shape: tuple[int, int], box: float) -> Grey:
    """Scale and move ink as was done to the digits of MNIST.

    The smallest rectangle that holds all ink is scaled to fit the box, with grey at the edges, and
    moved so that the centre of mass is the centre of the picture. Paper becomes 0, the darkest ink
    1. The page "Draw a digit" does the same.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        How much ink is where.
    shape : tuple of int
        Height and width of the result.
    box : float
        The longer side of the ink in it, in pixels.
    """
    edge = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    ink = np.clip(ink - np.median(edge), 0, None)
    out = np.zeros(shape)
    if ink.max() == 0:
        return out
    ink = ink / ink.max()
    rows, columns = (np.flatnonzero((ink >= _FAINT).any(axis=axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = box / max(ink.shape)
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    small = _resampled(_resampled(ink, height).T, width).T
    mass = small.sum()
    for axis, length in enumerate(shape):
        centre = (small.sum(axis=1 - axis) @ (np.arange(small.shape[axis]) + 0.5)) / mass
        small = _placed(small, axis, length, round(length / 2 - centre))
    return small


def _resampled(image: Grey, length: int) -> Grey:
    """Scale the rows of an image, each the mean of those that it covers."""
    edges = np.linspace(0, len(image), length + 1)
    sums = np.vstack([np.zeros(image.shape[1]), np.cumsum(image, axis=0)])
    before = np.minimum(edges.astype(int), len(image) - 1)
    at_edges = sums[before] + (edges - before)[:, None] * image[before]
    return np.diff(at_edges, axis=0) * (length / len(image))


def _placed(image: Grey, axis: int, length: int, start: int) -> Grey:
    """Return an image on a longer or shorter axis, from `start` on; the rest is cut or zero."""
    image = np.moveaxis(image, axis, 0)
    start = min(max(start, 0), max(length - len(image), 0)) if len(image) <= length else start
    out = np.zeros((length, image.shape[1]))
    first, last = max(start, 0), min(start + len(image), length)
    out[first:last] = image[first - start : last - start]
    return np.moveaxis(out, 0, axis)


def box_of(images: NDArray[Any]) -> float:
    """Return the longer side of the ink in most of some images, of shape (n, height, width)."""
    is_ink = images[:1000] >= _FAINT * max(float(images[:1000].max()), 1e-9)
    sides = []
    for image in is_ink:
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        if len(rows):
            sides.append(max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1)
    return float(np.median(sides)) if sides else float(min(images.shape[1:]))
