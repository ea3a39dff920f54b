"""What we use of scikit-learn's private modules, and why. Nothing else imports them.

- `Interval`, `Options`, `StrOptions`, `validate_parameter_constraints`: a wrong parameter gets the
  same error, in the same words, as from scikit-learn's own estimators.
- `_check_sample_weight`: named in scikit-learn's developer guide for third-party estimators.
- `_doc_link_module`, `_doc_link_template`, `_doc_link_url_param_generator`: what scikit-learn asks
  for the link of an estimator's diagram in a notebook; `_get_params_html` and `_repr_html_inner`:
  for the table of parameters in it, the one place where a diagram, also that of a pipeline or a
  search, lets an estimator show more. Without them there is no link and no drawing, but a diagram.
- `_get_param_names`: reads the signature of `__init__`, nine times in a `partial_fit`; kept.
- `_curve_scorer` of a `TunedThresholdClassifierCV`: nothing else knows which label is positive.
"""

import sys
from functools import cache
from itertools import accumulate
from numbers import Integral, Real
from typing import Any, NamedTuple

from sklearn.base import BaseEstimator
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.utils._param_validation import Interval as Interval
from sklearn.utils._param_validation import Options as Options
from sklearn.utils._param_validation import StrOptions as StrOptions
from sklearn.utils._param_validation import validate_parameter_constraints
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight

from skfcn._sklearn.names import did_you_mean
from skfcn._sklearn.number import is_number

DOCUMENTATION = "https://skfcn.readthedocs.io/en/latest/"

Constraints = dict[str, list[Any]]  # what each parameter may be, by its name

check_sample_weight = _check_sample_weight

COUNT = Interval(Integral, 1, None, closed="left")
_CLOSED = {"[]": "both", "[)": "left", "(]": "right", "()": "neither"}


def real(interval: str) -> Interval:
    """Return the constraint of a number to an interval, as it is written: ``real("[0, 1)")``."""
    low, high = (float(end) if "inf" not in end else None for end in interval[1:-1].split(", "))
    return Interval(Real, low, high, closed=_CLOSED[interval[0] + interval[-1]])


def constrained_parameters(estimator: Any) -> dict[str, Any]:
    """Return the parameters of an estimator of which it is said what they may be.

    A subclass with an `__init__` of its own may set them without listing them, so that
    `get_params`, which also takes longer than a small batch, does not know them.
    """
    names = estimator._parameter_constraints
    return {name: getattr(estimator, name) for name in names if hasattr(estimator, name)}


class DocumentedEstimator(BaseEstimator):
    """What estimators and components share: checks of numbers, and what a notebook shows.

    The diagram links to the page of the class on our site. scikit-learn's checks of parameters
    stumble over numbers that are not Python's or NumPy's, or too large: these come before.
    """

    _doc_link_module = "skfcn"
    _doc_link_template = f"{DOCUMENTATION}api/generated/{{name}}.html"

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        return {"name": public_name(type(self))}

    def _drawing(self) -> str:
        """Return HTML to show above the table of parameters; nothing, unless overridden."""
        return ""

    @available_if(lambda self: hasattr(BaseEstimator, "_get_params_html"))
    def _get_params_html(self, *args: Any, **kwargs: Any) -> Any:
        table, drawing = super()._get_params_html(*args, **kwargs), self._drawing()
        return _DrawnTable(drawing, table) if drawing else table

    @classmethod
    @cache
    def _get_param_names(cls) -> list[str]:
        """Return the names of the parameters, which takes long to find out."""
        names: list[str] = super()._get_param_names()
        return names

    def _validate_params(self) -> None:
        params, name_of_class = constrained_parameters(self), type(self).__name__
        for name, value in params.items():
            if isinstance(value, Real) and not is_number(value):
                raise ValueError(
                    f"The {name!r} parameter of {name_of_class} must be a Python or NumPy "
                    f"number in the range of float64. Got {value!r} instead."
                )
        try:
            validate_parameter_constraints(self._parameter_constraints, params, name_of_class)
        except ValueError as error:
            error.args = (f"{error}{self._name_meant(str(error))}",)
            raise

    def _name_meant(self, error: str) -> str:
        """Return what the parameter that an error is about may have meant."""
        for name, constraints in self._parameter_constraints.items():
            value = getattr(self, name, None)
            if isinstance(value, str) and f"The {name!r} parameter" in error:
                options = [c.options for c in constraints if isinstance(c, StrOptions)]
                return did_you_mean(value, sorted(*options)) if options else ""
        return ""


class _DrawnTable(NamedTuple):
    """A table of parameters with a drawing above it; a diagram asks it for its HTML."""

    drawing: str
    table: Any

    def _repr_html_inner(self) -> str:
        return f"{self.drawing}{self.table._repr_html_inner()}"


def decision_rule(model: Any) -> tuple[float, Any]:
    """Return the threshold of a classifier that has one, and its positive label or None."""
    if isinstance(model, TunedThresholdClassifierCV):
        return model.best_threshold_, model._curve_scorer._get_pos_label()
    return (0.5 if model.threshold == "auto" else model.threshold), model.pos_label


def public_name(cls: type) -> str:
    """Return the shortest path at which a class can be imported: ``skfcn.FCNClassifier``."""
    for module in accumulate(cls.__module__.split("."), "{}.{}".format):
        if getattr(sys.modules.get(module), cls.__name__, None) is cls:
            return f"{module}.{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}"
