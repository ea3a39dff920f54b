"""``skfcn evaluate``."""

from argparse import Namespace
from pathlib import Path
from typing import Any

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
from skfcn._cli.output import (
    as_json,
    check_outputs,
    new_figure,
    note_files,
    some,
    write_figure,
)
from skfcn._cli.table import STDIN
from skfcn.displays import COLORS, make_tidy

_EVALUATE = f"""Score a model: accuracy, each class, who is mistaken for whom; or, of regression, \
R2 and errors.

{DATA}
Of the data that it was trained on, a model is scored on the part that was held out; of other \
data, on all rows. {TRUST}

examples:
  $ skfcn evaluate model.joblib --plot confusion.png
  $ skfcn evaluate model.joblib --data fruit.csv --json"""


def add_evaluate(commands: Any) -> None:
    """Add the command."""
    data, output = add_command(commands, evaluate, "evaluate MODEL", _EVALUATE, "data output")
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
    X, y, part = _chosen_part(source, rows, model, options.all)
    predicted = model.estimator.predict(X)
    scores = scores_of(model.task, y, predicted)
    report = {"model": options.model, "task": model.task, "data": source, "part": part}
    report |= {"n_rows": len(y), **scores}
    text = f"{source}: {len(y):,} rows ({part})\n{scores_as_text(scores)}"
    if model.task == CLASSIFICATION:
        known = model.estimator.classes_
        if not set(known.tolist()) & set(rows.y.tolist()):
            raise ValueError(
                f"{source}: has the classes {some(np.unique(rows.y))}, none of which the model "
                f"knows: {some(known)}"
            )
        labels = np.union1d(known, y)
        more, table = _score_classes(y, predicted, labels)
        report |= more
        text += f"\n\n{table}"
    if options.plot:
        if model.task == CLASSIFICATION:
            figure = draw_matrix(report["confusion_matrix"], labels)
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
    X, y, X_test, y_test = rows.X, rows.y, rows.X_test, rows.y_test
    is_known = X_test is not None or model.notes.get("fingerprint") == rows.fingerprint
    if is_known and not everything:
        # The seed that trained the model holds out the same rows again.
        split = split_of(source, rows, model.task, model.notes.get("seed", 0))
        return split.X_test, split.y_test, split.test_part
    if X_test is not None and y_test is not None:
        X, y = np.concatenate([X, X_test]), np.concatenate([y, y_test])
    return X, y, "all rows"


def _score_classes(
    y: NDArray[Any], predicted: NDArray[Any], labels: NDArray[Any]
) -> tuple[dict[str, Any], str]:
    """Return what a report says of each class, in the order of `labels`, and the same as text."""
    names = ("precision", "recall", "f1", "support")
    options = {"labels": labels, "zero_division": 0}
    columns = precision_recall_fscore_support(y, predicted, **options)
    matrix = confusion_matrix(y, predicted, labels=labels)
    rows = [["", *labels], *([label, *row] for label, row in zip(labels, matrix, strict=True))]
    width = max(len(str(cell)) for row in rows for cell in row)
    lines = ["  ".join(f"{cell!s:>{width}}" for cell in row) for row in rows]
    what = "confusion matrix: a row for each true class, a column for each predicted one"
    table = classification_report(y, predicted, digits=4, **options)
    per_class = dict(zip(names, columns, strict=True))
    report = {"classes": labels, "per_class": per_class, "confusion_matrix": matrix}
    return report, "\n".join([table, what, "", *lines])


def draw_matrix(matrix: NDArray[np.integer], labels: NDArray[Any]) -> Any:
    """Draw who is mistaken for whom."""
    size = 3 + 0.4 * len(labels)
    figure = new_figure(size, size)
    longest = max(len(str(label)) for label in labels)
    rotation = "vertical" if longest > 8 else "horizontal"  # longer ones would meet
    display = ConfusionMatrixDisplay(matrix, display_labels=labels)
    ax = figure.subplots()
    display.plot(ax=ax, cmap="Blues", colorbar=False, xticks_rotation=rotation)
    return figure


def _draw_predictions(y: NDArray[Any], predicted: NDArray[Any], target: str) -> Any:
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(5, 5)
    ax = figure.subplots()
    points = {"alpha": 0.3, "s": 12, "color": COLORS[0], "linewidths": 0}
    display = PredictionErrorDisplay(y_true=y, y_pred=predicted)
    display.plot(ax, kind="actual_vs_predicted", scatter_kwargs=points)
    ax.set(xlabel=f"Predicted {target}", ylabel=f"Actual {target}")
    for axis in (ax.xaxis, ax.yaxis):  # on round numbers, which the display does not choose
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    make_tidy(ax)
    return figure
