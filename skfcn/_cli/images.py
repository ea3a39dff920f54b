"""Images as rows of pixels."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skfcn._cli.model import Model


def read_image(path: Path, model: Model, invert: bool) -> NDArray[np.floating]:
    """Return an image as one row of pixels in the range that the model was trained on."""
    from matplotlib.image import imread

    scaler = model.pixels
    if scaler is None:
        raise ValueError(f"{path}: the model was trained on a table, not on images")
    path.open("rb").close()
    try:
        image = imread(path)
    except Exception as error:  # what is raised depends on the format
        raise ValueError(f"{path}: not a CSV file by its name, and no image ({error})") from error
    grey = image / np.iinfo(image.dtype).max if image.dtype.kind == "u" else image
    if grey.ndim == 3:
        grey = _grey(grey)
    if grey.size != scaler.n_features_in_:
        raise ValueError(
            f"{path}: {grey.shape[1]} x {grey.shape[0]} pixels make {grey.size} features, "
            f"the model takes {scaler.n_features_in_}"
        )
    if invert:
        grey = 1 - grey
    return grey.reshape(1, -1) * scaler.data_max_


def _grey(image: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the luminance (ITU-R BT.601) of a colour image, on white paper."""
    if image.shape[2] in (2, 4):
        alpha = image[..., -1:]
        image = image[..., :-1] * alpha + (1 - alpha)
    weights = np.array([0.299, 0.587, 0.114]) if image.shape[2] == 3 else np.ones(1)
    return np.asarray((image * weights).sum(axis=2))
