"""Fully connected neural networks in NumPy, as scikit-learn estimators."""

from skfcn.classifier import FCNClassifier

__version__ = "0.1.0.dev0"

__all__ = ["FCNClassifier", "__version__"]
