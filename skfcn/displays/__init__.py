"""Plots in the form of scikit-learn's Displays; matplotlib is imported when one is drawn.

A Display holds the data of a plot. ``from_estimator`` takes them from a fitted estimator, or a
pipeline that ends in one, and draws them; ``plot`` draws them again, elsewhere.
"""

from skfcn.displays.axes import COLORS as COLORS
from skfcn.displays.axes import NEGATIVE as NEGATIVE
from skfcn.displays.axes import POSITIVE as POSITIVE
from skfcn.displays.axes import make_tidy as make_tidy
from skfcn.displays.distributions import DistributionDisplay
from skfcn.displays.learning_rate import LearningRateDisplay
from skfcn.displays.misclassified import MisclassifiedDisplay
from skfcn.displays.models import hidden_layers as hidden_layers
from skfcn.displays.network import NetworkDisplay
from skfcn.displays.training import TrainingDisplay
from skfcn.displays.weights import WeightsDisplay

__all__ = [
    "DistributionDisplay",
    "LearningRateDisplay",
    "MisclassifiedDisplay",
    "NetworkDisplay",
    "TrainingDisplay",
    "WeightsDisplay",
]
