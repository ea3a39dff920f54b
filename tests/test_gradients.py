"""The analytic gradient of the whole objective against central finite differences.

Every activation, every form of every loss, several depths, with and without penalty and
sample weights, over all parameters, in float64. A new entry in a registry comes in on its own.
They meet through the chain rule alone, so it is enough that every two of them meet.

"1e-6 relative" means: no component is off by more than 1e-6 of the largest component of its
own array, the weights or the biases of one layer. With a step of 1e-5 the differences
themselves err by some 1e-11, eps over the step and the step squared, and the largest component
of every array is asserted to be above 1e-4, so the arithmetic leaves room.
"""

import numpy as np
import pytest
from pairwise import pairwise
from sklearn.base import clone

from skfcn.activations import ACTIVATIONS, ELU
from skfcn.engine import Network, mlp_layers
from skfcn.losses import LOSSES, AbsoluteError, FocalLoss, HuberLoss, LogLoss, QuantileLoss
from skfcn.training import Objective

STEP = 1e-5
TOLERANCE = 1e-6

FUNCTIONS = {
    **{name: make() for name, make in ACTIVATIONS.items()},
    "elu(0.1)": ELU(alpha=0.1),
    "elu(2.5)": ELU(alpha=2.5),
}
HIDDEN = {0: (), 1: (4,), 3: (3, 3, 3)}
CLASSES = ["binary", "multiclass", "multilabel-indicator"]
TARGETS = [*CLASSES, "continuous"]
SPECIAL_TARGETS = {
    "focal": CLASSES,
    "absolute_error": ["continuous"],
    "huber": ["continuous"],
    "quantile": ["continuous"],
    "poisson": ["counts"],
    "gamma": ["positive"],
}
WITH_PARAMETERS = [
    (LogLoss(label_smoothing=0.2), CLASSES),
    (FocalLoss(gamma=0.5), ["binary", "multiclass"]),
    (HuberLoss(delta=0.5), ["continuous"]),
    (QuantileLoss(0.9), ["continuous"]),
    (QuantileLoss([0.05, 0.5, 0.9]), ["column"]),
]
FORMS = {
    f"{name} {target}": (loss, target)
    for name, loss, targets in [
        *((name, make(), SPECIAL_TARGETS.get(name, TARGETS)) for name, make in LOSSES.items()),
        *((repr(loss), loss, targets) for loss, targets in WITH_PARAMETERS),
    ]
    for target in targets
}


class Watched:
    """An activation that notes the sign of each number that it is given."""

    def __init__(self, activation):
        self.activation = clone(activation)
        self.in_place = activation.in_place
        self.signs = []

    def forward(self, z, out):
        self.signs.append(np.sign(z))
        self.activation.forward(z, out)

    def backward(self, z, out, delta):
        self.activation.backward(z, out, delta)


class WatchedLoss:
    """A loss that notes on which side of each of its kinks the residuals are."""

    def __init__(self, loss):
        self.loss = loss
        self.reported_per_output = loss.reported_per_output
        self.kinks = [0.0] if isinstance(loss, AbsoluteError | QuantileLoss) else []
        if isinstance(loss, HuberLoss):
            self.kinks = [-loss.delta, loss.delta]
        self.signs = []

    def loss_gradient(self, y, raw, losses, scratch):
        self.signs.append([np.sign(raw - y - kink) for kink in self.kinks])
        self.loss.loss_gradient(y, raw, losses, scratch)


def make_targets(target, n_samples, rng):
    if target == "binary":
        return rng.permutation(np.arange(n_samples) % 2)[:, np.newaxis].astype(float)
    if target == "multiclass":
        return np.eye(3)[rng.permutation(np.arange(n_samples) % 3)]
    if target == "multilabel-indicator":
        return rng.integers(0, 2, (n_samples, 3)).astype(float)
    if target == "counts":
        return rng.poisson(2, (n_samples, 2)).astype(float)
    if target == "positive":
        return rng.gamma(2, 1, (n_samples, 2))
    return rng.standard_normal((n_samples, 1 if target == "column" else 2))


GRID = {
    "name": FUNCTIONS,
    "depth": HIDDEN,
    "form": FORMS,
    "alpha": [0, 0.5],
    "weighted": [False, True],
}


def there_is(name, depth, **others):
    """Without a hidden layer, no activation is used."""
    return depth > 0 or name == "identity"


@pytest.mark.parametrize(tuple(GRID), pairwise(there_is, **GRID))
def test_gradient_equals_finite_differences(name, depth, form, alpha, weighted):
    functions, hidden = [FUNCTIONS[name]] * depth, HIDDEN[depth]
    loss, target = FORMS[form]
    rng = np.random.default_rng(11)  # no unit is dead and no number close to a kink, see below
    X = rng.standard_normal((8, 3))
    y = make_targets(target, len(X), rng)
    weight = rng.uniform(0.1, 2, len(X)) if weighted else None
    if weighted:
        weight[0] = 0

    watched = [Watched(function) for function in functions]
    watched_loss = WatchedLoss(loss.for_target(target))
    network = Network(mlp_layers((*hidden, loss.n_outputs(y.shape[1])), watched), 3)
    theta = network.parameters.vector
    theta[...] = rng.standard_normal(len(theta))
    objective = Objective(network, watched_loss, alpha)
    buffers = network.workspace(len(X)).rows(len(X))

    def value():
        return objective(X, y, weight, buffers)

    value()
    analytic = objective.gradient.vector.copy()
    numeric = np.empty_like(theta)
    for i, start in enumerate(theta.copy()):
        theta[i] = start + STEP
        above = value()
        theta[i] = start - STEP
        numeric[i] = (above - value()) / (2 * STEP)
        theta[i] = start

    for part in [*watched, watched_loss]:  # no step went across a kink
        signs = np.array(part.signs)
        assert signs.all()
        assert (signs == signs[0]).all()
    error = abs(analytic - numeric)
    objective.gradient.vector[...] = numeric
    scales = [objective.gradient.coefs, objective.gradient.intercepts]
    scale = np.concatenate([np.full(a.size, abs(a).max()) for part in scales for a in part])
    assert scale.min() > 1e-4
    assert (error / scale).max() < TOLERANCE
