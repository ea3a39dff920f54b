"""The one place that knows scikit-learn's private parts; it may import no other folder."""

from skfcn._sklearn.callbacks import CallbackSupportMixin as CallbackSupportMixin
from skfcn._sklearn.callbacks import with_callbacks as with_callbacks
from skfcn._sklearn.component import Component as Component
from skfcn._sklearn.component import name_of as name_of
from skfcn._sklearn.component import resolve as resolve
from skfcn._sklearn.component import same_component as same_component
from skfcn._sklearn.names import did_you_mean as did_you_mean
from skfcn._sklearn.names import listed as listed
from skfcn._sklearn.number import is_number as is_number
from skfcn._sklearn.number import python_number as python_number
from skfcn._sklearn.private import COUNT as COUNT
from skfcn._sklearn.private import DOCUMENTATION as DOCUMENTATION
from skfcn._sklearn.private import Constraints as Constraints
from skfcn._sklearn.private import DocumentedEstimator as DocumentedEstimator
from skfcn._sklearn.private import Interval as Interval
from skfcn._sklearn.private import Options as Options
from skfcn._sklearn.private import StrOptions as StrOptions
from skfcn._sklearn.private import check_sample_weight as check_sample_weight
from skfcn._sklearn.private import constrained_parameters as constrained_parameters
from skfcn._sklearn.private import decision_rule as decision_rule
from skfcn._sklearn.private import real as real
