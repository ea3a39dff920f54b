"""How the members are trained: rounds of steps, after each of which every member is tested."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skfcn.engine import FloatArray, Network, as_batch, threads_for
from skfcn.tabular.members import Committee, generator, member_layers
from skfcn.tabular.recipe import Recipe
from skfcn.training import (
    Data,
    Fit,
    Fitted,
    Gather,
    Model,
    Objective,
    Observer,
    Outcome,
    TrainState,
    Update,
    divergence,
    interrupted,
    tell,
)

_CHUNK = 2048  # rows that a member is tested on at once


Folds = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


@dataclass(frozen=True, eq=False, repr=False)
class CommitteeModel(Model):
    """Members, the loss that they are trained for, and what their outputs stand for.

    Attributes
    ----------
    network : Committee
        The members.
    factor : float
        What their raw outputs are multiplied by before they become predictions.
    weights : ndarray of shape (n_members,) or None
        What each counts in the mean; None for all alike.

    References
    ----------
    Guo, Pleiss, Sun & Weinberger (2017), "On calibration of modern neural networks", section 4.2,
    for the factor: the inverse of a temperature. :arxiv:`1706.04599`
    """

    network: Any
    factor: float = 1.0
    weights: NDArray[Any] | None = None

    @property
    def theta(self) -> FloatArray:
        """All that the members have learned, in one vector."""
        return self.network.vector

    def link(self, raw: FloatArray) -> FloatArray:
        """Return the predictions for raw outputs."""
        return self.loss.inverse_link(raw * raw.dtype.type(self.factor))

    def each(self, X: FloatArray) -> FloatArray:
        """Return what each member predicts, shape (n_members, n_samples, n_outputs)."""
        raw = self.network.raw_outputs(X)
        return self.link(raw.reshape(-1, raw.shape[-1])).reshape(raw.shape)

    def predict(self, X: FloatArray, rows: NDArray[np.intp] | None = None) -> FloatArray:
        """Return the mean of what they predict, shape (n_samples, n_outputs)."""
        return self._mean(self.each(X if rows is None else X[rows]))

    def spread(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the mean and the standard deviation of what they predict."""
        each = self.each(X)
        mean = self._mean(each)
        return mean, np.sqrt(self._mean((each - mean) ** 2))

    def _mean(self, each: FloatArray) -> FloatArray:
        if self.weights is None:
            return each.mean(axis=0, dtype=np.float64)
        return np.einsum("k,kmn->mn", self.weights, each)

    def bound_to(self, vector: FloatArray) -> "CommitteeModel":
        """Return a model of the same kind that predicts with other weights."""
        return replace(self, network=self.network.bound_to(vector))


