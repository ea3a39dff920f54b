"""``skfcn train``."""

import json
import warnings
from argparse import Namespace
from math import ceil
from time import perf_counter
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

from skfcn._cli.data import load_split, make_preprocessing
from skfcn._cli.files import check_figure, check_outputs
from skfcn._cli.progress import EpochLines
from skfcn._files import atomic_path
from skfcn.callbacks import Callback, Checkpoint
from skfcn.classifier import FCNClassifier
from skfcn.displays import TrainingDisplay
from skfcn.initializers import VarianceScaling

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DEFAULTS: dict[str, Any] = {
    "hidden": [256, 128],
    "activation": "relu",
    "init": "auto",
    "solver": "adam",
    "lr": 0.001,
    "momentum": 0.9,
    "alpha": 0.0001,
    "batch_size": 64,
    "epochs": 20,
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


def train(options: Namespace) -> None:
    """Train on the data, score on their test part, write the model and its curves."""
    check_outputs(options.out, options.plot, options.report)
    check_figure(options.plot)
    settings = _settings(options)
    split = load_split(options.data, options.seed)
    n_rows, n_test = len(split.y_train), len(split.y_test)
    print(f"{options.data}: {n_rows:,} rows to train on, {n_test:,} to test on", flush=True)

    batch_size = min(settings["batch_size"], n_rows)
    network = _make_network(settings, batch_size, options.seed)
    log = _make_log(settings, n_rows, batch_size)
    callbacks: list[Callback] = [log]
    if options.checkpoint:
        callbacks.append(Checkpoint(options.checkpoint, seconds=60, resume="auto"))
    network.set_callbacks(*callbacks)
    preprocessing = make_preprocessing(split, settings["divide_by"])
    model = Pipeline([("preprocessing", preprocessing), ("network", network)])
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # --epochs is what was asked for
        model.fit(split.X_train, split.y_train)
    seconds = perf_counter() - start
    network.set_callbacks()  # they are no part of the model

    report = {
        "data": options.data,
        "train_accuracy": model.score(split.X_train, split.y_train),
        "test_accuracy": model.score(split.X_test, split.y_test),
        "n_train": n_rows,
        "n_test": n_test,
        "test_part": split.test_part,
        "seconds": seconds,
        "loss_curve": network.loss_curve_,
        "steps": {"step": log.step_, "loss": log.loss_, "accuracy": log.score_},
        "layers": [network.n_features_in_, *network.hidden_layer_sizes, network.n_outputs_],
        "n_parameters": sum(p.size for p in network.coefs_ + network.intercepts_),
        "parameters": {
            "recipe": options.recipe,
            "seed": options.seed,
            **settings,
            "init": str(settings["init"]),
        },
    }
    print(
        f"network        {'-'.join(map(str, report['layers']))}, "
        f"{report['n_parameters']:,} parameters, trained in {seconds:.1f} s\n"
        f"train accuracy {report['train_accuracy']:.4f} on {n_rows:,} rows\n"
        f"test accuracy  {report['test_accuracy']:.4f} on {n_test:,} rows never trained on "
        f"({split.test_part})"
    )
    _write(options, model, report, _draw(log, network, report))
    written = [path for path in (options.out, options.plot, options.report) if path]
    print("wrote          " + ", ".join(map(str, written)))


def _settings(options: Namespace) -> dict[str, Any]:
    """Return the defaults, changed by the recipe, changed by the options that were given."""
    settings = _DEFAULTS | _RECIPES[options.recipe]
    given = {name: getattr(options, name, None) for name in settings}
    return settings | {name: value for name, value in given.items() if value is not None}


def _make_network(settings: dict[str, Any], batch_size: int, seed: int) -> FCNClassifier:
    return FCNClassifier(
        hidden_layer_sizes=tuple(settings["hidden"]),
        activation=settings["activation"],
        init=settings["init"],
        solver=settings["solver"],
        learning_rate_init=settings["lr"],
        momentum=settings["momentum"],
        alpha=settings["alpha"],
        batch_size=batch_size,
        max_iter=settings["epochs"],
        n_iter_no_change=np.inf,  # just these epochs
        random_state=seed,
        verbose=settings["solver"] == "lbfgs",  # which has no steps to log
    )


def _make_log(settings: dict[str, Any], n_rows: int, batch_size: int) -> EpochLines:
    n_steps = settings["epochs"] * ceil(n_rows / batch_size)
    every = settings["log_every"] or max(1, n_steps // 400)
    return EpochLines(n_rows, batch_size, settings["epochs"], every)


def _draw(log: EpochLines, network: FCNClassifier, report: dict[str, Any]) -> "Figure":
    from matplotlib.figure import Figure

    # Not through pyplot, which on some machines would look for a screen.
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    if not log.step_:
        TrainingDisplay.from_estimator(network, axes=[figure.subplots()])
        return figure
    axes = list(figure.subplots(1, 2))
    TrainingDisplay.from_log(log, axes=axes)
    axes[0].set_ylabel("Loss of the training batch")
    axes[1].set_ylabel("Accuracy")
    axes[1].lines[-1].set_label("Training batch")
    axes[1].axhline(
        report["test_accuracy"],
        color="C1",
        linestyle="--",
        label=f"Test data, at the end: {report['test_accuracy']:.4f}",
    )
    axes[1].legend(loc="lower right")
    return figure


def _write(options: Namespace, model: Pipeline, report: dict[str, Any], figure: "Figure") -> None:
    """Write the files, the model first: it is not lost if another one cannot be written."""
    with atomic_path(options.out) as path:
        joblib.dump(model, path)
    with atomic_path(options.plot) as path:
        figure.savefig(path, dpi=150)
    if options.report:
        with atomic_path(options.report) as path:
            path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
