from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from skfcn.engine.threads import threads_for

SMALL, LARGE = [64, 100, 10], [784, 256, 128, 10]


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


def test_small_products_get_one_thread_and_large_ones_what_there_is():
    with threads_for(SMALL, 32):
        assert blas_threads() == {1}
    assert blas_threads() == {2}
    with threads_for(LARGE, 128):
        assert blas_threads() == {2}


def test_more_rows_are_more_work():
    with threads_for(SMALL, 10_000):
        assert blas_threads() == {2}


def test_the_limit_goes_with_an_exception():
    with pytest.raises(KeyError), threads_for(SMALL, 32):
        raise KeyError
    assert blas_threads() == {2}


def test_only_the_outer_of_two_contexts_restores():
    with threads_for(SMALL, 32):
        with threads_for(SMALL, 32):
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_overlapping_fits_in_threads_leave_things_as_they_were():
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(blas_threads).result()
    entered, left = Barrier(2), Barrier(2)

    def first():
        with threads_for(SMALL, 32):
            entered.wait()
        left.wait()

    def second():
        entered.wait()
        with threads_for(SMALL, 32):
            left.wait()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(first), pool.submit(second)]:
            done.result()
    assert blas_threads() == before
