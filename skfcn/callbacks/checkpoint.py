"""Checkpoints: a fit that is cut off goes on as if it had not been."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from os import PathLike
from pathlib import Path
from time import monotonic
from typing import ClassVar
from warnings import warn

from skfcn._files import StrPath
from skfcn._sklearn import COUNT, Constraints, StrOptions, python_number, real
from skfcn.callbacks.base import Callback
from skfcn.callbacks.fingerprint import differences, identity_of
from skfcn.callbacks.folder import FitFolder, newest_description
from skfcn.optimizers import LBFGS
from skfcn.training import Fit, Observer, TrainState


class Checkpoint(Callback):
    """Saves a fit after every epoch, so that a fit that was cut off can be resumed.

    Each fit has a folder of its own in `folder`, named after its parameters and data, so that
    the fits of a search do not overwrite each other. Each file is a fitted estimator:
    ``joblib.load`` returns the estimator as it was after that epoch. The file also has the
    optimizer's moments and the state of the random generator, from which training is resumed.

    A fit that is resumed ends with the weights, bit for bit, of one that was never cut off, on
    the same machine with the same versions and number of threads. Files are written completely
    or not at all. Load them only if you trust whoever wrote them: they are pickles.

    Parameters
    ----------
    folder : str or path-like
        Folder to save in; it is made if it does not exist.
    every : int or None, default=1
        Save after each epoch, or iteration of "lbfgs", whose number is a multiple of this; None
        for never. The end of a fit is saved in any case.
    seconds : float or None, default=None
        Also save when so many seconds have passed, even within an epoch.
    keep : int or None, default=2
        Number of files of a fit that are kept, the newest; None for all.
    resume : bool or "auto", default=False
        Whether to resume the fit with the same parameters and data that the folder holds. True:
        resume it; if there is none, an error says what differs. "auto": resume it if there is
        one, else begin anew; this resumes a search that was cut off. False: begin anew, and
        leave old files in place. A fit that had ended is not repeated.
    on_error : {"warn", "raise"}, default="warn"
        What to do if a file cannot be written, as on a full disk: warn once and train on, trying
        again when the next one is due, or end training with the error.

    Notes
    -----
    Callbacks, `verbose` and `transform_layer` may differ when a fit is resumed. `partial_fit` is
    refused: nothing is under way between two calls, so save the estimator. "lbfgs" cannot be
    resumed, since SciPy keeps its memory to itself; load the file and fit on with ``warm_start``.

    Examples
    --------
    A time limit stands for whatever cuts training off.

    >>> from sklearn.datasets import load_digits
    >>> from skfcn import FCNClassifier
    >>> from skfcn.callbacks import Checkpoint, TimeLimit
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = FCNClassifier(max_iter=5, n_iter_no_change=float("inf"), random_state=0)
    >>> clf.set_callbacks(Checkpoint("night"), TimeLimit(1e-9)).fit(X, y).n_iter_
    1
    >>> clf.set_callbacks(Checkpoint("night", resume=True)).fit(X, y).n_iter_
    5
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "folder": [str, PathLike],
        "every": [COUNT, None],
        "seconds": [real("[0, inf)"), None],
        "keep": [COUNT, None],
        "resume": ["boolean", StrOptions({"auto"})],
        "on_error": [StrOptions({"warn", "raise"})],
    }

    def __init__(
        self,
        folder: StrPath,
        *,
        every: int | None = 1,
        seconds: float | None = None,
        keep: int | None = 2,
        resume: bool | str = False,
        on_error: str = "warn",
    ) -> None:
        self.folder = folder
        self.every = every
        self.seconds = seconds
        self.keep = keep
        self.resume = resume
        self.on_error = on_error

    @contextmanager
    def observer(self, fit: Fit) -> Iterator[Observer]:
        """Put the fit where its checkpoint has it, if asked for, and save it as it goes on.

        ValueError says that there is nothing to resume, or that the fit cannot be saved.
        """
        if fit.incremental:
            raise ValueError(
                "Checkpoint is for fit, not for partial_fit: between two calls nothing is under "
                "way, so save the estimator with joblib.dump."
            )
        with closing(_Saver(self, fit)) as saver:
            saver.begin()
            yield saver


class _Saver(Observer):
    """Saves one fit."""

    def __init__(self, checkpoint: Checkpoint, fit: Fit) -> None:
        self.checkpoint, self.fit = checkpoint, fit
        self.parent, self.traits = Path(checkpoint.folder), identity_of(fit)
        self.folder: FitFolder | None = None
        self.every, self.seconds, self.keep = map(
            python_number, (checkpoint.every, checkpoint.seconds, checkpoint.keep)
        )
        self.has_warned = False
        self.saved_at = monotonic()

    def begin(self) -> None:
        """Take a folder, an old one if the fit is resumed."""
        resume = self.checkpoint.resume
        if resume:
            self._resume()
            if self.folder is None and resume != "auto":
                raise ValueError(self._nothing_to_resume())
        with self._tolerance():
            self._take_folder()

    def _take_folder(self) -> FitFolder:
        if self.folder is None:
            self.folder = FitFolder.new(self.parent, self.traits)
        return self.folder

    def _resume(self) -> None:
        for folder in FitFolder.existing(self.parent, self.traits):
            saved = folder.load()
            state = None if saved is None else saved._fitted.state
            if state is not None and (state.finished or state.order is not None):
                self.folder = folder
                self.fit.restore(saved._fitted)
                return
            folder.close()

    def _nothing_to_resume(self) -> str:
        message = (
            f"Checkpoint(resume=True): {self.parent} has nothing that this fit can go on from"
        )
        if isinstance(self.fit.state.solver, LBFGS):
            return f"{message}, since solver={self.fit.estimator.solver!r} cannot be resumed."
        found = newest_description(self.parent)
        if found is None:
            return f"{message}: it has no checkpoints."
        path, before = found
        differ = differences(self.traits, before)
        if not differ:
            return f"{message}: {path} has no file that can be read, or another fit is using it."
        return (
            f"{message}. The last fit that was begun there, {path}, was another: "
            f"{'; '.join(differ)}. Resume with the same, or begin anew with resume=False."
        )

    def on_pause(self, state: TrainState) -> bool:
        if self._is_due(state):
            self._save(state)
        return False

    def on_end(self, state: TrainState) -> None:
        self._save(state)

    def _save(self, state: TrainState) -> None:
        with self._tolerance():
            folder = self._take_folder()
            folder.save(self.fit.snapshot(), state.n_iter, state.n_rows, self.keep)
        self.saved_at = monotonic()

    def _is_due(self, state: TrainState) -> bool:
        if state.n_rows == 0 and self.every is not None and state.n_iter % self.every == 0:
            return True  # an epoch has ended
        return self.seconds is not None and monotonic() - self.saved_at >= self.seconds

    @contextmanager
    def _tolerance(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self.checkpoint.on_error == "raise":
                raise
            if not self.has_warned:
                self.has_warned = True
                warn(
                    f"Checkpoint: cannot save to {self.parent} ({error}). Training goes on.",
                    stacklevel=2,
                )

    def close(self) -> None:
        if self.folder is not None:
            self.folder.close()
