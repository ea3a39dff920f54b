"""A table becomes what a network likes: one array of float32."""

import re
import sys
from collections import Counter
from typing import Any, Self
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators import keeping_feature_names
from skfcn.engine import quiet_floats
from skfcn.tabular.columns import (
    Column,
    Values,
    as_numbers,
    as_times,
    columns_of,
    counted,
)
from skfcn.tabular.encodings import Category, Encoding, LargeCategory, Number, Time
from skfcn.tabular.table import TableTransformer

_LARGE = 40  # categories of more values are embedded
_TELLING = 20  # fewer values than this are no sign of an identifier


class TableEncoder(TableTransformer):
    """Turn the columns of a table into numbers of one scale.

    What a column becomes depends on what it holds in `fit`:

    - A number is centred at the median, divided by the interquartile range and softly clipped to
      ±3; where some are missing, a second column tells with -1 and 1. Strings and objects that
      are all numbers count as such.
    - A category (strings, booleans, other objects, and what the table or `categorical_features`
      calls so) becomes a column of -1 and 1 if it has two values, and else a column of zeros and
      ones for each. A missing value is a value like others; one that `fit` has not seen is
      all zeros.
    - A category of more than 40 values becomes one column that counts through those that came at
      least twice, from 1; all others are 0. These columns come last, for a layer of embeddings.
    - A date becomes its days since 1970 in UTC, its month, day, weekday and hour, as far as they
      vary; a duration or a time of day becomes days. They are scaled as numbers are. Strings that
      are all dates in the usual spellings count as such, 1/2/2020 as January unless another
      row's month would be above 12.
    - What does not vary is dropped. Identifiers and free text are left out with a warning: columns
      without numbers in which over half of the rows hold a value that no other row has, and those
      called id, index or the like that hold whole numbers, all of them different.

    Parameters
    ----------
    categorical_features : "from_dtype" or array-like of {bool, int, str}, default="from_dtype"
        The columns that hold categories, by a mask, by number or by name, in addition to those
        of strings, booleans and categories.

    Attributes
    ----------
    kinds_ : list of {"number", "category", "date", "duration", "constant", "identifier"}
        What each column of the table was taken for. Those of the last two kinds are left out:
        what does not vary, and identifiers and free text.
    embedding_sizes_ : list of int
        How many codes each category has that is not encoded in columns of its own. The last
        columns of the result hold them, in this order.
    n_features_in_ : int
        Columns of the table.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if all of them are strings.

    Examples
    --------
    >>> import pandas as pd
    >>> from skfcn.tabular import TableEncoder
    >>> X = pd.DataFrame({"size": [50, 80, 60, None], "town": ["Ulm", "Bonn", "Ulm", "Köln"]})
    >>> encoder = TableEncoder().fit(X)
    >>> encoder.get_feature_names_out()
    array(['size', 'size_missing', 'town_Bonn', 'town_Köln', 'town_Ulm'], dtype=object)
    >>> encoder.transform(X).round(2)
    array([[-0.65, -1.  ,  0.  ,  0.  ,  1.  ],
           [ 1.22, -1.  ,  1.  ,  0.  ,  0.  ],
           [ 0.  , -1.  ,  0.  ,  0.  ,  1.  ],
           [ 0.  ,  1.  ,  0.  ,  1.  ,  0.  ]], dtype=float32)
    """

    def __init__(self, categorical_features: str | ArrayLike = "from_dtype") -> None:
        self.categorical_features = categorical_features

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn how to encode each column.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            A data frame of pandas or polars, an Arrow table, an array or a list of rows.
        y : None
            Ignored.

        Returns
        -------
        self : TableEncoder
            The encoder.

        Raises
        ------
        ValueError
            If X has no rows or no columns or is no table, if a column holds infinity or something
            without a hash, or if `categorical_features` names a column that is not there.
        """
        self._learn(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[np.float32]:
        """Learn how to encode each column, and encode them.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            A data frame of pandas or polars, an Arrow table, an array or a list of rows.
        y : None
            Ignored.

        Returns
        -------
        X_encoded : ndarray of shape (n_samples, n_features_out)
            In float32; `get_feature_names_out` says what its columns are. There are none if all
            columns of X are constant.

        Raises
        ------
        ValueError
            Where `fit` raises it.
        """
        return self._encoded(self._learn(X))

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Encode each column.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            Columns as in `fit`, in the same order.

        Returns
        -------
        X_encoded : ndarray of shape (n_samples, n_features_out)
            In float32.

        Raises
        ------
        ValueError
            If the columns are not those of `fit`, or one of them held numbers, dates or durations
            and now holds something else, or infinity.
        """
        check_is_fitted(self)
        return self._encoded(self._validated(X, reset=False))

    def _names(self, columns: NDArray[Any]) -> list[str]:
        own: list[str] = []
        codes: list[str] = []
        for column, encoding in zip(columns, self._encodings, strict=True):
            if encoding is not None:
                (codes if encoding.n_codes else own).extend(encoding.names(column))
        return _all_different(own + codes)

    def _learn(self, X: Any) -> Any:
        """Choose the encodings, and return X as it has been validated."""
        self._validate_params()
        with quiet_floats(), keeping_feature_names(self):
            X = self._validated(X, reset=True)
            declared = self._declared()
            encodings: list[Encoding | None] = []
            left_out, kinds = [], []
            for number, column in enumerate(columns_of(X)):
                encoding = _encoding(column, number in declared)
                if encoding is None:
                    left_out.append(column.name)
                    kinds.append("identifier")
                else:
                    kinds.append(encoding.kind if encoding.width else "constant")
                encodings.append(encoding if encoding is not None and encoding.width else None)
        self.kinds_ = kinds
        if left_out:
            warn(
                f"{_are(left_out)} left out, since nearly every row has a value of its own. "
                "Drop it, name it in categorical_features to keep it, or, if it is text, put "
                "skrub's TableVectorizer first.",
                stacklevel=_frames_to_the_user(),
            )
        self._encodings = encodings
        self.embedding_sizes_ = [e.n_codes for e in encodings if e is not None and e.n_codes]
        return X

    def _encoded(self, X: Any) -> NDArray[np.float32]:
        width = sum(e.width for e in self._encodings if e is not None)
        out = np.zeros((X.shape[0], width), np.float32)
        start, end = 0, width - len(self.embedding_sizes_)
        with quiet_floats():  # a number may be far outside the range of fit
            for column, encoding in zip(columns_of(X), self._encodings, strict=True):
                if encoding is None:
                    continue
                if encoding.n_codes:
                    encoding.write(column, out[:, end : end + 1])
                    end += 1
                else:
                    encoding.write(column, out[:, start : start + encoding.width])
                    start += encoding.width
        return out


