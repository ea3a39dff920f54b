"""``python -m benchmarks tables``: accuracy and time on real tables, beside the others.

Read `tables_contenders` for who takes part, `tables_report` for what is asked of us.
"""

import argparse
import os
import sys
from pathlib import Path

from benchmarks.data import DataMissingError
from benchmarks.tables_contenders import CONTENDERS, parse, split_names
from benchmarks.tables_data import SETS, TRAINING_PARTS
from benchmarks.tables_report import report
from benchmarks.tables_runs import Results, Team, interleaved

_EPILOG = """\
A contender may be given parameters, skfcn:max_iter=600:n_estimators=4; it then has that name in
the table, and bars do not speak of it. A run that was cut off goes on where it ended when it is
given the same FILE; to add contenders later, name them. Further cases, on tables that are made
up: python -m benchmarks tables-extra --help.
"""


def main(arguments: list[str]) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks tables",
        description="Compare the accuracy and the time of estimators on twelve real tables.",
        epilog=_EPILOG,
    )
    add_options(parser)
    parser.add_argument(
        "--sets", metavar="A,B", default=",".join(SETS), help=f"of {', '.join(SETS)}"
    )
    parser.add_argument(
        "--contenders",
        metavar="A,B",
        default=",".join(CONTENDERS),
        help=f"of {', '.join(CONTENDERS)}",
    )
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="splits (default: 5)")
    parser.add_argument("--data", metavar="FOLDER", help="where tabular/ is (../shared/data)")
    parser.add_argument(
        "--training-parts",
        action="store_true",
        help="split the rows to learn from of the first split again: to compare recipes, and "
        "what a part of one is worth, without a look at the rows to test",
    )
    args = parser.parse_args(arguments)
    if args.training_parts:
        os.environ[TRAINING_PARTS] = "1"
    if args.data:
        os.environ["SKFCN_BENCHMARK_DATA"] = args.data
    sets, contenders = split_names(args.sets), split_names(args.contenders)
    try:
        for contender in contenders:
            parse(contender)
    except ValueError as error:
        parser.error(str(error))
    if unknown := set(sets) - set(SETS):
        parser.error(f"no set is called {', '.join(sorted(unknown))}")

    results = Results(args.json)
    if not args.report:
        with Team(args.cores, show) as team:
            try:
                team.run(interleaved(contenders, sets, args.seeds), results)
            except DataMissingError as error:
                parser.error(str(error))
    print(report(results.records, sets))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that the further cases have too."""
    cores = os.cpu_count() or 1
    parser.add_argument(
        "--cores", type=int, default=cores, help=f"for each contender (default: {cores})"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="add a line for each fit; known ones are skipped"
    )
    parser.add_argument("--report", action="store_true", help="fit nothing, print what FILE holds")


def show(message: str) -> None:
    """Say what has been done, apart from the table."""
    print(message, file=sys.stderr, flush=True)
