"""``skfcn evaluate``."""

from argparse import Namespace
from typing import Any

import numpy as np
from sklearn import metrics

from skfcn._cli.data import CLASSIFICATION, REGRESSION, STDIN, joined, with_test_part
from skfcn._cli.model import load_model, scores_as_text, scores_of
from skfcn._cli.output import (
    as_columns,
    as_count,
    as_json,
    check_outputs,
    note,
    note_files,
    some,
    write_figure,
)
from skfcn._cli.plot import draw_matrix, draw_predictions


def evaluate(options: Namespace) -> None:
    """Score a saved model."""
    check_outputs(figure=options.plot)
    model = load_model(options.model)
    source = options.data or model.notes.get("data", "digits")
    if options.data is None and source == STDIN:
        raise ValueError("the model was trained on a table from stdin; say --data")
    rows = model.load_rows(source, True, options.target)._replace(task=model.task)
    said = [*rows.said, *as_count(rows.n_without_target, "row", "without a target left out")]
    if said:
        note(f"{source}: {'; '.join(said)}", options.quiet)
    if model.task == REGRESSION and rows.y.dtype.kind not in "if":
        raise ValueError(
            f"{source}: the target {rows.columns.target!r} must hold numbers, got {rows.y[0]!r}"
        )
    known, present = getattr(model.estimator, "classes_", []), np.unique(rows.y)
    if model.task == CLASSIFICATION and not np.isin(known, present).any():
        what = f"has the classes {some(present)}, none of which the model knows"
        raise ValueError(f"{source}: {what}: {some(known)}")
    X, y, part = rows.X, rows.y, "all rows"
    has_test_part = rows.X_test is not None
    is_known = has_test_part or model.notes.get("fingerprint") == rows.fingerprint
    if is_known and not options.all:
        # The seed that trained the model holds out the same rows again.
        rows = with_test_part(rows, model.notes.get("seed", 0))
        X, y, part = rows.X_test, rows.y_test, rows.test_part
    elif has_test_part:
        X, y = joined([X, rows.X_test]), np.concatenate([y, rows.y_test])

    predicted = model.estimator.predict(X)
    scores = scores_of(model.task, y, predicted)
    report = {"model": options.model, "task": model.task, "data": source, "part": part}
    report |= {"n_rows": len(y), **scores}
    text = f"{source}: {len(y):,} rows ({part})\n{scores_as_text(scores)}"
    if model.task == CLASSIFICATION:
        labels = np.union1d(known, y)
        of_classes, their_text = _score_classes(y, predicted, labels)
        report, text = report | of_classes, text + their_text
    if options.plot:
        if model.task == CLASSIFICATION:
            figure = draw_matrix(report["confusion_matrix"], labels)
        else:
            figure = draw_predictions(y, predicted, str(rows.columns.target))
        write_figure(figure, options.plot)
        note_files(options.quiet, options.plot)
    print(as_json(report) if options.json else text)


def _score_classes(y: Any, predicted: Any, labels: Any) -> tuple[dict[str, Any], str]:
    """Return what a report says of each class, in the order of `labels`, and the same as text."""
    options = {"labels": labels, "zero_division": 0}
    columns = metrics.precision_recall_fscore_support(y, predicted, **options)
    per_class = dict(zip(("precision", "recall", "f1", "support"), columns, strict=True))
    matrix = metrics.confusion_matrix(y, predicted, labels=labels)
    rows = [["", *labels], *([label, *row] for label, row in zip(labels, matrix, strict=True))]
    text = (
        f"\n\n{metrics.classification_report(y, predicted, digits=4, **options)}\n"
        "confusion matrix: a row for each true class, a column for each predicted one\n\n"
        f"{as_columns(rows, '>' * len(rows))}"
    )
    return {"classes": labels, "per_class": per_class, "confusion_matrix": matrix}, text
