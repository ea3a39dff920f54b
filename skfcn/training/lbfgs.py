"""Full-batch training with SciPy's L-BFGS."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize

from skfcn.engine import (
    FloatArray,
    Workspace,
    as_batch,
    axpy,
    chunk_workspace,
    chunks,
    quiet_floats,
)
from skfcn.optimizers import LBFGS
from skfcn.training.divergence import all_finite, divergence
from skfcn.training.loop import Outcome
from skfcn.training.objective import Objective
from skfcn.training.observer import Observer, tell
from skfcn.training.state import TrainState


class _Stopped(Exception):  # noqa: N818
    """An observer has ended training; SciPy is left by no other way within an iteration."""


def full_batch(
    objective: Objective,
    X: Any,
    y: NDArray[Any],
    sample_weight: FloatArray | None,
    workspace: Workspace,
) -> float:
    """Return the objective over all data, chunk by chunk, its gradient in `objective`."""
    dtype, n_samples = objective.network.dtype, X.shape[0]
    total_weight = objective.total_weight(y, sample_weight)
    value, gradient = 0.0, np.zeros_like(objective.gradient.vector)
    for rows in chunks(n_samples):
        value += objective.data_term(
            as_batch(X[rows], dtype),
            y[rows].astype(dtype, copy=False),
            None if sample_weight is None else sample_weight[rows],
            total_weight,
            workspace.rows(rows.stop - rows.start),
        )
        axpy(1.0, objective.gradient.vector, gradient)
    objective.gradient.vector[...] = gradient
    return value + objective.penalty(total_weight)


def train_lbfgs(
    objective: Objective,
    solver: LBFGS,
    X: Any,
    y: NDArray[Any],
    sample_weight: FloatArray | None,
    state: TrainState,
    *,
    max_iter: int,
    tol: float,
    observers: Sequence[Observer] = (),
) -> OptimizeResult | Outcome:
    """Minimise the objective over all data; the network's parameters end at the minimum.

    Return what SciPy says of it or, if an observer or an interruption cut it off, how it ended:
    the parameters then are those of the last iteration.
    """
    theta = objective.network.parameters.vector
    workspace = chunk_workspace(objective.network, X.shape[0])
    accepted = theta.astype(np.float64)
    state.n_iter = 0

    def value_and_gradient(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        if tell(observers, "on_evaluation"):
            raise _Stopped
        theta[...] = x
        value = full_batch(objective, X, y, sample_weight, workspace)
        return value, objective.gradient.vector.astype(np.float64)

    def after_iteration(intermediate_result: OptimizeResult) -> None:
        theta[...] = intermediate_result.x  # observers see this, not the last point tried
        accepted[...] = intermediate_result.x
        state.n_iter += 1
        record(intermediate_result.fun)
        if tell(observers, "on_epoch", state.n_iter, state):
            raise StopIteration
        if tell(observers, "on_pause", state):
            raise _Stopped

    def record(loss: float) -> None:
        state.loss_curve.append(float(loss))
        state.take_score(-float(loss), tol=0.0)

    try:
        with quiet_floats():
            result = minimize(
                value_and_gradient,
                accepted.copy(),
                method="L-BFGS-B",
                jac=True,
                callback=after_iteration,
                options={"maxfun": solver.max_fun, "maxiter": max_iter, "gtol": tol},
            )
    except (_Stopped, KeyboardInterrupt) as cut:
        theta[...] = accepted
        return Outcome.STOPPED if isinstance(cut, _Stopped) else Outcome.INTERRUPTED
    theta[...] = result.x
    if state.n_iter == 0:  # it started at the minimum
        record(result.fun)
    if not (isfinite(result.fun) and all_finite(theta)):
        where = f"after {state.n_iter} iterations of L-BFGS"
        raise divergence(where, result.fun, X, y, None)
    state.n_iter = min(result.nit, max_iter)
    return result
