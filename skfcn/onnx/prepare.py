"""What of a model skl2onnx is given, and which inputs it is to read from the data."""

from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn.preprocessing import TablePreprocessor

_INPUT_DTYPES = ("float32", "float64", "int8", "uint8", "int32", "int64", "bool")


class HiddenLayer(TransformerMixin, BaseEstimator):
    """A network that stands where its `transform` is used."""

    def __init__(self, network: Any) -> None:
        self.network = network

    @property
    def _fitted(self) -> Any:
        check_is_fitted(self.network)
        return self.network._fitted


def as_predictor(model: Any) -> Any:
    """Return what predicts in a model: of a search the best; networks before it, hidden layers."""
    model = getattr(model, "best_estimator_", model)
    if isinstance(model, FrozenEstimator):
        return as_predictor(model.estimator)
    if isinstance(model, TransformedTargetRegressor):
        return _on_the_scale_of_y(model)
    if not isinstance(model, Pipeline):
        return model
    *before, (name, last) = model.steps
    steps = [(key, _as_transformer(step)) for key, step in before]
    return _with_parts(model, steps=[*steps, (name, as_predictor(last))])


def _on_the_scale_of_y(model: Any) -> Any:
    """Return a network that predicts what one on scaled targets does after the way back.

    Its last layer does what the StandardScaler undoes. Anything else is left to skl2onnx.
    """
    check_is_fitted(model)
    regressor, scaler = as_predictor(model.regressor_), model.transformer_
    if not isinstance(regressor, FCNRegressor) or type(scaler) is not StandardScaler:
        return model
    if regressor.out_activation_ != "identity":
        return model
    fitted = regressor._fitted
    network = fitted.model.network.copy()
    scale = scaler.scale_ if scaler.with_std else 1.0
    network.parameters.coefs[-1][...] *= scale
    bias = network.parameters.intercepts[-1]
    bias[...] = bias * scale + (scaler.mean_ if scaler.with_mean else 0.0)
    unscaled = replace(fitted, model=replace(fitted.model, network=network))
    return _with_parts(regressor, _fitted=unscaled)


def _as_transformer(step: Any) -> Any:
    if isinstance(step, FCNClassifier | FCNRegressor):
        return HiddenLayer(step)
    for kind, attribute in ((Pipeline, "steps"), (FeatureUnion, "transformer_list")):
        if isinstance(step, kind):
            parts = [(key, _as_transformer(part)) for key, part in getattr(step, attribute)]
            return _with_parts(step, **{attribute: parts})
    return step


def _with_parts(model: Any, **parts: Any) -> Any:
    """Return a copy that has these fitted parts; `clone` and `set_params` would lose the fit."""
    changed = copy(model)
    vars(changed).update(parts)
    return changed


def first_row(model: Any, X: Any) -> NDArray[Any]:
    """Return the first row of an array or sparse matrix, from which skl2onnx reads the types."""
    row = X[:1].toarray() if issparse(X) else np.asarray(X)[:1]
    if row.dtype.kind in "biufc" and row.dtype.name not in _INPUT_DTYPES:
        raise ValueError(f"X must be of one of {_INPUT_DTYPES}, got {row.dtype}.")
    n_features = getattr(model, "n_features_in_", None)
    if row.ndim != 2 or n_features not in (None, row.shape[1]):
        raise ValueError(f"X must have the shape (n_samples, {n_features}), got {np.shape(X)}.")
    return row


def column_types(model: Any, X: Any) -> list[tuple[str, Any]]:
    """Return the names and types of a data frame's columns, those that the model was fitted on.

    All numbers are of one type: skl2onnx casts columns that it puts together to that of the first.
    """
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType

    names = list(getattr(model, "feature_names_in_", X.columns))
    if missing := [name for name in names if name not in X.columns]:
        raise ValueError(f"X has no columns {missing}, which the model was fitted on.")
    # Of a column of categories, the type of these.
    dtypes = [getattr(X[name].dtype, "categories", X[name]).dtype for name in names]
    double = any(dtype.kind == "f" and dtype.itemsize == 8 for dtype in dtypes)
    number = DoubleTensorType if double else FloatTensorType
    return [
        (str(name), (number if dtype.kind in "biuf" else StringTensorType)([None, 1]))
        for name, dtype in zip(names, dtypes, strict=True)
    ]


def takes_columns(model: Any) -> bool:
    """Tell whether a part of a model picks columns by their names."""
    parts = [model, *model.get_params().values()]
    return any(isinstance(part, ColumnTransformer | TablePreprocessor) for part in parts)
