"""Files: written atomically, and read without being believed; it may import no other folder."""

from skfcn._files.atomic import StrPath as StrPath
from skfcn._files.atomic import atomic_path as atomic_path
from skfcn._files.atomic import content_errors as content_errors
from skfcn._files.atomic import read_maybe_gzip as read_maybe_gzip
from skfcn._files.atomic import too_large as too_large
from skfcn._files.atomic import unpacked_limit as unpacked_limit
from skfcn._files.mat import read_mat as read_mat
