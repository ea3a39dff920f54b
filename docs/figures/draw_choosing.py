"""Draw the figures of the chapter "Choosing" from runs on MNIST's training images.

Run ``python docs/figures/draw_choosing.py mnist_all.mat`` from the root of the project. Networks
train on 5,000 of the training images (for the last figure on 500 to 10,000), and what is drawn is
scored on 5,000 others. The test images are not touched.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier
from skfcn.datasets import load_mnist_mat

FOLDER = Path(__file__).parent
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
SEEDS = (0, 1, 2)


class Trial:
    """Trains on some images and scores others."""

    def __init__(self, path, n_train=5000):
        X, y = load_mnist_mat(path, return_X_y=True)
        X = X.astype(np.float32) / 255
        self.X, self.X_val, self.y, self.y_val = train_test_split(
            X, y, train_size=n_train, test_size=5000, stratify=y, random_state=0
        )

    def errors(self, **params):
        """Return the share of wrong answers after the last epoch, for each seed."""
        defaults = {"hidden_layer_sizes": (128, 64), "batch_size": 64, "max_iter": 10}
        network = FCNClassifier(n_iter_no_change=np.inf, dtype="float32")
        network.set_params(**defaults | params)
        return [self.error(network.set_params(random_state=seed)) for seed in SEEDS]

    def error(self, network):
        """Return the share of wrong answers; if training diverges, all are."""
        try:
            network.fit(self.X, self.y)
        except ValueError as error:
            if "non-finite" not in str(error):
                raise
            return 1.0
        return 1 - network.score(self.X_val, self.y_val)


def new_figure(n_axes=1, **kwargs):
    """Return a figure whose text can be read on a phone."""
    figure, axes = plt.subplots(1, n_axes, figsize=(6.4, 3.8), layout="constrained", **kwargs)
    for ax in np.ravel(axes):
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
    return figure, axes


def draw_line(ax, xs, errors, color, label):
    """Draw the median over seeds, with the seeds around it."""
    errors = np.array(errors)
    ax.fill_between(xs, errors.min(axis=1), errors.max(axis=1), color=color, alpha=0.15)
    ax.plot(xs, np.median(errors, axis=1), "o-", color=color, linewidth=2, label=label)


def percent(ax, ticks):
    """Give the axis of errors a logarithmic scale in per cent."""
    ax.set(yscale="log", ylim=(ticks[0], ticks[-1]))
    ax.set_yticks(ticks, [f"{100 * tick:g}%" for tick in ticks])
    ax.minorticks_off()


def draw_depth(trial):
    """Activations and first weights, against the number of layers."""
    depths = [1, 2, 4, 8, 16]
    figure, axes = new_figure(2, sharey=True)
    lines = [
        (axes[0], [("relu", "auto"), ("tanh", "auto"), ("gelu", "auto"), ("logistic", "auto")]),
        (axes[1], [("relu", "auto"), ("relu", "he_normal"), ("relu", "normal")]),
    ]
    for ax, pairs in lines:
        for (activation, init), color in zip(pairs, COLORS, strict=False):
            errors = [
                trial.errors(hidden_layer_sizes=(64,) * depth, activation=activation, init=init)
                for depth in depths
            ]
            label = activation if ax is axes[0] else f'init="{init}"'
            draw_line(ax, depths, errors, color, label)
        ax.set(xscale="log", xlabel="Hidden layers of 64 units")
        ax.set_xticks(depths, depths)
        ax.legend(frameon=False)
        percent(ax, [0.05, 0.1, 0.2, 0.5, 1])
    axes[0].set(title="Activation", ylabel="Validation error")
    axes[1].set(title="First weights, with relu")
    figure.savefig(FOLDER / "choosing_depth.png", dpi=190)


def draw_rates(trial):
    """Optimizers against the learning rate."""
    rates = np.geomspace(1e-4, 1, 9)
    figure, ax = new_figure()
    for solver, color in zip(["adam", "adamw", "nadam", "rmsprop", "sgd"], COLORS, strict=False):
        errors = [trial.errors(solver=solver, learning_rate_init=rate) for rate in rates]
        draw_line(ax, rates, errors, color, solver)
    percent(ax, [0.05, 0.1, 0.2, 0.5, 1])
    ax.set(xscale="log", xlabel="learning_rate_init", ylabel="Validation error")
    ax.legend(frameon=False)
    figure.savefig(FOLDER / "choosing_rates.png", dpi=190)


def draw_schedules(trial):
    """Schedules against the number of epochs that there is time for."""
    epochs = [2, 4, 8, 16, 32]
    figure, ax = new_figure()
    for schedule, color in zip(["constant", "step", "cosine", "one_cycle"], COLORS, strict=False):
        errors = [
            trial.errors(learning_rate=schedule, learning_rate_init=0.003, max_iter=n)
            for n in epochs
        ]
        draw_line(ax, epochs, errors, color, schedule)
    percent(ax, [0.05, 0.07, 0.1, 0.15])
    ax.set(xscale="log", xlabel="max_iter, epochs", ylabel="Validation error")
    ax.set_xticks(epochs, epochs)
    ax.minorticks_off()
    ax.legend(frameon=False)
    figure.savefig(FOLDER / "choosing_schedules.png", dpi=190)


def draw_regularization(path):
    """What dropout and decay do, against the number of training images."""
    sizes = [500, 1000, 2000, 5000, 10000]
    remedies = {
        "nothing": {},
        "alpha=1": {"alpha": 1.0},
        "dropout=0.3": {"dropout": 0.3},
        'normalization="batch"': {"normalization": "batch"},
        "average=0.99": {"average": 0.99},
    }
    trials = [Trial(path, size) for size in sizes]
    figure, ax = new_figure()
    for (label, params), color in zip(remedies.items(), COLORS, strict=False):
        errors = [trial.errors(max_iter=30, **params) for trial in trials]
        draw_line(ax, sizes, errors, color, label)
    percent(ax, [0.03, 0.05, 0.1, 0.2])
    ax.set(xscale="log", xlabel="Training images", ylabel="Validation error")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.legend(frameon=False)
    figure.savefig(FOLDER / "choosing_regularization.png", dpi=190)


if __name__ == "__main__":
    (path,) = sys.argv[1:]
    plt.rcParams["font.size"] = 11
    trial = Trial(path)
    draw_depth(trial)
    draw_rates(trial)
    draw_schedules(trial)
    draw_regularization(path)
