"""``skfcn predict``."""

import csv
import sys
from argparse import Namespace
from functools import partial
from math import isqrt
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from skfcn._cli.data import CLASSIFICATION, STDIN, joined
from skfcn._cli.model import Model, load_model
from skfcn._cli.output import as_decimal, as_json, note
from skfcn._files import fitted, ink_of, kind_of, read_grey

_BOX = 20 / 28  # of the side: MNIST's


def predict(options: Namespace) -> None:
    """Print what a model predicts for each row of each file."""
    model = load_model(options.model)
    if options.proba and model.task != CLASSIFICATION:
        raise ValueError("--proba: regression has no probabilities")
    X = joined([_read(source, model, options) for source in options.files])
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


def _read(source: str, model: Model, options: Namespace) -> Any:
    if source != STDIN:
        with Path(source).open("rb") as file:
            if kind_of(file.read(32)) == "picture":
                return _read_picture(Path(source), model, options.invert)
    rows = model.load_rows(source, False)
    if rows.said:
        note(f"{source}: {'; '.join(rows.said)}", options.quiet)
    return rows.X


def _read_picture(path: Path, model: Model, is_dark: bool | None) -> NDArray[Any]:
    """Return a picture as one row of pixels, as those are that the model was trained on."""
    scaler = model.pixels
    if scaler is None:
        raise ValueError(f"{path}: the model was trained on a table, not on images")
    side = isqrt(scaler.n_features_in_)
    shape = tuple(model.notes.get("image_shape") or (side, side))
    if shape[0] * shape[1] != scaler.n_features_in_:
        raise ValueError(
            f"{path}: the model takes {scaler.n_features_in_} pixels, which are no square"
        )
    ink = ink_of(read_grey(path.read_bytes(), str(path)), is_dark or None)
    if ink.shape != shape:
        ink = fitted(ink, shape, model.notes.get("image_box") or _BOX * min(shape))
        if not ink.any():
            raise ValueError(f"{path}: there is no ink, all is of one colour")
    return ink.reshape(1, -1) * scaler.data_max_
