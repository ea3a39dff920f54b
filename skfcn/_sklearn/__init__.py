"""The one place that knows scikit-learn's private parts; it may import no other folder."""

from skfcn._sklearn.callbacks import CallbackSupportMixin, with_callbacks
from skfcn._sklearn.component import (
    Component,
    name_of,
    resolve,
    same_component,
)
from skfcn._sklearn.number import is_number, python_number
from skfcn._sklearn.private import (
    COUNT,
    DOCUMENTATION,
    Constraints,
    DocumentedEstimator,
    Interval,
    Options,
    StrOptions,
    check_sample_weight,
    real,
)

__all__ = [
    "COUNT",
    "DOCUMENTATION",
    "CallbackSupportMixin",
    "Component",
    "Constraints",
    "DocumentedEstimator",
    "Interval",
    "Options",
    "StrOptions",
    "check_sample_weight",
    "is_number",
    "name_of",
    "python_number",
    "real",
    "resolve",
    "same_component",
    "with_callbacks",
]
