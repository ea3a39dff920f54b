"""What the targets of a table are, and whether anything can be learned of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn._cli.data import CLASSIFICATION, REGRESSION
from skfcn._cli.output import some
from skfcn._files import meaning_of

_MANY = 20  # whole numbers that differ; more of them look like quantities


def targets_of(frame: Any, target: str, name: str) -> tuple[Any, NDArray[Any], list[str]]:
    """Return the rows that have a target, these as integers, other numbers or texts, and notes."""
    column = frame[target]
    if hasattr(column.dtype, "categories") or column.dtype.kind == "b":
        column = column.astype(object).map(str, na_action="ignore")
    meaning = meaning_of(column.to_frame(), {}, name)
    values = meaning.frame[target]
    if values.dtype.kind in "mM":  # a label is shown as it was written
        values = column.where(values.notna(), None)
    known = values.notna()
    frame, values = frame[known], values[known]
    if values.dtype.kind not in "iuf":
        return frame, values.map(str).to_numpy(object), meaning.said
    numbers = values.to_numpy()
    # Where some are missing pandas makes fractions of whole numbers.
    if not known.all() and bool((numbers == np.rint(numbers)).all()):
        numbers = numbers.astype(np.int64)
    return (
        frame,
        numbers.astype(np.float64) if numbers.dtype.kind == "u" else numbers,
        meaning.said,
    )


def check_target(
    name: str, target: str, y: NDArray[Any], task: str | None, others: Sequence[str]
) -> str:
    """Return the task that the targets suit; ValueError says what to do if nothing can be learned.

    Parameters
    ----------
    name, target : str
        The file, and its column.
    y : ndarray
        What is in it.
    task : str or None
        What was asked for; None to see.
    others : sequence of str
        The other columns.
    """
    what = f"{name}: the target {target!r}"
    another = f"--target names another column: {some(others)}"
    if not len(y):
        raise ValueError(f"{what} is missing in all rows; {another}")
    values, counts = np.unique(y, return_counts=True)
    if len(values) == 1:
        raise ValueError(
            f"{what} is {values[0]} in all rows, so there is nothing to learn; {another}"
        )
    is_number = y.dtype.kind in "if"
    if task == REGRESSION:
        if not is_number:
            word = next(text for text in y if not _is_float(text))
            raise ValueError(
                f"{what} must hold numbers for regression, and {word!r} is none; {another}"
            )
        return task
    quantities = "for quantities there is --task regression" if is_number else ""
    is_fraction = is_number and bool((y != np.rint(y)).any())
    if is_fraction:
        raise ValueError(
            f"{what} must hold classes, but it has fractions, such as {_fraction(y)}; "
            f"{quantities}, for another column --target"
        )
    if len(values) > len(y) / 2 and counts.max() < max(3, len(y) / 10):
        hints = "; ".join(filter(None, [quantities, another]))
        many = f"{len(values):,} different values in {len(y):,} rows"
        raise ValueError(f"{what} has {many}, nearly a class for each; {hints}")
    if task is None and is_number and len(values) > _MANY:
        raise ValueError(
            f"{what} has {len(values):,} different whole numbers: say --task regression if they "
            "are quantities, or --task classification if they are classes"
        )
    return CLASSIFICATION


def _is_float(text: Any) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fraction(y: NDArray[Any]) -> float:
    return float(y[y != np.rint(y)][0])
