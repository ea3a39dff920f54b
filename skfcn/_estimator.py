"""What the estimators share: parameters, the course of a fit, the fitted network."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, is_regressor
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn._callback_support import CallbackSupportMixin
from skfcn._components import same_component
from skfcn._mlp import write_mlp
from skfcn._observers import CallbackObserver, Printer
from skfcn._run import Data, Run, Targets
from skfcn._settings import CONSTRAINTS, Components, components_of
from skfcn._validation import (
    check_hidden_layer_sizes,
    check_range,
    check_real,
    check_weights,
    computing_dtype,
    is_clean,
    keeping_feature_names,
)
from skfcn.batches import raw_outputs
from skfcn.engine import Network, Parameters
from skfcn.engine.blas import FloatArray
from skfcn.lbfgs import LBFGS
from skfcn.schedules import Progress
from skfcn.training import Observer, Plateau, TrainingState


class BaseFCN(CallbackSupportMixin, BaseEstimator, ABC):
    """Base of the estimators; not for use on its own."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS

    # ---- the fitted network

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
        parameters: Parameters = self._run.network.parameters
        return parameters

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_run")

    def _raw_outputs(self, X: ArrayLike) -> FloatArray:
        """Validate X and return the raw outputs, of shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        # Feature names, or their absence, are scikit-learn's to judge.
        if hasattr(self, "feature_names_in_") or not is_clean(X, self.n_features_in_):
            X = check_real("X", validate_data(self, X, accept_sparse="csr", reset=False))
        check_range(X, self._run.network.dtype)
        return raw_outputs(self._run.network, X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _has_partial_fit(self) -> bool:
        """Hide `partial_fit` where it makes no sense."""
        if self.solver == "lbfgs" or isinstance(self.solver, LBFGS):
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

    # ---- the course of a fit

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None,
        encode: Callable[[NDArray[Any], bool], Targets],
        incremental: bool,
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
        """
        hidden = check_hidden_layer_sizes(self.hidden_layer_sizes)
        if not get_config()["skip_parameter_validation"]:
            self._validate_params()
        components = components_of(self)
        resume = self.__sklearn_is_fitted__() and (self.warm_start or incremental)

        with keeping_feature_names(self):
            X, y = validate_data(
                self,
                X,
                y,
                accept_sparse="csr",
                multi_output=True,
                y_numeric=is_regressor(self),
                reset=not resume,
            )
            check_real("X", X)
            dtype = self._run.network.dtype if resume else computing_dtype(self.dtype, X)
            check_range(X, dtype)
            weight = None if sample_weight is None else check_weights(sample_weight, X, dtype)
            targets = encode(y, resume)
            components.loss.check_target(targets.values)
        layer_sizes = (X.shape[1], *hidden, targets.values.shape[1])

        if resume:
            run = self._resumed_run(components, layer_sizes, exactly=incremental)
        else:
            activations = [components.activation] * len(hidden)
            network = Network(layer_sizes, activations, dtype)
            run = self._new_run(components, network, targets.type)
            components.initializer.fill_all(network.parameters, run.rng)
        context = self._init_callback_context(max_subtasks=self.max_iter)
        data = Data(X, targets.values, weight)
        publish = partial(self._fitted_attributes, run, targets)
        observers = self._make_observers(run, context, data._replace(y=y), publish)
        if isinstance(run.solver, LBFGS):
            run.train_lbfgs(self, data, observers)
        else:
            max_epochs = 1 if incremental else self.max_iter
            run.train_stochastic(self, data, observers, max_epochs, self._score_prediction)
        self._publish(publish())

    def _adopt(self, parameters: Parameters, targets: Targets) -> None:
        """Become a fitted estimator with these parameters."""
        if not np.isfinite(parameters.vector).all():
            raise ValueError("coefs and intercepts must be finite.")
        self._validate_params()
        components = components_of(self)
        if self.dtype != "auto":
            parameters = parameters.astype(self.dtype)
        n_hidden = len(parameters.layer_sizes) - 2
        activations = [components.activation] * n_hidden
        network = Network(parameters.layer_sizes, activations, parameters.vector.dtype)
        network.parameters = parameters
        run = self._new_run(components, network, targets.type)
        self.n_features_in_ = parameters.layer_sizes[0]
        self._publish(self._fitted_attributes(run, targets))

    def _new_run(self, components: Components, network: Network, target_type: str) -> Run:
        """Return a run at its beginning."""
        return Run(
            network=network,
            loss=components.loss.for_target(target_type),
            target_type=target_type,
            solver=components.solver,
            schedule=components.schedule,
            state=TrainingState(components.solver.init(network.parameters.vector)),
            rng=check_random_state(self.random_state),
            validates=self.early_stopping and not isinstance(components.solver, LBFGS),
        )

    def _resumed_run(
        self, components: Components, layer_sizes: tuple[int, ...], exactly: bool
    ) -> Run:
        """Return a run that goes on with the fitted network.

        `partial_fit` goes on exactly where the last run ended. `warm_start` keeps the record
        but starts the optimizer, its schedule and an integer `random_state` anew. So does an
        optimizer whose parameters have changed.
        """
        last: Run = self._run
        if last.network.layer_sizes != layer_sizes:
            raise ValueError(
                "warm_start and partial_fit go on with the layers of the first fit, "
                f"{last.network.layer_sizes}; hidden_layer_sizes and the data now ask for "
                f"{layer_sizes}."
            )
        if self.dtype not in ("auto", last.network.dtype.name):
            raise ValueError(
                "warm_start and partial_fit go on in the type of the first fit, "
                f"{last.network.dtype.name}; dtype={self.dtype!r} now asks for another."
            )
        last.network.activations = [components.activation] * (len(layer_sizes) - 2)
        run = self._new_run(components, last.network, last.target_type)
        if exactly:
            run.rng = last.rng
        if exactly and same_component(components.solver, last.solver):
            run.state = last.state
        else:
            run.state = replace(
                last.state,
                optimizer=run.state.optimizer,
                progress=Progress(samples=last.state.progress.samples),
            )
        if run.validates != last.validates:  # losses and scores are not compared
            run.state.plateau = Plateau()
        return run

    def _publish(self, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def _make_observers(self, run: Run, context: Any, data: Data, publish: Any) -> list[Observer]:
        observers: list[Observer] = []
        if self.verbose:
            what = "Validation score" if run.validates else "Training loss"
            observers.append(Printer(what, self.tol, self.n_iter_no_change))
        if getattr(self, "_skl_callbacks", None):

            def score(X: FloatArray, y: FloatArray) -> float:
                return self._score_prediction(run.predict(X), y, None, run.target_type)

            observers.append(CallbackObserver(self, context, data, score, publish))
        return observers

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
            "n_iter_": run.n_iter,
            "t_": state.progress.samples,
            "n_layers_": len(run.network.layer_sizes),
            "n_outputs_": run.network.layer_sizes[-1],
            "out_activation_": run.loss.out_activation,
        }
