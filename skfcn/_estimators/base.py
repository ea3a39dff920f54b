"""What the estimators share: parameters, the course of a fit, the fitted network."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
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
from skfcn._estimators.observers import observing
from skfcn._estimators.parameters import CONSTRAINTS, components_of
from skfcn._estimators.validation import (
    as_validation_data,
    cast_weights,
    check_epsilons,
    check_is_no_loss,
    check_range,
    check_weights,
    computing_dtype,
    keeping_feature_names,
    validate_pair,
)
from skfcn._sklearn import CallbackSupportMixin, Component, DocumentedEstimator
from skfcn.engine import FloatArray, Network, Parameters
from skfcn.optimizers import LBFGS
from skfcn.training import (
    Components,
    Data,
    Fit,
    Run,
    Targets,
    first_run,
    interrupted,
    new_run,
    resumed_run,
)

_USER = 4  # frames from a warning in this file to the user's call of fit


class BaseFCN(CallbackSupportMixin, FittedNetworkMixin, DocumentedEstimator, ABC):
    """Base of the estimators; not for use on its own."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _drawing(self) -> str:
        if not self.__sklearn_is_fitted__():
            return ""
        return layers_html(self._run.network, self._run.loss.out_activation)

    def _validate_params(self) -> None:
        check_is_no_loss(self.hidden_layer_sizes)
        super()._validate_params()
        for callback in getattr(self, "_skl_callbacks", []):
            if isinstance(callback, Component):
                callback._validate_params()

    def _has_partial_fit(self) -> bool:
        """Hide `partial_fit` where it makes no sense."""
        if not self._is_stochastic:
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        if self.early_stopping:
            raise AttributeError("partial_fit does not support early_stopping=True")
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
        return write_mlp(self, self._run, components_of(self))

    # ---- what a subclass knows of its targets

    @abstractmethod
    def _score_prediction(
        self,
        prediction: FloatArray,
        y: NDArray[Any],
        sample_weight: FloatArray | None,
        target_type: str,
    ) -> float:
        """Score predictions of the network against encoded targets of a type."""

    @abstractmethod
    def _encode_again(self, y: NDArray[Any], targets: Targets) -> Targets:
        """Encode validation targets as those to train on."""

    # ---- the course of a fit

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None,
        encode: Callable[[NDArray[Any], bool], Targets],
        incremental: bool = False,
        validation: tuple[Any, Any, ArrayLike | None] = (None, None, None),
    ) -> None:
        """Validate, encode, resolve, train and publish; one direction, no turning back.

        Parameters
        ----------
        X, y, sample_weight : array-like
            What the user passed in.
        encode : callable
            Checks the targets and encodes them, given whether training is resumed.
        incremental : bool
            Whether to go on for one epoch exactly where the last fit ended.
        validation : tuple of X, y and sample_weight
            The same of validation data, or None.
        """
        if not get_config()["skip_parameter_validation"]:
            self._validate_params()
        components = components_of(self)
        resume = self.__sklearn_is_fitted__() and (self.warm_start or incremental)

        with Interruption() as interruption, keeping_feature_names(self):
            # Whether a number is too large is checked, also by scikit-learn; NumPy need not warn.
            with np.errstate(over="ignore", invalid="ignore"):
                X, y = validate_pair(self, X, y, reset=not resume)
                dtype = self._run.network.dtype if resume else computing_dtype(self.dtype, X)
                check_epsilons([components.solver, *components.normalization.values()], dtype)
                targets = encode(y, resume)
                data = self._data(X, y, sample_weight, targets, components, dtype)
                held_out = self._held_out(validation, targets, components, dtype)
                n_outputs = components.loss.n_outputs(targets.values.shape[1])
            layer_sizes = (X.shape[1], *components.hidden, n_outputs)
            # L-BFGS ignores early_stopping, as scikit-learn's does.
            validates = held_out is not None or (self.early_stopping and self._is_stochastic)
            if resume:
                run = resumed_run(self, components, self._run, layer_sizes, incremental, validates)
            else:
                run = first_run(self, components, targets.type, layer_sizes, dtype, validates)
            attributes = partial(self._fitted_attributes, targets=targets)
            fit = Fit(self, run, data, held_out, incremental, self._score_prediction, attributes)
            warning = self._train(fit, interruption)
            self._publish(attributes(run))
        if interruption.came:  # also where training had ended already
            warning = interrupted()
        if warning is not None:  # after all else: a filter may make an error of it
            try:
                warn(warning, stacklevel=_USER)
            finally:
                del warning  # as an error it has this frame, and the frame the data

    def _train(self, fit: Fit, interruption: Interruption) -> Warning | None:
        """Carry out a fit; return what to warn of."""
        context = self._init_callback_context(max_subtasks=self.max_iter)
        with observing(fit, context) as observers:
            warning = None
            if not fit.run.finished:
                warning = fit.carry_out([interruption, *observers])
        return warning

    @property
    def _is_stochastic(self) -> bool:
        return not (isinstance(self.solver, LBFGS) or self.solver == "lbfgs")

    def _data(
        self,
        X: Any,
        y: NDArray[Any],
        sample_weight: ArrayLike | None,
        targets: Targets,
        components: Components,
        dtype: "np.dtype[Any]",
    ) -> Data:
        """Put together what was validated and encoded."""
        check_range("X", X, dtype)
        check_range("y", targets.values, dtype)
        weight = None if sample_weight is None else check_weights(sample_weight, X)
        if targets.weight is not None:
            weight = targets.weight if weight is None else weight * targets.weight
        if weight is not None:
            weight = cast_weights(weight, dtype)
        components.loss.check_target(targets.values)
        return Data(X, targets.values, weight, y)

    def _held_out(
        self,
        validation: tuple[Any, Any, ArrayLike | None],
        targets: Targets,
        components: Components,
        dtype: "np.dtype[Any]",
    ) -> Data | None:
        """Return the user's validation data, if there are any."""
        X, y, sample_weight = validation
        if X is None and y is None:
            if sample_weight is not None:
                raise ValueError("sample_weight_val needs X_val and y_val.")
            return None
        if X is None or y is None:
            raise ValueError("X_val and y_val must be passed together, got one of them.")
        if isinstance(components.solver, LBFGS):
            raise ValueError(f"X_val needs a stochastic solver, got solver={self.solver!r}.")
        with as_validation_data():
            X, y = validate_pair(self, X, y, reset=False)
            encoded = self._encode_again(y, targets)
            if encoded.values.shape[1] != targets.values.shape[1]:
                raise ValueError(
                    f"y_val must have as many columns as y, {targets.values.shape[1]}, got "
                    f"{encoded.values.shape[1]}."
                )
            return self._data(X, y, sample_weight, encoded, components, dtype)

    def _adopt(self, parameters: Parameters, targets: Targets) -> None:
        """Become a fitted estimator with these parameters."""
        if not np.isfinite(parameters.vector).all():
            raise ValueError("coefs and intercepts must be finite.")
        self._validate_params()
        components = components_of(self)
        if self.dtype != "auto":
            parameters = parameters.astype(self.dtype)
        if components.normalization:
            raise ValueError(
                f"normalization={self.normalization!r} has parameters of its own; weights and "
                "biases alone do not make such a network."
            )
        network = Network(
            parameters.layer_sizes,
            components.activations,
            parameters.vector.dtype,
            dropout=components.dropout,
        )
        network.parameters = parameters
        validates = self.early_stopping and self._is_stochastic
        run = new_run(self, components, network, targets.type, validates)
        self.n_features_in_ = parameters.layer_sizes[0]
        self._publish(self._fitted_attributes(run, targets))

    def _publish(self, attributes: dict[str, Any]) -> None:
        self.__dict__.update(attributes)  # one operation, which Ctrl-C cannot cut in two

    def _fitted_attributes(self, run: Run, targets: Targets) -> dict[str, Any]:
        """Return all that makes an estimator with these parameters a fitted one."""
        state, best = run.state, run.state.plateau.best
        return {
            "_run": run,
            **targets.attributes,
            "loss_": state.loss_curve[-1] if state.loss_curve else None,
            "loss_curve_": state.loss_curve,
            "validation_scores_": state.validation_scores if run.validates else None,
            "best_validation_score_": best if run.validates else None,
            "best_loss_": None if run.validates else -best,
            "best_iteration_": state.best_epoch if run.validates else len(state.loss_curve),
            "n_iter_": state.n_iter,
            "t_": state.progress.samples,
            "n_layers_": len(run.network.layer_sizes),
            "n_outputs_": run.network.layer_sizes[-1],
            "out_activation_": run.loss.out_activation,
        }
