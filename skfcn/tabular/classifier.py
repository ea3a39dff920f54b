"""`TabularClassifier`: from labels to targets and back."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skfcn._estimators import class_weights, documented, keep
from skfcn._sklearn import Constraints, StrOptions, resolve
from skfcn.activations import Activation
from skfcn.engine import FloatArray, chunks, quiet_floats
from skfcn.losses import LOSSES, LogLoss, Loss
from skfcn.optimizers import Optimizer
from skfcn.schedules import Schedule
from skfcn.tabular.base import BaseTabular
from skfcn.tabular.docs import SHARED
from skfcn.tabular.model import AT_ONCE, CommitteeModel
from skfcn.training import ClassTargets, Data

# Labels are smoothed unless the user brings another loss.
CLASSIFICATION_LOSSES: dict[str, Callable[..., Loss]] = {
    **LOSSES,
    "log_loss": partial(LogLoss, label_smoothing=0.1),
}


@documented(
    SHARED,
    activation='"selu"',
    rate="0.04",
    n_bins="0",
    loss="""\
    loss : {"log_loss", "squared_error", "focal"} or Loss, default="log_loss"
        Loss that training minimises; "log_loss" smooths the labels by 0.1 here.""",
    class_weight="""\
    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes, which multiply the weights of the samples; "balanced" gives all
        classes the same total weight. For multi-label targets, a list of one dict per label.
""",
    stratified="stratified by class",
    classes="""\
    classes_ : ndarray of shape (n_classes,)
        The labels.
""",
    score="Accuracy",
    oob="""\
    oob_decision_function_ : ndarray of shape (n_samples, n_classes)
        Probabilities of each row, the mean over the networks that held the row out; NaN where
        no network did, or where the row has no weight.""",
)
class TabularClassifier(ClassifierMixin, BaseTabular):
    """Neural networks for the classification of a table: strong without tuning.

    A data frame goes in as it is, with numbers, categories, dates and gaps. Several small
    networks learn side by side, each from its own part of the rows, and the rest of the rows
    decides which of its weights are kept. The probabilities are the mean over the networks.

    $shared

    See Also
    --------
    skfcn.FCNClassifier : One network, and all that there is to set.
    sklearn.ensemble.HistGradientBoostingClassifier : Trees for the same data.

    Notes
    -----
    Label smoothing makes networks less confident than they should be. So the mean of their
    probabilities is raised to the power that makes the held-out labels most probable.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart (2024), "Better by default: strong pre-tuned MLPs and
    boosted trees on tabular data", whose encoding of numbers, rates and schedule these are.
    :arxiv:`2407.04491`

    Examples
    --------
    >>> import pandas as pd
    >>> from skfcn import TabularClassifier
    >>> X = pd.DataFrame({"size": [1.0, 9.0, None, 2.0] * 10, "town": ["Ulm", "Bonn"] * 20})
    >>> y = ["small", "large", "small", "small"] * 10
    >>> clf = TabularClassifier(max_iter=100, random_state=0).fit(X, y)
    >>> clf.predict(pd.DataFrame({"size": [1.5, 8.0], "town": ["Ulm", "Bonn"]}))
    array(['small', 'large'], dtype='<U5')
    """

    _parameter_constraints: ClassVar[Constraints] = {
        **BaseTabular._parameter_constraints,
        "loss": [StrOptions({"log_loss", "squared_error", "focal"}), Loss],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        n_estimators: int = 8,
        hidden_layer_sizes: Any = (64, 64, 64),
        *,
        activation: str | Activation = "selu",
        loss: str | Loss = "log_loss",
        solver: str | Optimizer = "adam",
        learning_rate: str | Schedule | Callable[..., float] = "cosine_log",
        learning_rate_init: float = 0.04,
        max_iter: int = 1200,
        batch_size: int | str = "auto",
        n_bins: int = 0,
        dropout: float = 0.0,
        weight_decay: float = 0.0,
        categorical_features: Any = "from_dtype",
        class_weight: dict[Any, float] | list[dict[int, float]] | str | None = None,
        cv: Any = None,
        scoring: Any = "loss",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        keep(locals())

    def _targets_of(self, y: NDArray[Any], weight: FloatArray | None, loss: Loss) -> ClassTargets:
        return ClassTargets.of(y)

    def _loss(self) -> Loss:
        return resolve(self.loss, CLASSIFICATION_LOSSES)

    def _class_weights(self, targets: ClassTargets, y: NDArray[Any]) -> NDArray[Any] | None:
        return class_weights(self, targets, y)

    def _finished(self, model: CommitteeModel, oob_raw: FloatArray, data: Data) -> CommitteeModel:
        model = replace(model, factor=sharpness(model, oob_raw, data))
        probability = model.sharpened(model.loss.inverse_link(oob_raw.astype(np.float64)))
        self.oob_decision_function_ = self._columns(model, probability)
        known = np.isfinite(probability).all(axis=1)
        weight = None if data.sample_weight is None else data.sample_weight[known]
        self.oob_score_ = model.targets.score(probability[known], data.y[known], weight)
        return model

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, sorted."""
        check_is_fitted(self)
        return self._fitted.model.targets.classes

    def predict_proba(self, X: Any) -> FloatArray:
        """Predict the probability of each label.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.

        Returns
        -------
        probability : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        encoded = self._encoded(X)
        model = self._fitted.model
        with quiet_floats():
            return self._columns(model, model.predict(encoded))

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Predict the logarithm of the probability of each label.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.

        Returns
        -------
        log_probability : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable labels.
        """
        encoded = self._encoded(X)
        model = self._fitted.model
        with quiet_floats():
            # One half is to a probability what zero is to a raw output.
            found = [
                model.targets.decode(model.predict(encoded[rows]) - 0.5)
                for rows in chunks(len(encoded), AT_ONCE)
            ]
        return np.concatenate(found)

    @staticmethod
    def _columns(model: CommitteeModel, probability: FloatArray) -> FloatArray:
        targets = model.targets
        if targets.is_certain:
            return np.ones_like(probability)
        if probability.shape[1] == 1 and not targets.is_multilabel:
            return np.hstack([1 - probability, probability])
        return probability

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def sharpness(model: CommitteeModel, oob_raw: FloatArray, data: Data) -> float:
    """Return the factor on raw outputs that makes the held-out labels most probable."""
    known = np.isfinite(oob_raw).all(axis=1)
    raw, y = oob_raw[known].astype(np.float64), data.y[known].astype(np.float64)
    weight = None if data.sample_weight is None else data.sample_weight[known]
    logistic = model.loss.out_activation == "logistic"
    # As if one more row had been seen, of every label equally: nothing is certain.
    y += ((0.5 if logistic else 1 / y.shape[1]) - y) / (len(y) + 1)

    def log_loss(log_factor: float) -> float:
        scaled = raw * np.exp(log_factor)
        log_p = model.loss.log_inverse_link(scaled)
        found = y * log_p
        if logistic:
            found += (1 - y) * model.loss.log_inverse_link(-scaled)
        return -float(np.average(found.sum(axis=1), weights=weight))

    return float(np.exp(minimize_scalar(log_loss, bounds=(-1.5, 1.5), method="bounded").x))
