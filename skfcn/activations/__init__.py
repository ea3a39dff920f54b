"""Activation functions, each with forward beside backward.

To add one, write a class with the two methods; pass an instance as ``activation=``, or enter
it in `ACTIVATIONS` to give it a name. The tests run over the registry: finite differences,
dtypes, buffers, clone and pickle. ``docs/guide/activations.md`` compares them and derives one.
"""

from collections.abc import Callable
from functools import partial

from skfcn.activations.base import Activation
from skfcn.activations.classic import ELU, SELU, Identity, LeakyReLU, Logistic, ReLU, Tanh
from skfcn.activations.classic import SELU_LIMIT as SELU_LIMIT
from skfcn.activations.classic import SELU_SCALE as SELU_SCALE
from skfcn.activations.smooth import GELU, Mish, SiLU, Softplus
from skfcn.activations.smooth import GELU_A as GELU_A
from skfcn.activations.smooth import GELU_B as GELU_B

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Identity",
    "LeakyReLU",
    "Logistic",
    "Mish",
    "ReLU",
    "SiLU",
    "Softplus",
    "Tanh",
]

ACTIVATIONS: dict[str, Callable[..., Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "gelu": GELU,
    "gelu_tanh": partial(GELU, approximate=True),
    "silu": SiLU,
    "mish": Mish,
    "softplus": Softplus,
}
