"""How far training is: a line that is rewritten on a terminal, a few lines elsewhere."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any, TextIO

import numpy as np

from skfcn.callbacks import Callback, StepLog
from skfcn.training import Fit, Observer, TrainingState

_LINES = 20  # at most, where they stay
_PAUSE = 0.1  # seconds between two drawings; an eye is not faster
_LONGEST_BAR, _SHORTEST_BAR = 30, 8


class Progress(Callback):
    """Shows on stderr how far a fit is.

    Parameters
    ----------
    log : StepLog
        A callback of the same fit, which knows the scores of its batches.
    score_name : str
        What those are called.
    max_time : float, default=None
        Seconds after which training ends.
    """

    def __init__(self, log: StepLog, score_name: str, max_time: float | None = None) -> None:
        self.log = log
        self.score_name = score_name
        self.max_time = max_time

    @contextmanager
    def observer(self, fit: Fit) -> Iterator[Observer]:
        """Show the fit for as long as it lasts."""
        if sys.stderr is None:  # it was closed
            yield Observer()
        elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            bar = _Bar(_Watch(self, fit), sys.stderr)
            try:
                yield bar
            finally:
                bar.close()
        else:
            yield _Lines(_Watch(self, fit), sys.stderr)


class _Watch:
    """Knows how far training is, and what is to be said of it."""

    def __init__(self, progress: Progress, fit: Fit) -> None:
        self.progress, self.n_epochs, self.start = progress, fit.estimator.max_iter, perf_counter()
        self.done_before = self.done(fit.run.state)

    def done(self, state: TrainingState) -> float:
        """Return how many epochs are done, with the part of the current one."""
        is_stochastic = state.position.order is not None
        return state.progress.epochs if is_stochastic else state.n_iter

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return perf_counter() - self.start

    def seconds_left(self, state: TrainingState) -> float:
        """Estimate how long it will take if it is not stopped early."""
        done, limit = self.done(state), self.progress.max_time
        left = self.seconds * (self.n_epochs - done) / max(done - self.done_before, 1e-9)
        return left if limit is None else max(0.0, min(left, limit - self.seconds))

    def epoch(self, state: TrainingState) -> str:
        """Say which epoch it is."""
        epoch = min(state.n_iter + (state.position.n_rows > 0), self.n_epochs)
        return f"epoch {epoch:{len(str(self.n_epochs))}}/{self.n_epochs}"

    def values(self, state: TrainingState) -> list[str]:
        """Return the loss of this epoch and a score, where they are known.

        The score is that of validation or, without one, that of the epoch's last batches.
        """
        position, name, log = state.position, self.progress.score_name, self.progress.log
        if position.n_rows:
            values = [f"loss {position.loss / position.n_rows:.4f}"]
        elif state.loss_curve:
            values = [f"loss {state.loss_curve[-1]:.4f}"]
        else:
            return []
        if state.validation_scores:
            values.append(f"validation {name} {state.validation_scores[-1]:.4f}")
        elif log.step_:
            since = state.progress.step - state.progress.steps_per_epoch
            pairs = zip(log.step_, log.score_, strict=True)
            scores = [score for step, score in pairs if step > since] or log.score_[-1:]
            values.append(f"{name} {np.mean(scores):.4f}")
        return values


class _Lines(Observer):
    """A line for each epoch or, of many epochs, for each so many; for files and pipes."""

    def __init__(self, watch: _Watch, stream: TextIO) -> None:
        self.watch, self.stream = watch, stream

    def on_epoch(self, epoch: int, state: TrainingState) -> bool:
        watch, n = self.watch, state.n_iter
        if n * _LINES // watch.n_epochs > (n - 1) * _LINES // watch.n_epochs:
            parts = [watch.epoch(state), *watch.values(state), f"{watch.seconds:.1f} s"]
            print("  ".join(parts), file=self.stream, flush=True)
        return False


class _Bar(Observer):
    """One line at the bottom of a terminal, rewritten as training goes on."""

    def __init__(self, watch: _Watch, stream: TextIO) -> None:
        self.watch, self.stream = watch, stream
        self.drawn, self.drawn_at = "", 0.0
        self.state: TrainingState | None = None
        self.full, self.empty = "━─" if (stream.encoding or "").lower().startswith("utf") else "#."
        self._show_warning = warnings.showwarning
        warnings.showwarning = self._warn

    def on_pause(self, state: TrainingState, ending: bool = False) -> None:
        self.state = state
        if self.watch.seconds - self.drawn_at >= _PAUSE:
            self._draw(state, f"{as_clock(self.watch.seconds_left(state))} left")

    def close(self) -> None:
        """Leave the line as it is at the end, and begin a new one."""
        warnings.showwarning = self._show_warning
        if self.state is not None:
            self._draw(self.state, f"{self.watch.seconds:.1f} s")
            print(file=self.stream, flush=True)

    def _draw(self, state: TrainingState, time: str) -> None:
        watch = self.watch
        width = _width(self.stream) - 1  # in the last column some terminals begin a new line
        parts = [watch.epoch(state), *watch.values(state), time]
        line = self._fitted(parts, watch.done(state) / watch.n_epochs, width - len("^C"))
        # A terminal shows ^C behind the line when its user types it.
        rest = max(0, min(len(self.drawn + "^C"), width) - len(line))
        self._write("\r" + line + " " * rest + "\b" * rest)
        self.drawn, self.drawn_at = line, watch.seconds

    def _fitted(self, parts: list[str], part_done: float, width: int) -> str:
        """Return the line that fits, without its scores and then its loss if need be."""
        while len(parts) > 1 and len("  ".join(parts)) > width:
            parts = [*parts[:-2], parts[-1]] if len(parts) > 2 else parts[:1]
        room = min(width - len("  ".join(parts)) - 2, _LONGEST_BAR)
        if room >= _SHORTEST_BAR:
            n_full = int(room * min(part_done, 1.0))
            parts = [parts[0], self.full * n_full + self.empty * (room - n_full), *parts[1:]]
        return "  ".join(parts)[:width]

    def _warn(self, *warning: Any, **more: Any) -> None:
        """Show a warning on a line of its own; the next drawing comes below it."""
        self._write("\r" + " " * len(self.drawn) + "\r")
        self.drawn = ""
        self._show_warning(*warning, **more)

    def _write(self, text: str) -> None:
        print(text, end="", file=self.stream, flush=True)


def _width(stream: TextIO) -> int:
    """Return the columns of a terminal, which may change while it is looked at."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


def as_clock(seconds: float) -> str:
    """Return a time as minutes and seconds, with hours if there are any."""
    return str(timedelta(seconds=round(seconds))).removeprefix("0:").removeprefix("0")
