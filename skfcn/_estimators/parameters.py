"""The estimators' parameters: what each may be, and the settings that they mean."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from numbers import Integral, Real
from types import NoneType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.metrics import get_scorer_names

from skfcn._estimators.validation import (
    check_hidden_layer_sizes,
    check_names,
    check_scoring_spec,
    per_layer,
)
from skfcn._sklearn import (
    COUNT,
    Constraints,
    DocumentedEstimator,
    Options,
    StrOptions,
    constrained_parameters,
    python_number,
    real,
    resolve,
)
from skfcn.activations import ACTIVATIONS, Activation
from skfcn.initializers import INITIALIZERS, Initializer
from skfcn.losses import LOSSES, Loss
from skfcn.normalization import NORMALIZATIONS, Normalization
from skfcn.optimizers import LBFGS, OPTIMIZERS, Optimizer
from skfcn.schedules import SCHEDULES, FunctionSchedule, Schedule
from skfcn.training import Settings

SOLVERS: dict[str, Any] = {**OPTIMIZERS, "lbfgs": LBFGS}
SCORING = [StrOptions({"loss", *get_scorer_names()}), callable, list, tuple, dict, None]

# Settings that are parameters as the user gave them.
_AS_THEY_ARE = [field.name for field in fields(Settings)[8:]]

# `loss` is missing: which names it takes is for each estimator to say.
CONSTRAINTS: Constraints = {
    "hidden_layer_sizes": ["array-like", COUNT],
    "activation": [StrOptions(set(ACTIVATIONS)), Activation, "array-like"],
    "solver": [StrOptions(set(SOLVERS)), Optimizer, LBFGS],
    "alpha": [real("[0, inf)")],
    "batch_size": [StrOptions({"auto"}), COUNT],
    "learning_rate": [StrOptions(set(SCHEDULES)), Schedule, callable],
    "learning_rate_init": [real("(0, inf)")],
    "power_t": [real("[0, inf)")],
    "max_iter": [COUNT],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [real("[0, inf)")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [real("[0, 1]")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [real("[0, 1)")],
    "beta_1": [real("[0, 1)")],
    "beta_2": [real("[0, 1)")],
    "epsilon": [real("(0, inf)")],
    "n_iter_no_change": [COUNT, Options(Real, {np.inf})],
    "max_fun": [COUNT],
    "init": [StrOptions(set(INITIALIZERS)), Initializer],
    "dtype": [StrOptions({"auto", "float32", "float64"})],
    "dropout": [real("[0, 1)"), "array-like"],
    "normalization": [StrOptions(set(NORMALIZATIONS)), Normalization, "array-like", None],
    "l1_ratio": [real("[0, 1]")],
    "max_norm": [real("(0, inf)"), None],
    "max_grad_norm": [real("(0, inf)"), None],
    "average": [real("(0, 1)"), None],
    "scoring": SCORING,
    "augmentation": [callable, None],
    "transform_layer": [Integral],
}


def keep(arguments: dict[str, Any]) -> None:
    """Store the arguments of an `__init__`, its ``locals()``, as attributes of the same names."""
    for name, value in arguments.items():
        if name != "self":
            setattr(arguments["self"], name, value)  # which may be a property of a subclass


class Parametrized(DocumentedEstimator):
    """An estimator with the parameters of both; `skfcn/_estimators/docs.py` describes them."""

    _parameter_constraints: ClassVar[Constraints] = CONSTRAINTS

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        solver: str | Optimizer | LBFGS = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str | Schedule | Callable[..., float] = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        loss: str | Loss = "squared_error",
        init: str | Initializer = "auto",
        dtype: str = "auto",
        dropout: float | Sequence[float] = 0.0,
        normalization: Any = None,
        l1_ratio: float = 0.0,
        max_norm: float | None = None,
        max_grad_norm: float | None = None,
        average: float | None = None,
        scoring: Any = None,
        augmentation: Callable[..., Any] | None = None,
        transform_layer: int = -1,
    ) -> None:
        keep(locals())


def key_of(estimator: BaseEstimator) -> tuple[Any, ...] | None:
    """Return what only an estimator with the same parameters has; None if one may change."""
    try:
        return type(estimator), *map(_fixed, constrained_parameters(estimator).values())
    except TypeError:
        return None


def _fixed(value: Any) -> tuple[Any, ...]:
    """Return a value with its type: 1 is equal to 1.0 and True, and means something else."""
    if type(value) is tuple:
        return tuple(map(_fixed, value))
    if type(value) not in _FIXED:
        raise TypeError
    return type(value), value


_FIXED = {str, int, float, bool, NoneType}


def settings_of(estimator: BaseEstimator) -> Settings:
    """Make objects of the parameters that name components, and check them."""
    values = constrained_parameters(estimator).items()
    params = SimpleNamespace(**{name: python_number(value) for name, value in values})
    hidden = check_hidden_layer_sizes(params.hidden_layer_sizes)
    check_scoring_spec(params.scoring)
    betas = {"beta_1": params.beta_1, "beta_2": params.beta_2, "epsilon": params.epsilon}
    solvers = {
        "sgd": {"momentum": params.momentum, "nesterov": params.nesterovs_momentum},
        "adam": betas,
        "adamw": betas,
        "nadam": betas,
        "rmsprop": {"epsilon": params.epsilon},
        "lbfgs": {"max_fun": params.max_fun},
    }
    activations = _activations(params.activation, len(hidden))
    loss = resolve(params.loss, LOSSES)
    if is_classifier(estimator):
        _check_makes_probabilities(loss)
    settings = Settings(
        hidden=hidden,
        activations=activations,
        normalization=_normalization(params.normalization, len(hidden)),
        dropout=_dropout(params.dropout, len(hidden)),
        initializers=_initializers(params, activations),
        loss=loss,
        schedule=schedule_of(params.learning_rate, {"invscaling": {"power": params.power_t}}),
        solver=resolve(params.solver, SOLVERS, solvers),
        **{name: getattr(params, name) for name in _AS_THEY_ARE},
    )
    if not settings.is_stochastic:
        _check_deterministic(params, settings)
    elif settings.solver.lazy and settings.max_norm is not None:
        raise ValueError(
            f"max_norm={settings.max_norm!r} bounds the weights of a unit from all features, and "
            "lazy=True moves those that a batch uses. Set max_norm=None, or lazy=False in solver."
        )
    _check_batch_size(settings)
    return settings


def _check_batch_size(settings: Settings) -> None:
    """Raise ValueError if batch normalization leaves nothing of each batch."""
    if settings.batch_size == 1 and any(kind.tracks for kind in settings.normalization.values()):
        raise ValueError(
            "batch_size=1 with batch normalization learns nothing: a batch of one row is its own "
            "mean. Set batch_size to 2 or more, or use normalization='layer'."
        )


def _activations(spec: Any, n_hidden: int) -> list[Activation]:
    each = per_layer("activation", spec, n_hidden, "hidden layer", str | Activation)
    check_names("activation", each, ACTIVATIONS)
    return [resolve(item, ACTIVATIONS) for item in each]


def _normalization(spec: Any, n_hidden: int) -> dict[int, Normalization]:
    kinds = (str, Normalization, NoneType)
    each = per_layer("normalization", spec, n_hidden, "hidden layer", kinds)
    check_names("normalization", each, NORMALIZATIONS)
    named = {layer: item for layer, item in enumerate(each) if item is not None}
    return {layer: resolve(item, NORMALIZATIONS) for layer, item in named.items()}


def _dropout(spec: Any, n_hidden: int) -> dict[int, float]:
    """Return the rate for the inputs of each layer; one number leaves the features alone."""
    rates = per_layer("dropout", spec, n_hidden + 1, "layer, input included", Real)
    if not all(0 <= rate < 1 for rate in rates):
        raise ValueError(f"dropout must lie in [0, 1) for each layer, got {spec!r}.")
    if not np.iterable(spec):
        rates[0] = 0
    return {layer: float(rate) for layer, rate in enumerate(rates) if rate}


def _initializers(params: Any, activations: list[Activation]) -> list[Initializer]:
    # Scikit-learn's rule goes by the activation, for the output layer by the last hidden one,
    # and if there is none by the one that would have been.
    named = isinstance(params.activation, str | Activation)
    last = activations[-1:] or _activations(params.activation if named else "relu", 1)
    return [
        resolve(params.init, INITIALIZERS, {"auto": {"factor": activation.init_factor}})
        for activation in [*activations, *last]
    ]


def schedule_of(spec: Any, parameters: Any = None) -> Schedule:
    """Return the schedule that `learning_rate` means; `parameters` are as of `resolve`."""
    if isinstance(spec, type):
        raise ValueError(
            f"learning_rate must be an object or a function, got the class {spec.__name__}; write "
            f"learning_rate={spec.__name__}()."
        )
    if callable(spec) and not isinstance(spec, Schedule):
        spec = FunctionSchedule(spec)
    return resolve(spec, SCHEDULES, parameters)


def _check_makes_probabilities(loss: Loss) -> None:
    """Raise ValueError if a classifier's loss predicts anything else."""
    prediction = loss.for_target("binary").inverse_link(np.array([[-9.0], [9.0]]))
    if not (prediction.min() >= 0 and prediction.max() <= 1):
        raise ValueError(
            f"loss={loss!r} predicts values outside [0, 1]; a classifier needs probabilities."
        )


def _check_deterministic(params: Any, settings: Settings) -> None:
    """Raise ValueError if a parameter makes no sense with L-BFGS, which evaluates a function."""
    tracks = any(kind.tracks for kind in settings.normalization.values())
    for name, is_set in {
        "dropout": bool(settings.dropout),
        "normalization": tracks,
        "augmentation": params.augmentation is not None,
        "max_norm": params.max_norm is not None,
        "average": params.average is not None,
    }.items():
        if is_set:
            raise ValueError(
                f"{name}={getattr(params, name)!r} needs a stochastic solver, got "
                f"solver={params.solver!r}."
            )
