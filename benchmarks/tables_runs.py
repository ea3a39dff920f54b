"""Fits in turn: a process for each contender, and a file to which each result goes at once."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.data import DataMissingError
from benchmarks.measure import Worker

Record = dict[str, Any]


class Job(NamedTuple):
    """One fit."""

    contender: str
    set: str
    seed: int


def interleaved(contenders: Iterable[str], sets: Iterable[str], n_seeds: int) -> list[Job]:
    """Return all fits; those of one table follow each other, so that noise hits all alike."""
    contenders, sets = list(contenders), list(sets)
    return [Job(c, s, seed) for seed in range(n_seeds) for s in sets for c in contenders]


class Results:
    """What is known, with a line of the file for each fit.

    Parameters
    ----------
    path : Path, default=None
        The file, in which earlier results may stand; None keeps all in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.records: list[Record] = []
        if path is not None and path.exists():
            text = path.read_text()
            whole = text[: text.rfind("\n") + 1]
            if whole != text:  # the last run was cut off within a line
                path.write_text(whole)
            self.records = [json.loads(line) for line in whole.splitlines()]

    def add(self, record: Record) -> None:
        """Keep a result."""
        self.records.append(record)
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(record) + "\n")

    def missing(self, jobs: Iterable[Job]) -> list[Job]:
        """Return the fits of which no result is known; one that failed is tried again."""
        known = {
            Job(record["contender"], record["set"], record["seed"])
            for record in self.records
            if "failed" not in record
        }
        return [job for job in jobs if job not in known]


@dataclass
class Team:
    """The contenders' processes.

    Parameters
    ----------
    cores : int
        How many each may use; they work one at a time.
    show : callable
        Is told what happens.
    """

    cores: int
    show: Callable[[str], None]
    absent: dict[str, str] = field(default_factory=dict)
    _workers: dict[str, tuple[Worker, Any]] = field(default_factory=dict)

    def __enter__(self) -> "Team":
        return self

    def __exit__(self, *_: object) -> None:
        for worker, _version in self._workers.values():
            worker.__exit__()
        self._workers.clear()

    def run(self, jobs: Iterable[Job], results: Results) -> None:
        """Do what is not done yet."""
        jobs = results.missing(jobs)
        for number, job in enumerate(jobs, 1):
            if job.contender not in self._workers and job.contender not in self.absent:
                self._start(job.contender)
            if job.contender in self.absent:
                continue
            record = self._fit(job)
            results.add(record)
            outcome = record.get("failed", f"{record.get('fit_seconds', 0):.2f} s")
            self.show(f"{number}/{len(jobs)} {job.set} {job.seed} {job.contender}: {outcome}")

    def _start(self, contender: str) -> None:
        worker = Worker(
            contender,
            "benchmarks.tables_worker",
            contender,
            str(self.cores),
            environment=environment(self.cores),
        )
        try:
            answer = worker.answer()
        except RuntimeError as reason:
            answer = {"missing": str(reason)}
        except BaseException:
            worker.__exit__()
            raise
        if "missing" in answer:
            worker.__exit__()
            self.absent[contender] = answer["missing"]
            self.show(f"not run: {contender}: {answer['missing']}")
        else:
            self._workers[contender] = worker, answer["version"]

    def _fit(self, job: Job) -> Record:
        worker, version = self._workers[job.contender]
        try:
            answer = worker.run(json.dumps({"set": job.set, "seed": job.seed}))
        except (RuntimeError, BrokenPipeError) as reason:  # killed for its memory, say
            self._workers.pop(job.contender)[0].__exit__()
            answer = {"failed": str(reason)}
        if "no_data" in answer:
            raise DataMissingError(answer["no_data"])
        return {**job._asdict(), "cores": self.cores, "version": version, **answer}


def environment(cores: int) -> dict[str, str]:
    """Return what tells libraries of threads how many they may have; they read it on import."""
    names = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    return {f"{name}_NUM_THREADS": str(cores) for name in names} | {
        "LOKY_MAX_CPU_COUNT": str(cores)
    }
