"""Files: written atomically, and read without being believed; it may import no other folder."""

from skfcn._files.atomic import StrPath as StrPath
from skfcn._files.atomic import atomic_path as atomic_path
from skfcn._files.atomic import content_errors as content_errors
from skfcn._files.atomic import read_maybe_gzip as read_maybe_gzip
from skfcn._files.atomic import too_large as too_large
from skfcn._files.atomic import unpacked_limit as unpacked_limit
from skfcn._files.cells import Meaning as Meaning
from skfcn._files.cells import kind_alone as kind_alone
from skfcn._files.cells import meaning_of as meaning_of
from skfcn._files.cells import number_of as number_of
from skfcn._files.dates import Times as Times
from skfcn._files.dates import times_of as times_of
from skfcn._files.layout import layout_of as layout_of
from skfcn._files.mat import read_mat as read_mat
from skfcn._files.packed import kind_of as kind_of
from skfcn._files.packed import unpacked as unpacked
from skfcn._files.pictures import box_of as box_of
from skfcn._files.pictures import fitted as fitted
from skfcn._files.pictures import ink_of as ink_of
from skfcn._files.pictures import is_on_light_paper as is_on_light_paper
from skfcn._files.pictures import read_grey as read_grey
from skfcn._files.tables import Table as Table
from skfcn._files.tables import pandas as pandas
from skfcn._files.tables import read_table as read_table
