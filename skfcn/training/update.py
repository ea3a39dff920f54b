"""One update of the weights: what happens between a gradient and the next batch."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from skfcn.engine import FloatArray, Layer, Network, Parameters, dot, scal
from skfcn.optimizers import Optimizer
from skfcn.schedules import Progress, Schedule

_BLOCK = 65_536  # numbers: the vectors of one block stay in cache through the whole update


class Update:
    """Bounds the gradient, decays, lets the optimizer step, and bounds the weights.

    The optimizer steps block by block: neighbours in the vector that learn at the same rate and,
    if it needs scratch, at most 65,536 of them.

    Parameters
    ----------
    network : Network
        Its parameters are updated in place.
    gradient : Parameters
        Where their gradient will be.
    moments : dict of str to ndarray of shape (n_trainable,)
        What the optimizer remembers, updated in place.
    optimizer : Optimizer
        Takes the steps.
    schedule : Schedule
        Factor on the learning rate.
    learning_rate : float
        The rate for a factor of 1.
    max_grad_norm, max_norm : float or None
        What a longer gradient and, after a step, the weights of a unit are scaled down to.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), "On the difficulty of training recurrent neural networks"
    (the gradient's norm); Srivastava et al. (2014), "Dropout", section 5.1 (the units').
    """

    def __init__(
        self,
        network: Network,
        gradient: Parameters,
        moments: Mapping[str, FloatArray],
        optimizer: Optimizer,
        schedule: Schedule,
        learning_rate: float,
        max_grad_norm: float | None = None,
        max_norm: float | None = None,
    ) -> None:
        self.optimizer, self.schedule, self.learning_rate = optimizer, schedule, learning_rate
        self.max_grad_norm = max_grad_norm
        self.network, self.gradient, self.moments = network, gradient, moments
        theta = network.parameters.trainable
        # Without scratch there is nothing to keep in cache, and BLAS may share a long vector out.
        size = min(_BLOCK, len(theta)) if optimizer.n_scratch else max(len(theta), 1)
        self._scratch = np.empty((optimizer.n_scratch, size), theta.dtype)
        self._cut(network.parameters, list(moments.values()))
        self.bounds: list[tuple[FloatArray, float, FloatArray]] = []
        if max_norm is not None:
            for W in network.parameters.coefs:
                lengths = np.empty((2, *W.shape[:-2], W.shape[-1]), W.dtype)
                self.bounds.append((W, max_norm, lengths))

    def _cut(self, parameters: Parameters, moments: Sequence[FloatArray]) -> None:
        """Cut what the next step updates into blocks."""
        theta = parameters.trainable
        rates, decays = _rates_and_decays(self.network.layers, parameters, self.optimizer)
        vectors, size = [theta, self.gradient.trainable, *moments], self._scratch.shape[1]
        self.blocks: list[tuple[float, list[FloatArray]]] = []
        for whole, lr in _merged(rates):
            for start in range(whole.start, whole.stop, size):
                block = slice(start, min(start + size, whole.stop))
                arrays = [vector[block] for vector in vectors]
                arrays += [row[: block.stop - start] for row in self._scratch]
                self.blocks.append((lr, arrays))
        self.decays = [
            (decay, theta[part])
            for part, decay in _merged(decays)
            if decay and part.start < part.stop
        ]

    def _blocks(self) -> Iterable[tuple[float, list[FloatArray]]]:
        return self.blocks

    def rate(self, progress: Progress) -> float:
        """Return the learning rate of the next step."""
        return self.learning_rate * self.schedule(progress)

    def step(self, rate: float, t: int) -> None:
        """Update parameters and moments in place, at a rate, for the t-th time."""
        if self.max_grad_norm is not None:
            clip_norm(self.gradient.trainable, self.max_grad_norm)
        for decay, weights in self.decays:
            scal(1 - rate * decay, weights)
        for lr, arrays in self._blocks():
            self.optimizer.step(*arrays, rate=rate * lr, t=t)
        for bound in self.bounds:
            clip_column_norms(*bound)


def _rates_and_decays(
    layers: Sequence[Layer], p: Parameters, optimizer: Optimizer
) -> tuple[list[tuple[slice, float]], list[tuple[slice, float]]]:
    """Return the factor on the rate, and the decay, of each part of the vector, in its order."""
    rates, decays = [], []
    for (index, name), part in p.slices.items():
        layer, kind = layers[index], p.spec[index][name][0]
        if kind != "statistic":
            lr = layer.lr.get(name, 1.0) if isinstance(layer.lr, Mapping) else layer.lr
            decay = 0.0 if kind == "bias" else layer.decay
            decay += optimizer.weight_decay if kind == "weight" else 0.0
            rates.append((part, lr))
            decays.append((part, decay))
    return rates, decays


def _merged(parts: list[tuple[slice, float]]) -> list[tuple[slice, float]]:
    """Join neighbours that have the same number."""
    merged: list[tuple[slice, float]] = []
    for part, number in parts:
        if merged and merged[-1][1] == number:
            part = slice(merged.pop()[0].start, part.stop)
        merged.append((part, number))
    return merged


def norm(vector: FloatArray) -> float:
    """Euclidean norm of a contiguous vector."""
    return sqrt(dot(vector, vector))


def clip_norm(vector: FloatArray, limit: float) -> None:
    """Scale a vector down to a norm, if it is longer."""
    length = norm(vector)
    if length > limit:
        scal(limit / length, vector)


def clip_column_norms(matrix: FloatArray, limit: float, lengths: FloatArray) -> None:
    """Scale the columns of a matrix, or of each in a stack, down to a norm if they are longer.

    `lengths`, two numbers for each column, is overwritten.
    """
    length, factor = lengths
    np.einsum("...ij,...ij->...j", matrix, matrix, out=length)
    np.sqrt(length, out=length)
    np.maximum(length, limit, out=factor)
    np.divide(limit, factor, out=factor)
    matrix *= factor[..., np.newaxis, :]


def first_moments(optimizer: Any, theta: FloatArray) -> dict[str, FloatArray]:
    """Return what an optimizer remembers before its first step."""
    # Not zeros_like, which writes them all: memory of rows that no batch uses is not touched.
    return {name: np.zeros(len(theta), theta.dtype) for name in optimizer.moments}
