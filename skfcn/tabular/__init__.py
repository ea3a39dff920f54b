"""Tables: from a data frame to predictions.

It may import all but what is made for fitted estimators. Read `classifier`, then `base`, the
course of a fit, then `members`.
"""

from skfcn.tabular.classifier import TabularClassifier
from skfcn.tabular.encoder import TableEncoder
from skfcn.tabular.regressor import TabularRegressor

__all__ = ["TableEncoder", "TabularClassifier", "TabularRegressor"]
