"""``skfcn evaluate`` and ``skfcn predict``."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    accuracy_score,
    classification_report,
    confusion_matrix,
)
from sklearn.pipeline import Pipeline

from skfcn._cli.data import load_split, text_columns
from skfcn._cli.files import check_figure, check_outputs, load_model
from skfcn._files import atomic_path
from skfcn.datasets import load_csv_features
from skfcn.preprocessing import PixelScaler


def evaluate(options: Namespace) -> None:
    """Score a saved model, class by class."""
    check_outputs(options.plot)
    check_figure(options.plot)
    model = load_model(options.model)
    # The seed that trained the model holds out the same rows again.
    split = load_split(options.data, model[-1].random_state, text_columns(model))
    X, y, what = split.X_test, split.y_test, split.test_part
    if options.all:
        X, y = np.concatenate([split.X_train, X]), np.concatenate([split.y_train, y])
        what = "all rows"
    _check_fits(options.data, X.shape[1], model)
    if not set(y.tolist()) & set(model.classes_.tolist()):
        raise ValueError(
            f"{options.data}: has the classes {_few(np.unique(y))}, "
            f"none of which the model knows: {_few(model.classes_)}"
        )
    predicted = model.predict(X)
    labels = np.union1d(model.classes_, y)
    matrix = confusion_matrix(y, predicted, labels=labels)
    print(f"{options.data}: {len(y):,} rows ({what})")
    print(f"accuracy {accuracy_score(y, predicted):.4f}\n")
    print(classification_report(y, predicted, labels=labels, digits=4, zero_division=0))
    print("confusion matrix: a row for each true class, a column for each predicted one\n")
    print(_table(matrix, [str(label) for label in labels]))
    if options.plot:
        _draw(matrix, labels, options.plot)
        print(f"\nwrote {options.plot}")


def predict(options: Namespace) -> None:
    """Print a label, or a label and all probabilities, for each row."""
    model = load_model(options.model)
    if options.file.name.endswith((".csv", ".csv.gz")):
        X = load_csv_features(options.file, categorical_features=text_columns(model)).data
    else:
        X = _read_image(options.file, model, options.invert)
    _check_fits(options.file, X.shape[1], model)
    labels = model.predict(X)
    if not options.proba:
        print("\n".join(str(label) for label in labels))
        return
    print(",".join(["label", *(str(label) for label in model.classes_)]))
    for label, row in zip(labels, model.predict_proba(X), strict=True):
        print(",".join([str(label), *(f"{p:.4f}" for p in row)]))


def _check_fits(source: Path | str, n_features: int, model: Pipeline) -> None:
    if n_features != model.n_features_in_:
        raise ValueError(
            f"{source}: has {n_features} features, the model takes {model.n_features_in_}"
        )


def _read_image(path: Path, model: Pipeline, invert: bool) -> NDArray[np.floating]:
    """Return an image as one row of pixels in the range that the model was trained on."""
    from matplotlib.image import imread

    scaler = model[0]
    if not isinstance(scaler, PixelScaler):
        raise ValueError(f"{path}: the model was trained on a table, not on images")
    path.open("rb").close()
    try:
        image = imread(path)
    except Exception as error:  # what is raised depends on the format
        raise ValueError(f"{path}: not a CSV file by its name, and no image ({error})") from error
    grey = image / np.iinfo(image.dtype).max if image.dtype.kind == "u" else image
    if grey.ndim == 3:
        grey = _grey(grey)
    if grey.size != model.n_features_in_:
        raise ValueError(
            f"{path}: {grey.shape[1]} x {grey.shape[0]} pixels make {grey.size} features, "
            f"the model takes {model.n_features_in_}"
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


def _table(matrix: NDArray[np.integer], labels: Sequence[str]) -> str:
    width = max(len(cell) for cell in [*labels, str(matrix.max())])
    rows = [["", *labels], *([name, *row] for name, row in zip(labels, matrix, strict=True))]
    return "\n".join("  ".join(f"{cell!s:>{width}}" for cell in row) for row in rows)


def _draw(matrix: NDArray[np.integer], labels: NDArray[Any], path: Path) -> None:
    from matplotlib.figure import Figure

    size = 3 + 0.4 * len(labels)
    figure = Figure(figsize=(size, size), layout="constrained")
    ConfusionMatrixDisplay(matrix, display_labels=labels).plot(
        ax=figure.subplots(), cmap="Blues", colorbar=False
    )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=150)


def _few(labels: NDArray[Any]) -> str:
    shown = ", ".join(str(label) for label in labels[:5])
    return shown + (", …" if len(labels) > 5 else "")
