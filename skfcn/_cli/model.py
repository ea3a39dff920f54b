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

from skfcn._cli.data import CLASSIFICATION, REGRESSION
from skfcn._cli.output import as_decimal
from skfcn._cli.table import Columns
from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn._files import atomic_path
from skfcn._sklearn import name_of
from skfcn.activations import ACTIVATIONS
from skfcn.displays import hidden_names
from skfcn.preprocessing import PixelScaler

# An attribute of the pipeline, so that the file stays one that joblib.load gives a pipeline of.
_NOTES = "trained_by_skfcn_"


class Model(NamedTuple):
    """What a model file holds."""

    estimator: Any  # what predicts: a pipeline or, if another program saved it, a network alone
    network: Any  # the FCNClassifier or FCNRegressor in it
    notes: dict[str, Any]  # what ``skfcn train`` noted; empty if another program trained it

    @property
    def task(self) -> str:
        """What it does."""
        return CLASSIFICATION if isinstance(self.network, FCNClassifier) else REGRESSION

    @property
    def columns(self) -> Columns:
        """What the columns are of a table that is like the one it was trained on."""
        if self.pixels is not None:
            return Columns(text=[])
        names = ("target", "feature_names", "text_columns")
        return Columns(*(self.notes.get(name) for name in names))

    @property
    def pixels(self) -> PixelScaler | None:
        """The step that takes pixels; None if there is none."""
        first = self.estimator[0] if isinstance(self.estimator, Pipeline) else None
        return first if isinstance(first, PixelScaler) else None

    def check_features(self, source: str, n_features: int) -> None:
        """Raise ValueError if the model does not take so many."""
        expected = self.estimator.n_features_in_
        if n_features != expected:
            raise ValueError(f"{source}: has {n_features} features, the model takes {expected}")


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


# ---- what is read in the inside of a network, here and nowhere else in the command


def layers_of(network: Any) -> list[dict[str, Any]]:
    """Return name, width, activation and number of parameters of each layer."""
    inside = network._run.network
    widths = inside.layer_sizes
    hidden = [name.lower() for name, _ in hidden_names(network, widths[1:-1])]
    names = ["input", *hidden, "output"]
    activations = [name_of(activation, ACTIVATIONS) for activation in inside.activations]
    kinds = [None, *activations, network.out_activation_]
    sizes = [0, *map(inside.parameters.size_of_layer, range(len(widths) - 1))]
    return [
        {"name": name, "units": units, "activation": kind, "n_parameters": size}
        for name, units, kind, size in zip(names, widths, kinds, sizes, strict=True)
    ]


def steps_per_epoch(network: Any) -> int:
    """Return how many batches an epoch of the last fit had."""
    n_steps: int = network._run.state.progress.steps_per_epoch
    return n_steps


# ---- scores


def scores_of(task: str, y: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """Return how good predictions are, by the names that reports and messages give it."""
    if task == CLASSIFICATION:
        return {"accuracy": float(accuracy_score(y, predicted))}
    return {
        "r2": float(r2_score(y, predicted)) if len(y) > 1 else np.nan,
        "mae": float(mean_absolute_error(y, predicted)),
        "rmse": float(root_mean_squared_error(y, predicted)),
    }


def scores_as_text(report: dict[str, Any], part: str = "") -> str:
    """Return scores of a report as a reader likes them; `part` is "train_" or "test_", if any."""
    if f"{part}accuracy" in report:
        return f"accuracy {report[f'{part}accuracy']:.4f}"
    mae, rmse = (as_decimal(report[f"{part}{name}"], 4) for name in ("mae", "rmse"))
    return f"R2 {report[f'{part}r2']:.4f}, MAE {mae}, RMSE {rmse}"
