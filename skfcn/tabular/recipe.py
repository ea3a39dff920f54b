"""How the members are built and trained: what an estimator's parameters mean."""

from dataclasses import dataclass
from typing import Any

_GROUP = 4  # members that share a step: enough to hide what a call costs, few enough for threads


@dataclass(frozen=True, eq=False, repr=False)
class Recipe:
    """What an estimator's parameters mean for some data, resolved once.

    Attributes
    ----------
    n_members, hidden, activation, dropout, weight_decay
        What the members are.
    embedding_sizes, embedding_width
        How many values each category has that is embedded, and how many numbers stand for one.
    loss, optimizer, schedule, learning_rate
        How they learn.
    batch_size, n_steps, n_checks : int
        Rows of a batch of each member, steps, and how often the members are tested.
    """

    n_members: int
    hidden: tuple[int, ...]
    activation: Any
    dropout: float
    weight_decay: float
    embedding_sizes: tuple[int, ...]
    embedding_width: int
    loss: Any
    optimizer: Any
    schedule: Any
    learning_rate: float
    batch_size: int
    n_steps: int
    n_checks: int

    @property
    def group_sizes(self) -> list[int]:
        """How many members there are in each group."""
        whole, rest = divmod(self.n_members, _GROUP)
        return [_GROUP] * whole + [rest] * (rest > 0)
