"""What a fit works on and with, and what it leaves for a later fit to go on from."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from numpy.random import RandomState
from numpy.typing import NDArray

from skfcn.batches import raw_outputs
from skfcn.engine import Network
from skfcn.engine.blas import FloatArray
from skfcn.lbfgs import LBFGS
from skfcn.losses import Loss
from skfcn.optimizers import Optimizer
from skfcn.schedules import Schedule
from skfcn.training import TrainingState


class Targets(NamedTuple):
    """Targets as the network sees them.

    Attributes
    ----------
    values : ndarray of shape (n_samples, n_outputs)
        Encoded targets.
    kind : str
        As `sklearn.utils.multiclass.type_of_target` names it.
    attributes : dict
        Fitted attributes that decode them.
    """

    values: NDArray[Any]
    kind: str
    attributes: dict[str, Any]


class Data(NamedTuple):
    """Validated training data: X as it came, y encoded."""

    X: NDArray[Any]
    y: NDArray[Any]
    sample_weight: FloatArray | None


@dataclass
class Run:
    """A fit, resolved from the estimator's parameters; it holds no data."""

    network: Network
    loss: Loss
    target_type: str
    solver: Optimizer | LBFGS
    schedule: Schedule
    state: TrainingState
    rng: RandomState
    n_iter: int = 0

    def predict(self, X: NDArray[Any]) -> FloatArray:
        """Return predictions, shape (n_samples, n_outputs), for validated X."""
        return self.loss.inverse_link(raw_outputs(self.network, X))
