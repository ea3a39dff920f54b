"""What we use of scikit-learn's private modules, and why. Nothing else imports them.

- `Interval`, `Options`, `StrOptions`: a wrong parameter gets the same error, in the same
  words, as from scikit-learn's own estimators.
- `_check_sample_weight`: named in scikit-learn's developer guide for third-party estimators.
- `_doc_link_module`, `_doc_link_template`, `_doc_link_url_param_generator`: what scikit-learn asks
  for the link of an estimator's diagram in a notebook; `_get_params_html`: the table of parameters
  in it, the one place where all its versions let an estimator show more. Without them there is
  no link and no drawing, but a diagram.
"""

import sys
from itertools import accumulate
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

DOCUMENTATION = "https://skfcn.readthedocs.io/en/latest/"

__all__ = [
    "DocumentedEstimator",
    "Interval",
    "Options",
    "StrOptions",
    "check_sample_weight",
]


class DocumentedEstimator(BaseEstimator):
    """An estimator or component whose diagram in a notebook links to its page on our site."""

    _doc_link_module = "skfcn"
    _doc_link_template = f"{DOCUMENTATION}api/generated/{{name}}.html"

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        return {"name": public_name(type(self))}

    def _drawing(self) -> str:
        """Return HTML to show above the table of parameters; nothing, unless overridden."""
        return ""

    @available_if(lambda self: hasattr(BaseEstimator, "_get_params_html"))
    def _get_params_html(self, *args: Any, **kwargs: Any) -> Any:
        table = super()._get_params_html(*args, **kwargs)
        drawing, table_html = self._drawing(), getattr(table, "_html_repr", None)
        if drawing and table_html:
            table._html_repr = lambda: drawing + table_html()
        return table


def public_name(cls: type) -> str:
    """Return the shortest path at which a class can be imported: ``skfcn.FCNClassifier``."""
    for module in accumulate(cls.__module__.split("."), "{}.{}".format):
        if getattr(sys.modules.get(module), cls.__name__, None) is cls:
            return f"{module}.{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}"
