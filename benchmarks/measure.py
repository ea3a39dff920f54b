"""Interleaved runs of a case: every contender in a process of its own, in turn.

Two BLAS thread pools in one process spin against each other, and a noisy minute must not hit
one contender alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.cases import Case


@dataclass
class Runs:
    """What was measured of one contender.

    Attributes
    ----------
    seconds : list of float
        One figure a round.
    peak_mb : float or None
        Memory that the first run took beyond what was in use before it.
    facts : dict
        What its last run said of its result.
    missing : str
        Why it could not run, if it could not.
    """

    seconds: list[float] = field(default_factory=list)
    peak_mb: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    missing: str = ""

    @property
    def median(self) -> float:
        """The middle of the times."""
        return median(self.seconds)


class Worker:
    """A contender's process.

    Parameters
    ----------
    name : str
        For a message, should it end.
    module : str
        What it runs; it answers each line with a line of JSON, and says one before the first.
    *arguments : str
        For the module.
    environment : mapping, default=None
        Variables that it has besides those of this process.
    """

    def __init__(
        self,
        name: str,
        module: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with self._process:  # closes the pipes, which processes of its own may hold for minutes
            pass

    def answer(self) -> dict[str, Any]:
        """Wait for its next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended; see its message above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, request: str = "") -> dict[str, Any]:
        """Run its job once, or the one that is asked for."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        return self.answer()


def measure(case: Case, n_rounds: int, show: Callable[[str], None]) -> dict[str, Runs]:
    """Run each contender `n_rounds` times, after one run that is not timed."""
    runs = {contender: Runs() for contender in case.jobs}
    workers: dict[str, Worker] = {}
    try:
        for contender in runs:
            show(f"{case.name}: {contender} prepares")
            worker = Worker(f"{case.name}, {contender}", "benchmarks.worker", case.name, contender)
            workers[contender] = worker
            runs[contender].missing = worker.answer().get("missing", "")
            if not runs[contender].missing:
                runs[contender].peak_mb = worker.run()["peak_mb"]
        for round_ in range(1, n_rounds + 1):
            for contender, worker in workers.items():
                if not runs[contender].missing:
                    show(f"{case.name}: round {round_} of {n_rounds}, {contender}")
                    answer = worker.run()
                    runs[contender].seconds.append(answer["seconds"])
                    runs[contender].facts = answer["facts"]
    finally:
        for worker in workers.values():
            worker.__exit__()
    return runs
