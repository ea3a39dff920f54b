"""A network: layers in a row, and one vector.

The network hands out raw outputs and takes back their gradient. What the outputs mean is the
business of the loss; what a layer computes is its own: `layers` has the equations.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike

from skfcn.engine.layers import Activate, Dense, Dropout, Layer, Normalize
from skfcn.engine.parameters import Parameters
from skfcn.engine.types import (
    ActivationFunction,
    Buffers,
    FloatArray,
    LayerNormalizer,
    NewBuffer,
    Rows,
)
from skfcn.engine.workspace import NewArray, Workspace


class Stage(NamedTuple):
    """What to say of some units of a network: how many they are, and what happens to them."""

    n_units: int
    parts: list[Any]  # components, or words
    n_parameters: int  # that lead to them


class Network:
    """Layers in a row and one vector.

    Parameters
    ----------
    layers : sequence of Layer
        Inputs first. `mlp_layers` makes those of a multilayer perceptron.
    n_inputs : int
        Columns of X.
    dtype : dtype, default=float64
        float32 or float64; all products are computed in it.

    Attributes
    ----------
    parameters : Parameters
        The vector, and the arrays of each layer as views of it: zeros, until they are filled.

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.activations import ReLU
    >>> from skfcn.engine import Activate, Dense, Network, raw_outputs
    >>> network = Network([Dense(3), Activate(ReLU()), Dense(1)], n_inputs=2)
    >>> network.parameters.vector[:] = 1.0
    >>> raw_outputs(network, np.array([[1.0, 2.0], [-2.0, 1.0]]))
    array([[13.],
           [ 1.]])
    """

    def __init__(
        self, layers: Sequence[Layer], n_inputs: int, dtype: DTypeLike = np.float64
    ) -> None:
        self.layers, self.n_inputs = list(layers), n_inputs
        spare = False  # nobody may write over the data
        for layer in self.layers:
            if layer.overwrites and not spare:
                raise ValueError(
                    f"{type(layer).__name__} writes over what it is given, and that is the data, "
                    "or is read by the layer below. Put a Dense layer between."
                )
            spare = spare if layer.spare_output is None else layer.spare_output
        spec = [layer.arrays(n) for layer, _, n in self._shapes(1, n_inputs)]
        self.parameters = Parameters(spec, dtype=dtype)
        # Below it nothing learns, so nothing there needs a gradient.
        learning = (index for index, arrays in enumerate(spec) if arrays)
        self._first_to_learn = next(learning, len(self.layers))
        self._upwards = list(range(self._first_to_learn, len(self.layers)))[::-1]

    @property
    def dtype(self) -> "np.dtype[Any]":
        """The type that the network computes in."""
        return self.parameters.vector.dtype

    @property
    def n_outputs(self) -> int:
        """Columns of the raw outputs."""
        return self.output_shape(1)[1]

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Inputs, and the units of each layer with weights."""
        return self.n_inputs, *(coef.shape[-1] for coef in self.parameters.coefs)

    def output_shape(self, n_rows: int, n_layers: int | None = None) -> tuple[int, int]:
        """Return the shape of what the first layers, or all, make of so many rows."""
        shape = n_rows, self.n_inputs
        for layer in self.layers[:n_layers]:
            shape = layer.shape(*shape)
        return shape

    def end_of_hidden_layer(self, layer: int) -> int:
        """Return how many layers lead to the activations of a hidden layer, counted from 0."""
        ends = [index for index, item in enumerate(self.layers) if item.ends_hidden_layer]
        return ends[layer] + 1

    def _shapes(self, m: int, n: int) -> Iterator[tuple[Layer, int, int]]:
        """Yield each layer with the shape of its input, for an X of shape (m, n)."""
        for layer in self.layers:
            yield layer, m, n
            m, n = layer.shape(m, n)

    def initialize(self, rng: np.random.RandomState) -> None:
        """Let each layer set the first values of what does not begin at zero."""
        for layer, p in zip(self.layers, self.parameters.layers, strict=True):
            layer.initialize(p, rng)

    def bound_to(self, vector: FloatArray) -> Self:
        """Return a network of the same layers that computes with another vector."""
        network = object.__new__(type(self))
        vars(network).update(vars(self))
        network.parameters = Parameters(self.parameters.spec, vector)
        return network

    def copy(self) -> Self:
        """Return a network of the same layers with a vector of its own."""
        return self.bound_to(self.parameters.vector.copy())

    # ---- buffers

    def workspace(self, n_rows: int, rng: np.random.Generator | None = None) -> Workspace:
        """Allocate the buffers for training on batches of at most `n_rows` rows.

        Dropout takes its random numbers from `rng`.
        """
        return Workspace(self, n_rows, rng)

    def training_buffers(self, n_rows: int, new: NewBuffer) -> list[Buffers]:
        """Return the buffers of each layer for training."""
        first = self._first_to_learn
        return [
            Buffers(
                **layer.buffers(m, n, new),
                **layer.training_buffers(m, n, new, learns_below=index > first),
            )
            for index, (layer, m, n) in enumerate(self._shapes(n_rows, self.n_inputs))
        ]

    def buffers(self, n_rows: int, is_sparse: bool = False) -> list[Buffers]:
        """Allocate the buffers of each layer for prediction, of dense rows or of sparse ones.

        Of these the first product is an array of SciPy's. Another one for it, though not used,
        would be more than the C library keeps from call to call, which takes twice as long.
        """
        new: Any = NewArray(self.dtype)
        found = []
        for index, (layer, m, n) in enumerate(self._shapes(n_rows, self.n_inputs)):
            made: Any = _no_buffer if is_sparse else new
            found.append(Buffers(**layer.buffers(m, n, made)))
            is_sparse = is_sparse and not self.parameters.spec[index]
        return found

    # ---- the passes

    def forward(self, X: Any, buffers: Sequence[Buffers]) -> FloatArray:
        """Compute the raw outputs in training, and keep in the buffers what `backward` needs.

        The outputs are one of them; `backward` takes it back with the gradient in it.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (m, n_inputs)
            Of the network's dtype; an array must be C-contiguous.
        buffers : list of Buffers
            One for each layer, of m rows.
        """
        A = X
        for layer, p, b in zip(self.layers, self.parameters.layers, buffers):  # noqa: B905
            A = layer.forward(A, p, b)
        return A

    def rows_in_use(self, buffers: Sequence[Buffers]) -> dict[tuple[int, str], Rows]:
        """Return which rows of (layer, array) the batch of the last forward pass uses.

        Arrays that are not among them are used whole. The next `backward` fills a gradient of
        these rows alone.
        """
        return {
            (index, name): rows
            for index, (layer, b) in enumerate(zip(self.layers, buffers, strict=True))
            for name, rows in layer.rows_in_use(b).items()
        }

    def backward(
        self, output_delta: FloatArray, buffers: Sequence[Buffers], gradient: Parameters
    ) -> None:
        """Compute the gradient with respect to all that is learned.

        Parameters
        ----------
        output_delta : ndarray of shape (m, n_outputs)
            Gradient with respect to the raw outputs.
        buffers : list of Buffers
            What `forward` wrote into; their contents are used up.
        gradient : Parameters
            Takes the gradient, summed over the rows.
        """
        d, layers, p, g = output_delta, self.layers, self.parameters.layers, gradient.layers
        for i in self._upwards:
            d = layers[i].backward(d, p[i], g[i], buffers[i])

    def predict(
        self, X: Any, buffers: Sequence[Buffers], n_layers: int | None = None
    ) -> FloatArray:
        """Compute the raw outputs in prediction, or what comes out of the first `n_layers`.

        X and the buffers are those of `forward`; the outputs are one of the buffers.
        """
        A = X
        for layer, p, b in zip(self.layers[:n_layers], self.parameters.layers, buffers):  # noqa: B905
            A = layer.predict(A, p, b)
        return A

    # ---- what there is to know of it

    def largest_product(self, n_rows: int, n_inputs: int) -> int:
        """Return how many multiplications the largest product of a batch takes.

        `n_inputs` is 0 for a sparse X, whose product takes another way.
        """
        shapes = self._shapes(n_rows, n_inputs)
        return max((layer.multiplications(m, n) for layer, m, n in shapes), default=0)

    def summary(self) -> list[Stage]:
        """Describe the network, a stage for each number of units, inputs first."""
        stages = [Stage(self.n_inputs, [], 0)]
        for index, (layer, _, n) in enumerate(self._shapes(1, self.n_inputs)):
            arrays = self.parameters.spec[index]
            sizes = [
                self.parameters.layers[index][name].size
                for name, (kind, _) in arrays.items()
                if kind != "statistic"
            ]
            _, n_out = layer.shape(1, n)
            if any(kind == "weight" for kind, _ in arrays.values()) or n_out != n:
                stages.append(Stage(n_out, [], 0))
            last = stages[-1]
            stages[-1] = Stage(
                n_out, last.parts + layer.describe(), last.n_parameters + sum(sizes)
            )
        return stages


