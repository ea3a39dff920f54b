"""Files: written atomically, and read without being believed; it may import no other folder."""

from skfcn._files.atomic import (
    StrPath,
    atomic_path,
    content_errors,
    read_maybe_gzip,
    too_large,
    unpacked_limit,
)
from skfcn._files.mat import read_mat

__all__ = [
    "StrPath",
    "atomic_path",
    "content_errors",
    "read_mat",
    "read_maybe_gzip",
    "too_large",
    "unpacked_limit",
]
