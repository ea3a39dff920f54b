"""What the network's outputs stand for: class labels, or numbers."""

from math import inf, nan
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.metrics import d2_pinball_score, r2_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.multiclass import unique_labels

from skfcn._sklearn import is_number
from skfcn.engine import FloatArray
from skfcn.training.encoded import OneHot, SparseRows
from skfcn.training.labels import kind_of_labels

_NARROW = 8  # columns up to which a row of booleans takes no more than a number
_DENSE = 2**20  # booleans that are written out, sparse or not, since they are gathered faster


def check_real(name: str, array: Any) -> Any:
    """Return the array, which is cast batch by batch later on, if it can be cast to float."""
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got an array of dtype {array.dtype}.")
    return array


def _flat_if_one_column(y: Any) -> Any:
    """Return targets of shape (n, 1) as (n,), with scikit-learn's warning, others as they are."""
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y


class ClassTargets:
    """Class labels: a boolean column a class, one column for two classes.

    `classes` are all labels that there are, sorted; their `type` is "binary", "multiclass" or
    "multilabel-indicator", as `sklearn.utils.multiclass.type_of_target` names it.
    """

    score_name = "accuracy"

    def __init__(self, classes: NDArray[Any], type: str) -> None:
        self.classes, self.type = classes, type

    @classmethod
    def of(cls, y: NDArray[Any], classes: NDArray[Any] | None = None) -> Self:
        """Return targets of the kind of y, with all classes that will ever come, or those of y."""
        y, kind = _check_labels(y)
        all_labels = y if classes is None or kind.startswith("multilabel") else classes
        binarizer = LabelBinarizer().fit(all_labels)
        return cls(binarizer.classes_, binarizer.y_type_)

    @property
    def is_multilabel(self) -> bool:
        """Whether a row has any number of labels."""
        return self.type.startswith("multilabel")

    @property
    def is_certain(self) -> bool:
        """Whether there is but one class to learn."""
        return len(self.classes) == 1

    def encode(self, y: NDArray[Any]) -> NDArray[np.bool_] | OneHot | SparseRows:
        """Return booleans with a column a class, or one column for at most two classes.

        Of an indicator matrix they have a column a label. Many columns are not written out.
        ValueError says that y has other labels.
        """
        y, kind = _check_labels(y)
        labels = unique_labels(y)
        if len(np.setdiff1d(labels, self.classes)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes}. 'y' has {labels}."
            )
        n_classes = len(self.classes)
        if self.is_multilabel or kind.startswith("multilabel"):
            known = np.ones((1, n_classes), dtype=int) if self.is_multilabel else self.classes
            binarizer = LabelBinarizer().fit(known)
            if not kind.startswith("multilabel"):
                return binarizer.transform(y).astype(bool)
            binarizer.transform(y[:1])  # raises where y has another shape
            return _indicators(y)
        if n_classes > _NARROW:
            return OneHot(np.searchsorted(self.classes, y), n_classes)
        # A binarizer takes longer than to train on a small batch.
        columns = self.classes if n_classes > 2 else self.classes[1:]
        return y[:, None] == columns if n_classes > 1 else np.zeros((len(y), 1), dtype=bool)

    def check_known_classes(self, y: NDArray[Any]) -> None:
        """Raise ValueError if y has a class that is new; a piece may lack some."""
        labels = unique_labels(_check_labels(y)[0])
        if not set(labels) <= set(self.classes):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes}, `y` has {labels}"
            )

    def decode(self, raw: FloatArray) -> NDArray[Any]:
        """Return the most probable labels.

        The most probable class has the largest raw output; one half is the link of zero.
        """
        if self.is_multilabel:
            return (raw > 0).astype(int)
        if self.is_certain:
            return np.repeat(self.classes, len(raw))
        if raw.shape[1] == 1:
            return self.classes[(raw[:, 0] > 0).astype(int)]
        return self.classes[raw.argmax(axis=1)]

    def score(
        self, prediction: FloatArray, y: NDArray[Any], sample_weight: FloatArray | None
    ) -> float:
        """Return the accuracy of predicted probabilities."""
        return self.score_of(self.kept(prediction, y), y, sample_weight)

    def kept(self, prediction: FloatArray, y: Any) -> NDArray[np.bool_]:
        """Return what the score needs of the predictions for some rows: whether each is right."""
        if self.type == "multiclass":
            return prediction.argmax(axis=1) == y.argmax(axis=1)
        right: NDArray[np.bool_] = ((prediction > 0.5) == (y > 0.5)).all(axis=1)
        return right

    def score_of(self, right: NDArray[Any], y: Any, sample_weight: FloatArray | None) -> float:
        """Return the score of what was kept of all rows."""
        # accuracy_score takes longer than an epoch of a small table.
        return float(np.average(right, weights=sample_weight))

    def weights(self, class_weight: Any, y: NDArray[Any]) -> NDArray[np.float64]:
        """Return the weight of each sample for its class, as scikit-learn computes it."""
        for each in class_weight if isinstance(class_weight, list) else [class_weight]:
            _check_class_weight(each)
        if self.is_multilabel:
            if class_weight != "balanced" and (
                isinstance(class_weight, dict) or len(class_weight) != len(self.classes)
            ):
                raise ValueError(
                    "For multi-output, class_weight should be a list of dicts, or the string "
                    "'balanced': one dict for each of the labels, here "
                    f"{len(self.classes)}, such as {{0: 1, 1: 2}}. Got {class_weight!r}."
                )
            return compute_sample_weight(class_weight, y)
        y = _flat_if_one_column(y)
        # Classes that do not occur, as in a piece of the data, are balanced by no weight.
        classes = np.unique(y) if class_weight == "balanced" else self.classes
        weights = compute_class_weight(class_weight, classes=classes, y=y)
        return weights[np.searchsorted(classes, y)]


