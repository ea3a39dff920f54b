"""How good a network is on data that it does not learn from."""

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import check_scoring

from skfcn.engine import FloatArray, quiet_floats, raw_outputs
from skfcn.losses import Loss
from skfcn.training.data import Data
from skfcn.training.model import Model


def mean_loss(loss: Loss, raw: FloatArray, y: FloatArray, weight: FloatArray | None) -> float:
    """Return the weighted mean of the losses of raw outputs, which stay as they are."""
    losses, scratch = np.empty(len(raw), raw.dtype), np.empty((2, *raw.shape), raw.dtype)
    loss.loss_gradient(y, raw.copy(), losses, scratch)  # the gradient takes the copy's place
    return float(np.average(losses, weights=weight))


class Validator:
    """Computes loss and scores of the current weights on held-out data.

    `rows` of the data are held out, all if None, and gathered a few at a time. `scoring` decides
    instead of the score of the model's targets: "loss", or what
    :func:`sklearn.metrics.check_scoring` takes; of several the first decides. `view` is a fitted
    estimator that predicts with the model, for scorers.
    """

    def __init__(
        self, model: Model, data: Data, rows: NDArray[np.intp] | None, scoring: Any, view: Any
    ) -> None:
        self.model, self.X, self.rows = model, data.X, rows
        every = slice(None) if rows is None else rows
        self.y = data.y[every].astype(model.network.dtype)
        self.labels = data.labels[every]
        self.weight = None if data.sample_weight is None else data.sample_weight[every]
        self.by_loss = isinstance(scoring, str) and scoring == "loss"
        self.scorer = None
        if scoring is not None and not self.by_loss:
            self.view = view
            vars(self.view).pop("feature_names_in_", None)  # validated data have none
            self.scorer = _scorer_of(self.view, scoring)

    @quiet_floats()  # it may be about to diverge
    def __call__(self) -> dict[str, float]:
        """Return them by name; "validation_score" decides, and more of it is better."""
        raw = raw_outputs(self.model.network, self.X, self.rows)
        prediction = self.model.loss.inverse_link(raw)
        loss = self._mean_loss(raw)
        values = {"validation_loss": loss}
        if not np.isfinite(prediction).all():
            values["validation_score"] = np.nan
        elif self.by_loss:
            values["validation_score"] = -loss
        elif self.scorer is None:
            values["validation_score"] = self.model.targets.score(prediction, self.y, self.weight)
        else:
            values |= self._scores(self.scorer)
        return values

    def _mean_loss(self, raw: FloatArray) -> float:
        loss = mean_loss(self.model.loss, raw, self.y, self.weight)
        return loss / raw.shape[1] if self.model.loss.reported_per_output else loss

    def _scores(self, scorer: Any) -> dict[str, float]:
        X = self.X if self.rows is None else self.X[self.rows]
        weights = {} if self.weight is None else {"sample_weight": self.weight}
        try:
            scores = scorer(self.view, X, self.labels, **weights)
        except ValueError as error:
            error.add_note(f"This comes of scoring={self.view.scoring!r} on the validation data.")
            raise
        if not isinstance(scores, dict):
            return {"validation_score": float(scores)}
        named = {f"validation_{name}": float(value) for name, value in scores.items()}
        return {"validation_score": next(iter(named.values())), **named}


def _scorer_of(view: Any, scoring: Any) -> Callable[..., Any]:
    """Return what computes one score, or several by name."""
    if isinstance(scoring, dict) and not all(isinstance(s, str) for s in scoring.values()):
        # Scikit-learn's scorer of several cannot pass weights to a plain function.
        scorers = {name: check_scoring(view, scorer) for name, scorer in scoring.items()}
        return lambda *data, **weights: {
            name: scorer(*data, **weights) for name, scorer in scorers.items()
        }
    scorer: Callable[..., Any] = check_scoring(
        view, list(scoring) if isinstance(scoring, tuple) else scoring
    )
    return scorer


def view_of(estimator: Any, attributes: dict[str, Any]) -> Any:
    """Return a fitted copy of an estimator, which predicts with a model in training."""
    view = copy(estimator)
    vars(view).update(attributes)
    for name in [name for name in vars(view) if "callback" in name]:
        del vars(view)[name]  # they belong to the fit, and may not be pickled
    return view
