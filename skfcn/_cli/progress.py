"""How far training is: a line that is rewritten on a terminal, a few lines elsewhere."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import perf_counter
from typing import Any

import numpy as np

from skfcn.callbacks import Callback, StepLog
from skfcn.training import Fit, Observer, TrainState

_LINES = 20  # at most, where they stay
_PAUSE = 0.1  # seconds between two drawings; an eye is not faster
_LONGEST_BAR, _SHORTEST_BAR = 30, 8


class Progress(Callback, Observer):
    """Shows on stderr how far a fit is; `log`, of the same fit, knows the scores of batches.

    Without one it is the fit of a table, by rounds of steps.
    """

    def __init__(self, log: StepLog | None, score_name: str) -> None:
        self.log, self.score_name = log, score_name

    @contextmanager
    def observer(self, fit: Fit) -> Iterator[Observer]:
        """Show the fit for as long as it lasts, and each warning on a line of its own."""
        self.fit, self.start = fit, perf_counter()
        self.n_epochs = fit.estimator.max_iter if self.log else fit.state.progress.max_epochs
        self.is_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.line, self.columns, self.drawn_at, self.done_before = "", 80, 0.0, self._done()
        show_warning = warnings.showwarning

        def show_below(*warning: Any, **more: Any) -> None:
            self._write_over("")
            show_warning(*warning, **more)

        warnings.showwarning = show_below
        try:
            yield self
        finally:
            warnings.showwarning = show_warning
            if self.drawn_at > 0:
                self._draw(self._facts())
                print(file=sys.stderr)

    def on_epoch(self, epoch: int, state: TrainState) -> bool:
        n_lines, n_before = (each * _LINES // self.n_epochs for each in (epoch, epoch - 1))
        if n_lines > n_before and not self.is_terminal:
            print("  ".join(self._facts()), file=sys.stderr, flush=True)
        return False

    def on_pause(self, state: TrainState) -> bool:
        if self.is_terminal and perf_counter() - self.drawn_at >= _PAUSE:
            speed = (self._done() - self.done_before) / (perf_counter() - self.start)
            left = (self.n_epochs - self._done()) / max(speed, 1e-9)
            self._draw([*self._facts()[:-1], f"{as_clock(left)} left"])
        return False

    def _done(self) -> float:
        """Return how many epochs are done, with the part of the current one."""
        state = self.fit.state
        return max(state.n_iter, state.progress.epochs)  # L-BFGS has only the former

    def _facts(self) -> list[str]:
        """Return the epoch, its loss, a score (validation's or of its last batches), the time."""
        state, n_rows = self.fit.state, self.fit.state.n_rows
        what = "epoch" if self.log else "round"
        facts = [f"{what} {state.n_iter + (n_rows > 0):{len(str(self.n_epochs))}}/{self.n_epochs}"]
        if n_rows or state.loss_curve:
            loss = state.rows_loss / n_rows if n_rows else state.loss_curve[-1]
            facts.append(f"loss {loss:.4f}")
        if self.log is None:
            facts += [f"validation loss {-each:.4f}" for each in state.validation_scores[-1:]]
        elif state.validation_scores:
            facts.append(f"validation {self.score_name} {state.validation_scores[-1]:.4f}")
        elif self.log.score_:
            n_batches = max(1, state.progress.steps_per_epoch // self.log.every)
            facts.append(f"{self.score_name} {np.mean(self.log.score_[-n_batches:]):.4f}")
        return [*facts, f"{perf_counter() - self.start:.1f} s"]

    def _draw(self, parts: list[str]) -> None:
        with suppress(OSError):  # the width may change, or not be known
            self.columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        room = self.columns - len("^C") - 1  # some terminals begin a new line in the last column
        while len(parts) > 1 and len("  ".join(parts)) > room:
            del parts[max(1, len(parts) - 2)]  # the score, then the loss, then the time
        n_marks = min(room - len("  ".join(parts)) - 2, _LONGEST_BAR)
        if n_marks >= _SHORTEST_BAR:
            n_full = int(n_marks * self._done() / self.n_epochs)
            full, empty = "━─" if (sys.stderr.encoding or "").lower().startswith("utf") else "#."
            parts.insert(1, full * n_full + empty * (n_marks - n_full))
        self._write_over("  ".join(parts)[:room])
        self.drawn_at = perf_counter()

    def _write_over(self, line: str) -> None:
        """Write a line over the one that is there, and over a ^C that was typed behind it."""
        if self.is_terminal:
            rest = min(len(self.line + "^C"), self.columns - 1) - len(line)
            print("\r" + line + " " * rest + "\b" * rest, end="", file=sys.stderr, flush=True)
            self.line = line


def as_clock(seconds: float) -> str:
    """Return a time as minutes and seconds, with hours if there are any."""
    return str(timedelta(seconds=round(seconds))).removeprefix("0:").removeprefix("0")