def _check_class_weight(weights: Any) -> None:
    if weights == "balanced":
        return
    if not isinstance(weights, dict) or not all(
        is_number(weight) and 0 <= weight < inf for weight in weights.values()
    ):
        raise ValueError(f"class_weight must have finite numbers of at least 0, got {weights!r}.")


class NumberTargets:
    """Numbers, in one column or several; of one column, several `quantiles` may be predicted."""

    score_name = "R²"

    def __init__(self, n_columns: int, quantiles: Any = None) -> None:
        self.n_columns, self.quantiles = n_columns, quantiles
        self.type = "continuous" if n_columns == 1 else "continuous-multioutput"

    @classmethod
    def of(cls, y: NDArray[Any], loss: Any) -> Self:
        """Return targets of the columns of y, for a loss."""
        n_columns = 1 if y.ndim == 1 else y.shape[1]
        return cls(n_columns, loss.quantile if loss.n_outputs(n_columns) > n_columns else None)

    def encode(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return an array of shape (n_samples, n_columns), of the type of y."""
        if issparse(y):
            raise TypeError(
                "Sparse data was passed for y, but dense data is required. Use '.toarray()' to "
                "convert to a dense numpy array."
            )
        y = _flat_if_one_column(check_real("y", y))
        assert_all_finite(y, input_name="y")  # None among objects has become NaN only now
        return y.reshape(len(y), -1)

    def score(
        self, prediction: FloatArray, y: NDArray[Any], sample_weight: FloatArray | None
    ) -> float:
        """Return R²; for several quantiles, the mean over them of D² of the pinball loss."""
        return self.score_of(prediction, y, sample_weight)

    def kept(self, prediction: FloatArray, y: Any) -> FloatArray:
        """Return what the score needs of the predictions for some rows: all of them."""
        return prediction

    def score_of(self, prediction: FloatArray, y: Any, sample_weight: FloatArray | None) -> float:
        """Return the score of what was kept of all rows."""
        if len(y) < 2:
            return nan  # of one number there is no variance to explain
        if self.quantiles is None:
            return float(r2_score(y, prediction, sample_weight=sample_weight))
        scores = [
            d2_pinball_score(np.ravel(y), column, sample_weight=sample_weight, alpha=quantile)
            for column, quantile in zip(prediction.T, self.quantiles, strict=True)
        ]
        return float(np.mean(scores))


def _indicators(y: Any) -> Any:
    """Return where a matrix, sparse or not, is not zero."""
    if not issparse(y):
        return y != 0
    return SparseRows.of(y) if y.shape[0] * y.shape[1] > _DENSE else y.toarray() != 0


def _check_labels(y: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Return the labels, in one dimension if they are in one column, and what kind they are of."""
    kind = kind_of_labels(y)
    return _flat_if_one_column(y), kind
