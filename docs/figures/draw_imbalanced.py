"""Draw ``imbalanced.png``: what mistakes cost at each threshold, and what probabilities mean.

Run ``python docs/figures/draw_imbalanced.py letter.csv.gz`` from the root of the project. One
letter of 26 is the rare class. Each of five seeds trains on a quarter of the rows; what is drawn
is measured on the others, and no threshold is chosen by them.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier
from skfcn.losses import FocalLoss

RARE, MISS = "H", 20
SEEDS = range(5)
WAYS = {
    "as it is": ({}, "#0072B2"),
    'class_weight="balanced"': ({"class_weight": "balanced"}, "#D55E00"),
    "focal loss": ({"loss": FocalLoss()}, "#009E73"),
}


def probabilities(X, y, seed, params):
    """Train on a quarter; return the labels of the other rows and their probabilities."""
    X, X_rest, y, y_rest = train_test_split(X, y, train_size=0.25, stratify=y, random_state=seed)
    network = FCNClassifier((64,), alpha=0.1, max_iter=40, random_state=seed, **params)
    network.set_params(learning_rate_init=0.005, n_iter_no_change=np.inf)
    model = make_pipeline(StandardScaler(), network).fit(X, y)
    return y_rest, model.predict_proba(X_rest)[:, 1]


def cost(y, probability, threshold):
    """Return the cost of 1,000 rows, where a false alarm costs 1 and a miss `MISS`."""
    found = probability >= threshold
    return 1000 * np.mean(MISS * (y & ~found) + (~y & found))


def main(path):
    """Measure, print and draw."""
    table = pd.read_csv(path)
    X, y = table[table.columns[:-1]].to_numpy(), (table[table.columns[-1]] == RARE).to_numpy()
    print(f"{y.mean():.1%} of the rows are {RARE}")
    plt.rcParams["font.size"] = 11
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.9), layout="constrained")
    thresholds = np.geomspace(0.005, 0.95, 60)
    right.plot([0, 1], [0, 1], color="0.5", linewidth=1)
    for name, (params, color) in WAYS.items():
        runs = [probabilities(X, y, seed, params) for seed in SEEDS]
        costs = np.array([[cost(*run, t) for t in thresholds] for run in runs])
        left.fill_between(thresholds, costs.min(0), costs.max(0), color=color, alpha=0.15)
        left.plot(thresholds, np.median(costs, axis=0), color=color, linewidth=2, label=name)
        labels, given = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        often, said = calibration_curve(labels, given, n_bins=8)
        right.plot(said, often, "o-", color=color, linewidth=2)
        at = [np.median([cost(*run, t) for run in runs]) for t in (0.5, 1 / (1 + MISS))]
        print(f"{name}: cost {at[0]:.0f} at one half, {at[1]:.0f} at 1/{1 + MISS};", end=" ")
        print(f"mean probability {given.mean():.3f}, {labels.mean():.3f} are")
    for threshold in (1 / (1 + MISS), 0.5):
        left.axvline(threshold, color="0.5", linewidth=1, linestyle="--", zorder=0)
    left.set(xscale="log", xlabel="Threshold", title="Cost of 1,000 rows", ylim=(0, None))
    left.set_xticks([0.01, 1 / (1 + MISS), 0.5], ["0.01", f"1/{1 + MISS}", "1/2"])
    left.minorticks_off()
    right.set(
        xlabel="Probability given",
        title=f"How often it was {RARE}",
        xticks=[0, 0.5, 1],
        yticks=[0, 0.5, 1],
    )
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, columnspacing=1)
    figure.savefig(Path(__file__).with_name("imbalanced.png"), dpi=190)


if __name__ == "__main__":
    (path,) = sys.argv[1:]
    main(path)
