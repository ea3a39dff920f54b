"""The layers of a network, forward beside backward.

With A of shape (m, n_in) a `Dense` layer computes, and given dZ, the gradient with respect to Z::

    Z = A @ W + b         dW = A.T @ dZ,   db = dZ summed over the rows,   dA = dZ @ W.T

`Activate` computes A = f(Z) and dZ = dA * f'(Z). `Dropout` leaves out some of A, in training only;
`Normalize` computes gain * normalize(Z) + b. No layer knows another.

To add one, derive it from `Layer`. `skfcn/engine/members.py` has more of them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse

from skfcn.engine.blas import axpy, matmul, matmul_transposed_a, matmul_transposed_b, sum_rows
from skfcn.engine.sparse import (
    sparse_matmul,
    sparse_matmul_transposed_a,
    without_empty_columns,
)
from skfcn.engine.types import (
    ActivationFunction,
    Arrays,
    Buffers,
    FloatArray,
    LayerNormalizer,
    NewBuffer,
    Rows,
)


class Layer:
    """A layer that does nothing: it hands on what it is given.

    A layer holds no arrays. Its parameters p and their gradient g are views of the network's
    vectors, by the names that `arrays` gives; its buffers b are made once for all batches.

    Attributes
    ----------
    lr : float or dict of str to float
        Factor on the learning rate, of all its arrays or of some by name.
    decay : float
        Decoupled decay of its arrays, biases excepted, by ``1 - rate * decay`` a step.
    ends_hidden_layer : bool
        Whether its output is what users know as the activations of a hidden layer.
    overwrites : bool
        Whether it writes over what it is given, in either pass.
    spare_output : bool or None
        Whether the next layer may write over its output; None if it may where this one might
        have written over the input, which it hands on.
    """

    lr: float | Mapping[str, float] = 1.0
    decay: float = 0.0
    ends_hidden_layer = False
    overwrites = False
    spare_output: bool | None = False

    def arrays(self, n: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Return what is learned from n inputs, ``{name: (kind, shape)}``.

        A kind is "weight" (penalised), "bias", "free" (neither) or "statistic" (not trained).
        """
        return {}

    def initialize(self, p: Arrays, rng: np.random.RandomState) -> None:
        """Set the first values of the arrays that do not begin at zero."""

    def shape(self, m: int, n: int) -> tuple[int, int]:
        """Return the shape of the output for an input of shape (m, n)."""
        return m, n

    def multiplications(self, m: int, n: int) -> int:
        """Return how many multiplications the largest matrix product takes."""
        return 0

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        """Return the buffers for an input of shape (m, n), by name; `new(*shape)` makes one."""
        return {}

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        """Return the buffers that training needs in addition.

        Where no layer below learns, nobody asks for the gradient with respect to A.
        """
        return {}

    def forward(self, A: Any, p: Arrays, b: Buffers) -> Any:
        """Return the output, and leave in b what `backward` needs.

        Parameters
        ----------
        A : ndarray of shape (m, n)
            What the layer below has written. (The first layer is given a batch of the data,
            which nothing may overwrite, and which may be a CSR matrix.)
        p : dict of str to ndarray
            The layer's arrays.
        b : Buffers
            The layer's buffers, for m rows.
        """
        return A

    def predict(self, A: Any, p: Arrays, b: Buffers) -> Any:
        """Return the output in prediction, where it may differ from that in training.

        Whoever keeps A for `backward` lets go of it here: it may be a batch of the data.
        """
        return self.forward(A, p, b)

    def rows_in_use(self, b: Buffers) -> dict[str, Rows]:
        """Return which rows of an array the batch uses, by name; of others it uses all.

        Asked between the passes, in a lazy step; `backward` then fills these rows' gradient.
        An array of three axes or more is taken for one long stack of rows.
        """
        return {}

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> Any:
        """Fill g and return the gradient with respect to A, or None if nobody asks for it.

        Parameters
        ----------
        d : ndarray
            The gradient with respect to the output, which may be overwritten.
        p, g : dict of str to ndarray
            The layer's arrays and their gradient, summed over the rows.
        b : Buffers
            What `forward` left.
        """
        return d

    def describe(self) -> list[Any]:
        """Return what to say of the layer in a drawing: a component, or words."""
        return [type(self).__name__]


