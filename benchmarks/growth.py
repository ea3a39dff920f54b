"""How the time of a step grows, drawn: ours beside the peers' and the floor's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.cases import OURS, Case
from benchmarks.contenders import FLOORS
from benchmarks.measure import Runs

_AXES = {
    "batch": "rows in a batch",
    "width": "units in each hidden layer",
    "depth": "hidden layers",
    "samples": "training samples",
}
_COLORS = {
    OURS: "#c2410c",
    "scikit-learn": "#2563eb",
    "PyTorch": "#7c3aed",
    "skorch": "#0f766e",
    "matrix products": "#525252",
}


def draw(measured: Mapping[str, tuple[Case, Mapping[str, Runs]]], path: Path) -> None:
    """Draw a panel for each axis along which the cases grow."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 2, figsize=(10, 7.5), sharey=True, layout="constrained")
    for ax, (axis, label) in zip(panels.flat, _AXES.items(), strict=True):
        for contender, points in _series(measured, axis).items():
            _line(ax, contender, points)
        ax.set(xscale="log", yscale="log", xlabel=label)
        ax.grid(color="0.92")
        ax.spines[["top", "right"]].set_visible(False)
    for ax in panels[:, 0]:
        ax.set_ylabel("time of a step (µs)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False)
    figure.savefig(path, dpi=150)


def _line(ax: Any, contender: str, points: list[tuple[int, float]]) -> None:
    style: dict[str, Any] = {"marker": "o", "markersize": 4, "linewidth": 1.5}
    if contender == OURS:
        style.update(linewidth=2.5, zorder=3)
    elif contender == "matrix products":
        style.update(linestyle="--")
    xs, ys = zip(*points, strict=True)
    ax.plot(xs, ys, color=_COLORS[contender], label=contender, **style)


def _series(
    measured: Mapping[str, tuple[Case, Mapping[str, Runs]]], axis: str
) -> dict[str, list[tuple[int, float]]]:
    """Return, for each contender, its points: the value on the axis and µs per step."""
    series: dict[str, list[tuple[int, float]]] = {}
    for name, (_, runs) in measured.items():
        _, case_axis, value = name.split("-")
        if case_axis != axis:
            continue
        point = {c: run.median for c, run in runs.items() if run.seconds and c not in FLOORS}
        point["matrix products"] = min(runs[c].median for c in FLOORS)
        for contender, seconds in point.items():
            per_step = seconds * 1e6 / _n_steps(axis, int(value))
            series.setdefault(contender, []).append((int(value), per_step))
    return series


def _n_steps(axis: str, value: int) -> int:
    batch = value if axis == "batch" else 128
    samples = value if axis == "samples" else 20_000
    return -(-samples // batch)
