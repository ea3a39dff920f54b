"""Where the commands write: results go to stdout, all else to stderr."""

import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np


def note(text: str, quiet: bool = False) -> None:
    """Tell the user something that is no result, unless they asked for quiet."""
    if sys.stderr is not None and not quiet:  # None where it was closed
        print(text, file=sys.stderr, flush=True)


def note_files(quiet: bool, *paths: Path | None) -> None:
    """Tell the user which files were written."""
    note("wrote " + ", ".join(str(path) for path in paths if path is not None), quiet)


def as_json(document: Any) -> str:
    """Return a document as strict JSON, in which a number that is not finite is null."""
    return json.dumps(_plain(document), indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    """Return a value made of nothing but what JSON has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def finish(stream: TextIO | None) -> None:
    """Write what a stream still holds; if that fails, let go of it.

    Python would try again when it exits, and complain in a way that no user can read.

    Raises
    ------
    BrokenPipeError
        If nobody reads any more, such as ``head`` after its ten lines.
    OSError
        If it cannot be written, as on a full disk.
    """
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        raise


def as_decimal(number: float, digits: int) -> str:
    """Return a number to so many digits, and all before the point, without an exponent.

    ``sort -n`` and readers do not know what to make of 1.5e+05.
    """
    if not math.isfinite(number) or number == 0:
        return str(number)
    before = math.floor(math.log10(abs(number))) + 1
    return f"{number:.{max(0, digits - before)}f}"
