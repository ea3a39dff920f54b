"""What the two estimators share: parameters, and the course of a fit."""

from abc import ABC, abstractmethod
from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar, Self
from warnings import catch_warnings, simplefilter, warn

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, StratifiedKFold, check_cv
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators import (
    SCORING,
    FitTask,
    Interruption,
    cast_weights,
    check_hidden_layer_sizes,
    check_scoring_spec,
    check_weights,
    keeping_feature_names,
    observing,
    schedule_of,
    validate_callbacks,
)
from skfcn._sklearn import (
    COUNT,
    CallbackSupportMixin,
    Constraints,
    DocumentedEstimator,
    Interval,
    StrOptions,
    real,
    resolve,
    with_callbacks,
)
from skfcn.activations import ACTIVATIONS, Activation
from skfcn.engine import FloatArray, blas_threads, quiet_floats
from skfcn.losses import Loss
from skfcn.optimizers import OPTIMIZERS, Adam, Optimizer
from skfcn.schedules import SCHEDULES, Schedule
from skfcn.tabular.encoder import TableEncoder
from skfcn.tabular.fit import CommitteeState, Folds, MembersFit
from skfcn.tabular.members import Committee
from skfcn.tabular.model import CommitteeModel
from skfcn.tabular.recipe import Recipe, batch_size_for, edges_of, telling_columns
from skfcn.training import Data, Fitted, first_moments, interrupted, refuse_missing

_N_CHECKS = 24  # times that members are tested
_EMBEDDING_WIDTH = 8
_USER = 4  # frames from a warning in this file to the user's call of fit


