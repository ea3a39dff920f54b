"""What the estimators share: parameters, the course of a fit, the fitted network."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar
from warnings import warn

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from skfcn._callback_support import CallbackSupportMixin
from skfcn._components import resolve
from skfcn._observers import CallbackObserver, Printer
from skfcn._run import Data, Run, Targets
from skfcn._sklearn_private import Interval, Options, StrOptions
from skfcn._validation import (
    check_hidden_layer_sizes,
    check_real,
    check_weights,
    held_out_split,
)
from skfcn.activations import ACTIVATIONS, Activation
from skfcn.batches import Batches, raw_outputs
from skfcn.engine import Network, Parameters
from skfcn.engine.blas import FloatArray
from skfcn.initializers import INITIALIZERS, Initializer
from skfcn.lbfgs import LBFGS, train_lbfgs
from skfcn.losses import LOSSES, Loss
from skfcn.objective import Objective
from skfcn.optimizers import OPTIMIZERS, Optimizer
from skfcn.schedules import SCHEDULES, Progress, Schedule
from skfcn.training import Observer, Outcome, TrainingState, check_finite, train

SOLVERS: dict[str, Any] = {**OPTIMIZERS, "lbfgs": LBFGS}


class BaseFCN(CallbackSupportMixin, BaseEstimator, ABC):
    """Base of the estimators; not for use on its own."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation],
        "solver": [StrOptions(set(SOLVERS)), Optimizer, LBFGS],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions(set(SCHEDULES)), Schedule],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "loss": [StrOptions(set(LOSSES)), Loss],
        "init": [StrOptions(set(INITIALIZERS)), Initializer],
    }

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
        X_checked = check_real(validate_data(self, X, reset=False))
        return raw_outputs(self._run.network, X_checked)

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
        if not get_config()["skip_parameter_validation"]:
            self._validate_params()
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        solver, schedule, loss = self._resolve_learning()
        resume = self.__sklearn_is_fitted__() and (self.warm_start or incremental)

        X, y = validate_data(self, X, y, multi_output=True, dtype="numeric", reset=not resume)
        X = check_real(X)
        weight = None if sample_weight is None else check_weights(sample_weight, X)
        targets = encode(y, resume)
        context = self._init_callback_context(max_subtasks=self.max_iter)

        goes_on = incremental and resume
        rng = self._run.rng if goes_on else check_random_state(self.random_state)
        network = self._make_network(X, targets, rng, resume)
        run = Run(
            network=network,
            loss=loss.for_target(targets.kind),
            target_type=targets.kind,
            solver=solver,
            schedule=schedule,
            state=self._make_state(solver, network, resume, incremental),
            rng=rng,
        )
        data = Data(X, targets.values, weight)
        publish = partial(self._fitted_attributes, run, targets)
        observers = self._make_observers(run, context, data._replace(y=y), publish)
        if isinstance(solver, LBFGS):
            self._train_lbfgs(run, data, observers)
        else:
            self._train_stochastic(run, data, observers, 1 if incremental else self.max_iter)
        for name, value in publish().items():
            setattr(self, name, value)

    def _resolve_learning(self) -> tuple[Optimizer | LBFGS, Schedule, Loss]:
        named = {
            "sgd": {"momentum": self.momentum, "nesterov": self.nesterovs_momentum},
            "adam": {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon},
            "lbfgs": {"max_fun": self.max_fun},
        }
        solver = resolve(self.solver, SOLVERS, named)
        schedule = resolve(self.learning_rate, SCHEDULES, {"invscaling": {"power": self.power_t}})
        return solver, schedule, resolve(self.loss, LOSSES)

    def _make_network(
        self, X: NDArray[Any], targets: Targets, rng: RandomState, resume: bool
    ) -> Network:
        """Build and initialise a network, or take up the one that was fitted."""
        hidden = check_hidden_layer_sizes(self.hidden_layer_sizes)
        layer_sizes = (X.shape[1], *hidden, targets.values.shape[1])
        activation = resolve(self.activation, ACTIVATIONS)
        initializer = resolve(
            self.init, INITIALIZERS, {"auto": {"factor": activation.init_factor}}
        )
        activations = [activation] * len(hidden)
        if resume:
            network: Network = self._run.network
            if network.layer_sizes != layer_sizes:
                raise ValueError(
                    "warm_start and partial_fit go on with the layers of the first fit, "
                    f"{network.layer_sizes}; hidden_layer_sizes and the data now ask for "
                    f"{layer_sizes}."
                )
            network.activations = activations
            return network
        dtype = np.float32 if X.dtype == np.float32 else np.float64
        network = Network(layer_sizes, activations, dtype)
        parameters = network.parameters
        for coef, intercept in zip(parameters.coefs, parameters.intercepts, strict=True):
            initializer.fill(coef, intercept, rng)
        return network

    def _make_state(
        self, solver: Optimizer | LBFGS, network: Network, resume: bool, incremental: bool
    ) -> TrainingState:
        """Return where training stands: at its beginning, or where the last fit left it."""
        optimizer_state = (
            {} if isinstance(solver, LBFGS) else solver.init(network.parameters.vector)
        )
        if not resume:
            return TrainingState(optimizer_state)
        state: TrainingState = self._run.state
        # partial_fit goes on exactly; warm_start keeps the record but starts the optimizer
        # and its schedule anew. So does an optimizer whose parameters have changed.
        if not incremental or repr(solver) != repr(self._run.solver):
            state.optimizer = optimizer_state
            state.progress = Progress(samples=state.progress.samples)
        return state

    def _make_observers(self, run: Run, context: Any, data: Data, publish: Any) -> list[Observer]:
        observers: list[Observer] = []
        if self.verbose:
            what = "Validation score" if self.early_stopping else "Training loss"
            observers.append(Printer(what, self.tol, self.n_iter_no_change))
        if getattr(self, "_skl_callbacks", None):

            def score(X: FloatArray, y: FloatArray) -> float:
                return self._score_prediction(run.predict(X), y, None, run.target_type)

            observers.append(CallbackObserver(self, context, data, score, publish))
        return observers

    def _train_stochastic(
        self, run: Run, data: Data, observers: list[Observer], max_epochs: int
    ) -> None:
        """Train batch by batch."""
        rows, held_out = np.arange(len(data.X)), None
        if self.early_stopping:
            rows, held_out = held_out_split(
                data.y, run.target_type, self.validation_fraction, run.rng
            )
        batch_size = min(200, len(rows)) if self.batch_size == "auto" else self.batch_size
        if batch_size > len(rows):
            warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped.",
                stacklevel=4,
            )
            batch_size = len(rows)

        def validate() -> float:
            raw = raw_outputs(run.network, data.X, held_out)
            if not np.isfinite(raw).all():
                return float("nan")
            weight = None if data.sample_weight is None else data.sample_weight[held_out]
            prediction = run.loss.inverse_link(raw)
            return self._score_prediction(prediction, data.y[held_out], weight, run.target_type)

        done = len(run.state.loss_curve)
        outcome = train(
            Objective(run.network, run.loss, self.alpha),
            Batches(*data, rows, batch_size, run.network.dtype),
            run.solver,
            run.schedule,
            run.state,
            learning_rate=self.learning_rate_init,
            max_epochs=max_epochs,
            patience=self.n_iter_no_change,
            tol=self.tol,
            rng=run.rng if self.shuffle else None,
            validate=validate if self.early_stopping else None,
            observers=observers,
        )
        run.n_iter = len(run.state.loss_curve) - done
        if outcome is Outcome.INTERRUPTED:
            warn("Training interrupted by user.", stacklevel=4)
        # Whoever asks for a number of epochs, or for one, does not wait for convergence.
        elif outcome is Outcome.MAX_EPOCHS and max_epochs > 1 and self.n_iter_no_change < np.inf:
            warn(
                f"Stochastic Optimizer: Maximum iterations ({max_epochs}) reached and the "
                "optimization hasn't converged yet. Raise max_iter, or set "
                "n_iter_no_change=np.inf if this number of epochs is what you want.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _train_lbfgs(self, run: Run, data: Data, observers: list[Observer]) -> None:
        """Train on all data at once."""
        objective = Objective(run.network, run.loss, self.alpha)
        result = train_lbfgs(
            objective,
            run.solver,
            *data,
            run.state,
            max_iter=self.max_iter,
            tol=self.tol,
            observers=observers,
        )
        check_finite(result.fun, run.network.parameters.vector, "with L-BFGS")
        run.n_iter = min(result.nit, self.max_iter)
        if result.status in (1, 2):
            warn(
                f"lbfgs failed to converge after {run.n_iter} iteration(s) "
                f"(status={result.status}): {result.message}. Raise max_iter="
                f"{self.max_iter} or max_fun={run.solver.max_fun}, or scale the data.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _fitted_attributes(self, run: Run, targets: Targets) -> dict[str, Any]:
        """Return all that makes an estimator with these parameters a fitted one."""
        state, best = run.state, run.state.plateau.best
        return {
            "_run": run,
            **targets.attributes,
            "loss_": state.loss_curve[-1] if state.loss_curve else None,
            "loss_curve_": state.loss_curve,
            "validation_scores_": state.validation_scores if self.early_stopping else None,
            "best_validation_score_": best if self.early_stopping else None,
            "best_loss_": None if self.early_stopping else -best,
            "n_iter_": run.n_iter,
            "t_": state.progress.samples,
            "n_layers_": len(run.network.layer_sizes),
            "n_outputs_": run.network.layer_sizes[-1],
            "out_activation_": run.loss.out_activation,
        }
