"""What can be set of a training: defaults, recipes, and the options of ``skfcn train``."""

import re
from argparse import SUPPRESS, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable
from math import inf, nan
from pathlib import Path
from typing import Any

from skfcn._cli.arguments import Add
from skfcn._cli.data import CLASSIFICATION, REGRESSION
from skfcn._estimators import SOLVERS, FCNClassifier
from skfcn.activations import ACTIVATIONS
from skfcn.initializers import INITIALIZERS, VarianceScaling
from skfcn.normalization import NORMALIZATIONS
from skfcn.schedules import SCHEDULES

# The settings that are parameters of the estimators, and what these call them.
_SAME = ["activation", "init", "normalization", "dropout", "solver", "momentum", "alpha"]
PARAMETERS = {name: name for name in [*_SAME, "batch_size"]}
PARAMETERS |= {"hidden": "hidden_layer_sizes", "epochs": "max_iter"}
PARAMETERS |= {"lr": "learning_rate_init", "schedule": "learning_rate"}

_theirs = FCNClassifier().get_params()
_DEFAULTS: dict[str, Any] = {name: _theirs[parameter] for name, parameter in PARAMETERS.items()}
_DEFAULTS |= {"hidden": [256, 128], "epochs": 20, "batch_size": 64}
_DEFAULTS |= {"early_stopping": None, "max_time": None}
_DEFAULTS |= {"divide_by": None, "log_every": None}  # a white pixel; as the curves need it

# The tutorial that this project began from. Its network draws the first weights as
# randn * sqrt(2 / fan_out), and it divides pixels by 225 (sic).
_TUTORIAL: dict[str, Any] = {"init": VarianceScaling(2.0, "fan_out", "normal"), "solver": "sgd"}
_TUTORIAL |= {"lr": 0.01, "momentum": 0.0, "alpha": 0.0, "batch_size": 128, "epochs": 15}
_TUTORIAL |= {"divide_by": 225.0, "log_every": 200}
_RECIPES = {"tutorial": _TUTORIAL}


def settings_of(options: Namespace) -> dict[str, Any]:
    """Return the defaults, changed by the recipe, changed by the options that were given."""
    given = {name: value for name, value in vars(options).items() if name in _DEFAULTS}
    settings = _DEFAULTS | _RECIPES.get(options.recipe, {}) | given
    if settings["solver"] == "lbfgs" and settings["early_stopping"]:
        raise ValueError("--early-stopping: lbfgs has no epochs; it stops by itself")
    return settings


def add_settings(data: Add, network: Add, training: Add, output: Add) -> None:
    """Add the options of ``skfcn train`` to its groups."""
    what = "what to train on (default: %(default)s)"
    data("--data", default="digits", metavar="DATA", help=what)
    what = "the table's column to predict (default: the last)"
    data("--target", metavar="COLUMN", help=what)
    what = f"{CLASSIFICATION} or, for a table whose target is a quantity, {REGRESSION}"
    what += " (default: %(default)s)"
    tasks = [CLASSIFICATION, REGRESSION]
    data("--task", choices=tasks, default=CLASSIFICATION, metavar="TASK", help=what)
    what = "units of each hidden layer"
    _set(network, "--hidden", "UNITS", what, "256 128", type=_COUNT, nargs="*")
    _choose(network, "--activation", ACTIVATIONS, "of the hidden layers")
    _choose(network, "--init", INITIALIZERS, "the first weights")
    _choose(network, "--normalization", NORMALIZATIONS, "of the hidden layers", "none")
    what = "part of the hidden units that each step leaves out"
    _set(network, "--dropout", "PART", what, type=_FRACTION)
    what = """start from these settings: tutorial is 784-256-128-10 with ReLU, plain gradient
        descent and pixels / 225; other options given here still count"""
    training("--recipe", choices=list(_RECIPES), metavar="NAME", help=what)
    _choose(training, "--solver", SOLVERS, "what minimises the loss")
    _set(training, "--lr", "RATE", "learning rate at first", type=_POSITIVE)
    _choose(training, "--schedule", SCHEDULES, "how the rate changes")
    _set(training, "--alpha", "STRENGTH", "L2 penalty", type=_NOT_NEGATIVE)
    _set(training, "--batch-size", "ROWS", "rows of a step", type=_COUNT)
    _set(training, "--epochs", "N", "passes over the data", type=_COUNT)
    what = """hold out a tenth of the training rows; stop when their score has not risen for N
        epochs, and keep the best weights"""
    _set(training, "--early-stopping", "N", what, "off; N: 10", type=_COUNT, nargs="?", const=10)
    what = "stop after the epoch in which the time is up, such as 90s, 15m or 1.5h"
    _set(training, "--max-time", "TIME", what, "no limit", type=_duration)
    what = "of the split, the first weights and the shuffling (default: %(default)s)"
    training("--seed", type=_SEED, default=0, metavar="N", help=what)
    file: dict[str, Any] = {"type": Path, "metavar": "FILE"}
    what = "the model, a fitted pipeline (default: %(default)s)"
    output("--out", default=Path("model.joblib"), help=what, **file)
    what = "curves of loss and score (default: %(default)s)"
    output("--plot", default=Path("curves.png"), help=what, **file)
    output("--no-plot", dest="plot", action="store_const", const=None, help="draw no curves")
    output("--report", help="also write what --json prints to a file", **file)
    what = """save training here each minute and each epoch; the same command goes on from it if
        it was cut off"""
    output("--checkpoint", type=Path, metavar="FOLDER", help=what)


def _set(add: Add, name: str, metavar: str, what: str, default: str = "", **more: Any) -> None:
    """Add an option for a setting; `default` says in words what a number or name cannot.

    What the user did not give is not among the parsed options, so that a recipe can decide.
    """
    setting = name.removeprefix("--").replace("-", "_")
    values = {"default": default or _DEFAULTS[setting], "tutorial": _TUTORIAL.get(setting)}
    shown = {key: f"{v:g}" if isinstance(v, float) else v for key, v in values.items()}
    texts = [f"{key}: {v}" for key, v in shown.items() if isinstance(v, str | int)]
    add(name, metavar=metavar, default=SUPPRESS, help=f"{what} ({'; '.join(texts)})", **more)


def _choose(add: Add, name: str, choices: Iterable[str], what: str, default: str = "") -> None:
    """Add an option for a setting that is one of several names."""
    _set(add, name, "NAME", f"{what}: {', '.join(choices)}", default, choices=list(choices))


def _number(kind: Callable[[str], float], accepts: Callable[[float], bool], what: str) -> Any:
    """Return a parser of numbers that complains as a person would."""

    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = nan
        if not accepts(value):
            raise ArgumentTypeError(f"{text!r} is not {what}")
        return value

    return parse


_COUNT = _number(int, lambda n: n >= 1, "a whole number from 1 on")
_SEED = _number(int, lambda n: 0 <= n < 2**32, "a whole number from 0 to 4294967295")
_POSITIVE = _number(float, lambda x: 0 < x < inf, "a number above 0")
_NOT_NEGATIVE = _number(float, lambda x: 0 <= x < inf, "a number from 0 on")
_FRACTION = _number(float, lambda x: 0 <= x < 1, "a number from 0 to below 1")


def _duration(text: str) -> float:
    """Return the seconds that a text such as ``90``, ``90s``, ``15m`` or ``1.5h`` means."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]] if match else 0
    if seconds == 0:
        raise ArgumentTypeError(f"{text!r} is not a time, such as 90s, 15m or 1.5h")
    return seconds
