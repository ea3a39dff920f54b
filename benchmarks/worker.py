"""The process of one contender: it prepares its job, then runs it each time it is asked.

``python -m benchmarks.worker CASE CONTENDER`` reads a line for each run and answers with a
line of JSON.
"""

import json
import sys
import time
from typing import Any

from benchmarks.cases import CASES
from benchmarks.data import DataMissingError
from benchmarks.memory import peak_since, reset_peak


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
        before = reset_peak()
        start = time.perf_counter()
        facts = job() or {}
        seconds = facts.pop("seconds", time.perf_counter() - start)
        _say({"seconds": seconds, "peak_mb": peak_since(before), "facts": facts})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
