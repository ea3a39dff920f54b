"""``python -m benchmarks files FOLDER ...``: the command on other people's tables.

Each CSV file is trained on as ``python -m skfcn train --data FILE`` does, once more with
``--task regression`` where the command asks for it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

_SMALLEST = 500  # bytes of a file that is tried
_TASK = "--task regression"


class Attempt(NamedTuple):
    """How the command went."""

    code: int
    error: str
    seconds: float
    megabytes: float  # the most that the process had


def main(arguments: list[str]) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks files",
        description="Train on each CSV file of some folders by the command, with its defaults.",
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--most", type=int, default=70, metavar="N", help="files (default: 70)")
    args = parser.parse_args(arguments)
    chosen = csv_files(args.folders)[: args.most]
    attempts = []
    for number, path in enumerate(chosen, start=1):
        attempt = train(path)
        attempts.append(attempt)
        how = attempt.error or "trained"
        print(
            f"{number}/{len(chosen)} {path.name} {attempt.seconds:.1f} s: {how}",
            flush=True,
        )
    print(report(attempts))


def csv_files(folders: list[Path]) -> list[Path]:
    """Return the CSV files of folders in a random order, the same each time."""
    found = {path for folder in folders for path in folder.rglob("*.csv")}
    files = sorted(path for path in found if path.stat().st_size >= _SMALLEST)
    return [files[index] for index in np.random.default_rng(0).permutation(len(files))]


def train(path: Path) -> Attempt:
    """Train on a file, and as a regression if the command names that as the remedy."""
    first = _run(path)
    return _run(path, *_TASK.split()) if first.code and _TASK in first.error else first


def report(attempts: list[Attempt]) -> str:
    """Return what is to say of all of them."""
    trained = [attempt for attempt in attempts if attempt.code == 0]
    broken = sum("Traceback" in attempt.error for attempt in attempts)
    return (
        f"{len(attempts)} files: {len(trained)} trained, {len(attempts) - len(trained)} refused, "
        f"{broken} with a traceback; at most {max(a.seconds for a in attempts):.1f} s and "
        f"{max(a.megabytes for a in attempts):.0f} MB, median {_median(trained):.1f} s"
    )


def _median(trained: list[Attempt]) -> float:
    return float(np.median([attempt.seconds for attempt in trained])) if trained else np.nan


def _run(path: Path, *options: str) -> Attempt:
    command = [sys.executable, "-m", "skfcn", "train", "--data", str(path.resolve()), *options]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors, text=True
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        errors.seek(0)
        text = errors.read()
    error = "" if process.returncode == 0 else text.strip()
    return Attempt(process.returncode, error, seconds, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main(sys.argv[1:])
