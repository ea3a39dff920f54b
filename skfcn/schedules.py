"""Learning-rate schedules: a factor on ``learning_rate_init`` as a function of progress.

A schedule has no memory; `Progress` holds all that it may depend on.

To add one, write a class with `__call__`; pass an instance as ``learning_rate=``, or enter it
in `SCHEDULES` to give it a name. A function may be passed as it is (`FunctionSchedule`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, inf, log2, pi
from numbers import Real
from typing import Any, ClassVar

from skfcn._sklearn import COUNT, Component, Constraints, StrOptions, real, resolve


@dataclass
class Progress:
    """How many steps and epochs are done, and how many are planned.

    Attributes
    ----------
    epoch : int
        Epochs done since the optimizer started.
    step : int
        Optimizer steps done since then.
    samples : int
        Training samples seen, over all fits of the estimator (its `t_`).
    plateaus : int
        How often training went on after the loss or score had stopped improving.
    steps_per_epoch : int
        Planned number of steps in an epoch.
    max_epochs : int
        Planned number of epochs.

    Examples
    --------
    >>> from skfcn.schedules import Progress
    >>> progress = Progress(epoch=2, step=25, steps_per_epoch=10, max_epochs=5)
    >>> progress.epochs, progress.fraction
    (2.5, 0.5)
    """

    epoch: int = 0
    step: int = 0
    samples: int = 0
    plateaus: int = 0
    steps_per_epoch: int = 1
    max_epochs: int = 1

    @property
    def epochs(self) -> float:
        """Epochs done, with the part of the current one."""
        return self.step / self.steps_per_epoch

    @property
    def fraction(self) -> float:
        """The part of the plan that is done; 1 from its end on."""
        return min(1.0, self.step / (self.steps_per_epoch * self.max_epochs))


class Schedule(Component):
    """A factor on the learning rate for each step.

    Attributes
    ----------
    planned : bool
        Whether the schedule is planned over all epochs: training then runs for all of them.
    """

    @property
    def planned(self) -> bool:  # a subclass may as well set an attribute
        return False

    def __call__(self, progress: Progress) -> float:
        """Return the factor for the step that begins."""
        raise NotImplementedError

    def survives_plateau(self, learning_rate: float) -> bool:
        """Whether to train on, at another rate, once the loss has stopped improving."""
        return False


class Constant(Schedule):
    """Always 1.

    Examples
    --------
    >>> from skfcn.schedules import Constant, Progress
    >>> Constant()(Progress(epoch=7))
    1.0
    """

    def __call__(self, progress: Progress) -> float:
        return 1.0


class InverseScaling(Schedule):
    """1 / (samples + 1)^power, where samples counts those seen; 1 in the first epoch.

    Parameters
    ----------
    power : float, default=0.5
        Zero for a constant rate.

    Examples
    --------
    >>> from skfcn.schedules import InverseScaling, Progress
    >>> scaling = InverseScaling()
    >>> [scaling(Progress(epoch=epoch, samples=99 * epoch)) for epoch in (0, 1)]
    [1.0, 0.1]
    """

    _parameter_constraints: ClassVar[Constraints] = {"power": [real("[0, inf)")]}

    def __init__(self, power: float = 0.5) -> None:
        self.power = power

    def __call__(self, progress: Progress) -> float:
        return 1.0 if progress.epoch == 0 else (progress.samples + 1) ** -float(self.power)


class Adaptive(Schedule):
    """Divides the rate each time that the loss or score stops improving.

    Parameters
    ----------
    divisor : float, default=5.0
        Divisor of the rate.
    min_rate : float, default=1e-6
        Smallest rate; training stops when the rate has reached it.

    Examples
    --------
    >>> from skfcn.schedules import Adaptive, Progress
    >>> adaptive = Adaptive(divisor=2)
    >>> [adaptive(Progress(plateaus=plateaus)) for plateaus in (0, 1, 2)]
    [1.0, 0.5, 0.25]
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "divisor": [real("(1, inf)")],
        "min_rate": [real("[0, inf)")],
    }

    def __init__(self, divisor: float = 5.0, min_rate: float = 1e-6) -> None:
        self.divisor = divisor
        self.min_rate = min_rate

    def __call__(self, progress: Progress) -> float:
        return float(self.divisor) ** -progress.plateaus

    def survives_plateau(self, learning_rate: float) -> bool:
        return learning_rate > self.min_rate


