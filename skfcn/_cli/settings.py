"""What can be set of a training: defaults, recipes, and the options of ``skfcn train``."""

from argparse import SUPPRESS, ArgumentTypeError, Namespace
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

from skfcn._cli.arguments import JSON, Add
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
_DEFAULTS |= {"hidden": [256, 128], "epochs": 20, "batch_size": 64, "early_stopping": None}
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
    what = "what to train on (default: digits)"
    data("--data", default="digits", metavar="DATA", help=what)
    data("--target", metavar="COLUMN", help="the table's column to predict (default: the last)")
    what = f"""{CLASSIFICATION} or, for a table whose target is a quantity, {REGRESSION}
        (default: {CLASSIFICATION})"""
    tasks = [CLASSIFICATION, REGRESSION]
    data("--task", choices=tasks, default=CLASSIFICATION, metavar="TASK", help=what)
    _set(network, "--hidden UNITS", "units of each hidden layer", _COUNT, "256 128", nargs="*")
    _set(network, "--activation NAME", "of the hidden layers", ACTIVATIONS)
    _set(network, "--init NAME", "the first weights", INITIALIZERS)
    _set(network, "--normalization NAME", "of the hidden layers", NORMALIZATIONS, "none")
    _set(network, "--dropout PART", "part of the hidden units that a step leaves out", _FRACTION)
    what = """start from these settings: tutorial is 784-256-128-10 with ReLU, plain gradient
        descent (15 epochs of batches of 128 at a rate of 0.01, no penalty) and pixels / 225; other
        options given here still count"""
    training("--recipe", choices=list(_RECIPES), metavar="NAME", help=what)
    _set(training, "--solver NAME", "what minimises the loss", SOLVERS)
    _set(training, "--lr RATE", "learning rate at first", _POSITIVE)
    _set(training, "--schedule NAME", "how the rate changes", SCHEDULES)
    _set(training, "--alpha STRENGTH", "L2 penalty", _NOT_NEGATIVE)
    _set(training, "--batch-size ROWS", "rows of a step", _COUNT)
    _set(training, "--epochs N", "passes over the data", _COUNT)
    what = """hold out a tenth of the training rows; stop when their score has not risen for N
        epochs, and keep the best weights"""
    _set(training, "--early-stopping N", what, _COUNT, "off; N: 10", nargs="?", const=10)
    what = "of the split, the first weights and the shuffling (default: 0)"
    training("--seed", type=_SEED, default=0, metavar="N", help=what)
    what = "the model, a fitted pipeline (default: model.joblib)"
    output("--out", type=Path, default="model.joblib", metavar="FILE", help=what)
    what = "curves of loss and score (default: curves.png)"
    output("--plot", type=Path, default="curves.png", metavar="FILE", help=what)
    output("--no-plot", dest="plot", action="store_const", const=None, help="draw no curves")
    what = "also write what --json prints to a file"
    output("--report", type=Path, metavar="FILE", help=what)
    what = """save training here each minute and each epoch; the same command goes on from it if
        it was cut off"""
    output("--checkpoint", type=Path, metavar="FOLDER", help=what)
    output("--json", action="store_true", help=JSON)


def _set(
    add: Add, option: str, what: str, accepted: Any, default: str | None = None, **more: Any
) -> None:
    """Add an option for a setting, which accepts one of several names or what a function parses.

    What the user did not give is not among the parsed options, so that a recipe can decide.
    """
    flag, metavar = option.split()
    if callable(accepted):
        more["type"] = accepted
    else:
        more["choices"] = list(accepted)
        what += f": {', '.join(accepted)}"
    default = default or _DEFAULTS[flag.removeprefix("--").replace("-", "_")]
    add(flag, metavar=metavar, default=SUPPRESS, help=f"{what} (default: {default})", **more)


def _number(kind: Callable[[str], float], accepts: Callable[[float], bool], what: str) -> Any:
    """Return a parser of numbers that complains as a person would."""

    def parse(text: str) -> float:
        with suppress(ValueError):
            if accepts(value := kind(text)):
                return value
        raise ArgumentTypeError(f"{text!r} is not {what}")

    return parse


_COUNT = _number(int, lambda n: n >= 1, "a whole number from 1 on")
_SEED = _number(int, lambda n: 0 <= n < 2**32, "a whole number from 0 to 4294967295")
_POSITIVE = _number(float, lambda x: 0 < x < inf, "a number above 0")
_NOT_NEGATIVE = _number(float, lambda x: 0 <= x < inf, "a number from 0 on")
_FRACTION = _number(float, lambda x: 0 <= x < 1, "a number from 0 to below 1")
