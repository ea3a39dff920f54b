"""Whoever watches training, a printed line or a checkpoint, is an `Observer`."""

from collections.abc import Callable, Sequence
from typing import Any

from skfcn.engine import FloatArray
from skfcn.training.state import TrainState


class Observer:
    """Is told how training goes. These methods do nothing; override those of interest.

    Training ends after any hook that returns True.
    """

    def on_epoch_begin(self) -> None:
        """Come before an epoch, or before what is left of one."""

    def on_step(self, loss: float, X: FloatArray, y: FloatArray) -> bool:
        """Take the batch of one step and its loss, which was computed before the step."""
        return False

    def on_epoch(self, epoch: int, state: TrainState) -> bool:
        """Take the state after an epoch, counted from 1."""
        return False

    def on_plateau(self, learning_rate: float | None) -> bool:
        """Take the learning rate that training goes on with, None if it ends."""
        return False

    def on_evaluation(self) -> bool:
        """Come before L-BFGS evaluates the loss, which it does several times an iteration."""
        return False

    def on_pause(self, state: TrainState) -> bool:
        """Take a state from which training can go on later as if it had not been cut.

        Comes after each step, within an epoch, and after each epoch.
        """
        return False

    def on_end(self, state: TrainState) -> None:
        """Take the state at the end, if it is one as `on_pause` takes."""


def hooks(observers: Sequence[Observer], name: str) -> list[Callable[..., bool]]:
    """Return those of a hook that do something, for where it is called at each step."""
    found, idle = [getattr(observer, name) for observer in observers], getattr(Observer, name)
    return [hook for hook in found if getattr(hook, "__func__", hook) is not idle]


def tell(observers: Sequence[Observer], hook: str, *arguments: Any) -> bool:
    """Call a hook of every observer; return whether one of them ends training."""
    answers = [getattr(observer, hook)(*arguments) for observer in observers]
    return any(answers)
