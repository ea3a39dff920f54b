"""Layers with an axis of members: k networks side by side in one.

Rows of member 0 come first, then those of member 1 and so on: an array of shape (k m, n) is a
stack of k arrays of shape (m, n). Members that share a `Dense` layer and have a `Scale` each are a
BatchEnsemble; with a `MemberDense` layer each has weights of its own.

References
----------
Wen, Tran & Ba (2020), "BatchEnsemble: an alternative approach to efficient ensemble and lifelong
learning". :arxiv:`2002.06715` Gorishniy, Kotelnikov & Babenko (2025), "TabM: advancing tabular
deep learning with parameter-efficient ensembling". :arxiv:`2410.24210`
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skfcn.engine.blas import matmul_stacks
from skfcn.engine.layers import Layer
from skfcn.engine.types import Arrays, Buffers, FloatArray, NewBuffer


class Repeat(Layer):
    """Gives the same rows to each of k `members`: (m, n) becomes (k m, n)."""

    spare_output = True

    def __init__(self, members: int) -> None:
        self.members = members

    def shape(self, m: int, n: int) -> tuple[int, int]:
        return self.members * m, n

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {"out": new(self.members, m, n)}

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        return {"dA": new(m, n)}

    def forward(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        b.out[...] = A
        return b.out.reshape(-1, A.shape[1])

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray:
        return np.add.reduce(d.reshape(b.out.shape), axis=0, out=b.dA)

    def describe(self) -> list[Any]:
        return [f"{self.members} members"]


class Scale(Layer):
    """A factor for each feature, or for each feature of each of k `members`; 1 at first.

    The number of rows is a multiple of k; `lr` is a factor on the learning rate.
    """

    spare_output = True

    def __init__(self, members: int = 1, lr: float = 1.0) -> None:
        self.members, self.lr = members, lr

    def arrays(self, n: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        return {"scale": ("free", (self.members, n))}

    def initialize(self, p: Arrays, rng: np.random.RandomState) -> None:
        p["scale"][...] = 1

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {"out": new(self.members, m // self.members, n)}

    def forward(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        b.A = A.reshape(b.out.shape)
        return self.predict(A, p, b)

    def predict(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        np.multiply(A.reshape(b.out.shape), p["scale"][:, None], out=b.out)
        return b.out.reshape(A.shape)

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray:
        by_member = d.reshape(b.out.shape)
        np.einsum("kmn,kmn->kn", by_member, b.A, out=g["scale"])
        by_member *= p["scale"][:, None]
        return d

    def describe(self) -> list[Any]:
        return ["scale"]


class MemberDense(Layer):
    """A fully connected layer of `n_out` units for each of k `members`, in one call for all.

    The number of rows is a multiple of k; `lr` is a factor on the learning rate, of both arrays
    or, as a dict, of "W" and "b".
    """

    spare_output = True

    def __init__(self, members: int, n_out: int, lr: float | Mapping[str, float] = 1.0) -> None:
        self.members, self.n_out, self.lr = members, n_out, lr

    def arrays(self, n: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        k, n_out = self.members, self.n_out
        return {"W": ("weight", (k, n, n_out)), "b": ("bias", (k, n_out))}

    def shape(self, m: int, n: int) -> tuple[int, int]:
        return m, self.n_out

    def multiplications(self, m: int, n: int) -> int:
        return m // self.members * n * self.n_out

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {"Z": new(self.members, m // self.members, self.n_out)}

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        m_each = m // self.members
        dA = new(self.members, m_each, n) if learns_below else None
        return {"dA": dA, "ones": new.constant(np.ones((1, m_each)))}

    def forward(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        b.A = A.reshape(*b.Z.shape[:2], A.shape[1])
        return self.predict(A, p, b)

    def predict(self, A: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        b.W = self.effective_weights(p, b)
        matmul_stacks(A.reshape(*b.Z.shape[:2], A.shape[1]), b.W, out=b.Z)
        b.Z += p["b"][:, None]
        return b.Z.reshape(-1, self.n_out)

    def effective_weights(self, p: Arrays, b: Buffers) -> FloatArray:
        """Return what the inputs are multiplied by."""
        return p["W"]

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray | None:
        d = d.reshape(b.Z.shape)
        matmul_stacks(b.ones, d, out=g["b"][:, None])  # sums over rows, faster than add.reduce
        matmul_stacks(b.A.swapaxes(1, 2), d, out=g["W"])
        if b.dA is None:
            return None
        matmul_stacks(d, b.W.swapaxes(1, 2), out=b.dA)
        return b.dA.reshape(-1, b.dA.shape[2])

    def describe(self) -> list[Any]:
        return []


class ScaledMemberDense(MemberDense):
    """A `MemberDense` layer of which each input has a factor, 1 at first, for each member.

    X diag(s) W + b, as of a `Scale` layer below. The factors multiply the rows of W, of which
    there are fewer than of X, and their gradient needs none with respect to X.
    """

    def arrays(self, n: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        return {**super().arrays(n), "scale": ("free", (self.members, n))}

    def initialize(self, p: Arrays, rng: np.random.RandomState) -> None:
        p["scale"][...] = 1

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {**super().buffers(m, n, new), "sW": new(self.members, n, self.n_out)}

    def effective_weights(self, p: Arrays, b: Buffers) -> FloatArray:
        return np.multiply(p["scale"][:, :, None], p["W"], out=b.sW)

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray | None:
        dA = super().backward(d, p, g, b)
        np.einsum("kno,kno->kn", p["W"], g["W"], out=g["scale"])  # g["W"] is that of diag(s) W
        g["W"] *= p["scale"][:, :, None]
        return dA

    def describe(self) -> list[Any]:
        return ["scale"]
