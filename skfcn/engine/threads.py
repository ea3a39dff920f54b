"""How many threads a product deserves.

A second thread hurries a small product little, and makes its whole fit a hostage of the
scheduler: OpenBLAS's threads spin while they wait for each other, and where another program
wants the same core they wait for long. Measured on two cores, digits 64-256-128-10 in batches
of 64: 0.9 s with two threads and 0.7 s with one on an idle machine, 57 s and 0.7 s beside a
second program that multiplies matrices.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from threading import RLock
from typing import Any

from threadpoolctl import ThreadpoolController

_WORTH_A_SECOND_THREAD = 5_000_000  # multiplications in the largest product of a batch


def threads_for(n_multiplications: int) -> AbstractContextManager[None]:
    """Return a context in which BLAS uses as many threads as a product of this size deserves."""
    worth_it = n_multiplications >= _WORTH_A_SECOND_THREAD
    return nullcontext() if worth_it else _one_thread()


def blas_threads() -> int:
    """Return how many threads BLAS may use now."""
    by_process, by_thread = _blas_libraries()
    return max((library.get_num_threads() for library in [*by_process, *by_thread]), default=1)


@cache
def _blas_libraries() -> tuple[list[Any], list[Any]]:
    """Find the loaded libraries once, it takes milliseconds: by process, and by thread."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    by_thread = [getattr(library, "threading_layer", "") == "openmp" for library in libraries]
    return (
        [library for library, own in zip(libraries, by_thread, strict=True) if not own],
        [library for library, own in zip(libraries, by_thread, strict=True) if own],
    )


class _Limit:
    """How many fits have the libraries at one thread: the first sets it, the last lifts it.

    If each of two overlapping fits restored what it found, the last one would restore the limit
    of the first; and if the first to end lifted the limit, the other would go on with more
    threads, slower and with other roundings. (A fit with large products in another thread has one
    thread too while they last, and may then round otherwise than alone.)
    """

    def __init__(self) -> None:
        self.before: list[int] = []
        self.begin()

    def begin(self) -> None:
        """Count from 0; if there is a limit, whoever leaves next lifts it."""
        self.lock, self.n_fits = RLock(), 0

    def enter(self, libraries: list[Any]) -> None:
        with self.lock:
            self.before = self.before or _limit(libraries)
            self.n_fits += 1

    def leave(self, libraries: list[Any]) -> None:
        with self.lock:
            self.n_fits -= 1
            if self.n_fits <= 0:
                _set(libraries, self.before)
                self.before, self.n_fits = [], 0


_of_process = _Limit()
if hasattr(os, "register_at_fork"):
    # The other threads, their fits and their locks are not in the child.
    os.register_at_fork(after_in_child=_of_process.begin)


@contextmanager
def _one_thread() -> Iterator[None]:
    by_process, by_thread = _blas_libraries()
    before = _limit(by_thread)
    _of_process.enter(by_process)
    try:
        yield
    finally:
        _of_process.leave(by_process)
        _set(by_thread, before)


def _limit(libraries: list[Any]) -> list[int]:
    """Set all to one thread, and return what they had."""
    before = [library.get_num_threads() for library in libraries]
    _set(libraries, [1] * len(before))
    return before


def _set(libraries: list[Any], numbers: list[int]) -> None:
    for library, number in zip(libraries, numbers, strict=True):
        # From 3.8 on, threadpoolctl obeys one thread until that is cleared, and no other.
        clear = getattr(library, "clear_controlling_thread", lambda force: None)
        clear(force=True)
        library.set_num_threads(number)
        clear(force=True)
