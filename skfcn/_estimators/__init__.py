"""Scikit-learn's face: parameters, labels, fitted attributes.

It may import all but what is made for fitted estimators: callbacks, displays, persistence, the
command. Read `classifier`, then `base`, the course of a fit.
"""

from skfcn._estimators.base import BaseFCN as BaseFCN
from skfcn._estimators.classifier import FCNClassifier as FCNClassifier
from skfcn._estimators.diagram import activation_names as activation_names
from skfcn._estimators.diagram import stages_of as stages_of
from skfcn._estimators.docs import documented as documented
from skfcn._estimators.from_sklearn import from_sklearn as from_sklearn
from skfcn._estimators.interruption import Interruption as Interruption
from skfcn._estimators.observers import observing as observing
from skfcn._estimators.observers import validate_callbacks as validate_callbacks
from skfcn._estimators.parameters import SCORING as SCORING
from skfcn._estimators.parameters import SOLVERS as SOLVERS
from skfcn._estimators.parameters import keep as keep
from skfcn._estimators.parameters import schedule_of as schedule_of
from skfcn._estimators.regressor import FCNRegressor as FCNRegressor
from skfcn._estimators.tasks import FitTask as FitTask
from skfcn._estimators.validation import cast_weights as cast_weights
from skfcn._estimators.validation import check_hidden_layer_sizes as check_hidden_layer_sizes
from skfcn._estimators.validation import check_scoring_spec as check_scoring_spec
from skfcn._estimators.validation import check_weights as check_weights
from skfcn._estimators.validation import class_weights as class_weights
from skfcn._estimators.validation import is_clean as is_clean
from skfcn._estimators.validation import keeping_feature_names as keeping_feature_names
