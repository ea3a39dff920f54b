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
    DOCUMENTATION,
    DocumentedEstimator,
    Interval,
    Options,
    StrOptions,
    check_sample_weight,
)

__all__ = [
    "DOCUMENTATION",
    "CallbackSupportMixin",
    "Component",
    "DocumentedEstimator",
    "Interval",
    "Options",
    "StrOptions",
    "check_sample_weight",
    "is_number",
    "name_of",
    "python_number",
    "resolve",
    "same_component",
    "with_callbacks",
]
