"""From results to the summary of each contender, Markdown and a verdict."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.tables_data import CLASSIFICATION, REGRESSION, SETS

OURS = "skfcn"
_SHIFT = 0.01  # a set that is nearly solved does not decide the geometric mean

Sets = Mapping[str, Mapping[str, float]]  # for each set, the means of its measures over seeds


@dataclass(frozen=True)
class Summary:
    """What is said of a contender; None where a set is missing.

    Attributes
    ----------
    error, sgm, log_loss, nrmse : float or None
        Means over sets, and the shifted geometric mean of the errors.
    cal_housing : float or None
        The nRMSE of that set alone.
    fit_seconds, predict_ms : float or None
        Means over sets.
    slowest, slowest_predict : tuple of (str, float) or None
        The set that takes longest, and its seconds or milliseconds.
    """

    error: float | None
    sgm: float | None
    log_loss: float | None
    nrmse: float | None
    cal_housing: float | None
    fit_seconds: float | None
    slowest: tuple[str, float] | None
    predict_ms: float | None
    slowest_predict: tuple[str, float] | None


@dataclass(frozen=True)
class Bar:
    """What is asked of us: a measure of all sets that it speaks of, and the most it may be."""

    title: str
    measure: Callable[[Summary], float | None]
    at_most: float


BARS = (
    Bar("mean error", lambda s: s.error, 0.087),
    Bar("shifted geometric mean error", lambda s: s.sgm, 0.057),
    Bar("mean nRMSE", lambda s: s.nrmse, 0.358),
    Bar("nRMSE of cal_housing", lambda s: s.cal_housing, 0.445),
    Bar("mean seconds a fit", lambda s: s.fit_seconds, 2.0),
    Bar("seconds a fit, slowest set", lambda s: s.slowest and s.slowest[1], 6.0),
    Bar("ms to predict 1,000 rows", lambda s: s.predict_ms, 10.0),
)


def shifted_geometric_mean(errors: Iterable[float]) -> float:
    """Return exp(mean(log(error + 0.01))) - 0.01."""
    return float(np.exp(np.mean(np.log(np.array(list(errors)) + _SHIFT))) - _SHIFT)


def by_contender(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return for each contender and set the means over seeds; the last of equal fits counts."""
    latest: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    for record in records:
        if "failed" not in record:
            latest[record["contender"], record["set"], record["seed"]] = record
    found: dict[str, dict[str, dict[str, float]]] = {}
    for contender, set_ in dict.fromkeys((contender, set_) for contender, set_, _ in latest):
        fits = [record for key, record in latest.items() if key[:2] == (contender, set_)]
        numbers = {k for k, v in fits[0].items() if isinstance(v, float)}
        means = {k: float(np.mean([fit[k] for fit in fits])) for k in numbers}
        found.setdefault(contender, {})[set_] = {**means, "n_fits": len(fits)}
    return found


def summarize(results: Sets, sets: Iterable[str]) -> Summary:
    """Return the summary of a contender over these sets."""
    sets = list(sets)
    labels = [name for name in sets if name in CLASSIFICATION]
    numbers = [name for name in sets if name in REGRESSION]

    def values(measure: str, names: list[str]) -> list[float] | None:
        if not names or any(name not in results for name in names):
            return None
        return [results[name][measure] for name in names]

    def mean(measure: str, names: list[str]) -> float | None:
        found = values(measure, names)
        return None if found is None else float(np.mean(found))

    def slowest(measure: str, factor: float = 1.0) -> tuple[str, float] | None:
        found = values(measure, sets)
        if found is None:
            return None
        return sets[int(np.argmax(found))], factor * max(found)

    errors = values("error", labels)
    predict = mean("predict_seconds", sets)
    return Summary(
        error=mean("error", labels),
        sgm=None if errors is None else shifted_geometric_mean(errors),
        log_loss=mean("log_loss", labels),
        nrmse=mean("nrmse", numbers),
        cal_housing=mean("nrmse", [name for name in numbers if name == "cal_housing"]),
        fit_seconds=mean("fit_seconds", sets),
        slowest=slowest("fit_seconds"),
        predict_ms=None if predict is None else 1000 * predict,
        slowest_predict=slowest("predict_seconds", 1000),
    )


