"""The inside of scikit-learn's multilayer perceptrons, read and written; nothing else knows it.

Their optimizers keep each moment as a list of arrays, all weights' and all biases': our vector.
"""

from collections.abc import Sequence
from copy import deepcopy
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skfcn._sklearn import Component, same_component
from skfcn.activations import Identity, Logistic, ReLU, Tanh
from skfcn.engine import Activate, FloatArray, Normalize
from skfcn.losses import LogLoss, Loss, PoissonLoss, SquaredError
from skfcn.optimizers import LBFGS, SGD, Adam
from skfcn.schedules import Adaptive, Constant, InverseScaling, Progress, Schedule
from skfcn.training import ClassTargets, Fitted, Model, NumberTargets, Record, Settings, TrainState

# Our name of an optimizer's vector, and scikit-learn's.
_MOMENTS = {"velocity": "velocities", "mean": "ms", "mean_square": "vs"}

# What scikit-learn has a name for; parameters have the same name in both, but for two.
_NAMES: dict[type[Component], dict[str, Any]] = {
    Identity: {"activation": "identity"},
    Logistic: {"activation": "logistic"},
    Tanh: {"activation": "tanh"},
    ReLU: {"activation": "relu"},
    SGD: {"solver": "sgd"},
    Adam: {"solver": "adam"},
    LBFGS: {"solver": "lbfgs"},
    Constant: {"learning_rate": "constant"},
    InverseScaling: {"learning_rate": "invscaling"},
}
_RENAMED = {"nesterov": "nesterovs_momentum", "power": "power_t"}
# What training has here and not there, if it is set.
_OURS = ["dropout", "l1_ratio", "max_norm", "max_grad_norm", "average", "augmentation"]
_OURS += ["class_weight"]
_LOSSES: dict[type[Loss], str] = {SquaredError: "squared_error", PoissonLoss: "poisson"}

# Attributes that have the same name and meaning on both sides.
_SAME = ["classes_", "feature_names_in_", "loss_", "loss_curve_", "best_loss_", "n_iter_", "t_"]
_SAME += ["validation_scores_", "best_validation_score_"]


# ---- from scikit-learn


def read_targets(mlp: Any) -> ClassTargets | NumberTargets:
    """Return what the outputs of a fitted perceptron stand for."""
    if is_classifier(mlp):
        return ClassTargets(mlp.classes_.copy(), mlp._label_binarizer.y_type_)
    return NumberTargets(mlp.n_outputs_)


def read_training(mlp: Any, state: TrainState, schedule: Schedule) -> None:
    """Let `state`, which is new, stand where the training of a perceptron stands."""
    loss, curve = mlp.loss_, list(getattr(mlp, "loss_curve_", ()))
    if loss is not None and curve[-1:] != [loss]:  # lbfgs keeps no curve
        curve.append(loss)
    scores = getattr(mlp, "validation_scores_", None)
    state.validates = scores is not None
    best = mlp.best_validation_score_ if state.validates else -getattr(mlp, "best_loss_", loss)
    state.best = best
    state.n_no_improvement = getattr(mlp, "_no_improvement_count", 0)
    state.progress = Progress(samples=mlp.t_)
    state.loss_curve, state.validation_scores = Record(curve), Record(scores or ())
    state.n_iter = mlp.n_iter_
    if isinstance(mlp.random_state, Integral) and hasattr(mlp, "_random_state"):
        state.rng = deepcopy(mlp._random_state)
    if not isinstance(state.solver, LBFGS) and hasattr(mlp, "_optimizer"):
        _read_optimizer(mlp._optimizer, state, schedule)


def _read_optimizer(optimizer: Any, state: TrainState, schedule: Schedule) -> None:
    moments, progress = state.moments, state.progress
    for ours, theirs in _MOMENTS.items():
        if ours in moments and hasattr(optimizer, theirs):
            moments[ours][...] = np.concatenate([a.ravel() for a in getattr(optimizer, theirs)])
    progress.step = getattr(optimizer, "t", 0)  # only adam counts its steps
    # Too many where warm_start has restarted the optimizer; our schedules ask only if any.
    progress.epoch = len(state.loss_curve)
    if isinstance(schedule, Adaptive) and isinstance(state.solver, SGD):
        decrease = optimizer.learning_rate_init / optimizer.learning_rate
        progress.plateaus = round(np.log(decrease) / np.log(schedule.divisor))


# ---- to scikit-learn


