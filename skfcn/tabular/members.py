"""Small networks side by side: each learns from rows of its own, and is tested on the others.

Members that share a step form a group: one network of the engine, whose layers have an axis of
members. All groups lie in one vector, one after another.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.random import SFC64, Generator, RandomState
from numpy.typing import DTypeLike, NDArray

from skfcn.engine import (
    Activate,
    Choose,
    Dropout,
    Embed,
    FloatArray,
    Layer,
    MemberDense,
    Network,
    PiecewiseLinear,
    Repeat,
    ScaledMemberDense,
    raw_outputs,
)
from skfcn.tabular.recipe import Recipe

# Rates relative to that of the weights of one unit (Holzmüller et al. 2024, appendix A).
_SCALE_RATE, _BIAS_RATE = 6.0, 0.1


def member_layers(recipe: Recipe, n_members: int, n_outputs: int, other: bool) -> list[Layer]:
    """Return the layers of a group, one that sees the table as it is or in the other way.

    Weights begin as normal / √n_in and learn at a rate / √n_in, so that Adam, whose steps are of
    one size, moves the output of a wide layer no further than that of a narrow one.
    """
    k, n = n_members, recipe.n_inputs
    layers: list[Layer] = []
    if other and recipe.chosen is not None:
        layers.append(Choose(recipe.chosen))
        n = len(recipe.chosen)
    if recipe.embedding_sizes:
        embed = Embed(recipe.embedding_sizes, recipe.embedding_width, members=k)
        layers.append(embed)
        _, n = embed.shape(1, n)
    kind: type[MemberDense] = ScaledMemberDense
    if other and recipe.edges:
        edges = recipe.edges
        if recipe.chosen is not None:
            edges = [edges[column] for column in recipe.chosen if column < len(edges)]
        bins = PiecewiseLinear(edges)
        layers.append(bins)
        _, n = bins.shape(1, n)
        kind = MemberDense
    for width in [*recipe.hidden, n_outputs]:
        layer = kind(k, width, {"W": 1 / sqrt(n), "b": _BIAS_RATE, "scale": _SCALE_RATE})
        layer.decay = recipe.weight_decay
        layers += [layer, Activate(recipe.activation)]
        if recipe.dropout:
            layers.append(Dropout(recipe.dropout, recipe.activation.dropped_value))
        n, kind = width, MemberDense
    return layers[: layers.index(layer) + 1]  # nothing comes after the raw outputs


def generator(*key: int) -> Generator:
    """Return random numbers of their own for a member, a pass over its rows, and so on.

    They depend on nothing but the key: neither on other members nor on what was drawn before.
    """
    return Generator(SFC64(key))


class Committee:
    """All members: what they predict, row by row.

    Parameters
    ----------
    groups : sequence of Network
        The networks of the groups, in training: each member is given rows of its own.
    vector : ndarray of shape (n_parameters,), default=None
        All that they have learned, group after group; zeros if None.
    """

    def __init__(self, groups: Sequence[Network], vector: FloatArray | None = None) -> None:
        sizes = [len(group.parameters.vector) for group in groups]
        self.vector = np.zeros(sum(sizes), groups[0].dtype) if vector is None else vector
        ends = np.cumsum(sizes)
        self.slices = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self.groups = [
            group.bound_to(self.vector[part])
            for group, part in zip(groups, self.slices, strict=True)
        ]
        self.sizes = [len(group.parameters.layers[-1]["W"]) for group in self.groups]
        self._repeating = [_repeating(*pair) for pair in zip(self.groups, self.sizes, strict=True)]

    @classmethod
    def of(cls, recipe: Recipe, n_outputs: int) -> "Committee":
        """Return the members that a recipe asks for."""
        return cls(
            [
                Network(member_layers(recipe, k, n_outputs, other), recipe.n_inputs, np.float32)
                for k, other in recipe.groups
            ]
        )

    @property
    def dtype(self) -> DTypeLike:
        """What they compute in."""
        return self.vector.dtype

    def bound_to(self, vector: FloatArray) -> "Committee":
        """Return the same members with another vector."""
        return Committee(self.groups, vector)

    def initialize(self, seed: int) -> None:
        """Draw the first weights; those of the last layer are zeros."""
        member = 0
        for group, k in zip(self.groups, self.sizes, strict=True):
            group.initialize(RandomState(generator(seed).integers(2**31)))
            layers = group.parameters.layers
            rngs = [generator(seed, member + j) for j in range(k)]
            member += k
            for p in layers[:-1]:
                for j in range(k if "W" in p else 0):
                    p["W"][j] = rngs[j].standard_normal(p["W"][j].shape) / sqrt(p["W"].shape[1])
                    p["b"][j] = rngs[j].standard_normal(p["b"][j].shape)

    def copy_members(self, chosen: NDArray[np.bool_], target: "Committee") -> None:
        """Copy the weights of the chosen members into another committee of the same kind."""
        start = 0
        for group, other, k in zip(self.groups, target.groups, self.sizes, strict=True):
            pairs = zip(group.parameters.layers, other.parameters.layers, strict=True)
            these = chosen[start : start + k]
            start += k
            for p, q in pairs:
                for name, array in p.items():
                    q[name][these] = array[these]

    def raw_outputs(self, X: FloatArray) -> FloatArray:
        """Return the raw outputs of each member, of shape (n_members, n_samples, n_outputs)."""
        found = [
            raw_outputs(network, X).reshape(k, len(X), -1)
            for network, k in zip(self._repeating, self.sizes, strict=True)
        ]
        return np.concatenate(found)

    # Pickle would turn views into copies.
    def __getstate__(self) -> dict[str, Any]:
        return {
            "layers": [group.layers for group in self.groups],
            "n_inputs": self.groups[0].n_inputs,
            "vector": self.vector,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vector = state["vector"]
        groups = [Network(layers, state["n_inputs"], vector.dtype) for layers in state["layers"]]
        self.__init__(groups, vector)  # type: ignore[misc]


def _repeating(group: Network, k: int) -> Network:
    """Return a network of the same members, which are all given the same rows."""
    network = Network([Repeat(k), *group.layers], group.n_inputs, group.dtype)
    return network.bound_to(group.parameters.vector)
