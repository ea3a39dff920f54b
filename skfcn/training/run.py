"""What a fit works with and leaves to go on from: all but the data."""

from copy import copy, deepcopy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.random import BitGenerator, Generator, RandomState
from sklearn.utils import check_random_state

from skfcn.activations import Activation
from skfcn.engine import FloatArray, Network, raw_outputs
from skfcn.initializers import Initializer
from skfcn.losses import Loss
from skfcn.normalization import Normalization
from skfcn.optimizers import LBFGS, Optimizer
from skfcn.schedules import Schedule
from skfcn.training.state import TrainingState


class Components(NamedTuple):
    """The components that an estimator's parameters mean."""

    hidden: list[int]  # widths of the hidden layers
    activations: list[Activation]  # one for each of them
    normalization: dict[int, Normalization]  # for the layers that have one
    dropout: dict[int, float]  # for the layers whose inputs have it
    initializers: list[Initializer]  # one for each layer, the output layer included
    loss: Loss
    schedule: Schedule
    solver: Any  # Optimizer or LBFGS


@dataclass
class Run:
    """A network, the components that an estimator's parameters mean, and where training stands.

    A fitted estimator is its parameters and its run.
    """

    network: Network
    loss: Loss
    target_type: str
    solver: Optimizer | LBFGS
    schedule: Schedule
    state: TrainingState
    rng: RandomState
    validates: bool  # whether a held-out part decides when to stop
    noise: Generator | None = None  # for dropout and augmentation, if there are any
    finished: bool = False  # whether its last fit came to an end of its own

    def predict(self, X: Any) -> FloatArray:
        """Return predictions, shape (n_samples, n_outputs), for validated X."""
        return self.loss.inverse_link(raw_outputs(self.network, X))

    def snapshot(self) -> "Run":
        """Return what the run would be if it ended here; training can go on from it.

        Its network has the weights that would be kept; those that training is at are in its
        state.
        """
        if self.finished:
            return self
        state = replace(self.state, average=copy(self.state.average))
        network = copy(self.network)
        network.parameters = deepcopy(network.parameters)
        state.settle(network.parameters.vector)
        state.position = replace(state.position, theta=self.network.parameters.vector)
        return replace(self, network=network, state=state)

    def go_on_from(self, saved: "Run") -> None:
        """Take over from a `snapshot` of a run with the same components."""
        self.state, self.noise, self.finished = saved.state, saved.noise, saved.finished
        position, kept = self.state.position, saved.network.parameters.vector
        self.network.parameters.vector[...] = kept if position.theta is None else position.theta
        self.state.position = replace(position, theta=None)
        if self.rng is check_random_state(None):  # NumPy's own, which others use as well
            self.rng = saved.rng
        else:
            self.rng.set_state(saved.rng.get_state(legacy=False))

    # NumPy's own pickles of random numbers are not read by its older versions; states are.
    def __getstate__(self) -> dict[str, Any]:
        rng, noise = self.rng, self.noise
        return vars(self) | {
            "rng": rng.get_state(legacy=False),
            "noise": None if noise is None else noise.bit_generator.state,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        rng, noise = state["rng"], state["noise"]
        vars(self).update(state)
        self.rng = RandomState(_bit_generator(rng))
        self.rng.set_state(rng)
        self.noise = None if noise is None else Generator(_bit_generator(noise))


def _bit_generator(state: dict[str, Any]) -> BitGenerator:
    """Make the source of random numbers that has this state."""
    bit_generator: BitGenerator = getattr(np.random, state["bit_generator"])()
    bit_generator.state = state
    return bit_generator
