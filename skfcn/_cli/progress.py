"""How far training is: a line that is rewritten on a terminal, a few lines elsewhere."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any, TextIO

import numpy as np

from skfcn.callbacks import Callback, StepLog
from skfcn.training import Fit, Observer, TrainState

_LINES = 20  # at most, where they stay
_PAUSE = 0.1  # seconds between two drawings; an eye is not faster
_LONGEST_BAR, _SHORTEST_BAR = 30, 8


class Progress(Callback):
    """Shows on stderr how far a fit is; `log`, of the same fit, knows the scores of batches."""

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
            with closing(_Bar(_Watch(self, fit), sys.stderr)) as bar:
                yield bar
        else:
            yield _Lines(_Watch(self, fit), sys.stderr)


class _Watch:
    """Knows how far training is, and what is to be said of it."""

    def __init__(self, progress: Progress, fit: Fit) -> None:
        self.progress, self.n_epochs, self.start = progress, fit.estimator.max_iter, perf_counter()
        self.done_before = self.done(fit.state)

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return perf_counter() - self.start

    def done(self, state: TrainState) -> float:
        """Return how many epochs are done, with the part of the current one."""
        is_stochastic = state.order is not None
        return state.progress.epochs if is_stochastic else state.n_iter

    def seconds_left(self, state: TrainState) -> float:
        """Estimate how long it will take if it is not stopped early."""
        done, limit = self.done(state), self.progress.max_time
        left = self.seconds * (self.n_epochs - done) / max(done - self.done_before, 1e-9)
        return left if limit is None else max(0.0, min(left, limit - self.seconds))

    def parts(self, state: TrainState) -> list[str]:
        """Return the epoch and, where they are known, its loss and a score.

        The score is that of validation or, without one, that of the epoch's last batches.
        """
        log, n_rows = self.progress.log, state.n_rows
        epoch = min(state.n_iter + (n_rows > 0), self.n_epochs)
        parts = [f"epoch {epoch:{len(str(self.n_epochs))}}/{self.n_epochs}"]
        if n_rows or state.loss_curve:
            loss = state.rows_loss / n_rows if n_rows else state.loss_curve[-1]
            parts.append(f"loss {loss:.4f}")
        if state.validation_scores:
            score = state.validation_scores[-1]
            parts.append(f"validation {self.progress.score_name} {score:.4f}")
        elif log.step_:
            since = state.progress.step - state.progress.steps_per_epoch
            pairs = zip(log.step_, log.score_, strict=True)
            scores = [score for step, score in pairs if step > since] or log.score_[-1:]
            parts.append(f"{self.progress.score_name} {np.mean(scores):.4f}")
        return parts


class _Lines(Observer):
    """A line for each epoch or, of many epochs, for each so many; for files and pipes."""

    def __init__(self, watch: _Watch, stream: TextIO) -> None:
        self.watch, self.stream = watch, stream

    def on_epoch(self, epoch: int, state: TrainState) -> bool:
        n, n_epochs = state.n_iter, self.watch.n_epochs
        if n * _LINES // n_epochs > (n - 1) * _LINES // n_epochs:
            parts = [*self.watch.parts(state), f"{self.watch.seconds:.1f} s"]
            print("  ".join(parts), file=self.stream, flush=True)
        return False


class _Bar(Observer):
    """One line at the bottom of a terminal, rewritten as training goes on."""

    def __init__(self, watch: _Watch, stream: TextIO) -> None:
        self.watch, self.stream, self.line, self.drawn_at = watch, stream, "", 0.0
        self.state: TrainState | None = None
        is_unicode = (stream.encoding or "").lower().startswith("utf")
        self.full, self.empty = "━─" if is_unicode else "#."
        self._show_warning, warnings.showwarning = warnings.showwarning, self._warn

    def on_pause(self, state: TrainState) -> bool:
        self.state = state
        if self.watch.seconds - self.drawn_at >= _PAUSE:
            self._draw(state, f"{as_clock(self.watch.seconds_left(state))} left")
        return False

    def on_end(self, state: TrainState) -> None:
        self.state = state

    def close(self) -> None:
        """Leave the line as it is at the end, and begin a new one."""
        warnings.showwarning = self._show_warning
        if self.state is not None:
            self._draw(self.state, f"{self.watch.seconds:.1f} s")
            self._write("\n")

    def _draw(self, state: TrainState, time: str) -> None:
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns or 80  # it may change
        except OSError:
            columns = 80
        width = columns - 1  # in the last column some terminals begin a new line
        room = width - len("^C")  # which is shown behind the line when the user types it
        parts = self.watch.parts(state)
        while len(parts) > 1 and len("  ".join([*parts, time])) > room:
            del parts[-1]  # the score and then the loss
        if len("  ".join([*parts, time])) <= room:
            parts.append(time)
        n_marks = min(room - len("  ".join(parts)) - 2, _LONGEST_BAR)
        if n_marks >= _SHORTEST_BAR:
            n_full = int(n_marks * min(self.watch.done(state) / self.watch.n_epochs, 1.0))
            parts.insert(1, self.full * n_full + self.empty * (n_marks - n_full))
        line = "  ".join(parts)[:room]
        rest = max(0, min(len(self.line + "^C"), width) - len(line))
        self._write("\r" + line + " " * rest + "\b" * rest)
        self.line, self.drawn_at = line, self.watch.seconds

    def _warn(self, *warning: Any, **more: Any) -> None:
        """Show a warning on a line of its own; the next drawing comes below it."""
        self._write("\r" + " " * len(self.line) + "\r")
        self.line = ""
        self._show_warning(*warning, **more)

    def _write(self, text: str) -> None:
        print(text, end="", file=self.stream, flush=True)


def as_clock(seconds: float) -> str:
    """Return a time as minutes and seconds, with hours if there are any."""
    return str(timedelta(seconds=round(seconds))).removeprefix("0:").removeprefix("0")
