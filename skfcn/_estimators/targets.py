"""From class labels to encoded targets, and from outputs back."""

from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from skfcn._estimators.validation import flat_if_one_column
from skfcn._sklearn import is_number
from skfcn.engine import FloatArray, Parameters
from skfcn.training import Targets


def encode_first(y: NDArray[Any], classes: NDArray[Any] | None = None) -> Targets:
    """Encode the labels of a first fit, one boolean column a class or one for two classes.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        Labels, or a binary indicator matrix.
    classes : ndarray of shape (n_classes,), default=None
        All labels that there are; those of y if None.
    """
    y, kind = _check_labels(y)
    if classes is None or kind.startswith("multilabel"):
        return _encode(y, LabelBinarizer().fit(y))
    binarizer = LabelBinarizer().fit(classes)
    _check_known(unique_labels(y), binarizer.classes_)
    return _encode(y, binarizer)


def encode_again(
    y: NDArray[Any], classes: NDArray[Any], target_type: str, same_classes: bool
) -> Targets:
    """Encode the labels of a later fit as those of the first.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        Labels, or a binary indicator matrix.
    classes : ndarray of shape (n_classes,)
        All labels that there were.
    target_type : str
        What kind they were of.
    same_classes : bool
        Whether every class must come again, as `warm_start` has it.
    """
    y, kind = _check_labels(y)
    labels = unique_labels(y)
    if same_classes and set(labels) != set(classes):
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the previous "
            f"call to fit. Previously got {classes}, `y` has {labels}"
        )
    _check_known(labels, classes)
    multilabel = target_type.startswith("multilabel")
    if multilabel or kind.startswith("multilabel"):
        return _encode(
            y, LabelBinarizer().fit(np.eye(len(classes), dtype=int) if multilabel else classes)
        )
    # A binarizer takes longer than to train on a small batch.
    columns = classes if len(classes) > 2 else classes[1:]
    values = y[:, None] == columns if len(columns) else np.zeros((len(y), 1), dtype=bool)
    return Targets(values, target_type, {"classes_": classes})


def decode(raw: FloatArray, classes: NDArray[Any], target_type: str) -> NDArray[Any]:
    """Return the most probable labels.

    The most probable class has the largest raw output; one half is the link of zero.
    """
    if target_type.startswith("multilabel"):
        return (raw > 0).astype(int)
    if len(classes) == 1:
        return np.repeat(classes, len(raw))
    if raw.shape[1] == 1:
        return classes[(raw[:, 0] > 0).astype(int)]
    return classes[raw.argmax(axis=1)]


def weights_of_classes(
    class_weight: dict[Any, Any] | str, y: NDArray[Any], targets: Targets
) -> NDArray[np.float64]:
    """Return the weight of each sample for its class, as scikit-learn computes it."""
    if isinstance(class_weight, dict) and not all(
        is_number(weight) and 0 <= weight < inf for weight in class_weight.values()
    ):
        raise ValueError(
            f"class_weight must have finite numbers of at least 0, got {class_weight!r}."
        )
    if targets.type.startswith("multilabel"):
        return compute_sample_weight(class_weight, y)
    y, classes = flat_if_one_column(y), targets.attributes["classes_"]
    weights = compute_class_weight(class_weight, classes=classes, y=y)
    return weights[np.searchsorted(classes, y)]


def sort_outputs(parameters: Parameters, classes: ArrayLike | None) -> NDArray[Any]:
    """Put a network's outputs into the sorted order of their labels, and return those.

    Parameters
    ----------
    parameters : Parameters
        The last layer is reordered in place.
    classes : array-like of shape (n_classes,) or None
        The label of each output, or the two labels of a single output; 0, 1, 2 … if None.
    """
    n_outputs = parameters.layer_sizes[-1]
    n_classes = max(n_outputs, 2)
    labels = np.arange(n_classes) if classes is None else np.asarray(classes)
    if labels.shape != (n_classes,) or len(np.unique(labels)) != n_classes:
        raise ValueError(
            f"classes must be {n_classes} different labels for {n_outputs} output(s), "
            f"got {classes!r}."
        )
    order = np.argsort(labels)
    if n_outputs > 1:
        parameters.coefs[-1] = parameters.coefs[-1][:, order]
        parameters.intercepts[-1] = parameters.intercepts[-1][order]
    elif order[0] == 1:  # the one output is that of the second label
        parameters.coefs[-1] *= -1
        parameters.intercepts[-1] *= -1
    return labels[order]


def _check_labels(y: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Return the labels, in one dimension if they are in one column, and what kind they are of."""
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass", "multilabel-indicator"):
        check_classification_targets(y)
        raise ValueError("Multioutput target data is not supported with label binarization")
    if y.dtype.kind in "mM" and np.isnat(y).any():  # NaT is no class: it equals nothing
        raise ValueError("Input y contains NaT.")
    return flat_if_one_column(y), kind


def _check_known(labels: NDArray[Any], classes: NDArray[Any]) -> None:
    if len(np.setdiff1d(labels, classes)):
        raise ValueError(
            "`y` has classes not in `self.classes_`. "
            f"`self.classes_` has {classes}. 'y' has {labels}."
        )


def _encode(y: NDArray[Any], binarizer: LabelBinarizer) -> Targets:
    return Targets(
        values=binarizer.transform(y).astype(bool),
        type=binarizer.y_type_,
        attributes={"classes_": binarizer.classes_},
    )
