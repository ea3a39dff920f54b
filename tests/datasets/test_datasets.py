"""The readers of data sets: on real files, on small ones, and on broken ones."""

import gzip
import re
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat
from scipy.sparse import csr_array

from skfcn.datasets import load_mnist_idx, load_mnist_mat

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


def survives(read: Callable[[], Any], name: str) -> bool:
    """Whether `read` accepts its file; if it does not, it must name it in a ValueError."""
    try:
        read()
    except ValueError as error:
        message = str(error)
    else:
        return True
    assert name in message
    return False


# --- mnist_all.mat ---------------------------------------------------------------------------


def mat_variables() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        f"{part}{digit}": rng.integers(0, 256, (1 + digit % 2, 784), dtype=np.uint8)
        for part in ("train", "test")
        for digit in range(10)
    }


def write_mat(path: Path, **changes: Any) -> Path:
    variables = {k: v for k, v in (mat_variables() | changes).items() if v is not None}
    savemat(path, variables)
    return path


@pytest.mark.slow
def test_real_mat_train(mnist_mat: Path) -> None:
    mnist = load_mnist_mat(mnist_mat)
    assert mnist.data.shape == (60_000, 784)
    assert mnist.data.dtype == np.uint8
    assert mnist.data.max() == 255
    assert mnist.target.dtype == np.int64
    assert np.bincount(mnist.target).tolist() == TRAIN_COUNTS
    assert np.all(np.diff(mnist.target) >= 0)
    assert mnist.images.shape == (60_000, 28, 28)
    assert np.shares_memory(mnist.images, mnist.data)
    assert mnist.target_names.tolist() == list(range(10))
    assert len(mnist.feature_names) == len(set(mnist.feature_names)) == 784
    assert "60000" in mnist.DESCR
    # A one is upright: ink in many rows and few columns.
    one = mnist.images[mnist.target == 1].mean(axis=0)
    assert np.std(np.nonzero(one > 60)[0]) > 2 * np.std(np.nonzero(one > 60)[1])


@pytest.mark.slow
def test_real_mat_all_is_train_then_test(mnist_mat: Path) -> None:
    data, target = load_mnist_mat(mnist_mat, subset="all", return_X_y=True)
    variables = loadmat(mnist_mat)
    keys = [f"{part}{digit}" for part in ("train", "test") for digit in range(10)]
    np.testing.assert_array_equal(data, np.vstack([variables[key] for key in keys]))
    assert np.bincount(target[:60_000]).tolist() == TRAIN_COUNTS
    test_data, test_target = load_mnist_mat(mnist_mat, subset="test", return_X_y=True)
    assert test_data.shape == (10_000, 784)
    np.testing.assert_array_equal(data[60_000:], test_data)
    np.testing.assert_array_equal(target[60_000:], test_target)


def test_mat_rows_and_labels(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "small.mat")
    data, target = load_mnist_mat(path, subset="test", return_X_y=True)
    expected = mat_variables()
    np.testing.assert_array_equal(data, np.vstack([expected[f"test{i}"] for i in range(10)]))
    assert target.tolist() == [0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9]
    assert data.flags.writeable


def test_mat_shuffle_is_that_of_scikit_learn(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "small.mat")
    data, target = load_mnist_mat(path, return_X_y=True)
    order = np.arange(len(data))
    np.random.RandomState(3).shuffle(order)
    shuffled = load_mnist_mat(path, shuffle=True, random_state=3)
    np.testing.assert_array_equal(shuffled.data, data[order])
    np.testing.assert_array_equal(shuffled.target, target[order])
    np.testing.assert_array_equal(shuffled.images.reshape(len(data), -1), data[order])
    assert np.shares_memory(shuffled.images, shuffled.data)
    assert target.tolist() != shuffled.target.tolist()


def test_mat_reads_only_what_the_subset_needs(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "train.mat", test3=None, test4=np.zeros((1, 3)))
    assert len(load_mnist_mat(path).data) == 15
    with pytest.raises(ValueError, match=r"train\.mat: expected test3 .* there is none"):
        load_mnist_mat(path, subset="all")


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, np.uint64, ">i4"])
def test_mat_integer_values_of_other_types(tmp_path: Path, dtype: Any) -> None:
    pixels = np.arange(784, dtype=dtype).reshape(1, 784) % 256
    data, _ = load_mnist_mat(write_mat(tmp_path / "m.mat", train0=pixels), return_X_y=True)
    assert data.dtype == np.uint8
    np.testing.assert_array_equal(data[0], np.arange(784) % 256)


