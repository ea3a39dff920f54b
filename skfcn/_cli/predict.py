"""``skfcn predict``."""

import csv
import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn._cli.data import CLASSIFICATION, is_csv, opened
from skfcn._cli.images import read_image
from skfcn._cli.model import Model, load_model
from skfcn._cli.output import as_decimal, as_json
from skfcn.datasets import load_csv_features


def predict(options: Namespace) -> None:
    """Print what a model predicts for each row of each file."""
    model = load_model(options.model)
    if options.proba and model.task != CLASSIFICATION:
        raise ValueError("--proba: regression has no probabilities")
    X = np.concatenate([_read(source, model, options.invert) for source in options.files])
    predictions = model.estimator.predict(X)
    probabilities = model.estimator.predict_proba(X) if options.proba else None
    if options.json:
        print(as_json(_document(options, model, predictions, probabilities)))
    elif probabilities is not None:
        writer = csv.writer(sys.stdout, lineterminator="\n")  # a label may hold a comma
        writer.writerow(["label", *model.estimator.classes_])
        for label, row in zip(predictions, probabilities, strict=True):
            writer.writerow([label, *(f"{p:.4f}" for p in row)])
    else:
        as_text = str if model.task == CLASSIFICATION else partial(as_decimal, digits=8)
        print("\n".join(map(as_text, predictions)))


def _read(source: str, model: Model, invert: bool) -> NDArray[Any]:
    if not is_csv(source):
        return read_image(Path(source), model, invert)
    _, features, text_columns = model.table
    X: NDArray[Any] = load_csv_features(
        opened(source), feature_columns=features, categorical_features=text_columns
    ).data
    model.check_features(source, X.shape[1])
    return X


def _document(
    options: Namespace, model: Model, predictions: NDArray[Any], probabilities: Any
) -> dict[str, Any]:
    document = {
        "model": options.model,
        "task": model.task,
        "files": options.files,
        "n_rows": len(predictions),
        "predictions": predictions,
    }
    if probabilities is not None:
        document |= {"classes": model.estimator.classes_, "probabilities": probabilities}
    return document