def write_mlp(estimator: BaseEstimator, fitted: Fitted, settings: Settings) -> Any:
    """Return a fitted perceptron of scikit-learn's with the network of a fitted estimator.

    `settings` are what the estimator's parameters mean now, for the next fit.
    """
    kind = MLPClassifier if is_classifier(estimator) else MLPRegressor
    model, state = fitted.model, fitted.state
    expressed = _expressed(estimator, model, settings)
    params = deepcopy({name: getattr(estimator, name) for name in kind().get_params()} | expressed)
    mlp = _set_up(kind(**params), model).set_params(**params)

    layers = model.network.parameters
    mlp.coefs_, mlp.intercepts_ = _copies(layers.coefs), _copies(layers.intercepts)
    # What early stopping with a warm start falls back on.
    mlp._best_coefs, mlp._best_intercepts = _copies(layers.coefs), _copies(layers.intercepts)
    for name in _SAME:
        if hasattr(estimator, name):
            setattr(mlp, name, deepcopy(getattr(estimator, name)))
    mlp._no_improvement_count = state.n_no_improvement
    mlp._random_state = deepcopy(state.rng)
    if not settings.is_stochastic or not same_component(settings.solver, state.solver):
        del mlp._optimizer  # partial_fit makes another
    else:
        _write_optimizer(mlp._optimizer, fitted, settings)
    return mlp


def _expressed(estimator: Any, model: Model, settings: Settings) -> dict[str, Any]:
    """Return the components as scikit-learn's parameters, or name all that it does not have."""
    # Those of the network count, not what set_params has asked for since.
    hidden: list[Any] = [layer.f for layer in model.network.layers if isinstance(layer, Activate)]
    kinds = [layer.kind for layer in model.network.layers if isinstance(layer, Normalize)]
    # Where no unit has it, any activation will do.
    first: Any = hidden[0] if hidden else Identity()
    used = {"activation": first, "solver": settings.solver, "learning_rate": settings.schedule}
    found = {name: _express(component) for name, component in used.items()}
    missing = [f"{name}={used[name]!r}" for name, params in found.items() if params is None]
    expressed = dict(item for params in found.values() for item in (params or {}).items())
    if any(not same_component(first, other) for other in hidden):
        missing = [f"activation={list(hidden)!r}", *missing]
    if not hidden and estimator.activation in ("identity", "logistic", "tanh", "relu"):
        del expressed["activation"]
    if kinds:
        missing.append(f"normalization={kinds!r}")
    ours = {name: getattr(estimator, name, None) for name in _OURS}
    missing += [f"{name}={value!r}" for name, value in ours.items() if value]
    if is_classifier(estimator):
        if not same_component(model.loss, LogLoss().for_target(model.targets.type)):
            missing.append(f"loss={estimator.loss!r} of a classifier")
    elif type(model.loss) in _LOSSES:
        expressed["loss"] = _LOSSES[type(model.loss)]
    else:
        missing.append(f"loss={estimator.loss!r}")
    if missing:
        raise ValueError(f"scikit-learn cannot express {', '.join(missing)}.")
    return expressed


def _express(component: Component) -> dict[str, Any] | None:
    """Return scikit-learn's parameters for a component, None if it has no such thing."""
    if isinstance(component, Adaptive):  # its parameters are fixed there
        return {"learning_rate": "adaptive"} if same_component(component, Adaptive()) else None
    if type(component) not in _NAMES:
        return None
    own = {_RENAMED.get(name, name): value for name, value in component.get_params().items()}
    if own.pop("lazy", False):
        return None
    return _NAMES[type(component)] | own


def _set_up(mlp: Any, model: Model) -> Any:
    """Let scikit-learn itself make all that its version needs, with one step on a row of zeros.

    No value of it stays; the types and the shapes are right.
    """
    n_in, *hidden, n_out = model.network.layer_sizes
    mlp.set_params(hidden_layer_sizes=hidden, batch_size="auto", random_state=0, verbose=False)
    mlp.set_params(early_stopping=False, warm_start=False)
    if mlp.solver == "lbfgs":  # which has no partial_fit
        mlp.set_params(solver="sgd")
    X = np.zeros((1, n_in), model.network.dtype)
    targets: Any = model.targets
    if not is_classifier(mlp):
        return mlp.partial_fit(X, np.zeros(n_out if n_out == 1 else (1, n_out)))
    y = np.zeros((1, n_out), int) if targets.is_multilabel else targets.classes[:1]
    return mlp.partial_fit(X, y, classes=targets.classes)


def _write_optimizer(optimizer: Any, fitted: Fitted, settings: Settings) -> None:
    parameters, state = fitted.model.network.parameters, fitted.state
    for ours, theirs in _MOMENTS.items():
        if hasattr(optimizer, theirs):
            moments = parameters.like()
            moments.vector[...] = state.moments.get(ours, 0)  # no velocity, no momentum
            setattr(optimizer, theirs, _copies([*moments.coefs, *moments.intercepts]))
    if hasattr(optimizer, "t"):
        optimizer.t = state.progress.step
    optimizer.learning_rate = settings.learning_rate_init * settings.schedule(state.progress)


def _copies(arrays: Sequence[FloatArray]) -> list[NDArray[Any]]:
    return [array.copy() for array in arrays]