@pytest.mark.parametrize(
    "value",
    [
        np.zeros((2, 783), np.uint8),
        np.zeros((0, 784), np.uint8),
        np.zeros((2, 28, 28), np.uint8),
        np.full((1, 784), 0.5),
        np.full((1, 784), 256),
        np.full((1, 784), -1),
        np.full((1, 784), np.nan),
        np.full((1, 784), np.inf),
        np.full((1, 784), 1j),
        np.full((1, 784), "cell", dtype=object),
        csr_array(np.ones((1, 784))),
        "text",
        {"field": np.zeros((1, 784))},
    ],
)
def test_mat_malformed_variable(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "m.mat"
    write_mat(path, train4=value)
    with pytest.raises(ValueError, match=re.escape(str(path)) + ".*train4 "):
        load_mnist_mat(path)


def test_mat_duplicate_variable(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "m.mat")
    content = path.read_bytes()
    path.write_bytes(content + content[128:])
    with pytest.raises(ValueError, match=r"m\.mat: cannot be read as .* train0 is there twice"):
        load_mnist_mat(path, subset="all")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no matrix",
        b"x" * 4000,
        bytes(200),
        b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(1000),
        gzip.compress(bytes(1000)),
    ],
    ids=["empty", "short", "text", "zeros", "HDF5", "gzip"],
)
def test_mat_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.mat"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(str(path))):
        load_mnist_mat(path)


def test_mat_unknown_types(tmp_path: Path) -> None:
    """A type code that does not exist: SciPy's reader takes it for an index and crashes."""
    path = write_mat(tmp_path / "m.mat")
    content = bytearray(path.read_bytes())
    assert content[184:188] == b"\x02\0\0\0"
    for code in (0, 8, 10, 11, 14, 15, 20, 255, 256, 2**15, 2**16 + 2, 2**31):
        content[184:188] = code.to_bytes(4, "little")
        path.write_bytes(content)
        assert not survives(lambda: load_mnist_mat(path), str(path)), code


def mat_element(order: str, kind: int, content: bytes) -> bytes:
    return struct.pack(order + "II", kind, len(content)) + content + bytes(-len(content) % 8)


@pytest.mark.parametrize(("order", "mark"), [("<", b"\0\1IM"), (">", b"\1\0MI")])
def test_mat_byte_orders(tmp_path: Path, order: str, mark: bytes) -> None:
    content = bytes(124) + mark
    for digit in range(10):
        pixels = np.full((1, 784), 100 + digit, dtype=order + "u2")
        parts = [(6, struct.pack(order + "II", 11, 0)), (5, struct.pack(order + "II", 1, 784))]
        parts += [(1, f"train{digit}".encode()), (4, pixels.tobytes())]
        content += mat_element(order, 14, b"".join(mat_element(order, *part) for part in parts))
    (tmp_path / "m.mat").write_bytes(content)
    data, target = load_mnist_mat(tmp_path / "m.mat", return_X_y=True)
    np.testing.assert_array_equal(data, np.repeat(100 + np.arange(10), 784).reshape(10, 784))
    assert target.tolist() == list(range(10))


@pytest.mark.parametrize("load", [load_mnist_mat])
def test_os_errors_pass(tmp_path: Path, load: Callable[[Path], Any]) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


@pytest.mark.parametrize("load", [load_mnist_mat, load_mnist_idx])
def test_unknown_subset(tmp_path: Path, load: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"subset must be 'train', 'test' or 'all', got 'valid'"):
        load(tmp_path, subset="valid")


# --- IDX files -------------------------------------------------------------------------------

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([9, 4], dtype=np.uint8)


def idx_bytes(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim])
    return header + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def write_idx(
    folder: Path,
    stem: str,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    dot: str = "-",
    gz: str = "",
) -> None:
    pack = gzip.compress if gz else bytes
    (folder / f"{stem}-images{dot}idx3-ubyte{gz}").write_bytes(pack(idx_bytes(images)))
    (folder / f"{stem}-labels{dot}idx1-ubyte{gz}").write_bytes(pack(idx_bytes(labels)))


