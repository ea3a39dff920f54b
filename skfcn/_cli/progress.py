"""A line for each epoch while the network trains."""

from collections.abc import Callable
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np

from skfcn.callbacks import StepLog


class EpochLines(StepLog):
    """A `StepLog` that also prints the mean loss and accuracy of each epoch's batches.

    Parameters
    ----------
    n_rows, batch_size, n_epochs : int
        What is trained on, and for how long.
    every : int
        Record each step whose number is a multiple of this.
    """

    def __init__(self, n_rows: int, batch_size: int, n_epochs: int, every: int) -> None:
        super().__init__(every)
        self.n_rows = n_rows
        self.batch_size = batch_size
        self.n_epochs = n_epochs

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin a new record and start the clock."""
        super().setup(estimator, context)
        self._steps_per_epoch = ceil(self.n_rows / self.batch_size)
        self._start = perf_counter()
        self._losses: list[float] = []

    def on_step_end(
        self, estimator: Any, *, step: int, loss: float, score: Callable[[], float]
    ) -> None:
        """Record the step; at the end of an epoch, print its line."""
        super().on_step_end(estimator, step=step, loss=loss, score=score)
        self._losses.append(loss)
        epoch, rest = divmod(step, self._steps_per_epoch)
        if rest:
            return
        first = step - self._steps_per_epoch
        scores = [s for at, s in zip(self.step_, self.score_, strict=True) if at > first]
        accuracy = f"batch accuracy {np.mean(scores):.4f}  " if scores else ""
        width = len(str(self.n_epochs))
        print(
            f"epoch {epoch:{width}}/{self.n_epochs}  loss {np.mean(self._losses):.4f}  "
            f"{accuracy}{perf_counter() - self._start:6.1f} s",
            flush=True,
        )
        self._losses.clear()
