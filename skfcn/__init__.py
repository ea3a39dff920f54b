"""Fully connected neural networks in NumPy, as scikit-learn estimators."""

from skfcn.classifier import FCNClassifier
from skfcn.conversion import from_sklearn
from skfcn.regressor import FCNRegressor

__version__ = "0.1.0.dev0"

__all__ = ["FCNClassifier", "FCNRegressor", "__version__", "from_sklearn"]
