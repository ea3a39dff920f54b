"""``skfcn evaluate``."""

from argparse import Namespace
from pathlib import Path
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

from skfcn._cli.arguments import DATA, TRUST, add_command, add_common_options
from skfcn._cli.data import CLASSIFICATION, Rows, load_rows, split_of
from skfcn._cli.model import Model, load_model, scores_as_text, scores_of
from skfcn._cli.output import as_json, check_outputs, new_figure, note_files, write_figure
from skfcn._cli.table import STDIN
from skfcn.displays import COLORS, make_tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EVALUATE = f"""Score a model: accuracy, each class, who is mistaken for whom; or, of regression, \
R2 and errors.

{DATA}
Of the data that it was trained on, a model is scored on the part that was held out; of other \
data, on all rows. {TRUST}

examples:
  $ skfcn evaluate model.joblib --plot confusion.png
  $ skfcn evaluate model.joblib --data fruit.csv --json"""

_WIDE_LABEL = 8  # characters; beneath a matrix longer ones meet


def add_evaluate(commands: Any) -> None:
    """Add the command."""
    data, output = add_command(commands, evaluate, "evaluate MODEL", _EVALUATE)
    what = "what to score it on (default: what it was trained on)"
    data("--data", metavar="DATA", help=what)
    data("--all", action="store_true", help="score all rows in any case")
    what = "also draw the confusion matrix or, of regression, the predictions"
    output("--plot", type=Path, metavar="FILE", help=what)
    add_common_options(output)


def evaluate(options: Namespace) -> None:
    """Score a saved model."""
    check_outputs(figure=options.plot)
    model = load_model(options.model)
    source = options.data or model.notes.get("data", "digits")
    if options.data is None and source == STDIN:
        raise ValueError("the model was trained on a table from stdin; say --data")
    rows = load_rows(source, model.task, model.columns)
    if rows.columns is None and model.columns.features is not None:
        raise ValueError(f"{source}: holds images; the model was trained on a table")
    model.check_features(source, rows.X.shape[1])
    if model.task == CLASSIFICATION:
        _check_classes(source, rows.y, model.estimator.classes_)
    X, y, part = _chosen_part(source, rows, model, options.all)
    predicted = model.estimator.predict(X)
    scores = scores_of(model.task, y, predicted)
    report = {
        "model": options.model,
        "task": model.task,
        "data": source,
        "part": part,
        "n_rows": len(y),
        **scores,
    }
    text = f"{source}: {len(y):,} rows ({part})\n{scores_as_text(scores)}"
    if model.task == CLASSIFICATION:
        report |= _of_each_class(y, predicted, np.union1d(model.estimator.classes_, y))
        text += f"\n\n{_of_each_class_as_text(report, y, predicted)}"
    if options.plot:
        if model.task == CLASSIFICATION:
            figure = draw_matrix(report["confusion_matrix"], report["classes"])
        else:
            target = rows.columns.target if rows.columns else None
            figure = _draw_predictions(y, predicted, target or "value")
        write_figure(figure, options.plot)
        note_files(options.quiet, options.plot)
    print(as_json(report) if options.json else text)


def _chosen_part(
    source: str, rows: Rows, model: Model, everything: bool
) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Return the rows to score, and in words which they are."""
    has_part = rows.X_test is not None
    if not everything and (has_part or model.notes.get("fingerprint") == rows.fingerprint):
        # The seed that trained the model holds out the same rows again.
        split = split_of(source, rows, model.task, model.notes.get("seed", 0))
        return split.X_test, split.y_test, split.test_part
    X, y = rows.X, rows.y
    if rows.X_test is not None and rows.y_test is not None:
        X, y = np.concatenate([X, rows.X_test]), np.concatenate([y, rows.y_test])
    return X, y, "all rows"


def _check_classes(source: str, y: NDArray[Any], known: NDArray[Any]) -> None:
    """Raise ValueError if the model knows none of the classes."""

    def few(labels: NDArray[Any]) -> str:
        return ", ".join(map(str, labels[:5])) + (", …" if len(labels) > 5 else "")

    if not set(y.tolist()) & set(known.tolist()):
        raise ValueError(
            f"{source}: has the classes {few(np.unique(y))}, none of which the model knows: "
            f"{few(known)}"
        )


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


def _of_each_class_as_text(
    report: dict[str, Any], y: NDArray[Any], predicted: NDArray[Any]
) -> str:
    labels, matrix = report["classes"], report["confusion_matrix"]
    table = classification_report(y, predicted, labels=labels, digits=4, zero_division=0)
    rows = [["", *labels], *([label, *row] for label, row in zip(labels, matrix, strict=True))]
    width = max(len(str(cell)) for row in rows for cell in row)
    lines = ["  ".join(f"{cell!s:>{width}}" for cell in row) for row in rows]
    what = "confusion matrix: a row for each true class, a column for each predicted one"
    return "\n".join([table, what, "", *lines])


def draw_matrix(matrix: NDArray[np.integer], labels: NDArray[Any]) -> "Figure":
    """Draw who is mistaken for whom."""
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
