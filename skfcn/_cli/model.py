"""The model file: a fitted pipeline, and what the command noted of its training."""

from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from skfcn._cli.data import CLASSIFICATION, REGRESSION, Table
from skfcn._cli.output import as_decimal
from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn._files import atomic_path
from skfcn.preprocessing import PixelScaler

# An attribute of the pipeline, so that the file stays one that joblib.load gives a pipeline of.
_NOTES = "trained_by_skfcn_"


class Model(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    estimator : estimator
        What predicts: a pipeline or, if another program saved it, a network alone.
    network : FCNClassifier or FCNRegressor
        The network in it.
    notes : dict
        What ``skfcn train`` noted; empty if another program trained it.
    """

    estimator: Any
    network: Any
    notes: dict[str, Any]

    @property
    def task(self) -> str:
        """What it does."""
        return CLASSIFICATION if isinstance(self.network, FCNClassifier) else REGRESSION

    @property
    def table(self) -> Table:
        """How a table is read that is like the one it was trained on."""
        if self.pixels is not None:
            return Table(text_columns=[])
        names = ("target", "feature_names", "text_columns")
        return Table(*(self.notes.get(name) for name in names))

    @property
    def pixels(self) -> PixelScaler | None:
        """The step that takes pixels; None if there is none."""
        first = self.estimator[0] if isinstance(self.estimator, Pipeline) else None
        return first if isinstance(first, PixelScaler) else None

    def check_features(self, source: Path | str, n_features: int) -> None:
        """Raise ValueError if the model does not take so many."""
        if n_features != self.estimator.n_features_in_:
            raise ValueError(
                f"{source}: has {n_features} features, the model takes "
                f"{self.estimator.n_features_in_}"
            )


def make_pipeline_of(preprocessing: Any, network: FCNClassifier | FCNRegressor) -> Pipeline:
    """Return an unfitted pipeline of a step for the features and a network.

    The targets of a regression are standardised: a network begins near 0, and would take
    forever on its way to the price of a house.
    """
    last: Any = network
    if isinstance(network, FCNRegressor):
        last = TransformedTargetRegressor(network, transformer=StandardScaler())
    return Pipeline([("preprocessing", preprocessing), ("network", last)])


def network_of(estimator: Any) -> Any:
    """Return the fitted network in what `make_pipeline_of` made, or None if there is none."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if isinstance(last, TransformedTargetRegressor):
        last = getattr(last, "regressor_", None)
    return last if isinstance(last, FCNClassifier | FCNRegressor) else None


def scores_of(task: str, y: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """Return how good predictions are, by the names that reports and messages give it."""
    if task == CLASSIFICATION:
        return {"accuracy": float(accuracy_score(y, predicted))}
    return {
        "r2": float(r2_score(y, predicted)) if len(y) > 1 else np.nan,
        "mae": float(mean_absolute_error(y, predicted)),
        "rmse": float(root_mean_squared_error(y, predicted)),
    }


def scores_in(report: dict[str, Any], part: str) -> dict[str, float]:
    """Return the scores of "train" or "test" that a report or a model's notes have."""
    names = ("accuracy", "r2", "mae", "rmse")
    return {name: report[f"{part}_{name}"] for name in names if f"{part}_{name}" in report}


def scores_as_text(scores: dict[str, float]) -> str:
    """Return scores as a reader likes them."""
    if "accuracy" in scores:
        return f"accuracy {scores['accuracy']:.4f}"
    mae, rmse = (as_decimal(scores[name], 4) for name in ("mae", "rmse"))
    return f"R2 {scores['r2']:.4f}, MAE {mae}, RMSE {rmse}"


def save_model(pipeline: Pipeline, notes: dict[str, Any], path: Path) -> None:
    """Write a fitted pipeline and what is to be known of its training."""
    setattr(pipeline, _NOTES, notes)
    with atomic_path(path) as temporary:
        joblib.dump(pipeline, temporary)


def load_model(path: Path) -> Model:
    """Load what ``skfcn train`` saved, or another program with ``joblib.dump``.

    The file must be trusted: it is a pickle, and to load it is to run whatever it says. What is
    checked here is that a file is what it was meant to be, not that it means well.

    Raises
    ------
    ValueError
        If the file holds anything else.
    OSError
        If it cannot be read.
    """
    path.open("rb").close()
    try:
        estimator = joblib.load(path)
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(f"{path}: not a model that skfcn saved ({error})") from error
    network = network_of(estimator)
    if network is None:
        raise ValueError(f"{path}: not a model of skfcn, but a {type(estimator).__name__}")
    try:
        check_is_fitted(network)
    except NotFittedError as error:
        raise ValueError(f"{path}: a model that was never fitted") from error
    return Model(estimator, network, getattr(estimator, _NOTES, {}))
