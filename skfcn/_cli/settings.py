"""What can be set of a training: defaults, recipes, and the options of ``skfcn train``."""

from argparse import SUPPRESS, ArgumentTypeError, Namespace
from collections.abc import Callable
from contextlib import suppress
from math import inf
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
    _add(data, "--data DATA", "what to train on", default="digits")
    _add(data, "--target COLUMN", "the table's column to predict (default: the last)")
    what = "what the target is; regression is of quantities, in tables"
    _add(data, "--task TASK", what, [CLASSIFICATION, REGRESSION], CLASSIFICATION)
    _add(network, "--hidden UNITS", "units of each hidden layer", _COUNT, "256 128", nargs="*")
    _add(network, "--activation NAME", "of the hidden layers", ACTIVATIONS)
    _add(network, "--init NAME", "the first weights", INITIALIZERS)
    _add(network, "--normalization NAME", "of the hidden layers", NORMALIZATIONS, "none")
    _add(network, "--dropout PART", "part of the hidden units that a step leaves out", _FRACTION)
    what = "start from other settings, of plain gradient descent and with pixels / 225"
    _add(training, "--recipe NAME", what, _RECIPES)
    _add(training, "--solver NAME", "what minimises the loss", SOLVERS)
    _add(training, "--lr RATE", "learning rate at first", _POSITIVE)
    _add(training, "--schedule NAME", "how the rate changes", SCHEDULES)
    _add(training, "--alpha STRENGTH", "L2 penalty", _NOT_NEGATIVE)
    _add(training, "--batch-size ROWS", "rows of a step", _COUNT)
    _add(training, "--epochs N", "passes over the data", _COUNT)
    what = """hold out a tenth of the training rows; stop when their score has not risen for N
        epochs, and keep the best weights"""
    _add(training, "--early-stopping N", what, _COUNT, "off; N: 10", nargs="?", const=10)
    what = "of the split, the first weights and the shuffling"
    _add(training, "--seed N", what, _SEED, default="0")
    _add(output, "--out FILE", "the model, a fitted pipeline", Path, "model.joblib")
    _add(output, "--plot FILE", "curves of loss and score", Path, "curves.png")
    output("--no-plot", dest="plot", action="store_const", const=None, help="draw no curves")
    _add(output, "--report FILE", "also write what --json prints to a file", Path)
    what = """save training here each minute and each epoch; the same command goes on from it if
        it was cut off"""
    _add(output, "--checkpoint FOLDER", what, Path)


def _add(
    add: Add, option: str, what: str, accepted: Any = str, default: Any = None, **more: Any
) -> None:
    """Add an option, which accepts one of several names or what a function parses.

    A setting that the user did not give is not among the parsed options, so that a recipe can
    decide; its `default` is only shown, if it is not the one above.
    """
    flag, more["metavar"] = option.split()
    if callable(accepted):
        more["type"] = accepted
    else:
        more["choices"] = list(accepted)
        what += f": {', '.join(accepted)}"
    setting = flag.removeprefix("--").replace("-", "_")
    shown = _DEFAULTS.get(setting) if default is None else default
    if shown is not None:
        what += f" (default: {shown})"
    add(flag, default=SUPPRESS if setting in _DEFAULTS else default, help=what, **more)


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
