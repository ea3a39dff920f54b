"""MNIST, and data sets in its format, from the files in which they come."""

import errno
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch, check_random_state

from skfcn._files import StrPath, content_errors, read_mat, read_maybe_gzip

RandomState = int | np.random.RandomState | None

_GZ = ("", ".gz")
_SUBSETS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}
_IDX_STEMS = {"train": ("train",), "test": ("t10k", "test")}


def load_mnist_mat(
    path: StrPath,
    *,
    subset: str = "train",
    shuffle: bool = False,
    random_state: RandomState = None,
    return_X_y: bool = False,
) -> Any:
    """Load MNIST from ``mnist_all.mat``, a MATLAB file with one array per digit.

    Parameters
    ----------
    path : str or path-like
        The file. It holds train0 to train9 and test0 to test9, each of shape (n, 784). It may be
        compressed, and may unpack to 100 times its size, or to 16 MiB if that is more.
    subset : {"train", "test", "all"}, default="train"
        Which rows to load; "all" has the training rows first.
    shuffle : bool, default=False
        Whether to shuffle the rows, which are sorted by digit in the file.
    random_state : int, RandomState instance or None, default=None
        Determines the order when `shuffle` is true.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        With ``data``, the pixels as uint8 of shape (n_samples, 784); ``images``, a view of them
        of shape (n_samples, 28, 28); ``target``, the digits as int64; ``feature_names``,
        ``target_names`` and ``DESCR``.
    (data, target) : tuple
        If `return_X_y` is true.

    Raises
    ------
    ValueError
        If the file is not such a file, or if it unpacks to more.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.io import savemat
    >>> from skfcn.datasets import load_mnist_mat
    >>> digits = {f"test{i}": np.zeros((2, 784), dtype=np.uint8) for i in range(10)}
    >>> savemat("mnist_all.mat", digits)
    >>> mnist = load_mnist_mat("mnist_all.mat", subset="test")
    >>> mnist.data.shape, mnist.images.shape
    ((20, 784), (20, 28, 28))
    """
    keys = [(f"{part}{digit}", digit) for part in _parts(subset) for digit in range(10)]
    content = Path(path).read_bytes()
    with content_errors(path, "a MATLAB file of version 5, 6 or 7"):
        arrays = read_mat(content, [key for key, _ in keys])
    blocks = [_mat_pixels(path, key, arrays.get(key)) for key, _ in keys]
    images = np.concatenate(blocks).reshape(-1, 28, 28)
    target = np.repeat([digit for _, digit in keys], [len(block) for block in blocks])
    return _images_dataset(path, images, target, shuffle, random_state, return_X_y)


def load_mnist_idx(
    folder: StrPath,
    *,
    subset: str = "train",
    shuffle: bool = False,
    random_state: RandomState = None,
    return_X_y: bool = False,
) -> Any:
    """Load MNIST, or a data set in the same format, from its four IDX files.

    Fashion-MNIST, EMNIST and others come in this format; images may have any size.

    Parameters
    ----------
    folder : str or path-like
        Has the files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each plain or with the
        suffix ``.gz``. Names with ``.idx`` instead of ``-idx``, and EMNIST's, such as
        ``emnist-letters-test-images-idx3-ubyte``, are found as well; EMNIST's images lie on their
        side. A ``.gz`` may unpack to 100 times its size, or to 16 MiB if that is more.
    subset, shuffle, random_state, return_X_y
        Those of `load_mnist_mat`.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`, or (data, target) if `return_X_y` is true
        That of `load_mnist_mat`, with images of any height and width.

    Raises
    ------
    ValueError
        If a file is no such file, if it unpacks to more, or if they do not belong together.

    Examples
    --------
    >>> from pathlib import Path
    >>> from skfcn.datasets import load_mnist_idx
    >>> images = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]) + b"abcdef"
    >>> labels = bytes([0, 0, 8, 1, 0, 0, 0, 2]) + bytes([4, 7])
    >>> _ = Path("train-images-idx3-ubyte").write_bytes(images)
    >>> _ = Path("train-labels-idx1-ubyte").write_bytes(labels)
    >>> load_mnist_idx(".", return_X_y=True)
    (array([[ 97,  98,  99],
           [100, 101, 102]], dtype=uint8), array([4, 7]))
    """
    images, labels = [], []
    for part in _parts(subset):
        images_path = _find_idx(Path(folder), part, "images", "idx3-ubyte")
        labels_path = _find_idx(Path(folder), part, "labels", "idx1-ubyte")
        images.append(_read_idx(images_path, n_dims=3))
        labels.append(_read_idx(labels_path, n_dims=1))
        if len(images[-1]) != len(labels[-1]):
            raise ValueError(
                f"{labels_path}: {len(labels[-1])} labels for the {len(images[-1])} images "
                f"of {images_path}"
            )
    if images[0].shape[1:] != images[-1].shape[1:]:
        raise ValueError(
            f"{folder}: images of {images[0].shape[1:]} pixels for training, "
            f"but of {images[-1].shape[1:]} for testing"
        )
    data = np.concatenate(images), np.concatenate(labels)
    return _images_dataset(folder, *data, shuffle, random_state, return_X_y)


