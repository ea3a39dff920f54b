"""How many threads a product deserves.

A second thread hurries a small product little, and makes its whole fit a hostage of the
scheduler: OpenBLAS's threads spin while they wait for each other, and where another program
wants the same core they wait for long. Measured on two cores, digits 64-256-128-10 in batches
of 64: 0.9 s with two threads and 0.7 s with one on an idle machine, 57 s and 0.7 s beside a
second program that multiplies matrices.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from threading import RLock, local
from typing import Any

from threadpoolctl import ThreadpoolController

_WORTH_A_SECOND_THREAD = 5_000_000  # multiplications in the largest product of a batch


def threads_for(n_multiplications: int) -> AbstractContextManager[None]:
    """Return a context in which BLAS uses as many threads as a product of this size deserves."""
    worth_it = n_multiplications >= _WORTH_A_SECOND_THREAD
    return nullcontext() if worth_it else _one_thread()


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
    """Limits some BLAS libraries to one thread for as long as anybody is in it.

    If each of two overlapping fits restored what it found, the last one would restore the limit
    of the first; and if the first to end lifted the limit, the other would go on with more
    threads, slower and with other roundings. (A fit with large products in another thread has one
    thread too while they last, and may then round otherwise than alone.)

    Parameters
    ----------
    libraries : callable
        Returns what threadpoolctl knows of them.
    """

    def __init__(self, libraries: Callable[[], list[Any]]) -> None:
        self._libraries = libraries
        self._before: list[int] | None = None
        self.begin()

    def begin(self) -> None:
        """Let nobody be in it; if a limit is set, whoever leaves next lifts it."""
        self._lock, self._n_inside = RLock(), 0

    def __enter__(self) -> None:
        with self._lock:
            if self._before is None:
                self._before = [library.get_num_threads() for library in self._libraries()]
                self._set([1] * len(self._before))
            self._n_inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside <= 0 and self._before is not None:
                self._set(self._before)
                self._before, self._n_inside = None, 0

    def _set(self, numbers: list[int]) -> None:
        for library, number in zip(self._libraries(), numbers, strict=True):
            # From 3.8 on, set_num_threads does nothing in all threads but one, lest they undo
            # each other's limits. These do not.
            set_it = getattr(library, "_real_set_num_threads", library.set_num_threads)
            set_it(number)


class _LimitOfThread(local):
    """Has a limit for each thread, for the libraries whose limits are a thread's own."""

    def __init__(self) -> None:
        self.limit = _Limit(lambda: _blas_libraries()[1])


_limit_of_process = _Limit(lambda: _blas_libraries()[0])
_limit_of_thread = _LimitOfThread()
if hasattr(os, "register_at_fork"):
    # The other threads, their fits and their locks are not in the child.
    os.register_at_fork(after_in_child=_limit_of_process.begin)


@contextmanager
def _one_thread() -> Iterator[None]:
    with _limit_of_process, _limit_of_thread.limit:
        yield
