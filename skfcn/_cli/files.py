"""Files that the commands write."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from skfcn._cli.output import as_json
from skfcn._files import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_outputs(*paths: Path | None) -> None:
    """Raise OSError, before any work is done, if a file could not be written."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory", str(path))
        folder = path.parent
        folder.stat()
        if not folder.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(folder))
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied", str(folder))


def check_figure(path: Path | None) -> None:
    """Raise ValueError, before any work is done, if a figure could not be written as `path`."""
    if path is None:
        return
    from matplotlib.backend_bases import FigureCanvasBase

    suffixes = [f".{name}" for name in sorted(FigureCanvasBase.get_supported_filetypes())]
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"{path}: expected a name that ends in one of {', '.join(suffixes)}")


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty figure, which does not come through pyplot: that may look for a screen."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def write_figure(figure: "Figure", path: Path) -> None:
    """Write a figure, in the format that the name of the file says."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=150)


def write_report(report: object, path: Path) -> None:
    """Write a document as JSON."""
    with atomic_path(path) as temporary:
        temporary.write_text(as_json(report) + "\n", encoding="utf-8")
