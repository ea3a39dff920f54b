"""Which numbers a parameter may be, and what is computed with."""

from sys import float_info
from typing import Any

import numpy as np


def is_number(value: Any) -> bool:
    """Tell whether a value is a Python or NumPy number in the range of float64."""
    if isinstance(value, int):
        return abs(value) <= float_info.max
    return isinstance(value, float | np.integer | np.floating)


def python_number(value: Any) -> Any:
    """Return a NumPy scalar as Python's number, and all else as it is.

    What is computed with an int8 or a float16 would be one as well, and overflow.
    """
    if isinstance(value, np.longdouble):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value
