"""What the estimators share: parameters, the course of a fit, the fitted network."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Self
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators.diagram import layers_html
from skfcn._estimators.fitted import FittedNetworkMixin
from skfcn._estimators.interruption import Interruption
from skfcn._estimators.mlp import write_mlp
from skfcn._estimators.observers import observing, validate_callbacks
from skfcn._estimators.parameters import Parametrized, key_of, settings_of
from skfcn._estimators.tasks import FitTask
from skfcn._estimators.validation import (
    cast_weights,
    check_epsilons,
    check_range,
    check_weights,
    computing_dtype,
    keeping_feature_names,
    validate_pair,
)
from skfcn._sklearn import CallbackSupportMixin, with_callbacks
from skfcn.engine import quiet_floats
from skfcn.optimizers import LBFGS
from skfcn.training import (
    Data,
    Divergence,
    Fitted,
    FullBatchFit,
    Journal,
    Settings,
    StochasticFit,
    begin,
    blank,
    interrupted,
    resume,
)

_MEANT: dict[Any, Settings] = {}  # by parameters: to check them takes as long as to train on a row
_MOST_MEANT = 100
_USER = 4  # frames from a warning in this file to the user's call of fit


class BaseFCN(CallbackSupportMixin, FittedNetworkMixin, Parametrized, ABC):
    """Base of the estimators; not for use on its own."""

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        both = ["float64", "float32"]
        tags.transformer_tags.preserves_dtype = both if self.dtype == "auto" else [self.dtype]
        return tags

    def _drawing(self) -> str:
        if not self.__sklearn_is_fitted__():
            return ""
        return layers_html(self._fitted.model)

    def _validate_params(self) -> None:
        sizes = self.hidden_layer_sizes
        if isinstance(sizes, str):  # MLPRegressor's first parameter is its loss
            raise ValueError(
                f"hidden_layer_sizes must be a number or a sequence of numbers, got {sizes!r}. "
                f"It is the first parameter; if a loss is meant, write loss={sizes!r}."
            )
        super()._validate_params()
        validate_callbacks(self)

    def _checked_settings(self) -> Settings:
        """Check the parameters, and return what they mean."""
        if get_config()["skip_parameter_validation"]:
            return settings_of(self)
        key = key_of(self)
        settings = _MEANT.get(key)
        if settings is not None:
            validate_callbacks(self)  # the rest was checked with the same parameters
            return settings
        self._validate_params()
        settings = settings_of(self)
        if key is not None:
            if len(_MEANT) >= _MOST_MEANT:
                _MEANT.clear()
            _MEANT[key] = settings
        return settings

    @with_callbacks
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network; return the estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. They are neither copied nor converted as a whole, and never made
            dense; `dtype` says what they are computed in.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers for a regressor; for a classifier labels of any type, or a binary
            indicator matrix with a column for each label.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, not negative.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation data. If given, the score on them decides when to stop and the weights
            that scored best are kept, as with `early_stopping`, which needs not be set.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.

        Raises
        ------
        ValueError
            If a parameter or the data are not acceptable, or if training diverges.
        """
        self._fit(X, y, sample_weight, validation=(X_val, y_val, sample_weight_val))
        return self

    def _has_partial_fit(self) -> bool:
        """Hide `partial_fit` where there are no steps."""
        if not self._is_stochastic:
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def to_sklearn(self) -> Any:
        """Make an MLPClassifier or MLPRegressor of scikit-learn's with this fitted network.

        Parameters, weights and fitted attributes are copied, and what scikit-learn needs to
        train on: `partial_fit` goes on where this estimator stopped, the moments of the
        optimizer included. Components given as objects become parameters, as in
        ``Adam(beta_1=0.8)``. `init` is dropped: it does not matter to a fitted network.

        Returns
        -------
        mlp : sklearn.neural_network.MLPClassifier or sklearn.neural_network.MLPRegressor
            It predicts what this estimator predicts.

        Raises
        ------
        ValueError
            If scikit-learn cannot express a component; the message names all of them.
        NotFittedError
            If the estimator is not fitted.

        Notes
        -----
        With "adam" scikit-learn trains at a constant rate, whatever `learning_rate` says.

        Examples
        --------
        >>> from skfcn import FCNRegressor
        >>> from skfcn.optimizers import Adam
        >>> regressor = FCNRegressor.from_weights([[[2.0]]], [[0.5]], solver=Adam(beta_1=0.8))
        >>> regressor.to_sklearn()
        MLPRegressor(beta_1=0.8, hidden_layer_sizes=())
        """
        check_is_fitted(self)
        return write_mlp(self, self._fitted, settings_of(self))

    # ---- what a subclass knows of its targets

    @abstractmethod
    def _targets_of(self, y: NDArray[Any], classes: NDArray[Any] | None, loss: Any) -> Any:
        """Return what will encode and decode targets like y."""

    def _check_again(self, targets: Any, y: NDArray[Any]) -> None:
        """Raise ValueError if a warm start cannot go on with y."""

    def _class_weights(self, targets: Any, y: NDArray[Any]) -> NDArray[Any] | None:
        """Return the weight of each sample for its class, if it has one."""
        return None

    # ---- the course of a fit

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None,
        *,
        incremental: bool = False,
        classes: NDArray[Any] | None = None,
        validation: tuple[Any, Any, ArrayLike | None] = (None, None, None),
    ) -> None:
        """Resolve, validate, encode, train and publish; one direction, no turning back.

        An incremental fit goes on for one epoch; `classes` are all labels that will ever come.
        """
        settings, given = self._checked_settings(), (X, y, sample_weight)
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it trains for one epoch on a "
                "piece of the data. Set early_stopping=False, or call fit."
            )
        goes_on = (self.warm_start or incremental) and self.__sklearn_is_fitted__()
        last = self._fitted if goes_on else None
        with Interruption() as interruption, keeping_feature_names(self):
            with quiet_floats():
                X, y = validate_pair(self, X, y, reset=last is None)
                dtype = last.model.network.dtype if last else computing_dtype(self.dtype, X)
                check_epsilons([settings.solver, *settings.normalization.values()], dtype)
                if last is None:
                    targets = self._targets_of(y, classes, settings.loss)
                else:
                    targets = last.model.targets
                    if not incremental:
                        self._check_again(targets, y)
                encode = partial(self._data, targets=targets, settings=settings, dtype=dtype)
                data = encode(X, y, sample_weight)
                held_out = self._held_out(validation, data, encode, settings)
            validates = held_out is not None or (self.early_stopping and settings.is_stochastic)
            n_outputs = settings.loss.n_outputs(data.y.shape[1])
            sizes = (X.shape[1], *settings.hidden, n_outputs)
            seed, n_rows, in_place = self.random_state, X.shape[0], False
            if last is None:
                start = begin(settings, targets, sizes, dtype, seed, validates, data)
            else:
                # To copy all weights would take longer than to learn from a piece of text.
                in_place = incremental and settings.is_lazy_on(X) and last.state.average is None
                start = resume(
                    last, settings, sizes, seed, validates, incremental, n_rows, in_place
                )
            kind = StochasticFit if settings.is_stochastic else FullBatchFit
            fit = kind(self, settings, start, data, held_out, incremental)
            task = FitTask(self, 1 if incremental else self.max_iter, *given)
            if in_place:
                fit.journal = Journal(start.model.network.parameters, start.state.moments.values())
            with fit.journal or nullcontext(), observing(fit, task) as observers:
                warnings = []
                if not fit.state.finished:  # else a checkpoint has it whole
                    try:
                        warnings = fit.train([interruption, *observers])
                    except Divergence as error:
                        raise ValueError(str(error)) from None  # as scikit-learn's
            self._publish(fit.fitted)
        task.end()
        if interruption.came:  # also where training had ended already
            warnings = [interrupted()]
        while warnings:  # after all else: a filter may make an error of one, which has this frame
            warn(warnings.pop(0), stacklevel=_USER)

    def _publish(self, fitted: Fitted) -> None:
        self._fitted = fitted  # one operation, which Ctrl-C cannot cut in two

    @property
    def _is_stochastic(self) -> bool:
        return not (isinstance(self.solver, LBFGS) or self.solver == "lbfgs")

    def _data(
        self,
        X: Any,
        y: NDArray[Any],
        sample_weight: ArrayLike | None,
        targets: Any,
        settings: Settings,
        dtype: "np.dtype[Any]",
    ) -> Data:
        """Encode the targets, and put together what was validated."""
        encoded = targets.encode(y)
        check_range("X", X, dtype)
        check_range("y", encoded, dtype)
        weight = None if sample_weight is None else check_weights(sample_weight, X)
        of_class = self._class_weights(targets, y)
        if of_class is not None:
            weight = of_class if weight is None else weight * of_class
        if weight is not None:
            weight = cast_weights(weight, dtype)
        settings.loss.check_target(encoded)
        return Data(X, encoded, weight, y)

    def _held_out(
        self, validation: Any, data: Data, encode: Callable[..., Data], settings: Settings
    ) -> Data | None:
        """Return the user's validation data, if there are any."""
        X, y, sample_weight = validation
        if X is None and y is None:
            if sample_weight is not None:
                raise ValueError("sample_weight_val needs X_val and y_val.")
            return None
        if X is None or y is None:
            raise ValueError("X_val and y_val must be passed together, got one of them.")
        if not settings.is_stochastic:
            raise ValueError(f"X_val needs a stochastic solver, got solver={self.solver!r}.")
        try:
            X, y = validate_pair(self, X, y, reset=False)
            held_out = encode(X, y, sample_weight)
            expected, got = data.y.shape[1], held_out.y.shape[1]
            if expected != got:
                raise ValueError(f"y_val must have as many columns as y, {expected}, got {got}.")
        except Exception as error:
            theirs = "X_val, y_val, sample_weight_val"
            error.add_note(f"X, y and sample_weight: this is about {theirs}.")
            raise
        return held_out

    @classmethod
    def _from_arrays(
        cls, coefs: Sequence[Any], intercepts: Sequence[Any], targets: Any, **params: Any
    ) -> Self:
        """Make a fitted estimator of checked weights and of what its outputs stand for."""
        sizes = (coefs[0].shape[0], *(coef.shape[1] for coef in coefs))
        estimator = cls(hidden_layer_sizes=sizes[1:-1], **params)
        estimator._adopt(coefs, intercepts, targets)
        return estimator

    def _adopt(self, coefs: Sequence[Any], intercepts: Sequence[Any], targets: Any) -> None:
        """Become a fitted estimator with these weights."""
        if not all(np.isfinite(array).all() for array in (*coefs, *intercepts)):
            raise ValueError("coefs and intercepts must be finite.")
        self._validate_params()
        settings = settings_of(self)
        if settings.normalization:
            raise ValueError(
                f"normalization={self.normalization!r} has parameters of its own; weights and "
                "biases alone do not make such a network."
            )
        dtype = np.result_type(*coefs, *intercepts) if self.dtype == "auto" else self.dtype
        sizes = (coefs[0].shape[0], *(coef.shape[1] for coef in coefs))
        validates = self.early_stopping and settings.is_stochastic
        fitted = blank(settings, targets, sizes, dtype, self.random_state, validates)
        fitted.model.network.parameters.assign(coefs, intercepts)
        self.n_features_in_ = sizes[0]
        self._publish(fitted)
