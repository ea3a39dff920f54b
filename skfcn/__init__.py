"""Fully connected neural networks in NumPy, as scikit-learn estimators."""

__version__ = "0.1.0.dev0"  # before all else: what is imported below asks for it

from skfcn._estimators import FCNClassifier, FCNRegressor, from_sklearn
from skfcn.tabular import TabularClassifier, TabularRegressor

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
