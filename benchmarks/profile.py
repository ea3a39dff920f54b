"""``python -m benchmarks.profile [CASE]``: where the time of a step goes, within a real fit.

Every part is wrapped in a clock, which costs a few per cent. The products are those that the
floor consists of; here they find their operands in the other core's cache, or in none.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from benchmarks.cases import CASES, OURS
from skfcn import activations, losses, optimizers
from skfcn.engine import layers
from skfcn.training import batches, objective

_PARTS: dict[str, list[tuple[Any, str]]] = {
    "gather the batch": [(batches.Gather, "__call__")],
    "products": [
        (layers, "matmul"),
        (layers, "matmul_transposed_a"),
        (layers, "matmul_transposed_b"),
    ],
    "gradient of the biases": [(layers, "sum_rows")],
    "activation": [(activations.ReLU, "forward"), (activations.ReLU, "backward")],
    "loss": [(losses.LogLoss, "loss_gradient"), (losses.BinaryLogLoss, "loss_gradient")],
    "penalty": [(objective.Objective, "penalty")],
    "optimizer": [(optimizers.SGD, "step"), (optimizers.Adam, "step")],
}


def main() -> None:
    """Print a table."""
    name = sys.argv[1] if len(sys.argv) > 1 else "mnist-adam"
    job = CASES[name].jobs[OURS]()
    job()  # warm up
    seconds: dict[str, float] = defaultdict(float)
    steps = 0

    def count_step() -> None:
        nonlocal steps
        steps += 1

    for part, functions in _PARTS.items():
        for owner, function in functions:
            then = count_step if part == "loss" else _nothing
            setattr(owner, function, _clocked(getattr(owner, function), part, seconds, then))
    start = time.perf_counter()
    job()
    seconds["everything else"] = time.perf_counter() - start - sum(seconds.values())

    print(f"| {name} | µs a step |\n|---|---:|")
    for part, value in seconds.items():
        print(f"| {part} | {value / steps * 1e6:.0f} |")
    print(f"| together | {sum(seconds.values()) / steps * 1e6:.0f} |")


def _nothing() -> None:
    pass


def _clocked(
    function: Callable[..., Any], part: str, seconds: dict[str, float], then: Callable[[], None]
) -> Callable[..., Any]:
    def clocked(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        result = function(*args, **kwargs)
        seconds[part] += time.perf_counter() - start
        then()
        return result

    return clocked


if __name__ == "__main__":
    main()
