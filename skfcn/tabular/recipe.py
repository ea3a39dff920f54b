"""How the members are built and trained: what an estimator's parameters mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn.engine import FloatArray

_GROUP = 4  # members that share a step: enough to hide what a call costs, few enough for threads


_SAMPLE = 100_000  # rows that quantiles are taken of


@dataclass(frozen=True, eq=False, repr=False)
class Recipe:
    """What an estimator's parameters mean for some data, resolved once.

    Attributes
    ----------
    n_members, hidden, activation, dropout, weight_decay
        What the members are.
    embedding_sizes, embedding_width
        How many values each category has that is embedded, and how many numbers stand for one.
    edges : list of ndarray
        The edges of the bins of each input, for the members that see bins; empty if none does.
    loss, optimizer, schedule, learning_rate
        How they learn.
    batch_size, n_steps, n_checks : int
        Rows of a batch of each member, steps, and how often the members are tested.
    """

    n_members: int
    hidden: tuple[int, ...]
    activation: Any
    dropout: float
    weight_decay: float
    embedding_sizes: tuple[int, ...]
    embedding_width: int
    edges: Any
    loss: Any
    optimizer: Any
    schedule: Any
    learning_rate: float
    batch_size: int
    n_steps: int
    n_checks: int

    @property
    def groups(self) -> list[tuple[int, bool]]:
        """How many members there are in each group, and whether they see bins.

        Every other group does, if any: members that see the numbers in two ways err in two ways.
        """
        whole, rest = divmod(self.n_members, _GROUP)
        sizes = [_GROUP] * whole + [rest] * (rest > 0)
        has_bins = any(len(e) > 0 for e in self.edges)
        return [(size, has_bins and number % 2 == 1) for number, size in enumerate(sizes)]


def edges_of(X: FloatArray, n_bins: int) -> list[NDArray[Any]]:
    """Return the edges of bins that hold as many rows each, for each column that has so many.

    Columns of one or two values, such as those of a category, have no bins.
    """
    if n_bins == 0:
        return []
    levels = np.linspace(0, 1, n_bins + 1)
    edges = [np.unique(np.quantile(column, levels)) for column in X[:_SAMPLE].T]
    return [e if len(e) > 2 else e[:0] for e in edges]
