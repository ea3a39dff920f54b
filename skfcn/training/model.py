"""What predicts: a network, its loss, and what its outputs stand for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn.engine import FloatArray, Network, raw_outputs
from skfcn.losses import Loss
from skfcn.training.state import TrainState


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A network, the loss that it is trained for, and what its outputs stand for."""

    network: Network
    loss: Loss
    targets: Any  # Targets; an estimator knows more of them

    @property
    def theta(self) -> FloatArray:
        """All that the network has learned, in one vector."""
        return self.network.parameters.vector

    def predict(self, X: Any, rows: NDArray[np.intp] | None = None) -> FloatArray:
        """Return predictions, shape (n_samples, n_outputs), for validated X."""
        return self.loss.inverse_link(raw_outputs(self.network, X, rows))

    def bound_to(self, vector: FloatArray) -> "Model":
        """Return a model of the same kind that predicts with other weights."""
        return Model(self.network.bound_to(vector), self.loss, self.targets)


@dataclass(frozen=True, eq=False, repr=False)
class Fitted:
    """What a fit leaves: what predicts, and where training stands."""

    model: Model
    state: TrainState
