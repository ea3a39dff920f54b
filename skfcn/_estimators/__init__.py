"""Scikit-learn's face: parameters, labels, fitted attributes.

It may import all but what is made for fitted estimators: callbacks, displays, persistence, the
command. Read `classifier`, then `base`, the course of a fit.
"""

from skfcn._estimators.base import BaseFCN
from skfcn._estimators.classifier import FCNClassifier
from skfcn._estimators.diagram import activation_names, stages_of
from skfcn._estimators.docs import documented
from skfcn._estimators.from_sklearn import from_sklearn
from skfcn._estimators.interruption import Interruption
from skfcn._estimators.observers import observing
from skfcn._estimators.parameters import SOLVERS
from skfcn._estimators.regressor import FCNRegressor
from skfcn._estimators.validation import (
    cast_weights,
    check_hidden_layer_sizes,
    check_weights,
    is_clean,
    keeping_feature_names,
)

__all__ = [
    "SOLVERS",
    "BaseFCN",
    "FCNClassifier",
    "FCNRegressor",
    "Interruption",
    "activation_names",
    "cast_weights",
    "check_hidden_layer_sizes",
    "check_weights",
    "documented",
    "from_sklearn",
    "is_clean",
    "keeping_feature_names",
    "observing",
    "stages_of",
]