def _encoding(column: Column, declared: bool) -> Encoding | None:
    """Return how to encode a column; None if it tells every row apart."""
    is_category = declared or column.is_category
    if not is_category:
        times = as_times(column)
        if times is not None:
            return Time(*times)
        numbers = as_numbers(column)
        if numbers is not None:
            return None if _is_row_name(column.name, numbers) else Number(numbers)
    counts = counted(column)
    if not is_category and _is_identifier(counts):
        return None
    return Category(counts) if len(counts) <= _LARGE else LargeCategory(counts)


def _is_identifier(counts: Counter[Any]) -> bool:
    """Tell whether over half of the rows hold a value that no other row has."""
    n_single = sum(n == 1 for n in counts.values())
    return len(counts) >= _TELLING and n_single > counts.total() / 2


def _is_row_name(name: str, numbers: Values) -> bool:
    """Tell whether a column called id, or so, holds a whole number of its own for each row."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name.removeprefix("column "))
    if _NAMES_OF_ROWS.isdisjoint(word.lower() for word in words) or len(numbers) < _TELLING:
        return False
    # A NaN is not equal to what it is rounded to.
    return bool((numbers == np.rint(numbers)).all()) and len(np.unique(numbers)) == len(numbers)


_NAMES_OF_ROWS = {"id", "ids", "uid", "guid", "uuid", "unnamed", "index", "idx", "rowid"}


def _are(names: list[str]) -> str:
    text = ", ".join(names)
    return f"{text[0].upper()}{text[1:]} {'is' if len(names) == 1 else 'are'}"


def _all_different(names: list[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        while name in found:
            name += "_"
        found[name] = None
    return list(found)


def _frames_to_the_user() -> int:
    """Return the stacklevel at which a warning of the caller names a line of the user's."""
    frame, n = sys._getframe(1), 1
    while frame.f_back and _package(frame.f_globals) in ("skfcn", "sklearn"):
        frame, n = frame.f_back, n + 1
    return n


def _package(names: dict[str, Any]) -> str:
    return names.get("__name__", "").partition(".")[0]
