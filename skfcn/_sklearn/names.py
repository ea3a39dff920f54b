"""Names that users know from elsewhere, and what they are called here."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

_ELSEWHERE = {  # lower case, letters and digits only
    "squared_error": "mse l2 ls meansquarederror mseloss leastsquares brier brierscore",
    "absolute_error": "mae l1 lad meanabsoluteerror maeloss l1loss",
    "log_loss": "crossentropy ce bce nll nllloss deviance logistic crossentropyloss "
    "categoricalcrossentropy sparsecategoricalcrossentropy binarycrossentropy",
    "huber": "smoothl1 smoothl1loss",
    "quantile": "pinball pinballloss",
    "identity": "linear none",
    "logistic": "sigmoid",
    "relu": "rectifier rectifiedlinear",
    "silu": "swish",
    "gelu_tanh": "gelunew geluapproximate quickgelu",
    "sgd": "momentum nesterov gd gradientdescent stochasticgradientdescent",
    "rmsprop": "rms",
    "lbfgs": "lbfgsb bfgs",
    "adaptive": "plateau reduceonplateau reducelronplateau",
    "cosine": "cosineannealing cosineannealinglr cosinedecay",
    "one_cycle": "1cycle onecyclelr",
    "invscaling": "inverse inversescaling inversetimedecay",
    "glorot_uniform": "xavier xavieruniform glorot",
    "glorot_normal": "xaviernormal",
    "he_uniform": "kaiming kaiminguniform he",
    "he_normal": "kaimingnormal",
    "lecun_normal": "lecun",
    "batch": "bn",
    "layer": "ln",
    "float32": "single half f4 32 fp32",
    "float64": "float double f8 64 fp64",
    "accuracy": "acc",
    "roc_auc": "auc",
    "loss": "valloss validationloss",
    "neg_mean_squared_error": "mse",
    "neg_root_mean_squared_error": "rmse",
    "neg_mean_absolute_error": "mae",
    "neg_log_loss": "logloss crossentropy",
    "balanced": "auto",
}
_SUFFIXES = ("loss", "norm", "normalization", "lr", "decay", "scheduler")


def did_you_mean(value: str, options: Iterable[str], after: str = "") -> str:
    """Return " Did you mean 'relu'?" if a value is nearly one of the options, else nothing.

    It comes after the end of a sentence, if need be.
    """
    plain, ours = _plain(value), {_plain(option): option for option in options}
    stem = next((plain.removesuffix(s) for s in _SUFFIXES if plain.endswith(s)), plain)
    found = [ours[name] for name in (plain, stem) if name in ours]
    found += [option for option in ours.values() if plain in _ELSEWHERE.get(option, "").split()]
    found += [ours[name] for name in get_close_matches(plain, ours, 1, 0.7)]
    return f"{after} Did you mean {found[0]!r}?" if found else ""


def listed(names: Sequence[Any], most: int = 10) -> str:
    """Return the first of several names as Python writes them, and how many more there are."""
    shown = ", ".join(map(repr, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower()) or name
