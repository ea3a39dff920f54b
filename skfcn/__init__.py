"""Fully connected neural networks in NumPy, as scikit-learn estimators."""

from skfcn._version import __version__
from skfcn.classifier import FCNClassifier
from skfcn.conversion import from_sklearn
from skfcn.regressor import FCNRegressor

__all__ = ["FCNClassifier", "FCNRegressor", "__version__", "from_sklearn"]
