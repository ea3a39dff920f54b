"""A table becomes what a network likes: one array of float32."""

import re
from typing import Any, ClassVar, Self
from warnings import warn

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn._sklearn import DocumentedEstimator, StrOptions
from skfcn.tabular.columns import Column, columns_of, is_table
from skfcn.tabular.encodings import (
    Category,
    LargeCategory,
    Number,
    Time,
    Values,
    as_numbers,
    as_times,
    varies,
)

_LARGE = 40  # categories of more values are embedded
_TELLING = 20  # fewer values than this are no sign of an identifier


class TableEncoder(TransformerMixin, DocumentedEstimator):
    """Turn the columns of a table into numbers of one scale.

    Parameters
    ----------
    categorical_features : "from_dtype" or array-like of {bool, int, str}, default="from_dtype"
        The columns that hold categories, by a mask, by number or by name, in addition to those
        of strings, booleans and categories.

    Attributes
    ----------
    embedding_sizes_ : list of int
        How many values each category has that is not encoded in columns of its own. The last
        columns of the result count through them.
    n_features_in_ : int
        Columns of the table.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they have names that are strings.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "categorical_features": [StrOptions({"from_dtype"}), "array-like"]
    }

    def __init__(self, categorical_features: Any = "from_dtype") -> None:
        self.categorical_features = categorical_features

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn how to encode each column."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[np.float32]:
        """Learn how to encode each column, and encode them."""
        self._validate_params()
        X = self._validated(X, reset=True)
        declared = self._declared()
        self._encodings: list[Any] = []
        left_out = []
        for number, column in enumerate(columns_of(X)):
            encoding = _encoding(column, number in declared)
            if encoding is _IDENTIFIER:
                left_out.append(column.name)
                encoding = None
            self._encodings.append(encoding)
        if left_out:
            warn(
                f"{_listed(left_out)} left out, since nearly every row has a value of its own. "
                "Drop it, name it in categorical_features to keep it, or, if it is text, put "
                "skrub's TableVectorizer first.",
                stacklevel=2,
            )
        self.embedding_sizes_ = [e.n_codes for e in self._encodings if e is not None and e.n_codes]
        return self._transform(X)

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Encode each column."""
        check_is_fitted(self)
        return self._transform(self._validated(X, reset=False))

    def _validated(self, X: Any, reset: bool) -> Any:
        if not is_table(X):
            return validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)
        validate_data(self, X, reset=reset, skip_check_array=True)
        if len(X) == 0:
            raise ValueError("X has 0 rows; at least 1 is required.")
        return X

    def _declared(self) -> set[int]:
        """Return the numbers of the columns that the user calls categories."""
        spec = self.categorical_features
        if isinstance(spec, str):
            return set()
        spec = np.asarray(spec)
        n = self.n_features_in_
        if spec.dtype.kind == "b":
            if spec.shape != (n,):
                raise ValueError(
                    f"categorical_features has {len(spec)} booleans, and X {n} columns."
                )
            return set(np.flatnonzero(spec).tolist())
        names = getattr(self, "feature_names_in_", None)
        known = dict(zip(names, range(n), strict=True)) if names is not None else {}
        found = set()
        for item in spec.tolist():
            number = known.get(item, item)
            if not isinstance(number, int) or not -n <= number < n:
                raise ValueError(f"categorical_features: X has no column {item!r}.")
            found.add(number % n)
        return found

    def _transform(self, X: Any) -> NDArray[np.float32]:
        width = sum(e.width for e in self._encodings if e is not None)
        out = np.empty((len(X), width), np.float32)
        start, end = 0, width - len(self.embedding_sizes_)
        for column, encoding in zip(columns_of(X), self._encodings, strict=True):
            if encoding is None:
                continue
            values = _values_for(encoding, column)
            if encoding.n_codes:
                encoding.write(values, out[:, end : end + 1])
                end += 1
            else:
                encoding.write(values, out[:, start : start + encoding.width])
                start += encoding.width
        return out

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


_IDENTIFIER = object()


def _encoding(column: Column, declared: bool) -> Any:
    """Return how to encode a column: None if it tells nothing, `_IDENTIFIER` if too much."""
    values = column.values
    if declared or column.is_category:
        values = as_objects(values)
    elif values.dtype == object:
        values = _understood(values)
    if values.dtype.kind in "mM":
        time = Time(values.astype(f"{values.dtype.kind}8[ns]"))
        return time if time.parts else None
    if values.dtype.kind in "iuf":
        check_finite(column.name, values)
        if not varies(values):
            return None
        return _IDENTIFIER if _is_row_name(column.name, values) else Number(values)
    try:
        n_values = len(set(values.tolist()))
    except TypeError as error:
        raise ValueError(f"{column.name} holds objects that are no categories: {error}.") from None
    if n_values == 1:
        return None
    if not (declared or column.is_category) and _is_identifier(values, n_values):
        return _IDENTIFIER
    return Category(values) if n_values <= _LARGE else LargeCategory(values)


def _understood(values: Values) -> Values:
    """Return objects as numbers or dates if they are such."""
    if all(value is None for value in values.tolist()):
        return values
    for read in (as_times, as_numbers):
        found = read(values)
        if found is not None:
            return found
    return values


def _values_for(encoding: Any, column: Column) -> Values:
    """Return the values of a column in the form that its encoding was learned from."""
    values = column.values
    if isinstance(encoding, Category | LargeCategory):
        return as_objects(values)
    if values.dtype == object:
        read = as_times(values) if isinstance(encoding, Time) else as_numbers(values)
        if read is None and all(value is None for value in values.tolist()):
            read = np.full(len(values), "NaT", "M8[ns]") if isinstance(encoding, Time) else None
        if read is None:
            example = next(value for value in values.tolist() if value is not None)
            raise ValueError(f"{column.name} held numbers in fit, and now {example!r}.")
        values = read
    if isinstance(encoding, Time):
        return values.astype(f"{values.dtype.kind}8[ns]")
    check_finite(column.name, values)
    return values


def as_objects(values: Values) -> Values:
    """Return values as categories: objects, None where one is missing."""
    if values.dtype == object:
        return values
    objects = values.astype(object)
    objects[np.isnat(values) if values.dtype.kind in "mM" else np.isnan(values)] = None
    return objects


def check_finite(name: str, values: Values) -> None:
    """Raise ValueError if a number is infinite."""
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise ValueError(f"Input X contains infinity: {name}.")


def _is_identifier(values: Values, n_values: int) -> bool:
    """Tell whether over half of the rows hold a value that no other row has."""
    n_others = len(values) - n_values  # rows, less one for each value
    # With s values that come once and v that come more often, rows >= s + 2 v.
    if n_values < _TELLING or n_others >= n_values:
        return False
    _, counts = np.unique(values.astype(str), return_counts=True)
    return bool((counts == 1).sum() > len(values) / 2)


def _is_row_name(name: str, values: Values) -> bool:
    """Tell whether a column called id, or so, holds a whole number of its own for each row."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name.removeprefix("column "))
    if not {word.lower() for word in words} & {"id", "ids", "uuid", "unnamed", "index", "rowid"}:
        return False
    if len(values) < _TELLING or np.isnan(values).any() or (values != np.rint(values)).any():
        return False
    return len(np.unique(values)) == len(values)


def _listed(names: list[str]) -> str:
    text = ", ".join(names)
    return f"{text[0].upper()}{text[1:]} {'is' if len(names) == 1 else 'are'}"
