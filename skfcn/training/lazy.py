"""Lazy steps: of an array of which a batch uses a few rows, only those rows take part.

A batch of text has some thousand of all the words that there are. The gradient of the weights of
the others is zero, and an optimizer that moves them all the same, by what it remembers of them,
spends its time on them. A lazy step is the step of a smaller network, that of the rows in use:
weights and moments are gathered into short vectors, on which penalty, clipping, decay and
optimizer work as ever, and are put back. So a row that a batch does not use stays as it is, and
where a batch uses all rows the step is the usual one to the last bit.

Which rows are in use is for each layer to say: `Layer.rows_in_use`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skfcn.engine import Buffers, FloatArray, Parameters, Rows, size_of
from skfcn.training.objective import Objective
from skfcn.training.update import Update

# A slice of memory; one of the whole vector and, if that is a table, which rows of which width.
Piece = tuple[slice, slice, Rows | None, int]


class RowsInUse(Parameters):
    """The gradient of the rows in use of some arrays, and of all of the others.

    Parameters
    ----------
    whole : Parameters
        All that a network learns.

    Attributes
    ----------
    parameters : Parameters
        What it is the gradient of: a copy of that part of `whole`.
    """

    def __init__(self, whole: Parameters) -> None:
        self.whole, self.parameters = whole, Parameters(whole.spec, whole.vector)
        self.rows: Mapping[tuple[int, str], Rows] = {}
        self._memory: dict[str, FloatArray] = {}
        super().__init__(whole.spec, dtype=whole.vector.dtype)  # until a batch has chosen

    def choose(self, rows: Mapping[tuple[int, str], Rows]) -> None:
        """Become the gradient, not set yet, of these rows of (layer, array)."""
        spec: list[dict[str, Any]] = [
            {name: item for name, item in arrays.items() if item[0] != "statistic"}
            for arrays in self.whole.spec
        ]
        for (layer, name), chosen in rows.items():
            kind, (*_, width) = spec[layer][name]
            spec[layer][name] = kind, (len(chosen), width)
        self.rows = rows
        self.bind(spec, self.memory("gradient", size_of(spec)))
        vector = self.memory("parameters", len(self.vector))
        self.take(self.whole.vector, vector, self.pieces(0, len(vector)))
        self.parameters.bind(spec, vector)

    def pieces(self, start: int, stop: int, lead: int = 0) -> list[Piece]:
        """Return where the numbers from `start` to `stop` stand in a whole vector.

        Rows that only in part are among them come whole: in memory, the first number has its
        place at `lead`.
        """
        found: list[Piece] = []
        for key, own in self.slices.items():
            low, high = max(own.start, start), min(own.stop, stop)
            if low < high:
                part, rows = self.whole.slices[key], self.rows.get(key)
                if rows is None:
                    part = slice(part.start + low - own.start, part.start + high - own.start)
                    found.append((slice(low - start + lead, high - start + lead), part, None, 1))
                    continue
                layer, name = key
                width = self.layers[layer][name].shape[-1]
                first, last = (low - own.start) // width, -(-(high - own.start) // width)
                begin = own.start + first * width - start + lead
                mine = slice(begin, begin + (last - first) * width)
                found.append((mine, part, rows[first:last], width))
        return found

    @staticmethod
    def take(vector: FloatArray, memory: FloatArray, pieces: Sequence[Piece]) -> None:
        """Copy pieces of a whole vector into memory."""
        for mine, part, rows, width in pieces:
            if rows is None:
                memory[mine] = vector[part]
            else:
                out = memory[mine].reshape(-1, width)  # "clip" is what writes straight into it
                vector[part].reshape(-1, width).take(rows, axis=0, out=out, mode="clip")

    @staticmethod
    def put(memory: FloatArray, vector: FloatArray, pieces: Sequence[Piece]) -> None:
        """Copy pieces in memory back into the whole vector."""
        for mine, part, rows, width in pieces:
            if rows is None:
                vector[part] = memory[mine]
            else:
                vector[part].reshape(-1, width)[rows] = memory[mine].reshape(-1, width)

    def memory(self, name: str, size: int) -> FloatArray:
        """Return as much memory, which has this name; the next of this name is in its place."""
        memory = self._memory.get(name, self.vector[:0])
        if len(memory) < size:
            memory = self._memory[name] = np.empty(size + size // 4, self.vector.dtype)
        return memory[:size]


class LazyObjective(Objective):
    """An objective whose gradient is that of the rows in use, and whose penalty is theirs."""

    gradient: RowsInUse

    def _learnt(self) -> tuple[Parameters, Parameters]:
        gradient = RowsInUse(self.network.parameters)
        return gradient.parameters, gradient

    def backward(self, delta: FloatArray, buffers: Sequence[Buffers]) -> None:
        self.gradient.choose(self.network.rows_in_use(buffers))
        super().backward(delta, buffers)


class Journal:
    """What arrays were before they were first written, row by row; an error brings it back.

    A context for training a fitted network itself: a copy would cost more than to learn from a
    piece of text.
    """

    def __init__(self, whole: Parameters, moments: Iterable[FloatArray]) -> None:
        self.whole, self.vectors = whole, [whole.vector, *moments]
        statistics = whole.vector[len(whole.trainable) :]  # a forward pass writes those
        self._entries: list[Any] = [(statistics, ..., statistics.copy())]
        self._fresh: dict[tuple[int, str], NDArray[np.bool_]] = {}

    def note(self, rows: Mapping[tuple[int, str], Rows]) -> None:
        """Keep these rows of (layer, array), and others whole, unless they have been kept."""
        for key, part in self.whole.slices.items():
            layer, name = key
            width = self.whole.layers[layer][name].shape[-1]
            fresh = self._fresh.setdefault(key, np.ones((part.stop - part.start) // width, bool))
            chosen = rows[key] if key in rows else np.arange(len(fresh))
            new = chosen[fresh[chosen]]
            fresh[new] = False
            for vector in self.vectors:
                if len(new) > 0 and part.stop <= len(vector):  # moments have no statistics
                    table = vector[part].reshape(-1, width)
                    self._entries.append((table, new, table[new]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        while kind is not None and self._entries:
            array, rows, values = self._entries.pop()
            array[rows] = values


class LazyUpdate(Update):
    """An update of the rows in use, those of the gradient, which is a `RowsInUse`."""

    def __init__(self, *args: Any, journal: Journal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.journal = journal

    def step(self, rate: float, t: int) -> None:
        used: Any = self.gradient
        if self.journal is not None:
            self.journal.note(used.rows)
        self._cut(used.parameters, [])
        super().step(rate, t)
        whole = used.pieces(0, len(used.vector))
        used.put(used.parameters.vector, used.whole.vector, whole)

    def _blocks(self) -> Iterator[tuple[float, list[FloatArray]]]:
        """Yield each block with its moments, which are put back while they are in cache."""
        used: Any = self.gradient
        lead = max((used.layers[layer][name].shape[-1] for layer, name in used.rows), default=0)
        start = 0
        for lr, (theta, gradient, *scratch) in self.blocks:
            n = len(theta)
            pieces, moments = used.pieces(start, start + n, lead), []
            for name, moment in self.moments.items():
                moments.append(used.memory(name, n + 2 * lead))
                used.take(moment, moments[-1], pieces)
            yield lr, [theta, gradient, *(m[lead : lead + n] for m in moments), *scratch]
            for memory, moment in zip(moments, self.moments.values(), strict=True):
                used.put(memory, moment, pieces)
            start += n


def kinds_of_step(
    lazy: bool, journal: Journal | None = None
) -> tuple[type[Objective], Callable[..., Update]]:
    """Return what computes and what updates, lazily or as usual."""
    return (LazyObjective, partial(LazyUpdate, journal=journal)) if lazy else (Objective, Update)
