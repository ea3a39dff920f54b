"""The model file: a fitted pipeline, and what the command noted of its training."""

from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skfcn._cli.data import CLASSIFICATION, REGRESSION, Columns
from skfcn._cli.output import as_decimal
from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn._files import atomic_path
from skfcn.displays import hidden_layers
from skfcn.preprocessing import PixelScaler

# An attribute of the pipeline, so that the file stays one that joblib.load gives a pipeline of.
_NOTES = "trained_by_skfcn_"


class Model(NamedTuple):
    """What a model file holds."""

    estimator: Any  # what predicts: a pipeline or, if another program saved it, a network alone
    network: Any  # the FCNClassifier or FCNRegressor in it
    notes: dict[str, Any]  # what ``skfcn train`` noted; empty if another program trained it
    task: str
    pixels: PixelScaler | None  # the step that takes pixels, if there is one
    columns: Columns  # of a table that is like the one it was trained on

    def check_features(self, source: str, n_features: int) -> None:
        """Raise ValueError if the model does not take so many."""
        expected = self.estimator.n_features_in_
        if n_features != expected:
            raise ValueError(f"{source}: has {n_features} features, the model takes {expected}")


def network_of(estimator: Any) -> Any:
    """Return the fitted network that an estimator ends in; TypeError says that there is none."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if isinstance(last, TransformedTargetRegressor):
        last = getattr(last, "regressor_", last.regressor)
    if not isinstance(last, FCNClassifier | FCNRegressor):
        raise TypeError(f"it is a {type(estimator).__name__}")
    return last


def save_model(pipeline: Pipeline, notes: dict[str, Any], path: Path) -> None:
    """Write a fitted pipeline and what is to be known of its training."""
    setattr(pipeline, _NOTES, notes)
    with atomic_path(path) as temporary:
        joblib.dump(pipeline, temporary)


def load_model(path: Path) -> Model:
    """Load what ``skfcn train`` saved, or another program with ``joblib.dump``.

    ValueError says that it is anything else. To load a pickle is to run whatever it says.
    """
    path.open("rb").close()
    try:
        estimator = joblib.load(path)
        network = network_of(estimator)
        check_is_fitted(network)
    except NotFittedError as error:
        raise ValueError(f"{path}: a model that was never fitted") from error
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(f"{path}: not a model that skfcn saved ({error})") from error
    notes = getattr(estimator, _NOTES, {})
    task = CLASSIFICATION if isinstance(network, FCNClassifier) else REGRESSION
    first = estimator[0] if isinstance(estimator, Pipeline) else None
    scaler = first if isinstance(first, PixelScaler) else None
    text = [] if scaler else notes.get("text_columns")
    columns = Columns(notes.get("target"), notes.get("feature_names"), text)
    return Model(estimator, network, notes, task, scaler, columns)


def layers_of(network: Any) -> list[dict[str, Any]]:
    """Return name, width, activation and number of parameters of each layer."""
    units, _, sizes = zip(*network._fitted.model.network.summary(), strict=True)
    hidden = [(name.lower(), activation) for name, _, activation in hidden_layers(network)]
    named = [("input", None), *hidden, ("output", network.out_activation_)]
    return [
        {"name": name, "units": n_units, "activation": activation, "n_parameters": size}
        for (name, activation), n_units, size in zip(named, units, sizes, strict=True)
    ]


def scores_of(task: str, y: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """Return how good predictions are, by the names that reports and messages give it."""
    if task == CLASSIFICATION:
        return {"accuracy": metrics.accuracy_score(y, predicted)}
    return {
        "r2": metrics.r2_score(y, predicted) if len(y) > 1 else np.nan,
        "mae": metrics.mean_absolute_error(y, predicted),
        "rmse": metrics.root_mean_squared_error(y, predicted),
    }


def scores_as_text(report: dict[str, Any], part: str = "") -> str:
    """Return scores of a report as a reader likes them; `part` is "train_" or "test_", if any."""
    if f"{part}accuracy" in report:
        return f"accuracy {report[f'{part}accuracy']:.4f}"
    mae, rmse = (as_decimal(report[f"{part}{name}"], 4) for name in ("mae", "rmse"))
    return f"R2 {report[f'{part}r2']:.4f}, MAE {mae}, RMSE {rmse}"
