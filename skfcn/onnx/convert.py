"""Fitted networks as ONNX graphs, for runtimes without Python or scikit-learn.

skl2onnx converts pipelines, searches and ensembles; what it has to know about the estimators of
this package is here, and `to_onnx` tells it. This needs the extra ``onnx``.
"""

from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn._sklearn import decision_rule
from skfcn.onnx.graph import OPSET, Graph, add_layers, add_prediction, check_convertible
from skfcn.onnx.prepare import (
    HiddenLayer,
    as_predictor,
    column_types,
    first_row,
    takes_columns,
)
from skfcn.preprocessing import PixelScaler, TablePreprocessor

# ---- what skl2onnx calls: for each estimator, the types of its outputs and its nodes


def _dtype(operator: Any) -> type[np.floating]:
    """Return the type to compute in: float64 where an input is."""
    from skl2onnx.common.data_types import DoubleTensorType

    double = any(isinstance(variable.type, DoubleTensorType) for variable in operator.inputs)
    return np.float64 if double else np.float32


def _declare(operator: Any, variable: Any, n_columns: int, dtype: Any) -> None:
    """Say that an output has so many columns, and a row for each of the input."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType

    types = {np.float32: FloatTensorType, np.float64: DoubleTensorType, np.int64: Int64TensorType}
    variable.set_type(types[dtype]([operator.inputs[0].get_first_dimension(), n_columns]))


def _input(graph: Graph, operator: Any) -> str:
    """Add what makes one matrix of the inputs, which are columns if X is a data frame."""
    parts = [graph.cast(variable.full_name, graph.dtype) for variable in operator.inputs]
    return parts[0] if len(parts) == 1 else graph("Concat", *parts, axis=1)


def _network_graph(scope: Any, operator: Any, container: Any) -> tuple[Graph, Any]:
    """Return a graph for an operator's network, and its model, if both will do."""
    if container.target_opset < OPSET:
        raise ValueError(f"target_opset must be at least {OPSET}, got {container.target_opset}.")
    model = operator.raw_operator._fitted.model
    check_convertible(model.network, model.loss)
    return Graph(scope, container, _dtype(operator)), model


def _labels(scope: Any, model: Any) -> NDArray[Any]:
    """Return the labels of a graph's outputs: strings, or int64 for all that are whole numbers."""
    from skl2onnx.common.utils_classifier import get_label_classes

    classes = get_label_classes(scope, model)  # which has an option for them
    if classes.dtype.kind in "biuf" and np.array_equal(classes.astype(np.int64), classes):
        return classes.astype(np.int64)
    if all(isinstance(label, str) for label in classes):
        return classes
    raise ValueError(f"An ONNX graph's labels are strings or integers, got {classes!r}.")


def _label_shapes(operator: Any) -> None:
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    model, (labels, probabilities) = operator.raw_operator, operator.outputs
    check_is_fitted(model)
    _declare(operator, probabilities, len(model.classes_), _dtype(operator))
    whole = _labels(operator.scope_inst, model).dtype == np.int64
    rows = operator.inputs[0].get_first_dimension()
    labels.set_type((Int64TensorType if whole else StringTensorType)([rows]))


def _classifier_shapes(operator: Any) -> None:
    model, (labels, probabilities) = operator.raw_operator, operator.outputs
    check_is_fitted(model)
    if model._fitted.model.targets.is_multilabel:
        _declare(operator, probabilities, len(model.classes_), _dtype(operator))
        _declare(operator, labels, len(model.classes_), np.int64)
    else:
        _label_shapes(operator)


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    graph, fitted = _network_graph(scope, operator, container)
    model, (labels, probabilities) = operator.raw_operator, operator.outputs
    raw = add_layers(graph, fitted.network, _input(graph, operator))
    if fitted.targets.is_multilabel:
        graph.cast(graph("Greater", raw, 0), np.int64, into=labels.full_name)
        add_prediction(graph, fitted.loss, raw, into=probabilities.full_name)
        return
    if len(model.classes_) == 1:
        graph("Clip", raw, 1, 1, into=probabilities.full_name)
    else:
        if model.n_outputs_ == 1:  # two classes share it
            raw = graph("Concat", graph("Neg", raw), raw, axis=1)
        add_prediction(graph, fitted.loss, raw, into=probabilities.full_name)
    best = graph("ArgMax", raw, axis=1, keepdims=0)
    graph("Gather", _labels(scope, model), best, into=labels.full_name, axis=0)


