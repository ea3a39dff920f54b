"""``python -m benchmarks accuracy``: test error against seconds, drawn.

Each contender has a process of its own; they work one at a time.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.accuracy_contenders import CONTENDERS, PROBLEMS, run, takes_part
from benchmarks.tables import show
from benchmarks.tables_contenders import split_names
from benchmarks.tables_runs import Job, Results, environment

_COLORS = {
    "skfcn": "#c2410c",
    "skfcn, a recipe": "#f59e0b",
    "skfcn, tabular": "#be123c",
    "MLPClassifier": "#2563eb",
    "PyTorch": "#7c3aed",
    "HistGradientBoosting": "#15803d",
    "LogisticRegression": "#525252",
}


def main(arguments: list[str]) -> None:
    """Parse the command line, run what is not known yet, print a table and draw."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks accuracy",
        description="Draw the test error of estimators against the seconds of their fits.",
    )
    cores = os.cpu_count() or 1
    parser.add_argument("--problems", metavar="A,B", default=",".join(PROBLEMS))
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="fits of each (3)")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds a fit (30)")
    parser.add_argument("--cores", type=int, default=cores, help=f"for each (default: {cores})")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="add a line for each fit; known ones are skipped"
    )
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw into this file")
    parser.add_argument("--data", metavar="FOLDER", help="where the data are (../shared/data)")
    args = parser.parse_args(arguments)
    problems = split_names(args.problems)
    if unknown := set(problems) - set(PROBLEMS):
        parser.error(f"no problem is called {', '.join(sorted(unknown))}")
    if args.data:
        os.environ["SKFCN_BENCHMARK_DATA"] = args.data

    results = Results(args.json)
    jobs = [
        Job(contender, problem, seed)
        for problem in problems
        for seed in range(args.seeds)
        for contender in CONTENDERS
        if takes_part(contender, problem)
    ]
    for job in results.missing(jobs):
        found = _in_a_process(job, args.limit, args.cores)
        results.add({**job._asdict(), "cores": args.cores, **found})
        show(f"{job.set} {job.seed} {job.contender}: {_outcome(found)}")
    records = [record for record in results.records if record["set"] in problems]
    print("\n".join(lines(records)))
    if args.plot:
        draw(records, args.plot)


def _in_a_process(job: Job, limit: float, cores: int) -> dict[str, Any]:
    text = json.dumps([*job, limit])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.accuracy", text],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment(cores)},
    )
    if done.returncode:
        return {"failed": done.stderr.strip().rpartition("\n")[2]}
    return {"points": json.loads(done.stdout.splitlines()[-1])}


def _outcome(found: dict[str, Any]) -> str:
    if "failed" in found:
        return str(found["failed"])
    seconds, error = found["points"][-1]
    return f"{error:.4f} after {seconds:.1f} s"


def _by_contender(records: Iterable[dict[str, Any]], problem: str) -> Iterator[tuple[str, Any]]:
    for contender in CONTENDERS:
        curves = [
            record["points"]
            for record in records
            if (record["set"], record["contender"]) == (problem, contender) and "points" in record
        ]
        if curves:
            yield contender, curves


def lines(records: list[dict[str, Any]]) -> list[str]:
    """Return a table of the errors at the end of the fits, the means over the seeds."""
    text = ["| problem | contender | error at the end | seconds |", "|---|---|---:|---:|"]
    for problem in dict.fromkeys(record["set"] for record in records):
        for contender, curves in _by_contender(records, problem):
            seconds = sum(curve[-1][0] for curve in curves) / len(curves)
            error = sum(curve[-1][1] for curve in curves) / len(curves)
            text.append(f"| {problem} | {contender} | {error:.4f} | {seconds:.1f} |")
    return text


def draw(records: list[dict[str, Any]], path: Path) -> None:
    """Draw a panel for each problem, a line for each fit."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter

    problems = [name for name in PROBLEMS if any(record["set"] == name for record in records)]
    n_rows = -(-len(problems) // 3)
    figure, panels = plt.subplots(
        n_rows,
        min(3, len(problems)),
        figsize=(11, 3.5 * n_rows),
        layout="constrained",
        squeeze=False,
    )
    names = {}
    for ax, problem in zip(panels.flat, problems, strict=False):
        for contender, curves in _by_contender(records, problem):
            ours = contender.startswith("skfcn")
            for points in curves:
                seconds, error = zip(*points, strict=True)
                (line,) = ax.plot(
                    seconds,
                    error,
                    color=_COLORS[contender],
                    linewidth=2 if ours else 1.3,
                    zorder=3 if ours else 2,
                    marker="o" if len(points) == 1 else None,
                    label=contender,
                )
            names[contender] = line
        ax.set(xscale="log", yscale="log", title=PROBLEMS[problem][0], xlabel="seconds")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.yaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.grid(color="0.92")
        ax.tick_params(which="both", labelsize=8)
        ax.spines[["top", "right"]].set_visible(False)
    for ax in panels[:, 0]:
        ax.set_ylabel("error on test rows")
    figure.legend(names.values(), names.keys(), loc="outside upper center", ncols=4, frameon=False)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    print(json.dumps(run(*json.loads(sys.argv[1]))))
