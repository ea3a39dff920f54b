"""``skfcn evaluate``."""

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    PredictionErrorDisplay,
    classification_report,
    confusion_matrix,
    precision_recall_fscore_support,
)

from skfcn._cli.data import CLASSIFICATION, STDIN, Rows, load_rows, split_of
from skfcn._cli.files import check_figure, check_outputs, new_figure, write_figure
from skfcn._cli.model import Model, load_model, scores_as_text, scores_of
from skfcn._cli.output import as_json, note_files
from skfcn.displays import COLORS, make_tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDE_LABEL = 8  # characters; beneath a matrix longer ones meet


def evaluate(options: Namespace) -> None:
    """Score a saved model."""
    check_outputs(options.plot)
    check_figure(options.plot)
    model = load_model(options.model)
    source = options.data or model.notes.get("data", "digits")
    if options.data is None and source == STDIN:
        raise ValueError("the model was trained on a table from stdin; say --data")
    rows = load_rows(source, model.task, model.table)
    if rows.table is None and model.table.features is not None:
        raise ValueError(f"{source}: holds images; the model was trained on a table")
    model.check_features(source, rows.X.shape[1])
    if model.task == CLASSIFICATION:
        _check_classes(source, rows.y, model)
    X, y, part = _chosen_part(source, rows, model, options.all)
    predicted = model.estimator.predict(X)
    report = {
        "model": options.model,
        "task": model.task,
        "data": source,
        "part": part,
        "n_rows": len(y),
        **scores_of(model.task, y, predicted),
    }
    if model.task == CLASSIFICATION:
        labels = np.union1d(model.estimator.classes_, y)
        report |= _of_each_class(y, predicted, labels)
    if options.plot:
        if model.task == CLASSIFICATION:
            figure = _draw_matrix(report["confusion_matrix"], labels)
        else:
            target = rows.table.target if rows.table is not None else "value"
            figure = _draw_predictions(y, predicted, str(target))
        write_figure(figure, options.plot)
        note_files(options.quiet, options.plot)
    if options.json:
        print(as_json(report))
        return
    print(f"{source}: {len(y):,} rows ({part})")
    if model.task == CLASSIFICATION:
        _print_classes(report, y, predicted)
    else:
        print(scores_as_text(scores_of(model.task, y, predicted)))


def _chosen_part(
    source: str, rows: Rows, model: Model, everything: bool
) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Return the rows to score, and in words which they are."""
    notes = model.notes
    if not everything and rows.X_test is not None:
        split = split_of(source, rows, model.task, seed=0)
        return split.X_test, split.y_test, split.test_part
    if not everything and notes.get("fingerprint") == rows.fingerprint:
        # The seed that trained the model holds out the same rows again.
        split = split_of(source, rows, model.task, notes["seed"])
        return split.X_test, split.y_test, split.test_part
    X, y = rows.X, rows.y
    if rows.X_test is not None and rows.y_test is not None:
        X, y = np.concatenate([X, rows.X_test]), np.concatenate([y, rows.y_test])
    return X, y, "all rows"


def _check_classes(source: str, y: NDArray[Any], model: Model) -> None:
    classes = model.estimator.classes_
    if not set(y.tolist()) & set(classes.tolist()):
        raise ValueError(
            f"{source}: has the classes {_few(np.unique(y))}, none of which the model knows: "
            f"{_few(classes)}"
        )


def _few(labels: NDArray[Any]) -> str:
    shown = ", ".join(str(label) for label in labels[:5])
    return shown + (", …" if len(labels) > 5 else "")


def _of_each_class(
    y: NDArray[Any], predicted: NDArray[Any], labels: NDArray[Any]
) -> dict[str, Any]:
    """Return what a report says of each class, in the order of `labels`."""
    names = ("precision", "recall", "f1", "support")
    columns = precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    return {
        "classes": labels,
        "per_class": dict(zip(names, columns, strict=True)),
        "confusion_matrix": confusion_matrix(y, predicted, labels=labels),
    }


def _print_classes(report: dict[str, Any], y: NDArray[Any], predicted: NDArray[Any]) -> None:
    labels = report["classes"]
    print(f"accuracy {report['accuracy']:.4f}\n")
    print(classification_report(y, predicted, labels=labels, digits=4, zero_division=0))
    print("confusion matrix: a row for each true class, a column for each predicted one\n")
    print(_table(report["confusion_matrix"], [str(label) for label in labels]))


def _table(matrix: NDArray[np.integer], labels: Sequence[str]) -> str:
    width = max(len(cell) for cell in [*labels, str(matrix.max())])
    rows = [["", *labels], *([name, *row] for name, row in zip(labels, matrix, strict=True))]
    return "\n".join("  ".join(f"{cell!s:>{width}}" for cell in row) for row in rows)


def _draw_matrix(matrix: NDArray[np.integer], labels: NDArray[Any]) -> "Figure":
    size = 3 + 0.4 * len(labels)
    figure = new_figure(size, size)
    is_wide = max(len(str(label)) for label in labels) > _WIDE_LABEL
    ConfusionMatrixDisplay(matrix, display_labels=labels).plot(
        ax=figure.subplots(),
        cmap="Blues",
        colorbar=False,
        xticks_rotation="vertical" if is_wide else "horizontal",
    )
    return figure


def _draw_predictions(y: NDArray[Any], predicted: NDArray[Any], target: str) -> "Figure":
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(5, 5)
    ax = figure.subplots()
    PredictionErrorDisplay(y_true=y, y_pred=predicted).plot(
        ax=ax,
        kind="actual_vs_predicted",
        scatter_kwargs={"alpha": 0.3, "s": 12, "color": COLORS[0], "linewidths": 0},
    )
    ax.set(xlabel=f"Predicted {target}", ylabel=f"Actual {target}")
    for axis in (ax.xaxis, ax.yaxis):  # on round numbers, which the display does not choose
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    make_tidy(ax)
    return figure
