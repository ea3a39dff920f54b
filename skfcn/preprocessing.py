"""Transformers that bring raw pixels and tables into the range that a network likes."""

from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import hstack
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn._estimators import FCNRegressor, keeping_feature_names
from skfcn._sklearn import DocumentedEstimator, Interval, resolve
from skfcn.engine import quiet_floats
from skfcn.losses import LOSSES, Loss
from skfcn.tabular import (
    Column,
    TableTransformer,
    Time,
    as_numbers,
    as_objects,
    as_times,
    columns_of,
    is_missing,
    numbers_of,
)


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
        with quiet_floats():
            scaled = validate_data(self, X, reset=False).astype(np.float32)
            scaled /= np.float32(self.divisor)
        return scaled

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # float32 is the point
        return tags


class TablePreprocessor(TableTransformer):
    """Turn the columns of a table into what a network likes, whatever library made it.

    Missing numbers become the median, and numbers are standardised. A category (strings, booleans,
    other objects, and what the table or `categorical_features` calls so) becomes one column for
    each of its values; a missing value is one of them, and one that `fit` has not seen is all
    zeros. Strings and objects that are all numbers count as numbers. A date becomes its days
    since 1970 in UTC, its month, day, weekday and hour, as far as they vary, a duration its days.

    Parameters
    ----------
    categorical_features : "from_dtype", array-like of int or str, default="from_dtype"
        The columns that hold categories, by number or name. If it names some, booleans that it
        does not name are numbers.
    sparse_output : bool, default=False
        Whether to return a CSR matrix where nine tenths of it are zeros, as with thousands of
        categories.

    Attributes
    ----------
    encoders_ : dict of int to OneHotEncoder
        Of each column of categories, by its number: they come first, in this order.
    times_ : dict of int to object
        Of each column of dates or durations.
    read_ : list of int
        The columns of numbers that were strings or other objects.
    scaler_ : Pipeline or None
        Of all numbers, those of dates included, in the order of the columns.
    n_features_in_ : int
        Columns of the table.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all of them are strings.

    Examples
    --------
    >>> import pandas as pd
    >>> from skfcn.preprocessing import TablePreprocessor
    >>> X = pd.DataFrame({"size": [50, 80, None], "town": ["Ulm", "Bonn", None]})
    >>> preprocessor = TablePreprocessor().fit(X.convert_dtypes())
    >>> preprocessor.get_feature_names_out()
    array(['town_Bonn', 'town_Ulm', 'town_None', 'size'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **TableTransformer._parameter_constraints,
        "sparse_output": ["boolean"],
    }

    def __init__(
        self, categorical_features: Any = "from_dtype", sparse_output: bool = False
    ) -> None:
        self.categorical_features, self.sparse_output = categorical_features, sparse_output

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the values of categories, and the medians, means and deviations of numbers.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            A data frame of pandas or polars, an Arrow table, an array or a list of rows.
        y : None
            Ignored.

        Returns
        -------
        self : TablePreprocessor
            The preprocessor.

        Raises
        ------
        ValueError
            If X has no rows or no columns or is no table, if a column holds infinity, or if
            `categorical_features` names a column that is not there.
        """
        self._validate_params()
        with quiet_floats(), keeping_feature_names(self):
            columns = list(columns_of(self._validated(X, reset=True)))
            declared = self._declared()
            by_type = isinstance(self.categorical_features, str)
            categories: list[int] = list(declared)
            times: dict[int, Time] = {}
            for number, column in enumerate(columns):
                if number in declared:
                    continue
                found = None if column.is_category else as_times(column)
                if found is not None:
                    times[number] = Time(*found)
                elif column.is_category or _holds_categories(column, by_type):
                    categories.append(number)
            encoders = {
                number: OneHotEncoder(handle_unknown="ignore").fit(_values(columns[number]))
                for number in categories
            }
            self.encoders_, self.times_, self.scaler_ = encoders, times, None
            others = set(range(len(columns))) - set(categories) - set(times)
            self.read_ = [n for n in sorted(others) if columns[n].values.dtype.kind == "O"]
            numbers = self._numbers(columns)
            if numbers is not None:
                imputer = SimpleImputer(strategy="median", keep_empty_features=True)
                self.scaler_ = make_pipeline(imputer, StandardScaler()).fit(numbers)
        return self

    def transform(self, X: Any) -> Any:
        """Encode categories and scale numbers.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            Columns as in `fit`, in the same order.

        Returns
        -------
        X_encoded : ndarray or CSR matrix of shape (n_samples, n_features_out)
            Categories first, then numbers.

        Raises
        ------
        ValueError
            If the columns are not those of `fit`, or one of them held numbers, dates or durations
            and now holds something else, or infinity.
        """
        check_is_fitted(self)
        with quiet_floats():
            columns = list(columns_of(self._validated(X, reset=False)))
            parts = [
                encoder.transform(_values(columns[number], encoder.categories_[0]))
                for number, encoder in self.encoders_.items()
            ]
            numbers = self._numbers(columns)
            scaled = [] if self.scaler_ is None else [self.scaler_.transform(numbers)]
        n_numbers = sum(part.shape[1] for part in scaled)
        width = sum(part.shape[1] for part in parts) + n_numbers
        if self.sparse_output and len(parts) + n_numbers < _SPARSE * width:
            return hstack([*parts, *scaled], format="csr")
        return np.hstack([*(part.toarray() for part in parts), *scaled])

    def _names(self, columns: NDArray[Any]) -> list[str]:
        names: list[str] = []
        for number, encoder in self.encoders_.items():
            names += encoder.get_feature_names_out([columns[number]]).tolist()
        for number, column in enumerate(columns):
            if number in self.times_:
                names += [f"{column}_{part}" for part in self.times_[number].parts]
            elif number not in self.encoders_:
                names.append(column)
        return names

    def _numbers(self, columns: list[Column]) -> NDArray[Any] | None:
        """Return the numbers of the table, those that its dates are made of among them."""
        found: list[NDArray[Any]] = []
        for number, column in enumerate(columns):
            if number in self.times_:
                found += self.times_[number].numbers(column)
            elif number not in self.encoders_:
                found.append(numbers_of(column))
        return np.stack(found).T if found else None  # columns lie together, as in a data frame


