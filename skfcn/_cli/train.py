"""``skfcn train``."""

import platform
import sys
import warnings
from argparse import Namespace
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skfcn import __version__
from skfcn._cli.data import CLASSIFICATION, REGRESSION, Columns, Rows, with_test_part
from skfcn._cli.images import holds_images, load_images
from skfcn._cli.model import (
    is_tabular,
    layers_of,
    network_of,
    save_model,
    scores_as_text,
    scores_of,
)
from skfcn._cli.options import PARAMETERS, given_settings, settings_of
from skfcn._cli.output import as_json, check_outputs, note, note_files, write_figure, write_report
from skfcn._cli.plot import draw_curves
from skfcn._cli.progress import Progress
from skfcn._cli.summary import summary_of
from skfcn._cli.table import load_to_train
from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn._files import box_of
from skfcn.callbacks import Callback, Checkpoint, StepLog
from skfcn.preprocessing import PixelScaler
from skfcn.tabular import TableEncoder, TabularClassifier, TabularRegressor
from skfcn.training import interrupted


def train(options: Namespace) -> None:
    """Train, score, write; KeyboardInterrupt says that training was cut, after all was written."""
    check_outputs(options.out, options.report, figure=options.plot)
    settings = settings_of(options)
    rows = _load(options)
    fingerprint = rows.fingerprint
    rows = with_test_part(rows, options.seed)
    for line in summary_of(options.data, rows):
        note(line, options.quiet)

    model, log = _make_model(options, settings, rows)
    callbacks: list[Callback] = [] if log is None else [log]
    if options.checkpoint:  # before all that want to know where it goes on
        callbacks.insert(0, Checkpoint(options.checkpoint, seconds=60, resume="auto"))
    if sys.stderr is not None and not options.quiet:  # None where it was closed
        callbacks.append(Progress(log, "accuracy" if rows.task == CLASSIFICATION else "R2"))
    network = network_of(model).set_callbacks(*callbacks)
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # --epochs is what was asked for
        warnings.filterwarnings("ignore", "Got `batch_size`")  # a small table is one batch
        warnings.filterwarnings("ignore", str(interrupted()))  # which is said at the end
        warnings.filterwarnings("ignore", "Column")  # a part may look like an identifier
        model.fit(rows.X, rows.y)
    seconds = perf_counter() - start
    network.set_callbacks()  # they are no part of the model
    network = network_of(model).set_callbacks()
    state = network._fitted.state
    is_interrupted = not state.finished
    planned = state.progress.max_epochs if log is None else settings["epochs"]
    if not network.loss_curve_ and not (log and log.step_):
        options.plot = None  # there is nothing to draw yet

    notes = _notes(options, settings, rows, model)
    notes |= {"fingerprint": fingerprint, "seconds": seconds, "interrupted": is_interrupted}
    layers = layers_of(network)
    report = notes | {
        "layers": [layer["units"] for layer in layers],
        "n_parameters": sum(layer["n_parameters"] for layer in layers),
        "history": network.history_,
        "steps": {name: getattr(log, f"{name}_", []) for name in ("step", "loss", "score")},
        "files": {"model": options.out, "plot": options.plot, "report": options.report},
    }
    try:
        save_model(model, notes, options.out)  # first: no other file that fails can cost it
        if options.plot:
            classes = rows.task == CLASSIFICATION
            name, score = ("Accuracy", "test_accuracy") if classes else ("R²", "test_r2")
            write_figure(draw_curves(log, network, name, report[score]), options.plot)
        if options.report:
            write_report(report, options.report)
    finally:  # after the files, which a pipe that nobody reads must not cost
        print(as_json(report) if options.json else _summary(report, planned), flush=True)
    note_files(options.quiet, options.out, options.plot, options.report)
    if is_interrupted:
        raise KeyboardInterrupt("what was trained until then is scored and saved")


def _load(options: Namespace) -> Rows:
    """Load what the user gave as ``--data``; raise ValueError or OSError if it is not right."""
    source = options.data
    if not holds_images(source):
        columns = Columns(options.target, drop=options.drop, header=options.header)
        return load_to_train(source, columns, options.task)
    for name in ("target", "drop", "header"):
        if getattr(options, name) not in (None, []):
            raise ValueError(f"{source}: holds images; --{name} is for tables")
    if options.task == REGRESSION:
        raise ValueError(f"{source}: regression needs a table")
    return load_images(source)


