"""How good a network is on data that it does not learn from."""

from collections.abc import Callable
from copy import copy
from typing import Any
from warnings import catch_warnings, filterwarnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.metrics import check_scoring

from skfcn.engine import FloatArray, raw_outputs
from skfcn.losses import Loss
from skfcn.training.data import Data
from skfcn.training.model import Fitted, Model
from skfcn.training.state import TrainState

ENOUGH = 10  # scores, to see that they are equal; fewer may be so by chance


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
        self.scorer, self.scoring = None, scoring
        if scoring is not None and not self.by_loss:
            self.view = view
            vars(self.view).pop("feature_names_in_", None)  # validated data have none
            self.scorer = _scorer_of(self.view, scoring)

    @np.errstate(over="ignore", invalid="ignore")  # it may be about to diverge
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
            with (
                catch_warnings()
            ):  # NaN, or the same again and again, is warned of once, at the end
                simplefilter("ignore", UndefinedMetricWarning)
                filterwarnings("ignore", module=r"sklearn\.metrics\.")
                scores = scorer(self.view, X, self.labels, **weights)
        except ValueError as error:
            if self._absent():
                return {"validation_score": np.nan}
            error.add_note(f"This comes of scoring={self.view.scoring!r} on the validation data.")
            raise
        if not isinstance(scores, dict):
            return {"validation_score": float(scores)}
        named = {f"validation_{name}": float(value) for name, value in scores.items()}
        return {"validation_score": next(iter(named.values())), **named}

    def score_of_constant(self, data: Data) -> float | None:
        """Return how numbers that are all the mean of the training data's score, None of labels.

        Only the R² of one number is asked for: of other scores a constant may have any.
        """
        numbers = self.model.targets.type.startswith("continuous")
        if not numbers or self.scoring not in (None, "r2") or self.y.shape[1] != data.y.shape[1]:
            return None
        if self.model.network.n_outputs != data.y.shape[1]:
            return None
        mean = np.average(data.y, axis=0, weights=data.sample_weight)
        constant = np.broadcast_to(mean, self.y.shape)
        return self.model.targets.score(constant, self.y, self.weight)

    def _absent(self) -> list[Any]:
        """Return the classes that no row of the data has."""
        absent: list[Any] = np.setdiff1d(self._classes(), self.labels).tolist()
        return absent

    def _classes(self) -> Any:
        """Return the classes of which a row has one, if there are such."""
        targets = self.model.targets
        return targets.classes if targets.type in ("binary", "multiclass") else []

    def warnings(self, state: TrainState) -> list[Warning]:
        """Return what to warn of after a fit whose scores could not decide, at times or at all."""
        scores = np.array(state.validation_scores[len(state.validation_scores) - state.n_iter :])
        n_epochs, n_nan = len(scores), int(np.isnan(scores).sum())
        same = state.loss_decides or (n_epochs >= ENOUGH and bool((scores == scores[0]).all()))
        if not (same or n_nan) or self.by_loss or len(self._classes()) == 1:
            return []
        was = "NaN" if n_nan else f"{scores[0]:g}"
        often = f"all {n_epochs}" if n_nan in (0, n_epochs) else f"{n_nan} of {n_epochs}"
        then = "epochs without a score count as no improvement"
        if state.loss_decides:
            then = "the validation loss decided when to stop, and which weights are kept"
        elif same:
            then = f"it cannot decide, and the weights of epoch {state.kept_epoch} are kept"
        absent = self._absent()
        classes = f" The validation data have no row of class {_listed(absent)}." if absent else ""
        kind = ConvergenceWarning if same and not state.loss_decides else UserWarning
        return [
            kind(
                f"The validation score, {self._name()}, was {was} in {often} epochs; {then}."
                f"{classes} Choose another scoring, such as 'loss', or validation data that it "
                "can tell apart."
            )
        ]

    def _name(self) -> str:
        if self.scoring is None:
            return str(self.model.targets.score_name)
        named = getattr(self.scoring, "__name__", None)
        return f"scoring={named or repr(self.scoring)}"


def _listed(labels: list[Any]) -> str:
    shown = ", ".join(map(repr, labels[:10]))
    return shown if len(labels) <= 10 else f"{shown} … ({len(labels)} classes)"


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


def view_of(estimator: Any, fitted: Fitted) -> Any:
    """Return a fitted copy of an estimator, which predicts with a model in training."""
    view = copy(estimator)
    view._fitted = fitted
    for name in [name for name in vars(view) if "callback" in name]:
        del vars(view)[name]  # they belong to the fit, and may not be pickled
    return view
