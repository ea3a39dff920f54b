"""How many threads a product deserves.

A second thread hurries a small product little, and makes its whole fit a hostage of the
scheduler: OpenBLAS's threads spin while they wait for each other, and where another program
wants the same core they wait for long. Measured on two cores, digits 64-256-128-10 in batches
of 64: 0.9 s with two threads and 0.7 s with one on an idle machine, 57 s and 0.7 s beside a
second program that multiplies matrices.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from itertools import pairwise
from threading import Lock

from threadpoolctl import ThreadpoolController

_WORTH_A_SECOND_THREAD = 5_000_000  # multiplications in the largest product of a batch


def threads_for(layer_sizes: Sequence[int], n_rows: int) -> AbstractContextManager[None]:
    """Return a context in which BLAS uses as many threads as these products deserve."""
    products = [n_in * n_out for n_in, n_out in pairwise(layer_sizes)]
    largest = n_rows * max(products, default=0)
    return nullcontext() if largest >= _WORTH_A_SECOND_THREAD else _one_thread()


_limit_is_held = Lock()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit BLAS to one thread, unless another fit, in whatever thread, does so already.

    The limit belongs to the process. If each of two overlapping fits restored what it found,
    the last one would restore the limit of the first.
    """
    if not _limit_is_held.acquire(blocking=False):
        yield
        return
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _limit_is_held.release()


@cache
def _controller() -> ThreadpoolController:
    """Find the loaded libraries once; it takes milliseconds."""
    return ThreadpoolController()
