"""How a fit starts: with a new network, or with a copy of the one that was fitted last."""

from copy import copy, deepcopy
from dataclasses import replace

from numpy.typing import DTypeLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skfcn._sklearn import same_component
from skfcn.engine import Network
from skfcn.schedules import Progress
from skfcn.training.run import Components, Run
from skfcn.training.state import Plateau, TrainingState


def new_run(
    params: BaseEstimator,
    components: Components,
    network: Network,
    target_type: str,
    validates: bool,
) -> Run:
    """Return a run at its beginning, with a network whose weights are there already."""
    return Run(
        network=network,
        loss=components.loss.for_target(target_type),
        target_type=target_type,
        solver=components.solver,
        schedule=components.schedule,
        state=TrainingState(components.solver.init(network.parameters.trainable)),
        rng=check_random_state(params.random_state),
        validates=validates,
    )


def first_run(
    params: BaseEstimator,
    components: Components,
    target_type: str,
    layer_sizes: tuple[int, ...],
    dtype: DTypeLike,
    validates: bool,
) -> Run:
    """Return a run with a new network, whose weights are drawn."""
    network = Network(
        layer_sizes,
        components.activations,
        dtype,
        normalization=components.normalization,
        dropout=components.dropout,
    )
    run = new_run(params, components, network, target_type, validates)
    p = network.parameters
    for coef, intercept, initializer in zip(
        p.coefs, p.intercepts, components.initializers, strict=True
    ):
        initializer.fill(coef, intercept, run.rng)
    return run


def resumed_run(
    params: BaseEstimator,
    components: Components,
    last: Run,
    layer_sizes: tuple[int, ...],
    exactly: bool,
    validates: bool,
) -> Run:
    """Return a run that goes on with a copy of a fitted network.

    `partial_fit` goes on exactly where the last run ended. `warm_start` keeps the record but
    starts the optimizer, its schedule and an integer `random_state` anew. So does an optimizer
    whose parameters have changed. The last run stays as it is: if this one fails, it is what
    the estimator still has.

    Raises
    ------
    ValueError
        If the parameters now ask for another network.
    """
    network = _resumed_network(params, last, components, layer_sizes)
    run = new_run(params, components, network, last.target_type, validates)
    state = last.state.copy()
    if exactly:
        is_shared = run.rng is last.rng  # it is the user's, or NumPy's own
        run.rng = last.rng if is_shared else deepcopy(last.rng)
        run.noise = deepcopy(last.noise)
    if exactly and same_component(components.solver, last.solver):
        run.state = state
    else:
        progress = Progress(samples=state.progress.samples)
        run.state = replace(state, optimizer=run.state.optimizer, progress=progress)
    if run.validates != last.validates:  # losses and scores are not compared
        run.state.plateau = Plateau()
    return run


def _resumed_network(
    params: BaseEstimator, last: Run, components: Components, layer_sizes: tuple[int, ...]
) -> Network:
    if last.network.layer_sizes != layer_sizes:
        raise ValueError(
            "warm_start and partial_fit go on with the layers of the first fit, "
            f"{last.network.layer_sizes}; hidden_layer_sizes and the data now ask for "
            f"{layer_sizes}."
        )
    if params.dtype not in ("auto", last.network.dtype.name):
        raise ValueError(
            "warm_start and partial_fit go on in the type of the first fit, "
            f"{last.network.dtype.name}; dtype={params.dtype!r} now asks for another."
        )
    kinds = {layer: type(kind) for layer, kind in last.network.normalization.items()}
    if kinds != {layer: type(kind) for layer, kind in components.normalization.items()}:
        raise ValueError(
            "warm_start and partial_fit go on with the normalization of the first fit; "
            f"normalization={params.normalization!r} now asks for another."
        )
    network = copy(last.network)
    network.parameters = deepcopy(last.network.parameters)
    network.activations = components.activations
    network.normalization, network.dropout = components.normalization, components.dropout
    return network
