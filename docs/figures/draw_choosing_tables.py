"""Draw ``choosing_tables.png``: what one change to the defaults does on twelve tables.

Run ``python docs/figures/draw_choosing_tables.py FOLDER``, the folder with the CSV files, from the
root of the project. Each table is split three times into rows to train on and rows to score; both
networks of a comparison see the same rows and the same seed.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skfcn import FCNClassifier, FCNRegressor
from skfcn.preprocessing import TablePreprocessor

CLASSES = ["credit_g", "letter", "segment", "spambase", "splice", "vehicle", "vowel"]
CLASSES += ["waveform5000"]
NUMBERS = ["abalone", "cal_housing", "cpu_act", "kin8nm"]
# Columns that name a row, or say which part of the data it belongs to.
IDENTIFIERS = {"splice": {"Instance_name"}, "vowel": {"Train or Test", "Speaker Number"}}
REPEATS = 3
CHANGES = {
    "rate 0.0003": {"learning_rate_init": 0.0003},
    "rate 0.003": {"learning_rate_init": 0.003},
    "rate 0.01": {"learning_rate_init": 0.01},
    "one cycle, rate 0.01": {"learning_rate": "one_cycle", "learning_rate_init": 0.01},
    "batches of 32": {"batch_size": 32},
    "25 units": {"hidden_layer_sizes": (25,)},
    "400 units": {"hidden_layer_sizes": (400,)},
    "two layers of 100": {"hidden_layer_sizes": (100, 100)},
    "tanh": {"activation": "tanh"},
    "gelu": {"activation": "gelu"},
    "sgd, rate 0.03": {"solver": "sgd", "learning_rate_init": 0.03},
    "lbfgs": {"solver": "lbfgs"},
    "alpha 1": {"alpha": 1.0},
    "dropout 0.2": {"dropout": 0.2},
    "batch normalization": {"normalization": "batch"},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 10},
}


class Table:
    """One of the data sets, at most 5,000 rows of it."""

    def __init__(self, folder, name):
        table = pd.read_csv(Path(folder, f"{name}.csv.gz"), skipinitialspace=True)
        table = table.drop(columns=IDENTIFIERS.get(name, set()))
        rows = np.random.default_rng(0).permutation(len(table))[:5000]
        self.X = table[table.columns[:-1]].iloc[rows]
        self.y = table[table.columns[-1]].to_numpy()[rows]
        self.preprocessor = TablePreprocessor()
        self.is_numbers = name in NUMBERS

    def error(self, seed, params):
        """Return the share of wrong answers, or of the variance that is not explained."""
        stratify = None if self.is_numbers else self.y
        X, X_val, y, y_val = train_test_split(
            self.X, self.y, test_size=0.4, stratify=stratify, random_state=seed
        )
        network = (FCNRegressor if self.is_numbers else FCNClassifier)(random_state=seed)
        network.set_params(max_iter=100, n_iter_no_change=np.inf, dtype="float32")
        network.set_params(**params)
        if self.is_numbers:
            network = TransformedTargetRegressor(network, transformer=StandardScaler())
        model = make_pipeline(self.preprocessor, network).fit(X, y)
        return 1 - model.score(X_val, y_val)

    def mean_error(self, params):
        """Return the mean over the splits."""
        return np.mean([self.error(seed, params) for seed in range(REPEATS)])


def main(folder):
    """Measure, print and draw."""
    plt.rcParams["font.size"] = 11
    tables = {name: Table(folder, name) for name in CLASSES + NUMBERS}
    defaults = {name: table.mean_error({}) for name, table in tables.items()}
    print("defaults", {name: round(float(error), 3) for name, error in defaults.items()})
    ratios = {}
    for label, params in CHANGES.items():
        ratios[label] = np.array(
            [table.mean_error(params) / defaults[name] for name, table in tables.items()]
        )
        print(f"{label:22}", *(f"{ratio:5.2f}" for ratio in ratios[label]), flush=True)
    draw(ratios)


def draw(ratios):
    """Draw a row for each change, a point for each table, and a line at the geometric mean."""
    figure, ax = plt.subplots(figsize=(6.4, 6.6), layout="constrained")
    numbers = np.array([name in NUMBERS for name in CLASSES + NUMBERS])
    kinds = [(~numbers, "#0072B2", "o", "classes"), (numbers, "#D55E00", "D", "numbers")]
    for place, values in enumerate(ratios.values()):
        for kind, color, marker, name in kinds:
            label = f"{name} to predict" if place == 0 else None
            ax.plot(
                values[kind],
                np.full(kind.sum(), place),
                marker,
                color=color,
                alpha=0.55,
                markersize=7,
                markeredgewidth=0,
                label=label,
            )
        mean = np.exp(np.log(values).mean())
        ax.plot([mean] * 2, [place - 0.35, place + 0.35], color="black", linewidth=2.5)
    ax.axvline(1, color="0.5", linewidth=1, zorder=0)
    ax.plot([], [], color="black", linewidth=2.5, label="mean")
    ticks = {tick: f"{tick:g}" for tick in [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 3, 4]}
    label_rows(ax, ratios, ticks, "Validation error, as a multiple of that of the defaults")
    figure.legend(loc="outside upper center", ncols=3, frameon=False, columnspacing=1)
    figure.savefig(Path(__file__).with_name("choosing_tables.png"), dpi=190)


def label_rows(ax, names, ticks, label):
    """Name the rows, the first on top, and the ticks and axis of the errors, on a log scale."""
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set(xscale="log", xlabel=label)
    ax.set_xticks(list(ticks), list(ticks.values()))
    ax.minorticks_off()
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.25)
    ax.spines[["top", "right", "left"]].set_visible(False)


if __name__ == "__main__":
    (folder,) = sys.argv[1:]
    main(folder)
