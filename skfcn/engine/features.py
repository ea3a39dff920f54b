"""First layers, which make of a table's columns what a network learns from more easily."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skfcn.engine.layers import Layer
from skfcn.engine.types import Arrays, Buffers, FloatArray, NewBuffer


class PiecewiseLinear(Layer):
    """Adds to the first columns where their numbers lie among bins, a column for each bin.

    The bin from e to f shows 0 for numbers below it, 1 for those above, and (x - e) / (f - e)
    within. A layer above that is linear in the bins is piecewise linear in the number, and can
    bend at each edge: what a tree does with a threshold.

    Parameters
    ----------
    edges : sequence of array-like of shape (n_bins + 1,)
        For each of the first columns the edges of its bins, increasing; none for no bins.

    References
    ----------
    Gorishniy, Rubachev & Babenko (2022), "On embeddings for numerical features in tabular deep
    learning", section 3.2. :arxiv:`2203.05556`
    """

    spare_output = True

    def __init__(self, edges: Sequence[Any]) -> None:
        each = [np.asarray(e, np.float64) for e in edges]
        n_bins = [max(len(e) - 1, 0) for e in each]
        self.columns = np.repeat(np.arange(len(each)), n_bins)
        self.low = np.concatenate([np.empty(0), *(e[:-1] for e in each)])
        self.width = np.concatenate([np.empty(0), *(np.diff(e) for e in each)])
        self.binned = np.unique(self.columns)
        self.starts = np.searchsorted(self.columns, self.binned)

    def shape(self, m: int, n: int) -> tuple[int, int]:
        return m, n + len(self.columns)

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        bins = m, len(self.columns)
        return {"out": new(*self.shape(m, n)), "bins": new(*bins)}

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        if not learns_below:
            return {"dA": None}
        bins = m, len(self.columns)
        return {
            "dA": new(m, n),
            "above": new(*bins),
            "below": new(*bins),
            "sums": new(m, len(self.binned)),
        }

    def forward(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        n, bins = A.shape[1], b.bins
        A.take(self.columns, axis=1, out=bins, mode="clip")
        bins -= self.low
        bins /= self.width
        b.out[:, :n] = A
        np.clip(bins, 0, 1, out=b.out[:, n:])
        return b.out

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray | None:
        if b.dA is None:
            return None
        n = b.dA.shape[1]
        slopes = d[:, n:]
        slopes *= np.greater(b.bins, 0, out=b.above)
        slopes *= np.less(b.bins, 1, out=b.below)
        slopes /= self.width
        b.dA[...] = d[:, :n]
        if len(self.binned):
            np.add.reduceat(slopes, self.starts, axis=1, out=b.sums)
            for sum_of_slopes, column in zip(b.sums.T, self.binned, strict=True):
                b.dA[:, column] += sum_of_slopes
        return b.dA

    def describe(self) -> list[Any]:
        return ["piecewise linear"]


class Embed(Layer):
    """Categories as vectors: the last columns hold codes 0, 1, 2 …, the others are handed on.

    (m, n + len(sizes)) becomes (m, n + len(sizes) * width). Nothing below it can learn from codes,
    so below it may only be a `Repeat`.

    Parameters
    ----------
    sizes : sequence of int
        How many categories each of the last columns has; larger codes are taken for the last.
    width : int
        Numbers that stand for a category.
    members : int, default=1
        k, of which the number of rows is a multiple; each has vectors of its own.
    lr : float, default=1.0
        Factor on the learning rate.
    decay : float, default=0.0
        Decoupled decay of the vectors.

    References
    ----------
    Guo & Berkhahn (2016), "Entity embeddings of categorical variables". :arxiv:`1604.06737`
    """

    spare_output = True

    def __init__(
        self,
        sizes: Sequence[int],
        width: int,
        members: int = 1,
        lr: float = 1.0,
        decay: float = 0.0,
    ) -> None:
        self.sizes, self.width, self.members = tuple(sizes), width, members
        self.lr, self.decay = lr, decay

    def arrays(self, n: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        return {"table": ("free", (self.members, sum(self.sizes), self.width))}

    def initialize(self, p: Arrays, rng: np.random.RandomState) -> None:
        p["table"][...] = rng.normal(size=p["table"].shape)

    def shape(self, m: int, n: int) -> tuple[int, int]:
        return m, n + len(self.sizes) * (self.width - 1)

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        ends, k = np.cumsum(self.sizes), self.members
        begin = ends - self.sizes + np.arange(k)[:, None, None] * ends[-1]
        return {
            "out": new(*self.shape(m, n)),
            "vectors": new(m, len(self.sizes), self.width),
            "rows": new.integers(m, len(self.sizes)),
            "begin": np.broadcast_to(begin, (k, m // k, len(ends))).reshape(m, -1),
            "last": np.array(self.sizes) - 1,
        }

    def forward(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        n = A.shape[1] - len(self.sizes)
        np.copyto(b.rows, A[:, n:], casting="unsafe")
        np.clip(b.rows, 0, b.last, out=b.rows)
        b.rows += b.begin
        p["table"].reshape(-1, self.width).take(b.rows, axis=0, out=b.vectors, mode="clip")
        b.out[:, :n] = A[:, :n]
        b.out[:, n:] = b.vectors.reshape(len(A), -1)
        return b.out

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> None:
        n = d.shape[1] - len(self.sizes) * self.width
        b.vectors[...] = d[:, n:].reshape(b.vectors.shape)
        g["table"].fill(0)
        np.add.at(g["table"].reshape(-1, self.width), b.rows, b.vectors)

    def describe(self) -> list[Any]:
        return ["embeddings"]
