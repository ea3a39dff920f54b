"""A warning in an example of the gallery fails the build, as one in a test fails the tests."""

import warnings

_before: list = []


def make_warnings_errors(gallery_conf, example: str, when: str) -> None:
    """Turn warnings into errors before an example, and back after it."""
    if when == "before":
        _before[:] = warnings.filters
        warnings.simplefilter("error")
    else:
        warnings.filters[:] = _before