def _make_model(
    options: Namespace, settings: dict[str, Any], rows: Rows
) -> tuple[Any, StepLog | None]:
    """Return an unfitted model, and for one network what notes its steps.

    A table has several networks, which need no settings. Who gives settings gets the one network
    that they are of.
    """
    is_classes = rows.task == CLASSIFICATION
    if rows.white is None and not given_settings(options) and options.recipe is None:
        make = TabularClassifier if is_classes else TabularRegressor
        return make(random_state=options.seed), None
    patience = settings["early_stopping"]
    parameters = {theirs: settings[name] for name, theirs in PARAMETERS.items()} | {
        "hidden_layer_sizes": tuple(settings["hidden"]),
        "early_stopping": patience is not None,
        "n_iter_no_change": patience or np.inf,  # without it, just these epochs
        "random_state": options.seed,
    }
    if is_classes:
        last: Any = FCNClassifier(**parameters)
    else:  # a network begins near 0, and would take forever on its way to the price of a house
        last = TransformedTargetRegressor(FCNRegressor(**parameters), transformer=StandardScaler())
    scaler = PixelScaler(settings["divide_by"] or rows.white) if rows.white else None
    first = scaler or _encoding_of(rows)
    n_steps = settings["epochs"] * ceil(len(rows.y) / settings["batch_size"])
    log = StepLog(settings["log_every"] or max(1, n_steps // 400))
    return Pipeline([("preprocessing", first), ("network", last)]), log


def _encoding_of(rows: Rows) -> ColumnTransformer:
    """Return what makes inputs of a table, as `TableEncoder` does but for categories.

    Each of their values is an input, in a sparse matrix if there are many.
    """
    kinds = rows.columns.kinds
    categories = [title for title in kinds if kinds[title] == "category"]
    others = [title for title in kinds if kinds[title] != "category"]
    one_hot = OneHotEncoder(handle_unknown="ignore", dtype=np.float32)
    return ColumnTransformer(
        [("categories", one_hot, categories), ("others", TableEncoder(), others)]
    )


def _notes(options: Namespace, settings: dict[str, Any], rows: Rows, model: Any) -> dict[str, Any]:
    """Return what is to be known of a training: kept with the model, and part of the report."""
    columns = rows.columns
    notes = {"task": rows.task, "data": options.data, "seed": options.seed}
    notes |= {"target": columns.target, "feature_names": columns.features}
    notes |= {"kinds": columns.kinds or None, "n_unnamed": columns.n_unnamed}
    notes |= {"left_out": rows.left_out, "n_without_target": rows.n_without_target}
    notes |= {"assumed": rows.said, "test_part": rows.test_part, "image_shape": rows.shape}
    box = None if rows.shape is None else box_of(rows.X.reshape(-1, *rows.shape))
    notes["image_box"] = box
    for part, X, y in (("train", rows.X, rows.y), ("test", rows.X_test, rows.y_test)):
        notes[f"n_{part}"] = len(y)
        for name, score in scores_of(rows.task, y, model.predict(X)).items():
            notes[f"{part}_{name}"] = score
    network = network_of(model)
    own = network.get_params(deep=False) if is_tabular(network) else settings
    notes["parameters"] = {"recipe": options.recipe, "seed": options.seed, **own}
    versions = {"skfcn": __version__, "scikit-learn": sklearn.__version__}
    versions |= {"numpy": np.__version__, "python": platform.python_version()}
    return notes | {"versions": versions}


def _summary(report: dict[str, Any], planned: int) -> str:
    layers, n_epochs = "-".join(map(str, report["layers"])), len(report["history"]["epoch"])
    several, what = report["parameters"].get("n_estimators"), "epoch"
    if several:
        layers, what = f"{several} of {layers}", "round"
    epochs = str(n_epochs) if n_epochs == planned else f"{n_epochs} of {planned}"
    train, test = scores_as_text(report, "train_"), scores_as_text(report, "test_")
    return (
        f"network  {layers}, {report['n_parameters']:,} parameters, "
        f"{epochs} {what}{'s' * (planned > 1)} in {report['seconds']:.1f} s\n"
        f"train    {train} on {report['n_train']:,} rows\n"
        f"test     {test} on {report['n_test']:,} rows never trained on ({report['test_part']})"
    )
