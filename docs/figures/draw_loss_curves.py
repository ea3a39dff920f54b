"""Draw ``loss_curves.png``: six pairs of curves, and what each says.

Run ``python docs/figures/draw_loss_curves.py`` from the root of the project.
"""

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skfcn import FCNClassifier

COMMON = {"max_iter": 60, "n_iter_no_change": np.inf, "batch_size": 64, "random_state": 0}
CASES = {  # what is changed
    "As it should be": {"learning_rate": "cosine", "learning_rate_init": 0.003},
    "The rate is too low": {"learning_rate_init": 0.00002},
    "The rate is too high": {"learning_rate_init": 0.1},
    "It learns by heart": {"hidden_layer_sizes": (200, 200), "learning_rate_init": 0.003},
    "It is too small, or held back": {"hidden_layer_sizes": (4,), "learning_rate_init": 0.01},
    "The inputs are not scaled": {"learning_rate_init": 0.001, "scale": 100.0},
}


def main():
    """Fit and draw."""
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    wrong = rng.random(len(y)) < 0.1  # a tenth of the labels says nothing
    y = np.where(wrong, rng.integers(10, size=len(y)), y)
    parts = train_test_split(X / 16, y, test_size=0.4, stratify=y, random_state=0)
    figure, panels = plt.subplots(2, 3, figsize=(10, 5.6), layout="constrained", sharex=True)
    for ax, (title, case) in zip(panels.flat, CASES.items(), strict=True):
        X_train, X_val, y_train, y_val = parts
        changes = dict(case)
        scale = changes.pop("scale", 1.0)
        network = FCNClassifier(**COMMON | changes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some are meant to fail
            network.fit(X_train * scale, y_train, X_val=X_val * scale, y_val=y_val)
        epochs = network.history_["epoch"]
        ax.plot(epochs, network.history_["loss"], color="#2563eb", label="training rows")
        ax.plot(
            epochs, network.history_["validation_loss"], color="#c2410c", label="held-out rows"
        )
        ax.set_title(title, fontsize=11)
        ax.set_ylim(bottom=0)
        ax.grid(color="0.92")
        ax.spines[["top", "right"]].set_visible(False)
    for ax in panels[1]:
        ax.set_xlabel("epoch")
    for ax in panels[:, 0]:
        ax.set_ylabel("loss")
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(Path(__file__).parent / "loss_curves.png", dpi=150)


if __name__ == "__main__":
    main()
