"""Files that the commands read and write."""

import os
from pathlib import Path

import joblib
from sklearn.pipeline import Pipeline

from skfcn.classifier import FCNClassifier


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


def load_model(path: Path) -> Pipeline:
    """Load what ``skfcn train`` saved.

    The file must be trusted: it is a pickle, and to load it is to run whatever it says. What is
    checked here is that a file is what it was meant to be, not that it means well.

    Raises
    ------
    ValueError
        If the file holds anything else.
    OSError
        If it cannot be read.
    """
    path.open("rb").close()
    try:
        model = joblib.load(path)
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(f"{path}: not a model that skfcn saved ({error})") from error
    if not (isinstance(model, Pipeline) and isinstance(model[-1], FCNClassifier)):
        raise ValueError(f"{path}: not a model that skfcn saved, but a {type(model).__name__}")
    return model
