"""``skfcn train``."""

import platform
import warnings
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

from skfcn import __version__
from skfcn._cli.curves import draw_curves
from skfcn._cli.data import (
    CLASSIFICATION,
    Rows,
    Split,
    Table,
    load_rows,
    make_preprocessing,
    split_of,
)
from skfcn._cli.files import check_figure, check_outputs, write_figure, write_report
from skfcn._cli.model import (
    make_pipeline_of,
    network_of,
    save_model,
    scores_as_text,
    scores_in,
    scores_of,
)
from skfcn._cli.output import as_json, note, note_files
from skfcn._cli.progress import Progress
from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn.callbacks import Callback, Checkpoint, StepLog, TimeLimit
from skfcn.initializers import VarianceScaling
from skfcn.training import interrupted

_DEFAULTS: dict[str, Any] = {
    "hidden": [256, 128],
    "activation": "relu",
    "init": "auto",
    "normalization": None,
    "dropout": 0.0,
    "dtype": "auto",
    "solver": "adam",
    "lr": 0.001,
    "schedule": "constant",
    "momentum": 0.9,
    "alpha": 0.0001,
    "batch_size": 64,
    "epochs": 20,
    "early_stopping": None,
    "max_time": None,
    "divide_by": None,
    "log_every": None,
}

# The tutorial that this project began from. Its network draws the first weights as
# randn * sqrt(2 / fan_out), and it divides pixels by 225 (sic).
_RECIPES: dict[str | None, dict[str, Any]] = {
    None: {},
    "tutorial": {
        "init": VarianceScaling(2.0, "fan_out", "normal"),
        "solver": "sgd",
        "lr": 0.01,
        "momentum": 0.0,
        "alpha": 0.0,
        "batch_size": 128,
        "epochs": 15,
        "divide_by": 225.0,
        "log_every": 200,
    },
}
_VALIDATION_FRACTION = 0.1


def train(options: Namespace) -> None:
    """Train on the data, score on their test part, write the model and its curves.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupted training, after all was written.
    """
    check_outputs(options.out, options.plot, options.report)
    check_figure(options.plot)
    settings = _settings(options)
    rows = load_rows(options.data, options.task, Table(options.target))
    if rows.table is None and options.target is not None:
        raise ValueError(f"{options.data}: holds images; --target is for tables")
    split = split_of(options.data, rows, options.task, options.seed)
    n_rows, n_test = len(split.y_train), len(split.y_test)
    note(f"{options.data}: {n_rows:,} rows to train on, {n_test:,} to test on", options.quiet)

    log = StepLog(_log_every(settings, n_rows))
    network = _make_network(options.task, settings, n_rows, options.seed)
    network.set_callbacks(*_callbacks(options, settings, log))
    model = make_pipeline_of(make_preprocessing(rows, settings["divide_by"]), network)
    start = perf_counter()
    with _noticing_interruption() as interruptions:
        model.fit(split.X_train, split.y_train)
    seconds = perf_counter() - start
    if interruptions and not log.step_ and not network_of(model).loss_curve_:
        options.plot = None  # there is nothing to draw yet
    network.set_callbacks()  # they are no part of the model
    network = network_of(model).set_callbacks()

    notes = _notes(options, settings, rows, split, model)
    notes |= {"seconds": seconds, "interrupted": bool(interruptions)}
    report = notes | {
        "layers": [network.n_features_in_, *settings["hidden"], network.n_outputs_],
        "n_parameters": network._run.network.parameters.trainable.size,
        "history": network.history_,
        "steps": {"step": log.step_, "loss": log.loss_, "score": log.score_},
        "files": {"model": options.out, "plot": options.plot, "report": options.report},
    }
    try:
        _write(options, model, notes, report, log)
    finally:  # first the files, which a pipe that nobody reads must not cost
        print(as_json(report) if options.json else _summary(report), flush=True)
    note_files(options.quiet, options.out, options.plot, options.report)
    if interruptions:
        raise KeyboardInterrupt("what was trained until then is scored and saved")


def _settings(options: Namespace) -> dict[str, Any]:
    """Return the defaults, changed by the recipe, changed by the options that were given."""
    settings = _DEFAULTS | _RECIPES[options.recipe]
    given = {name: getattr(options, name, None) for name in settings}
    settings |= {name: value for name, value in given.items() if value is not None}
    if settings["solver"] == "lbfgs" and settings["early_stopping"]:
        raise ValueError("--early-stopping: lbfgs has no epochs; it stops by itself")
    return settings


