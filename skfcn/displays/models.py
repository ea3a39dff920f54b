"""What the displays read of a fitted estimator, and the checks that they share."""

from collections.abc import Mapping, Sequence
from math import isqrt
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators import activation_names


def fitted_model(estimator: Any) -> Any:
    """Return the estimator, or the last step of a pipeline, if it is fitted."""
    model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    check_is_fitted(model)
    return model


def coefs_of(model: Any) -> list[NDArray[Any]]:
    """Return copies of the weights of each layer, of shape (n_in, n_out)."""
    if not hasattr(model, "coefs_"):
        raise ValueError(
            "estimator must have coefs_, the weights of each layer, as FCNClassifier and "
            f"MLPClassifier have; got {model!r}."
        )
    return [coef.copy() for coef in model.coefs_]


def hidden_layers(model: Any) -> list[tuple[str, int, str]]:
    """Return the name, the width and the activation of each hidden layer."""
    widths = [coef.shape[1] for coef in model.coefs_[:-1]]
    if hasattr(model, "_fitted"):
        activations = activation_names(model._fitted.model.network)
    else:
        activations = [str(model.activation)] * len(widths)
    names = [f"Hidden {layer}" for layer in range(1, len(widths) + 1)]
    names = names if len(names) > 1 else ["Hidden"] * len(names)
    return list(zip(names, widths, activations, strict=True))


def class_names(estimators: Sequence[Any]) -> list[str]:
    """Name estimators after their classes, with a number where that is not enough."""
    models = [model[-1] if isinstance(model, Pipeline) else model for model in estimators]
    names = [type(model).__name__ for model in models]
    return [
        f"{name} {names[: i + 1].count(name)}" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


def read_training(estimator: Any) -> dict[str, ArrayLike]:
    """Return the curves that a fitted estimator recorded, as `TrainingDisplay` takes them."""
    model = fitted_model(estimator)
    history = getattr(model, "history_", None)
    if not isinstance(history, Mapping):
        history = {}
    loss = history.get("loss", getattr(model, "loss_curve_", None))
    if loss is None or len(loss) == 0:
        raise ValueError(
            "estimator must have a record of its training, history_ or loss_curve_, with at "
            f"least one epoch; {model!r} has none."
        )
    score = history.get("validation_score", getattr(model, "validation_scores_", None))
    if score is not None and len(score) < len(loss):
        # A warm start can begin to validate later than it began to train.
        score = [np.nan] * (len(loss) - len(score)) + list(score)
    curves = {"position": history.get("epoch", np.arange(1, len(loss) + 1)), "loss": loss}
    curves |= {"validation_loss": history.get("validation_loss"), "score": score}
    return {name: values for name, values in curves.items() if values is not None}


def image_shape_of(image_shape: Sequence[int] | None, n_features: int) -> tuple[int, int]:
    """Return the height and width that the user gave, or those of a square image."""
    if image_shape is None:
        side = isqrt(n_features)
        if side * side != n_features:
            raise ValueError(
                f"image_shape=None means square images, but n_features={n_features} is not the "
                "square of an integer. Pass image_shape=(height, width)."
            )
        return side, side
    try:
        height, width = (int(n) for n in image_shape)
    except (TypeError, ValueError):
        height = width = 0
    if min(height, width) < 1 or height * width != n_features:
        raise ValueError(
            "image_shape must be two integers (height, width) whose product is n_features="
            f"{n_features}, got {image_shape!r}."
        )
    return height, width


def check_count(name: str, value: Any, minimum: int) -> int:
    """Return `value` as an int if it is one, and not below `minimum`."""
    if not isinstance(value, Integral) or value is True or value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}, got {value!r}.")
    return int(value)
