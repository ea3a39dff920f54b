"""Fitted networks as ONNX graphs, for runtimes without Python or scikit-learn.

skl2onnx converts pipelines, searches and ensembles; what it has to know about the estimators of
this package is here, and `to_onnx` tells it. This needs the extra ``onnx``.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

import skfcn.activations as act
from skfcn.classifier import FCNClassifier
from skfcn.engine import Network
from skfcn.normalization import BatchNormalization, LayerNormalization
from skfcn.preprocessing import PixelScaler
from skfcn.regressor import FCNRegressor

OPSET = 17  # the first that knows LayerNormalization
_FLOAT = 1  # onnx.TensorProto.FLOAT


class Graph:
    """Adds nodes to a graph: ``graph("Mul", a, b)`` adds one and returns the product's name.

    Inputs are names of other nodes' outputs, or numbers and arrays, which become constants.

    Parameters
    ----------
    scope, container : object
        What skl2onnx hands to a converter.
    """

    def __init__(self, scope: Any, container: Any) -> None:
        self.scope = scope
        self.container = container

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

    def _constant(self, value: Any) -> str:
        from onnx import TensorProto

        array = np.asarray(value)
        name = self.scope.get_unique_variable_name("constant")
        flat: Any
        if array.dtype.kind in "OU":
            kind, flat = TensorProto.STRING, [str(item).encode() for item in array.flat]
        elif array.dtype.kind in "biu":
            kind, flat = TensorProto.INT64, array.astype(np.int64).ravel()
        else:
            kind, flat = TensorProto.FLOAT, array.astype(np.float32).ravel()
        self.container.add_initializer(name, kind, array.shape, flat)
        return str(name)


# ---- activations: each as a function of the graph, the activation and the name of z


def _gelu(graph: Graph, gelu: act.GELU, z: str) -> str:
    if gelu.approximate:
        cubic = graph("Mul", z, graph("Mul", z, z))
        u = graph("Add", z, graph("Mul", cubic, 0.044715))
        return graph("Mul", z, graph("Sigmoid", graph("Mul", u, 2 * np.sqrt(2 / np.pi))))
    phi = graph("Add", graph("Erf", graph("Mul", z, np.sqrt(0.5))), 1.0)
    return graph("Mul", graph("Mul", z, 0.5), phi)


def _mish(graph: Graph, mish: act.Mish, z: str) -> str:
    return graph("Mul", z, graph("Tanh", graph("Softplus", z)))


ActivationConverter = Callable[[Graph, Any, str], str]

ACTIVATION_CONVERTERS: dict[type, ActivationConverter] = {
    act.Identity: lambda graph, f, z: z,
    act.Logistic: lambda graph, f, z: graph("Sigmoid", z),
    act.Tanh: lambda graph, f, z: graph("Tanh", z),
    act.ReLU: lambda graph, f, z: graph("Relu", z),
    act.LeakyReLU: lambda graph, f, z: graph("LeakyRelu", z, alpha=float(f.slope)),
    act.ELU: lambda graph, f, z: graph("Elu", z, alpha=float(f.alpha)),
    act.SELU: lambda graph, f, z: graph("Selu", z),
    act.GELU: _gelu,
    act.SiLU: lambda graph, f, z: graph("Mul", z, graph("Sigmoid", z)),
    act.Mish: _mish,
    act.Softplus: lambda graph, f, z: graph("Softplus", z),
}
"""How each activation is written; a class of your own is entered here with its function."""


# ---- the network


def _raw_outputs(graph: Graph, network: Network, X: str) -> str:
    """Add the forward pass; return the name of the raw outputs."""
    A = X
    for layer in range(len(network.layer_sizes) - 1):
        Z = _pre_activation(graph, network, layer, A)
        if layer < len(network.activations):
            activation = network.activations[layer]
            A = ACTIVATION_CONVERTERS[type(activation)](graph, activation, Z)
    return Z


def _pre_activation(graph: Graph, network: Network, layer: int, A: str) -> str:
    p, kind = network.parameters, network.normalization.get(layer)
    W, b = p.coefs[layer], p.intercepts[layer]
    if isinstance(kind, LayerNormalization):
        return graph(
            "LayerNormalization",
            graph("MatMul", A, W),
            p.gains[layer],
            b,
            axis=-1,
            epsilon=float(kind.epsilon),
        )
    if isinstance(kind, BatchNormalization):  # its statistics are constants: part of the weights
        mean, variance = p.statistics[layer].astype(np.float64)
        scale = p.gains[layer] / np.sqrt(variance + kind.epsilon)
        W, b = W * scale, b - mean * scale
    return graph("Add", graph("MatMul", A, W), b)


_LINKS = {"identity": "Identity", "logistic": "Sigmoid", "exp": "Exp"}


def _prediction(graph: Graph, loss: Any, raw: str) -> str:
    """Add the inverse of the loss's link."""
    if loss.out_activation == "softmax":
        return graph("Softmax", raw, axis=1)
    return graph(_LINKS[loss.out_activation], raw)


def _check(model: Any, opset: int) -> None:
    """Refuse what has no converter, by name."""
    if opset < OPSET:
        raise ValueError(f"target_opset must be at least {OPSET}, got {opset}.")
    run = model._run
    for activation in run.network.activations:
        if type(activation) not in ACTIVATION_CONVERTERS:
            name = type(activation).__name__
            raise ValueError(
                f"The activation {activation!r} has no ONNX converter. Enter one in "
                f"skfcn.onnx.ACTIVATION_CONVERTERS[{name}]: a function of (graph, activation, z) "
                "that adds its operations and returns the name of the result."
            )
    for kind in run.network.normalization.values():
        if type(kind) not in (LayerNormalization, BatchNormalization):
            raise ValueError(f"The normalization {kind!r} has no ONNX converter.")
    if not type(run.loss).inverse_link.__module__.startswith("skfcn.losses."):
        raise ValueError(f"The link of loss={run.loss!r} has no ONNX converter.")


