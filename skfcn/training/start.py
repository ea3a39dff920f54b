"""How a fit starts: with a new network, or with a copy of the one that was fitted last."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state

from skfcn._sklearn import name_of, same_component
from skfcn.engine import Network, Normalize, quiet_floats
from skfcn.normalization import NORMALIZATIONS
from skfcn.schedules import Progress
from skfcn.training.data import Data, Targets
from skfcn.training.model import Fitted, Model
from skfcn.training.settings import Settings
from skfcn.training.state import Best, TrainState, copy_of
from skfcn.training.update import first_moments


def blank(
    settings: Settings,
    targets: Targets,
    layer_sizes: tuple[int, ...],
    dtype: DTypeLike,
    random_state: Any,
    validates: bool,
) -> Fitted:
    """Return a new network before its weights are set, at the beginning of its training.

    `layer_sizes` are its inputs and the units of each layer; it computes in `dtype`. If it
    `validates`, held-out data decide when to stop.
    """
    n_inputs, *_, n_outputs = layer_sizes
    network = Network(settings.layers(n_outputs), n_inputs, dtype)
    state = TrainState(
        solver=settings.solver,
        moments=first_moments(settings.solver, network.parameters.trainable),
        rng=check_random_state(random_state),
        validates=validates,
    )
    network.initialize(state.rng)
    return Fitted(Model(network, settings.loss.for_target(targets.type), targets), state)


def begin(
    settings: Settings,
    targets: Targets,
    layer_sizes: tuple[int, ...],
    dtype: DTypeLike,
    random_state: Any,
    validates: bool,
    data: Data,
) -> Fitted:
    """Return a new network, as `blank` does, whose weights are drawn.

    Where the loss has no weights of scikit-learn's to meet, it begins at the mean of the targets.
    """
    start = blank(settings, targets, layer_sizes, dtype, random_state, validates)
    p = start.model.network.parameters
    for coef, intercept, initializer in zip(
        p.coefs, p.intercepts, settings.initializers, strict=True
    ):
        initializer.fill(coef, intercept, start.state.rng)
    if targets.type.startswith("continuous"):  # labels have no mean
        with quiet_floats():
            mean = np.average(data.y, axis=0, weights=data.sample_weight)
            bias = start.model.loss.first_bias(mean)
        if bias is not None and np.isfinite(bias).all():
            p.intercepts[-1][...] = bias
    return start


def resume(
    last: Fitted,
    settings: Settings,
    layer_sizes: tuple[int, ...],
    random_state: Any,
    validates: bool,
    incremental: bool,
    n_rows: int,
    in_place: bool = False,
) -> Fitted:
    """Return a copy of a fitted network to be trained on; the last one stays as it is.

    If it is to be trained `in_place`, its vectors are not copied.

    An `incremental` fit goes on exactly where the last one ended, as `partial_fit` does.
    Otherwise, as with `warm_start`, the record goes on, but the optimizer, its schedule and an
    integer `random_state` start anew. So does an optimizer whose parameters have changed. The
    order of `n_rows` is drawn.

    ValueError says that `settings`, or `layer_sizes`, ask for another network.
    """
    old = last.model.network
    if old.layer_sizes != layer_sizes:
        raise ValueError(
            "warm_start and partial_fit go on with the layers of the first fit, "
            f"{old.layer_sizes}; hidden_layer_sizes and the data now ask for {layer_sizes}."
        )
    if settings.dtype not in ("auto", old.dtype.name):
        raise ValueError(
            "warm_start and partial_fit go on in the type of the first fit, "
            f"{old.dtype.name}; dtype={settings.dtype!r} now asks for another."
        )
    network = Network(settings.layers(layer_sizes[-1]), layer_sizes[0], old.dtype)
    if _normalizations(network) != _normalizations(old):
        kinds = [settings.normalization.get(index) for index in range(len(settings.hidden))]
        names = [None if kind is None else name_of(kind, NORMALIZATIONS) for kind in kinds]
        asked = names[0] if len(set(names)) == 1 else names
        raise ValueError(
            "warm_start and partial_fit go on with the normalization of the first fit; "
            f"normalization={asked!r} now asks for another."
        )
    if in_place:
        network = network.bound_to(old.parameters.vector)
    else:
        network.parameters.vector[...] = _weights_to_go_on_from(last)

    state = last.state.copy(share_moments=in_place)
    state.end_fit()  # if it comes from a checkpoint, where a fit was under way
    if not incremental:
        state.rng, state.extra_rng = check_random_state(random_state), None
    elif (n_rows > 1 or settings.dropout or settings.augmentation is not None) and (  # it is drawn
        isinstance(random_state, Integral)
        or check_random_state(random_state) is not state.rng  # else the user's, or NumPy's own
    ):
        state.rng = copy_of(state.rng)
    if not (incremental and same_component(settings.solver, last.state.solver)):
        state.moments = first_moments(settings.solver, network.parameters.trainable)
        state.progress = Progress(samples=state.progress.samples)
    state.solver, state.theta, state.finished = settings.solver, None, False
    if validates != state.validates:  # losses and scores are not compared
        state.validates, state.best, state.n_no_improvement = validates, -np.inf, 0
        state.by_loss = Best()
    loss = settings.loss.for_target(last.model.targets.type)
    return Fitted(Model(network, loss, last.model.targets), state)


def _normalizations(network: Network) -> list[type | None]:
    """Return how each layer that learns normalizes, None if it does not."""
    return [
        type(layer.kind) if isinstance(layer, Normalize) else None
        for layer, arrays in zip(network.layers, network.parameters.spec, strict=True)
        if arrays
    ]


def _weights_to_go_on_from(last: Fitted) -> Any:
    """Return the weights at which training ended, unless others were assigned since."""
    predicting, average = last.model.network.parameters.vector, last.state.average
    if last.state.theta is None or average is None:
        return predicting
    return last.state.theta if np.array_equal(predicting, average.vector) else predicting
