"""`DistributionDisplay`: what the hidden layers do with data, and which units do nothing."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from skfcn._estimators import BaseFCN, from_sklearn
from skfcn.displays.axes import COLORS, Axes, given_axes, make_tidy, new_axes
from skfcn.displays.models import check_count, fitted_model, hidden_layers
from skfcn.engine import Dropout, Network, as_batch, hidden_activations
from skfcn.losses import Loss


@dataclass(eq=False, repr=False)
class DistributionDisplay:
    """Histograms of the activations of each hidden layer and, beneath, of the gradients.

    They show what keeps a network from learning: units that are zero for all rows ("dead"),
    activations at the ends of their range, gradients that vanish from layer to layer. Zeros,
    often most of all, are not drawn but counted, in words. Make one by `from_estimator`.

    Parameters
    ----------
    activations : list of array-like of shape (n_rows, n_units)
        Of each hidden layer.
    gradients : list of array-like of shape (n_rows, n_units), default=None
        Of each hidden layer. Their magnitudes are drawn, on one logarithmic scale for all
        layers; the smallest 0.1 % of all stand in its first bin.
    names : list of str, default=None
        Titles of the layers; "Hidden 1" and so on if None.

    Attributes
    ----------
    figure_ : Figure
        The figure.
    axes_ : list of Axes
        The axes of the activations of each layer, and then those of the gradients.
    dead_units_ : list of ndarray of int
        The units of each layer, counted from 0, whose activation is zero for all rows.

    Notes
    -----
    The gradient is that of each row's loss, penalty left out, with respect to the
    pre-activations of the layer: what backpropagation carries from layer to layer. Where it is
    zero for all rows, nothing that leads to the unit can learn.

    Activations are those of prediction. For the gradients, batch normalization takes mean and
    variance of the rows that are shown, and dropout is left out. With normalization the
    pre-activations are those before it.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_iris
    >>> from skfcn import FCNClassifier
    >>> from skfcn.displays import DistributionDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = FCNClassifier((8, 8), max_iter=5, n_iter_no_change=float("inf"), random_state=0)
    >>> display = DistributionDisplay.from_estimator(clf.fit(X, y), X, y)
    >>> len(display.axes_)
    4
    >>> plt.close(display.figure_)
    """

    activations: Sequence[ArrayLike]
    gradients: Sequence[ArrayLike] | None = None
    _: KW_ONLY
    names: Sequence[str] | None = None

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        max_rows: int = 1000,
        bins: int = 40,
        axes: "list[Axes] | None" = None,
    ) -> Self:
        """Send data through a fitted network, forward and, with y, backward; draw what happens.

        The estimator stays as it is; the display is returned.

        Parameters
        ----------
        estimator : estimator
            A fitted `FCNClassifier`, `FCNRegressor`, `MLPClassifier` or `MLPRegressor`, or a
            pipeline that ends in one.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data, as the estimator takes them.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Their targets. Without them there are no gradients.
        max_rows : int, default=1000
            How many rows to use at most, evenly spread over X.
        bins : int, default=40
            Bins of a histogram.
        axes : list of Axes, default=None
            Where to draw, in the order of `axes_`; a new figure if None.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If it is another kind of estimator.
        ValueError
            If it has no hidden layer, the data do not fit, or a number is not positive.
        """
        model = fitted_model(estimator)
        if isinstance(model, MLPClassifier | MLPRegressor):
            model = from_sklearn(model)
        elif not isinstance(model, BaseFCN):
            raise TypeError(
                "estimator must be an FCNClassifier, FCNRegressor, MLPClassifier or "
                f"MLPRegressor, or a pipeline that ends in one; got {model!r}."
            )
        max_rows = check_count("max_rows", max_rows, 1)
        network, loss = model._fitted.model.network, model._fitted.model.loss
        hidden = hidden_layers(model)
        if not hidden:
            raise ValueError(
                "estimator must have at least one hidden layer, got hidden_layer_sizes="
                f"{model.hidden_layer_sizes!r}."
            )
        if isinstance(estimator, Pipeline) and len(estimator) > 1:
            X = estimator[:-1].transform(X)
        X = model._check_X(X)
        n_rows = min(X.shape[0], max_rows)
        rows = np.arange(n_rows) * X.shape[0] // n_rows
        gradients = None
        batch = as_batch(X[rows], network.dtype)
        if y is not None:
            check_consistent_length(X, y)
            targets = _encoded(model, loss, np.asarray(y))[rows]
            gradients = _gradients(network, loss, batch, targets)
        names = [f"{name}: {width} {f}" for name, width, f in hidden]
        activations = [hidden_activations(network, batch, layer) for layer in range(len(hidden))]
        return cls(activations, gradients, names=names).plot(axes, bins=bins)

    def plot(self, axes: "list[Axes] | None" = None, *, bins: int = 40) -> Self:
        """Draw the histograms; return the display.

        Parameters
        ----------
        axes : list of Axes, default=None
            Where to draw, in the order of `axes_`; a new figure if None.
        bins : int, default=40
            Bins of a histogram.

        Raises
        ------
        ValueError
            If `axes` are too many or too few, or `bins` is not a positive integer.
        """
        bins = check_count("bins", bins, 1)
        activations = [np.asarray(values) for values in self.activations]
        gradients = [np.abs(np.asarray(values)) for values in self.gradients or ()]
        n_layers, n_rows = len(activations), 2 if gradients else 1
        names = self.names or [f"Hidden {layer}" for layer in range(1, n_layers + 1)]
        what = "one for the activations" + (" and the gradients" if gradients else "")
        size, what = (3.2 * n_layers + 0.3, 2.5 * n_rows), f"{what} of each hidden layer"
        axes = given_axes(axes, n_rows * n_layers, what) or new_axes(n_rows, n_layers, size)
        for ax, values, name in zip(axes[:n_layers], activations, names, strict=True):
            edges = np.histogram_bin_edges(values[values != 0], bins)
            _draw(ax, values, edges, COLORS[0], "dead")
            ax.set_title(name, fontsize=10)
            ax.set_xlabel("Activation")
        edges = _logarithmic_edges(gradients, bins)
        for ax, values in zip(axes[n_layers:], gradients, strict=True):
            _draw(ax, values, edges, COLORS[1], "without gradient")
            ax.set(xscale="log", xlabel="|Gradient| of the pre-activation")
        for first in axes[::n_layers]:
            first.set_ylabel("Share of values")
        self.dead_units_ = [np.flatnonzero(~values.any(axis=0)) for values in activations]
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _encoded(model: BaseFCN, loss: Loss, y: NDArray[Any]) -> NDArray[Any]:
    """Return targets as the network sees them, of shape (n_samples, n_targets)."""
    if is_classifier(model):
        encoded = model._fitted.model.targets.encode(y).astype(bool)
    else:
        encoded = y.reshape(len(y), -1).astype(float)
    if loss.n_outputs(encoded.shape[1]) != model.n_outputs_:
        raise ValueError(
            f"y must have the columns that the estimator was fitted to, with n_outputs_="
            f"{model.n_outputs_}; got an array of shape {y.shape}."
        )
    loss.check_target(encoded)
    return encoded


def _gradients(network: Network, loss: Loss, X: Any, y: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the gradient of each row's loss with respect to each layer's pre-activations."""
    layers = [layer for layer in network.layers if not isinstance(layer, Dropout)]
    # A copy, since batch normalization moves its running statistics.
    copy = Network(layers, network.n_inputs, network.dtype)
    copy.parameters.vector[...] = network.parameters.vector
    buffers = copy.workspace(len(y)).rows(len(y))
    raw = copy.forward(X, buffers.layers)
    targets = np.ascontiguousarray(y, dtype=network.dtype)
    loss.loss_gradient(targets, raw, buffers.losses, buffers.scratch)
    copy.backward(raw, buffers.layers, copy.parameters.like())
    # What a layer hands down, the activation and the normalization below it have changed in place.
    handed_down = [getattr(b, "dA", None) for b in buffers.layers]
    return [delta for delta in handed_down if delta is not None]


