"""Every reader on damaged files: truncated everywhere, each bit flipped, cut and pasted at random.

Whatever is done to a file, reading it gives a result or a ValueError that names the file, in
bounded time and memory, and runs nothing. ``SKFCN_FUZZ=long`` tries more:
see docs/reliability.md.
"""

import gzip
import io
import math
import os
import pickle
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from skfcn.datasets import load_mnist_idx, load_mnist_mat
from skfcn.persistence import load_para, load_weights

pytestmark = pytest.mark.slow

IS_LONG = os.environ.get("SKFCN_FUZZ") == "long"
MAX_SECONDS = 1  # of the processor, for a file of a few hundred bytes; most take a thousandth
MAX_BYTES = 2**23

# --- Small valid files ---------------------------------------------------------------------------


class Format(NamedTuple):
    """A valid file: its name, its bytes, and what reads it."""

    name: str
    content: bytes
    load: Callable[[Path], Any]
    has_checksum: bool = False
    beside: tuple[str, bytes] | None = None  # another file that it needs
    step: int = 1  # the short run flips one bit of so many


def npz(save: Callable[..., None]) -> bytes:
    file = io.BytesIO()
    save(file, coef_0=np.ones((2, 1)), intercept_0=np.ones(1))
    return file.getvalue()


def para(protocol: int) -> bytes:
    return pickle.dumps({"W1": np.ones((1, 2)), "B1": np.ones((1, 1))}, protocol)


def mat(*, compressed: bool) -> bytes:
    file = io.BytesIO()
    pixels = {f"train{digit}": np.full((1, 784), 7, np.uint8) for digit in range(10)}
    savemat(file, pixels, do_compression=compressed)
    return file.getvalue()


def load_mat(path: Path) -> Any:
    data, target = load_mnist_mat(path, return_X_y=True)
    return {"data": data, "target": target}


def idx(*shape: int) -> bytes:
    header = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
    return header + bytes(range(math.prod(shape)))


def load_idx(path: Path) -> Any:
    return load_mnist_idx(path.parent)


IMAGES = ("train-images-idx3-ubyte", idx(2, 3, 4))
LABELS = ("train-labels-idx1-ubyte", idx(2))


def gzipped(file: tuple[str, bytes]) -> tuple[str, bytes]:
    return f"{file[0]}.gz", gzip.compress(file[1])