@dataclass(eq=False, repr=False)
class CommitteeState(TrainState):
    """Where the training of members stands.

    Attributes
    ----------
    seed : int
        All random numbers come from it, each draw from a generator of its own.
    folds : list of tuple of two ndarrays of int
        For each member the rows to train on, and those that it holds out.
    member_loss : ndarray of shape (n_members,)
        The lowest loss of each member on the rows that it holds out.
    held_out_raw : list of ndarray
        The raw outputs of each member, at its best, for those rows.
    """

    seed: int = 0
    folds: Folds = field(default_factory=list)
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

    def _view(self, fitted: Fitted) -> Any:
        view = super()._view(fitted)
        view.encoder_ = self.encoder
        return view

    def train(self, observers: Sequence[Observer]) -> Warning | None:
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
            n_steps = -(-recipe.n_steps // recipe.n_checks)
            for epoch in range(state.n_iter + 1, recipe.n_checks + 1):
                start = perf_counter()
                state.learning_rate = groups[0].update.rate(state.progress)
                with np.errstate(over="ignore", invalid="ignore"):
                    found = list(pool.map(lambda group: group.round(n_steps), groups))
                self._take(found, groups, best, start)
                state.progress.step += n_steps
                if tell(observers, "on_epoch", epoch, state) | tell(observers, "on_pause", state):
                    outcome = Outcome.STOPPED
                    break
        self._end(outcome, observers)
        return interrupted() if outcome is Outcome.INTERRUPTED else None

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

    def _groups(self) -> list["Group"]:
        committee, first, groups = self.trained.network, 0, []
        kinds = self.settings.groups
        for network, part, (k, other) in zip(
            committee.groups, committee.slices, kinds, strict=True
        ):
            moments = {name: moment[part] for name, moment in self.state.moments.items()}
            members = range(first, first + k)
            folds = [self.state.folds[member] for member in members]
            groups.append(Group(self, network, moments, members, other, folds))
            first += k
        return groups

    def _take(
        self,
        found: list[tuple[float, NDArray[Any], list[FloatArray]]],
        groups: list["Group"],
        best: Committee,
        start: float,
    ) -> None:
        """Note what a round has brought, and keep the members that are better than ever."""
        state = self.state
        weights = [len(group.members) for group in groups]
        loss = float(np.average([loss for loss, _, _ in found], weights=weights))
        losses = np.concatenate([losses for _, losses, _ in found])
        raws = [raw for _, _, raws in found for raw in raws]
        if not np.isfinite(loss) or not np.isfinite(losses).all():
            nothing = np.empty(0)
            where = f"in round {state.n_iter + 1}"
            raise divergence(where, loss, nothing, nothing, state.learning_rate)
        better = losses <= state.member_loss
        state.member_loss[better] = losses[better]
        self.trained.network.copy_members(better, best)
        for member in np.flatnonzero(better):
            state.held_out_raw[member] = raws[member]
        state.loss_curve.append(loss)
        state.validation_scores.append(-float(losses.mean()))
        state.best = max(state.best, state.validation_scores[-1])
        if state.best == state.validation_scores[-1]:
            state.best_epoch = len(state.loss_curve)
        state.record(
            learning_rate=state.learning_rate,
            validation_loss=float(losses.mean()),
            validation_score=-float(losses.mean()),
            seconds=perf_counter() - start,
        )
        state.n_iter += 1


class Group:
    """Members that share each step, and the rows that each is trained and tested on."""

    def __init__(
        self,
        fit: MembersFit,
        network: Network,
        moments: dict[str, FloatArray],
        members: range,
        other: bool,
        folds: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    ) -> None:
        recipe, state = fit.settings, fit.state
        self.network, self.members, self.loss = network, members, recipe.loss
        self.seed, self.step = state.seed, state.progress.step
        self.progress = state.progress
        self.rows = [rows for rows, _ in folds]
        self.held_out = [rows for _, rows in folds]
        self.n_rows = min(map(len, self.rows))
        self.batch_size = min(recipe.batch_size, self.n_rows)
        self.data = fit.data
        n = len(members) * self.batch_size
        self.X = Gather(fit.data.X, n, network.dtype)
        self.y = Gather(fit.data.y, n, network.dtype)
        weight = fit.data.sample_weight
        self.weight = None if weight is None else Gather(weight, n, network.dtype)
        layers = member_layers(recipe, 1, network.n_outputs, other)
        self.alone = Network(layers, network.n_inputs, network.dtype)
        self.objective = Objective(network, recipe.loss, alpha=0.0)
        self.update = Update(
            network,
            self.objective.gradient,
            moments,
            recipe.optimizer,
            recipe.schedule,
            recipe.learning_rate,
        )

    def round(self, n_steps: int) -> tuple[float, NDArray[Any], list[FloatArray]]:
        """Take some steps and test each member.

        Returns
        -------
        loss : float
            The mean over the steps.
        losses : ndarray of shape (n_members,)
            Of each member on the rows that it holds out.
        raws : list of ndarray
            What it says of them.
        """
        loss = self.train(n_steps)
        raws = [self._raw(member) for member in range(len(self.members))]
        return loss, np.array([self._loss(*pair) for pair in enumerate(raws)]), raws

    def train(self, n_steps: int) -> float:
        """Take some steps; return the mean of the losses."""
        n = len(self.members) * self.batch_size
        rng = generator(self.seed, self.members[0], self.step, 1)
        buffers = self.network.workspace(n, rng).rows(n)
        progress, sum_of_losses = self._progress(), 0.0
        for rows in self.batches(n_steps):
            X, y = self.X(rows), self.y(rows)
            weight = None if self.weight is None else self.weight(rows)
            rate = self.update.rate(progress)
            sum_of_losses += self.objective.data_term(X, y, weight, self.batch_size, buffers)
            self.step += 1
            progress.step = self.step
            self.update.step(rate, self.step)
        return sum_of_losses / n_steps / len(self.members)

    def _progress(self) -> Any:
        return replace(self.progress, step=self.step)

    def batches(self, n_steps: int) -> Iterator[NDArray[np.intp]]:
        """Yield the rows of each step, one member after another.

        Each pass of a member over its rows has an order of its own, of which the rest that
        makes no whole batch is left out.
        """
        per_pass = self.n_rows // self.batch_size
        orders: list[NDArray[np.intp]] = []
        for step in range(self.step, self.step + n_steps):
            number, batch = divmod(step, per_pass)
            if batch == 0 or not orders:
                orders = [
                    generator(self.seed, member, number, 0).permutation(rows)
                    for member, rows in zip(self.members, self.rows, strict=True)
                ]
            part = slice(batch * self.batch_size, (batch + 1) * self.batch_size)
            yield np.concatenate([order[part] for order in orders])

    def _one(self, member: int) -> Network:
        """Return a network that is one of the members."""
        network, layers = self.alone, self.network.parameters.layers
        for own, all_of_them in zip(network.parameters.layers, layers, strict=True):
            for name, array in own.items():
                array[0] = all_of_them[name][member]
        return network

    def _raw(self, member: int) -> FloatArray:
        """Return what a member says of the rows that it holds out."""
        one, rows = self._one(member), self.held_out[member]
        found = [
            one.predict(as_batch(self.data.X[chunk], one.dtype), one.buffers(len(chunk)))
            for chunk in np.array_split(rows, -(-len(rows) // _CHUNK))
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _loss(self, member: int, raw: FloatArray) -> float:
        rows, weight = self.held_out[member], self.data.sample_weight
        losses, scratch = np.empty(len(raw), raw.dtype), np.empty((2, *raw.shape), raw.dtype)
        y = self.data.y[rows].astype(raw.dtype)
        self.loss.loss_gradient(y, raw.copy(), losses, scratch)
        return float(np.average(losses, weights=None if weight is None else weight[rows]))
