"""What a fitted estimator shows: its weights, its outputs, the activations of its layers."""

from collections.abc import Callable
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.fixes import parse_version
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn import __version__
from skfcn._estimators.table import naming_columns
from skfcn._estimators.validation import check_output, check_range, is_clean
from skfcn.engine import FloatArray, Parameters, hidden_activations, quiet_floats, raw_chunks
from skfcn.training import Fitted, TrainState, check_real


class FittedNetworkMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Attributes and methods that read the network of the last fit; not for use on its own."""

    _fitted: Fitted
    transform_layer: int
    n_features_in_: int

    @property
    def coefs_(self) -> list[NDArray[Any]]:
        """Weights of each layer, views of shape (n_in, n_out)."""
        return self._parameters.coefs

    @coefs_.setter
    def coefs_(self, coefs: list[ArrayLike]) -> None:
        self._parameters.assign(coefs, self._parameters.intercepts)

    @property
    def intercepts_(self) -> list[NDArray[Any]]:
        """Biases of each layer, views of shape (n_out,)."""
        return self._parameters.intercepts

    @intercepts_.setter
    def intercepts_(self, intercepts: list[ArrayLike]) -> None:
        self._parameters.assign(self._parameters.coefs, intercepts)

    @property
    def _parameters(self) -> Parameters:
        check_is_fitted(self)
        return self._fitted.model.network.parameters

    @property
    def _state(self) -> TrainState:
        check_is_fitted(self)
        return self._fitted.state

    @property
    def history_(self) -> dict[str, list[float]]:
        """What is known of each epoch, in columns of one length."""
        return self._state.history

    @property
    def loss_(self) -> float | None:
        """Loss of the last epoch; None before the first."""
        return self._state.loss_curve[-1] if self._state.loss_curve else None

    @property
    def loss_curve_(self) -> list[float]:
        """Loss of each epoch, or of each iteration of "lbfgs"."""
        return list(self._state.loss_curve)

    @property
    def best_loss_(self) -> float | None:
        """The lowest loss; None if held-out data decide when to stop."""
        return None if self._state.validates else -self._state.best

    @property
    def validation_scores_(self) -> list[float] | None:
        """Score of each epoch on the held-out data, if they decide when to stop."""
        return list(self._state.validation_scores) if self._state.validates else None

    @property
    def best_validation_score_(self) -> float | None:
        """The best of them."""
        return self._state.best if self._state.validates else None

    @property
    def best_iteration_(self) -> int | None:
        """The epoch whose weights are kept, counted from 1."""
        return self._state.kept_epoch if self._state.validates else len(self._state.loss_curve)

    @property
    def n_iter_(self) -> int:
        """Epochs, or iterations, of the last fit."""
        return self._state.n_iter

    @property
    def t_(self) -> int:
        """Training samples seen, over all fits."""
        return self._state.progress.samples

    @property
    def n_layers_(self) -> int:
        """Layers of units, inputs and outputs included."""
        return len(self._parameters.coefs) + 1

    @property
    def n_outputs_(self) -> int:
        """Raw outputs of the network."""
        return self._parameters.coefs[-1].shape[-1]

    @property
    def out_activation_(self) -> str:
        """What makes predictions of raw outputs."""
        check_is_fitted(self)
        return self._fitted.model.loss.out_activation

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_skfcn_version": __version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        version = state.pop("_skfcn_version", __version__)
        if parse_version(version) > parse_version(__version__):
            name = type(self).__name__
            warn(
                f"{name} was saved by skfcn {version} and is loaded by {__version__}, which may "
                f"not know all of it. Use skfcn {version} or a later one.",
                stacklevel=2,
            )
        super().__setstate__(state)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def _predicted(
        self, X: ArrayLike, finish: Callable[[FloatArray], NDArray[Any]]
    ) -> NDArray[Any]:
        """Validate X and return what is made of raw outputs, a chunk of rows at a time."""
        with quiet_floats():
            checked = self._check_X(X)
            n_rows, result = checked.shape[0], None
            for chunk, raw in raw_chunks(self._fitted.model.network, checked):
                part = finish(check_output(raw, self._fitted.model.theta, checked))
                if len(part) == n_rows:
                    return part
                if result is None:
                    result = np.empty((n_rows, *part.shape[1:]), part.dtype)
                result[chunk] = part
                del raw, part  # before the next come
        assert result is not None  # there are rows
        return result

    def _check_X(self, X: ArrayLike) -> Any:
        """Return X as the network takes it, a few rows at a time."""
        check_is_fitted(self)
        # Feature names, or their absence, are scikit-learn's to judge.
        if hasattr(self, "feature_names_in_") or not is_clean(X, self.n_features_in_):
            with naming_columns(self, X):
                X = validate_data(self, X, accept_sparse=("csr", "csc"), reset=False)
                check_real("X", X)
        check_range("X", X, self._fitted.model.network.dtype)
        return X

    def transform(self, X: ArrayLike) -> FloatArray:
        """Compute the activations of a hidden layer, that of `transform_layer`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_units)
            In the type that the network computes in.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        layer = self._hidden_layer()
        with quiet_floats():
            X = self._check_X(X)
            model = self._fitted.model
            return check_output(hidden_activations(model.network, X, layer), model.theta, X)

    def _hidden_layer(self) -> int:
        """Return which hidden layer `transform` shows, counted from 0."""
        check_is_fitted(self)
        n_hidden = len(self._parameters.coefs) - 1
        if not -n_hidden <= self.transform_layer < n_hidden:
            what = f"transform_layer={self.transform_layer}"
            raise ValueError(f"{what} is not among the {n_hidden} hidden layers.")
        return int(self.transform_layer) % n_hidden

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the columns that `transform` returns: ``fcnclassifier0`` and so on.

        Parameters
        ----------
        input_features : None
            Ignored; scikit-learn passes it.

        Returns
        -------
        names : ndarray of shape (n_units,)
            Of dtype object. ValueError says that there is no layer `transform_layer`.
        """
        self._hidden_layer()
        names: NDArray[np.object_] = super().get_feature_names_out(input_features)
        return names

    @property
    def _n_features_out(self) -> int:
        """Number of columns that `transform` returns, for scikit-learn's names of them."""
        try:
            return self._fitted.model.network.layer_sizes[self._hidden_layer() + 1]
        except ValueError as error:  # `dir` asks for every attribute, and knows one error only
            raise AttributeError(str(error)) from error
