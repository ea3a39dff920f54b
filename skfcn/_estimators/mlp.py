"""The inside of scikit-learn's multilayer perceptrons, read and written; nothing else knows it.

Their optimizers keep each moment as a list of arrays, the weights' of all layers and then the
biases'. Joined, it is our one vector.
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
from skfcn.engine import FloatArray, Parameters
from skfcn.losses import LogLoss, Loss, PoissonLoss, SquaredError
from skfcn.optimizers import LBFGS, SGD, Adam
from skfcn.schedules import Adaptive, Constant, InverseScaling, Progress
from skfcn.training import Plateau, Run, Targets, TrainingState

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
_OURS = (
    "dropout",
    "l1_ratio",
    "max_norm",
    "max_grad_norm",
    "average",
    "augmentation",
    "class_weight",
)
_LOSSES: dict[type[Loss], str] = {SquaredError: "squared_error", PoissonLoss: "poisson"}

# Attributes that have the same name and meaning on both sides.
_SAME = (
    "classes_",
    "feature_names_in_",
    "loss_",
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "best_validation_score_",
    "n_iter_",
    "t_",
)


# ---- from scikit-learn


def read_targets(mlp: Any) -> Targets:
    """Return the kind of targets that a fitted perceptron has learnt, without any values."""
    values = np.empty((0, mlp.n_outputs_))
    if is_classifier(mlp):
        return Targets(values, mlp._label_binarizer.y_type_, {"classes_": mlp.classes_.copy()})
    kind = "continuous" if mlp.n_outputs_ == 1 else "continuous-multioutput"
    return Targets(values, kind, {})


def read_training(mlp: Any, run: Run) -> None:
    """Let `run`, which has the weights, stand where the training of a perceptron stands."""
    loss, curve = mlp.loss_, list(getattr(mlp, "loss_curve_", ()))
    if loss is not None and curve[-1:] != [loss]:  # lbfgs keeps no curve
        curve.append(loss)
    scores = getattr(mlp, "validation_scores_", None)
    run.validates = scores is not None
    best = mlp.best_validation_score_ if run.validates else -getattr(mlp, "best_loss_", loss)
    run.state = TrainingState(
        optimizer=run.state.optimizer,
        progress=Progress(samples=mlp.t_),
        plateau=Plateau(best, getattr(mlp, "_no_improvement_count", 0)),
        loss_curve=curve,
        validation_scores=list(scores or ()),
        n_iter=mlp.n_iter_,
    )
    if isinstance(mlp.random_state, Integral) and hasattr(mlp, "_random_state"):
        run.rng = deepcopy(mlp._random_state)
    if not isinstance(run.solver, LBFGS) and hasattr(mlp, "_optimizer"):
        _read_optimizer(mlp._optimizer, run)


def _read_optimizer(optimizer: Any, run: Run) -> None:
    moments, progress = run.state.optimizer, run.state.progress
    for ours, theirs in _MOMENTS.items():
        if ours in moments and hasattr(optimizer, theirs):
            moments[ours][...] = np.concatenate([a.ravel() for a in getattr(optimizer, theirs)])
    if "t" in moments:  # only adam counts its steps
        moments["t"] = progress.step = getattr(optimizer, "t", 0)
    # Too many where warm_start has restarted the optimizer; our schedules ask only if any.
    progress.epoch = len(run.state.loss_curve)
    if isinstance(run.schedule, Adaptive) and isinstance(run.solver, SGD):
        decrease = optimizer.learning_rate_init / optimizer.learning_rate
        progress.plateaus = round(np.log(decrease) / np.log(run.schedule.divisor))


# ---- to scikit-learn


def write_mlp(estimator: BaseEstimator, run: Run, components: Any) -> Any:
    """Return a fitted perceptron of scikit-learn's with the network of a fitted estimator.

    Parameters
    ----------
    estimator : FCNClassifier or FCNRegressor
        Has the parameters and fitted attributes.
    run : Run
        Its last fit.
    components : Components
        What its parameters mean now, for the next fit.
    """
    kind = MLPClassifier if is_classifier(estimator) else MLPRegressor
    expressed = _expressed(estimator, run, components)
    params = deepcopy({name: getattr(estimator, name) for name in kind().get_params()} | expressed)
    mlp = _set_up(kind(**params), estimator, run).set_params(**params)

    layers = run.network.parameters
    mlp.coefs_, mlp.intercepts_ = _copies(layers.coefs), _copies(layers.intercepts)
    # What early stopping with a warm start falls back on.
    mlp._best_coefs, mlp._best_intercepts = _copies(layers.coefs), _copies(layers.intercepts)
    for name in _SAME:
        if hasattr(estimator, name):
            setattr(mlp, name, deepcopy(getattr(estimator, name)))
    mlp._no_improvement_count = run.state.plateau.n_no_improvement
    mlp._random_state = deepcopy(run.rng)
    if isinstance(run.solver, LBFGS) or not same_component(components.solver, run.solver):
        del mlp._optimizer  # partial_fit makes another
    else:
        _write_optimizer(mlp._optimizer, run, estimator.learning_rate_init)
    return mlp


def _expressed(estimator: Any, run: Run, components: Any) -> dict[str, Any]:
    """Return the components as scikit-learn's parameters, or name all that it does not have."""
    # Those of the network count, not what set_params has asked for since.
    hidden: Sequence[Any] = run.network.activations
    # Where no unit has it, any activation will do.
    first = hidden[0] if hidden else Identity()
    used = {
        "activation": first,
        "solver": components.solver,
        "learning_rate": components.schedule,
    }
    expressed: dict[str, Any] = {}
    missing = []
    for name, component in used.items():
        params = _express(component)
        if params is None:
            missing.append(f"{name}={component!r}")
        else:
            expressed |= params
    if any(not same_component(first, other) for other in hidden):
        missing = [f"activation={list(hidden)!r}", *missing]
    if not hidden and estimator.activation in ("identity", "logistic", "tanh", "relu"):
        del expressed["activation"]
    if run.network.normalization:
        missing.append(f"normalization={list(run.network.normalization.values())!r}")
    for name in _OURS:
        if getattr(estimator, name, None):
            missing.append(f"{name}={getattr(estimator, name)!r}")
    if is_classifier(estimator):
        if not same_component(run.loss, LogLoss().for_target(run.target_type)):
            missing.append(f"loss={estimator.loss!r} of a classifier")
    elif type(run.loss) in _LOSSES:
        expressed["loss"] = _LOSSES[type(run.loss)]
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
    return _NAMES[type(component)] | own


