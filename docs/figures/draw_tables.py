"""Draw ``tables.png``: the error of each contender on the tables, against the time of a fit.

Run ``python docs/figures/draw_tables.py FILE`` on the file that
``python -m benchmarks tables --json FILE`` has written, from the root of the project.
"""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import NullFormatter

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.tables_data import CLASSIFICATION, REGRESSION, SETS
from benchmarks.tables_report import by_contender, summarize

_NAMES = {"skfcn-10s": "24 networks"}
_BELOW = {
    "HistGradientBoosting",
    "RealMLP-TD-S",
    "MLP",
    "skfcn-10s",
}  # names that would meet others


def main():
    """Read the results and draw both kinds of tables side by side."""
    records = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    found = by_contender(records)
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
    for ax, sets, what in zip(
        axes, (CLASSIFICATION, REGRESSION), ("mean error", "mean nRMSE"), strict=True
    ):
        for contender, results in found.items():
            of_kind = {name: results[name] for name in sets if name in results}
            if len(of_kind) < len(sets):
                continue
            summary = summarize(of_kind, sets)
            error = summary.error if sets is CLASSIFICATION else summary.nrmse
            ours = contender.startswith("skfcn")
            color = "C3" if ours else "0.35"
            ax.scatter(summary.fit_seconds, error, color=color, s=60 if ours else 36, zorder=3)
            ax.annotate(
                _NAMES.get(contender, contender),
                (summary.fit_seconds, error),
                xytext=(0, -16 if contender in _BELOW else 8),
                textcoords="offset points",
                ha="center",
                color=color,
                fontweight="bold" if ours else "normal",
            )
        ax.set_xscale("log")
        ax.set_xlim(0.04, 100)
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set(xlabel="seconds a fit, the mean over the tables", ylabel=what)
        ax.set_title(f"{len(sets)} tables of {'classes' if sets is CLASSIFICATION else 'numbers'}")
        ax.margins(y=0.15)
        ax.grid(alpha=0.3)
    fig.savefig(Path(__file__).with_name("tables.png"), dpi=150)
    print(len(SETS), "tables,", len(records), "fits")


if __name__ == "__main__":
    main()
