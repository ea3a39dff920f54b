"""The model file: a fitted pipeline, and what the command noted of its training."""

from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.base import is_classifier
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skfcn._cli.as_trained import as_numbers, check_features, load_as_trained, load_by_place
from skfcn._cli.data import CLASSIFICATION, REGRESSION, Columns, Rows, name_of
from skfcn._cli.images import holds_images, load_images
from skfcn._cli.output import as_decimal
from skfcn._estimators import FCNClassifier, FCNRegressor
from skfcn._files import atomic_path, kind_of
from skfcn.displays import hidden_layers
from skfcn.preprocessing import PixelScaler
from skfcn.tabular import TabularClassifier, TabularRegressor

# An attribute of the estimator, so that the file stays one that joblib.load gives an estimator of.
_NOTES = "trained_by_skfcn_"


_WEIGHTS = {"npz": "load_weights"}


class Model(NamedTuple):
    """What a model file holds."""

    estimator: Any  # what predicts: a pipeline, networks for tables, or a network alone
    network: Any  # the one that is ours in it
    notes: dict[str, Any]  # what ``skfcn train`` noted; empty if another program trained it
    task: str
    pixels: PixelScaler | None  # the step that takes pixels, if there is one
    columns: Columns  # of a table that is like the one it was trained on

    def load_rows(self, source: str, has_target: bool, target: str | None = None) -> Rows:
        """Load what is like the data that it was trained on; ValueError if it is not."""
        n_features = self.estimator.n_features_in_
        columns = self.columns if target is None else self.columns._replace(target=target)
        if holds_images(source):
            rows = load_images(source)
            if columns.features is not None:
                raise ValueError(f"{source}: holds images; the model was trained on a table")
            check_features(source, rows.X.shape[1], n_features)
            return rows
        if columns.features is not None:
            return load_as_trained(source, columns, has_target)
        classes = getattr(self.estimator, "classes_", [])
        rows = load_by_place(source, columns, has_target, n_features, classes)
        white = self.pixels.data_max_ if self.pixels else None
        return rows._replace(X=as_numbers(name_of(source), rows.X, white), white=white or 1.0)


def network_of(estimator: Any) -> Any:
    """Return the fitted network that an estimator ends in; TypeError says that there is none."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if isinstance(last, TransformedTargetRegressor):
        last = getattr(last, "regressor_", last.regressor)
    if not isinstance(last, FCNClassifier | FCNRegressor | TabularClassifier | TabularRegressor):
        raise TypeError(f"it is a {type(estimator).__name__}")
    return last


def is_tabular(network: Any) -> bool:
    """Tell whether there are several networks, for a table."""
    return isinstance(network, TabularClassifier | TabularRegressor)


def save_model(estimator: Any, notes: dict[str, Any], path: Path) -> None:
    """Write a fitted estimator and what is to be known of its training."""
    setattr(estimator, _NOTES, notes)
    with atomic_path(path) as temporary:
        joblib.dump(estimator, temporary)


def load_model(path: Path) -> Model:
    """Load what ``skfcn train`` saved, or another program with ``joblib.dump``.

    ValueError says that it is anything else. To load a pickle is to run whatever it says.
    """
    with path.open("rb") as file:
        kind = kind_of(file.read(2**20))
    if kind in _WEIGHTS or path.suffix == ".para":  # which no one needs to unpickle to see
        read = _WEIGHTS.get(kind, "load_para")
        raise ValueError(
            f"{path}: holds weights, not a model; skfcn.persistence.{read} reads them, and "
            "FCNClassifier.from_weights makes a model of them"
        )
    try:
        estimator = joblib.load(path)
        network = network_of(estimator)
        check_is_fitted(network)
    except NotFittedError as error:
        raise ValueError(f"{path}: a model that was never fitted") from error
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(f"{path}: not a model that skfcn saved ({error})") from error
    notes = getattr(estimator, _NOTES, {})
    task = CLASSIFICATION if is_classifier(network) else REGRESSION
    first = estimator[0] if isinstance(estimator, Pipeline) else None
    scaler = first if isinstance(first, PixelScaler) else None
    names = getattr(estimator, "feature_names_in_", None)
    features = None if names is None or scaler else names.tolist()
    columns = Columns(
        notes.get("target"),
        notes.get("feature_names") or features,
        kinds=notes.get("kinds") or {},
        n_unnamed=notes.get("n_unnamed"),
    )
    return Model(estimator, network, notes, task, scaler, columns)


def layers_of(network: Any) -> list[dict[str, Any]]:
    """Return name, width, activation and number of parameters of each layer.

    Of several networks the parameters are those of all, and the widths those of the first.
    """
    fitted = network._fitted.model
    if is_tabular(network):
        n_hidden = len(network.hidden_layer_sizes)
        summaries = [_from_input(group.summary(), n_hidden) for group in fitted.network.groups]
        names = [f"hidden {n + 1}" if n_hidden > 1 else "hidden" for n in range(n_hidden)]
        hidden = [(name, str(network.activation)) for name in names]
        last = fitted.loss.out_activation
    else:
        stages = fitted.network.summary()
        summaries = [[(stage.n_units, stage.n_parameters) for stage in stages]]
        hidden = [(name.lower(), activation) for name, _, activation in hidden_layers(network)]
        last = network.out_activation_
    units = [n_units for n_units, _ in summaries[0]]
    sizes = [sum(size for _, size in layer) for layer in zip(*summaries, strict=True)]
    named = [("input", None), *hidden, ("output", last)]
    return [
        {"name": name, "units": n_units, "activation": activation, "n_parameters": size}
        for (name, activation), n_units, size in zip(named, units, sizes, strict=True)
    ]


def _from_input(stages: Any, n_hidden: int) -> list[tuple[int, int]]:
    """Return units and parameters of the input, however many stages it has, and of the layers."""
    before, layers = stages[: -n_hidden - 1], stages[-n_hidden - 1 :]
    of_input = stages[0].n_units, sum(stage.n_parameters for stage in before)
    return [of_input, *((stage.n_units, stage.n_parameters) for stage in layers)]


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