_SPARSE = 0.1  # of the numbers are not zero, at most, where a sparse matrix is made


def _holds_categories(column: Column, by_type: bool) -> bool:
    """Tell whether a column holds no numbers; booleans are categories if all goes by type."""
    if as_numbers(column) is not None:
        return False
    known = {type(value) for value in as_objects(column.values) if not is_missing(value)}
    return by_type or not known <= {bool, np.bool_}


def _values(column: Column, learned: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return categories in one column, of one type, which may have been `learned` in fit."""
    values = column.values
    if values.dtype.kind in "biuf" and (learned is None or learned.dtype.kind in "biuf"):
        return values[:, np.newaxis]
    objects = as_objects(values)
    if learned is None:
        kinds = {type(value) for value in objects if not is_missing(value)}
        numeric, text = bool(kinds) and kinds <= {int, float}, len(kinds) > 1
    else:
        numeric, text = learned.dtype.kind in "biuf", any(isinstance(v, str) for v in learned)
    if numeric:
        found = [value if isinstance(value, int | float) else np.nan for value in objects]
        return np.array(found)[:, np.newaxis]
    # None and NaN are one value, that which fit has seen first; to scikit-learn they are two.
    gaps = (v for v in (objects if learned is None else learned) if v is None or is_missing(v))
    first = next(gaps, None)
    gap = first if isinstance(first, float) else None
    objects = [
        gap if is_missing(value) else str(value) if text else value  # which it cannot order
        for value in objects
    ]
    return np.array([*objects, None], dtype=object)[:-1, np.newaxis]


def make_tabular_pipeline(estimator: Any, *, categorical_features: Any = "from_dtype") -> Pipeline:
    """Put a `TablePreprocessor` before an estimator.

    The targets of an `FCNRegressor` are standardised for it, and its predictions brought back, by
    a :class:`~sklearn.compose.TransformedTargetRegressor`: its parameters are those of
    ``transformedtargetregressor__regressor``. Losses of targets above zero ("poisson", "gamma"),
    and of several quantiles, see them as they are.

    Parameters
    ----------
    estimator : estimator
        Such as an `FCNClassifier`.
    categorical_features : "from_dtype", array-like of int or str, default="from_dtype"
        The columns that hold categories, by number or name. By default all those of strings,
        booleans, categories and other objects.

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
    takes_sparse = get_tags(estimator).input_tags.sparse
    if isinstance(estimator, FCNRegressor) and _can_be_scaled(estimator.loss):
        estimator = TransformedTargetRegressor(estimator, transformer=StandardScaler())
    return make_pipeline(TablePreprocessor(categorical_features, takes_sparse), estimator)


def _can_be_scaled(loss: Any) -> bool:
    """Tell whether a loss is one of targets on any scale, with one prediction for each."""
    loss = resolve(loss, LOSSES) if isinstance(loss, str) and loss in LOSSES else loss
    one_each = isinstance(loss, Loss) and loss.n_outputs(1) == 1
    return one_each and loss.out_activation == "identity"