@pytest.mark.parametrize("dot", ["-", "."])
@pytest.mark.parametrize("gz", ["", ".gz"])
def test_idx(tmp_path: Path, dot: str, gz: str) -> None:
    write_idx(tmp_path, "train", IMAGES, LABELS, dot=dot, gz=gz)
    dataset = load_mnist_idx(tmp_path)
    assert dataset.data.dtype == np.uint8
    np.testing.assert_array_equal(dataset.data, IMAGES.reshape(2, 12))
    np.testing.assert_array_equal(dataset.images, IMAGES)
    assert np.shares_memory(dataset.images, dataset.data)
    assert dataset.data.flags.writeable
    assert dataset.target.dtype == np.int64
    assert dataset.target.tolist() == [9, 4]
    assert dataset.target_names.tolist() == [4, 9]
    assert dataset.feature_names[:5] == [
        "pixel_0_0",
        "pixel_0_1",
        "pixel_0_2",
        "pixel_0_3",
        "pixel_1_0",
    ]
    with pytest.raises(FileNotFoundError, match="t10k-images-idx3-ubyte"):
        load_mnist_idx(tmp_path, subset="test")


def test_idx_subsets_and_shuffle(tmp_path: Path) -> None:
    write_idx(tmp_path, "train", IMAGES, LABELS)
    write_idx(tmp_path, "t10k", IMAGES[:1] + 100, LABELS[:1] + 1, gz=".gz")
    data, target = load_mnist_idx(tmp_path, subset="all", return_X_y=True)
    np.testing.assert_array_equal(data, np.vstack([IMAGES, IMAGES[:1] + 100]).reshape(3, 12))
    assert target.tolist() == [9, 4, 10]
    _, test_target = load_mnist_idx(tmp_path, subset="test", return_X_y=True)
    assert test_target.tolist() == [10]
    shuffled = load_mnist_idx(tmp_path, subset="all", shuffle=True, random_state=1)
    order = np.arange(3)
    np.random.RandomState(1).shuffle(order)
    assert shuffled.target.tolist() == target[order].tolist()
    np.testing.assert_array_equal(shuffled.data, data[order])


def test_idx_agrees_with_the_mat_file(mnist_mat: Path, tmp_path: Path) -> None:
    mnist = load_mnist_mat(mnist_mat, subset="test")
    write_idx(tmp_path, "t10k", mnist.images, mnist.target.astype(np.uint8))
    data, target = load_mnist_idx(tmp_path, subset="test", return_X_y=True)
    np.testing.assert_array_equal(data, mnist.data)
    np.testing.assert_array_equal(target, mnist.target)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends where 16 bytes should follow"),
        (idx_bytes(IMAGES)[:-1], "ends where 1 bytes should follow"),
        (idx_bytes(IMAGES) + b"x", "goes on after the 24 values"),
        (idx_bytes(LABELS) + bytes(16), "begins with 00 00 08 01; .* begins with 00 00 08 03"),
        (b"\0\0\x0d\x03" + idx_bytes(IMAGES)[4:], "begins with 00 00 0d 03"),
        (b"\0\x01" + idx_bytes(IMAGES)[2:], "begins with 00 01 08 03"),
        (idx_bytes(IMAGES[:0]), r"is empty, its shape is \(0, 3, 4\)"),
        (idx_bytes(IMAGES[:, :0]), r"is empty, its shape is \(2, 0, 4\)"),
        (b"\x1f\x8b" + bytes(40), "begins with 1f 8b 00 00"),
    ],
)
def test_idx_malformed_images(tmp_path: Path, content: bytes, reason: str) -> None:
    write_idx(tmp_path, "train", IMAGES, LABELS)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(ValueError, match=f"train-images-idx3-ubyte: {reason}"):
        load_mnist_idx(tmp_path)


def test_idx_files_that_do_not_belong_together(tmp_path: Path) -> None:
    write_idx(tmp_path, "train", IMAGES, LABELS[:1])
    with pytest.raises(ValueError, match=r"train-labels.*: 1 labels for the 2 images"):
        load_mnist_idx(tmp_path)
    write_idx(tmp_path, "train", IMAGES, LABELS)
    write_idx(tmp_path, "t10k", IMAGES.reshape(2, 4, 3), LABELS)
    with pytest.raises(ValueError, match=r"images of \(3, 4\) pixels for training, but of \(4, 3"):
        load_mnist_idx(tmp_path, subset="all")


@pytest.mark.parametrize("gz", ["", ".gz"])
def test_idx_header_takes_no_memory(tmp_path: Path, gz: str) -> None:
    write_idx(tmp_path, "train", IMAGES, LABELS, gz=gz)
    lie = idx_bytes(IMAGES)[:4] + b"\xff" * 12 + bytes(24)
    path = tmp_path / f"train-images-idx3-ubyte{gz}"
    path.write_bytes(gzip.compress(lie) if gz else lie)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="bytes should follow"):
            load_mnist_idx(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