class Dense(Layer):
    """A fully connected layer of `n_out` units, Z = A @ W + b, or without `bias` Z = A @ W."""

    spare_output = True

    def __init__(self, n_out: int, bias: bool = True) -> None:
        self.n_out, self.bias = n_out, bias

    def arrays(self, n: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        weight = {"W": ("weight", (n, self.n_out))}
        return weight | ({"b": ("bias", (self.n_out,))} if self.bias else {})

    def shape(self, m: int, n: int) -> tuple[int, int]:
        return m, self.n_out

    def multiplications(self, m: int, n: int) -> int:
        return m * n * self.n_out

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {"Z": new(m, self.n_out)}

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        return {"dA": new(m, n) if learns_below else None, "ones": new.constant(np.ones(m))}

    def forward(self, A: Any, p: Arrays, b: Buffers) -> FloatArray:
        b.A, bias = A, p["b"] if self.bias else 0
        if not isinstance(A, np.ndarray):
            return sparse_matmul(A, p["W"], bias)
        Z: FloatArray = b.Z
        Z[...] = bias
        matmul(A, p["W"], Z, 1.0)
        return Z

    def predict(self, A: Any, p: Arrays, b: Buffers) -> FloatArray:
        Z = self.forward(A, p, b)
        b.A = None
        return Z

    def rows_in_use(self, b: Buffers) -> dict[str, Rows]:
        if isinstance(b.A, np.ndarray):
            return {}
        columns, b.A = without_empty_columns(b.A)
        return {"W": columns}

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray | None:
        if self.bias:
            sum_rows(d, b.ones, out=g["b"])
        if isinstance(b.A, np.ndarray):
            matmul_transposed_a(b.A, d, out=g["W"])
        else:
            sparse_matmul_transposed_a(b.A, d, out=g["W"])
        if b.dA is not None:
            matmul_transposed_b(d, p["W"], out=b.dA)
        return b.dA

    def describe(self) -> list[Any]:
        return []


class Activate(Layer):
    """An activation function, A = f(Z), one of `skfcn.activations`."""

    ends_hidden_layer = True
    overwrites = True

    def __init__(self, f: ActivationFunction) -> None:
        self.f = f

    def buffers(self, m: int, n: int, new: NewBuffer) -> dict[str, Any]:
        return {} if self.f.in_place else {"out": new(m, n)}

    def forward(self, Z: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        b.z = Z
        if self.f.in_place:
            b.out = Z
        self.f.forward(Z, b.out)
        return b.out

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray:
        self.f.backward(b.z, b.out, d)
        return d

    def describe(self) -> list[Any]:
        return [self.f]


class Normalize(Layer):
    """Normalized units, gain * normalize(Z) + b; put it after a `Dense` layer without bias.

    Its `kind` is one of `skfcn.normalization`.
    """

    overwrites = spare_output = True

    def __init__(self, kind: LayerNormalizer) -> None:
        self.kind = kind

    def arrays(self, n: int) -> dict[str, tuple[str, tuple[int, ...]]]:
        learned = {"b": ("bias", (n,)), "gain": ("free", (n,))}
        return learned | ({"statistics": ("statistic", (2, n))} if self.kind.tracks else {})

    def initialize(self, p: Arrays, rng: np.random.RandomState) -> None:
        p["gain"][...] = 1
        if self.kind.tracks:
            p["statistics"][1] = 1  # the running variance

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        one_each = (1, n) if self.kind.axis == 0 else (m, 1)
        return {
            "normalized": new(m, n),
            "mean": new(*one_each),
            "deviation": new(*one_each),
            "ones": new.constant(np.ones(m)),
        }

    def forward(self, Z: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        b.z = Z
        self.kind.forward(Z, p["gain"], b, p.get("statistics"))
        Z += p["b"]
        return Z

    def predict(self, Z: FloatArray, p: Arrays, b: Buffers) -> FloatArray:
        self.kind.predict(Z, p["gain"], p.get("statistics"))
        Z += p["b"]
        return Z

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray:
        sum_rows(d, b.ones, out=g["b"])
        self.kind.backward(d, b.z, p["gain"], g["gain"], b)
        return d

    def describe(self) -> list[Any]:
        return [self.kind]


class Dropout(Layer):
    """In each batch, every row leaves out units at random.

    What is left is scaled up, so that the next layer sees the same mean as without; prediction
    then leaves nothing out and needs no scaling ("inverted" dropout). Where a unit that is left
    out has another value than zero, scale and shift keep mean and variance of units that have
    mean 0 and variance 1 (alpha dropout).

    Parameters
    ----------
    rate : float
        Probability that a unit is left out, in (0, 1).
    dropped_value : float, default=0.0
        What a unit that is left out is set to.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov (2014), "Dropout: a simple way to
    prevent neural networks from overfitting"; Klambauer, Unterthiner, Mayr & Hochreiter (2017),
    "Self-normalizing neural networks", section 3. :arxiv:`1706.02515`
    """

    spare_output = None

    def __init__(self, rate: float, dropped_value: float = 0.0) -> None:
        self.rate, self.dropped_value = rate, dropped_value
        keep = 1 - rate
        if dropped_value:
            self.scale = (keep * (1 + rate * dropped_value**2)) ** -0.5
        else:
            self.scale = 1 / keep

    def training_buffers(
        self, m: int, n: int, new: NewBuffer, learns_below: bool
    ) -> dict[str, Any]:
        # The output has a buffer of its own: backward of an activation reads what it wrote.
        return {"mask": new(m, n), "out": new(m, n), "rng": new.rng}

    def forward(self, A: Any, p: Arrays, b: Buffers) -> Any:
        if issparse(A):
            return self._forward_sparse(A, b.rng)
        mask, out = b.mask, b.out
        b.rng.random(dtype=mask.dtype, out=mask)
        np.greater_equal(mask, self.rate, out=mask)
        mask *= self.scale
        np.multiply(A, mask, out=out)
        if self.dropped_value:
            # scale (A or dropped_value) + shift, for ones and zeros in mask / scale, where the
            # shift is -scale rate dropped_value.
            axpy(-self.dropped_value, mask.reshape(-1), out.reshape(-1))
            out += self.scale * (1 - self.rate) * self.dropped_value
        return out

    def _forward_sparse(self, A: Any, rng: np.random.Generator) -> Any:
        # Zeros stay zeros whether they are left out or not.
        kept = rng.random(len(A.data), dtype=A.dtype) >= self.rate
        dropped = A.copy()
        dropped.data *= kept * A.dtype.type(self.scale)
        return dropped

    def predict(self, A: Any, p: Arrays, b: Buffers) -> Any:
        return A

    def backward(self, d: FloatArray, p: Arrays, g: Arrays, b: Buffers) -> FloatArray:
        d *= b.mask
        return d

    def describe(self) -> list[Any]:
        return [f"dropout {self.rate:g}"]