FORMATS = {
    "npz": Format("w.npz", npz(np.savez), load_weights, has_checksum=True, step=3),
    "npz, compressed": Format(
        "w.npz", npz(np.savez_compressed), load_weights, has_checksum=True, step=3
    ),
    **{
        f"para, protocol {protocol}": Format("p.para", para(protocol), load_para, step=3)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "mat": Format("m.mat", mat(compressed=False), load_mat, step=97),
    "mat, compressed": Format("m.mat", mat(compressed=True), load_mat, has_checksum=True, step=11),
    "idx images": Format(*IMAGES, load_idx, beside=LABELS),
    "idx labels": Format(*LABELS, load_idx, beside=IMAGES),
    "idx images, gzip": Format(*gzipped(IMAGES), load_idx, has_checksum=True, beside=LABELS),
    "idx labels, gzip": Format(*gzipped(LABELS), load_idx, has_checksum=True, beside=IMAGES),
}

all_formats = pytest.mark.parametrize("name", FORMATS)

# --- What is asked of a reader -------------------------------------------------------------------

# What the interpreter tells its audit hooks when code is run or anything but a file is touched.
FORBIDDEN = ("exec", "import", "pickle.", "marshal.", "os.", "subprocess.", "socket.", "ctypes.")

_events: list[str] | None = None  # those of the reading that is going on
TOTAL: Counter[str] = Counter()


def _audit(event: str, arguments: tuple) -> None:
    if _events is not None and (
        event.startswith(FORBIDDEN) or (event == "open" and arguments[1] not in ("r", "rb"))
    ):
        _events.append(event)


@pytest.fixture(scope="module", autouse=True)
def instruments() -> Iterator[None]:
    for codec in ("ascii", "latin-1", "utf-8", "raw-unicode-escape"):  # those of old pickles
        "".encode(codec)  # Python imports each when it is first needed
    sys.addaudithook(_audit)  # for good; it does nothing between readings
    tracemalloc.start()
    yield
    tracemalloc.stop()
    print(f"\n{TOTAL.total()} damaged files: {dict(TOTAL)}")  # pytest -s shows it


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is such a thing: a hundred thousand files are written."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def arrays(result: Any) -> list[np.ndarray]:
    """All that a reader returns, in one list."""
    if isinstance(result, dict):
        return [result[key] for key in ("data", "target") if key in result]
    return [array for arrays in result for array in arrays]


class Reader:
    """Reads damaged versions of a file, and checks what must hold whatever the damage."""

    def __init__(self, name: str, folder: Path) -> None:
        self.format = FORMATS[name]
        self.path = folder / self.format.name
        if self.format.beside is not None:
            (folder / self.format.beside[0]).write_bytes(self.format.beside[1])
        self.path.write_bytes(self.format.content)
        # This also imports what is imported when it is needed first.
        self.original = arrays(self.format.load(self.path))

    def read(self, content: bytes) -> list[np.ndarray] | None:
        """Return what the reader makes of a file, or None if it is refused as it should be."""
        global _events
        self.path.write_bytes(content)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        start = time.process_time()
        _events = events = []
        try:
            result, message = arrays(self.format.load(self.path)), None
        except ValueError as error:  # any other fails the test
            result, message = None, str(error)
        finally:
            _events = None
        seconds = time.process_time() - start
        _, peak = tracemalloc.get_traced_memory()
        assert events == []
        assert seconds < MAX_SECONDS
        assert peak - before < MAX_BYTES
        if message is None:
            TOTAL["read"] += 1
        else:
            TOTAL["refused"] += 1
            assert str(self.path) in message
            assert len(message) < 1000
        return result

    def check(self, content: bytes) -> bool:
        """Whether damage to the original is accepted, which must not change what it protects."""
        result = self.read(content)
        if result is not None:
            assert [a.shape for a in result] == [a.shape for a in self.original]
        if result is not None and self.format.has_checksum:
            assert repr([a.tolist() for a in result]) == repr([a.tolist() for a in self.original])
        return result is not None


@all_formats
def test_truncated_at_every_length(name: str, folder: Path) -> None:
    reader = Reader(name, folder)
    content = reader.format.content
    step = 1 if IS_LONG or len(content) < 1000 else reader.format.step
    accepted = [n for n in range(0, len(content), step) if reader.check(content[:n])]
    assert accepted == []


@all_formats
def test_every_bit_flipped(name: str, folder: Path) -> None:
    reader = Reader(name, folder)
    outcomes = set()
    for bit in range(0, 8 * len(reader.format.content), 1 if IS_LONG else reader.format.step):
        damaged = bytearray(reader.format.content)
        damaged[bit // 8] ^= 1 << bit % 8
        outcomes.add(reader.check(bytes(damaged)))
    assert outcomes == {True, False}  # some bits say nothing, or are one pixel or digit


@all_formats
def test_every_byte_replaced(name: str, folder: Path) -> None:
    """By the least and the greatest, which sizes and offsets are most sensitive to."""
    reader = Reader(name, folder)
    content = reader.format.content
    step = max(1, len(content) // (1000 if IS_LONG else 10))
    for position in range(0, len(content), step):
        for length in (1, 2, 4, 8):
            for byte in (b"\0", b"\x7f", b"\x80", b"\xff"):
                filled = byte * length
                reader.read(content[:position] + filled + content[position + length :])


@all_formats
def test_files_of_other_formats(name: str, folder: Path) -> None:
    reader = Reader(name, folder)
    for other_name, other in FORMATS.items():
        kinds = [n.split(",")[0] for n in (name, other_name)]
        is_own = kinds[0] == kinds[1] and Path(other.name).suffix == reader.path.suffix
        is_accepted = reader.read(other.content) is not None
        assert is_accepted == is_own
    assert reader.read(b"") is None
    for byte in (b"\0", b"\n", b"\xff"):
        assert reader.read(byte * 100_000) is None


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["replace", "insert", "delete", "copy", "swap"]),
        st.floats(0, 1),
        st.floats(0, 1),
        st.one_of(
            st.binary(min_size=1, max_size=8),
            st.integers(0, 2**32 - 1).map(lambda n: n.to_bytes(4, "little")),
            st.integers(0, 2**32 - 1).map(lambda n: n.to_bytes(4, "big")),
            st.integers(0, 2**20).map(lambda n: str(n).encode()),
        ),
    ),
    min_size=1,
    max_size=6,
)


def edited(content: bytes, edits: list[tuple[str, float, float, bytes]]) -> bytes:
    """Cut and paste within a file."""
    for kind, place, other, new in edits:
        i, j = round(place * len(content)), round(other * len(content))
        n = len(new)
        match kind:
            case "replace":
                content = content[:i] + new + content[i + n :]
            case "insert":
                content = content[:i] + new + content[i:]
            case "delete":
                content = content[:i] + content[i + n :]
            case "copy":
                content = content[:i] + content[j : j + 8 * n] + content[i:]
            case "swap":
                content = content[: min(i, j)] + content[max(i, j) :] + content[min(i, j) :]
    return content


@all_formats
def test_cut_and_pasted(name: str, folder: Path) -> None:
    reader = Reader(name, folder)

    @settings(max_examples=5000 if IS_LONG else 50, deadline=None, database=None)
    @given(EDITS)
    def check(edits: list[tuple[str, float, float, bytes]]) -> None:
        reader.read(edited(reader.format.content, edits))

    check()


def test_the_instruments_would_notice(folder: Path) -> None:
    """A reader that runs what a file says, that is slow, that hoards, or that names no file."""

    def slow(path: Path) -> Any:
        while time.process_time() < start + 1.1 * MAX_SECONDS:
            pass

    def nameless(path: Path) -> Any:
        raise ValueError("something is wrong")

    reader = Reader("npz", folder)
    for load in (
        lambda path: pickle.loads(b"cos\nsystem\n(S'true'\ntR."),
        lambda path: pickle.loads(b"cbuiltins\nexec\n(S'1'\ntR."),
        lambda path: path.with_name("other").write_text("a"),
        lambda path: path.unlink(),
        lambda path: bytes(2 * MAX_BYTES),
        slow,
        nameless,
    ):
        start = time.process_time()
        reader.format = reader.format._replace(load=lambda path, load=load: [load(path)][:0])
        with pytest.raises(AssertionError):
            reader.read(b"")
    reader.format = reader.format._replace(load=lambda path: path.none)
    with pytest.raises(AttributeError):
        reader.read(b"")
