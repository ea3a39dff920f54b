"""``python -m benchmarks tables-extra``: tables that are made up, for what the sets do not show.

`tables_extra_data` makes them.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.tables import add_options, show
from benchmarks.tables_report import OURS
from benchmarks.tables_runs import Results, Team, interleaved

Fits = Mapping[str, list[Mapping[str, Any]]]  # each contender's fits, in the order of their seeds

_TREES = "HistGradientBoosting"


@dataclass(frozen=True)
class Extra:
    """One of the further cases.

    Parameters
    ----------
    title : str
        What it is.
    contenders : tuple of str
        Who takes part.
    n_repeats : int
        Tables, each with a seed of its own.
    report : callable
        From fits to the lines of its table.
    """

    title: str
    contenders: tuple[str, ...]
    n_repeats: int
    report: Callable[[Fits], list[str]]


def one_line_each(fits: Fits) -> list[str]:
    """Return seconds, memory and scores of each contender."""
    lines = [
        "| contender | s a fit | ms for 1,000 rows | peak MB beyond the frame of MB "
        "| AUC (best possible) | accuracy |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for contender, each in fits.items():
        peak = [fit["peak_mb"] for fit in each]
        memory = "–" if None in peak else f"{max(peak):.0f}"
        best = [fit["best_auc"] for fit in each if "best_auc" in fit]
        beside = f" ({np.mean(best):.4f})" if best else ""
        lines.append(
            f"| {contender} | {_mean(each, 'fit_seconds'):.2f} "
            f"| {1000 * _mean(each, 'predict_seconds'):.1f} "
            f"| {memory} of {_mean(each, 'X_mb'):.1f} "
            f"| {_mean(each, 'auc'):.4f}{beside} | {1 - _mean(each, 'error'):.4f} |"
        )
    return lines


def no_worse(measure: str) -> Callable[[Fits], list[str]]:
    """Return a report of one measure: its mean, its standard error, and whether ours holds."""

    def lines(fits: Fits) -> list[str]:
        found = {
            name: np.array([_score(fit, measure) for fit in each]) for name, each in fits.items()
        }
        rows = [
            f"| contender | {measure} | ours − theirs | no worse beyond one standard error |",
            "|---|---:|---:|:-:|",
        ]
        for name, scores in found.items():
            beside = " | "
            if name != OURS and len(found.get(OURS, ())) == len(scores):
                differences = found[OURS] - scores  # the same tables, so pair by pair
                met = "yes" if holds(differences) else "**no**"
                beside = f"{_with_error(differences, '+.4f')} | {met}"
            rows.append(f"| {name} | {_with_error(scores, '.4f')} | {beside} |")
        return rows

    return lines


def holds(differences: Any) -> bool:
    """Tell whether the mean difference is above minus its standard error."""
    return bool(np.mean(differences) >= -standard_error(differences))


def standard_error(values: Any) -> float:
    """Return the standard error of a mean; of one value it is zero."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


_THREE = (OURS, "MLP", _TREES)
EXTRAS = {
    "many-rows": Extra("500,000 rows × 28 numbers", (OURS, _TREES), 1, one_line_each),
    "many-values": Extra(
        "20,000 rows, a category of 8,000 values",
        (OURS, f"{_TREES} with target encoding"),
        3,
        one_line_each,
    ),
    "few-rows": Extra("200 rows", _THREE, 10, no_worse("accuracy")),
    "rare-class": Extra("500 rows, 5 of one class", _THREE, 10, no_worse("auc")),
    "noise": Extra("1,000 rows, 300 columns of noise beside 5", _THREE, 10, no_worse("accuracy")),
    "people": Extra(
        "5,000 rows of people, the larger class 0.60",
        (OURS, "skfcn behind TableVectorizer", f"{_TREES} by hand", "skrub.tabular_pipeline"),
        5,
        one_line_each,
    ),
}


def main(arguments: list[str]) -> None:
    """Parse the command line and run."""
    listing = "; ".join(f"{name}: {extra.title}" for name, extra in EXTRAS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks tables-extra",
        description="Compare estimators on tables that are made up.",
        epilog=f"The cases are {listing}.",
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="which to run (default: all)")
    parser.add_argument("--repeats", type=int, metavar="N", help="tables of each case")
    add_options(parser)
    args = parser.parse_args(arguments)
    if unknown := set(args.cases) - set(EXTRAS):
        parser.error(f"no case is called {', '.join(sorted(unknown))}")

    results = Results(args.json)
    for name in args.cases or EXTRAS:
        extra = EXTRAS[name]
        jobs = interleaved(extra.contenders, [name], args.repeats or extra.n_repeats)
        if not args.report:
            # New processes for each case: memory that one has left over would not count.
            with Team(args.cores, show) as team:
                team.run(jobs, results)
        print(case_report(name, results.records), flush=True)


def case_report(name: str, records: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of a case."""
    extra = EXTRAS[name]
    latest: dict[tuple[str, int], Mapping[str, Any]] = {}
    failed = []
    for record in records:
        if record["set"] == name and "failed" not in record:
            latest[record["contender"], record["seed"]] = record
        elif record["set"] == name:
            failed.append(f"Failed: {record['contender']}: {record['failed']}\n")
    fits = {
        contender: [latest[key] for key in sorted(latest) if key[0] == contender]
        for contender in extra.contenders
    }
    fits = {contender: each for contender, each in fits.items() if each}
    return "\n".join([f"\n{extra.title}\n", *(extra.report(fits) if fits else []), *failed])


def _score(fit: Mapping[str, Any], measure: str) -> float:
    return 1 - fit["error"] if measure == "accuracy" else fit[measure]


def _mean(fits: Iterable[Mapping[str, Any]], measure: str) -> float:
    return float(np.mean([fit[measure] for fit in fits]))


def _with_error(values: Any, style: str) -> str:
    return f"{format(np.mean(values), style)} ± {standard_error(values):.4f}"
