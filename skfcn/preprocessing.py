"""Transformers that bring raw pixels and tables into the range that a network likes."""

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn._sklearn_private import Interval


class PixelScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
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
