"""How much memory a call takes at most."""

import tracemalloc


def peak_of(function):
    """Return how many bytes a call takes at most, once the function has been called twice.

    With the fixture `small_iterator_buffers` these are views, iterators and numbers, unless the
    function allocates an array.
    """
    function()
    tracemalloc.start()
    try:
        function()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        function()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before
