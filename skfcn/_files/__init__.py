"""Files: written atomically, and read without being believed; it may import no other folder."""

from skfcn._files.atomic import (
    StrPath,
    atomic_path,
    content_errors,
    read_maybe_gzip,
    unpacked_limit,
)
from skfcn._files.mat import read_mat
from skfcn._files.npz import read_npz
from skfcn._files.para import read_arrays

__all__ = [
    "StrPath",
    "atomic_path",
    "content_errors",
    "read_arrays",
    "read_mat",
    "read_maybe_gzip",
    "read_npz",
    "unpacked_limit",
]
