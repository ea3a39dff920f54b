"""Images that the commands train on: digits, MNIST's files, folders of pictures."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from skfcn._cli.data import STDIN, Rows
from skfcn._cli.output import some
from skfcn._files import fitted, ink_of, is_on_light_paper, kind_of, read_grey
from skfcn.datasets import load_mnist_idx, load_mnist_mat

DIGITS = "digits"
_MAT = b"MATLAB 5.0"
_LARGEST, _SIDE, _BOX = 64, 28, 20  # pictures that are larger, or differ, become like MNIST's


def holds_images(source: str) -> bool:
    """Tell whether a source holds images to train on, by its content; else it is a table."""
    if source in (DIGITS, STDIN):
        return source == DIGITS
    path = Path(source)
    if path.is_dir():
        return True
    with path.open("rb") as file:
        return file.read(len(_MAT)) == _MAT


def load_images(source: str) -> Rows:
    """Load digits, a .mat file or a folder; raise ValueError or OSError if it holds no images."""
    if source == DIGITS:
        bunch = load_digits()
        return Rows(bunch.data.astype(np.uint8), bunch.target, white=16.0, shape=(8, 8))
    path = Path(source)
    if path.is_dir():
        folders = _folders_of_classes(path)
        return _load_pictures(path, folders) if folders else _load_idx(path)
    X, y = load_mnist_mat(path, subset="train", return_X_y=True)
    X_test, y_test = load_mnist_mat(path, subset="test", return_X_y=True)
    return Rows(X, y, white=255.0, shape=(28, 28), X_test=X_test, y_test=y_test)


def _load_idx(path: Path) -> Rows:
    """Load a folder of IDX files; of one that has one part only, that."""
    parts: dict[str, Any] = {}
    missing: list[OSError] = []
    for subset in ("train", "test"):
        try:
            parts[subset] = load_mnist_idx(path, subset=subset)
        except FileNotFoundError as error:
            if "labels" in str(error.filename):  # of images that are there
                raise
            missing.append(error)
    if not parts:
        raise missing[0]
    said = []
    if any(path.glob("emnist-*")):  # whose images lie on their side
        said.append("EMNIST's images are turned upright")
        for part in parts.values():
            part.images = part.images.transpose(0, 2, 1)
            part.data = part.images.reshape(len(part.images), -1)
    (first, *others) = parts.values()
    shape = first.images.shape[1:]
    rows = Rows(first.data, first.target, white=255.0, shape=shape, said=said)
    if not others:
        return rows._replace(said=[*said, f"only the part to {next(iter(parts))} with is there"])
    if others[0].images.shape[1:] != shape:
        raise ValueError(
            f"{path}: images of {shape} pixels for training, but of "
            f"{others[0].images.shape[1:]} for testing"
        )
    return rows._replace(X_test=others[0].data, y_test=others[0].target)


# ---- pictures, a folder for each class


def _folders_of_classes(path: Path) -> list[tuple[Path, ...]]:
    """Return the folders of pictures: those of one part, or those to train and to test with."""
    inner = {folder.name.lower(): folder for folder in _folders(path)}
    train = next((inner[name] for name in ("train", "training") if name in inner), None)
    test = next((inner[name] for name in ("test", "testing", "val") if name in inner), None)
    found = []
    for part in (train, test) if train else (path,):
        folders = [each for each in _folders(part) if _pictures(each)] if part else []
        if folders:
            found.append(tuple(folders))
    return found


def _folders(path: Path) -> list[Path]:
    return sorted(each for each in path.iterdir() if each.is_dir() and each.name[0] not in "._")


def _pictures(path: Path) -> list[Path]:
    found = []
    for each in sorted(path.iterdir()):
        if each.is_file() and not each.name.startswith("."):
            with each.open("rb") as file:
                if kind_of(file.read(32)) == "picture":
                    found.append(each)
    return found


def _load_pictures(path: Path, folders: list[tuple[Path, ...]]) -> Rows:
    names = sorted({folder.name for part in folders for folder in part})
    if len(names) < 2:
        raise ValueError(
            f"{path}: has pictures of one class, {names[0]}; there must be two or more"
        )
    parts, labels = [], []
    for part in folders:
        files = [(file, folder.name) for folder in part for file in _pictures(folder)]
        parts.append([read_grey(file.read_bytes(), str(file)) for file, _ in files])
        labels.append(np.array([label for _, label in files]))
    if all(name.isdecimal() for name in names):
        labels = [each.astype(int) for each in labels]
    every = [grey for part in parts for grey in part]
    said = [f"pictures of {len(names)} classes, by folder: {some(names)}"]
    is_dark = sum(map(is_on_light_paper, every)) > len(every) / 2
    if is_dark:
        said.append("dark ink on light paper")
    (shape, _), *others = Counter(grey.shape for grey in every).most_common()
    is_alike = not others and max(shape) <= _LARGEST
    if not is_alike:
        shape = (_SIDE, _SIDE)
        said.append(f"centred and scaled to {_SIDE} x {_SIDE} pixels")
    arrays = [
        np.array(
            [
                ink_of(grey, is_dark) if is_alike else fitted(ink_of(grey), shape, _BOX)
                for grey in part
            ]
        )
        for part in parts
    ]
    pixels = [np.rint(255 * array).astype(np.uint8).reshape(len(array), -1) for array in arrays]
    rows = Rows(pixels[0], labels[0], white=255.0, shape=shape, said=said)
    return rows if len(parts) == 1 else rows._replace(X_test=pixels[1], y_test=labels[1])
