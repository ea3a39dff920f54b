"""Draw ``unit.png``, ``shapes.png``, a layer in two conventions, and ``passes.png``.

Run ``python docs/figures/draw_shapes.py`` from the root of the project. With ``--chinese``, its
pictures are ``shapes_zh.png`` and ``passes_zh.png``; their words need the font Noto Sans CJK SC.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, Rectangle

FOLDER = Path(__file__).parent
N_IN, N_OUT, M = 4, 8, 6
UNIT = 0.2
COLORS = {"X": "#4C78A8", "W": "#F58518", "Z": "#54A24B", "A": "#54A24B", "b": "#B279A2"}
BACK = "#C44E52"
ENGLISH = {
    "textbook": "Textbook:\na column for\neach sample",
    "skfcn": "skfcn:\na row for\neach sample",
    "forward": "forward:\noutputs",
    "backward": "backward:\ngradients",
    "weights": "weights' gradients:\nA[l−1]ᵀ · dZ[l]",
    "then": "then f",
    "loss": "the loss",
}
CHINESE = {
    "textbook": "教科书：\n每个样本一列",
    "skfcn": "skfcn：\n每个样本一行",
    "forward": "向前：\n输出",
    "backward": "向后：\n梯度",
    "weights": "权重的梯度：\nA[l−1]ᵀ · dZ[l]",
    "then": "再过 f",
    "loss": "损失",
}


def new_figure(size, width, height):
    """Return a figure and axes in which one unit is as long as it is high."""
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    ax.set_aspect("equal")
    ax.set_xlim(*width)
    ax.set_ylim(*height)
    ax.axis("off")
    return figure, ax


def draw_unit():
    """Draw a unit: inputs, weights, the sum and the activation."""
    figure, ax = new_figure((8, 3.2), (-0.7, 8.6), (-1.75, 1.85))
    heights = np.linspace(1.35, -1.35, N_IN)
    for k, y in enumerate(heights, 1):
        ax.add_patch(Circle((0, y), 0.3, facecolor=COLORS["X"], alpha=0.25))
        ax.text(0, y, f"$a_{k}$", ha="center", va="center", fontsize=13)
        arrow = {"arrowstyle": "-|>", "color": COLORS["W"], "linewidth": 1.5}
        ax.annotate("", (2.78, y * 0.25), (0.32, y), arrowprops=arrow)
        along = 0.45
        ax.text(
            0.32 + along * 2.46,
            y + along * (0.25 - 1) * y + 0.09,
            f"$w_{k}$",
            ha="center",
            va="bottom",
            fontsize=13,
            color=COLORS["W"],
        )
    ax.add_patch(Circle((3.4, 0), 0.62, facecolor=COLORS["Z"], alpha=0.25))
    ax.text(3.4, 0, "$\\Sigma$", ha="center", va="center", fontsize=20)
    draw_arrow(ax, (3.4, 1.5), (3.4, 0.65), "", COLORS["b"])
    ax.text(3.4, 1.52, "$b$", ha="center", va="bottom", fontsize=13, color=COLORS["b"])
    draw_arrow(ax, (4.05, 0), (5.45, 0), "$z$", "0.35")
    ax.add_patch(Rectangle((5.5, -0.6), 1.2, 1.2, facecolor=COLORS["A"], alpha=0.25))
    ax.plot([5.6, 6.1, 6.55], [-0.25, -0.25, 0.42], color=COLORS["A"], linewidth=2)
    ax.text(6.1, 0.68, "$f$", ha="center", va="bottom", fontsize=13, color=COLORS["A"])
    draw_arrow(ax, (6.75, 0), (8.3, 0), "$a = f(z)$", "0.35")
    ax.text(4.0, -1.65, "$z = a_1 w_1 + a_2 w_2 + a_3 w_3 + a_4 w_4 + b$", fontsize=12)
    figure.savefig(FOLDER / "unit.png", dpi=150)


def draw_matrix(ax, x, middle, name, rows, columns, shape, color=None):
    """Draw a matrix as a grid of `rows` x `columns`; return where it ends."""
    color = color or COLORS[name[0]]
    width, height = columns * UNIT, rows * UNIT
    bottom = middle - height / 2
    ax.add_patch(Rectangle((x, bottom), width, height, color=color, alpha=0.25))
    for i in range(rows + 1):
        ax.plot([x, x + width], [bottom + i * UNIT] * 2, color=color, linewidth=0.6)
    for j in range(columns + 1):
        ax.plot([x + j * UNIT] * 2, [bottom, bottom + height], color=color, linewidth=0.6)
    ax.text(x + width / 2, bottom + height + 0.12, name, ha="center", va="bottom", fontsize=12)
    ax.text(x + width / 2, bottom - 0.12, shape, ha="center", va="top", fontsize=9, color="0.35")
    return x + width


def draw_equation(ax, middle, title, terms):
    """Draw ``Z = A · B + b`` from left to right."""
    ax.text(0, middle, title, ha="left", va="center", fontsize=11, fontweight="bold")
    x = 1.7
    for sign, term in zip(["", "=", "·", "+"], terms, strict=True):
        if sign:
            ax.text(x + 0.3, middle, sign, ha="center", va="center", fontsize=15)
            x += 0.6
        x = draw_matrix(ax, x, middle, *term)


def draw_conventions(words, name):
    """Draw both conventions, one above the other."""
    figure, ax = new_figure((9, 5.0), (-0.1, 9.3), (-0.35, 4.75))
    draw_equation(
        ax,
        3.4,
        words["textbook"],
        [
            ("Z", N_OUT, M, "n[l] × m"),
            ("W", N_OUT, N_IN, "n[l] × n[l−1]"),
            ("X", N_IN, M, "n[l−1] × m"),
            ("b", N_OUT, 1, "n[l] × 1"),
        ],
    )
    draw_equation(
        ax,
        0.8,
        words["skfcn"],
        [
            ("Z", M, N_OUT, "m × n[l]"),
            ("X", M, N_IN, "m × n[l−1]"),
            ("W", N_IN, N_OUT, "n[l−1] × n[l]"),
            ("b", 1, N_OUT, "1 × n[l]"),
        ],
    )
    figure.savefig(FOLDER / name, dpi=150)


def draw_arrow(ax, start, end, label, color):
    """Draw an arrow from point to point with a label above its middle."""
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 1.5})
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    ax.text(x, y + 0.08, label, ha="center", va="bottom", fontsize=10, color=color)


def draw_passes(words, name):
    """Draw 4-8-8-4-1: outputs above, their gradients below, the weights' gradients at the foot."""
    figure, ax = new_figure((12, 6.2), (-2.2, 14.4), (-3.8, 4.2))
    layers, m, step = [4, 8, 8, 4, 1], 5, 3.2
    there, back, foot = 3.0, 0.1, -2.6
    for y, text in [
        (there, words["forward"]),
        (back, words["backward"]),
        (foot, words["weights"]),
    ]:
        ax.text(-2.1, y, text, ha="left", va="center", fontsize=11, fontweight="bold")
    for layer, units in enumerate(layers):
        x, half = layer * step + 0.6, units * UNIT / 2
        output = ["X", "A[1]", "A[2]", "A[3]", "Z[4]"][layer]
        draw_matrix(ax, x - half, there, output, m, units, f"{m} × {units}")
        if layer == 0:
            continue
        before = layers[layer - 1]
        between, edge = x - step + before * UNIT / 2 + 0.1, x - half - 0.1
        label = f"· W[{layer}] + b[{layer}]" + (f"\n{words['then']}" if layer < 4 else "")
        draw_arrow(ax, (between, there), (edge, there), label, COLORS["Z"])
        draw_matrix(ax, x - half, back, f"dZ[{layer}]", m, units, f"{m} × {units}", BACK)
        if layer > 1:
            label = f"· W[{layer}]ᵀ\n⊙ f′"
            draw_arrow(ax, (edge, back), (between, back), label, BACK)
        middle = x - step / 2
        draw_matrix(
            ax,
            middle - half,
            foot,
            f"dW[{layer}]",
            before,
            units,
            f"{before} × {units}",
            COLORS["W"],
        )
    draw_arrow(ax, (4 * step + 0.6, there - 0.95), (4 * step + 0.6, back + 0.95), "", BACK)
    ax.text(4 * step + 0.72, 1.55, words["loss"], ha="left", va="center", fontsize=10, color=BACK)
    figure.savefig(FOLDER / name, dpi=150)


if __name__ == "__main__":
    if sys.argv[1:] == ["--chinese"]:
        plt.rcParams["font.family"] = ["DejaVu Sans", "Noto Sans CJK SC"]  # glyph by glyph
        draw_conventions(CHINESE, "shapes_zh.png")
        draw_passes(CHINESE, "passes_zh.png")
    else:
        draw_unit()
        draw_conventions(ENGLISH, "shapes.png")
        draw_passes(ENGLISH, "passes.png")
