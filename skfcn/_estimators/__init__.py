"""Scikit-learn's face: parameters, labels, fitted attributes.

It may import all but what is made for fitted estimators: callbacks, displays, persistence, the
command. Read `classifier`, then `base`, the course of a fit.
"""

from skfcn._estimators.base import BaseFCN
from skfcn._estimators.classifier import FCNClassifier
from skfcn._estimators.diagram import activation_names, stages_of
from skfcn._estimators.from_sklearn import from_sklearn
from skfcn._estimators.parameters import SOLVERS
from skfcn._estimators.regressor import FCNRegressor
from skfcn._estimators.validation import is_clean

__all__ = [
    "SOLVERS",
    "BaseFCN",
    "FCNClassifier",
    "FCNRegressor",
    "activation_names",
    "from_sklearn",
    "is_clean",
    "stages_of",
]