def _regressor_shapes(operator: Any) -> None:
    _declare(operator, operator.outputs[0], operator.raw_operator.n_outputs_, _dtype(operator))


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    graph, fitted = _network_graph(scope, operator, container)
    raw = add_layers(graph, fitted.network, _input(graph, operator))
    add_prediction(graph, fitted.loss, raw, into=operator.outputs[0].full_name)


def _pixel_scaler_shapes(operator: Any) -> None:
    _declare(operator, operator.outputs[0], operator.raw_operator.n_features_in_, np.float32)


def _convert_pixel_scaler(scope: Any, operator: Any, container: Any) -> None:
    graph = Graph(scope, container, np.float32)
    divisor = operator.raw_operator.divisor
    graph("Div", _input(graph, operator), divisor, into=operator.outputs[0].full_name)


def _convert_threshold(scope: Any, operator: Any, container: Any) -> None:
    """Add a classifier, and labels by the threshold; skl2onnx's own converter keeps its labels."""
    from skl2onnx._parse import _parse_sklearn

    model, (labels, probabilities) = operator.raw_operator, operator.outputs
    estimator = getattr(model, "estimator_", model.estimator)
    if model.response_method == "decision_function" or not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"{type(model).__name__} has an ONNX converter for thresholds of probabilities only, "
            f"got response_method={model.response_method!r} of {estimator!r}."
        )
    operator.predictor = predictor = as_predictor(estimator)  # options go by id: it lives on
    scope.add_options(id(predictor), {"zipmap": False})
    container.add_options(id(predictor), {"zipmap": False})
    _, found = _parse_sklearn(scope, predictor, operator.inputs)
    graph = Graph(scope, container, _dtype(operator))
    probability = graph.cast(found.full_name, graph.dtype, into=probabilities.full_name)
    threshold, positive = decision_rule(model)
    column = 1 if positive is None else int(np.flatnonzero(model.classes_ == positive)[0])
    score = graph("Gather", probability, np.array(column), axis=1)
    order = _labels(scope, model)[[1 - column, column]]
    above = graph.cast(graph("GreaterOrEqual", score, float(threshold)), np.int64)
    graph("Gather", order, above, into=labels.full_name, axis=0)


def _hidden_layer_shapes(operator: Any) -> None:
    network = operator.raw_operator.network
    _declare(operator, operator.outputs[0], network._n_features_out, _dtype(operator))


def _convert_hidden_layer(scope: Any, operator: Any, container: Any) -> None:
    graph, fitted = _network_graph(scope, operator, container)
    end = fitted.network.end_of_hidden_layer(operator.raw_operator.network._hidden_layer())
    activations = add_layers(graph, fitted.network, _input(graph, operator), end)
    graph("Identity", activations, into=operator.outputs[0].full_name)


