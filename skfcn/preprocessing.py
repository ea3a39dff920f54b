"""Transformers that bring raw pixels and tables into the range that a network likes."""

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn._estimators import FCNRegressor
from skfcn._sklearn import DocumentedEstimator, Interval, resolve
from skfcn.losses import LOSSES, Loss


class PixelScaler(OneToOneFeatureMixin, TransformerMixin, DocumentedEstimator):
    """Divide pixels by a constant, into float32.

    Unlike the scalers that learn from data, it treats every pixel alike.

    Parameters
    ----------
    divisor : float, default=255.0
        What every pixel is divided by.

    Attributes
    ----------
    data_max_ : float
        The largest pixel seen in `fit`: what white is worth in these data.
    n_features_in_ : int
        Number of pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from skfcn.preprocessing import PixelScaler
    >>> PixelScaler().fit_transform(np.array([[0, 51, 255]], dtype=np.uint8))
    array([[0. , 0.2, 1. ]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "divisor": [Interval(Real, 0, None, closed="neither")]
    }

    def __init__(self, divisor: float = 255.0) -> None:
        self.divisor = divisor

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Check the parameter and the data, and note the largest pixel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Pixels.
        y : None
            Ignored.

        Returns
        -------
        self : PixelScaler
            The scaler.
        """
        self._validate_params()
        self.data_max_ = float(validate_data(self, X).max())
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Divide.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Pixels of any real dtype.

        Returns
        -------
        X_scaled : ndarray of shape (n_samples, n_features)
            In float32.
        """
        check_is_fitted(self)
        scaled = validate_data(self, X, reset=False).astype(np.float32)
        scaled /= np.float32(self.divisor)
        return scaled

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # float32 is the point
        return tags


def make_table_preprocessor(categorical_features: Any = "from_dtype") -> ColumnTransformer:
    """Make a transformer that turns the columns of a table into what a network likes.

    Missing numbers become the median, and numbers are standardised. A category becomes one
    column for each of its values; one that `fit` has not seen is all zeros.

    Parameters
    ----------
    categorical_features : "from_dtype", array-like of int or str, default="from_dtype"
        The columns that hold categories, by number or name. By default all those of a pandas
        data frame that hold no numbers.

    Returns
    -------
    preprocessor : ColumnTransformer
        Not fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> from skfcn.preprocessing import make_table_preprocessor
    >>> X = pd.DataFrame({"size": [50, 80, None], "town": ["Ulm", "Bonn", None]})
    >>> make_table_preprocessor().fit_transform(X).shape
    (3, 4)
    """
    if isinstance(categorical_features, str) and categorical_features == "from_dtype":
        categorical_features = make_column_selector(dtype_exclude="number")
    return make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), categorical_features),
        remainder=make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
        ),
    )


def make_tabular_pipeline(estimator: Any, *, categorical_features: Any = "from_dtype") -> Pipeline:
    """Put `make_table_preprocessor` before an estimator.

    The targets of an `FCNRegressor` are standardised for it, and its predictions brought back, by
    a :class:`~sklearn.compose.TransformedTargetRegressor`: its parameters are those of
    ``transformedtargetregressor__regressor``. Losses of targets above zero ("poisson", "gamma"),
    and of several quantiles, see them as they are.

    Parameters
    ----------
    estimator : estimator
        Such as an `FCNClassifier`.
    categorical_features : "from_dtype", array-like of int or str, default="from_dtype"
        The columns that hold categories, by number or name. By default all those of a pandas
        data frame that hold no numbers.

    Returns
    -------
    pipeline : Pipeline
        Not fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> from skfcn import FCNClassifier
    >>> from skfcn.preprocessing import make_tabular_pipeline
    >>> X = pd.DataFrame({"size": [1.0, 2.0, None, 3.0], "colour": ["red", "blue", None, "red"]})
    >>> model = make_tabular_pipeline(FCNClassifier(solver="lbfgs", random_state=0))
    >>> model.fit(X, ["a", "b", "b", "a"]).predict(X)
    array(['a', 'b', 'b', 'a'], dtype='<U1')
    """
    if isinstance(estimator, FCNRegressor) and _can_be_scaled(estimator.loss):
        estimator = TransformedTargetRegressor(estimator, transformer=StandardScaler())
    return make_pipeline(make_table_preprocessor(categorical_features), estimator)


def _can_be_scaled(loss: Any) -> bool:
    """Tell whether a loss is one of targets on any scale, with one prediction for each."""
    loss = resolve(loss, LOSSES) if isinstance(loss, str) and loss in LOSSES else loss
    one_each = isinstance(loss, Loss) and loss.n_outputs(1) == 1
    return one_each and loss.out_activation == "identity"
