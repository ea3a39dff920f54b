"""A fitted network in ONNX's operators; `convert` reads estimators and talks to skl2onnx.

onnxruntime lacks ELU, SELU, leaky ReLU and softplus for float64: they are spelled out.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import skfcn.activations as act
from skfcn.engine import Activate, Dense, Dropout, Network, Normalize
from skfcn.losses import BinaryLogLoss, LogLoss, Loss, PoissonLoss, SquaredError
from skfcn.normalization import BatchNormalization, LayerNormalization

OPSET = 17  # the first that knows LayerNormalization


class Graph:
    """Adds nodes to a graph: ``graph("Mul", a, b)`` adds one and returns the product's name.

    Inputs are names of other nodes' outputs, or numbers and arrays, which become constants.
    Numbers and arrays of floats take the type that the graph computes in.

    Parameters
    ----------
    scope, container : object
        What skl2onnx hands to a converter.
    dtype : dtype
        float32 or float64.
    """

    def __init__(self, scope: Any, container: Any, dtype: type[np.floating]) -> None:
        self.scope, self.container, self.dtype = scope, container, dtype

    def __call__(
        self, operation: str, *inputs: Any, into: str | None = None, **attributes: Any
    ) -> str:
        """Add a node; return the name of its output, `into` if that is given."""
        output = into or self.scope.get_unique_variable_name(operation.lower())
        self.container.add_node(
            operation,
            [name if isinstance(name, str) else self._constant(name) for name in inputs],
            output,
            name=self.scope.get_unique_operator_name(operation),
            **attributes,
        )
        return str(output)

    def cast(self, name: str, dtype: type[np.generic], into: str | None = None) -> str:
        """Add a conversion to another type."""
        from onnx.helper import np_dtype_to_tensor_dtype

        return self("Cast", name, into=into, to=np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def _constant(self, value: Any) -> str:
        from onnx import TensorProto

        array = np.asarray(value)
        name = self.scope.get_unique_variable_name("constant")
        flat: Any
        if array.dtype.kind in "OU":
            kind, flat = TensorProto.STRING, [item.encode() for item in array.flat]
        elif isinstance(value, np.ndarray) and array.dtype.kind == "i":
            kind, flat = TensorProto.INT64, array.astype(np.int64).ravel()
        else:
            kind = TensorProto.DOUBLE if self.dtype is np.float64 else TensorProto.FLOAT
            flat = array.astype(self.dtype).ravel()
        self.container.add_initializer(name, kind, array.shape, flat)
        return str(name)


# ---- activations: each as a function of the graph, the activation and the name of z


def _expm1_below_zero(graph: Graph, z: str) -> str:
    return graph("Sub", graph("Exp", graph("Min", z, 0)), 1)


def _elu(graph: Graph, elu: act.ELU, z: str) -> str:
    below = graph("Mul", _expm1_below_zero(graph, z), elu.alpha)
    return graph("Add", graph("Max", z, 0), below)


def _selu(graph: Graph, selu: act.SELU, z: str) -> str:
    below = graph("Mul", _expm1_below_zero(graph, z), act.SELU_LIMIT)
    return graph("Add", graph("Mul", graph("Max", z, 0), act.SELU_SCALE), below)


def _gelu(graph: Graph, gelu: act.GELU, z: str) -> str:
    if gelu.approximate:
        cubic = graph("Mul", z, graph("Mul", z, z))
        u = graph("Add", graph("Mul", z, act.GELU_A), graph("Mul", cubic, act.GELU_B))
        return graph("Mul", z, graph("Sigmoid", u))
    # onnxruntime has Erf for float32 only. It errs by 1e-7 at most, where z is small.
    u = graph.cast(graph("Mul", z, np.sqrt(0.5)), np.float32)
    twice_phi = graph("Add", graph.cast(graph("Erf", u), graph.dtype), 1)
    return graph("Mul", graph("Mul", z, 0.5), twice_phi)


def _softplus(graph: Graph, softplus: Any, z: str) -> str:
    below = graph("Exp", graph("Neg", graph("Abs", z)))
    return graph("Add", graph("Max", z, 0), graph("Log", graph("Add", below, 1)))


ActivationConverter = Callable[[Graph, Any, str], str]

ACTIVATION_CONVERTERS: dict[type, ActivationConverter] = {
    act.Identity: lambda graph, f, z: z,
    act.Logistic: lambda graph, f, z: graph("Sigmoid", z),
    act.Tanh: lambda graph, f, z: graph("Tanh", z),
    act.ReLU: lambda graph, f, z: graph("Relu", z),
    act.LeakyReLU: lambda graph, f, z: graph("Max", z, graph("Mul", z, f.slope)),
    act.ELU: _elu,
    act.SELU: _selu,
    act.GELU: _gelu,
    # onnxruntime 1.20 makes one node of z σ(z), and has that for float32 only.
    act.SiLU: lambda graph, f, z: graph("Div", z, graph("Add", graph("Exp", graph("Neg", z)), 1)),
    act.Mish: lambda graph, f, z: graph("Mul", z, graph("Tanh", _softplus(graph, f, z))),
    act.Softplus: _softplus,
}
"""How each activation is written; a class of your own is entered here with its function."""

# By the method and not by the class: a loss of one's own that inherits its link needs no entry.
_LINKS: dict[Callable[..., Any], str] = {
    SquaredError.inverse_link: "Identity",
    PoissonLoss.inverse_link: "Exp",
    BinaryLogLoss.inverse_link: "Sigmoid",
    LogLoss.inverse_link: "Softmax",
}


# ---- the network


def check_convertible(network: Network, loss: Loss) -> None:
    """Raise ValueError if a part of a network has no converter."""
    for layer in network.layers:
        if type(layer) not in _LAYERS:
            raise ValueError(f"The layer {type(layer).__name__} has no ONNX converter.")
        if isinstance(layer, Activate) and type(layer.f) not in ACTIVATION_CONVERTERS:
            name = type(layer.f).__name__
            raise ValueError(
                f"The activation {layer.f!r} has no ONNX converter. Enter one in "
                f"skfcn.onnx.ACTIVATION_CONVERTERS[{name}]: a function of (graph, activation, z) "
                "that adds its operations and returns the name of the result."
            )
        if isinstance(layer, Normalize) and type(layer.kind) not in _NORMALIZATIONS:
            raise ValueError(f"The normalization {layer.kind!r} has no ONNX converter.")
    if type(loss).inverse_link not in _LINKS:
        raise ValueError(f"The link of loss={loss!r} has no ONNX converter.")


def add_prediction(graph: Graph, loss: Loss, raw: str, into: str) -> None:
    """Add the inverse of the loss's link."""
    graph(_LINKS[type(loss).inverse_link], raw, into=into)


