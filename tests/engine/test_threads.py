import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import skfcn.engine.threads
from skfcn.engine import threads_for

SMALL, LARGE = 32 * 64 * 100, 128 * 784 * 256


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


def test_small_products_get_one_thread_and_large_ones_what_there_is():
    with threads_for(SMALL):
        assert blas_threads() == {1}
    assert blas_threads() == {2}
    with threads_for(LARGE):
        assert blas_threads() == {2}


def test_the_limit_goes_with_an_exception():
    with pytest.raises(KeyError), threads_for(SMALL):
        raise KeyError
    assert blas_threads() == {2}


def test_only_the_outer_of_two_contexts_restores():
    with threads_for(SMALL):
        with threads_for(SMALL):
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


@pytest.mark.parametrize("first_leaves_first", [True, False])
def test_fits_that_overlap_in_threads_are_limited_to_their_ends(first_leaves_first):
    before = blas_threads()
    entered, left, seen = Barrier(2), Barrier(2), []

    def first():
        with threads_for(SMALL):
            entered.wait()
            if not first_leaves_first:
                left.wait()
                seen.append(blas_threads())
        if first_leaves_first:
            left.wait()

    def second():
        entered.wait()
        with threads_for(SMALL):
            if first_leaves_first:
                left.wait()
            seen.append(blas_threads())
        if not first_leaves_first:
            left.wait()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(first), pool.submit(second)]:
            done.result()
    assert set(map(frozenset, seen)) == {frozenset({1})}
    assert blas_threads() == before == {2}


def test_a_library_with_a_limit_for_each_thread_is_limited_in_each(monkeypatch):
    class Library(local):
        threads = 4

        def get_num_threads(self):
            return self.threads

        def set_num_threads(self, number):
            self.threads = number

    library = Library()
    monkeypatch.setattr(skfcn.engine.threads, "_blas_libraries", lambda: ([], [library]))
    with ThreadPoolExecutor(1) as pool:
        with threads_for(SMALL):
            assert library.threads == 1
            assert pool.submit(library.get_num_threads).result() == 4
            other = threads_for(SMALL)
            pool.submit(other.__enter__).result()
            assert pool.submit(library.get_num_threads).result() == 1
        assert library.threads == 4
        pool.submit(other.__exit__, None, None, None).result()
        assert pool.submit(library.get_num_threads).result() == 4


def test_the_limit_stays_until_the_last_of_two_overlapping_fits_ends():
    first, second = threads_for(SMALL), threads_for(SMALL)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == {2}


FORK = """
import os
import threading

from threadpoolctl import threadpool_info, threadpool_limits

import skfcn.engine.threads
from skfcn.engine import threads_for

threads = lambda: {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
inside, leave = threading.Event(), threading.Event()


def other_fit():
    with threads_for(1000):
        inside.set()
        leave.wait()


threadpool_limits(2, user_api="blas")
thread = threading.Thread(target=other_fit)
thread.start()
inside.wait()
pid = os.fork()
if pid == 0:
    seen = []
    for _ in range(2):
        with threads_for(1000):
            seen.append(threads())
        seen.append(threads())
    os._exit(seen != [{1}, {2}, {1}, {2}])
leave.set()
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert threads() == {2}
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_process_that_is_forked_while_a_fit_is_under_way_is_not_limited_for_ever():
    run = subprocess.run(
        [sys.executable, "-c", FORK], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