def register() -> None:
    """Tell skl2onnx how to convert the estimators of this package.

    `to_onnx` does so; call it before functions of skl2onnx's own. ImportError says that it is not
    installed.

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
    either = [True, False]
    options = {"zipmap": [*either, "columns"], "nocl": either, "output_class_labels": either}
    for base, shapes, convert in [
        (FCNClassifier, _classifier_shapes, _convert_classifier),
        (FCNRegressor, _regressor_shapes, _convert_regressor),
        (PixelScaler, _pixel_scaler_shapes, _convert_pixel_scaler),
        (HiddenLayer, _hidden_layer_shapes, _convert_hidden_layer),
        (FixedThresholdClassifier, _label_shapes, _convert_threshold),
        (TunedThresholdClassifierCV, _label_shapes, _convert_threshold),
    ]:
        own = options if issubclass(base, ClassifierMixin) else None
        for estimator in _new_kinds_of(base):
            name = f"Skfcn{base.__name__}"
            update_registered_converter(estimator, name, shapes, convert, options=own)
    for estimator in _new_kinds_of(TablePreprocessor):  # its parser makes other operators of it
        update_registered_converter(
            estimator,
            "SkfcnTablePreprocessor",
            lambda operator: None,
            lambda scope, operator, container: None,
            parser=_parse_table,
        )


_known: WeakSet[type] = WeakSet()  # to skl2onnx: who registers another converter later has that


def _new_kinds_of(base: type) -> list[type]:
    """Return a class and its subclasses, as far as skl2onnx was not told of them."""
    found = [base]
    for kind in found:  # which grows
        found += kind.__subclasses__()
    new = [kind for kind in dict.fromkeys(found) if kind not in _known]
    _known.update(new)
    return new


def _parse_table(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
    """Let skl2onnx see the parts of a table's preprocessor as those of a `ColumnTransformer`."""
    from skl2onnx._parse import _parse_sklearn

    names = getattr(model, "feature_names_in_", np.arange(model.n_features_in_))
    odd = [names[number] for number in (*model.times_, *model.read_)]
    if odd:
        raise ValueError(
            f"Columns {odd} hold dates, durations, or numbers as objects, for which there is no "
            "ONNX converter; make numbers of them before the model."
        )
    others = [n for n in range(model.n_features_in_) if n not in model.encoders_]
    parts = [(f"column{n}", encoder, [n]) for n, encoder in model.encoders_.items()]
    parts += [("numbers", model.scaler_, others)] if others else []
    columns = ColumnTransformer(parts)
    columns.transformers_ = parts
    return _parse_sklearn(scope, columns, inputs, custom_parsers)


def to_onnx(model: Any, X: Any = None, **settings: Any) -> Any:
    """Convert a fitted estimator, alone or within others, to ONNX.

    Parameters
    ----------
    model : estimator
        An `FCNClassifier` or `FCNRegressor`, or a pipeline, search or ensemble that has one.
    X : array-like, sparse matrix or data frame, default=None
        Data as the model takes them; the first row is enough. An array becomes one input, "X", of
        its type; a data frame one for each column, all numbers as float64 if one of the columns
        is, else as float32. The network computes in float64 if its input is, else in float32.
        ``initial_types``, skl2onnx's own way to say it, can take its place.
    **settings : dict
        What else `skl2onnx.to_onnx` takes, as `target_opset`. By default classifiers return their
        probabilities as an array (``options={"zipmap": False}``).

    Returns
    -------
    graph : onnx.ModelProto
        ``graph.SerializeToString()`` goes into a file. A classifier's outputs are labels, (n,) or
        (n, n_labels), and probabilities, (n, n_classes); a regressor's one, (n, n_outputs).

    Raises
    ------
    ImportError
        If the extra ``onnx`` is not installed.
    NotFittedError
        If the network is not fitted.
    ValueError
        If a component has no converter, the message names it, or X is not what the model takes.

    Examples
    --------
    With the extra installed::

        graph = to_onnx(pipeline, X[:1].astype(np.float32))
        Path("model.onnx").write_bytes(graph.SerializeToString())
    """
    register()
    import skl2onnx

    predictor = as_predictor(model)
    if hasattr(X, "columns"):
        settings["initial_types"], X = column_types(predictor, X), None
        if not takes_columns(predictor):
            # One matrix of them, as skl2onnx would make it, but in their own type.
            predictor = make_pipeline(FunctionTransformer(), predictor)
    elif X is not None:
        X = first_row(predictor, X)
    options = settings.pop("options", None)
    if options is None and is_classifier(predictor):
        options = {"zipmap": False}
    elif options is not None:
        options = {id(predictor) if key == id(model) else key: options[key] for key in options}
    return skl2onnx.to_onnx(predictor, X, options=options, **settings)
