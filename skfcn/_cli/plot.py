"""``skfcn plot``."""

from argparse import Namespace
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from skfcn._cli.files import check_figure, check_outputs, write_figure
from skfcn._cli.model import Model, load_model
from skfcn._cli.output import note_files
from skfcn.displays import NetworkDisplay, TrainingDisplay, WeightsDisplay


def plot(options: Namespace) -> None:
    """Draw a saved model."""
    path = options.out or Path(f"{options.what}.png")
    check_outputs(path)
    check_figure(path)
    model = load_model(options.model)
    import matplotlib

    matplotlib.use("agg")  # the displays go through pyplot, which may look for a screen
    display: Any = {
        "network": _network,
        "weights": _weights,
        "training": _training,
    }[options.what](model)
    write_figure(display.figure_, path)
    from matplotlib import pyplot

    pyplot.close(display.figure_)
    note_files(options.quiet, path)


def _network(model: Model) -> NetworkDisplay:
    network = copy(model.network)
    if model.table.features is not None:
        # One for each input of the network: a category has one for each of its values.
        names = model.estimator[0].get_feature_names_out(np.array(model.table.features, object))
        network.feature_names_in_ = np.array([name.partition("__")[2] for name in names])
    return NetworkDisplay.from_estimator(network)


def _weights(model: Model) -> WeightsDisplay:
    if model.table.features is not None:
        raise ValueError("weights: the model was trained on a table, which makes no images")
    return WeightsDisplay.from_estimator(model.network)


def _training(model: Model) -> TrainingDisplay:
    return TrainingDisplay.from_estimator(model.network)
