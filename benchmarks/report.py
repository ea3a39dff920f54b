"""From measured times to ratios, a table and a file."""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.cases import FLOOR, OURS, Bar, Case
from benchmarks.contenders import FLOORS
from benchmarks.measure import Runs

_SAME = 1e-6  # relative difference of two weight vectors' norms that is round-off


class Row(NamedTuple):
    """One line of the table: what is compared, its median, its range and its bar."""

    what: str
    median: float
    low: float
    high: float
    bar: str
    met: bool | None

    @classmethod
    def of(cls, what: str, values: list[float], bar: Bar | None) -> "Row":
        """Summarise the values of all rounds."""
        middle = median(values)
        text, met = "", None
        if bar is not None and bar.at_least is not None:
            text, met = f"≥ {bar.at_least:g}", middle >= bar.at_least
        elif bar is not None and bar.at_most is not None:
            text, met = f"≤ {bar.at_most:g}", middle <= bar.at_most
        return cls(what, middle, min(values), max(values), text, met)


def rows(case: Case, runs: Mapping[str, Runs]) -> list[Row]:
    """Return the lines of a case: our time over the floor's, then each peer's over ours."""
    bars = {bar.against: bar for bar in case.bars}
    ours = runs[OURS]
    lines = []
    floors = [runs[name] for name in FLOORS if name in runs and runs[name].seconds]
    if floors:
        floor = min(floors, key=lambda run: run.median)
        lines.append(Row.of("time / floor", _ratios(ours, floor), bars.get(FLOOR)))
    for name, run in runs.items():
        if name != OURS and name not in FLOORS and run.seconds:
            lines.append(Row.of(f"time of {name} / ours", _ratios(run, ours), bars.get(name)))
    if "seconds" in bars:
        lines.append(Row.of("seconds", ours.seconds, bars["seconds"]))
    if "accuracy" in bars:
        lines.append(Row.of(_accuracy(runs), [ours.facts["accuracy"]], bars["accuracy"]))
    if ours.peak_mb is not None:
        lines.append(Row.of(_memory(runs), [ours.peak_mb], bars.get("MB")))
    if case.same_weights:
        lines.append(_same(ours, runs["scikit-learn"]))
    return lines


def _ratios(above: Runs, below: Runs) -> list[float]:
    return [a / b for a, b in zip(above.seconds, below.seconds, strict=True)]


def _accuracy(runs: Mapping[str, Runs]) -> str:
    others = [
        f"{name} {run.facts['accuracy']:.4f}"
        for name, run in runs.items()
        if name != OURS and "accuracy" in run.facts
    ]
    return f"test accuracy ({', '.join(others)})" if others else "test accuracy"


def _memory(runs: Mapping[str, Runs]) -> str:
    others = [
        f"{name} {run.peak_mb:.0f}"
        for name, run in runs.items()
        if name not in (OURS, *FLOORS) and run.peak_mb is not None
    ]
    return f"peak memory, MB ({', '.join(others)})" if others else "peak memory, MB"


def _same(ours: Runs, theirs: Runs) -> Row:
    """Compare epochs and weights."""
    one, other = ours.facts, theirs.facts
    difference = abs(one["weights"] / other["weights"] - 1)
    met = one["epochs"] == other["epochs"] and difference < _SAME
    what = f"{one['epochs']} epochs ({other['epochs']}), difference of ‖W‖"
    return Row(what, difference, difference, difference, f"≤ {_SAME:g}", met)


def table_head() -> str:
    """Return the first two lines of the table."""
    return "| case | measure | median | min … max | bar | met |\n|---|---|---:|---:|---:|:-:|"


def table_lines(case: Case, runs: Mapping[str, Runs]) -> str:
    """Return the lines of one case."""
    lines = []
    for i, row in enumerate(rows(case, runs)):
        met = {None: "", True: "yes", False: "**no**"}[row.met]
        lines.append(
            f"| {case.title if i == 0 else ''} | {row.what} | {row.median:.3g} "
            f"| {row.low:.3g} … {row.high:.3g} | {row.bar} | {met} |"
        )
    missing = [f"{name}: {run.missing}" for name, run in runs.items() if run.missing]
    return "\n".join(lines + [f"| {case.title} | not run: {why} | | | | |" for why in missing])


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    versions: dict[str, str | None] = {}
    for package in ("numpy", "scipy", "scikit-learn", "torch", "skorch"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return {"processor": _processor(), "python": platform.python_version(), **versions}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor()


def as_json(measured: Mapping[str, tuple[Case, Mapping[str, Runs]]]) -> str:
    """Return everything that was measured."""
    cases = {
        name: {
            "title": case.title,
            "contenders": {contender: vars(run) for contender, run in runs.items()},
            "rows": [row._asdict() for row in rows(case, runs)] if runs[OURS].seconds else [],
        }
        for name, (case, runs) in measured.items()
    }
    return json.dumps({"machine": machine(), "cases": cases}, indent=1)