class BaseTabular(CallbackSupportMixin, DocumentedEstimator, ABC):
    """Base of the estimators; not for use on its own."""

    _parameter_constraints: ClassVar[Constraints] = {
        "n_estimators": [COUNT],
        "hidden_layer_sizes": ["array-like", COUNT],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation],
        "solver": [StrOptions(set(OPTIMIZERS)), Optimizer],
        "learning_rate": [StrOptions(set(SCHEDULES)), Schedule, callable],
        "learning_rate_init": [real("(0, inf)")],
        "max_iter": [COUNT],
        "batch_size": [StrOptions({"auto"}), COUNT],
        "n_bins": [Interval(Integral, 0, None, closed="left")],
        "dropout": [real("[0, 1)")],
        "weight_decay": [real("[0, inf)")],
        "categorical_features": [StrOptions({"from_dtype"}), "array-like"],
        "cv": ["cv_object"],
        "scoring": SCORING,
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    _fitted: Any
    encoder_: TableEncoder

    # ---- what a subclass knows of its targets

    @abstractmethod
    def _targets_of(self, y: NDArray[Any], weight: FloatArray | None, loss: Loss) -> Any:
        """Return what encodes and decodes targets like y."""

    @abstractmethod
    def _loss(self) -> Loss:
        """Return the loss that the parameter means."""

    def _class_weights(self, targets: Any, y: NDArray[Any]) -> NDArray[Any] | None:
        """Return the weight of each sample for its class, if it has one."""
        return None

    @abstractmethod
    def _finished(self, model: Any, oob_raw: FloatArray, data: Data) -> CommitteeModel:
        """Note what the held-out rows say, and return the model that predicts."""

    # ---- the course of a fit

    @with_callbacks
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train the networks; return the estimator.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers for a regressor; for a classifier labels of any type, or a binary
            indicator matrix with a column for each label.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, not negative.

        Raises
        ------
        ValueError
            If a parameter or the data are not acceptable, or if training diverges.
        """
        self._fit(X, y, sample_weight)
        return self

    def _fit(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> None:
        """Check, encode, train and publish."""
        self._validate_params()
        loss, given = self._loss(), (X, y, sample_weight)
        with quiet_floats(), Interruption() as interruption, keeping_feature_names(self):
            y = self._checked_targets(y)
            encoder = TableEncoder(self.categorical_features).set_output(transform="default")
            encoded = encoder.fit_transform(X)
            check_consistent_length(encoded, y)
            if len(y) < 2:
                raise ValueError(
                    f"Found array with {len(y)} sample(s) while a minimum of 2 is required: every "
                    "network is tested on rows that it does not learn from. n_samples=1."
                )
            if encoded.shape[1] == 0:
                raise ValueError(
                    "X has no column to learn from: all are constant, empty or identifiers. "
                    "0 feature(s) (shape=(n_samples, 0)) while a minimum of 1 is required."
                )
            weight = None if sample_weight is None else check_weights(sample_weight, encoded)
            targets = self._targets_of(y, weight, loss)
            of_class = self._class_weights(targets, y)
            if of_class is not None:
                weight = of_class if weight is None else weight * of_class
            if weight is not None:
                weight = cast_weights(weight / weight.max(), np.dtype(np.float32))
                weight /= weight.mean()
            data = Data(encoded, targets.encode(y), weight, y)
            loss = loss.for_target(targets.type)
            loss.check_target(data.y)
            start, recipe = self._start(encoder, data, targets, loss)
            fit = MembersFit(self, recipe, start, data, encoder, self._n_threads(recipe))
            for name in ("n_features_in_", "feature_names_in_"):
                self.__dict__.pop(name, None)
                if hasattr(encoder, name):
                    setattr(self, name, getattr(encoder, name))
            task = FitTask(self, recipe.n_checks, *given)
            with observing(fit, task) as observers:
                if not fit.state.finished:  # else a checkpoint has it whole
                    fit.train([interruption, *observers])
            model, state = replace(fit.model, weights=fit.weights()), fit.state
            model = self._finished(model, fit.held_out_raw(), data)
            state.folds, state.held_out_raw = [], []
            self.encoder_, self._fitted = encoder, Fitted(model, state)
        task.end()
        if interruption.came:
            warn(interrupted(), stacklevel=_USER)

    def _validate_params(self) -> None:
        super()._validate_params()
        check_scoring_spec(self.scoring)
        validate_callbacks(self)
        for callback in getattr(self, "_skl_callbacks", []):
            if hasattr(callback, "on_step_end"):
                raise ValueError(
                    f"{type(self).__name__} tells callbacks of rounds of steps only, and "
                    f"{type(callback).__name__} asks for each step; use it with FCNClassifier or "
                    "FCNRegressor."
                )

    def _checked_targets(self, y: Any) -> NDArray[Any]:
        """Return y as an array; missing values are refused."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        y = check_array(
            y, ensure_2d=False, dtype=None, input_name="y", ensure_all_finite="allow-nan"
        )
        refuse_missing(y, "labels" if is_classifier(self) else "targets")
        return y

    def _start(
        self, encoder: TableEncoder, data: Data, targets: Any, loss: Loss
    ) -> tuple[Fitted, Recipe]:
        """Return members before their training."""
        rng = check_random_state(self.random_state)
        n_rows, n_codes = len(data.y), len(encoder.embedding_sizes_)
        batch_size = self.batch_size
        if isinstance(batch_size, str):  # "auto"
            batch_size = batch_size_for(n_rows, int(self.max_iter))
        recipe = Recipe(
            n_members=int(self.n_estimators),
            n_inputs=data.X.shape[1],
            hidden=tuple(check_hidden_layer_sizes(self.hidden_layer_sizes)),
            activation=resolve(self.activation, ACTIVATIONS),
            dropout=float(self.dropout),
            weight_decay=float(self.weight_decay),
            embedding_sizes=tuple(encoder.embedding_sizes_),
            embedding_width=_EMBEDDING_WIDTH,
            edges=edges_of(data.X[:, : data.X.shape[1] - n_codes], self.n_bins),
            chosen=telling_columns(data.X, data.y, n_codes),
            loss=loss,
            optimizer=resolve(self.solver, {**OPTIMIZERS, "adam": _adam}),
            schedule=schedule_of(self.learning_rate),
            learning_rate=float(self.learning_rate_init),
            batch_size=int(batch_size),
            n_steps=int(self.max_iter),
            n_checks=min(_N_CHECKS, int(self.max_iter)),
        )
        n_outputs = loss.n_outputs(data.y.shape[1])
        committee = Committee.of(recipe, n_outputs)
        state = CommitteeState(
            solver=recipe.optimizer,
            moments=first_moments(recipe.optimizer, committee.vector),
            rng=rng,
            validates=True,
            seed=int(rng.randint(2**31)),
            folds=self._folds(data, targets, rng),
            member_score=np.full(recipe.n_members, -np.inf),
            member_loss=np.full(recipe.n_members, np.inf),
            held_out_raw=[np.empty(0)] * recipe.n_members,
        )
        state.progress.steps_per_epoch = -(-recipe.n_steps // recipe.n_checks)
        state.progress.max_epochs = recipe.n_checks
        committee.initialize(state.seed)
        return Fitted(CommitteeModel(committee, loss, targets), state), recipe

    def _folds(self, data: Data, targets: Any, rng: np.random.RandomState) -> Folds:
        """Return for each member the rows that it is trained on, and those that it holds out."""
        y, weight, k = data.labels, data.sample_weight, int(self.n_estimators)
        is_single_label = targets.type in ("binary", "multiclass")
        if self.cv is not None:
            cv = check_cv(self.cv, y, classifier=is_single_label)
            splits = list(cv.split(np.zeros((len(y), 1)), y))
            return [_with_weight(splits[member % len(splits)], weight) for member in range(k)]
        rows = np.arange(len(y)) if weight is None else np.flatnonzero(weight)
        y, n = y[rows], len(rows)
        n_folds = min(max(5, min(k, 8)), n)
        counts = np.bincount(np.unique(y, return_inverse=True)[1].ravel())
        kind = StratifiedKFold if is_single_label and counts.max() >= n_folds else KFold
        splits = []
        with catch_warnings():
            simplefilter("ignore", UserWarning)  # that a class has fewer rows than folds
            while len(splits) < k:
                folds = kind(n_folds, shuffle=True, random_state=rng.randint(2**31))
                splits += folds.split(np.zeros((n, 1)), y)
        return [(rows[train], rows[held_out]) for train, held_out in splits[:k]]

    def _n_threads(self, recipe: Recipe) -> int:
        n = blas_threads() if self.n_jobs is None else effective_n_jobs(self.n_jobs)
        return max(1, min(n, len(recipe.groups))) if recipe.pays_threads else 1

    # ---- what a fitted estimator shows

    @property
    def history_(self) -> dict[str, list[float]]:
        """What is known of each round of steps, in columns of one length."""
        check_is_fitted(self)
        return self._fitted.state.history

    @property
    def loss_curve_(self) -> list[float]:
        """Loss of each round, the mean over its steps and the networks."""
        check_is_fitted(self)
        return list(self._fitted.state.loss_curve)

    @property
    def n_iter_(self) -> int:
        """Steps of training."""
        check_is_fitted(self)
        return self._fitted.state.progress.step

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def _encoded(self, X: Any) -> FloatArray:
        check_is_fitted(self)
        return self.encoder_.transform(X)


def _with_weight(
    split: tuple[NDArray[np.intp], NDArray[np.intp]], weight: FloatArray | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a split without the rows that weigh nothing."""
    train, held_out = split
    if weight is not None:
        train, held_out = train[weight[train] > 0], held_out[weight[held_out] > 0]
    if not (len(train) and len(held_out)):
        raise ValueError(
            "cv must leave rows of positive weight to train on and to test on, in each split."
        )
    return train, held_out


def _adam() -> Adam:
    return Adam(beta_2=0.95)
