"""Fully connected neural networks in NumPy, as scikit-learn estimators."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0.dev0"  # before all else: what is imported below asks for it

from skfcn._estimators import FCNClassifier, FCNRegressor, from_sklearn
from skfcn.tabular import TabularClassifier, TabularRegressor

if TYPE_CHECKING:
    from skfcn import activations as activations
    from skfcn import callbacks as callbacks
    from skfcn import datasets as datasets
    from skfcn import displays as displays
    from skfcn import engine as engine
    from skfcn import initializers as initializers
    from skfcn import losses as losses
    from skfcn import normalization as normalization
    from skfcn import onnx as onnx
    from skfcn import optimizers as optimizers
    from skfcn import persistence as persistence
    from skfcn import preprocessing as preprocessing
    from skfcn import schedules as schedules
    from skfcn import tabular as tabular
    from skfcn import training as training
    from skfcn import tuning as tuning

__all__ = [
    "FCNClassifier",
    "FCNRegressor",
    "TabularClassifier",
    "TabularRegressor",
    "__version__",
    "from_sklearn",
]

for _public in (FCNClassifier, FCNRegressor, TabularClassifier, TabularRegressor, from_sklearn):
    _public.__module__ = __name__  # files of models name the public path, not a folder of today

# Modules that the estimators do not need: imported where one is asked for, `skfcn.displays`.
_LATE = ("callbacks", "datasets", "displays", "onnx", "persistence", "preprocessing", "tuning")


def __getattr__(name: str) -> ModuleType:
    if name in _LATE:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE})
