"""Draw ``shapes.png``: one layer in the textbook's convention and in ours.

Run ``python docs/figures/draw_shapes.py`` from the root of the project.
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

N_IN, N_OUT, M = 4, 8, 6
UNIT = 0.2
COLORS = {"X": "#4C78A8", "W": "#F58518", "Z": "#54A24B", "b": "#B279A2"}


def draw_matrix(ax, x, middle, name, rows, columns, shape):
    """Draw a matrix as a grid of `rows` x `columns`; return where it ends."""
    width, height = columns * UNIT, rows * UNIT
    bottom = middle - height / 2
    ax.add_patch(Rectangle((x, bottom), width, height, color=COLORS[name[0]], alpha=0.25))
    for i in range(rows + 1):
        ax.plot([x, x + width], [bottom + i * UNIT] * 2, color=COLORS[name[0]], linewidth=0.6)
    for j in range(columns + 1):
        ax.plot(
            [x + j * UNIT] * 2, [bottom, bottom + height], color=COLORS[name[0]], linewidth=0.6
        )
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


def main():
    """Draw both conventions, one above the other."""
    figure, ax = plt.subplots(figsize=(9, 5.0), layout="constrained")
    draw_equation(
        ax,
        3.4,
        "Textbook:\na column for\neach sample",
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
        "skfcn:\na row for\neach sample",
        [
            ("Z", M, N_OUT, "m × n[l]"),
            ("X", M, N_IN, "m × n[l−1]"),
            ("W", N_IN, N_OUT, "n[l−1] × n[l]"),
            ("b", 1, N_OUT, "1 × n[l]"),
        ],
    )
    ax.set_aspect("equal")
    ax.set_xlim(-0.1, 9.3)
    ax.set_ylim(-0.35, 4.75)
    ax.axis("off")
    figure.savefig(Path(__file__).with_name("shapes.png"), dpi=150)


if __name__ == "__main__":
    main()
