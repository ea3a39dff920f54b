"""The process of one contender: it prepares its job, then runs it each time it is asked.

``python -m benchmarks.worker CASE CONTENDER`` reads a line for each run and answers with a
line of JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES
from benchmarks.data import DataMissingError


def main() -> None:
    """Prepare, say so, and run on demand."""
    case, contender = sys.argv[1:]
    try:
        job = CASES[case].jobs[contender]()
    except (DataMissingError, ModuleNotFoundError) as reason:
        _say({"missing": str(reason)})
        return
    _say({"ready": True})
    for _ in sys.stdin:
        before = _reset_peak()
        start = time.perf_counter()
        facts = job() or {}
        seconds = facts.pop("seconds", time.perf_counter() - start)
        peak = None if before is None else _status("VmHWM") - before
        _say({"seconds": seconds, "peak_mb": peak, "facts": facts})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _reset_peak() -> float | None:
    """Return the memory in use and start its peak from there; None where Linux is not."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    except OSError:
        return None


def _status(field: str) -> float:
    """Return a size of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(field))


if __name__ == "__main__":
    main()
