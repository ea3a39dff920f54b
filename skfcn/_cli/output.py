"""What the commands write: results go to stdout, all else to stderr, and files are whole."""

import errno
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skfcn._files import atomic_path


def note(text: str, quiet: bool = False) -> None:
    """Tell the user something that is no result, unless they asked for quiet."""
    if sys.stderr is not None and not quiet:  # None where it was closed
        print(text, file=sys.stderr, flush=True)


def note_files(quiet: bool, *paths: Path | None) -> None:
    """Tell the user which files were written."""
    note("wrote " + ", ".join(str(path) for path in paths if path is not None), quiet)


def some(names: Any, most: int = 10) -> str:
    """Return the first of several names."""
    return ", ".join(map(str, names[:most])) + (", ..." if len(names) > most else "")


def as_count(number: int, what: str, more: str = "") -> list[str]:
    """Return "2 rows", and what follows, in a list; none of 0."""
    return [f"{number:,} {what}{'s' * (number != 1)} {more}".strip()] if number else []


def as_decimal(number: float, digits: int) -> str:
    """Return a number to so many digits without an exponent, which ``sort -n`` would not know."""
    if not math.isfinite(number) or number == 0:
        return str(number)
    before = math.floor(math.log10(abs(number))) + 1
    return f"{number:.{max(0, digits - before)}f}"


def as_columns(rows: Sequence[Sequence[Any]], sides: str) -> str:
    """Return rows of cells as text; `sides` has < or > for each column, to the left or right."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    form = "  ".join(f"{{:{side}{width}}}" for side, width in zip(sides, widths, strict=True))
    return "\n".join(form.format(*map(str, row)).rstrip() for row in rows)


def as_json(document: Any) -> str:
    """Return a document as strict JSON, in which a number that is not finite is null."""
    arrays = (np.ndarray, np.generic)
    text = json.dumps(document, default=lambda x: x.tolist() if isinstance(x, arrays) else str(x))
    return json.dumps(json.loads(text, parse_constant=lambda constant: None), indent=2)


def finish() -> None:
    """Write what stdout still holds; if nobody reads it or the disk is full, raise OSError."""
    try:
        if sys.stdout is not None:  # None where it was closed
            sys.stdout.flush()
    except OSError:  # Python would try again at its end, and complain as no user can read
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def check_outputs(*paths: Path | None, figure: Path | None = None) -> None:
    """Raise OSError or ValueError, before any work is done, if a file could not be written."""
    for path in filter(None, [*paths, figure]):
        path.parent.stat()  # a folder that is not there is an OSError
        if path.is_dir() or not os.access(path.parent, os.W_OK):
            number = errno.EISDIR if path.is_dir() else errno.EACCES
            raise OSError(number, os.strerror(number), str(path))
    if figure is not None:
        from matplotlib.backend_bases import FigureCanvasBase

        endings = [f".{ending}" for ending in sorted(FigureCanvasBase.get_supported_filetypes())]
        if figure.suffix.lower() not in endings:
            raise ValueError(f"{figure}: expected a name that ends in one of {some(endings, 99)}")


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure, which does not come through pyplot: that may look for a screen."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def write_figure(figure: Any, path: Path) -> None:
    """Write a figure, in the format that the name of the file says."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=150)


def write_report(report: object, path: Path) -> None:
    """Write a document as JSON."""
    with atomic_path(path) as temporary:
        temporary.write_text(as_json(report) + "\n", encoding="utf-8")
