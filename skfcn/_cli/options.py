"""How an option is read and explained, and what can be set of a training."""

import argparse
import re
import textwrap
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf
from shutil import get_terminal_size
from typing import Any, NoReturn

from skfcn._estimators import FCNClassifier
from skfcn._sklearn import did_you_mean
from skfcn.initializers import VarianceScaling


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what may have been meant."""

    def __init__(self, description: str, epilog: str, **settings: Any) -> None:
        width = min(get_terminal_size().columns - 2, 96)  # longer lines are hard to read
        form = partial(argparse.RawDescriptionHelpFormatter, max_help_position=26, width=width)
        settings |= {"formatter_class": form, "allow_abbrev": False, "add_help": False}
        settings |= {"epilog": _wrapped(epilog, width)}
        super().__init__(description=_wrapped(description, width), **settings)
        self.set_defaults(parser=self)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Namespace:  # type: ignore[override]
        options, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name, parser = unknown[0].partition("=")[0], options.parser  # the command's own one
            if not name.startswith("-"):
                parser.error(f"expected no argument {unknown[0]!r}")
            known = re.findall(r"--[a-z-]+", parser.format_help())
            parser.error(f"there is no option {name}{did_you_mean(name, known, after='.')}")
        return options

    def _check_value(self, action: Any, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            name = action.option_strings[0] if action.option_strings else action.metavar
            all_of_them = f"; it is one of {', '.join(action.choices)}"
            hint = did_you_mean(value, action.choices, after=".") or all_of_them
            self.error(f"there is no {name} {value!r}{hint}")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def _wrapped(text: str, width: int) -> str:
    """Wrap paragraphs and lists, but not commands."""
    wrap = partial(textwrap.fill, width=width, break_on_hyphens=False)
    return "\n".join(line if line.startswith("  $ ") else wrap(line) for line in text.splitlines())


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
RECIPES = {"tutorial": _TUTORIAL}


def given_settings(options: Namespace) -> dict[str, Any]:
    """Return the settings of a network that the user gave."""
    return {name: value for name, value in vars(options).items() if name in _DEFAULTS}


def settings_of(options: Namespace) -> dict[str, Any]:
    """Return the defaults, changed by the recipe, changed by the options that were given."""
    given = given_settings(options)
    settings = _DEFAULTS | RECIPES.get(options.recipe, {}) | given
    if settings["solver"] == "lbfgs" and settings["early_stopping"]:
        raise ValueError("--early-stopping: lbfgs has no epochs; it stops by itself")
    return settings


def add_option(
    group: Any, option: str, what: str, accepted: Any = str, default: Any = None, **more: Any
) -> None:
    """Add an option, which accepts one of several names or what a function parses.

    A setting that was not given is not among the parsed options, so that a recipe can decide.
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
        shown = " ".join(map(str, shown)) if isinstance(shown, list) else shown
        what += f" (default: {shown})"
    default = argparse.SUPPRESS if setting in _DEFAULTS else default
    group.add_argument(flag, default=default, help=what, **more)


def _number(kind: Callable[[str], float], accepts: Callable[[float], bool], what: str) -> Any:
    """Return a parser of numbers that complains as a person would."""

    def parse(text: str) -> float:
        with suppress(ValueError):
            if accepts(value := kind(text)):
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")

    return parse


COUNT = _number(int, lambda n: n >= 1, "a whole number from 1 on")
SEED = _number(int, lambda n: 0 <= n < 2**32, "a whole number from 0 to 4294967295")
POSITIVE = _number(float, lambda x: 0 < x < inf, "a number above 0")
NOT_NEGATIVE = _number(float, lambda x: 0 <= x < inf, "a number from 0 on")
FRACTION = _number(float, lambda x: 0 <= x < 1, "a number from 0 to below 1")
