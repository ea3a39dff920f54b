"""Members that share each step: how they are trained, and tested on what they hold out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skfcn.engine import FloatArray, Network, as_batch, quiet_floats
from skfcn.tabular.members import Committee, generator, member_layers
from skfcn.tabular.model import CommitteeModel
from skfcn.tabular.recipe import Recipe
from skfcn.training import (
    Data,
    Fitted,
    Gather,
    Model,
    Validator,
    gather,
    kinds_of_step,
    mean_loss,
)

_CHUNK = 2048  # rows that a member is tested on at once


class Round(NamedTuple):
    """What a round of steps has brought."""

    loss: float  # the mean over the steps
    losses: list[float]  # of each member on the rows that it holds out
    scores: list[float]  # the same, of what decides; more is better
    raws: list[FloatArray]  # what each says of those rows


class Group:
    """Members that share each step, and the rows that each is trained and tested on."""

    def __init__(
        self,
        recipe: Recipe,
        data: Data,
        state: Any,
        network: Network,
        moments: dict[str, FloatArray],
        members: range,
        other: bool,
        folds: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    ) -> None:
        self.network, self.members, self.loss = network, members, recipe.loss
        self.seed, self.progress = state.seed, replace(state.progress)
        self.rows = [rows for rows, _ in folds]
        self.held_out = [rows for _, rows in folds]
        self.n_rows = min(map(len, self.rows))
        self.batch_size = min(recipe.batch_size, self.n_rows)
        self.data = data
        n = len(members) * self.batch_size
        self.X = Gather(data.X, n, network.dtype)
        self.y = gather(data.y, n, network.dtype)
        weight = data.sample_weight
        self.weight = None if weight is None else Gather(weight, n, network.dtype)
        layers = member_layers(recipe, 1, network.n_outputs, other)
        self.alone = Network(layers, network.n_inputs, network.dtype)
        self.scorers: list[Validator] = []  # none where the loss decides
        # Nothing but the tables of embeddings has rows that a batch does not use.
        lazy = recipe.optimizer.lazy and len(recipe.embedding_sizes) > 0
        objective_kind, update_kind = kinds_of_step(lazy)
        self.objective = objective_kind(network, recipe.loss, alpha=0.0)
        self.update = update_kind(
            network,
            self.objective.gradient,
            moments,
            recipe.optimizer,
            recipe.schedule,
            recipe.learning_rate,
        )

    def score_by(self, scoring: Any, model: CommitteeModel, view: Any) -> None:
        """Let scores decide instead of the loss; `view` is an estimator that takes encoded rows.

        `model` says what outputs stand for.
        """
        alone = Committee([self.alone], self.alone.parameters.vector)
        view._fitted = Fitted(replace(model, network=alone), view._fitted.state)
        one = Model(self.alone, model.loss, model.targets)
        self.scorers = [Validator(one, self.data, rows, scoring, view) for rows in self.held_out]

    def round(self, n_steps: int) -> Round:
        """Take some steps and test each member on the rows that it holds out."""
        # Overflow is looked for in the loss; each thread has to be told so.
        with quiet_floats():
            loss, losses, scores, raws = self.train(n_steps), [], [], []
            for member in range(len(self.members)):
                raws.append(self._raw(member))
                losses.append(self._loss(member, raws[-1]))
                scores.append(
                    self.scorers[member]()["validation_score"] if self.scorers else -losses[-1]
                )
        return Round(loss, losses, scores, raws)

    def train(self, n_steps: int) -> float:
        """Take some steps; return the mean of the losses."""
        n = len(self.members) * self.batch_size
        rng = generator(self.seed, self.members[0], self.progress.step, 1)
        buffers = self.network.workspace(n, rng).rows(n)
        progress, sum_of_losses = self.progress, 0.0
        for rows in self.batches(n_steps):
            X, y = self.X(rows), self.y(rows)
            weight = None if self.weight is None else self.weight(rows)
            rate = self.update.rate(progress)
            sum_of_losses += self.objective.data_term(X, y, weight, self.batch_size, buffers)
            progress.step += 1
            self.update.step(rate, progress.step)
        return sum_of_losses / n_steps / len(self.members)

    def batches(self, n_steps: int) -> Iterator[NDArray[np.intp]]:
        """Yield the rows of each step, one member after another.

        Each pass of a member over its rows has an order of its own, of which the rest that
        makes no whole batch is left out.
        """
        per_pass = self.n_rows // self.batch_size
        orders: list[NDArray[np.intp]] = []
        first = self.progress.step
        for step in range(first, first + n_steps):
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
        y = self.data.y[rows].astype(raw.dtype)
        return mean_loss(self.loss, raw, y, None if weight is None else weight[rows])
