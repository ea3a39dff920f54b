"""What we use of scikit-learn's private modules, and why. Nothing else imports them.

- `Interval`, `Options`, `StrOptions`: a wrong parameter gets the same error, in the same
  words, as from scikit-learn's own estimators.
- `_check_sample_weight`: named in scikit-learn's developer guide for third-party estimators.
"""

from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = ["Interval", "Options", "StrOptions", "check_sample_weight"]
