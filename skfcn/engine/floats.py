"""What NumPy says of floating-point numbers while a network computes."""

import numpy as np


def quiet_floats() -> np.errstate:
    """Return a context in which NumPy neither warns nor raises where a number leaves the range.

    Whether one is too large is looked at; one that becomes zero is as good as zero. A program
    may have told NumPy to raise, which is right for its own numbers only.
    """
    return np.errstate(over="ignore", invalid="ignore", under="ignore")
