"""Fewer tests of a grid: cases in which every two values of different axes meet."""

from itertools import combinations, product


def pairwise(allowed=lambda **case: True, **axes):
    """Return cases, tuples of a value of each axis, that hold all pairs; the same ones each time.

    `allowed` gets the values by their axes, and says whether there is such a case: only pairs
    that some allowed case has are asked for. A pair that is still missing is looked for in its
    cases, and the one that brings the most missing pairs is taken.
    """
    values = [list(axis) for axis in axes.values()]
    holding = {}  # of each pair, the cases that have it
    for case in product(*(range(len(axis)) for axis in values)):
        if allowed(**{name: axis[i] for name, axis, i in zip(axes, values, case, strict=True)}):
            for pair in combinations(enumerate(case), 2):
                holding.setdefault(pair, []).append(case)
    missing, cases = dict.fromkeys(holding), []

    def brought(case):
        return sum(pair in missing for pair in combinations(enumerate(case), 2))

    while missing:
        cases.append(max(holding[next(iter(missing))], key=brought))
        for pair in combinations(enumerate(cases[-1]), 2):
            missing.pop(pair, None)
    return [tuple(axis[i] for axis, i in zip(values, case, strict=True)) for case in cases]
