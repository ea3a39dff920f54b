"""How many threads a product deserves.

A second thread hurries a small product little, and makes its whole fit a hostage of the
scheduler: OpenBLAS's threads spin while they wait for each other, and where another program
wants the same core they wait for long. Measured on two cores, digits 64-256-128-10 in batches
of 64: 0.9 s with two threads and 0.7 s with one on an idle machine, 57 s and 0.7 s beside a
second program that multiplies matrices.
"""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import pairwise
from threading import RLock
from typing import Any

from threadpoolctl import ThreadpoolController

_WORTH_A_SECOND_THREAD = 5_000_000  # multiplications in the largest product of a batch


def threads_for(layer_sizes: Sequence[int], n_rows: int) -> AbstractContextManager[None]:
    """Return a context in which BLAS uses as many threads as these products deserve."""
    products = [n_in * n_out for n_in, n_out in pairwise(layer_sizes)]
    largest = n_rows * max(products, default=0)
    return nullcontext() if largest >= _WORTH_A_SECOND_THREAD else _one_thread


class _OneThread(AbstractContextManager[None]):
    """Limits BLAS to one thread for as long as anybody is in it, in whatever thread.

    The limit belongs to the process. If each of two overlapping fits restored what it found,
    the last one would restore the limit of the first; and if the first to end lifted the limit,
    the other would go on with more threads, slower and with other roundings.
    """

    def __init__(self) -> None:
        self._limits: Any = None
        self.begin()

    def begin(self) -> None:
        """Let nobody be in it; a limit that is set will go with the next who leaves."""
        self._lock, self._n_inside = RLock(), 0

    def __enter__(self) -> None:
        with self._lock:
            if self._limits is None:
                self._limits = _controller().limit(limits=1, user_api="blas")
            self._n_inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside <= 0 and self._limits is not None:
                self._limits.restore_original_limits()
                self._limits, self._n_inside = None, 0


_one_thread = _OneThread()
if hasattr(os, "register_at_fork"):
    # The other threads, their fits and their locks are not in the child.
    os.register_at_fork(after_in_child=_one_thread.begin)


@cache
def _controller() -> ThreadpoolController:
    """Find the loaded libraries once; it takes milliseconds."""
    return ThreadpoolController()