def _set_up(mlp: Any, estimator: Any, run: Run) -> Any:
    """Let scikit-learn itself make all that its version needs, with one step on a row of zeros.

    No value of it stays; the types and the shapes are right.
    """
    n_in, *hidden, n_out = run.network.layer_sizes
    mlp.set_params(hidden_layer_sizes=hidden, batch_size="auto", random_state=0, verbose=False)
    mlp.set_params(early_stopping=False, warm_start=False)
    if mlp.solver == "lbfgs":  # which has no partial_fit
        mlp.set_params(solver="sgd")
    X = np.zeros((1, n_in), run.network.dtype)
    if not is_classifier(mlp):
        return mlp.partial_fit(X, np.zeros(n_out if n_out == 1 else (1, n_out)))
    classes = estimator.classes_
    multilabel = run.target_type.startswith("multilabel")
    y = np.zeros((1, n_out), int) if multilabel else classes[:1]
    return mlp.partial_fit(X, y, classes=classes)


def _write_optimizer(optimizer: Any, run: Run, learning_rate: float) -> None:
    layers = run.network.parameters
    for ours, theirs in _MOMENTS.items():
        if hasattr(optimizer, theirs):
            moments = Parameters(layers.layer_sizes, run.network.dtype)
            moments.vector[...] = run.state.optimizer.get(ours, 0)  # no velocity, no momentum
            setattr(optimizer, theirs, _copies([*moments.coefs, *moments.intercepts]))
    if "t" in run.state.optimizer:
        optimizer.t = run.state.optimizer["t"]
    optimizer.learning_rate = learning_rate * run.schedule(run.state.progress)


def _copies(arrays: Sequence[FloatArray]) -> list[NDArray[Any]]:
    return [array.copy() for array in arrays]
