"""Draw ``choosing_noise.png``: what regularization does on clean and on noisy tables.

Run ``python docs/figures/draw_choosing_noise.py FOLDER``, the folder with the CSV files, from the
root of the project. Each error is that of a five-fold cross-validation on the training part of a
table, three quarters of its rows and at most 1,000; the other rows are not touched. Where labels
are made wrong, those of the rows that train are: scores are measured against the true ones.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from draw_choosing_tables import Table, label_rows
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline

from skfcn import FCNClassifier

SEEDS = range(5)
WRONG = 0.2
CASES = {name: (name, 0.0) for name in ["vowel", "segment", "vehicle", "spambase", "splice"]}
CASES |= {name: (name, 0.0) for name in ["credit_g", "waveform5000"]}
CASES |= {f"{name},\n1 label in 5 wrong": (name, WRONG) for name in ["spambase", "waveform5000"]}
SETTINGS = {
    "nothing": ({}, "#0072B2", "o"),
    "alpha=1": ({"alpha": 1.0}, "#D55E00", "D"),
    "dropout=0.5": ({"dropout": 0.5}, "#009E73", "s"),
    "both, and one cycle": (
        {"alpha": 1.0, "dropout": 0.5, "learning_rate": "one_cycle"},
        "black",
        "^",
    ),
}


def with_wrong_labels(y, share, rng):
    """Return labels of which a share have been replaced, each by that of another class."""
    classes, codes = np.unique(y, return_inverse=True)
    wrong = rng.random(len(y)) < share
    codes = codes + wrong * rng.integers(1, len(classes), len(y))
    return classes[codes % len(classes)]


def error(table, share, params, seed):
    """Return the share of wrong answers in a cross-validation on the training part."""
    n_train = min(1000, len(table.y) * 3 // 4)
    X, _, y, _ = train_test_split(
        table.X, table.y, train_size=n_train, stratify=table.y, random_state=0
    )
    errors = []
    for rows, held_out in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
        network = FCNClassifier(batch_size=32, learning_rate_init=0.003, max_iter=60)
        network.set_params(n_iter_no_change=np.inf, dtype="float32", random_state=seed)
        model = make_pipeline(clone(table.preprocessor), network.set_params(**params))
        labels = with_wrong_labels(y[rows], share, np.random.default_rng(seed))
        score = model.fit(X.iloc[rows], labels).score(X.iloc[held_out], y[held_out])
        errors.append(1 - score)
    return np.mean(errors)


def main(folder):
    """Measure, print and draw."""
    plt.rcParams["font.size"] = 11
    figure, ax = plt.subplots(figsize=(6.4, 5.6), layout="constrained")
    for place, (case, (name, share)) in enumerate(CASES.items()):
        table = Table(folder, name)
        for shift, (label, (params, color, marker)) in enumerate(SETTINGS.items()):
            errors = [error(table, share, params, seed) for seed in SEEDS]
            low, middle, high = np.min(errors), np.mean(errors), np.max(errors)
            title = case.replace("\n", " ")
            print(f"{title:34} {label:20} {middle:.3f} ({low:.3f} to {high:.3f})", flush=True)
            y = place + 0.2 * (shift - 1.5)
            ax.plot([low, high], [y, y], color=color, linewidth=2)
            ax.plot(middle, y, marker, color=color, label=label if place == 0 else None)
    for place in range(len(CASES) - 1):
        ax.axhline(place + 0.5, color="0.85", linewidth=0.8)
    ticks = {tick: f"{100 * tick:g}%" for tick in [0.03, 0.05, 0.1, 0.2, 0.3]}
    label_rows(ax, CASES, ticks, "Validation error, and its range over five seeds")
    ax.set_xlim(0.03, 0.36)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, columnspacing=1)
    figure.savefig(Path(__file__).with_name("choosing_noise.png"), dpi=190)


if __name__ == "__main__":
    (folder,) = sys.argv[1:]
    main(folder)
