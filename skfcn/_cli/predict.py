"""``skfcn predict``."""

import csv
import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn._cli.data import CLASSIFICATION, is_table, load_table
from skfcn._cli.model import Model, load_model
from skfcn._cli.output import as_decimal, as_json

_LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def predict(options: Namespace) -> None:
    """Print what a model predicts for each row of each file."""
    model = load_model(options.model)
    if options.proba and model.task != CLASSIFICATION:
        raise ValueError("--proba: regression has no probabilities")
    X = np.concatenate([_read(source, model, options.invert) for source in options.files])
    predictions = model.estimator.predict(X)
    document = {"model": options.model, "task": model.task, "files": options.files}
    document |= {"n_rows": len(predictions), "predictions": predictions}
    if options.proba:
        probabilities = model.estimator.predict_proba(X)
        document |= {"classes": model.estimator.classes_, "probabilities": probabilities}
    if options.json:
        print(as_json(document))
    elif options.proba:
        writer = csv.writer(sys.stdout, lineterminator="\n")  # a label may hold a comma
        writer.writerow(["label", *document["classes"]])
        for label, row in zip(predictions, probabilities, strict=True):
            writer.writerow([label, *(f"{probability:.4f}" for probability in row)])
    else:
        as_text = str if model.task == CLASSIFICATION else partial(as_decimal, digits=8)
        print("\n".join(map(as_text, predictions)))


def _read(source: str, model: Model, invert: bool) -> NDArray[Any]:
    if not is_table(source):
        return _read_image(Path(source), model, invert)
    X = load_table(source, model.columns, has_target=False).X
    model.check_features(source, X.shape[1])
    return X


def _read_image(path: Path, model: Model, invert: bool) -> NDArray[np.floating]:
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
    most = np.iinfo(image.dtype).max if image.dtype.kind == "u" else 1
    pixels = np.atleast_3d(image / most)  # the last axis are the channels
    if pixels.shape[2] in (2, 4):  # transparent, on white paper
        alpha = pixels[..., -1:]
        pixels = pixels[..., :-1] * alpha + (1 - alpha)
    grey = pixels @ _LUMINANCE if pixels.shape[2] == 3 else pixels[..., 0]
    if grey.size != scaler.n_features_in_:
        what = f"{grey.shape[1]} x {grey.shape[0]} pixels make {grey.size} features"
        raise ValueError(f"{path}: {what}, the model takes {scaler.n_features_in_}")
    return (1 - grey if invert else grey).reshape(1, -1) * scaler.data_max_