def add_layers(graph: Graph, network: Network, X: str, n_layers: int | None = None) -> str:
    """Add the forward pass through the first layers, or all; return the name of the outputs."""
    A = X
    for layer, p in zip(network.layers[:n_layers], network.parameters.layers, strict=False):
        A = _LAYERS[type(layer)](graph, layer, p, A)
    return A


def _dense(graph: Graph, layer: Any, p: dict[str, Any], A: str) -> str:
    product = graph("MatMul", A, p["W"])
    return graph("Add", product, p["b"]) if layer.bias else product


def _layer_normalization(graph: Graph, kind: Any, p: dict[str, Any], Z: str) -> str:
    epsilon = float(kind.epsilon)
    return graph("LayerNormalization", Z, p["gain"], p["b"], axis=-1, epsilon=epsilon)


def _batch_normalization(graph: Graph, kind: Any, p: dict[str, Any], Z: str) -> str:
    mean, variance = p["statistics"].astype(np.float64)
    scale = p["gain"] / np.sqrt(variance + kind.epsilon)
    return graph("Add", graph("Mul", Z, scale), p["b"] - mean * scale)


_LAYERS: dict[type, Callable[..., str]] = {
    Dense: _dense,
    Activate: lambda graph, layer, p, Z: ACTIVATION_CONVERTERS[type(layer.f)](graph, layer.f, Z),
    Normalize: lambda graph, layer, p, Z: _NORMALIZATIONS[type(layer.kind)](
        graph, layer.kind, p, Z
    ),
    Dropout: lambda graph, layer, p, A: A,
}
_NORMALIZATIONS: dict[type, Callable[..., str]] = {
    LayerNormalization: _layer_normalization,
    BatchNormalization: _batch_normalization,
}
