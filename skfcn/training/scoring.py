"""How good a network is on data that it does not learn from."""

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any
from warnings import catch_warnings, filterwarnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.metrics import check_scoring

from skfcn._sklearn import listed
from skfcn.engine import FloatArray, chunks, quiet_floats, raw_outputs
from skfcn.losses import Loss
from skfcn.training.data import Data
from skfcn.training.model import Model
from skfcn.training.state import TrainState

ENOUGH = 10  # scores, to see that they are equal; fewer may be so by chance
_NUMBERS = 2**20  # of raw outputs that are looked at at once


def mean_loss(loss: Loss, raw: FloatArray, y: FloatArray, weight: FloatArray | None) -> float:
    """Return the weighted mean of the losses of raw outputs, which stay as they are."""
    return float(np.average(row_losses(loss, raw, y), weights=weight))


def row_losses(loss: Loss, raw: FloatArray, y: FloatArray) -> FloatArray:
    """Return the loss of each row of raw outputs, which stay as they are."""
    losses, scratch = np.empty(len(raw), raw.dtype), np.empty((2, *raw.shape), raw.dtype)
    loss.loss_gradient(y, raw.copy(), losses, scratch)  # the gradient takes the copy's place
    return losses


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
        y = data.y[every]
        self.y = y.astype(model.network.dtype) if isinstance(y, np.ndarray) else y
        self.labels = data.labels[every]
        self.weight = None if data.sample_weight is None else data.sample_weight[every]
        self.by_loss = isinstance(scoring, str) and scoring == "loss"
        self.scorer, self.scoring = None, scoring
        if scoring is not None and not self.by_loss:
            self.view = view
            vars(self.view).pop("feature_names_in_", None)  # validated data have none
            self.scorer = _scorer_of(self.view, scoring)

    @quiet_floats()  # it may be about to diverge
    def __call__(self) -> dict[str, float]:
        """Return them by name; "validation_score" decides, and more of it is better."""
        loss, is_finite, kept = self._evaluated()
        values = {"validation_loss": loss}
        if not is_finite:
            values["validation_score"] = np.nan
        elif self.by_loss:
            values["validation_score"] = -loss
        elif self.scorer is None:
            values["validation_score"] = self.model.targets.score_of(kept, self.y, self.weight)
        else:
            values |= self._scores(self.scorer)
        return values

    def _evaluated(self) -> tuple[float, bool, NDArray[Any]]:
        """Return the mean loss, whether all predictions are finite, and what scores need of them.

        Outputs, losses and predictions of many columns are made for some rows at a time.
        """
        model, dtype = self.model, self.model.network.dtype
        losses, kept, is_finite = [], [], True
        for first, raw in self._raw_outputs():
            for part in chunks(len(raw), max(_NUMBERS // raw.shape[1], 2)):
                y = self.y[first + part.start : first + part.stop].astype(dtype, copy=False)
                losses.append(row_losses(model.loss, raw[part], y))
                prediction = model.loss.inverse_link(raw[part])
                is_finite = is_finite and bool(np.isfinite(prediction).all())
                kept.append(model.targets.kept(prediction, y))
        loss = float(np.average(np.concatenate(losses), weights=self.weight))
        loss = loss / model.network.n_outputs if model.loss.reported_per_output else loss
        return loss, is_finite, np.concatenate(kept)

    def _raw_outputs(self) -> Iterator[tuple[int, FloatArray]]:
        """Yield the number of the first row, and raw outputs: all at once if they are few."""
        network, n_rows = self.model.network, len(self.y)
        if n_rows * network.n_outputs <= _NUMBERS:
            yield 0, raw_outputs(network, self.X, self.rows)
            return
        for chunk in chunks(n_rows):
            if self.rows is None:
                yield chunk.start, raw_outputs(network, self.X[chunk])
            else:
                yield chunk.start, raw_outputs(network, self.X, self.rows[chunk])

    def _scores(self, scorer: Any) -> dict[str, float]:
        X = self.X if self.rows is None else self.X[self.rows]
        weights = {} if self.weight is None else {"sample_weight": self.weight}
        try:
            with catch_warnings():  # NaN, or the same all the time, is warned of once, at the end
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
        classes = f" The validation data have no row of class {listed(absent)}." if absent else ""
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
