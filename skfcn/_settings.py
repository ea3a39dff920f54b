"""The estimators' parameters: what each may be, and the components that they mean."""

from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from skfcn._components import resolve
from skfcn._sklearn_private import Interval, Options, StrOptions
from skfcn.activations import ACTIVATIONS, Activation
from skfcn.initializers import INITIALIZERS, Initializer
from skfcn.lbfgs import LBFGS
from skfcn.losses import LOSSES, Loss
from skfcn.optimizers import OPTIMIZERS, Optimizer
from skfcn.schedules import SCHEDULES, Schedule

SOLVERS: dict[str, Any] = {**OPTIMIZERS, "lbfgs": LBFGS}

# `loss` is missing: which names it takes is for each estimator to say.
CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions(set(ACTIVATIONS)), Activation],
    "solver": [StrOptions(set(SOLVERS)), Optimizer, LBFGS],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions(set(SCHEDULES)), Schedule],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [
        Interval(Integral, 1, None, closed="left"),
        Options(Real, {np.inf}),
    ],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "init": [StrOptions(set(INITIALIZERS)), Initializer],
    "dtype": [StrOptions({"auto", "float32", "float64"})],
}


class Components(NamedTuple):
    """The components that an estimator's parameters mean."""

    activation: Activation
    initializer: Initializer
    loss: Loss
    schedule: Schedule
    solver: Any  # Optimizer or LBFGS


def components_of(params: BaseEstimator) -> Components:
    """Make objects of the parameters that name components, and check them."""
    solvers = {
        "sgd": {"momentum": params.momentum, "nesterov": params.nesterovs_momentum},
        "adam": {"beta_1": params.beta_1, "beta_2": params.beta_2, "epsilon": params.epsilon},
        "lbfgs": {"max_fun": params.max_fun},
    }
    schedules = {"invscaling": {"power": params.power_t}}
    activation = resolve(params.activation, ACTIVATIONS)
    initializers = {"auto": {"factor": activation.init_factor}}
    return Components(
        activation=activation,
        initializer=resolve(params.init, INITIALIZERS, initializers),
        loss=resolve(params.loss, LOSSES),
        schedule=resolve(params.learning_rate, SCHEDULES, schedules),
        solver=resolve(params.solver, SOLVERS, solvers),
    )