# ---- what skl2onnx calls


def _raw_outputs_of(operator: Any, graph: Graph) -> str:
    """Add the network of an operator's model, which computes in float32."""
    model = operator.raw_operator
    _check(model, graph.container.target_opset)
    X = graph("Cast", operator.inputs[0].full_name, to=_FLOAT)
    return _raw_outputs(graph, model._run.network, X)


def _write(graph: Graph, name: str, variable: Any) -> None:
    """Let an output of the operator have a value, in the type that is declared for it."""
    from skl2onnx.common.data_types import guess_proto_type

    graph("Cast", name, into=variable.full_name, to=guess_proto_type(variable.type))


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    model, graph = operator.raw_operator, Graph(scope, container)
    labels, probabilities = operator.outputs
    raw = _raw_outputs_of(operator, graph)
    if model._run.target_type.startswith("multilabel"):
        _write(graph, graph("Greater", raw, 0.0), labels)
        _write(graph, _prediction(graph, model._run.loss, raw), probabilities)
        return
    if len(model.classes_) == 1:
        raw = graph("Mul", raw, 0.0)
        _write(graph, graph("Add", raw, 1.0), probabilities)
    else:
        if model.n_outputs_ == 1:  # two classes share it
            raw = graph("Concat", graph("Neg", raw), raw, axis=1)
        _write(graph, _prediction(graph, model._run.loss, raw), probabilities)
    best = graph("ArgMax", raw, axis=1, keepdims=0)
    graph("Gather", model.classes_, best, into=labels.full_name, axis=0)


def _classifier_shapes(operator: Any) -> None:
    from skl2onnx.common.data_types import Int64TensorType
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

    model = operator.raw_operator
    check_is_fitted(model)
    calculate_linear_classifier_output_shapes(operator)
    if model._run.target_type.startswith("multilabel"):
        rows = operator.inputs[0].get_first_dimension()
        operator.outputs[0].set_type(Int64TensorType([rows, model.n_outputs_]))


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    graph = Graph(scope, container)
    raw = _raw_outputs_of(operator, graph)
    loss = operator.raw_operator._run.loss
    _write(graph, _prediction(graph, loss, raw), operator.outputs[0])


def _regressor_shapes(operator: Any) -> None:
    from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes

    check_is_fitted(operator.raw_operator)
    calculate_linear_regressor_output_shapes(operator)
    rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].type.shape = [rows, operator.raw_operator.n_outputs_]


def _convert_pixel_scaler(scope: Any, operator: Any, container: Any) -> None:
    graph = Graph(scope, container)
    pixels = graph("Cast", operator.inputs[0].full_name, to=_FLOAT)
    divisor = float(operator.raw_operator.divisor)
    graph("Div", pixels, divisor, into=operator.outputs[0].full_name)


def _pixel_scaler_shapes(operator: Any) -> None:
    from skl2onnx.common.data_types import FloatTensorType

    rows = operator.inputs[0].get_first_dimension()
    columns = operator.raw_operator.n_features_in_
    operator.outputs[0].set_type(FloatTensorType([rows, columns]))


@cache
def register() -> None:
    """Tell skl2onnx how to convert the estimators of this package.

    `to_onnx` does so; call it before functions of skl2onnx's own.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    Examples
    --------
    With the extra installed::

        skfcn.onnx.register()
        skl2onnx.to_onnx(pipeline, X[:1])
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ImportError('ONNX needs the extra onnx: pip install "skfcn[onnx]"') from error
    zipmap = {"zipmap": [True, False, "columns"], "nocl": [True, False]}
    for estimator, shapes, convert, options in [
        (FCNClassifier, _classifier_shapes, _convert_classifier, zipmap),
        (FCNRegressor, _regressor_shapes, _convert_regressor, None),
        (PixelScaler, _pixel_scaler_shapes, _convert_pixel_scaler, None),
    ]:
        alias = f"Skfcn{estimator.__name__}"
        update_registered_converter(estimator, alias, shapes, convert, options=options)


def to_onnx(model: Any, X: Any, **settings: Any) -> Any:
    """Convert a fitted estimator, alone or within others, to ONNX.

    Parameters
    ----------
    model : estimator
        An `FCNClassifier` or `FCNRegressor`, or a pipeline, search or ensemble that has one and
        whose other parts skl2onnx knows.
    X : ndarray, sparse matrix or data frame
        Data as the model takes them; the first row is enough. Its columns and types become the
        inputs of the graph. The network computes in float32, whatever they are.
    **settings : dict
        What else `skl2onnx.to_onnx` takes, as `target_opset`. By default classifiers return their
        probabilities as an array (``options={"zipmap": False}``).

    Returns
    -------
    graph : onnx.ModelProto
        ``graph.SerializeToString()`` is what goes into a file. A classifier's outputs are labels
        of shape (n,) or (n, n_labels) and probabilities of shape (n, n_classes); a regressor's is
        of shape (n, n_outputs).

    Raises
    ------
    ImportError
        If the extra ``onnx`` is not installed.
    NotFittedError
        If the network is not fitted.
    ValueError
        If a component has no converter; the message names it.

    Examples
    --------
    With the extra installed::

        graph = to_onnx(pipeline, X[:1].astype(np.float32))
        Path("model.onnx").write_bytes(graph.SerializeToString())
    """
    register()
    import skl2onnx

    if is_classifier(model):
        settings.setdefault("options", {"zipmap": False})
    return skl2onnx.to_onnx(model, X[:1], **settings)
