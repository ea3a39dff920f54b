"""How far training is: a line that is rewritten on a terminal, a few lines elsewhere."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from time import perf_counter
from typing import Any

import numpy as np

from skfcn.callbacks import Callback, StepLog
from skfcn.training import Fit, Observer, TrainState

_LINES = 20  # at most, where they stay
_PAUSE = 0.1  # seconds between two drawings; an eye is not faster
_LONGEST_BAR, _SHORTEST_BAR = 30, 8


class Progress(Callback):
    """Shows on stderr how far a fit is; `log`, of the same fit, knows the scores of batches."""

    def __init__(self, log: StepLog, score_name: str) -> None:
        self.log = log
        self.score_name = score_name

    @contextmanager
    def observer(self, fit: Fit) -> Iterator[Observer]:
        """Show the fit for as long as it lasts."""
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            with closing(_Bar(self, fit)) as bar:
                yield bar
        else:
            yield _Lines(self, fit)


class _Display(Observer):
    """Knows what is to be said of a fit."""

    def __init__(self, progress: Progress, fit: Fit) -> None:
        self.progress, self.fit = progress, fit
        self.n_epochs, self.start = fit.estimator.max_iter, perf_counter()

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return perf_counter() - self.start

    def facts(self, state: TrainState) -> list[str]:
        """Return the epoch and, where they are known, its loss and a score.

        The score is that of validation or, without one, that of the epoch's last batches.
        """
        log, name, n_rows = self.progress.log, self.progress.score_name, state.n_rows
        facts = [f"epoch {state.n_iter + (n_rows > 0):{len(str(self.n_epochs))}}/{self.n_epochs}"]
        if n_rows or state.loss_curve:
            loss = state.rows_loss / n_rows if n_rows else state.loss_curve[-1]
            facts.append(f"loss {loss:.4f}")
        if state.validation_scores:
            facts.append(f"validation {name} {state.validation_scores[-1]:.4f}")
        elif log.score_:
            n_batches = max(1, state.progress.steps_per_epoch // log.every)
            facts.append(f"{name} {np.mean(log.score_[-n_batches:]):.4f}")
        return facts


class _Lines(_Display):
    """A line for each epoch or, of many epochs, for each so many; for files and pipes."""

    def on_epoch(self, epoch: int, state: TrainState) -> bool:
        if epoch * _LINES // self.n_epochs > (epoch - 1) * _LINES // self.n_epochs:
            facts = [*self.facts(state), f"{self.seconds:.1f} s"]
            print("  ".join(facts), file=sys.stderr, flush=True)
        return False


class _Bar(_Display):
    """One line at the bottom of a terminal, rewritten as training goes on."""

    def __init__(self, progress: Progress, fit: Fit) -> None:
        super().__init__(progress, fit)
        self.line, self.drawn_at, self.done_before = "", 0.0, self.done
        is_unicode = (sys.stderr.encoding or "").lower().startswith("utf")
        self.full, self.empty = "━─" if is_unicode else "#."
        self._show_warning, warnings.showwarning = warnings.showwarning, self._warn

    @property
    def done(self) -> float:
        """How many epochs are done, with the part of the current one."""
        state = self.fit.state
        return max(state.n_iter, state.progress.epochs)  # L-BFGS has only the former

    def on_pause(self, state: TrainState) -> bool:
        if perf_counter() - self.drawn_at >= _PAUSE:
            still_to_do = (self.n_epochs - self.done) / max(self.done - self.done_before, 1e-9)
            self._draw(f"{as_clock(self.seconds * still_to_do)} left")
        return False

    def close(self) -> None:
        """Leave the line as it is at the end, and begin a new one."""
        warnings.showwarning = self._show_warning
        if self.drawn_at > 0:
            self._draw(f"{self.seconds:.1f} s")
            print(file=sys.stderr)

    def _draw(self, time: str) -> None:
        room = _columns() - len("^C") - 1  # in the last column some terminals begin a new line
        parts = [*self.facts(self.fit.state), time]
        while len(parts) > 1 and len("  ".join(parts)) > room:
            del parts[max(1, len(parts) - 2)]  # the score, then the loss, then the time
        n_marks = min(room - len("  ".join(parts)) - 2, _LONGEST_BAR)
        if n_marks >= _SHORTEST_BAR:
            n_full = int(n_marks * self.done / self.n_epochs)
            parts.insert(1, self.full * n_full + self.empty * (n_marks - n_full))
        self._write_over("  ".join(parts)[:room])
        self.drawn_at = perf_counter()

    def _warn(self, *warning: Any, **more: Any) -> None:
        """Show a warning on a line of its own; the next drawing comes below it."""
        self._write_over("")
        self._show_warning(*warning, **more)

    def _write_over(self, line: str) -> None:
        """Write a line over the one that is there, and over the ^C that may stand behind it."""
        rest = min(len(self.line + "^C"), _columns() - 1) - len(line)
        print("\r" + line + " " * rest + "\b" * rest, end="", file=sys.stderr, flush=True)
        self.line = line


def _columns() -> int:
    """Return how wide the terminal is, which may change."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


def as_clock(seconds: float) -> str:
    """Return a time as minutes and seconds, with hours if there are any."""
    return str(timedelta(seconds=round(seconds))).removeprefix("0:").removeprefix("0")