class StepDecay(Schedule):
    """factor^⌊epoch / every⌋: times `factor` each time that so many epochs are done.

    Parameters
    ----------
    every : int, default=10
        Number of epochs between two changes of the rate.
    factor : float, default=0.1
        Factor of each change, in (0, 1].

    Examples
    --------
    >>> from skfcn.schedules import Progress, StepDecay
    >>> halved = StepDecay(every=5, factor=0.5)
    >>> [halved(Progress(epoch=epoch)) for epoch in (0, 4, 5, 10)]
    [1.0, 1.0, 0.5, 0.25]
    """

    _parameter_constraints: ClassVar[Constraints] = {"every": [COUNT], "factor": [real("(0, 1]")]}

    def __init__(self, every: int = 10, factor: float = 0.1) -> None:
        self.every = every
        self.factor = factor

    def __call__(self, progress: Progress) -> float:
        return self.factor ** (progress.epoch // self.every)


class Exponential(Schedule):
    """decay^epochs, falling with each step.

    Parameters
    ----------
    decay : float, default=0.95
        The factor of a whole epoch, in (0, 1].

    Examples
    --------
    >>> from skfcn.schedules import Exponential, Progress
    >>> exponential = Exponential(decay=0.5)
    >>> [exponential(Progress(step=step, steps_per_epoch=2)) for step in (0, 2, 4)]
    [1.0, 0.5, 0.25]
    """

    _parameter_constraints: ClassVar[Constraints] = {"decay": [real("(0, 1]")]}

    def __init__(self, decay: float = 0.95) -> None:
        self.decay = decay

    def __call__(self, progress: Progress) -> float:
        return self.decay**progress.epochs


def _anneal(start: float, end: float, part: float) -> float:
    """Go from `start` to `end` along half a period of the cosine."""
    weight = (1 + cos(pi * part)) / 2  # of the start; both ends are exact
    return weight * start + (1 - weight) * end


class Cosine(Schedule):
    """final + (1 - final) (1 + cos(π fraction)) / 2: slow, fast, slow from 1 to `final`.

    The schedule is planned for `max_iter` epochs, and training runs for all of them.

    Parameters
    ----------
    final : float, default=0.0
        Where it ends, in [0, 1].

    References
    ----------
    Loshchilov & Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", without
    the restarts. :arxiv:`1608.03983`

    Examples
    --------
    >>> from skfcn.schedules import Cosine, Progress
    >>> cosine = Cosine(final=0.1)
    >>> [round(cosine(Progress(step=step, max_epochs=4)), 3) for step in range(5)]
    [1.0, 0.868, 0.55, 0.232, 0.1]
    """

    _parameter_constraints: ClassVar[Constraints] = {"final": [real("[0, 1]")]}

    planned = True

    def __init__(self, final: float = 0.0) -> None:
        self.final = final

    def __call__(self, progress: Progress) -> float:
        return _anneal(1.0, self.final, progress.fraction)


class CosineLog(Schedule):
    """Several cycles of a cosine, each twice as long as the one before; the last ends at zero.

    The factor is (1 - cos(2π log₂(1 + (2ⁿ - 1) t))) / 2 at the part t of all steps.

    Parameters
    ----------
    cycles : int, default=4
        Number of cycles, n.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart (2024), "Better by default: strong pre-tuned MLPs and
    boosted trees on tabular data", section 3. :arxiv:`2407.04491`

    Examples
    --------
    >>> from skfcn.schedules import CosineLog, Progress
    >>> schedule = CosineLog(cycles=2)
    >>> [round(schedule(Progress(step=step, max_epochs=12)), 2) for step in (0, 4, 8, 12)]
    [0.0, 0.0, 0.93, 0.0]
    """

    _parameter_constraints: ClassVar[Constraints] = {"cycles": [COUNT]}
    planned = True

    def __init__(self, cycles: int = 4) -> None:
        self.cycles = cycles

    def __call__(self, progress: Progress) -> float:
        phase = log2(1 + (2**self.cycles - 1) * progress.fraction)
        return (1 - cos(2 * pi * phase)) / 2


class OneCycle(Schedule):
    """Up from `start` to 1 and down to `final`, each along half a period of the cosine.

    ``learning_rate_init`` is the peak, and may be higher than a constant rate could be. The
    schedule is planned for `max_iter` epochs, and training runs for all of them.

    Parameters
    ----------
    rise : float, default=0.3
        The part of training that goes up, in [0, 1].
    start : float, default=0.04
        Where it starts, in [0, 1].
    final : float, default=4e-6
        Where it ends, in [0, 1].

    References
    ----------
    Smith & Topin (2018), "Super-convergence: very fast training of neural networks using large
    learning rates". :arxiv:`1708.07120`

    Examples
    --------
    >>> from skfcn.schedules import OneCycle, Progress
    >>> cycle = OneCycle(rise=0.5, start=0.1, final=0.0)
    >>> [round(cycle(Progress(step=step, max_epochs=4)), 3) for step in range(5)]
    [0.1, 0.55, 1.0, 0.5, 0.0]
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "rise": [real("[0, 1]")],
        "start": [real("[0, 1]")],
        "final": [real("[0, 1]")],
    }

    planned = True

    def __init__(self, rise: float = 0.3, start: float = 0.04, final: float = 4e-6) -> None:
        self.rise = rise
        self.start = start
        self.final = final

    def __call__(self, progress: Progress) -> float:
        fraction = progress.fraction
        if fraction <= self.rise and self.rise > 0:
            return _anneal(self.start, 1.0, fraction / self.rise)
        return _anneal(1.0, self.final, (fraction - self.rise) / (1 - self.rise))


class FunctionSchedule(Schedule):
    """Takes the factor from a function.

    Parameters
    ----------
    function : callable
        Takes a `Progress` and returns a number of at least 0. To be pickled, the function has to
        be defined in a module.

    Examples
    --------
    >>> from skfcn.schedules import FunctionSchedule, Progress
    >>> schedule = FunctionSchedule(lambda progress: 1 / (1 + progress.epoch))
    >>> schedule(Progress(epoch=3))
    0.25
    """

    _parameter_constraints: ClassVar[Constraints] = {"function": [callable]}

    def __init__(self, function: Callable[[Progress], float]) -> None:
        self.function = function

    def __call__(self, progress: Progress) -> float:
        factor: Any = self.function(progress)
        if not (isinstance(factor, Real) and 0 <= float(factor) < inf):
            raise ValueError(
                f"A learning-rate schedule must return a finite number of at least 0; "
                f"{self.function!r} returned {factor!r} at {progress}."
            )
        return float(factor)


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": Constant,
    "invscaling": InverseScaling,
    "adaptive": Adaptive,
    "step": StepDecay,
    "exponential": Exponential,
    "cosine": Cosine,
    "cosine_log": CosineLog,
    "one_cycle": OneCycle,
}


class WarmUp(Schedule):
    """Another schedule times min(1, (step + 1) / steps), steps being those of the warm-up.

    The other schedule starts with the first step, not at the end of the warm-up.

    Parameters
    ----------
    schedule : str or Schedule, default="constant"
        Schedule that is warmed up. A name means the schedule's defaults.
    epochs : float, default=1.0
        Length of the warm-up; zero for none.

    References
    ----------
    Goyal et al. (2017), "Accurate, large minibatch SGD: training ImageNet in 1 hour", section
    2.2. :arxiv:`1706.02677`

    Examples
    --------
    >>> from skfcn.schedules import Progress, WarmUp
    >>> warm_up = WarmUp("constant", epochs=2)
    >>> [warm_up(Progress(step=step, steps_per_epoch=2)) for step in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    _parameter_constraints: ClassVar[Constraints] = {
        "schedule": [StrOptions(set(SCHEDULES)), Schedule],
        "epochs": [real("[0, inf)")],
    }

    def __init__(self, schedule: str | Schedule = "constant", epochs: float = 1.0) -> None:
        self.schedule = schedule
        self.epochs = epochs

    def _validate_params(self) -> None:
        super()._validate_params()
        resolve(self.schedule, SCHEDULES)

    @property
    def _other(self) -> Schedule:
        return SCHEDULES[self.schedule]() if isinstance(self.schedule, str) else self.schedule

    @property
    def planned(self) -> bool:
        return self._other.planned

    def __call__(self, progress: Progress) -> float:
        steps = self.epochs * progress.steps_per_epoch
        return min(1.0, (progress.step + 1) / max(1.0, steps)) * self._other(progress)

    def survives_plateau(self, learning_rate: float) -> bool:
        return self._other.survives_plateau(learning_rate)
