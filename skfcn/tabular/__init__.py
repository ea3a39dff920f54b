"""Tables: from a data frame to predictions.

It may import all but what is made for fitted estimators. Read `classifier`, then `base`, the
course of a fit, then `recipe`, `members`, `group` and `fit`; `columns`, `encodings` and `encoder`
say what the networks see of a table.
"""

from skfcn.tabular.classifier import TabularClassifier as TabularClassifier
from skfcn.tabular.columns import Column as Column
from skfcn.tabular.columns import as_numbers as as_numbers
from skfcn.tabular.columns import as_objects as as_objects
from skfcn.tabular.columns import as_times as as_times
from skfcn.tabular.columns import columns_of as columns_of
from skfcn.tabular.columns import is_missing as is_missing
from skfcn.tabular.encoder import TableEncoder as TableEncoder
from skfcn.tabular.encodings import Time as Time
from skfcn.tabular.encodings import numbers_of as numbers_of
from skfcn.tabular.fit import MembersFit as MembersFit
from skfcn.tabular.group import Group as Group
from skfcn.tabular.members import Committee as Committee
from skfcn.tabular.members import generator as generator
from skfcn.tabular.members import member_layers as member_layers
from skfcn.tabular.model import CommitteeModel as CommitteeModel
from skfcn.tabular.recipe import Recipe as Recipe
from skfcn.tabular.recipe import batch_size_for as batch_size_for
from skfcn.tabular.recipe import edges_of as edges_of
from skfcn.tabular.recipe import telling_columns as telling_columns
from skfcn.tabular.regressor import TabularRegressor as TabularRegressor
from skfcn.tabular.table import TableTransformer as TableTransformer
