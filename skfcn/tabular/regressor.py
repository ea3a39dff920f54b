"""`TabularRegressor`: numbers on the scale of the network, and back."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from skfcn._estimators import documented, keep
from skfcn._sklearn import Constraints, StrOptions, resolve
from skfcn.activations import Activation
from skfcn.engine import FloatArray, quiet_floats
from skfcn.losses import LOSSES, Loss
from skfcn.optimizers import Optimizer
from skfcn.schedules import Schedule
from skfcn.tabular.base import BaseTabular
from skfcn.tabular.docs import SHARED
from skfcn.tabular.model import CommitteeModel
from skfcn.training import Data, NumberTargets


@documented(
    SHARED,
    activation='"elu"',
    rate="0.07",
    n_bins="24",
    loss="""\
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"} or Loss, \
            default="squared_error"
        Loss that training minimises. Targets are scaled to a standard deviation of 1 (for
        "poisson" and "gamma", to a mean of 1), and parameters of the loss refer to that scale.
        ``QuantileLoss([0.1, 0.5, 0.9])`` predicts several quantiles.""",
    class_weight="",
    stratified="at random",
    classes="",
    score="R²",
    oob="""\
    oob_prediction_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Predictions for each row, the mean over the networks that held the row out; NaN where no
        network did, or where the row has no weight.""",
)
class TabularRegressor(RegressorMixin, BaseTabular):
    """Neural networks for regression on a table: strong without tuning.

    A data frame goes in as it is, with numbers, categories, dates and gaps. Several small
    networks learn side by side, each from its own part of the rows, and the rest of the rows
    decides which of its weights are kept. The prediction is the mean over the networks, within
    the range of the targets seen.

    $shared

    See Also
    --------
    skfcn.FCNRegressor : One network, and all that there is to set.
    sklearn.ensemble.HistGradientBoostingRegressor : Trees for the same data.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart (2024), "Better by default: strong pre-tuned MLPs and
    boosted trees on tabular data", whose encoding of numbers, rates and schedule these are.
    :arxiv:`2407.04491`

    Gorishniy, Rubachev & Babenko (2022), "On embeddings for numerical features in tabular deep
    learning", for the bins. :arxiv:`2203.05556`

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skfcn import TabularRegressor
    >>> X = pd.DataFrame({"rooms": np.arange(60) % 6, "town": ["Ulm", "Bonn", None] * 20})
    >>> y = 100.0 * X["rooms"] + (X["town"] == "Bonn") * 50
    >>> reg = TabularRegressor(max_iter=200, random_state=0).fit(X, y)
    >>> bool(abs(reg.predict(X) - y).mean() < 10)
    True
    """

    _parameter_constraints: ClassVar[Constraints] = {
        **BaseTabular._parameter_constraints,
        "loss": [
            StrOptions(
                {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"}
            ),
            Loss,
        ],
    }

    def __init__(
        self,
        n_estimators: int = 8,
        hidden_layer_sizes: Any = (64, 64, 64),
        *,
        activation: str | Activation = "elu",
        loss: str | Loss = "squared_error",
        solver: str | Optimizer = "adam",
        learning_rate: str | Schedule | Callable[..., float] = "cosine_log",
        learning_rate_init: float = 0.07,
        max_iter: int = 1200,
        batch_size: int | str = "auto",
        n_bins: int = 24,
        dropout: float = 0.0,
        weight_decay: float = 0.0,
        categorical_features: Any = "from_dtype",
        cv: Any = None,
        scoring: Any = "loss",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        keep(locals())

    def _checked_targets(self, y: Any) -> NDArray[Any]:
        y = super()._checked_targets(y)
        return y.astype(np.float64) if y.dtype == object else y

    def _targets_of(
        self, y: NDArray[Any], weight: FloatArray | None, loss: Loss
    ) -> "ScaledTargets":
        targets = ScaledTargets.of(y, loss)
        targets.learn(targets.encode(y), weight, loss)
        return targets

    def _loss(self) -> Loss:
        return resolve(self.loss, LOSSES)

    def _finished(self, model: CommitteeModel, oob_raw: FloatArray, data: Data) -> CommitteeModel:
        prediction = model.targets.decode(model.loss.inverse_link(oob_raw))
        known = np.isfinite(prediction).all(axis=1)
        weight = None if data.sample_weight is None else data.sample_weight[known]
        y = np.asarray(data.labels, np.float64).reshape(len(known), -1)
        self.oob_score_ = model.targets.score(prediction[known], y[known], weight)
        self.oob_prediction_ = _flat(prediction)
        return model

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict numbers.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.
        return_std : bool, default=False
            Whether to return the standard deviation of what the networks predict, too. It tells
            how far they differ, not how far the targets scatter.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The mean over the networks.
        std : ndarray of the same shape
            If `return_std`.
        """
        encoded = self._encoded(X)
        model = self._fitted.model
        with quiet_floats():
            if not return_std:
                return _flat(model.targets.decode(model.predict(encoded)))
            mean, std = model.spread(encoded)
            return _flat(model.targets.decode(mean)), _flat(std * model.targets.scale)

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R², of the predictions.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            1 at best. For several quantiles, the mean over them of the part of the pinball
            loss that is explained, D², as of `FCNRegressor`.
        """
        prediction = self.predict(X)
        with quiet_floats():
            return self._fitted.model.targets.score(prediction, np.asarray(y), sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _flat(prediction: FloatArray) -> FloatArray:
    return prediction[:, 0] if prediction.shape[1] == 1 else prediction


class ScaledTargets(NumberTargets):
    """Numbers, centred and scaled for the network, and predicted within the range seen.

    Attributes
    ----------
    center, scale : ndarray of shape (n_columns,)
        Mean and standard deviation; for a loss with a logarithmic link zero and the mean.
    low, high : ndarray of shape (n_columns,)
        The least and the largest number seen.
    """

    def learn(self, y: NDArray[Any], weight: FloatArray | None, loss: Loss) -> None:
        """Learn the scale of the targets."""
        y = y.astype(np.float64)
        loss.check_target(y)
        self.low, self.high = y.min(axis=0), y.max(axis=0)
        mean = np.average(y, axis=0, weights=weight)
        if loss.out_activation == "identity":
            self.center = mean
            self.scale = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=weight))
        else:
            self.center, self.scale = np.zeros_like(mean), mean
        self.scale[~(self.scale > 0)] = 1.0

    def encode(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return an array of shape (n_samples, n_columns) on the scale of the network."""
        y = super().encode(y)
        return (y.astype(np.float64) - self.center) / self.scale if hasattr(self, "scale") else y

    def decode(self, prediction: FloatArray) -> FloatArray:
        """Return predictions on the scale of y."""
        return np.clip(prediction * self.scale + self.center, self.low, self.high)