def _parts(subset: str) -> tuple[str, ...]:
    if subset not in _SUBSETS:
        raise ValueError(f"subset must be 'train', 'test' or 'all', got {subset!r}")
    return _SUBSETS[subset]


def _images_dataset(
    source: StrPath,
    images: NDArray[np.uint8],
    target: NDArray[Any],
    shuffle: bool,
    random_state: RandomState,
    return_X_y: bool,
) -> Any:
    target = target.astype(np.int64)
    if shuffle:
        order = np.arange(len(images))
        check_random_state(random_state).shuffle(order)
        images, target = images[order], target[order]
    n_samples, height, width = images.shape
    data = images.reshape(n_samples, height * width)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        feature_names=[f"pixel_{i}_{j}" for i in range(height) for j in range(width)],
        target_names=np.unique(target),
        images=images,
        DESCR=f"{n_samples} images of {height} x {width} pixels, from {source}",
    )


def _mat_pixels(path: StrPath, key: str, array: NDArray[Any] | None) -> NDArray[np.uint8]:
    expected = f"expected {key} to be an array of shape (n, 784) of integers from 0 to 255"
    if array is None:
        raise ValueError(f"{path}: {expected}; there is none")
    if array.ndim != 2 or array.shape[1] != 784 or len(array) == 0:
        raise ValueError(f"{path}: {expected}, got the shape {array.shape}")
    if array.dtype != np.uint8 and not np.all(
        (array >= 0) & (array <= 255) & (array == np.floor(array))
    ):
        raise ValueError(f"{path}: {expected}, got other values")
    return array.astype(np.uint8, copy=False)


def _find_idx(folder: Path, part: str, what: str, kind: str) -> Path:
    stems = [f"{stem}-{what}" for stem in _IDX_STEMS[part]]
    names = [f"{stem}{dot}{kind}" for stem in stems for dot in "-."]
    for name in (f"{prefix}{name}{gz}" for prefix in ("", "*-") for name in names for gz in _GZ):
        paths = sorted(folder.glob(name))
        if len(paths) > 1:
            found = ", ".join(path.name for path in paths[:5])
            raise ValueError(f"{folder}: holds several data sets ({found}); give each a folder")
        if paths:
            return paths[0]
    path = folder / names[0]
    raise FileNotFoundError(errno.ENOENT, "No such file, with or without .gz", str(path))


def _read_idx(path: Path, n_dims: int) -> NDArray[np.uint8]:
    content, start = read_maybe_gzip(path), 4 + 4 * n_dims
    magic = bytes([0, 0, 8, n_dims])  # 8 is the type, unsigned bytes
    _check_length(path, content, start)
    if content[:4] != magic:
        raise ValueError(
            f"{path}: begins with {content[:4].hex(' ')}; an IDX file of unsigned bytes in "
            f"{n_dims} dimensions begins with {magic.hex(' ')}"
        )
    shape = struct.unpack_from(f">{n_dims}I", content, offset=4)
    if 0 in shape:
        raise ValueError(f"{path}: is empty, its shape is {shape}")
    end = start + math.prod(shape)
    _check_length(path, content, end)
    if len(content) > end:
        raise ValueError(f"{path}: goes on after the {end - start} values of shape {shape}")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _check_length(path: Path, content: bytes | bytearray, n_bytes: int) -> None:
    if len(content) < n_bytes:
        raise ValueError(f"{path}: ends where {n_bytes - len(content)} bytes should follow")