def _no_buffer(*shape: int) -> None:
    """Stand for a buffer that is not needed."""


def mlp_layers(
    widths: Sequence[int],
    activations: Sequence[ActivationFunction],
    normalization: Mapping[int, LayerNormalizer] | None = None,
    dropout: Mapping[int, float] | None = None,
) -> list[Layer]:
    """Return the layers of a multilayer perceptron.

    Parameters
    ----------
    widths : sequence of int
        Units of each layer, outputs last.
    activations : sequence of activation
        One for each hidden layer, ``len(widths) - 1`` in all.
    normalization : mapping of int to normalization, default={}
        For the layers that have one, counted from 0.
    dropout : mapping of int to float, default={}
        For the layers whose inputs have it, the part of them that is left out.
    """
    if len(activations) != len(widths) - 1:
        raise ValueError(
            f"{len(widths) - 1} hidden layers need as many activations, got {len(activations)}."
        )
    normalization, dropout = normalization or {}, dropout or {}
    layers: list[Layer] = []
    for index, width in enumerate(widths):
        if index in dropout:
            value = activations[index - 1].dropped_value if index else 0.0
            layers.append(Dropout(dropout[index], value))
        layers.append(Dense(width, bias=index not in normalization))
        if index in normalization:
            layers.append(Normalize(normalization[index]))
        if index < len(activations):
            layers.append(Activate(activations[index]))
    return layers
