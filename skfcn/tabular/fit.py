"""How the members are trained: rounds of steps, after each of which every member is tested."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import FunctionTransformer

from skfcn.engine import FloatArray, threads_for
from skfcn.tabular.group import Group, Round
from skfcn.tabular.members import Committee
from skfcn.tabular.model import CommitteeModel
from skfcn.tabular.recipe import Recipe
from skfcn.training import (
    Data,
    Fit,
    Fitted,
    Observer,
    Outcome,
    TrainState,
    divergence,
    tell,
    view_of,
)

Folds = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


@dataclass(eq=False, repr=False)
class CommitteeState(TrainState):
    """Where the training of members stands.

    Attributes
    ----------
    seed : int
        All random numbers come from it, each draw from a generator of its own.
    folds : list of tuple of two ndarrays of int
        For each member the rows to train on, and those that it holds out.
    member_score, member_loss : ndarray of shape (n_members,)
        The highest score of each member on the rows that it holds out, and its loss there.
    held_out_raw : list of ndarray
        The raw outputs of each member, at its best, for those rows.
    """

    seed: int = 0
    folds: Folds = field(default_factory=list)
    member_score: NDArray[Any] = field(default_factory=lambda: np.empty(0))
    member_loss: NDArray[Any] = field(default_factory=lambda: np.empty(0))
    held_out_raw: list[FloatArray] = field(default_factory=list)

    def end_fit(self) -> None:
        super().end_fit()
        self.moments = {}  # nothing goes on from a table's fit


class MembersFit(Fit):
    """Members under training.

    Parameters
    ----------
    estimator, settings, start, data
        As of `Fit`; the settings are a `Recipe`.
    encoder : TableEncoder
        What made the inputs of a table.
    n_threads : int
        How many groups are trained at a time.
    """

    settings: Any  # a Recipe
    trained: CommitteeModel
    state: CommitteeState
    _model: CommitteeModel

    def __init__(
        self,
        estimator: Any,
        settings: Recipe,
        start: Fitted,
        data: Data,
        encoder: Any,
        n_threads: int,
    ) -> None:
        super().__init__(estimator, settings, start, data, None, incremental=False)  # type: ignore[arg-type]
        self.encoder, self.n_threads = encoder, n_threads

    def attributes(self, fitted: Fitted) -> dict[str, Any]:
        return super().attributes(fitted) | {"encoder_": self.encoder}

    def train(self, observers: Sequence[Observer]) -> list[Warning]:
        """Train all groups, round by round; tell the observers after each."""
        recipe, state = self.settings, self.state
        state.order = np.empty(0, np.intp)
        if state.best_theta is None:
            state.best_theta = self.theta.copy()
        best = self.trained.network.bound_to(state.best_theta)
        self._model = self.trained.bound_to(state.best_theta)
        outcome = Outcome.MAX_EPOCHS
        with threads_for(0), ThreadPoolExecutor(self.n_threads) as pool:
            groups = self._groups()
            n_steps = state.progress.steps_per_epoch
            for epoch in range(state.n_iter + 1, recipe.n_checks + 1):
                start = perf_counter()
                tell(observers, "on_epoch_begin")
                state.learning_rate = groups[0].update.rate(state.progress)
                found = list(pool.map(lambda group: group.round(n_steps), groups))
                self._take(found, groups, best, start)
                state.progress.step += n_steps
                if tell(observers, "on_epoch", epoch, state) | tell(observers, "on_pause", state):
                    outcome = Outcome.STOPPED
                    break
        self._end(outcome, observers)
        return []

    @property
    def model(self) -> CommitteeModel:
        """What predicts, now."""
        return self._model

    def held_out_raw(self) -> FloatArray:
        """Return the mean of what members at their best say of rows that they hold out.

        Rows that nobody holds out have NaN.
        """
        shape = len(self.data.y), self.state.held_out_raw[0].shape[1]
        total, count = np.zeros(shape, np.float32), np.zeros((shape[0], 1), np.float32)
        for (_, rows), raw in zip(self.state.folds, self.state.held_out_raw, strict=True):
            total[rows] += raw
            count[rows] += 1
        with np.errstate(invalid="ignore"):
            return total / count

    def weights(self) -> NDArray[Any] | None:
        """Return what members count: those on chosen columns by how likely both kinds are."""
        groups = self.settings.groups
        is_other = np.repeat([other for _, other in groups], [size for size, _ in groups])
        if self.settings.chosen is None or not is_other.any():
            return None
        n_rows = np.array([len(rows) for _, rows in self.state.folds])
        loss = np.array([self.state.member_loss[is_other == kind].mean() for kind in (0, 1)])
        likelihood = np.exp((loss.min() - loss) * n_rows.sum() / 2)[is_other.astype(int)]
        return likelihood / likelihood.sum()

    def _groups(self) -> list[Group]:
        committee, first, groups = self.trained.network, 0, []
        kinds = self.settings.groups
        for network, part, (k, other) in zip(
            committee.groups, committee.slices, kinds, strict=True
        ):
            moments = {name: moment[part] for name, moment in self.state.moments.items()}
            members = range(first, first + k)
            folds = [self.state.folds[member] for member in members]
            group = Group(
                self.settings, self.data, self.state, network, moments, members, other, folds
            )
            if self.estimator.scoring != "loss":
                encoded = FunctionTransformer().set_output(transform="default")
                view = view_of(self.estimator, {"_fitted": self.fitted, "encoder_": encoded})
                group.score_by(self.estimator.scoring, self.trained, view)
            groups.append(group)
            first += k
        return groups

    def _take(
        self,
        found: list[Round],
        groups: list[Group],
        best: Committee,
        start: float,
    ) -> None:
        """Note what a round has brought, and keep the members that are better than ever."""
        state = self.state
        weights = [len(group.members) for group in groups]
        loss = float(np.average([one.loss for one in found], weights=weights))
        losses = np.concatenate([one.losses for one in found])
        scores = np.nan_to_num(np.concatenate([one.scores for one in found]), nan=-np.inf)
        raws = [raw for one in found for raw in one.raws]
        if not np.isfinite(loss) or not np.isfinite(losses).all():
            nothing = np.empty(0)
            where = f"in round {state.n_iter + 1}"
            raise ValueError(str(divergence(where, loss, nothing, nothing, state.learning_rate)))
        better = scores >= state.member_score
        state.member_score[better] = scores[better]
        state.member_loss[better] = losses[better]
        self.trained.network.copy_members(better, best)
        for member in np.flatnonzero(better):
            state.held_out_raw[member] = raws[member]
        state.loss_curve.append(loss)
        state.validation_scores.append(float(scores.mean()))
        state.best = max(state.best, state.validation_scores[-1])
        if state.best == state.validation_scores[-1]:
            state.best_epoch = len(state.loss_curve)
        state.record(
            learning_rate=state.learning_rate,
            validation_loss=float(losses.mean()),
            validation_score=state.validation_scores[-1],
            seconds=perf_counter() - start,
        )
        state.n_iter += 1
