"""What an estimator's parameters mean, resolved once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scipy.sparse import issparse

from skfcn.activations import Activation
from skfcn.engine import Layer, mlp_layers
from skfcn.initializers import Initializer
from skfcn.losses import Loss
from skfcn.normalization import Normalization
from skfcn.optimizers import LBFGS, Optimizer
from skfcn.schedules import Schedule


@dataclass(frozen=True, eq=False, repr=False)
class Settings:
    """The components that an estimator's parameters name, and its numbers as Python's.

    What is not explained here has the name of the parameter.
    """

    hidden: list[int]  # widths of the hidden layers
    activations: list[Activation]  # one for each of them
    normalization: dict[int, Normalization]  # for the layers that have one
    dropout: dict[int, float]  # for the layers whose inputs have it
    initializers: list[Initializer]  # one for each layer, the output layer included
    loss: Loss
    schedule: Schedule
    solver: Optimizer | LBFGS
    alpha: float
    l1_ratio: float
    batch_size: int | str
    learning_rate_init: float
    max_grad_norm: float | None
    max_norm: float | None
    average: float | None
    augmentation: Callable[..., Any] | None
    scoring: Any
    validation_fraction: float
    max_iter: int
    n_iter_no_change: float
    tol: float
    shuffle: bool
    dtype: str

    @property
    def is_stochastic(self) -> bool:
        """Whether the solver goes by batches."""
        return not isinstance(self.solver, LBFGS)

    def is_lazy_on(self, X: Any) -> bool:
        """Whether steps are for the rows in use: of a dense X each batch uses all columns."""
        return self.is_stochastic and self.solver.lazy and issparse(X)

    def layers(self, n_outputs: int) -> list[Layer]:
        """Return the layers of the network."""
        widths = [*self.hidden, n_outputs]
        return mlp_layers(widths, self.activations, self.normalization, self.dropout)
