"""Ctrl-C: the first ends training when nothing is half done, a second before that at once."""

from signal import SIGINT, default_int_handler, getsignal, signal
from threading import current_thread, main_thread
from typing import Any, Self

from skfcn.training import Observer, TrainState


class Interruption(Observer):
    """A context in which Ctrl-C waits until the step under way is done.

    It replaces Python's own reaction to the signal; a reaction of the user's program stays.
    Python tells only the main thread of signals.
    """

    came = False  # whether there was a Ctrl-C
    _ending = False  # whether training was told of it

    def __enter__(self) -> Self:
        in_main_thread = current_thread() is main_thread()
        self._watches = in_main_thread and getsignal(SIGINT) is default_int_handler
        if self._watches:
            signal(SIGINT, self._on_signal)
        return self

    def __exit__(self, *error: object) -> None:
        if self._watches and getsignal(SIGINT) == self._on_signal:  # else it is a callback's
            signal(SIGINT, default_int_handler)

    def _on_signal(self, number: int, frame: Any) -> None:
        if self.came and not self._ending:  # else it is over in a moment, and all put back
            signal(SIGINT, default_int_handler)
            default_int_handler(number, frame)
        self.came = True

    def on_evaluation(self) -> bool:
        self._ending |= self.came
        return self.came

    def on_pause(self, state: TrainState) -> bool:
        self._ending |= self.came
        return self.came
