"""Where training stands: all that its next step depends on, apart from weights and data."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from math import isnan
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.random import MT19937, BitGenerator, Generator, RandomState
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from skfcn.engine import FloatArray, axpy, scal
from skfcn.schedules import Progress
from skfcn.training.record import Record


class MovingAverage:
    """An exponential moving average of the weights, to predict with.

    The average of many steps lies nearer to the middle of a valley than any step of a descent
    that goes to and fro in it. Training itself goes on with the weights as they are.

    Parameters
    ----------
    theta : ndarray of shape (n_parameters,)
        The vector; its values now are the first ones.
    decay : float
        Weight of the past, in (0, 1). It begins lower, ``(1 + t) / (10 + t)`` at update t, so
        that the first weights are soon forgotten.

    Attributes
    ----------
    vector : ndarray of shape (n_parameters,)
        The average.

    References
    ----------
    Polyak & Juditsky (1992), "Acceleration of stochastic approximation by averaging"; Tarvainen
    & Valpola (2017), "Mean teachers are better role models". :arxiv:`1703.01780`
    """

    def __init__(self, theta: FloatArray, decay: float) -> None:
        self.decay, self.n_updates, self.vector = decay, 0, theta.copy()

    def update(self, theta: FloatArray) -> None:
        """Take the vector after a step."""
        self.n_updates += 1
        decay = min(self.decay, (1 + self.n_updates) / (10 + self.n_updates))
        scal(decay, self.vector)
        axpy(1 - decay, theta, self.vector)


class Best(NamedTuple):
    """The epoch with the highest value so far, and how many came after the last improvement."""

    value: float = -np.inf
    epoch: int | None = None
    theta: FloatArray | None = None
    n_no_improvement: int = 0

    def after(self, value: float, epoch: int, theta: FloatArray, tol: float) -> "Best":
        """Return what is the best after one more epoch; its weights are copied if it is that."""
        n = 0 if value >= self.value + tol else self.n_no_improvement + 1
        if value > self.value:
            return Best(value, epoch, theta.copy(), n)
        return self._replace(n_no_improvement=n)


@dataclass(eq=False, repr=False)
class TrainState:
    """All that the next step depends on, apart from weights and data; and the record."""

    solver: Any  # whose moments these are
    moments: dict[str, FloatArray]  # what it remembers of each weight, by name
    rng: RandomState  # draws the first weights, the rows that are held out, and their order
    extra_rng: Generator | None = None  # for dropout and augmentation
    validates: bool = False  # whether held-out data decide when to stop
    progress: Progress = field(default_factory=Progress)  # what the schedule goes by
    best: float = -np.inf  # the highest score so far, or the lowest loss, negated
    n_no_improvement: int = 0  # epochs in a row that have not improved on it by `tol`
    best_epoch: int | None = None  # whose validation score is the best, counted from 1
    loss_curve: Record = field(default_factory=Record)  # one number an epoch
    validation_scores: Record = field(default_factory=Record)  # the same
    by_loss: Best = Best()  # noqa: RUF009  the best by the validation loss, while scores are equal
    enough: float = np.inf  # scores, to see that they are equal
    records: dict[str, Record] = field(default_factory=dict)  # more of them, by name
    average: MovingAverage | None = None  # of the weights, if there is one to predict with
    theta: FloatArray | None = None  # the weights to go on from, where others predict
    n_iter: int = 0  # epochs, or iterations, of the last fit
    finished: bool = False  # whether the last fit came to an end of its own

    # Of a fit under way:
    order: NDArray[np.intp] | None = None  # the rows to train on, in the order of this epoch
    held_out: NDArray[np.intp] | None = None  # the rows that validate
    best_theta: FloatArray | None = None  # the weights that scored best
    n_rows: int = 0  # rows of this epoch that are done
    rows_loss: float = 0.0  # the sum of their losses
    learning_rate: float = np.nan  # of the epoch's first step

    def copy(self, share_moments: bool = False) -> "TrainState":
        """Return a state to go on from, while this one stays as it is; `rng` is shared."""
        moments = self.moments
        if not share_moments:
            moments = {name: moment.copy() for name, moment in moments.items()}
        return replace(
            self,
            moments=moments,
            extra_rng=deepcopy(self.extra_rng),
            progress=replace(self.progress),
            loss_curve=self.loss_curve.copy(),
            validation_scores=self.validation_scores.copy(),
            records={name: column.copy() for name, column in self.records.items()},
            average=deepcopy(self.average),
        )

    def take_epoch(self, weights: FloatArray, tol: float, **values: float) -> None:
        """Take what is known of the epoch whose loss was appended last.

        Its validation score decides whether its `weights`, those that predict, are the best so
        far; without one, its loss decides whether it was an improvement. As long as all scores
        are equal, or NaN, `by_loss` knows which weights have the lowest validation loss.
        """
        score = values.get("validation_score", -self.loss_curve[-1])
        if "validation_score" in values:
            self.validation_scores.append(score)
            if score > self.best:
                self.best_theta = weights.copy()
                self.best_epoch = len(self.loss_curve)
            self._take_validation_loss(values.get("validation_loss", np.nan), weights, tol)
        self.record(**values)
        self.take_score(score, tol)
        self.n_iter += 1

    def take_score(self, score: float, tol: float) -> None:
        """Note whether a score, or a negated loss, is an improvement of at least `tol`."""
        improved = score >= self.best + tol  # which NaN is not
        self.n_no_improvement = 0 if improved else self.n_no_improvement + 1
        self.best = max(self.best, score)

    def _take_validation_loss(self, loss: float, weights: FloatArray, tol: float) -> None:
        known = (score for score in reversed(self.validation_scores) if not isnan(score))
        last = next(known, None)
        if any(score != last for score in known):  # as a rule the second one is
            self.by_loss = Best()
        elif not isnan(loss):
            self.by_loss = self.by_loss.after(-loss, len(self.loss_curve), weights, tol)

    @property
    def loss_decides(self) -> bool:
        """Whether the validation loss has to decide, since scores do not tell epochs apart.

        It does if there has been no score at all, or enough of them to see that they do not vary.
        """
        enough = self.best == -np.inf or len(self.validation_scores) >= self.enough
        return self.by_loss.epoch is not None and enough

    @property
    def kept_epoch(self) -> int | None:
        """The epoch that is the best by what decides, counted from 1."""
        return self.by_loss.epoch if self.loss_decides else self.best_epoch

    @property
    def n_in_vain(self) -> int:
        """How many epochs in a row have been no improvement, by what decides."""
        return self.by_loss.n_no_improvement if self.loss_decides else self.n_no_improvement

    def begin_patience(self) -> None:
        """Count epochs without an improvement from zero."""
        self.n_no_improvement, self.by_loss = 0, self.by_loss._replace(n_no_improvement=0)

    def begin_fit(self, theta: FloatArray) -> None:
        """Compare with the best of the last fit, whose weights these are, if there is one."""
        if self.best > -np.inf:
            self.best_theta = theta.copy()
        kept = self.by_loss if self.loss_decides else Best()
        self.by_loss = kept._replace(theta=theta.copy() if self.loss_decides else None)

    def record(self, **values: float) -> None:
        """Keep more of the epoch whose loss was appended last."""
        for name in {**self.records, **values}:
            column = self.records.setdefault(name, Record())
            for _ in range(len(self.loss_curve) - 1 - len(column)):
                column.append(np.nan)
            column.append(values.get(name, np.nan))

    @property
    def best_weights(self) -> FloatArray | None:
        """The weights that are the best by what decides, None before any are."""
        return self.by_loss.theta if self.loss_decides else self.best_theta

    def kept_weights(self, theta: FloatArray) -> FloatArray:
        """Return the weights to keep if training ended at theta: the best, or the average."""
        if self.best_weights is not None:
            return self.best_weights
        return theta if self.average is None else self.average.vector

    def end_fit(self) -> None:
        """Forget what only a fit under way needs."""
        self.order = self.held_out = self.best_theta = None
        self.by_loss = self.by_loss._replace(theta=None)
        self.n_rows, self.rows_loss, self.learning_rate = 0, 0.0, np.nan

    @property
    def latest(self) -> dict[str, float]:
        """What is known of the last epoch."""
        n_epochs = len(self.loss_curve)
        known = {
            name: column[-1] if len(column) == n_epochs else np.nan
            for name, column in self.records.items()
        }
        return {"epoch": n_epochs, "loss": self.loss_curve[-1], **known}

    @property
    def history(self) -> dict[str, list[float]]:
        """What is known of each epoch, in columns of one length."""
        n_epochs = len(self.loss_curve)
        return {
            "epoch": list(range(1, n_epochs + 1)),
            "loss": list(self.loss_curve),
            **{
                name: [*column, *[np.nan] * (n_epochs - len(column))]
                for name, column in self.records.items()
            },
        }

    # NumPy's own pickles of random numbers are not read by its older versions; states are. Files
    # know lists, and no records.
    def __getstate__(self) -> dict[str, Any]:
        extra = self.extra_rng
        return vars(self) | {
            "loss_curve": list(self.loss_curve),
            "validation_scores": list(self.validation_scores),
            "records": {name: list(column) for name, column in self.records.items()},
            "rng": self.rng.get_state(legacy=False),
            "extra_rng": None if extra is None else extra.bit_generator.state,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        rng, extra = state["rng"], state["extra_rng"]
        vars(self).update(state)
        self.loss_curve = Record(self.loss_curve)
        self.validation_scores = Record(self.validation_scores)
        self.records = {name: Record(column) for name, column in self.records.items()}
        self.rng = RandomState(_bit_generator(rng))
        self.rng.set_state(rng)
        self.extra_rng = None if extra is None else Generator(_bit_generator(extra))


def copy_of(rng: RandomState) -> RandomState:
    """Return random numbers that go on alike; `deepcopy` takes longer than to train on a row."""
    state = rng.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":
        return deepcopy(rng)
    other = RandomState(MT19937(_NoSeed()))  # type: ignore[arg-type]
    other.set_state(state)
    return other


class _NoSeed(ISeedSequence):
    """A seed that takes no time, for what is overwritten."""

    _words: ClassVar[list[int]] = [0] * 624

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        return self._words


def _bit_generator(state: dict[str, Any]) -> BitGenerator:
    """Make the source of random numbers that has this state."""
    bit_generator: BitGenerator = getattr(np.random, state["bit_generator"])()
    bit_generator.state = state
    return bit_generator