def report(records: Iterable[Mapping[str, Any]], sets: Iterable[str] = SETS) -> str:
    """Return all of it as Markdown: the summary, each set, the verdict, what failed."""
    sets = list(sets)
    records = [record for record in records if record["set"] in sets]
    found = by_contender(records)
    sets = [name for name in SETS if any(name in results for results in found.values())]
    n_fits = len({(record["set"], record["seed"]) for record in records})
    parts = [_summary_table(found, sets, n_fits), _set_table(found, sets)]
    if OURS in found:
        parts.append(verdict(found[OURS]))
    return "\n\n".join([*parts, *_notes(records)])


def _summary_table(found: Mapping[str, Sets], sets: list[str], n_fits: int) -> str:
    lines = [
        "| contender | fits | mean error | SGM error | mean log loss | mean nRMSE | cal_housing "
        "| s a fit | slowest set | ms for 1,000 rows | slowest set |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for contender, results in found.items():
        s = summarize(results, sets)
        done = sum(int(measures["n_fits"]) for measures in results.values())
        cells = [
            contender,
            f"{done}/{n_fits}",
            *(_cell(v, ".4f") for v in (s.error, s.sgm, s.log_loss, s.nrmse, s.cal_housing)),
            _cell(s.fit_seconds, ".2f"),
            _named(s.slowest, ".2f"),
            _cell(s.predict_ms, ".1f"),
            _named(s.slowest_predict, ".1f"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _set_table(found: Mapping[str, Sets], sets: list[str]) -> str:
    """Return the error or the nRMSE of each set."""
    head = ["error or nRMSE", *sets]
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * len(sets)]
    for contender, results in found.items():
        measures = [results.get(name, {}) for name in sets]
        cells = [_cell(m.get("error", m.get("nrmse")), ".4f") for m in measures]
        lines.append(f"| {' | '.join([contender, *cells])} |")
    return "\n".join(lines)


def verdict(results: Sets) -> str:
    """Return our figures beside the bars; a part of the sets is not held against them."""
    s = summarize(results, SETS)
    lines = ["| bar | at most | ours | met |", "|---|---:|---:|:-:|"]
    for bar in BARS:
        value = bar.measure(s)
        met = "not measured" if value is None else "yes" if value <= bar.at_most else "**no**"
        lines.append(f"| {bar.title} | {bar.at_most:g} | {_cell(value, '.4g')} | {met} |")
    return "\n".join(lines)


def _notes(records: list[Mapping[str, Any]]) -> list[str]:
    """Return what has to be known of the figures: failures, versions, cores."""
    done = {(r["contender"], r["set"], r["seed"]) for r in records if "failed" not in r}
    failures = {
        (r["contender"], r["set"], r["seed"]): r["failed"] for r in records if "failed" in r
    }
    notes = [
        f"Failed: {contender} on {set_}, seed {seed}: {reason}"
        for (contender, set_, seed), reason in failures.items()
        if (contender, set_, seed) not in done
    ]
    versions: dict[str, None] = dict.fromkeys(
        f"{r['contender']} {r['version']}" for r in records if r.get("version")
    )
    cores = sorted({str(r["cores"]) for r in records if "cores" in r})
    if versions:
        notes.append(f"Cores: {', '.join(cores)}. Versions: {', '.join(versions)}.")
    return notes


def _cell(value: float | None, style: str) -> str:
    return "–" if value is None else format(value, style)


def _named(value: tuple[str, float] | None, style: str) -> str:
    return "–" if value is None else f"{format(value[1], style)} ({value[0]})"
