"""A list of numbers that grows at its end, and whose copies cost nothing."""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Any, Self, overload


class Record(Sequence[float]):
    """What is known of each epoch: a list to append to, which copies share as far as it is theirs.

    A resumed fit goes on with a copy, so that it costs the same however long the record is.

    Parameters
    ----------
    values : iterable of float, default=()
        The first numbers.

    Examples
    --------
    >>> from skfcn.training import Record
    >>> record = Record([3.0, 2.0])
    >>> twin = record.copy()
    >>> twin.append(1.0)
    >>> list(record), list(twin)
    ([3.0, 2.0], [3.0, 2.0, 1.0])
    """

    def __init__(self, values: Iterable[float] = ()) -> None:
        self._values = list(values)
        self._n = len(self._values)

    def copy(self) -> Self:
        """Return another record that begins with the same numbers."""
        twin = object.__new__(type(self))
        twin._values, twin._n = self._values, self._n
        return twin

    def append(self, value: float) -> None:
        """Put a number at the end."""
        with _lock:  # copies may grow in several threads
            if len(self._values) > self._n:  # another copy went on from here
                self._values = self._values[: self._n]
            self._values.append(value)
        self._n += 1

    def cut(self, n: int) -> None:
        """Leave the first n numbers."""
        self._n = min(self._n, n)

    def __iter__(self) -> Iterator[float]:
        return iter(self._values[: self._n])

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> list[float]: ...
    def __getitem__(self, index: int | slice) -> float | list[float]:
        if isinstance(index, slice):
            return [self._values[i] for i in range(self._n)[index]]
        return self._values[range(self._n)[index]]

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"Record({list(self)})"


_lock = Lock()
