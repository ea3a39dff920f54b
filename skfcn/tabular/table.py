"""What transformers of tables share: what they take, and which columns are called categories."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn._sklearn import DocumentedEstimator, StrOptions
from skfcn.tabular.columns import is_table


class TableTransformer(TransformerMixin, DocumentedEstimator):
    """Base of transformers of tables; not for use on its own."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "categorical_features": [StrOptions({"from_dtype"}), "array-like"]
    }

    categorical_features: str | ArrayLike

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[Any]:
        """Return the names of the result's columns, such as "size", "size_missing" and "town_Ulm".

        Parameters
        ----------
        input_features : array-like of str of shape (`n_features_in_`,), default=None
            Names of the columns of the table, if they had none in `fit`; "x0", "x1" and so on
            if None.

        Returns
        -------
        names : ndarray of str of shape (n_features_out,)
            The name of the table's column, followed by the value of a category or the part of a
            date; of a `TableEncoder` also by "missing", and by "_" where another column has that
            name already.

        Raises
        ------
        ValueError
            If `input_features` are not the columns of `fit`.
        """
        check_is_fitted(self)
        columns = OneToOneFeatureMixin.get_feature_names_out(self, input_features)
        return np.array(self._names(columns), dtype=object)

    @abstractmethod
    def _names(self, columns: NDArray[Any]) -> list[str]:
        """Return the names of the result's columns, given those of the table's."""

    def _validated(self, X: Any, reset: bool) -> Any:
        if isinstance(X, list | tuple):
            X = np.array(X, dtype=object)  # NumPy would make text of all where some is
        if not is_table(X):
            return validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)
        for n, what in zip(X.shape, ("sample", "feature"), strict=True):
            if n == 0:
                raise ValueError(
                    f"Found array with 0 {what}(s) (shape={X.shape}) while a minimum of 1 is "
                    f"required by {type(self).__name__}."
                )
        validate_data(self, X, reset=reset, skip_check_array=True)
        return X

    def _declared(self) -> list[int]:
        """Return the numbers of the columns that the user calls categories, in their order."""
        spec = self.categorical_features
        if isinstance(spec, str):
            return []
        items: list[Any] = list(spec)  # type: ignore[arg-type]
        n = self.n_features_in_
        if items and all(isinstance(item, bool | np.bool_) for item in items):
            if len(items) != n:
                raise ValueError(
                    f"categorical_features has {len(items)} booleans, and X {n} columns."
                )
            return np.flatnonzero(items).tolist()
        names = getattr(self, "feature_names_in_", np.array([]))
        found: list[int] = []
        for item in items:
            if isinstance(item, str) and item in names:
                found += np.flatnonzero(names == item).tolist()
            elif _is_whole(item) and -n <= item < n:
                found.append(int(item) % n)
            else:
                raise ValueError(f"categorical_features: X has no column {item!r}.")
        return list(dict.fromkeys(found))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _is_whole(item: Any) -> bool:
    return isinstance(item, int | np.integer) and not isinstance(item, bool)
