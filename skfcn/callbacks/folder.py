"""The folder in which the checkpoints of one fit are kept."""

import json
import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO, Any, Self
from warnings import warn

import joblib
import numpy
import scipy
import sklearn

from skfcn import __version__
from skfcn._files import atomic_path
from skfcn.callbacks.fingerprint import Trait, name_of

_DESCRIPTION, _LOCK, _PATTERN = "fit.json", "lock", "epoch_*.joblib"


class FitFolder:
    """Keeps the checkpoints of one fit, and other fits away by a file that it has locked."""

    def __init__(self, path: Path, lock: IO[bytes]) -> None:
        self.path, self._lock = path, lock

    @classmethod
    def new(cls, parent: Path, traits: dict[str, Trait]) -> Self:
        """Make a folder for a fit that begins."""
        parent.mkdir(parents=True, exist_ok=True)
        path, lock = next(filter(None, map(_made, _numbered(parent / name_of(traits)))))
        versions = {module.__name__: module.__version__ for module in (numpy, scipy, sklearn)}
        description = {"traits": traits, "versions": {"skfcn": __version__, **versions}}
        try:
            with atomic_path(path / _DESCRIPTION) as temporary:
                temporary.write_text(json.dumps(description, indent=1))
        except OSError:  # on a full disk the next attempt would make another folder
            lock.close()
            shutil.rmtree(path, ignore_errors=True)
            raise
        return cls(path, lock)

    @classmethod
    def existing(cls, parent: Path, traits: dict[str, Trait]) -> Iterator[Self]:
        """Yield the folders of this very fit that no running fit has, the newest first."""
        paths = []
        for path in _numbered(parent / name_of(traits)):
            if not path.is_dir():
                break
            paths.append(path)
        for path in sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True):
            lock = _locked(path / _LOCK)
            if lock is not None:
                for remains in path.glob(".*"):  # of a process that was killed while writing
                    shutil.rmtree(remains, ignore_errors=True)
                yield cls(path, lock)

    def files(self) -> list[Path]:
        """Return the checkpoints, the oldest first."""
        return sorted(self.path.glob(_PATTERN))

    def save(self, estimator: Any, n_epochs: int, n_rows: int, keep: int | None) -> None:
        """Save a snapshot of so many epochs and rows; remove all but the newest files."""
        name = f"epoch_{n_epochs:06d}_row_{n_rows:09d}.joblib"
        with atomic_path(self.path / name) as temporary:
            joblib.dump(estimator, temporary)
        for path in [] if keep is None else self.files()[:-keep]:
            path.unlink(missing_ok=True)

    def load(self) -> Any:
        """Return the newest snapshot that can be read, or None."""
        for path in reversed(self.files()):
            try:
                return joblib.load(path)
            except Exception as error:  # a damaged file raises almost anything
                versions = read_description(self.path)["versions"]
                writer = ", ".join(f"{name} {version}" for name, version in versions.items())
                warn(
                    f"{path} cannot be read ({type(error).__name__}: {error}); it was written "
                    f"with {writer}. Going on from the one before it, if any.",
                    stacklevel=2,
                )
        return None

    def close(self) -> None:
        """Let others have the folder."""
        self._lock.close()


def newest_description(parent: Path) -> tuple[Path, dict[str, Trait]] | None:
    """Return the folder of the fit that was begun last, whichever it is, and its traits."""
    paths = sorted(parent.glob(f"*/{_DESCRIPTION}"), key=lambda path: path.stat().st_mtime)
    if not paths:
        return None
    traits = read_description(paths[-1].parent)["traits"]
    return paths[-1].parent, {name: Trait(*trait) for name, trait in traits.items()}


def read_description(folder: Path) -> dict[str, Any]:
    """Return traits and versions, as `FitFolder.new` has written them."""
    description: dict[str, Any] = json.loads((folder / _DESCRIPTION).read_text())
    return description


def _numbered(path: Path) -> Iterator[Path]:
    """Yield name, name-2, name-3 and so on."""
    yield path
    for n in count(2):
        yield path.with_name(f"{path.name}-{n}")


def _made(path: Path) -> tuple[Path, IO[bytes]] | None:
    """Make a folder and lock it; None if it is there already, or locked at once by another."""
    try:
        path.mkdir()
    except FileExistsError:
        return None
    lock = _locked(path / _LOCK)
    return None if lock is None else (path, lock)


def _locked(path: Path) -> IO[bytes] | None:
    """Open a file that no other process or fit has open in this way, or return None.

    The operating system lets go of it when the process ends, however it ends.
    """
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        file.close()
        return None
    return file
