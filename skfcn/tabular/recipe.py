"""How the members are built and trained: what an estimator's parameters mean."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from skfcn.engine import FloatArray

# Threads hand the interpreter's lock to and fro at each call of NumPy: a group has to have so many
# multiplications in a step to be worth one of its own.
_WORTH_A_THREAD = 6_000_000
_SMALL_GROUP, _LARGE_GROUP = 4, 8

_SAMPLE = 100_000  # rows that quantiles are taken of
_MOST_BINS = 1024  # of all columns: the first layer has a weight for each and each unit
_TESTED = 5_000  # rows that columns are tested on
_MANY = 50  # columns, of which noise drowns the others
_FEW = 0.1  # of the columns
_SIGNIFICANT, _TINY = 0.02, 1e-300


@dataclass(frozen=True, eq=False, repr=False)
class Recipe:
    """What an estimator's parameters mean for some data, resolved once.

    Attributes
    ----------
    n_members, n_inputs, hidden, activation, dropout, weight_decay
        What the members are.
    embedding_sizes, embedding_width
        How many values each category has that is embedded, and how many numbers stand for one.
    edges : list of ndarray
        The edges of the bins of each input, for the groups that see bins; empty if none does.
    chosen : ndarray of int or None
        The inputs that every other group is restricted to; None for all.
    loss, optimizer, schedule, learning_rate
        How they learn.
    batch_size, n_steps, n_checks : int
        Rows of a batch of each member, steps, and how often the members are tested.
    """

    n_members: int
    n_inputs: int
    hidden: tuple[int, ...]
    activation: Any
    dropout: float
    weight_decay: float
    embedding_sizes: tuple[int, ...]
    embedding_width: int
    edges: Any
    chosen: Any
    loss: Any
    optimizer: Any
    schedule: Any
    learning_rate: float
    batch_size: int
    n_steps: int
    n_checks: int

    @property
    def pays_threads(self) -> bool:
        """Whether the step of a small group is worth a thread."""
        widths = [self.n_inputs, *self.hidden]
        per_row = sum(n_in * n_out for n_in, n_out in pairwise(widths))
        return _SMALL_GROUP * self.batch_size * per_row >= _WORTH_A_THREAD

    @property
    def groups(self) -> list[tuple[int, bool]]:
        """How many members there are in each group, and whether they see the other inputs.

        Every other group sees bins, or chosen columns only, if there are such: members that see
        a table in two ways err in two ways.
        """
        differ = self.chosen is not None or any(len(e) > 0 for e in self.edges)
        size = _SMALL_GROUP if differ or self.pays_threads else _LARGE_GROUP
        whole, rest = divmod(self.n_members, size)
        sizes = [size] * whole + [rest] * (rest > 0)
        return [(size, differ and number % 2 == 1) for number, size in enumerate(sizes)]


def batch_size_for(n_rows: int, n_steps: int) -> int:
    """Return how many rows each member sees in a step.

    A small table needs small batches; of a large one, each member should see all rows twice.
    """
    most = min(max(2 * n_rows // n_steps, 128), 1024)
    return min(max(n_rows // 16, 32), most)


def edges_of(X: FloatArray, n_bins: int) -> list[NDArray[Any]]:
    """Return the edges of bins that hold as many rows each, for each column that has so many.

    Columns of one or two values, such as those of a category, have no bins; where there are many
    columns, each has fewer.
    """
    sample = X[:_SAMPLE]
    between = (sample > sample.min(axis=0)) & (sample < sample.max(axis=0))
    n_bins = min(n_bins, _MOST_BINS // max(between.any(axis=0).sum(), 1))
    if n_bins < 2:
        return []
    levels = np.linspace(0, 1, n_bins + 1)
    # Edges are values that there are: two values never make three edges.
    quantiles = np.quantile(sample, levels, axis=0, method="inverted_cdf")
    edges = [np.unique(column) for column in quantiles.T]
    return [e if len(e) > 2 else e[:0] for e in edges]


def telling_columns(X: FloatArray, y: NDArray[Any], n_codes: int) -> NDArray[np.intp] | None:
    """Return the inputs that tell something of y by themselves; None unless few do.

    Each number, and its square, is tested for correlation with each column of y (an F-test). The
    last `n_codes` inputs count through categories, and are always among them.
    """
    X, y = X[:_TESTED], y[:_TESTED].astype(np.float64)
    n, d = len(X), X.shape[1] - n_codes
    if d < _MANY or n < _MANY:
        return None
    y -= y.mean(axis=0)
    y /= np.sqrt((y**2).sum(axis=0)) + _TINY
    p = np.ones(d)
    for column in range(d):
        for power in (1, 2):
            x = X[:, column].astype(np.float64) ** power
            x -= x.mean()
            x /= np.sqrt((x**2).sum()) + _TINY
            r = np.abs(np.einsum("n,nk->k", x, y)).max()
            t = r * np.sqrt((n - 2) / max(1 - r**2, _TINY))
            p[column] = min(p[column], 2 * stdtr(n - 2, -t))
    telling = np.flatnonzero(p * 2 * y.shape[1] < _SIGNIFICANT)
    if not 0 < len(telling) <= _FEW * d:
        return None
    return np.concatenate([telling, np.arange(d, d + n_codes)])
