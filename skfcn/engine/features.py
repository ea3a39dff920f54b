"""First layers, which make of a table's columns what a network learns from more easily."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skfcn.engine.layers import Layer
from skfcn.engine.types import Arrays, Buffers, FloatArray, NewBuffer, Rows


class Choose(Layer):
    """Hands on some of the columns.

    Parameters
    ----------
    columns : array-like of int
        Their numbers.
    """

    spare_output = True

    def __init__(self, columns: Any) -> None:
        self.columns = np.asarray(columns, np.intp)

    def shape(self, m: int, n: int) -> tuple[int, int]:
        return m, len(self.columns)

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {"out": new(m, len(self.columns))}

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        return {"dA": new(m, n)} if learns_below else {}

    def forward(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        return A.take(self.columns, axis=1, out=b.out, mode="clip")

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray:
        b.dA.fill(0)
        for index, column in enumerate(self.columns):
            b.dA[:, column] += d[:, index]
        return b.dA

    def describe(self) -> list[Any]:
        return [f"{len(self.columns)} columns"]


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
        n_bins = max([1, *map(len, edges)]) - 1
        # All have as many bins: those that an edge is missing for are 0.
        self.low, self.slope = np.zeros((2, len(edges), n_bins))
        for column, e in enumerate(edges):
            own = slice(len(e[:-1]))
            self.low[column, own] = e[:-1]
            self.slope[column, own] = 1 / np.diff(np.asarray(e, np.float64))

    def shape(self, m: int, n: int) -> tuple[int, int]:
        return m, n + self.low.size

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {
            "out": new(*self.shape(m, n)),
            "bins": new(m, *self.low.shape),
            "low": new.constant(self.low.ravel()),
            "slope": new.constant(self.slope.ravel()),
        }

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        if not learns_below:
            return {}
        return {"dA": new(m, n), "inside": new(m, *self.low.shape), "sums": new(m, len(self.low))}

    def forward(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        n, bins = A.shape[1], b.bins.reshape(len(A), -1)
        b.bins[...] = A[:, : len(self.low), np.newaxis]
        bins -= b.low
        bins *= b.slope
        np.clip(bins, 0, 1, out=bins)
        b.out[:, :n], b.out[:, n:] = A, bins
        return b.out

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray:
        n, bins, inside = b.dA.shape[1], b.bins, b.inside
        slopes = d[:, n:].reshape(bins.shape)
        slopes *= np.greater(bins, 0, out=inside)
        slopes *= np.less(bins, 1, out=inside)
        slopes *= self.slope
        np.add.reduce(slopes, axis=2, out=b.sums)
        b.dA[...] = d[:, :n]
        b.dA[:, : len(self.low)] += b.sums
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

    def rows_in_use(self, b: Buffers) -> dict[str, Rows]:
        rows, positions = np.unique(b.rows, return_inverse=True)
        b.rows[...] = positions.reshape(b.rows.shape)
        return {"table": rows}

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> None:
        n = d.shape[1] - len(self.sizes) * self.width
        b.vectors[...] = d[:, n:].reshape(b.vectors.shape)
        g["table"].fill(0)
        np.add.at(g["table"].reshape(-1, self.width), b.rows, b.vectors)

    def describe(self) -> list[Any]:
        return ["embeddings"]
