"""How the command reads its options and explains itself, and what can be set of a training."""

import argparse
import re
import textwrap
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NoReturn

from skfcn._cli.data import CLASSIFICATION, REGRESSION
from skfcn._cli.output import suggestion
from skfcn._estimators import SOLVERS, FCNClassifier
from skfcn.activations import ACTIVATIONS
from skfcn.initializers import INITIALIZERS, VarianceScaling
from skfcn.normalization import NORMALIZATIONS
from skfcn.schedules import SCHEDULES

DATA = """DATA is one of
  digits          1,797 handwritten digits of 8 x 8 pixels, from scikit-learn
  mnist_all.mat   MNIST as a MATLAB file, train0 ... train9 and test0 ... test9
  FOLDER          MNIST as IDX files, train-images-idx3-ubyte and more, or .gz
  FILE.csv        a table with a header; also FILE.csv.gz
  -               the same, from stdin
"""
TRUST = "A model is a joblib file, which can run code when it is loaded: use your own."

Add = Callable[..., Any]  # adds an option, as argparse.ArgumentParser.add_argument does


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what may have been meant."""

    def __init__(self, description: str, epilog: str, **settings: Any) -> None:
        width = min(get_terminal_size().columns - 2, 96)  # longer lines are hard to read
        form = partial(argparse.RawDescriptionHelpFormatter, max_help_position=26, width=width)
        settings |= {"formatter_class": form, "allow_abbrev": False, "add_help": False}
        settings |= {
            "description": _wrapped(description, width),
            "epilog": _wrapped(epilog, width),
        }
        super().__init__(**settings)
        self.set_defaults(parser=self)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Namespace:  # type: ignore[override]
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name, parser = unknown[0].partition("=")[0], options.parser  # the command's own one
            if not name.startswith("-"):
                parser.error(f"expected no argument {unknown[0]!r}")
            known = re.findall(r"--[a-z-]+", parser.format_help())
            parser.error(f"there is no option {name}{suggestion(name, known)}")
        return options

    def _check_value(self, action: Any, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            name = action.option_strings[0] if action.option_strings else action.metavar
            all_of_them = f"; it is one of {', '.join(action.choices)}"
            hint = suggestion(value, action.choices) or all_of_them
            self.error(f"there is no {name} {value!r}{hint}")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def _wrapped(text: str, width: int) -> str:
    """Wrap paragraphs and lists, but not commands."""
    wrap = partial(textwrap.fill, width=width, break_on_hyphens=False)
    lines = text.splitlines()
    return "\n".join(line if line.startswith("  $ ") else wrap(line) for line in lines)


def add_command(
    commands: Any, run: Callable[[Namespace], None], usage: str, text: str, groups: str, json: bool
) -> list[Add]:
    """Add a command with the options that all have; return what adds others to each group.

    Of the help, `text`, the first paragraph stands above the options.
    """
    above, _, below = text.partition("\n\n")
    settings = {"usage": f"skfcn {usage} [options]", "description": above, "epilog": below}
    parser = commands.add_parser(usage.split()[0], **settings)
    parser.set_defaults(run=run)
    adders = [parser.add_argument_group(name).add_argument for name in groups.split()]
    if "MODEL" in usage:
        adders[0]("model", type=Path, metavar="MODEL", help="a file that train saved")
    add = parser.add_argument_group("options").add_argument
    if json:
        add("--json", action="store_true", help="print the results as one JSON document")
    add("-q", "--quiet", action="store_true", help="nothing on stderr but errors")
    add("-h", "--help", action="help", help="show this help, and end")
    return adders


# The settings that are parameters of the estimators, and what these call them.
PARAMETERS = {"hidden": "hidden_layer_sizes", "epochs": "max_iter"}
PARAMETERS |= {"lr": "learning_rate_init", "schedule": "learning_rate"}
_SAME = ["activation", "init", "normalization", "dropout", "solver", "momentum", "alpha"]
PARAMETERS |= {name: name for name in [*_SAME, "batch_size"]}
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
    _add(data, "--task TASK", "what to learn", [CLASSIFICATION, REGRESSION], CLASSIFICATION)
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
    what = "hold out a tenth of the rows; stop N epochs after its best score, with those weights"
    _add(training, "--early-stopping N", what, _COUNT, "off; N: 10", nargs="?", const=10)
    _add(training, "--seed N", "of the split, the first weights and the shuffling", _SEED, "0")
    _add(output, "--out FILE", "the model, a fitted pipeline", Path, "model.joblib")
    _add(output, "--plot FILE", "curves of loss and score", Path, "curves.png")
    output("--no-plot", dest="plot", action="store_const", const=None, help="draw no curves")
    _add(output, "--report FILE", "also write what --json prints to a file", Path)
    what = "save training here each minute and epoch; when cut off, the same command goes on"
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
    add(flag, default=argparse.SUPPRESS if setting in _DEFAULTS else default, help=what, **more)


def _number(kind: Callable[[str], float], accepts: Callable[[float], bool], what: str) -> Any:
    """Return a parser of numbers that complains as a person would."""

    def parse(text: str) -> float:
        with suppress(ValueError):
            if accepts(value := kind(text)):
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")

    return parse


_COUNT = _number(int, lambda n: n >= 1, "a whole number from 1 on")
_SEED = _number(int, lambda n: 0 <= n < 2**32, "a whole number from 0 to 4294967295")
_POSITIVE = _number(float, lambda x: 0 < x < inf, "a number above 0")
_NOT_NEGATIVE = _number(float, lambda x: 0 <= x < inf, "a number from 0 on")
_FRACTION = _number(float, lambda x: 0 <= x < 1, "a number from 0 to below 1")