def _make_network(
    task: str, settings: dict[str, Any], n_rows: int, seed: int
) -> FCNClassifier | FCNRegressor:
    patience = settings["early_stopping"]
    if patience:
        n_rows -= ceil(_VALIDATION_FRACTION * n_rows)
    kind = FCNClassifier if task == CLASSIFICATION else FCNRegressor
    return kind(
        hidden_layer_sizes=tuple(settings["hidden"]),
        activation=settings["activation"],
        init=settings["init"],
        normalization=settings["normalization"],
        dropout=settings["dropout"],
        dtype=settings["dtype"],
        solver=settings["solver"],
        learning_rate_init=settings["lr"],
        learning_rate=settings["schedule"],
        momentum=settings["momentum"],
        alpha=settings["alpha"],
        batch_size=max(1, min(settings["batch_size"], n_rows)),
        max_iter=settings["epochs"],
        early_stopping=patience is not None,
        validation_fraction=_VALIDATION_FRACTION,
        n_iter_no_change=patience or np.inf,  # without it, just these epochs
        random_state=seed,
    )


def _log_every(settings: dict[str, Any], n_rows: int) -> int:
    """Return how many steps are between two points of the curves."""
    n_steps = settings["epochs"] * ceil(n_rows / settings["batch_size"])
    return settings["log_every"] or max(1, n_steps // 400)


def _callbacks(options: Namespace, settings: dict[str, Any], log: StepLog) -> list[Callback]:
    callbacks: list[Callback] = [log]
    if options.checkpoint:  # before all that want to know where it goes on
        callbacks.insert(0, Checkpoint(options.checkpoint, seconds=60, resume="auto"))
    if settings["max_time"]:
        callbacks.append(TimeLimit(settings["max_time"]))
    name = _score_name(options.task)
    return [*callbacks, Progress(log, name, settings["max_time"], options.quiet)]


def _score_name(task: str) -> str:
    return "accuracy" if task == CLASSIFICATION else "R2"


@contextmanager
def _noticing_interruption() -> Iterator[list[None]]:
    """Yield a list that is not empty any more after Ctrl-C ended training."""
    came: list[None] = []
    message_of_it = str(interrupted())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # --epochs is what was asked for
        warnings.filterwarnings("always", message_of_it)
        show = warnings.showwarning

        def notice(message: Any, *args: Any, **more: Any) -> None:
            if str(message) == message_of_it:
                came.append(None)
            else:
                show(message, *args, **more)

        warnings.showwarning = notice
        yield came


def _notes(
    options: Namespace, settings: dict[str, Any], rows: Rows, split: Split, model: Pipeline
) -> dict[str, Any]:
    """Return what is to be known of a training: kept with the model, and part of the report."""
    scores = {
        f"{part}_{name}": value
        for part, X, y in [
            ("train", split.X_train, split.y_train),
            ("test", split.X_test, split.y_test),
        ]
        for name, value in scores_of(options.task, y, model.predict(X)).items()
    }
    target, features, text_columns = rows.table or Table()
    return {
        "task": options.task,
        "data": options.data,
        "target": target,
        "feature_names": features,
        "text_columns": text_columns,
        "fingerprint": rows.fingerprint,
        "seed": options.seed,
        "n_train": len(split.y_train),
        "n_test": len(split.y_test),
        "test_part": split.test_part,
        **scores,
        "parameters": {
            "recipe": options.recipe,
            "seed": options.seed,
            **settings,
            "init": str(settings["init"]),
        },
        "versions": {
            "skfcn": __version__,
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }


def _summary(report: dict[str, Any]) -> str:
    n_epochs, planned = len(report["history"]["epoch"]), report["parameters"]["epochs"]
    epochs = f"{n_epochs}" if n_epochs == planned else f"{n_epochs} of {planned}"
    train, test = (scores_as_text(scores_in(report, part)) for part in ("train", "test"))
    return (
        f"network  {'-'.join(map(str, report['layers']))}, {report['n_parameters']:,} parameters, "
        f"{epochs} epoch{'s' * (planned > 1)} in {report['seconds']:.1f} s\n"
        f"train    {train} on {report['n_train']:,} rows\n"
        f"test     {test} on {report['n_test']:,} rows never trained on ({report['test_part']})"
    )


def _write(
    options: Namespace,
    model: Pipeline,
    notes: dict[str, Any],
    report: dict[str, Any],
    log: StepLog,
) -> None:
    """Write the files, the model first: it is not lost if another one cannot be written."""
    save_model(model, notes, options.out)
    if options.plot:
        name = _score_name(options.task)
        score = report["test_accuracy" if options.task == CLASSIFICATION else "test_r2"]
        write_figure(draw_curves(log, network_of(model), name, score), options.plot)
    if options.report:
        write_report(report, options.report)
