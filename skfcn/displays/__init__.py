"""Plots in the form of scikit-learn's Displays; matplotlib is imported when one is drawn.

A Display holds the data of a plot. ``from_estimator`` takes them from a fitted estimator, or a
pipeline that ends in one, and draws them; ``plot`` draws them again, elsewhere.
"""

from skfcn.displays._distributions import DistributionDisplay
from skfcn.displays._learning_rate import LearningRateDisplay
from skfcn.displays._misclassified import MisclassifiedDisplay
from skfcn.displays._network import NetworkDisplay
from skfcn.displays._training import TrainingDisplay
from skfcn.displays._weights import WeightsDisplay

__all__ = [
    "DistributionDisplay",
    "LearningRateDisplay",
    "MisclassifiedDisplay",
    "NetworkDisplay",
    "TrainingDisplay",
    "WeightsDisplay",
]
