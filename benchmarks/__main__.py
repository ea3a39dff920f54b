"""``python -m benchmarks``: run the cases, print a table of ratios, write the figures.

``accuracy``, ``tables``, ``tables-extra``, ``files`` and ``files-compared`` are other commands.
"""

import argparse
import os
import sys
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

from benchmarks import growth, report
from benchmarks.cases import CASES, GROWTH_CASES, OURS, TABLE_CASES, Case
from benchmarks.measure import Runs, measure

_COMMANDS = ("accuracy", "tables", "tables-extra", "files", "files-compared")


def main() -> None:
    """Parse the command line and run."""
    if sys.argv[1:] and sys.argv[1] in _COMMANDS:
        command = import_module(f"benchmarks.{sys.argv[1].replace('-', '_')}")
        command.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time skfcn beside its peers and beside the bare matrix products.",
        epilog="How well estimators do on tables: python -m benchmarks tables --help.",
    )
    parser.add_argument(
        "cases",
        nargs="*",
        metavar="CASE",
        help='which to run, with wildcards ("mnist-*"); all of the table if none is named',
    )
    parser.add_argument("--list", action="store_true", help="print the cases and end")
    parser.add_argument("--rounds", type=int, default=5, help="timed runs of each (default: 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument(
        "--growth",
        type=Path,
        metavar="PNG",
        help="run the growth cases instead, and draw time per step into this file",
    )
    parser.add_argument(
        "--data", metavar="FOLDER", help="where mnist_all.mat and tabular/ are (../shared/data)"
    )
    args = parser.parse_args()
    if args.data:
        os.environ["SKFCN_BENCHMARK_DATA"] = args.data
    cases = _chosen(args.cases, GROWTH_CASES if args.growth else TABLE_CASES)
    if args.list:
        print("\n".join(f"{case.name:36}{case.title}" for case in cases))
        return
    if args.rounds < 1 or not cases:
        parser.error("nothing to run")

    measured: dict[str, tuple[Case, dict[str, Runs]]] = {}
    print(report.table_head())
    for case in cases:
        runs = measure(case, args.rounds, _show)
        _show("")
        measured[case.name] = case, runs
        if not runs[OURS].missing:
            print(report.table_lines(case, runs), flush=True)
        if args.json:  # after each case: a long run may be cut off
            args.json.write_text(report.as_json(measured) + "\n")
    if args.growth:
        growth.draw(measured, args.growth)


def _chosen(patterns: list[str], default: list[Case]) -> list[Case]:
    if not patterns:
        return default
    return [case for case in CASES.values() if any(fnmatch(case.name, p) for p in patterns)]


def _show(message: str) -> None:
    """Write progress over the last message, where someone watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{message}")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
