"""Draw ``when.png``: the error of four estimators on each table, MLPClassifier's being 1.

Run ``python docs/figures/draw_when.py`` from the root of the project. It draws the table of
`docs/guide/when_to_use.md`. With ``--chinese`` it draws ``when_zh.png``; the font Noto Sans CJK SC
is needed. With a file that ``python -m benchmarks tables --json FILE`` has written, it prints that
table.
"""

import json
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

FOLDER = Path(__file__).parent
CONTENDERS = {  # what heads each column of the table, and how it is drawn
    "MLP": ("MLPClassifier, MLPRegressor", "|", "0.45"),
    "HistGradientBoosting": ("HistGradientBoosting", "s", "#15803d"),
    "RealMLP-TD-S": ("RealMLP-TD-S (PyTorch)", "D", "#7c3aed"),
    "skfcn": ("skfcn, tabular", "o", "#c2410c"),
}
ENGLISH = "error ÷ that of scikit-learn's network with its defaults; left is better"
CHINESE = "误差 ÷ scikit-learn 网络（默认参数）的误差；越靠左越好"


def print_table(path):
    """Print the table, from the results of the benchmark."""
    sys.path.insert(0, str(FOLDER.parents[1]))
    from benchmarks.tables_data import SETS
    from benchmarks.tables_report import by_contender

    found = by_contender([json.loads(line) for line in Path(path).read_text().splitlines()])
    print("| table | " + " | ".join(head for head, *_ in CONTENDERS.values()) + " |")
    print("|---" + "|---:" * len(CONTENDERS) + "|")
    for table in SETS:
        means = [found[name][table] for name in CONTENDERS]
        errors = [f"{each.get('error', each.get('nrmse')):.4f}" for each in means]
        cells = [f"**{error}**" if error == min(errors) else error for error in errors]
        print(f"| {table} | {' | '.join(cells)} |")


def read():
    """Return the names of the tables, and the errors of the contenders on each."""
    text = (FOLDER.parent / "guide/when_to_use.md").read_text("utf-8")
    lines = re.findall(r"^\| (\w+) \|((?: \**\d\.\d+\** \|)+)$", text, re.MULTILINE)
    errors = [[float(cell) for cell in re.findall(r"\d\.\d+", cells)] for _, cells in lines]
    return [name for name, _ in lines], np.array(errors).T


def draw(label, file):
    """Draw a row for each table, and a mark for each contender."""
    tables, errors = read()
    figure, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
    rows = np.arange(len(tables))[::-1]
    for each, (name, marker, color) in zip(errors, CONTENDERS.values(), strict=True):
        size = {"|": 220, "o": 75}.get(marker, 42)
        order = 2 + (marker == "o")
        ax.scatter(
            each / errors[0], rows, s=size, marker=marker, color=color, label=name, zorder=order
        )
    ax.set_xscale("log")
    ticks = [0.2, 0.5, 1, 1.5]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_yticks(rows, tables)
    ax.set_xlabel(label)
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(FOLDER / file, dpi=150)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            draw(ENGLISH, "when.png")
        case ["--chinese"]:
            plt.rcParams["font.family"] = ["DejaVu Sans", "Noto Sans CJK SC"]  # glyph by glyph
            draw(CHINESE, "when_zh.png")
        case [path]:
            print_table(path)
