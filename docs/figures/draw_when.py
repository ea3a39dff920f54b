"""Draw ``when.png``: the error of four estimators on each table, MLPClassifier's being 1.

Run ``python docs/figures/draw_when.py FILE`` on the file that
``python -m benchmarks tables --json FILE`` has written, from the root of the project. It prints
the table that stands beside the picture.
"""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.tables_data import SETS
from benchmarks.tables_report import by_contender

SHOWN = {  # how each is drawn, and called
    "MLP": ("|", "0.45", "MLPClassifier, MLPRegressor"),
    "HistGradientBoosting": ("s", "#15803d", "HistGradientBoosting"),
    "RealMLP-TD-S": ("D", "#7c3aed", "RealMLP-TD-S (PyTorch)"),
    "skfcn": ("o", "#c2410c", "skfcn, tabular"),
}


def main():
    """Read the results, print them and draw them."""
    records = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    found = by_contender(records)
    errors = {name: np.array([error_of(found[name][table]) for table in SETS]) for name in SHOWN}
    print("| table | " + " | ".join(label for *_, label in SHOWN.values()) + " |")
    print("|---" * (len(SHOWN) + 1) + "|")
    for place, table in enumerate(SETS):
        best = min(each[place] for each in errors.values())
        cells = [f"{each[place]:.4f}" for each in errors.values()]
        cells = [f"**{cell}**" if float(cell) <= round(best, 4) else cell for cell in cells]
        print(f"| {table} | {' | '.join(cells)} |")

    figure, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
    rows = np.arange(len(SETS))[::-1]
    for name, (marker, color, label) in SHOWN.items():
        ratio = errors[name] / errors["MLP"]
        ours = name == "skfcn"
        size = {"|": 220, "o": 75}.get(marker, 42)
        ax.scatter(ratio, rows, s=size, marker=marker, color=color, label=label, zorder=2 + ours)
    ax.set_xscale("log")
    ticks = [0.2, 0.5, 1, 1.5]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_yticks(rows, SETS)
    ax.set_xlabel("error ÷ that of scikit-learn's network with its defaults; left is better")
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(Path(__file__).parent / "when.png", dpi=150)


def error_of(means):
    """Return the part of the test rows that is wrong; of numbers their RMSE / deviation."""
    return means["error"] if "error" in means else means["nrmse"]


if __name__ == "__main__":
    main()
