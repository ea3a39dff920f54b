"""A record that copies share."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from skfcn.training import Record


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_record_reads_as_a_list(n):
    values = [float(i) for i in range(n)]
    record = Record(values[:1])
    for value in values[1:]:
        record.append(value)

    assert record == values
    assert (list(record), len(record), bool(record)) == (values, n, n > 0)
    assert (record[-2:], record[1:], [*reversed(record)]) == (
        values[-2:],
        values[1:],
        values[::-1],
    )
    for index in (n, -n - 1):
        with pytest.raises(IndexError):
            record[index]
    if n:
        assert (record[0], record[-1]) == (values[0], values[-1])


def test_copies_go_on_by_themselves():
    record = Record([1.0, 2.0])
    first, second = record.copy(), record.copy()
    first.append(3.0)
    second.append(4.0)
    third = first.copy()
    third.cut(1)
    third.append(5.0)
    record.append(6.0)

    assert [*map(list, (record, first, second, third))] == [
        [1.0, 2.0, 6.0],
        [1.0, 2.0, 3.0],
        [1.0, 2.0, 4.0],
        [1.0, 5.0],
    ]


def test_a_copy_and_what_is_appended_take_no_memory_of_their_own():
    record = Record(range(1000))
    for value in range(1000, 1010):
        twin = record.copy()
        twin.append(value)
        assert twin._values is record._values
        record = twin
    assert record == range(1010)


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_a_deep_copy_is_another_record(twin_of):
    record = Record([1.0])
    twin = twin_of(record)
    twin.append(2.0)
    record.append(3.0)
    assert (twin, record) == ([1.0, 2.0], [1.0, 3.0])


def test_copies_grow_in_threads():
    def grown(first):
        twin = record.copy()
        for value in range(first, first + 200):
            twin.append(value)
        return twin

    for _ in range(20):
        record = Record([0.0])
        with ThreadPoolExecutor(4) as pool:
            twins = list(pool.map(grown, [1000, 2000, 3000, 4000]))
        assert twins == [[0, *range(n, n + 200)] for n in (1000, 2000, 3000, 4000)]
