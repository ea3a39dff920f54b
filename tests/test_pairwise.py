"""The helper that chooses the cases of a grid: every pair is there."""

from itertools import combinations, product

import pytest
from pairwise import pairwise

GRIDS = {
    "two axes": {"number": range(4), "letter": "abc"},
    "an axis of one value": {"letter": "xyz", "one": [0], "number": range(4)},
    "as in test_parity": {
        "solver": range(5),
        "activation": "abcd",
        "task": range(7),
        **{name: [False, True] for name in ("stops", "weighted", "sparse")},
    },
    "ten switches": {f"switch_{i}": [False, True] for i in range(10)},
}


def numbered(axes):
    """Values with the name of their axis and a number, which can be compared and counted."""
    return {name: [(name, i) for i, _ in enumerate(axis)] for name, axis in axes.items()}


@pytest.mark.parametrize("grid", GRIDS)
def test_every_two_values_of_different_axes_meet(grid):
    axes = numbered(GRIDS[grid])

    cases = pairwise(**axes)

    met = {pair for case in cases for pair in combinations(case, 2)}
    assert met == {
        pair for one, other in combinations(axes.values(), 2) for pair in product(one, other)
    }
    assert len(set(cases)) == len(cases)
    assert all([name for name, _ in case] == list(axes) for case in cases)


def test_there_are_few_cases():
    sizes = {grid: len(pairwise(**axes)) for grid, axes in GRIDS.items()}

    assert sizes["two axes"] == 4 * 3
    assert sizes["as in test_parity"] < 45  # of 1120, and 35 is the least
    assert sizes["ten switches"] < 15  # of 1024


def test_only_what_is_allowed_comes_and_all_pairs_of_it():
    axes = GRIDS["as in test_parity"]

    def allowed(solver, task, stops, **others):
        return not (task == 1 and stops and solver != 4) and not (task == 4 and solver == 4)

    cases = pairwise(allowed, **axes)

    grid = [dict(zip(axes, case, strict=True)) for case in product(*axes.values())]
    there = [case for case in grid if allowed(**case)]
    assert len(there) < len(grid)
    assert all(allowed(**dict(zip(axes, case, strict=True))) for case in cases)
    assert {pair for case in cases for pair in combinations(zip(axes, case, strict=True), 2)} == {
        pair for case in there for pair in combinations(case.items(), 2)
    }


def test_values_need_no_hash():
    assert pairwise(a=[[], {}], b=[set()]) == [([], set()), ({}, set())]


def test_the_cases_are_the_same_each_time_and_in_order():
    assert pairwise(a="xy", b=[1, 2]) == [("x", 1), ("x", 2), ("y", 1), ("y", 2)]
    assert pairwise(a="xy", b=[1, 2], c=[False, True]) == [
        ("x", 1, False),
        ("x", 2, True),
        ("y", 1, True),
        ("y", 2, False),
    ]
