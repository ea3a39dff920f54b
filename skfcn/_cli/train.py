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
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import __version__
from skfcn._cli.data import CLASSIFICATION, Columns, Rows, load_rows, with_test_part
from skfcn._cli.model import layers_of, network_of, save_model, scores_as_text, scores_of
from skfcn._cli.options import PARAMETERS, settings_of
from skfcn._cli.output import as_json, check_outputs, note, note_files, write_figure, write_report
from skfcn._cli.plot import draw_curves
from skfcn._cli.progress import Progress
from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn.callbacks import Callback, Checkpoint, StepLog
from skfcn.preprocessing import PixelScaler, make_table_preprocessor
from skfcn.training import interrupted


def train(options: Namespace) -> None:
    """Train, score, write; KeyboardInterrupt says that training was cut, after all was written."""
    check_outputs(options.out, options.report, figure=options.plot)
    settings = settings_of(options)
    rows = load_rows(options.data, options.task, Columns(options.target))
    if rows.white is not None and options.target is not None:
        raise ValueError(f"{options.data}: holds images; --target is for tables")
    fingerprint = rows.fingerprint
    rows = with_test_part(options.data, rows, options.task, options.seed)
    n_rows, n_test = len(rows.y), len(rows.y_test)
    note(f"{options.data}: {n_rows:,} rows to train on, {n_test:,} to test on", options.quiet)

    n_steps = settings["epochs"] * ceil(n_rows / settings["batch_size"])
    log = StepLog(settings["log_every"] or max(1, n_steps // 400))
    model = _make_model(options, settings, rows)
    callbacks: list[Callback] = [log]
    if options.checkpoint:  # before all that want to know where it goes on
        callbacks.insert(0, Checkpoint(options.checkpoint, seconds=60, resume="auto"))
    if sys.stderr is not None and not options.quiet:  # None where it was closed
        callbacks.append(Progress(log, "accuracy" if options.task == CLASSIFICATION else "R2"))
    network = network_of(model).set_callbacks(*callbacks)
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # --epochs is what was asked for
        warnings.filterwarnings("ignore", "Got `batch_size`")  # a small table is one batch
        warnings.filterwarnings("ignore", str(interrupted()))  # which is said at the end
        model.fit(rows.X, rows.y)
    seconds = perf_counter() - start
    network.set_callbacks()  # they are no part of the model
    network = network_of(model).set_callbacks()
    is_interrupted = not network._fitted.state.finished
    if not log.step_ and not network.loss_curve_:
        options.plot = None  # there is nothing to draw yet

    notes = _notes(options, settings, rows, model)
    notes |= {"fingerprint": fingerprint, "seconds": seconds, "interrupted": is_interrupted}
    layers = layers_of(network)
    report = notes | {
        "layers": [layer["units"] for layer in layers],
        "n_parameters": sum(layer["n_parameters"] for layer in layers),
        "history": network.history_,
        "steps": {"step": log.step_, "loss": log.loss_, "score": log.score_},
        "files": {"model": options.out, "plot": options.plot, "report": options.report},
    }
    try:
        save_model(model, notes, options.out)  # first: no other file that fails can cost it
        if options.plot:
            classes = options.task == CLASSIFICATION
            name, score = ("Accuracy", "test_accuracy") if classes else ("R²", "test_r2")
            write_figure(draw_curves(log, network, name, report[score]), options.plot)
        if options.report:
            write_report(report, options.report)
    finally:  # after the files, which a pipe that nobody reads must not cost
        print(as_json(report) if options.json else _summary(report), flush=True)
    note_files(options.quiet, options.out, options.plot, options.report)
    if is_interrupted:
        raise KeyboardInterrupt("what was trained until then is scored and saved")


def _make_model(options: Namespace, settings: dict[str, Any], rows: Rows) -> Pipeline:
    """Return an unfitted pipeline of a step for the features and a network."""
    patience = settings["early_stopping"]
    parameters = {theirs: settings[name] for name, theirs in PARAMETERS.items()} | {
        "hidden_layer_sizes": tuple(settings["hidden"]),
        "early_stopping": patience is not None,
        "n_iter_no_change": patience or np.inf,  # without it, just these epochs
        "random_state": options.seed,
    }
    if options.task == CLASSIFICATION:
        last: Any = FCNClassifier(**parameters)
    else:  # a network begins near 0, and would take forever on its way to the price of a house
        last = TransformedTargetRegressor(FCNRegressor(**parameters), transformer=StandardScaler())
    scaler = PixelScaler(settings["divide_by"] or rows.white) if rows.white else None
    first = scaler or make_table_preprocessor(rows.columns.text)
    return Pipeline([("preprocessing", first), ("network", last)])


def _notes(
    options: Namespace, settings: dict[str, Any], rows: Rows, model: Pipeline
) -> dict[str, Any]:
    """Return what is to be known of a training: kept with the model, and part of the report."""
    notes = {"task": options.task, "data": options.data, "seed": options.seed}
    notes |= {"target": rows.columns.target, "feature_names": rows.columns.features}
    notes |= {"text_columns": rows.columns.text, "test_part": rows.test_part}
    for part, X, y in (("train", rows.X, rows.y), ("test", rows.X_test, rows.y_test)):
        notes[f"n_{part}"] = len(y)
        for name, score in scores_of(options.task, y, model.predict(X)).items():
            notes[f"{part}_{name}"] = score
    notes["parameters"] = {"recipe": options.recipe, "seed": options.seed, **settings}
    versions = {"skfcn": __version__, "scikit-learn": sklearn.__version__}
    versions |= {"numpy": np.__version__, "python": platform.python_version()}
    return notes | {"versions": versions}


def _summary(report: dict[str, Any]) -> str:
    n_epochs, planned = len(report["history"]["epoch"]), report["parameters"]["epochs"]
    epochs = str(n_epochs) if n_epochs == planned else f"{n_epochs} of {planned}"
    train, test = scores_as_text(report, "train_"), scores_as_text(report, "test_")
    return (
        f"network  {'-'.join(map(str, report['layers']))}, {report['n_parameters']:,} parameters, "
        f"{epochs} epoch{'s' * (planned > 1)} in {report['seconds']:.1f} s\n"
        f"train    {train} on {report['n_train']:,} rows\n"
        f"test     {test} on {report['n_test']:,} rows never trained on ({report['test_part']})"
    )