def _logarithmic_edges(gradients: Sequence[NDArray[Any]], bins: int) -> NDArray[Any]:
    """Return edges for the magnitudes of all layers; the smallest of all are in the first bin."""
    flat = [values[values > 0].astype(float) for values in gradients]
    values = np.concatenate(flat) if flat else np.empty(0)
    if not values.size:
        return np.array([0.1, 1.0])
    low, high = np.quantile(values, 0.001), values.max()
    return np.geomspace(min(low, 0.1 * high), 1.01 * high, bins + 1)


def _draw(
    ax: "Axes", values: NDArray[Any], edges: NDArray[Any], color: str, zero_units: str
) -> None:
    """Draw a histogram of what is not zero, and write how much is."""
    drawn = np.clip(values[values != 0], edges[0], edges[-1])
    shares = np.histogram(drawn, edges)[0] / values.size
    ax.stairs(shares, edges, fill=True, color=color, alpha=0.35)
    ax.stairs(shares, edges, color=color, linewidth=1.2)
    n_units = values.shape[1]
    n_zero = n_units - np.count_nonzero(values.any(axis=0))
    text = f"{np.mean(values == 0):.0%} zeros\n{n_zero} of {n_units} units {zero_units}"
    ax.text(0.98, 0.97, text, transform=ax.transAxes, ha="right", va="top", fontsize=8)
    ax.set_ylim(0, 1.4 * (shares.max() or 1.0))  # room for the text
    make_tidy(ax)
